package disk_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/media/disk"
	"github.com/swiperhq/swiper/media/mediatest"
)

func ticket(t *testing.T, b bundle) media.Ticket {
	t.Helper()
	given, err := b.store.Ticket(t.Context(), media.TicketRequest{
		Key: media.Staged("upload_1"), MaxSize: 2000, Types: []string{"image/png"}, EndUser: "42", Expires: b.clock.Now().Add(10 * time.Minute),
	})
	require.NoError(t, err)
	return given
}

// form writes fields in the order given, name and value in turn; the value of
// file is a file.
func form(t *testing.T, fields ...string) (contentType string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i < len(fields); i += 2 {
		create := w.CreateFormField
		if fields[i] == "file" {
			create = func(name string) (io.Writer, error) { return w.CreateFormFile(name, "../../etc/passwd%00.png") }
		}
		part, err := create(fields[i])
		require.NoError(t, err)
		_, err = part.Write([]byte(fields[i+1]))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return w.FormDataContentType(), b.Bytes()
}

// nothingIsKept tells that there is neither an object nor a part of one.
func nothingIsKept(t *testing.T, b bundle) {
	t.Helper()
	_, err := b.store.Stat(t.Context(), media.Staged("upload_1"))
	require.ErrorIs(t, err, media.ErrNotFound)
	left, err := os.ReadDir(filepath.Join(b.dir, "tmp"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestBadUploadsHaveTheirCode(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token, good, large := ticket(t, b).Fields["token"], string(mediatest.Picture(1, 100)), string(mediatest.Picture(1, 2001))
	for name, c := range map[string]struct {
		fields []string
		status int
		code   string
	}{
		"no fields":          {nil, 422, "invalid_request"},
		"no file":            {[]string{"token", token}, 422, "invalid_request"},
		"no token":           {[]string{"file", good}, 403, "forbidden"},
		"a token too late":   {[]string{"file", good, "token", token}, 403, "forbidden"},
		"an empty token":     {[]string{"token", "", "file", good}, 403, "forbidden"},
		"a long token":       {[]string{"token", strings.Repeat(token, 100), "file", good}, 403, "forbidden"},
		"a dot for a token":  {[]string{"token", ".", "file", good}, 403, "forbidden"},
		"an empty file":      {[]string{"token", token, "file", ""}, 415, "unsupported_media"},
		"text":               {[]string{"token", token, "file", "hello"}, 415, "unsupported_media"},
		"a byte too many":    {[]string{"token", token, "file", large}, 413, "upload_too_large"},
		"fields without end": {strings.Split(strings.Repeat("a,b,", 20)+"token,"+token, ","), 422, "invalid_request"},
	} {
		contentType, body := form(t, c.fields...)
		status, _, answer := do(t, http.MethodPost, b.url+"/upload", bytes.NewReader(body), "Content-Type", contentType)
		require.Equal(t, c.status, status, "%s: %s", name, answer)
		require.Contains(t, string(answer), `"code":"`+c.code+`"`, name)
		nothingIsKept(t, b)
	}
	status, h, _ := do(t, http.MethodPut, b.url+"/upload", strings.NewReader("x"))
	require.Equal(t, http.StatusMethodNotAllowed, status)
	require.Equal(t, "POST", h.Get("Allow"))
	status, _, _ = do(t, http.MethodPost, b.url+"/upload", strings.NewReader("{}"), "Content-Type", "application/json")
	require.Equal(t, http.StatusUnprocessableEntity, status)

	contentType, body := form(t, "token", token, "file", good)
	status, _, _ = do(t, http.MethodPost, b.url+"/upload", bytes.NewReader(bytes.ReplaceAll(body, []byte("%00"), []byte{0})), "Content-Type", contentType)
	require.Equal(t, http.StatusUnprocessableEntity, status, "no header holds a NUL")
	nothingIsKept(t, b)

	contentType, body = form(t, "token", token, "key", "pictures/aa/mine.png", "file", good)
	status, _, _ = do(t, http.MethodPost, b.url+"/upload", bytes.NewReader(body), "Content-Type", contentType)
	require.Equal(t, http.StatusNoContent, status)
	info, err := b.store.Stat(t.Context(), media.Staged("upload_1"))
	require.NoError(t, err)
	require.EqualValues(t, 100, info.Size, "a key of the client's is not looked at, nor a file's name")
}

// send writes a request by hand, of which body may be a part only, and gives its
// answer. The client stops sending, and where length is large it does not say so.
func send(t *testing.T, b bundle, length int, contentType string, body []byte) (status int, code string) {
	t.Helper()
	host := strings.TrimPrefix(b.url, "http://")
	conn, err := net.Dial("tcp", host)
	require.NoError(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST /upload HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", host, contentType, length, body)
	require.NoError(t, err)
	if length < 1<<20 {
		require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	var answer struct {
		Code string `json:"code"`
	}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&answer))
	return resp.StatusCode, answer.Code
}

func TestAFalseLengthIsAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	contentType, body := form(t, "token", ticket(t, b).Fields["token"], "file", string(mediatest.Picture(1, 100)))
	status, code := send(t, b, 1<<40, contentType, body[:len(body)-80])
	require.Equal(t, http.StatusRequestEntityTooLarge, status)
	require.Equal(t, "upload_too_large", code)
	nothingIsKept(t, b)
}

func TestAnUploadThatBreaksOffIsNotKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	contentType, body := form(t, "token", ticket(t, b).Fields["token"], "file", string(mediatest.Picture(1, 1000)))
	status, code := send(t, b, len(body), contentType, body[:len(body)-200])
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.Equal(t, "invalid_request", code)
	nothingIsKept(t, b)
}

func TestEveryOptionIsRequired(t *testing.T) {
	t.Parallel()
	for _, o := range []disk.Options{
		{},
		{Dir: t.TempDir(), PublicURL: "http://a", UploadURL: "http://b", TicketKey: []byte("short")},
		{Dir: t.TempDir(), PublicURL: "http://a", UploadURL: "http://b", TicketKey: make([]byte, 32)},
	} {
		_, err := disk.New(o)
		require.Error(t, err)
	}
}
