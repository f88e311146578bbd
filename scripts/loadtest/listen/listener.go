package listen

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

// listener is one user who listens.
type listener struct {
	o         *Options
	uid       social.UserID
	sockets   []string
	node      int
	dials     chan struct{}
	connected chan struct{} // closed once there was a connection
	once      sync.Once

	after string // the cursor of the last push; its goroutine's

	mu     sync.Mutex
	events int // that were pushed
}

func (l *listener) heard() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.events
}

// Bounds of a connection, and waits before another try.
const (
	dialTime  = 10 * time.Second
	grace     = 15 * time.Second // beyond the time between two pings
	maxFrame  = 1 << 20
	firstWait = 100 * time.Millisecond
	mostWait  = 3 * time.Second
)

// run connects again and again until ctx ends.
func (l *listener) run(ctx context.Context) {
	wait := firstWait
	for ctx.Err() == nil {
		if l.listen(ctx) {
			wait = firstWait
		}
		l.node++
		pause := time.NewTimer(wait/2 + rand.N(wait)) //nolint:gosec // no secret
		select {
		case <-pause.C:
		case <-ctx.Done():
		}
		pause.Stop()
		wait = min(2*wait, mostWait)
	}
}

// listen makes one connection, keeps it as long as it lasts and notes it; it tells
// whether there was one.
func (l *listener) listen(ctx context.Context) bool {
	ws, first, err := l.connect(ctx)
	if err != nil {
		return false
	}
	defer func() { _ = ws.CloseNow() }() // it is over either way
	op := checker.Op{Kind: checker.Pushes, UID: l.uid, Call: l.o.Clock()}
	l.once.Do(func() { close(l.connected) })
	err = l.take(ctx, ws, first.rest, &op)
	for err == nil {
		var frame []byte
		if frame, err = read(ctx, ws, first.ping+grace); err == nil {
			err = l.take(ctx, ws, frame, &op)
		}
	}
	op.Return = l.o.Clock()
	l.o.History.Add(op)
	return true
}

var errRefused = errors.New("refused")

// answer is what a connection begins with.
type answer struct {
	ping time.Duration // between two of them
	rest []byte        // messages that came with it
}

// connect opens a connection behind the last push.
func (l *listener) connect(ctx context.Context) (_ *websocket.Conn, _ answer, err error) {
	select {
	case l.dials <- struct{}{}:
		defer func() { <-l.dials }()
	case <-ctx.Done():
		return nil, answer{}, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, l.sockets[l.node%len(l.sockets)], &websocket.DialOptions{HTTPClient: l.o.HTTP}) //nolint:bodyclose // hijacked
	if err != nil {
		return nil, answer{}, err
	}
	defer func() {
		if err != nil {
			_ = ws.CloseNow() // the reason is err
		}
	}()
	ws.SetReadLimit(maxFrame)
	command, err := json.Marshal(map[string]any{
		"id": 1, "connect": map[string]any{"token": l.o.Tokens.Token(l.uid), "data": map[string]any{"after": l.after}},
	})
	if err == nil {
		err = ws.Write(ctx, websocket.MessageText, command)
	}
	if err != nil {
		return nil, answer{}, err
	}
	_, frame, err := ws.Read(ctx)
	if err != nil {
		return nil, answer{}, err
	}
	welcome, rest, _ := bytes.Cut(frame, []byte("\n"))
	var got struct {
		Connect *struct {
			Ping int `json:"ping"` // seconds
		} `json:"connect"`
	}
	if err := json.Unmarshal(welcome, &got); err != nil {
		return nil, answer{}, err
	}
	if got.Connect == nil {
		return nil, answer{}, errRefused
	}
	return ws, answer{time.Duration(got.Connect.Ping) * time.Second, rest}, nil
}

func read(ctx context.Context, ws *websocket.Conn, within time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	_, frame, err := ws.Read(ctx)
	return frame, err
}

// push is what is read of a message; what tells of no event has no id.
type push struct {
	Push struct {
		Pub struct {
			Data struct {
				ID   json.Number `json:"id"`
				Kind string      `json:"kind"`
				Data struct {
					UserID social.UserID `json:"user_id"`
				} `json:"data"`
				Next string `json:"next"`
			} `json:"data"`
		} `json:"pub"`
	} `json:"push"`
}

// take handles the messages of a frame, one a line.
func (l *listener) take(ctx context.Context, ws *websocket.Conn, frame []byte, op *checker.Op) error {
	at := l.o.Clock()
	for message := range bytes.Lines(frame) {
		message = bytes.TrimSpace(message)
		if string(message) == "{}" {
			if err := ws.Write(ctx, websocket.MessageText, message); err != nil {
				return err
			}
			continue
		}
		if !bytes.Contains(message, []byte(`"next"`)) {
			continue // likes and tasks: hints of something else
		}
		var p push
		if err := json.Unmarshal(message, &p); err != nil {
			return err
		}
		e := &p.Push.Pub.Data
		if e.ID == "" {
			continue
		}
		id := e.ID.String()
		op.Events = append(op.Events, checker.Event{ID: id, Kind: e.Kind, Other: e.Data.UserID, At: at})
		l.after = e.Next
		l.mu.Lock()
		l.events++
		l.mu.Unlock()
	}
	return nil
}
