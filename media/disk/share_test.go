package disk_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/media/disk"
	"github.com/swiperhq/swiper/media/mediatest"
)

// TestProcessesThatShareAFolder lets many stores on one folder put different
// bytes under one key: one of them is first, and stays.
func TestProcessesThatShareAFolder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stores := []*disk.Store{b.store, open(t, b), open(t, b), open(t, b)}
	for round := range 20 {
		key := media.Staged(fmt.Sprintf("upload_%d", round))
		errs := make([]error, len(stores))
		var all sync.WaitGroup
		for i, store := range stores {
			all.Go(func() {
				body := mediatest.Picture(byte(i), 1000)
				errs[i] = store.Put(t.Context(), key, bytes.NewReader(body), int64(len(body)), "image/png")
			})
		}
		all.Wait()
		stored := 0
		for i, err := range errs {
			if errors.Is(err, media.ErrExists) {
				continue
			}
			require.NoError(t, err)
			stored++
			object, _, err := b.store.Open(t.Context(), key)
			require.NoError(t, err)
			kept, err := io.ReadAll(object)
			require.NoError(t, err)
			require.NoError(t, object.Close())
			require.Equal(t, mediatest.Picture(byte(i), 1000), kept)
		}
		require.Equal(t, 1, stored, "each believed to be the first")
	}
}

// slow is a request whose body does not end before it is told to.
type slow struct {
	body   *io.PipeWriter
	rest   []byte
	status chan int
}

func begin(t *testing.T, b bundle, upload string) slow {
	t.Helper()
	given, err := b.store.Ticket(t.Context(), media.TicketRequest{
		Key: media.Staged(upload), MaxSize: 2000, Types: []string{"image/png"}, EndUser: "42", Expires: b.clock.Now().Add(10 * time.Minute),
	})
	require.NoError(t, err)
	contentType, body := form(t, "token", given.Fields["token"], "file", string(mediatest.Picture(1, 1000)))
	r, w := io.Pipe()
	s := slow{body: w, rest: body[len(body)-200:], status: make(chan int, 1)}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+"/upload", r)
	require.NoError(t, err)
	req.Header.Set("Content-Type", contentType)
	go func() {
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			s.status <- 0
			return
		}
		_ = resp.Body.Close()
		s.status <- resp.StatusCode
	}()
	_, _ = w.Write(body[:len(body)-200]) // refused before it was read: the status tells
	return s
}

func (s slow) finish(t *testing.T) int {
	t.Helper()
	_, err := s.body.Write(s.rest)
	require.NoError(t, err)
	require.NoError(t, s.body.Close())
	return <-s.status
}

func TestWhatIsReceivedAtATimeIsBounded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	var under []slow
	for i := range 32 {
		under = append(under, begin(t, b, fmt.Sprintf("upload_%d", i)))
	}
	require.Eventually(t, func() bool {
		writing, err := os.ReadDir(filepath.Join(b.dir, "tmp"))
		return err == nil && len(writing) == len(under)
	}, time.Minute, 5*time.Millisecond)
	refused := func(upload string) (status int) {
		s := begin(t, b, upload)
		status = <-s.status
		_ = s.body.Close()
		return status
	}
	require.Equal(t, http.StatusTooManyRequests, refused("upload_0"), "its ticket is being used")
	require.Equal(t, http.StatusServiceUnavailable, refused("upload_32"), "32 are under way")
	for _, s := range under {
		require.Equal(t, http.StatusNoContent, s.finish(t))
	}
	s := begin(t, b, "upload_32")
	require.Equal(t, http.StatusNoContent, s.finish(t), "the places are free again")
}
