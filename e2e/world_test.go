package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

// world is a set of nodes, the people who use them and all that they were told.
type world struct {
	t      testing.TB
	http   *http.Client
	tokens map[social.UserID]string
	epoch  time.Time
	turn   atomic.Uint64

	mu       sync.Mutex
	clients  []*client // one a node; replaced when a node is started again
	problems map[string]int

	history      checker.History
	inFlight     atomic.Int64
	acknowledged atomic.Int64 // of the operations that change something
}

// newWorld gives users 1 to people of the nodes' storage.
func newWorld(t testing.TB, nodes []*program, people social.UserID) *world {
	t.Helper()
	w := &world{t: t, http: newHTTPClient(), epoch: time.Now(), problems: map[string]int{}}
	t.Cleanup(w.http.CloseIdleConnections)
	w.tokens = mint(t, nodes[0], 1, people)
	w.attach(nodes)
	return w
}

// attach makes the world talk to these nodes from now on.
func (w *world) attach(nodes []*program) {
	clients := make([]*client, len(nodes))
	for i, p := range nodes {
		clients[i] = &client{http: w.http, base: p.HTTP, contract: readContract(w.t, p.HTTP)}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clients = clients
}

// as gives the next node's client (every request alternates between them),
// acting for uid.
func (w *world) as(uid social.UserID) *client {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := *w.clients[w.turn.Add(1)%uint64(len(w.clients))]
	c.token = w.tokens[uid]
	return &c
}

// clientOf gives a client of one node, acting for uid.
func (w *world) clientOf(p *program, uid int) *client {
	return &client{http: w.http, base: p.HTTP, token: w.tokens[social.UserID(uid)]}
}

// unsound notes an answer that a healthy server does not give.
func (w *world) unsound(a *answer) {
	if err := a.sound(); err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.problems[err.Error()]++
	}
}

// requireSound fails the test if any answer was unsound.
func (w *world) requireSound() {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	shown := 0
	for p, n := range w.problems {
		if shown++; shown > 5 {
			break
		}
		w.t.Errorf("%d × %s", n, p)
	}
}

// perform sends one operation, notes what it was told and gives it back.
func (w *world) perform(op checker.Op, method, path string, body any) (checker.Op, answer) {
	return w.performAs(w.as(op.UID), op, method, path, body)
}

// performAs is perform through a client of the caller's choice.
func (w *world) performAs(c *client, op checker.Op, method, path string, body any) (checker.Op, answer) {
	w.inFlight.Add(1)
	op.Call = int64(time.Since(w.epoch))
	a := c.call(context.Background(), method, path, body)
	op.Return = int64(time.Since(w.epoch))
	w.inFlight.Add(-1)
	w.unsound(&a)
	op.Code = a.code()
	if op.Acked() && a.err == nil && op.Kind != checker.IsFriend {
		w.acknowledged.Add(1)
	}
	if a.err != nil || op.Code == social.CodeTimeout || op.Code == social.CodeUnavailable || op.Code == social.CodeInternal {
		op.Code = checker.Unknown
	}
	return op, a
}

func (w *world) swipe(uid, sid social.UserID, m social.Mark) checker.Op {
	op, a := w.perform(checker.Op{Kind: checker.Swipe, UID: uid, SID: sid, Mark: m}, http.MethodPost, "/v1/swipes",
		map[string]any{"user_id": sid, "mark": m.String()})
	w.told(&op, &a)
	w.history.Add(op)
	return op
}

// told notes in an acknowledged swipe or rewind what its answer says.
func (w *world) told(op *checker.Op, a *answer) {
	switch {
	case !op.Acked():
	case op.Kind == checker.Swipe:
		var got struct{ Matched, Repeated bool }
		a.into(w.t, &got)
		op.Matched, op.Repeated = got.Matched, got.Repeated
	case op.Kind == checker.Rewind:
		var got struct {
			UserID    social.UserID `json:"user_id"`
			Mark      string
			Unmatched bool
		}
		a.into(w.t, &got)
		op.SID, op.Unmatched = got.UserID, got.Unmatched
		op.Mark, _ = social.ParseMark(got.Mark) // the document's check has seen to it
	}
}

func (w *world) rewind(uid social.UserID) checker.Op {
	op, a := w.perform(checker.Op{Kind: checker.Rewind, UID: uid}, http.MethodPost, "/v1/swipes/rewind", nil)
	w.told(&op, &a)
	w.history.Add(op)
	return op
}

func (w *world) unfriend(uid, sid social.UserID) checker.Op {
	op, _ := w.perform(checker.Op{Kind: checker.Unfriend, UID: uid, SID: sid}, http.MethodDelete, fmt.Sprintf("/v1/friends/%d", sid), nil)
	w.history.Add(op)
	return op
}

func (w *world) isFriend(uid, sid social.UserID) checker.Op {
	op, _ := w.perform(checker.Op{Kind: checker.IsFriend, UID: uid, SID: sid}, http.MethodGet, fmt.Sprintf("/v1/friends/%d", sid), nil)
	if op.Matched = op.Acked(); op.Code == social.CodeNotFriends {
		op.Code = ""
	}
	if op.Acked() {
		w.history.Add(op)
	}
	return op
}

type card struct {
	UserID social.UserID `json:"user_id"`
}

func (w *world) deck(uid social.UserID) []card {
	var got struct{ Cards []card }
	w.note(checker.Op{Kind: checker.Deal, UID: uid}, func(op *checker.Op) {
		a := w.as(uid).call(context.Background(), http.MethodGet, "/v1/deck", nil)
		w.unsound(&a)
		if op.Code = a.code(); a.err != nil {
			op.Code = checker.Unknown
		}
		if a.status == http.StatusOK {
			a.into(w.t, &got)
		}
		for _, c := range got.Cards {
			op.List = append(op.List, c.UserID)
		}
	})
	return got.Cards
}

// read asks for something that changes nothing, for the contract's sake.
func (w *world) read(uid social.UserID, path string) {
	a := w.as(uid).call(context.Background(), http.MethodGet, path, nil)
	w.unsound(&a)
}

func (w *world) friends(uid social.UserID) []social.UserID { return w.everyone(uid, "friends") }

// everyone gives the whole list of uid's friends, or of those who like uid, page
// by page.
func (w *world) everyone(uid social.UserID, list string) []social.UserID {
	w.t.Helper()
	var ids []social.UserID
	for path := "/v1/" + list + "?limit=100"; ; {
		a := w.as(uid).call(context.Background(), http.MethodGet, path, nil)
		var got struct {
			Friends, Users []card
			NextCursor     *string `json:"next_cursor"`
		}
		a.into(w.t, &got)
		w.unsound(&a)
		for _, c := range append(got.Friends, got.Users...) {
			ids = append(ids, c.UserID)
		}
		if got.NextCursor == nil {
			return ids
		}
		path = "/v1/" + list + "?limit=100&cursor=" + *got.NextCursor
	}
}

func (w *world) quotasUsed(uid social.UserID) map[social.Action]int {
	w.t.Helper()
	a := w.as(uid).call(context.Background(), http.MethodGet, "/v1/quotas", nil)
	var got map[social.Action]struct{ Used int }
	a.into(w.t, &got)
	w.unsound(&a)
	used := map[social.Action]int{}
	for action, q := range got {
		used[action] = q.Used
	}
	return used
}
