package world

import (
	"fmt"

	"github.com/swiperhq/swiper/social"
)

// AnswerEvery is how often somebody swipes one who has swiped them: matches come
// about as often as in a real app, in one of a hundred swipes.
const AnswerEvery = 10

// Sequence is the swipes that active people make, numbered from 0 on. No pair
// comes twice, so each stores one row. Numbers in a row are of different people,
// and twice Active of them are of all the active people.
type Sequence struct {
	World
	Active int64 // people who swipe, evenly spread over the ids
	// Multipliers that turn a number into a place on the ring and into a person;
	// nothing divides both them and what they wrap around at.
	Places, People int64
}

// NewSequence gives the swipes of so many active people.
func NewSequence(w World, active int64) (Sequence, error) {
	if active < 1 || active > w.Users {
		return Sequence{}, fmt.Errorf("world: active must be 1 to %d, not %d", w.Users, active)
	}
	const golden = 0.618
	return Sequence{w, active, coprime(int64(float64(w.Users)*golden), w.Users-1), coprime(int64(float64(active)*golden), active)}, nil
}

// User gives the i-th of the active people.
func (s Sequence) User(i int64) social.UserID { return social.UserID(1 + i*(s.Users/s.Active)) }

// Swipe gives swipe number n; i says which of the active people makes it. ok is
// false for the few numbers that would repeat a swipe: they are passed over.
func (s Sequence) Swipe(n int64) (i int64, sid social.UserID, ok bool) {
	if answer := n / AnswerEvery; n%AnswerEvery == 0 && answer < Each*s.Active {
		i = answer * s.People % s.Active
		return i, s.At(s.User(i), -s.Ring(answer/s.Active)), true
	}
	n -= min(n/AnswerEvery+1, Each*s.Active) // those that were answers
	round, n := n/(s.Users-1), n%(s.Users-1)
	i = (n*s.People + round) % s.Active
	places := 1 + n*s.Places%(s.Users-1)
	return i, s.At(s.User(i), places), !s.onRing(places) && !s.onRing(s.Users-places)
}

// onRing tells whether two people so many places apart have swiped at the start.
func (s Sequence) onRing(places int64) bool {
	return (places-1)%s.step() == 0 && (places-1)/s.step() < Each
}

// coprime gives the first number from n on that has no divisor in common with m.
func coprime(n, m int64) int64 {
	n = max(n, 1)
	for gcd(n, m) != 1 {
		n++
	}
	return n
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
