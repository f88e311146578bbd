package api_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// A stream is bounded neither in time nor by what else is handled: its place is its own.
func TestStreamsAreNotBoundedAsRequestsAre(t *testing.T) {
	t.Parallel()
	open, end := make(chan struct{}), make(chan struct{})
	b := setup(t, func(o *api.Options) {
		o.MaxInFlight, o.Wait, o.RequestTimeout = 1, time.Millisecond, time.Second
		o.Streams = map[string]http.Handler{"/v1/stream": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, bounded := r.Context().Deadline()
			if bounded {
				http.Error(w, "bounded", http.StatusInternalServerError)
			}
			close(open)
			<-end
		})}
	})
	status := make(chan int, 1)
	go func() {
		resp, err := http.Get(b.url + "/v1/stream")
		if err != nil {
			status <- 0
			return
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
		status <- resp.StatusCode
	}()
	<-open
	require.Equal(t, http.StatusOK, b.call(t, ada, "GET", "/v1/quotas", "").StatusCode)
	close(end)
	require.Equal(t, http.StatusOK, <-status)
}

// What is pushed is what is listed, and each gives cursors for the other.
func TestPushedEventsAreTheListed(t *testing.T) {
	t.Parallel()
	codec := api.NewEventCodec([]byte("cccccccccccccccccccccccccccccccc"))
	at := persistence.EventCursor{Major: 7, Minor: 9}
	e := persistence.Event{Event: social.Event{ID: 9, UID: ada, Kind: social.EventMatch, Other: 2, Time: noon}, Cursor: at}
	data, err := codec.Encode(&e)
	require.NoError(t, err)
	next := codec.Cursor(ada, at)
	require.JSONEq(t, `{"id":9,"kind":"match","time":"2026-11-22T12:00:00Z","data":{"user_id":2},"next":"`+next+`"}`, string(data))

	b := setup(t)
	require.Equal(t, http.StatusOK, b.call(t, ada, "GET", "/v1/events?after="+next, "").StatusCode)
	back, err := codec.Place(ada, next)
	require.NoError(t, err)
	require.Equal(t, at, back)
	_, err = codec.Place(2, next)
	require.Error(t, err, "another's")
	back, err = codec.Place(ada, codec.Cursor(ada, persistence.EventCursor{}))
	require.NoError(t, err)
	require.Zero(t, back)
}
