package e2e_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

// photo is a JPEG as a camera held sideways makes it: 900 × 600 as stored, 600 × 900
// as seen, with the place where it was taken. shade tells pictures apart.
func photo(t testing.TB, shade uint8) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 900, 600))
	for y := range 600 {
		for x := range 900 {
			img.Set(x, y, color.RGBA{shade, uint8(x / 4), uint8(y / 3), 255})
		}
	}
	var plain bytes.Buffer
	require.NoError(t, jpeg.Encode(&plain, img, nil))
	// TIFF, big-endian, one directory: orientation 6, and where the GPS one stands.
	tiff := []byte("MM\x00*\x00\x00\x00\x08" + "\x00\x02" +
		"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00" +
		"\x88\x25\x00\x04\x00\x00\x00\x01\x00\x00\x00\x26" +
		"\x00\x00\x00\x00" +
		"\x00\x01\x00\x01\x00\x02\x00\x00\x00\x02N\x00\x00\x00\x00\x00\x00\x00" + "GPS-SECRET-PLACE")
	segment := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(segment)+2))...)
	return append(append(out, segment...), plain.Bytes()[2:]...)
}

// send puts a picture as the user's.
func (c *client) send(t testing.TB, contentType string, body io.Reader) answer {
	t.Helper()
	return c.sendTo(t, http.MethodPut, "/v1/me/avatar", contentType, body)
}

func (c *client) sendTo(t testing.TB, method, path, contentType string, body io.Reader) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, c.base+path, body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Authorization", "Bearer "+c.token)
	if c.key != "" {
		req.Header.Set("Idempotency-Key", c.key)
	}
	return c.do(req)
}

type pictured struct {
	URL      string `json:"avatar_url"`
	BlurHash string `json:"avatar_blurhash"`
}

// ended is what a task of a picture left behind.
type ended struct {
	pictured

	PhotoID int64  `json:"photo_id"`
	VideoID int64  `json:"video_id"`
	State   string `json:"state"`
}

// task waits for an accepted task's end.
func (c *client) task(t testing.TB, accepted answer) (state, failure string, result pictured) {
	t.Helper()
	state, failure, end := c.end(t, accepted)
	return state, failure, end.pictured
}

// end is task with all that it left behind.
func (c *client) end(t testing.TB, accepted answer) (state, failure string, result ended) {
	t.Helper()
	require.Equal(t, http.StatusAccepted, accepted.status, "%s %v", accepted.body, accepted.err)
	var is struct {
		State  string
		Error  *string
		Result *ended
	}
	require.Eventually(t, func() bool {
		a := c.call(t.Context(), http.MethodGet, accepted.header.Get("Location"), nil)
		return a.err == nil && json.Unmarshal(a.body, &is) == nil && (is.State == "done" || is.State == "failed")
	}, 60*time.Second, 50*time.Millisecond, "the task has not ended")
	if is.Error != nil {
		failure = *is.Error
	}
	if is.Result != nil {
		result = *is.Result
	}
	return is.State, failure, result
}

func (c *client) me(t testing.TB) (me pictured) {
	t.Helper()
	c.call(t.Context(), http.MethodGet, "/v1/me", nil).into(t, &me)
	return me
}

// get reads a public object.
func (c *client) get(t testing.TB, url string) answer {
	t.Helper()
	if strings.HasPrefix(url, "/") {
		url = c.base + url
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	resp, err := c.http.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return answer{status: resp.StatusCode, header: resp.Header, body: body}
}

// uploader is a user of a program with --demo.
func uploader(t testing.TB, p *program, uid social.UserID) *client {
	t.Helper()
	c := &client{http: newHTTPClient(), contract: readContract(t, p.HTTP), base: p.HTTP, token: mint(t, p, uid, uid)[uid]}
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

func TestAPictureIsPublishedWithoutWhereItWasTaken(t *testing.T) {
	t.Parallel()
	for _, s := range storages() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, startOptions{flags: append(s.flags(t), "--demo")})
			c := uploader(t, p, 1)
			require.Empty(t, c.me(t).URL)
			original := photo(t, 10)
			require.Contains(t, string(original), "GPS-SECRET-PLACE")
			a := c.send(t, "image/jpeg", bytes.NewReader(original))
			require.NoError(t, a.sound())
			state, failure, result := c.task(t, a)
			require.Equal(t, "done", state, "%s\n%s", failure, p.logs)
			require.NotEmpty(t, result.URL)
			require.Equal(t, result, c.me(t))

			got := c.get(t, result.URL)
			require.Equal(t, http.StatusOK, got.status)
			require.Equal(t, "image/jpeg", got.header.Get("Content-Type"))
			require.Contains(t, got.header.Get("Cache-Control"), "immutable")
			size, err := jpeg.DecodeConfig(bytes.NewReader(got.body))
			require.NoError(t, err)
			require.Equal(t, [2]int{427, 640}, [2]int{size.Width, size.Height}, "turned, and made smaller")
			require.NotContains(t, string(got.body), "GPS-SECRET-PLACE")
			require.NotContains(t, string(got.body), "Exif")

			var heard struct {
				Events []struct {
					Kind string
					Data struct{ State string }
				}
			}
			require.Eventually(t, func() bool { // an event is there once no older transaction of the server is open
				c.call(t.Context(), http.MethodGet, "/v1/events", nil).into(t, &heard)
				return len(heard.Events) > 0
			}, 60*time.Second, 50*time.Millisecond)
			require.Len(t, heard.Events, 1)
			require.Equal(t, "task", heard.Events[0].Kind)
			require.Equal(t, "done", heard.Events[0].Data.State)

			// The same in a form.
			var form bytes.Buffer
			w := multipart.NewWriter(&form)
			part, err := w.CreateFormFile("file", "../../etc/passwd")
			require.NoError(t, err)
			_, err = part.Write(photo(t, 20))
			require.NoError(t, err)
			require.NoError(t, w.Close())
			state, failure, next := c.task(t, c.send(t, w.FormDataContentType(), &form))
			require.Equal(t, "done", state, failure)
			require.NotEqual(t, result.URL, next.URL)
			require.Equal(t, next, c.me(t))
		})
	}
}

