package listen_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/scripts/loadtest/listen"
	"github.com/swiperhq/swiper/social"
)

// node pushes the events 1 to last behind the cursor that it is asked for, two of
// them with its answer, and closes the connection after atATime of them.
type node struct {
	last, atATime int

	mu    sync.Mutex
	asked []string // cursors
	pongs int
}

func (n *node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = ws.CloseNow() }()
	_, frame, err := ws.Read(r.Context())
	var first struct {
		Connect struct {
			Token string
			Data  struct{ After string }
		}
	}
	if err != nil || json.Unmarshal(frame, &first) != nil || first.Connect.Token != "t7" {
		return
	}
	n.mu.Lock()
	n.asked = append(n.asked, first.Connect.Data.After)
	n.mu.Unlock()
	after, _ := strconv.Atoi(first.Connect.Data.After)
	ctx := r.Context()
	say := func(s string) { _ = ws.Write(ctx, websocket.MessageText, []byte(s)) }
	message := `{"id":1,"connect":{"ping":25}}`
	to := min(after+n.atATime, n.last)
	for i := after + 1; i <= to; i++ {
		message += fmt.Sprintf("\n"+`{"push":{"channel":"user:7","pub":{"data":{"id":%d,"kind":"match","data":{"user_id":%d},"next":"%d"}}}}`, i, 100+i, i)
		if i%2 == 0 {
			say(message)
			message = `{"push":{"channel":"user:7","pub":{"data":{"kind":"liked","data":{"count":3}}}}}`
		}
	}
	say(message)
	say("{}")
	if _, frame, err := ws.Read(r.Context()); err == nil && string(frame) == "{}" {
		n.mu.Lock()
		n.pongs++
		n.mu.Unlock()
	}
	if to == n.last {
		_, _, _ = ws.Read(r.Context()) // until the other side closes
	}
}

func TestListenersGoOnWhereTheyWere(t *testing.T) {
	t.Parallel()
	n := &node{last: 7, atATime: 3}
	server := httptest.NewServer(n)
	defer server.Close()
	ring, history := &client.Keyring{}, &checker.History{}
	ring.Put(7, "t7")
	begun := time.Now()
	clock := func() int64 { return int64(time.Since(begun)) }
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	all, err := listen.Start(ctx, listen.Options{
		Targets: []string{server.URL}, People: []social.UserID{7}, Tokens: ring, History: history, Clock: clock,
		After: func(social.UserID) string { return "0" },
	})
	require.NoError(t, err)
	all.Await(ctx, func(social.UserID) int { return 7 })
	require.NoError(t, ctx.Err())
	all.Stop()
	all.Stop()

	ops := history.Ops()
	require.Len(t, ops, 3)
	var ids []string
	for _, op := range ops {
		require.Equal(t, checker.Pushes, op.Kind)
		require.Equal(t, social.UserID(7), op.UID)
		require.GreaterOrEqual(t, op.Return, op.Call)
		for _, e := range op.Events {
			ids = append(ids, e.ID)
			require.Equal(t, "match", e.Kind)
			require.Equal(t, "10"+e.ID, strconv.Itoa(int(e.Other)))
			require.True(t, e.At >= op.Call && e.At <= op.Return)
		}
	}
	require.Equal(t, []string{"1", "2", "3", "4", "5", "6", "7"}, ids)
	n.mu.Lock()
	defer n.mu.Unlock()
	require.Equal(t, []string{"0", "3", "6"}, n.asked)
	require.Positive(t, n.pongs, "pings are answered")
}

func TestTargets(t *testing.T) {
	t.Parallel()
	o := listen.Options{
		Targets: []string{"ftp://127.0.0.1"}, Tokens: &client.Keyring{}, History: &checker.History{}, Clock: func() int64 { return 0 },
		After: func(social.UserID) string { return "" },
	}
	_, err := listen.Start(t.Context(), o)
	require.ErrorContains(t, err, "ftp")
	_, err = listen.Start(t.Context(), listen.Options{})
	require.Error(t, err)
}

func TestDelay(t *testing.T) {
	t.Parallel()
	ms := int64(time.Millisecond)
	swipe := func(uid, sid social.UserID, call, ret int64) checker.Op {
		return checker.Op{Kind: checker.Swipe, UID: uid, SID: sid, Mark: social.MarkLike, Call: call * ms, Return: ret * ms, Matched: true}
	}
	pushed := func(at int64, other social.UserID) checker.Event {
		return checker.Event{ID: strconv.FormatInt(at, 10), Kind: "match", Other: other, At: at * ms}
	}
	repeat := swipe(2, 1, 104, 105)
	repeat.Repeated = true
	ops := []checker.Op{
		swipe(2, 1, 100, 102), repeat, swipe(3, 1, 110, 120), swipe(4, 1, 5, 9), swipe(5, 1, 190, 191), swipe(2, 9, 130, 131), swipe(1, 2, 143, 145),
		{Kind: checker.Pushes, UID: 1, Call: 0, Return: 150 * ms, Events: []checker.Event{
			pushed(50, 4),  // in the warm-up
			pushed(112, 2), // 10 ms after the answer, whatever the repetition says
			pushed(115, 3), // before the answer
			pushed(146, 2), // they have parted, and met by the listener's own like
			pushed(140, 6), // nobody was told
		}},
		{Kind: checker.Pushes, UID: 1, Call: 200 * ms, Return: 300 * ms, Events: []checker.Event{pushed(201, 5)}},
	}
	slices.Reverse(ops) // the order says nothing
	got := listen.Sum(ops, time.Now(), 60*ms)
	require.Equal(t, 1, got.Listeners)
	require.Equal(t, 2, got.Connections)
	require.Equal(t, 6, got.Events)
	require.Equal(t, int64(2), got.Delay.All())
	require.Equal(t, time.Microsecond, got.Delay.Quantile(0.5))
	require.InDelta(t, 10*time.Millisecond, got.Delay.Quantile(1), float64(50*time.Microsecond))
}
