package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

// keyedUsers and above take part in the scenarios of this file; the others'
// users are below.
const keyedUsers = 1700

// keyed is a request that its client sends again under the same key until it
// is answered.
type keyed struct {
	op   checker.Op
	key  string
	path string
	body any
}

func keyedSwipe(uid, sid social.UserID, m social.Mark, key string) keyed {
	return keyed{
		checker.Op{Kind: checker.Swipe, UID: uid, SID: sid, Mark: m},
		key, "/v1/swipes",
		map[string]any{"user_id": sid, "mark": m.String()},
	}
}

func keyedRewind(uid social.UserID, key string) keyed {
	return keyed{checker.Op{Kind: checker.Rewind, UID: uid}, key, "/v1/swipes/rewind", nil}
}

// send sends k once, through the next node. The call of the operation is that
// of its first attempt.
func (w *world) send(k *keyed) (checker.Op, answer) {
	c := w.as(k.op.UID)
	c.key = k.key
	op, a := w.performAs(c, k.op, http.MethodPost, k.path, k.body)
	if k.op.Call == 0 {
		k.op.Call = op.Call
	}
	op.Call = k.op.Call
	w.told(&op, &a)
	return op, a
}

// sendMany sends k several times at once, notes it as the one operation it is
// and requires one answer, which one of them acted for if it is a success.
func (w *world) sendMany(k keyed) answer {
	const times = 4
	k.op.Call = int64(time.Since(w.epoch))
	ops, answers, all := make([]checker.Op, times), make([]answer, times), make([]func(), times)
	for i := range all {
		all[i] = func() {
			once := k
			ops[i], answers[i] = w.send(&once)
		}
	}
	together(all...)
	acted := 0
	for i, a := range answers {
		assert.Equal(w.t, answers[0].status, a.status)
		assert.Equal(w.t, string(answers[0].body), string(a.body))
		if a.status == http.StatusOK && a.header.Get("Idempotency-Replayed") == "" {
			acted++
		}
		ops[0].Return = max(ops[0].Return, ops[i].Return)
	}
	if answers[0].status == http.StatusOK {
		assert.Equal(w.t, 1, acted, "of %s %s", k.path, answers[0].body)
	}
	w.history.Add(ops[0])
	return answers[0]
}

// again sends k once more and requires the answer it got before.
func (w *world) again(k keyed, before answer) {
	_, a := w.send(&k)
	assert.Equal(w.t, before.status, a.status)
	assert.Equal(w.t, string(before.body), string(a.body))
	assert.Equal(w.t, "true", a.header.Get("Idempotency-Replayed"))
}

// retries sends requests many times under their keys, at once and late, and
// requires one effect and one answer each.
func retries(t *testing.T, nodes []*program) {
	t.Helper()
	noLimits := map[social.Action]social.Limit{social.ActionRewind: 5, social.ActionLike: social.NoLimit, social.ActionSuperlike: social.NoLimit}
	setTunable(t, nodes, "rewinds_per_day", 5)
	setTunable(t, nodes, "likes_per_day", nil)
	setTunable(t, nodes, "superlikes_per_day", nil)
	w := newWorld(t, nodes, demoUsers)
	next := social.UserID(keyedUsers + 1)
	couples := func(n int) []social.Pair {
		out := make([]social.Pair, n)
		for i := range out {
			out[i] = social.PairOf(next, next+1)
			next += 2
		}
		return out
	}
	each(couples(30), 8, func(p social.Pair) { // both like at once, each several times
		one, two := keyedSwipe(p.UID1, p.UID2, social.MarkLike, "like"), keyedSwipe(p.UID2, p.UID1, social.MarkSuperlike, "like")
		var toldOne, toldTwo answer
		together(func() { toldOne = w.sendMany(one) }, func() { toldTwo = w.sendMany(two) })
		w.isFriend(p.UID1, p.UID2)
		w.again(one, toldOne)
		w.again(two, toldTwo)
	})
	each(couples(20), 8, w.rewindAndRetry)
	each(couples(10), 8, w.reuse)
	w.requireSound()
	require.Empty(t, first(w.judge(noLimits), 5))
	w.spendOnce(nodes, couples(1)[0])
	w.requireSound()
}

// rewindAndRetry retries a swipe and its rewind when both are long past.
func (w *world) rewindAndRetry(p social.Pair) {
	uid, sid := p.UID1, p.UID2
	like, rewind := keyedSwipe(uid, sid, social.MarkLike, "one"), keyedRewind(uid, "two")
	w.swipe(sid, uid, social.MarkLike)
	liked := w.sendMany(like)
	rewound := w.sendMany(rewind)
	for range 2 { // each node deals the one who was taken back, before and after the retries
		for range 2 {
			w.again(like, liked)
			w.again(rewind, rewound)
		}
		for range 2 {
			if d := w.deck(uid); assert.NotEmpty(w.t, d) {
				assert.Equal(w.t, sid, d[0].UserID, "on top of the deck")
			}
		}
	}
	assert.Equal(w.t, 1, w.quotasUsed(uid)[social.ActionRewind])
	w.swipe(uid, sid, social.MarkDislike)
	w.again(rewind, rewound)
	w.again(like, liked)
	for range 2 {
		assert.True(w.t, w.swipe(uid, sid, social.MarkDislike).Repeated)
		assert.False(w.t, slices.Contains(w.deck(uid), card{sid}))
	}
	assert.Equal(w.t, 1, w.quotasUsed(uid)[social.ActionRewind])
}

