package checker

import (
	"fmt"
	"math"
	"slices"

	"github.com/swiperhq/swiper/social"
)

// judgeRewinds looks at each rewind of one user, own being their operations in
// order of the calls: while a swipe stood for certain, no earlier one may have
// been undone, nor may the user have been told that there is nothing.
func judgeRewinds(ops []Op, own []int32, found *findings) {
	d := deeds{}
	for _, i := range own {
		d.take(&ops[i])
	}
	for _, r := range d.rewinds {
		over := d.passedOver(r)
		switch {
		case over == nil:
		case r.Acked():
			found.add(Anomaly{
				WrongRewind, fmt.Sprintf("user %d: the swipe on %d was rewound while the later one on %d stood", r.UID, r.SID, over.SID),
				d.about(r, over),
			})
		default:
			found.add(Anomaly{
				WrongRewind, fmt.Sprintf("user %d: told that there is nothing to rewind while the swipe on %d stood", r.UID, over.SID),
				d.about(r, over),
			})
		}
	}
}

// deeds are what one user did that bears on rewinds.
type deeds struct {
	swipes   []*Op // that were stored
	maybe    []*Op // swipes that may have been
	rewinds  []*Op // acknowledged, or told that there is nothing
	removals []*Op // what may have made a swipe unfit for rewinding
}

func (d *deeds) take(op *Op) {
	switch {
	case op.Kind == Swipe && op.Acked() && !op.Repeated:
		d.swipes = append(d.swipes, op)
	case op.Kind == Swipe && op.Code == Unknown:
		d.maybe = append(d.maybe, op)
	case op.Kind == Rewind && op.Acked():
		d.rewinds = append(d.rewinds, op)
		d.removals = append(d.removals, op)
	case op.Kind == Rewind && op.Code == social.CodeNothingToRewind:
		d.rewinds = append(d.rewinds, op)
	case (op.Kind == Rewind || op.Kind == Unfriend) && (op.Acked() || op.Code == Unknown):
		d.removals = append(d.removals, op)
	}
}

// passedOver gives a swipe that stood while r was decided and was made later
// than what r undid; nil if there is none for certain.
func (d *deeds) passedOver(r *Op) *Op {
	after := d.latest(r)
	for _, s := range slices.Backward(d.swipes) {
		if r.Acked() && s.Call <= after {
			break // so are all before it
		}
		if s.Return < r.Call && s.SID != r.SID && !d.mayBeRemoved(s, r) {
			return s
		}
	}
	return nil
}

// latest gives when the swipe that r undid must have been stored at the latest.
func (d *deeds) latest(r *Op) int64 {
	out := int64(math.MinInt64)
	for _, swipes := range [][]*Op{d.swipes, d.maybe} {
		for _, s := range swipes {
			if s.SID == r.SID && s.Call <= r.Return {
				out = max(out, s.Return)
			}
		}
	}
	return out
}

func (d *deeds) mayBeRemoved(s, until *Op) bool {
	return slices.ContainsFunc(d.removals, func(o *Op) bool {
		return o != until && o.Return >= s.Call && o.Call <= until.Return &&
			(o.SID == s.SID || (o.Kind == Rewind && o.Code == Unknown))
	})
}

func (d *deeds) about(r, over *Op) []Op {
	out := []Op{}
	for _, s := range d.swipes {
		if s.SID == r.SID || s == over {
			out = append(out, *s)
		}
	}
	return append(out, *r)
}
