package e2e_test

import (
	"fmt"
	"sync"
	"time"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

// each runs f for every item on a bounded number of goroutines.
func each[T any](items []T, parallel int, f func(T)) {
	var wg sync.WaitGroup
	queue := make(chan T)
	for range parallel {
		wg.Go(func() {
			for item := range queue {
				f(item)
			}
		})
	}
	for _, item := range items {
		queue <- item
	}
	close(queue)
	wg.Wait()
}

// judge reads everything the history touched as it stands at the end, asks
// every acknowledged swipe again, and gives what breaks the rules. limits are
// those that were in force all the time.
func (w *world) judge(limits map[social.Action]social.Limit) []checker.Anomaly {
	w.t.Helper()
	ops := w.history.Ops()
	var found []checker.Anomaly
	found = append(found, checker.CheckQuotas(ops, w.readQuotas(ops), limits)...)
	found = append(found, w.readFriends(ops)...)
	w.probe(ops)
	ops = w.history.Ops()
	found = append(found, checker.CheckRewindOrder(ops)...)
	return append(found, checker.CheckPairs(ops, 10*time.Second)...)
}

func (w *world) readQuotas(ops []checker.Op) checker.Used {
	users := map[social.UserID]bool{}
	for _, op := range ops {
		users[op.UID] = true
	}
	var mu sync.Mutex
	used := checker.Used{}
	each(keys(users), 16, func(uid social.UserID) {
		got := w.quotasUsed(uid)
		mu.Lock()
		defer mu.Unlock()
		used[uid] = got
	})
	return used
}

// readFriends adds to the history what each side's list says of every pair.
func (w *world) readFriends(ops []checker.Op) []checker.Anomaly {
	touched := map[social.UserID]map[social.UserID]bool{}
	note := func(a, b social.UserID) {
		if touched[a] == nil {
			touched[a] = map[social.UserID]bool{}
		}
		touched[a][b] = true
	}
	for _, op := range ops {
		if op.SID != 0 {
			note(op.UID, op.SID)
			note(op.SID, op.UID)
		}
	}
	var mu sync.Mutex
	var found []checker.Anomaly
	each(keys(touched), 16, func(uid social.UserID) {
		call := int64(time.Since(w.epoch))
		listed := map[social.UserID]bool{}
		for _, f := range w.friends(uid) {
			if listed[f] || !touched[uid][f] {
				mu.Lock()
				found = append(found, checker.Anomaly{Kind: checker.PairBroken, Detail: fmt.Sprintf("user %d's list has %d twice or without a swipe", uid, f)})
				mu.Unlock()
			}
			listed[f] = true
		}
		for sid := range touched[uid] {
			w.history.Add(checker.Op{
				Kind: checker.IsFriend, UID: uid, SID: sid, Matched: listed[sid],
				Call: call, Return: int64(time.Since(w.epoch)),
			})
		}
	})
	return found
}

// probe asks again for the latest acknowledged swipe of every ordered pair that
// no acknowledged rewind or unfriending took back. Only if the swipe is still
// stored does the answer (repeated, or already swiped) fit the history.
func (w *world) probe(ops []checker.Op) {
	type ordered struct{ uid, sid social.UserID }
	standing := map[ordered]checker.Op{}
	for _, op := range ops {
		at := ordered{op.UID, op.SID}
		switch last, known := standing[at]; {
		case !op.Acked() || op.Kind == checker.IsFriend:
		case !known || op.Return > last.Return:
			standing[at] = op
		}
	}
	var again []checker.Op
	for _, op := range standing {
		if op.Kind == checker.Swipe {
			again = append(again, op)
		}
	}
	each(again, 32, func(op checker.Op) { w.swipe(op.UID, op.SID, op.Mark) })
}

func keys[K comparable, V any](m map[K]V) []K {
	out := make([]K, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out
}
