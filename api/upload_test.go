package api_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api"
	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/media/picture"
	"github.com/swiperhq/swiper/media/video"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
	"github.com/swiperhq/swiper/uploads"
)

const (
	someTask   = "AAAAAAAAAAAAAAAAAAAAAAAAAA"
	someUpload = "abcdefghij"
)

// album takes pictures as the pipeline would and notes what came.
type album struct{ f *fake }

func (a album) Accept(ctx context.Context, uid social.UserID, purpose persistence.UploadPurpose, key string, data []byte) (persistence.TaskID, error) {
	if err := a.f.enter(ctx); err != nil {
		return "", err
	}
	var err error
	if purpose == persistence.UploadVideo {
		_, err = video.Measure(data)
	} else {
		_, err = picture.Measure(data)
	}
	if err != nil {
		return "", err
	}
	if uid == nobody {
		return "", social.Errorf(social.CodeUserNotFound, "There is no such user.")
	}
	if purpose == persistence.UploadPhoto {
		a.f.changed("photo " + key)
	}
	a.f.changed(len(data))
	return someTask, nil
}

func (a album) DeleteVideo(ctx context.Context, uid social.UserID) error {
	if err := a.f.enter(ctx); err != nil {
		return err
	}
	if uid == nobody {
		return social.Errorf(social.CodeUserNotFound, "There is no such user.")
	}
	a.f.changed("no video")
	return nil
}

func (a album) DeletePhoto(ctx context.Context, uid social.UserID, id persistence.PhotoID) error {
	if err := a.f.enter(ctx); err != nil {
		return err
	}
	if uid != ada || id > 2 {
		return social.Errorf(social.CodePhotoNotFound, "There is no such photo.")
	}
	a.f.changed(id)
	return nil
}

func (a album) Open(ctx context.Context, _ social.UserID, _ persistence.UploadPurpose, key string) (uploads.Permit, error) {
	if err := a.f.enter(ctx); err != nil {
		return uploads.Permit{}, err
	}
	a.f.changed("open " + key)
	return uploads.Permit{ID: someUpload, Ticket: media.Ticket{URL: "/media-upload", Fields: map[string]string{"token": "t"}, Expires: noon}}, nil
}

func (a album) Complete(ctx context.Context, uid social.UserID, id persistence.UploadID) (persistence.TaskID, error) {
	if err := a.f.enter(ctx); err != nil {
		return "", err
	}
	if uid != ada || id != someUpload {
		return "", social.Errorf(social.CodeUploadNotFound, "There is no such upload.")
	}
	return someTask, nil
}

func (a album) Arrived(ctx context.Context, key media.Key, _ string) error {
	if err := a.f.enter(ctx); err != nil {
		return err
	}
	if key != media.Staged(someUpload) {
		return social.Errorf(social.CodeUploadNotFound, "There is no such upload.")
	}
	a.f.changed(key)
	return nil
}

func (album) URL(key string) string { return "https://media.example.com/" + key }

// withAlbum lets a listener take pictures; callbacks are signed by a header.
func withAlbum(o *api.Options) {
	f, _ := o.Store.(*fake)
	o.Uploads = album{f}
	o.Callback = func(r *http.Request) (media.Key, string, error) {
		body, err := io.ReadAll(r.Body)
		if r.Header.Get("Authorization") != "Qiniu ours" {
			return "", "", social.Errorf(social.CodeUnauthenticated, "Not signed.")
		}
		return media.Key(body), "1", err
	}
}

func aPNG(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))))
	return b.Bytes()
}

func (b *bundle) put(t *testing.T, uid social.UserID, body io.Reader) answer {
	t.Helper()
	req := b.request(t, uid, http.MethodPut, "/v1/me/avatar", "")
	sent, err := http.NewRequest(http.MethodPut, req.URL.String(), body)
	require.NoError(t, err)
	sent.Header = req.Header
	return b.send(t, sent)
}

