package realtime_test

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api/realtime"
	"github.com/swiperhq/swiper/social"
)

// What an idle connection takes, its client in this process included. More
// connections than 2,000 need SWIPER_CONNECTIONS, and files: an end takes one each.
func TestMemoryOfConnections(t *testing.T) { //nolint:paralleltest // it counts what the process has
	n := 2000
	if text := os.Getenv("SWIPER_CONNECTIONS"); text != "" {
		var err error
		n, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	if testing.Short() {
		t.Skip("skipped: it opens many connections")
	}
	b := setup(t, func(o *realtime.Options) { o.Ping = time.Hour })
	for i := range n {
		b.login(social.UserID(i+1), "token of "+strconv.Itoa(i+1), time.Hour)
	}
	bare := dialMany(t, b, n, false)
	before := used()
	for _, c := range bare {
		_ = c.CloseNow()
	}
	dialMany(t, b, n, true)
	b.counted(t, float64(n))
	whole := used()
	t.Logf("%d connections: %d bytes each above that of a socket whose client has not connected, with both ends in this process", n, (int64(whole)-int64(before))/int64(n))
	t.Logf("%d goroutines, %d MB in all", runtime.NumGoroutine(), whole>>20)
	require.Less(t, whole/uint64(n), uint64(200<<10))
}

func used() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// dialMany opens n connections, and says who they are if asked to.
func dialMany(t *testing.T, b *bundle, n int, connect bool) []*websocket.Conn {
	t.Helper()
	conns := make([]*websocket.Conn, n)
	var wg sync.WaitGroup
	slots := make(chan struct{}, 32)
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			conn, _, err := websocket.Dial(ctx, "ws://"+b.addr+"/v1/realtime", nil) //nolint:bodyclose // hijacked
			if err != nil {
				t.Error(err)
				return
			}
			conns[i] = conn
			if !connect {
				return
			}
			err = conn.Write(ctx, websocket.MessageText, []byte(`{"id":1,"connect":{"token":"token of `+strconv.Itoa(i+1)+`"}}`))
			if err == nil {
				_, _, err = conn.Read(ctx)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	t.Cleanup(func() {
		for _, c := range conns {
			if c != nil {
				_ = c.CloseNow()
			}
		}
	})
	return conns
}
