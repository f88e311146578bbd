package api_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api"
	"github.com/swiperhq/swiper/exports"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	adasAddress = "ada@example.org"
	someExport  = "abcdefghijklmnopqrstuvwxyz"
	linked      = "linkedlinkedlinkedlinkedli"
	streamed    = "streamstreamstreamstreamst"
)

// archive has ada's export, in each of the ways in which it can be read.
type archive struct{ f *fake }

func export() persistence.Export {
	return persistence.Export{
		ID: someExport, UID: ada, Task: someTask, State: persistence.ExportReady, Size: 3, CreatedAt: noon, ExpiresAt: noon.Add(24 * time.Hour),
	}
}

func (a archive) Request(ctx context.Context, uid social.UserID, email string) (persistence.Export, error) {
	if _, err := a.f.User(ctx, uid); err != nil {
		return persistence.Export{}, err
	}
	if email != "" && email != adasAddress {
		return persistence.Export{}, &social.Error{Code: social.CodeInvalidRequest, Message: "This is no address.", Field: "email"}
	}
	a.f.changed("export " + email)
	return export(), nil
}

func (a archive) Latest(ctx context.Context, uid social.UserID) (persistence.Export, error) {
	if _, err := a.f.User(ctx, uid); err != nil {
		return persistence.Export{}, err
	}
	e := export()
	switch uid {
	case ada:
		return e, nil
	case bob:
		e.State, e.Size, e.ExpiresAt = persistence.ExportAccepted, 0, time.Time{}
		return e, nil
	}
	return persistence.Export{}, social.Errorf(social.CodeExportNotFound, "There is none.")
}

func (a archive) Open(ctx context.Context, uid social.UserID, id persistence.ExportID) (exports.Download, error) {
	if _, err := a.f.User(ctx, uid); err != nil {
		return exports.Download{}, err
	}
	if uid == ada {
		switch id {
		case someExport:
			return exports.Download{Object: &file{*strings.NewReader("zip")}, Size: 3}, nil
		case streamed:
			return exports.Download{Object: io.NopCloser(io.LimitReader(strings.NewReader("zip"), 3)), Size: 3}, nil
		case linked:
			return exports.Download{Link: "https://store.example.com/x?sig=y", Size: 3}, nil
		}
	}
	return exports.Download{}, social.Errorf(social.CodeExportNotFound, "There is none.")
}

// file can be read from anywhere.
type file struct{ strings.Reader }

func (*file) Close() error { return nil }

func withArchive(o *api.Options) {
	f, _ := o.Store.(*fake)
	o.Exports = archive{f}
}

func TestAnExportIsAskedForAndRead(t *testing.T) {
	t.Parallel()
	b := setup(t, withArchive)
	c := loadContract(t, b)
	for _, body := range []string{"", "{}", `{"email":"` + adasAddress + `"}`} {
		a := b.call(t, ada, "POST", "/v1/me/export", body)
		require.Equal(t, http.StatusAccepted, a.StatusCode, "%s", a.body)
		require.JSONEq(t, `{"task_id":"`+someTask+`"}`, string(a.body))
		require.Equal(t, "/v1/tasks/"+someTask, a.Header.Get("Location"))
	}
	require.Equal(t, []any{"export ", "export ", "export " + adasAddress}, b.fake.all())
	for _, body := range []string{`{"email":"x"}`, `{"email":null}`, `{"email":7}`, `{"mail":"x"}`, "null", `{"email":"` + strings.Repeat("a", 300) + `"}`} {
		a := b.call(t, ada, "POST", "/v1/me/export", body)
		require.Contains(t, []int{400, 422}, a.StatusCode, "%s: %s", body, a.body)
	}
	for _, want := range []struct {
		uid  social.UserID
		body string
	}{
		{ada, `{"task_id":"` + someTask + `","state":"ready","url":"/v1/exports/` + someExport + `","size":3,"created_at":"2026-11-22T12:00:00Z","expires_at":"2026-11-23T12:00:00Z"}`},
		{bob, `{"task_id":"` + someTask + `","state":"accepted","url":null,"size":null,"created_at":"2026-11-22T12:00:00Z","expires_at":null}`},
	} {
		r := b.request(t, want.uid, "GET", "/v1/me/export", "")
		a := b.send(t, r)
		require.JSONEq(t, want.body, string(a.body))
		c.require(t, r, a)
	}
	b.call(t, 3, "GET", "/v1/me/export", "").requireProblem(t, 404, social.CodeExportNotFound)
	b.call(t, nobody, "GET", "/v1/me/export", "").requireProblem(t, 401, social.CodeUnauthenticated)
	b.call(t, nobody, "POST", "/v1/me/export", "").requireProblem(t, 401, social.CodeUnauthenticated)
	b.call(t, 0, "POST", "/v1/me/export", "").requireProblem(t, 401, social.CodeUnauthenticated)
	setup(t).call(t, ada, "POST", "/v1/me/export", "").requireProblem(t, 404, social.CodeNotFound)
}

