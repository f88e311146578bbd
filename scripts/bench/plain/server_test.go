package plain_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/scripts/bench/plain"
)

// Every design answers the public API's swipe as Swiper does, and lets only
// bearers of a token in.
func TestServe(t *testing.T) {
	t.Parallel()
	key := []byte(strings.Repeat("k", 32))
	token, err := accounts.NewTokens(key, time.Now).Mint(1, time.Hour)
	require.NoError(t, err)
	for _, design := range plain.Designs() {
		t.Run(design, func(t *testing.T) {
			t.Parallel()
			b := setup(t, design, 2)
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			at := l.Addr().String()
			require.NoError(t, l.Close())
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() {
				ended <- plain.Serve(ctx, plain.ServeOptions{
					Options: plain.Options{Design: design, URL: b.url, Pool: 4},
					AuthKey: key, Listen: at, Logger: slog.New(slog.DiscardHandler),
				})
			}()
			call := func(token string) (status int, body string) {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+at+"/v1/swipes", strings.NewReader(`{"user_id":2,"mark":"like"}`))
				require.NoError(t, err)
				req.Header.Set("Content-Type", "application/json")
				req.Header.Set("Authorization", "Bearer "+token)
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					return 0, err.Error() // not up yet
				}
				defer resp.Body.Close()
				said, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				return resp.StatusCode, string(said)
			}
			require.Eventually(t, func() bool { status, _ := call("nobody"); return status == http.StatusUnauthorized }, 20*time.Second, 20*time.Millisecond)
			status, body := call(token)
			require.Equal(t, http.StatusOK, status, body)
			require.JSONEq(t, `{"user_id":2,"mark":"like","matched":false,"repeated":false}`, body)
			stop()
			require.NoError(t, <-ended)
		})
	}
}