func TestUploadsKeepTheContract(t *testing.T) {
	t.Parallel()
	b := setup(t, withAlbum)
	doc := loadContract(t, b)
	check := func(a answer, status int, want string) {
		t.Helper()
		doc.require(t, a.Request, a)
		require.Equal(t, status, a.StatusCode, "%s", a.body)
		require.JSONEq(t, want, string(a.body))
	}
	a := b.put(t, ada, bytes.NewReader(aPNG(t)))
	check(a, 202, `{"task_id":"`+someTask+`"}`)
	require.Equal(t, "/v1/tasks/"+someTask, a.Header.Get("Location"))
	req := b.request(t, ada, "POST", "/v1/uploads", `{"purpose":"avatar"}`)
	req.Header.Set("Idempotency-Key", "k")
	check(b.send(t, req), 201, `{"upload_id":"abcdefghij","url":"/media-upload","fields":{"token":"t"},"expires_at":"2026-11-22T12:00:00Z"}`)
	check(b.call(t, ada, "POST", "/v1/uploads/"+someUpload+"/complete", ""), 202, `{"task_id":"`+someTask+`"}`)
	b.call(t, bob, "POST", "/v1/uploads/"+someUpload+"/complete", "").requireProblem(t, 404, social.CodeUploadNotFound)
	b.call(t, nobody, "POST", "/v1/uploads/"+someUpload+"/complete", "").requireProblem(t, 401, social.CodeUnauthenticated)
	b.call(t, ada, "POST", "/v1/uploads", `{"purpose":"other"}`).requireProblem(t, 422, social.CodeInvalidRequest)
	b.call(t, ada, "POST", "/v1/uploads", `{"purpose":"avatar","url":"http://evil"}`).requireProblem(t, 422, social.CodeInvalidRequest)
	require.Equal(t, []any{len(aPNG(t)), "open k"}, b.fake.all())
}

func TestPicturesThatAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, withAlbum)
	b.put(t, 0, bytes.NewReader(aPNG(t))).requireProblem(t, 401, social.CodeUnauthenticated)
	b.put(t, nobody, bytes.NewReader(aPNG(t))).requireProblem(t, 401, social.CodeUnauthenticated)
	b.put(t, ada, strings.NewReader("text")).requireProblem(t, 415, social.CodeUnsupportedMedia)
	b.put(t, ada, nil).requireProblem(t, 422, social.CodeImageInvalid)
	b.put(t, ada, io.LimitReader(endless{}, 11<<20)).requireProblem(t, 413, social.CodeUploadTooLarge)
	b.put(t, ada, bytes.NewReader(make([]byte, 11<<20))).requireProblem(t, 413, social.CodeUploadTooLarge)
	require.Empty(t, b.fake.all())
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// While some are on their way, the next one of the same user is told to wait,
// and others are not held up by them.
func TestFewPicturesOfAUserAtATime(t *testing.T) {
	t.Parallel()
	b := setup(t, withAlbum)
	const most = 3
	ends := make([]*io.PipeWriter, most)
	answers := make(chan int, most)
	good := aPNG(t)
	entered := make(chan struct{}, most)
	for i := range most {
		r, w := io.Pipe()
		ends[i] = w
		req := b.request(t, ada, http.MethodPut, "/v1/me/avatar", "")
		sent, err := http.NewRequest(http.MethodPut, req.URL.String(), r)
		require.NoError(t, err)
		sent.Header = req.Header
		go func() {
			resp, err := b.client.Do(sent)
			if err != nil {
				answers <- 0
				return
			}
			_ = resp.Body.Close()
			answers <- resp.StatusCode
		}()
		go func() {
			_, _ = w.Write(good[:10])
			entered <- struct{}{}
		}()
		<-entered
	}
	require.Eventually(t, func() bool {
		a := b.put(t, ada, bytes.NewReader(good))
		return a.StatusCode == http.StatusTooManyRequests && a.Header.Get("Retry-After") != ""
	}, 10*time.Second, 10*time.Millisecond, "the fourth waits")
	require.Equal(t, 202, b.put(t, bob, bytes.NewReader(good)).StatusCode, "another's does not")
	for _, w := range ends {
		_, err := w.Write(good[10:])
		require.NoError(t, err)
		require.NoError(t, w.Close())
	}
	for range most {
		require.Equal(t, 202, <-answers)
	}
	require.Equal(t, 202, b.put(t, ada, bytes.NewReader(good)).StatusCode)
}

func TestOnlyTheStoreSaysWhatHasArrived(t *testing.T) {
	t.Parallel()
	b := setup(t, withAlbum)
	call := func(authorization, key string) answer {
		req := b.request(t, 0, "POST", "/v1/hooks/qiniu", key)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Authorization", authorization)
		return b.send(t, req)
	}
	call("QBox ours", string(media.Staged(someUpload))).requireProblem(t, 401, social.CodeUnauthenticated)
	require.Empty(t, b.fake.all())
	require.Equal(t, 200, call("Qiniu ours", string(media.Staged("unknown"))).StatusCode, "no reason to call again")
	require.Empty(t, b.fake.all())
	require.Equal(t, 200, call("Qiniu ours", string(media.Staged(someUpload))).StatusCode)
	require.Len(t, b.fake.all(), 1)
	b.fake.err = media.Unavailable(io.ErrUnexpectedEOF)
	call("Qiniu ours", string(media.Staged(someUpload))).requireProblem(t, 503, social.CodeUnavailable)
}
