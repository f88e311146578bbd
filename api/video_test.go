package api_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// film is the beginning and the index of an MP4 that lasts so many seconds.
func film(seconds uint32) []byte {
	words := func(values ...uint32) (b []byte) {
		for _, v := range values {
			b = binary.BigEndian.AppendUint32(b, v)
		}
		return b
	}
	box := func(kind string, parts ...[]byte) []byte {
		body := bytes.Join(parts, nil)
		return append(append(words(uint32(len(body)+8)), kind...), body...)
	}
	tkhd := append(append(words(0, 0, 0, 1, 0, seconds*1000, 0, 0, 0, 0), make([]byte, 36)...), words(720<<16, 1280<<16)...)
	mvhd := append(words(0, 0, 0, 1000, seconds*1000), make([]byte, 80)...)
	return append(box("ftyp", []byte("isom"), words(0), []byte("isom")), box("moov", box("mvhd", mvhd), box("trak", box("tkhd", tkhd),
		box("mdia", box("mdhd", words(0, 0, 0, 30, seconds*30, 0)), box("minf", box("stbl", box("stts", words(0, 1, seconds*30, 1)))))))...)
}

func (b *bundle) putVideo(t *testing.T, uid social.UserID, body io.Reader) answer {
	t.Helper()
	req := b.request(t, uid, http.MethodPut, "/v1/me/video", "")
	sent, err := http.NewRequest(http.MethodPut, req.URL.String(), body)
	require.NoError(t, err)
	sent.Header = req.Header
	return b.send(t, sent)
}

func TestVideosKeepTheContract(t *testing.T) {
	t.Parallel()
	b := setup(t, withAlbum)
	docs := []contract{loadContract(t, b), loadDocument(t, b, "/openapi-3.0.json")}
	check := func(a answer, status int, want string) {
		t.Helper()
		for _, doc := range docs {
			doc.require(t, a.Request, a)
		}
		require.Equal(t, status, a.StatusCode, "%s", a.body)
		if want != "" {
			require.JSONEq(t, want, string(a.body))
		}
	}
	clip := func(id string) string {
		const at = "https://media.example.com/"
		return `{"video_id":` + id + `,"url":"` + at + `vm` + id + `","poster_url":"` + at + `m` + id + `","poster_blurhash":"b` + id +
			`","duration_ms":1500,"width":720,"height":1280}`
	}
	check(b.call(t, ada, "GET", "/v1/me/video", ""), 200, `{"video":`+clip("1")+`,"pending":`+clip("3")+`}`)
	check(b.call(t, bob, "GET", "/v1/me/video", ""), 200, `{"video":null,"pending":null}`)
	check(b.call(t, bob, "GET", "/v1/users/1/video", ""), 200, `{"video":`+clip("1")+`}`)
	check(b.call(t, ada, "GET", "/v1/users/2/video", ""), 200, `{"video":null}`)
	check(b.call(t, ada, "GET", "/v1/users/99/video", ""), 404, "")
	check(b.call(t, ada, "DELETE", "/v1/me/video", ""), 204, "")
	good := film(15)
	check(b.putVideo(t, ada, bytes.NewReader(good)), 202, `{"task_id":"`+someTask+`"}`)
	check(b.call(t, ada, "POST", "/v1/uploads", `{"purpose":"video"}`), 201, "")
	require.Equal(t, []any{"no video", len(good), "open "}, b.fake.all())
	b.fake.err = social.Errorf(social.CodeVideoUnsupported, "Videos are not taken here.")
	check(b.putVideo(t, ada, bytes.NewReader(good)), 422, "")
	check(b.call(t, ada, "POST", "/v1/uploads", `{"purpose":"video"}`), 422, "")
}

func TestVideosThatAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, withAlbum)
	b.putVideo(t, 0, bytes.NewReader(film(1))).requireProblem(t, 401, social.CodeUnauthenticated)
	b.putVideo(t, nobody, bytes.NewReader(film(1))).requireProblem(t, 401, social.CodeUnauthenticated)
	b.putVideo(t, ada, bytes.NewReader(aPNG(t))).requireProblem(t, 415, social.CodeUnsupportedMedia)
	b.putVideo(t, ada, strings.NewReader("#EXTM3U")).requireProblem(t, 415, social.CodeUnsupportedMedia)
	b.putVideo(t, ada, nil).requireProblem(t, 422, social.CodeImageInvalid)
	b.putVideo(t, ada, bytes.NewReader(film(16))).requireProblem(t, 422, social.CodeImageInvalid)
	b.putVideo(t, ada, io.LimitReader(endless{}, 21<<20)).requireProblem(t, 413, social.CodeUploadTooLarge)
	b.putVideo(t, ada, bytes.NewReader(make([]byte, 21<<20))).requireProblem(t, 413, social.CodeUploadTooLarge)
	require.Empty(t, b.fake.all())
	long := append(film(1), make([]byte, 12<<20)...)
	require.Equal(t, 202, b.putVideo(t, ada, bytes.NewReader(long)).StatusCode, "more than a picture may have")
}

// timed notes by when an upload is to be accepted.
type timed struct {
	api.Uploads
	until chan time.Time
}

func (u timed) Accept(ctx context.Context, uid social.UserID, p persistence.UploadPurpose, key string, data []byte) (persistence.TaskID, error) {
	until, _ := ctx.Deadline()
	u.until <- until
	return u.Uploads.Accept(ctx, uid, p, key, data)
}

func TestLargeVideosHaveMoreTime(t *testing.T) {
	t.Parallel()
	const others = 20 * time.Second
	until := make(chan time.Time, 1)
	b := setup(t, withAlbum, func(o *api.Options) { o.Uploads, o.RequestTimeout = timed{o.Uploads, until}, others })
	for mib, more := range map[int]time.Duration{0: 0, 12: 12 * time.Second} {
		begun := time.Now()
		require.Equal(t, 202, b.putVideo(t, ada, bytes.NewReader(append(film(1), make([]byte, mib<<20)...))).StatusCode)
		got := <-until
		require.False(t, got.Before(begun.Add(others+more)), "%d MiB", mib)
		require.False(t, got.After(time.Now().Add(others+more)), "%d MiB", mib)
	}
}
