package e2e_test

import (
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
	users := map[social.UserID]bool{}
	for _, op := range ops {
		users[op.UID] = true
		if op.SID != 0 {
			users[op.SID] = true
		}
	}
	each(keys(users), 16, func(uid social.UserID) {
		w.note(checker.Op{Kind: checker.Friends, UID: uid}, func(op *checker.Op) { op.List = w.friends(uid) })
		w.note(checker.Op{Kind: checker.Likes, UID: uid}, func(op *checker.Op) { op.List = w.everyone(uid, "likes") })
		w.note(checker.Op{Kind: checker.Quotas, UID: uid}, func(op *checker.Op) { op.Used = w.quotasUsed(uid) })
	})
	w.probe(ops)
	verdict := checker.Judge(&checker.Run{
		Meta: checker.Meta{Fresh: true, Limits: limits, Probed: true},
		Ops:  w.history.Ops(),
	}, checker.JudgeOptions{PairBudget: 10 * time.Second})
	return verdict.Examples
}

// note adds a reading to the history.
func (w *world) note(op checker.Op, read func(*checker.Op)) {
	op.Call = int64(time.Since(w.epoch))
	read(&op)
	op.Return = int64(time.Since(w.epoch))
	w.history.Add(op)
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
		case !op.Acked() || op.SID == 0 || op.Kind == checker.IsFriend:
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
