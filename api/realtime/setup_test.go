package realtime_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/api"
	"github.com/swiperhq/swiper/api/framing"
	"github.com/swiperhq/swiper/api/realtime"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func TestMain(m *testing.M) {
	// These wait a second before they leave a channel, whether or not their node has ended.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/centrifugal/centrifuge/internal/dissolve.(*Dissolver).runWorker"))
}

// patience is more than anything takes on a busy machine.
const patience = 30 * time.Second

// world is what a server asks: two people, their events, their sessions.
type world struct {
	mu     sync.Mutex
	events map[social.UserID][]persistence.Event
	passes map[string]accounts.Pass
	gone   map[social.UserID]bool
	reads  int
}

func (w *world) Admit(ctx context.Context, token string) (accounts.Pass, error) {
	w.mu.Lock()
	pass, ok := w.passes[token]
	w.mu.Unlock()
	if !ok || !time.Now().Before(pass.ExpiresAt) {
		return accounts.Pass{}, social.Errorf(social.CodeUnauthenticated, "no such token")
	}
	return pass, w.Stands(ctx, pass)
}

func (w *world) Stands(_ context.Context, pass accounts.Pass) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.passes {
		if p.Session == pass.Session {
			return nil
		}
	}
	return social.Errorf(social.CodeUnauthenticated, "ended")
}

func (w *world) User(_ context.Context, id social.UserID) (social.User, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gone[id] {
		return social.User{}, social.Errorf(social.CodeUserNotFound, "gone")
	}
	return social.User{ID: id}, nil
}

func (w *world) EventsSince(_ context.Context, uid social.UserID, after persistence.EventCursor, limit int) ([]persistence.Event, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reads++
	var out []persistence.Event
	for _, e := range w.events[uid] {
		if e.Cursor.Minor > after.Minor && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}

func (w *world) LastEvent(_ context.Context, uid social.UserID) (persistence.EventCursor, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.events[uid]); n > 0 {
		return w.events[uid][n-1].Cursor, nil
	}
	return persistence.EventCursor{}, nil
}

// happen commits events of uid.
func (w *world) happen(uid social.UserID, others ...social.UserID) {
	for _, other := range others {
		w.add(uid, social.Event{Kind: social.EventMatch, Other: other})
	}
}

func (w *world) add(uid social.UserID, e social.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := int64(len(w.events[uid]) + 1)
	e.ID, e.UID, e.Time = 100*int64(uid)+n, uid, time.Now()
	w.events[uid] = append(w.events[uid], persistence.Event{Event: e, Cursor: persistence.EventCursor{Minor: n}})
}

// login gives a token of uid that is good for so long, and its session.
func (w *world) login(uid social.UserID, token string, life time.Duration) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.passes[token] = accounts.Pass{UID: uid, Session: "session of " + token, ExpiresAt: time.Now().Add(life)}
	return w.passes[token].Session
}

func (w *world) logout(token string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.passes, token)
}

const (
	ada social.UserID = 1
	bob social.UserID = 2
)

var cursorKey = []byte("0123456789abcdef0123456789abcdef")

type bundle struct {
	*world
	live *realtime.Server
	reg  *prometheus.Registry
	addr string
}