func TestOnlyItsUserReadsAnExport(t *testing.T) {
	t.Parallel()
	b := setup(t, withArchive)
	c := loadContract(t, b)
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, id := range []string{someExport, streamed} {
		r := b.request(t, ada, "GET", "/v1/exports/"+id, "")
		a := b.send(t, r)
		require.Equal(t, 200, a.StatusCode, "%s", a.body)
		require.Equal(t, "zip", string(a.body))
		require.Equal(t, "3", a.Header.Get("Content-Length"))
		require.Equal(t, "application/zip", a.Header.Get("Content-Type"))
		require.Equal(t, "attachment; filename=swiper-data.zip", a.Header.Get("Content-Disposition"))
		require.Equal(t, "private, no-store", a.Header.Get("Cache-Control"))
		c.require(t, r, a)
	}
	part := b.request(t, ada, "GET", "/v1/exports/"+someExport, "")
	part.Header.Set("Range", "bytes=1-")
	a := b.send(t, part)
	require.Equal(t, 206, a.StatusCode)
	require.Equal(t, "ip", string(a.body))
	a = b.call(t, ada, "GET", "/v1/exports/"+linked, "")
	require.Equal(t, 303, a.StatusCode)
	require.Equal(t, "https://store.example.com/x?sig=y", a.Header.Get("Location"))
	require.Equal(t, "private, no-store", a.Header.Get("Cache-Control"))

	b.call(t, bob, "GET", "/v1/exports/"+someExport, "").requireProblem(t, 404, social.CodeExportNotFound)
	b.call(t, ada, "GET", "/v1/exports/none", "").requireProblem(t, 404, social.CodeExportNotFound)
	b.call(t, nobody, "GET", "/v1/exports/"+someExport, "").requireProblem(t, 401, social.CodeUnauthenticated)
	b.call(t, 0, "GET", "/v1/exports/"+someExport, "").requireProblem(t, 401, social.CodeUnauthenticated)
}

// Two at a time for each user, and whoever reads takes no place of other requests.
func TestReadersOfExportsAreBounded(t *testing.T) {
	t.Parallel()
	b := setup(t, withArchive, func(o *api.Options) { o.MaxInFlight = 1 })
	entered, held := make(chan struct{}, 2), make(chan struct{})
	done := make(chan int, 2)
	for range 2 {
		b.fake.hold(entered, held)
		req := b.request(t, ada, "GET", "/v1/exports/"+someExport, "")
		go func() {
			resp, err := b.client.Do(req)
			if err != nil {
				done <- 0
				return
			}
			_ = resp.Body.Close()
			done <- resp.StatusCode
		}()
		<-entered
	}
	b.call(t, ada, "GET", "/v1/exports/"+someExport, "").requireProblem(t, 429, social.CodeRateLimited)
	require.Equal(t, 200, b.call(t, ada, "GET", "/v1/me", "").StatusCode)
	close(held)
	for range 2 {
		require.Equal(t, 200, <-done)
	}
	require.Equal(t, 200, b.call(t, ada, "GET", "/v1/exports/"+someExport, "").StatusCode)
}

func TestAFarewellGoesToAnAddress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.call(t, ada, "DELETE", "/v1/me", `{"email":"x"}`).requireProblem(t, 422, social.CodeInvalidRequest)
	require.Empty(t, b.fake.all())
	for _, body := range []string{"{}", `{"email":"` + adasAddress + `"}`} {
		require.Equal(t, 202, b.call(t, ada, "DELETE", "/v1/me", body).StatusCode)
	}
}
