package qiniu_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/media/mediatest"
	"github.com/swiperhq/swiper/media/mediatest/fakeqiniu"
	"github.com/swiperhq/swiper/media/qiniu"
	"github.com/swiperhq/swiper/social"
)

// application answers callbacks and remembers those it believed.
type application struct {
	sync.Mutex
	*bundle
	url     string
	arrived []qiniu.Arrived
	refused []error
}

func apply(t *testing.T) *application {
	t.Helper()
	a := &application{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived, err := a.store.Callback(r)
		a.Lock()
		defer a.Unlock()
		if err != nil {
			a.refused = append(a.refused, err)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		a.arrived = append(a.arrived, arrived)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{}`))
	}))
	t.Cleanup(server.Close)
	a.url = server.URL + "/v1/hooks/qiniu"
	a.bundle = setup(t, func(o *qiniu.Options) { o.CallbackURL = a.url })
	return a
}

func request(a *application) media.TicketRequest {
	return media.TicketRequest{
		Key: media.Staged("upload_1"), MaxSize: 2000, Types: []string{"image/png"}, EndUser: "42", Expires: a.clock.Now().Add(10 * time.Minute),
	}
}

func TestAnUploadIsToldByCallback(t *testing.T) {
	t.Parallel()
	a := apply(t)
	ticket, err := a.store.Ticket(t.Context(), request(a))
	require.NoError(t, err)
	ticket.Fields["x:key"], ticket.Fields["x:endUser"] = "pictures/aa/other.png", "43" // a client may say what it likes
	require.Equal(t, http.StatusOK, mediatest.Upload(t, ticket, "image/png", mediatest.Picture(1, 1500)))
	info, err := a.store.Stat(t.Context(), media.Staged("upload_1"))
	require.NoError(t, err)
	require.Equal(t, []qiniu.Arrived{{Key: media.Staged("upload_1"), EndUser: "42", Info: info}}, a.arrived)
	require.EqualValues(t, 1500, info.Size)
}

const told = "key=private%2Fstaged%2Fupload_1&bucket=staged&hash=h&size=12&type=image%2Fpng&end_user=42"

func TestForgedCallbacksAreNotBelieved(t *testing.T) {
	t.Parallel()
	a := apply(t)
	for name, how := range map[string]fakeqiniu.Signature{
		"unsigned": fakeqiniu.Unsigned, "of another key": fakeqiniu.OtherKey, "of the legacy scheme": fakeqiniu.Legacy, "of another body": fakeqiniu.Replayed,
	} {
		status, _, err := a.fake.CallBack(t.Context(), a.url, told, how)
		require.NoError(t, err)
		require.Equal(t, http.StatusUnauthorized, status, name)
		require.Equal(t, social.CodeUnauthenticated, social.CodeOf(a.refused[len(a.refused)-1]), name)
	}
	// Signed well, for another address than the one we gave.
	status, _, err := a.fake.CallBack(t.Context(), a.url+"?user=43", told, fakeqiniu.Signed)
	require.NoError(t, err)
	require.Equal(t, http.StatusUnauthorized, status)
	require.Empty(t, a.arrived)

	status, _, err = a.fake.CallBack(t.Context(), a.url, told, fakeqiniu.Signed)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status, "the same, honestly")
	require.Len(t, a.arrived, 1)
}

func TestSignedNonsenseIsRefused(t *testing.T) {
	t.Parallel()
	a := apply(t)
	for _, body := range []string{
		"", "%zz", "size=x", strings.Replace(told, "private", "pictures", 1), strings.Replace(told, "bucket=staged", "bucket=pictures", 1),
		strings.Replace(told, "upload_1", "..%2f..", 1),
	} {
		_, _, err := a.fake.CallBack(t.Context(), a.url, body, fakeqiniu.Signed)
		require.NoError(t, err)
		require.Error(t, a.refused[len(a.refused)-1], body)
	}
	require.Empty(t, a.arrived)
	require.Equal(t, social.CodeInvalidRequest, social.CodeOf(a.refused[1]))
}

// Not parallel: it measures what this process allocates.
func TestAForgedLengthCostsNothing(t *testing.T) { //nolint:paralleltest // see above
	a := apply(t)
	for name, change := range map[string]func(*http.Request){
		"a length that is not there": func(r *http.Request) { r.ContentLength = 512 << 20 },
		"a length that is not told":  func(r *http.Request) { r.ContentLength = -1 },
		"another type":               func(r *http.Request) { r.Header.Set("Content-Type", "application/json") },
		"another method":             func(r *http.Request) { r.Method = http.MethodPut },
	} {
		r := httptest.NewRequest(http.MethodPost, a.url, endless{})
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "Qiniu test-access:forged")
		change(r)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := a.store.Callback(r)
		runtime.ReadMemStats(&after)
		require.Equal(t, social.CodeUnauthenticated, social.CodeOf(err), name)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20), name)
	}
	broken := httptest.NewRequest(http.MethodPost, a.url, failing{})
	broken.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	broken.Header.Set("Authorization", "Qiniu test-access:forged")
	_, err := a.store.Callback(broken)
	require.Equal(t, social.CodeUnauthenticated, social.CodeOf(err))
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("broke off") }
