package admin

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/api/middleware"
	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/social"
)

// guard decides who may use the listener.
type guard struct {
	loopback bool
	operator [sha256.Size]byte // of the operators' token
	viewer   [sha256.Size]byte // of the viewers', if there is one
	viewers  bool
	open     bool // no token is asked for
	guesses  *guesses
}

// role is what a caller may do.
type role string

const (
	viewer   role = "viewer"   // may look
	operator role = "operator" // may change things too
)

const roleKey = "role" // in gin's context

func roleOf(c *gin.Context) role {
	r, _ := c.Value(roleKey).(role)
	return r
}

func newGuard(listen, token, viewerToken string, now func() time.Time) (*guard, error) {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return nil, fmt.Errorf("admin: listen address: %w", err)
	}
	g := &guard{
		loopback: isLoopback(host), open: token == "", operator: sha256.Sum256([]byte(token)),
		viewers: viewerToken != "", viewer: sha256.Sum256([]byte(viewerToken)), guesses: newGuesses(now),
	}
	if g.viewers && (g.open || viewerToken == token) {
		return nil, errors.New("admin: the viewers' token needs an operators' token, and another one")
	}
	if g.open && !g.loopback {
		return nil, fmt.Errorf("admin: %s can be reached from elsewhere: a token is required", listen)
	}
	return g, nil
}

// host refuses names that are not loopback's on a loopback listener. A web page
// can point a name of its own at 127.0.0.1 and would then be of the same origin.
func (g *guard) host(c *gin.Context) {
	if !g.loopback {
		return
	}
	host := c.Request.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if !isLoopback(strings.Trim(host, "[]")) {
		refuse(c, problem.New(social.CodeForbidden, "This listener answers to loopback names only."))
	}
}

// token lets only bearers of a token through, if one is set, and remembers their
// role. Who shows wrong ones too often is not listened to for a while, whatever
// comes next: else the answer would tell a right guess from a wrong one.
func (g *guard) token(c *gin.Context) {
	if g.open {
		c.Set(roleKey, operator)
		return
	}
	given, ok := strings.CutPrefix(c.GetHeader("Authorization"), "Bearer ")
	if !ok {
		_, given, ok = c.Request.BasicAuth()
	}
	addr := c.RemoteIP()
	if wait := g.guesses.wait(addr); ok && wait > 0 {
		refuse(c, problem.From(&social.Error{
			Code: social.CodeRateLimited, Message: "Too many wrong tokens came from this address.", RetryAfter: wait,
		}))
		return
	}
	sum := sha256.Sum256([]byte(given))
	// Both are compared, whichever fits, so that the time tells nothing.
	isOperator, isViewer := hmac.Equal(sum[:], g.operator[:]), g.viewers && hmac.Equal(sum[:], g.viewer[:])
	switch {
	case isOperator:
		c.Set(roleKey, operator)
	case isViewer:
		c.Set(roleKey, viewer)
	default:
		if ok {
			g.guesses.wrong(addr)
		}
		c.Writer.Header().Add("WWW-Authenticate", `Basic realm="swiper admin"`)
		refuse(c, problem.New(social.CodeUnauthenticated, "The admin token is required."))
	}
}

// change keeps viewers from whatever does more than show.
func (*guard) change(c *gin.Context) {
	if roleOf(c) != operator {
		refuse(c, problem.New(social.CodeForbidden, "Viewers may look and not change anything."))
	}
}

// json makes changes need a content type that no foreign page can send without
// asking first, and nothing here answers such a question.
func (*guard) json(c *gin.Context) {
	if c.Request.Method != http.MethodGet && !middleware.IsJSON(c.Request.Header) {
		refuse(c, problem.Unreadable("A change must be sent with Content-Type: application/json."))
	}
}

func refuse(c *gin.Context, p *problem.Problem) {
	c.Abort()
	problem.Write(c.Writer, p)
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

const maxName = 64

// nameOf tells who makes a change: the user of basic authentication, if it is
// a plain name, else "admin". Nothing proves a name but that its bearer has the token.
func nameOf(c *gin.Context) string {
	name, _, _ := c.Request.BasicAuth()
	if name == "" || len(name) > maxName || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "admin"
	}
	return name
}