// setup serves as the program does. ada and bob are logged in with their names.
func setup(t *testing.T, change ...func(*realtime.Options)) *bundle {
	t.Helper()
	b := &bundle{reg: prometheus.NewRegistry(), world: &world{
		events: map[social.UserID][]persistence.Event{}, passes: map[string]accounts.Pass{}, gone: map[social.UserID]bool{},
	}}
	b.login(ada, "ada", time.Hour)
	b.login(bob, "bob", time.Hour)
	opts := realtime.Options{
		Accounts: b.world, Store: b.world, Codec: api.NewEventCodec(cursorKey), Registerer: b.reg, IdlePoll: time.Hour,
	}
	for _, c := range change {
		c(&opts)
	}
	var err error
	b.live, err = realtime.New(opts)
	require.NoError(t, err)
	mux := http.NewServeMux()
	for path, h := range b.live.Routes() {
		mux.Handle(path, h)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	b.addr = listener.Addr().String()
	server := api.NewServer(b.addr, mux, time.Second, slog.New(slog.DiscardHandler))
	served, ran := make(chan struct{}), make(chan struct{})
	go func() { defer close(served); _ = server.Serve(framing.Listen(listener, nil)) }()
	ctx, cancel := context.WithCancel(context.Background())
	go func() { defer close(ran); _ = b.live.Run(ctx) }()
	t.Cleanup(func() {
		limit, done := context.WithTimeout(context.Background(), patience)
		defer done()
		require.NoError(t, b.live.Stop(limit))
		require.NoError(t, server.Shutdown(limit))
		cancel()
		<-ran
		<-served
	})
	return b
}

// client speaks centrifuge's protocol as JSON.
type client struct {
	t    *testing.T
	conn *websocket.Conn
	left []string // replies of a frame that were not looked at
}

func (b *bundle) dial(t *testing.T, header http.Header) *client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, resp, err := websocket.Dial(ctx, "ws://"+b.addr+"/v1/realtime", &websocket.DialOptions{HTTPHeader: header})
	require.NoError(t, err)
	if resp.Body != nil {
		resp.Body.Close()
	}
	conn.SetReadLimit(1 << 20)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &client{t: t, conn: conn}
}

func (c *client) send(text string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	require.NoError(c.t, c.conn.Write(ctx, websocket.MessageText, []byte(text)))
}

// push is what is pushed; welcome what a connect command is answered.
type push struct {
	ID   int64
	Kind string
	Data struct {
		UserID social.UserID `json:"user_id"`
		Count  int
	}
	Next string
}

type reply struct {
	ID      int
	Connect *struct {
		Data struct{ Channel, Next string }
		Subs map[string]any
		Ping int
	}
	Error *struct{ Code int }
	Push  *struct {
		Channel string
		Pub     struct{ Data push }
	}
	Refresh *struct{ TTL int }
}

// read gives the next reply that is no ping.
func (c *client) read() (reply, error) {
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	for {
		if len(c.left) == 0 {
			_, frame, err := c.conn.Read(ctx)
			if err != nil {
				return reply{}, err
			}
			c.left = strings.Split(strings.TrimSpace(string(frame)), "\n")
		}
		line := c.left[0]
		c.left = c.left[1:]
		if line == "{}" {
			c.send("{}")
			continue
		}
		var r reply
		err := json.Unmarshal([]byte(line), &r)
		return r, err
	}
}

func (c *client) next() reply {
	c.t.Helper()
	r, err := c.read()
	require.NoError(c.t, err)
	return r
}

func (c *client) pushed() push {
	c.t.Helper()
	r := c.next()
	require.NotNil(c.t, r.Push, "%+v", r)
	return r.Push.Pub.Data
}

// closed reads until the server has cut the connection and gives its code.
func (c *client) closed() websocket.StatusCode {
	c.t.Helper()
	for {
		if _, err := c.read(); err != nil {
			require.NotEqual(c.t, websocket.StatusCode(-1), websocket.CloseStatus(err), "%v", err)
			return websocket.CloseStatus(err)
		}
	}
}

// counted waits until there are so many connections: one counts a moment after its
// client was told that it is connected.
func (b *bundle) counted(t *testing.T, n float64) {
	t.Helper()
	require.Eventually(t, func() bool { return b.metric(t, "swiper_realtime_connections", "") == n }, patience, time.Millisecond)
}

// connect opens a connection with a token, from after on ("": from now on).
func (b *bundle) connect(t *testing.T, token, after string) (c *client, next string) {
	t.Helper()
	c = b.dial(t, nil)
	c.send(`{"id":1,"connect":{"token":"` + token + `","data":{"after":"` + after + `"}}}`)
	r := c.next()
	require.NotNil(t, r.Connect, "%+v", r)
	return c, r.Connect.Data.Next
}

// metric sums a metric, of the label's value if one is given.
func (b *bundle) metric(t *testing.T, name, value string) float64 {
	t.Helper()
	families, err := b.reg.Gather()
	require.NoError(t, err)
	sum := 0.0
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name && (value == "" || m.GetLabel()[0].GetValue() == value) {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}
