package middleware

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/api/problem"
)

const jsonType = "application/json"

// Draining lets a client that still writes come to read its answer: so much
// is thrown away, for so long.
const (
	drainBytes = 32 << 20
	drainTime  = 2 * time.Second
)

// Body reads the whole body, at most limit bytes, before anything else looks at
// the request, so that every refusal reaches the client: a server that answers
// while the client is still sending would reset the connection under the answer.
// A larger body answers 413, one that does not arrive within the server's
// ReadTimeout 408, one that breaks off 400.
func Body(limit int64) gin.HandlerFunc {
	large := problem.Refused(http.StatusRequestEntityTooLarge, "The body is too large.")
	return func(c *gin.Context) { ReadBody(c, limit, large) }
}

// ReadBody is Body for one request; a larger body is answered with large.
func ReadBody(c *gin.Context, limit int64, large *problem.Problem) {
	r := c.Request
	if r.Body == nil || r.Body == http.NoBody {
		c.Next()
		return
	}
	if r.ContentLength > limit {
		refuseBody(c, large)
		return
	}
	body, err := readBody(r, limit)
	switch {
	case err != nil && isTimeout(err):
		refuseBody(c, problem.Refused(http.StatusRequestTimeout, "The body did not arrive in time."))
		return
	case err != nil:
		refuseBody(c, problem.Unreadable("The body broke off."))
		return
	case int64(len(body)) > limit:
		refuseBody(c, large)
		return
	}
	r.Body, r.ContentLength = http.NoBody, int64(len(body))
	if len(body) > 0 {
		r.Body = &held{*bytes.NewReader(body), body}
	}
	c.Next()
}

// held is a body in memory.
type held struct {
	bytes.Reader
	all []byte
}

func (*held) Close() error { return nil }

// Held gives the whole body, which stays to be read; nil if there is none.
func Held(r *http.Request) []byte {
	if h, ok := r.Body.(*held); ok {
		return h.all
	}
	return nil
}

// readBody gives at most limit+1 bytes.
func readBody(r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength < 0 {
		return io.ReadAll(io.LimitReader(r.Body, limit+1))
	}
	body := make([]byte, r.ContentLength)
	_, err := io.ReadFull(r.Body, body)
	return body, err
}

func isTimeout(err error) bool {
	ne, ok := errors.AsType[net.Error](err)
	return ok && ne.Timeout()
}

// refuseBody answers at once, then drains for a while and ends the connection.
// Full duplex keeps net/http from reading on before it sends the answer, which
// a trickling client could delay.
func refuseBody(c *gin.Context, p *problem.Problem) {
	c.Abort()
	ctl := http.NewResponseController(c.Writer)
	_ = ctl.EnableFullDuplex() // best effort, as is all below: the answer itself needs none of it
	c.Header("Connection", "close")
	problem.Write(c.Writer, p)
	_ = ctl.Flush()
	_ = ctl.SetReadDeadline(time.Now().Add(drainTime))
	_, _ = io.CopyN(io.Discard, c.Request.Body, drainBytes)
}

// IsJSON tells whether the headers announce plain JSON in UTF-8: nothing here
// unpacks what is compressed.
func IsJSON(h http.Header) bool {
	for _, coding := range h.Values("Content-Encoding") {
		if !strings.EqualFold(coding, "identity") {
			return false
		}
	}
	types := h.Values("Content-Type")
	if len(types) != 1 {
		return false
	}
	if types[0] == jsonType {
		return true
	}
	mediaType, params, err := mime.ParseMediaType(types[0])
	if err != nil || mediaType != jsonType {
		return false
	}
	charset, ok := params["charset"]
	return !ok || strings.EqualFold(charset, "utf-8")
}

// Refuse answers with p before the body was read, if there is one.
func Refuse(c *gin.Context, p *problem.Problem) {
	if c.Request.Body != nil && c.Request.Body != http.NoBody {
		refuseBody(c, p)
		return
	}
	c.Abort()
	problem.Write(c.Writer, p)
}