func TestBadPicturesAreToldAtOnce(t *testing.T) {
	t.Parallel()
	p := start(t, startOptions{flags: []string{"--data.dir", t.TempDir(), "--demo"}})
	c := uploader(t, p, 1)
	var huge bytes.Buffer
	require.NoError(t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&huge, image.NewPaletted(image.Rect(0, 0, 20000, 20000), color.Palette{color.Black})))
	good := photo(t, 1)
	for name, bad := range map[string]struct {
		body   []byte
		status int
		code   social.Code
	}{
		"empty":              {nil, 422, social.CodeImageInvalid},
		"markup":             {[]byte("<html><script>alert(1)</script></html>"), 415, social.CodeUnsupportedMedia},
		"drawn":              {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), 415, social.CodeUnsupportedMedia},
		"an archive":         {[]byte("PK\x03\x04 and so on"), 415, social.CodeUnsupportedMedia},
		"cut off":            {good[:len(good)/2], 422, social.CodeImageInvalid},
		"400 million pixels": {huge.Bytes(), 422, social.CodeImageInvalid},
		"over 10 MiB":        {append(bytes.Clone(good), make([]byte, 10<<20)...), 413, social.CodeUploadTooLarge},
		"over 12 MiB":        {make([]byte, 12<<20), 413, social.CodeUploadTooLarge},
	} {
		for _, size := range []bool{true, false} { // with and without a Content-Length
			var body io.Reader = bytes.NewReader(bad.body)
			if !size {
				body = io.MultiReader(body)
			}
			a := c.send(t, "image/png", body)
			assert.NoError(t, a.err, name)
			assert.NoError(t, a.broken, name)
			assert.Equal(t, bad.status, a.status, "%s: %s", name, a.body)
			assert.Equal(t, bad.code, a.code(), name)
		}
	}
	for _, form := range []string{"--x--\r\n", "--x\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nhello\r\n--x--\r\n", "nonsense"} {
		a := c.send(t, "multipart/form-data; boundary=x", strings.NewReader(form))
		require.Equal(t, http.StatusBadRequest, a.status, "%s: %s", form, a.body)
	}
	stranger := *c
	stranger.token = "nobody"
	require.Equal(t, social.CodeUnauthenticated, stranger.send(t, "image/jpeg", bytes.NewReader(good)).code())
	require.Empty(t, c.me(t).URL)
}

// Whatever the order in which they are worked at, the one sent last is shown.
func TestTheLatestPictureWins(t *testing.T) {
	t.Parallel()
	for _, s := range storages() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, startOptions{flags: append(s.flags(t), "--demo")})
			c := uploader(t, p, 2)
			for round := range 3 {
				first := c.send(t, "image/jpeg", bytes.NewReader(photo(t, uint8(10*round+1))))
				last := c.send(t, "image/jpeg", bytes.NewReader(photo(t, uint8(10*round+2))))
				_, _, _ = c.task(t, first)
				state, failure, result := c.task(t, last)
				require.Equal(t, "done", state, failure)
				require.Equal(t, result, c.me(t))
			}
		})
	}
}

func TestAPictureGoesToTheStoreByItself(t *testing.T) {
	t.Parallel()
	p := start(t, startOptions{flags: []string{"--data.dir", t.TempDir(), "--demo"}})
	c, other := uploader(t, p, 1), uploader(t, p, 2)
	c.key = "once"
	permit := c.open(t)
	require.Equal(t, permit.UploadID, c.open(t).UploadID, "the same under the same key")
	c.key = ""
	complete := func(c *client) answer {
		return c.call(t.Context(), http.MethodPost, "/v1/uploads/"+permit.UploadID+"/complete", nil)
	}
	require.Equal(t, social.CodeUploadNotFound, complete(c).code(), "nothing has arrived")

	require.Equal(t, http.StatusNoContent, c.post(t, permit, photo(t, 3)))

	require.Equal(t, social.CodeUploadNotFound, complete(other).code(), "another's")
	a := complete(c)
	require.NoError(t, a.sound())
	state, failure, result := c.task(t, a)
	require.Equal(t, "done", state, failure)
	require.Equal(t, result, c.me(t))
	require.Equal(t, string(a.body), string(complete(c).body), "the same task")
	require.Equal(t, result, c.me(t))
}

// permit lets a client send a picture to the store of media by itself.
type permit struct {
	UploadID string `json:"upload_id"`
	URL      string
	Fields   map[string]string
}

// open asks for a permit for an avatar.
func (c *client) open(t testing.TB) (p permit) {
	t.Helper()
	a := c.call(t.Context(), http.MethodPost, "/v1/uploads", map[string]any{"purpose": "avatar"})
	require.NoError(t, a.sound())
	require.Equal(t, http.StatusCreated, a.status, string(a.body))
	a.into(t, &p)
	return p
}

// post sends a picture as a permit says and gives the store's status.
func (c *client) post(t testing.TB, p permit, picture []byte) int {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for name, value := range p.Fields {
		require.NoError(t, w.WriteField(name, value))
	}
	part, err := w.CreateFormFile("file", "mine.jpg")
	require.NoError(t, err)
	_, err = part.Write(picture)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	url := p.URL
	if strings.HasPrefix(url, "/") {
		url = c.base + url
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, &form)
	require.NoError(t, err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	resp, err := c.http.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}
