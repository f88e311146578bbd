package e2e_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

// listener is an open connection and what was pushed to it.
type listener struct {
	conn *websocket.Conn
	done chan struct{} // closed when the connection is over

	mu   sync.Mutex
	got  []happening
	at   []time.Time
	kind map[string]int // pushes by kind, events or not
	code websocket.StatusCode
}

// listen opens a connection to p, from now on.
func listen(t *testing.T, p *program, token string) *listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, strings.Replace(p.HTTP, "http", "ws", 1)+"/v1/realtime", nil) //nolint:bodyclose // hijacked
	require.NoError(t, err)
	require.NoError(t, conn.Write(ctx, websocket.MessageText, []byte(`{"id":1,"connect":{"token":"`+token+`"}}`)))
	l := &listener{conn: conn, done: make(chan struct{}), kind: map[string]int{}}
	connected := make(chan struct{})
	go l.read(connected)
	t.Cleanup(func() { _ = conn.CloseNow(); <-l.done })
	select {
	case <-connected:
	case <-l.done:
		t.Fatalf("no connection: %v", l.code)
	}
	return l
}

func (l *listener) read(connected chan<- struct{}) {
	defer close(l.done)
	for {
		_, frame, err := l.conn.Read(context.Background())
		if err != nil {
			l.mu.Lock()
			l.code = websocket.CloseStatus(err)
			l.mu.Unlock()
			return
		}
		for line := range strings.SplitSeq(strings.TrimSpace(string(frame)), "\n") {
			var r struct {
				Connect *struct{}
				Push    *struct {
					Pub struct{ Data happening }
				}
			}
			switch err := json.Unmarshal([]byte(line), &r); {
			case err != nil:
			case line == "{}":
				_ = l.conn.Write(context.Background(), websocket.MessageText, []byte(`{}`))
			case r.Connect != nil:
				close(connected)
			case r.Push != nil:
				l.pushed(r.Push.Pub.Data)
			}
		}
	}
}

func (l *listener) pushed(h happening) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kind[h.Kind]++
	if h.ID != 0 {
		l.got, l.at = append(l.got, h), append(l.at, time.Now())
	}
}

// events waits until there are n and gives them, and when the last came.
func (l *listener) events(t *testing.T, n int) ([]happening, time.Time) {
	t.Helper()
	have := func() int { l.mu.Lock(); defer l.mu.Unlock(); return len(l.got) }
	require.Eventually(t, func() bool { return have() >= n }, time.Minute, time.Millisecond, "%d of %d pushes", have(), n)
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.got), l.at[len(l.at)-1]
}

// apart starts two processes that share a database, and their Redis with other
// tests, of whose likes they do not hear: they accept other tokens.
func apart(t *testing.T, flags []string) []*program {
	t.Helper()
	flags = append(flags, "--auth.key", rand.Text()+rand.Text())
	return []*program{
		start(t, startOptions{flags: append([]string{"--demo", "--data.dir", t.TempDir()}, flags...)}),
		start(t, startOptions{flags: append([]string{"--data.dir", t.TempDir()}, flags...)}),
	}
}

// TestPushesAcrossNodes: couples meet through both nodes while each listens at one
// of them. What is pushed is what /v1/events tells, once by id.
func TestPushesAcrossNodes(t *testing.T) {
	t.Parallel()
	const couples = 100
	nodes := apart(t, postgresFlags(t))
	w := newWorld(t, nodes, 2*couples)
	listeners := map[social.UserID]*listener{}
	for uid := social.UserID(1); uid <= 2*couples; uid++ {
		listeners[uid] = listen(t, nodes[(int(uid)/2)%2], w.tokens[uid])
	}
	var mu sync.Mutex
	met := map[social.UserID]time.Time{}
	pairs := make([]social.Pair, couples)
	for i := range pairs {
		pairs[i] = social.PairOf(social.UserID(2*i+1), social.UserID(2*i+2))
	}
	each(pairs, 16, func(p social.Pair) {
		w.swipe(p.UID1, p.UID2, social.MarkLike)
		now := time.Now()
		w.swipe(p.UID2, p.UID1, social.MarkLike)
		mu.Lock()
		defer mu.Unlock()
		met[p.UID1], met[p.UID2] = now, now
	})
	var delays []time.Duration
	for uid, l := range listeners {
		_, at := l.events(t, 1)
		delays = append(delays, at.Sub(met[uid]))
	}
	slices.Sort(delays)
	p95 := delays[len(delays)*95/100]
	t.Logf("from the second like to the push: p50 %v, p95 %v, most %v", delays[len(delays)/2], p95, delays[len(delays)-1])
	require.Less(t, p95, 5*time.Second, "hints do not get through: the rounds come every 30 s")

	each(pairs[:20], 16, func(p social.Pair) { w.unfriend(p.UID1, p.UID2) })
	for uid, l := range listeners {
		want := 1
		if uid%2 == 0 && uid <= 40 {
			want = 2
		}
		pushed, _ := l.events(t, want)
		f := &feed{w: w, uid: uid, after: "0"}
		f.until(want)
		require.Equal(t, f.got, pushed)
		if uid%2 == 0 {
			require.Eventually(t, func() bool { l.mu.Lock(); defer l.mu.Unlock(); return l.kind["liked"] == 1 }, time.Minute, time.Millisecond)
		}
	}
	w.requireSound()
}

// TestPushesWithoutRedis cuts both nodes off from Redis: pushes come late, none is
// missing, and nobody's request is held up by it.
func TestPushesWithoutRedis(t *testing.T) {
	t.Parallel()
	flags := postgresFlags(t)
	direct, err := url.Parse(flags[3])
	require.NoError(t, err)
	wire := newWire(t, direct.Host)
	direct.Host = wire.listener.Addr().String()
	flags[3] = direct.String()
	nodes := apart(t, flags)
	w := newWorld(t, nodes[:1], 10)
	l := listen(t, nodes[1], w.tokens[1])
	meet := func(sid social.UserID) {
		w.swipe(1, sid, social.MarkLike)
		require.True(t, w.swipe(sid, 1, social.MarkLike).Matched)
	}
	meet(2)
	l.events(t, 1)
	wire.cut()
	for sid := social.UserID(3); sid <= 6; sid++ {
		meet(sid)
	}
	l.events(t, 5)
	wire.heal()
	meet(7)
	pushed, _ := l.events(t, 6)
	f := &feed{w: w, uid: 1, after: "0"}
	f.until(6)
	require.Equal(t, f.got, pushed)
	w.requireSound()
}

// TestLogoutEndsConnections: who logs out at one node is cut off at the other.
func TestLogoutEndsConnections(t *testing.T) {
	t.Parallel()
	nodes := apart(t, postgresFlags(t))
	w := newWorld(t, nodes[:1], 1)
	d := &door{w.as(0), t}
	a := d.login("+8613800002001", d.code("+8613800002001"))
	var grant struct {
		AccessToken string `json:"access_token"`
	}
	a.into(t, &grant)
	l := listen(t, nodes[1], grant.AccessToken)
	stays := listen(t, nodes[1], w.tokens[1])
	in := *d.client
	in.token = grant.AccessToken
	a = in.call(t.Context(), http.MethodPost, "/v1/auth/logout", nil)
	require.Equal(t, http.StatusNoContent, a.status)
	select {
	case <-l.done:
	case <-time.After(20 * time.Second): // the rounds would come later
		t.Fatal("still connected")
	}
	require.Equal(t, websocket.StatusCode(3500), l.code)

	nodes[1].stop()
	<-stays.done
	require.Equal(t, websocket.StatusCode(3001), stays.code, "come back to another node")
}