// reuse sends two different requests under one key at once: one of them acts.
func (w *world) reuse(p social.Pair) {
	requests := []keyed{
		keyedSwipe(p.UID1, p.UID2, social.MarkLike, "same"), keyedSwipe(p.UID1, p.UID1-1, social.MarkDislike, "same"),
		keyedSwipe(p.UID1, p.UID2, social.MarkDislike, "same"),
	}
	var mu sync.Mutex
	codes := map[social.Code]int{}
	all := make([]func(), 2*len(requests))
	for i := range all {
		all[i] = func() {
			k := requests[i%len(requests)]
			op, a := w.send(&k)
			if a.header.Get("Idempotency-Replayed") == "" {
				w.history.Add(op)
			}
			mu.Lock()
			defer mu.Unlock()
			codes[op.Code]++
		}
	}
	together(all...)
	assert.Equal(w.t, map[social.Code]int{"": 2, social.CodeIdempotencyMismatch: 4}, codes)
}

// spendOnce requires that a metered swipe is charged once however often it is
// sent, and that a refusal leaves its key free.
func (w *world) spendOnce(nodes []*program, p social.Pair) {
	setTunable(w.t, nodes, "likes_per_day", 1)
	uid := p.UID1
	w.sendMany(keyedSwipe(uid, p.UID2, social.MarkLike, "first"))
	assert.Equal(w.t, 1, w.quotasUsed(uid)[social.ActionLike])
	second := keyedSwipe(uid, uid-1, social.MarkLike, "second")
	refused := w.sendMany(second)
	assert.Equal(w.t, social.CodeLikeQuotaExceeded, refused.code())
	setTunable(w.t, nodes, "likes_per_day", 2)
	granted := w.sendMany(second)
	assert.Equal(w.t, http.StatusOK, granted.status)
	w.again(second, granted)
	assert.Equal(w.t, 2, w.quotasUsed(uid)[social.ActionLike])
}

// TestKeysOutliveTheProcess kills the process under load and sends everything
// that was left unanswered again, under its key, to its successor: whatever had
// been stored gets its answer and nothing is done twice.
func TestKeysOutliveTheProcess(t *testing.T) {
	t.Parallel()
	const users, rounds = 60, 3
	for _, s := range storages() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			flags := s.flags(t)
			p := start(t, startOptions{flags: append(flags, "--demo")})
			setTunable(t, []*program{p}, "rewinds_per_day", nil)
			w := newWorld(t, []*program{p}, users)
			var pending []keyed
			for round := range rounds {
				left := w.keyedLoad(round, users, p.kill)
				pending = append(pending, left...)
				p = start(t, startOptions{flags: flags})
				w.attach([]*program{p})
				each(left, 32, func(k keyed) {
					op, _ := w.send(&k)
					w.history.Add(op)
				})
			}
			require.NotEmpty(t, pending, "no kill left anything unanswered")
			for _, op := range w.history.Ops() {
				require.NotEqual(t, checker.Unknown, op.Code, "every answer is known in the end")
			}
			require.Empty(t, first(w.judge(map[social.Action]social.Limit{
				social.ActionRewind: social.NoLimit, social.ActionLike: social.NoLimit, social.ActionSuperlike: social.NoLimit,
			}), 5))
		})
	}
}

// keyedLoad lets users act, calls kill when enough was acknowledged, and gives
// what stayed unanswered.
func (w *world) keyedLoad(round, users int, kill func()) (left []keyed) {
	const enough = 400
	var stopped atomic.Bool
	acknowledged := make(chan struct{}, enough)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for uid := social.UserID(1); uid <= social.UserID(users); uid++ {
		wg.Go(func() {
			dice := rand.New(rand.NewPCG(uint64(round), uint64(uid)))
			for n := 0; !stopped.Load(); n++ {
				key := fmt.Sprintf("%d-%d", round, n)
				k := keyedRewind(uid, key)
				if dice.IntN(4) > 0 {
					sid := (uid+social.UserID(dice.IntN(users-1)))%social.UserID(users) + 1
					k = keyedSwipe(uid, sid, social.MarkLike, key)
				}
				op, _ := w.send(&k)
				if op.Code == checker.Unknown {
					mu.Lock()
					left = append(left, k)
					mu.Unlock()
					return
				}
				w.history.Add(op)
				select {
				case acknowledged <- struct{}{}:
				default:
				}
			}
		})
	}
	for range enough {
		<-acknowledged
	}
	kill()
	stopped.Store(true)
	wg.Wait()
	return left
}
