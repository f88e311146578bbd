package checker

import (
	"fmt"

	"github.com/swiperhq/swiper/social"
)

// attempts gives the operations as they are judged: normal, and those that
// carried one Idempotency-Key folded into the one effect that they have
// together. A refused attempt stands for itself, since a refusal frees the key.
//
// The effect lies between the first call and the earliest acknowledgement, and
// all who were told of it must have been told the same.
func attempts(ops []Op, found *findings) []Op {
	type key struct {
		uid  social.UserID
		key  string
		kind Kind
		sid  social.UserID // of a swipe: a key that is used for two requests folds nothing
		mark social.Mark
	}
	first := map[key]int{}
	disputed := map[int]bool{}
	out := make([]Op, 0, len(ops))
	for i := range ops {
		op := ops[i].normal()
		folds := op.Key != "" && op.Kind.changes() && (op.Acked() || op.Code == Unknown)
		if !folds {
			out = append(out, op)
			continue
		}
		k := key{uid: op.UID, key: op.Key, kind: op.Kind}
		if op.Kind == Swipe {
			k.sid, k.mark = op.SID, op.Mark
		}
		at, known := first[k]
		if !known {
			first[k] = len(out)
			out = append(out, op)
			continue
		}
		if !disputed[at] && !fold(&out[at], &op, found) {
			disputed[at] = true
		}
	}
	for at := range disputed { // reported; what happened is anybody's guess
		out[at].Code, out[at].Return = Unknown, never
	}
	return out
}

// fold joins another attempt into one; false if their answers differ.
func fold(one, other *Op, found *findings) bool {
	call, ret, couple := min(one.Call, other.Call), min(one.Return, other.Return), one.Couple || other.Couple
	switch {
	case one.Acked() && other.Acked() && !sameAnswer(one, other):
		found.add(Anomaly{
			StaleAnswer,
			fmt.Sprintf("user %d got different answers to one %s under one Idempotency-Key", one.UID, one.Kind),
			[]Op{*one, *other},
		})
		return false
	case other.Acked() && !one.Acked():
		*one = *other
	}
	one.Call, one.Return, one.Couple = call, ret, couple
	return true
}

func sameAnswer(a, b *Op) bool {
	return a.Kind == b.Kind && a.SID == b.SID && a.Mark == b.Mark &&
		a.Matched == b.Matched && a.Repeated == b.Repeated && a.Unmatched == b.Unmatched
}
