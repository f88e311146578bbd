package swipers

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/social"
)

// Door is the way in to the server; *client.Client is one. Every call is one
// request and waits for its answer, which may be that none came.
type Door interface {
	Swipe(how client.How, uid, sid social.UserID, mark social.Mark) client.Answer
	Rewind(how client.How, uid social.UserID) client.Answer
	Unfriend(how client.How, uid, sid social.UserID) client.Answer
	IsFriend(how client.How, uid, sid social.UserID) client.Answer
	Deal(how client.How, uid social.UserID) client.Answer
	Friends(how client.How, uid social.UserID) client.Answer
	Likes(how client.How, uid social.UserID) client.Answer
	Quotas(how client.How, uid social.UserID) (map[social.Action]client.Quota, client.Answer)
	Me(how client.How, uid social.UserID) (social.Sex, client.Answer)
	PatchMe(how client.How, uid social.UserID, patch []byte) client.Answer
	ReadEvents(how client.How, uid social.UserID, f *client.Feed) client.Answer
}

// pastKept is how many of its swipes a swiper remembers for doing them again.
const pastKept = 64

// past is a swipe that was asked for, to be asked for again.
type past struct {
	sid  social.UserID
	mark social.Mark
	key  string
}

// swiper is one simulated person. mu is held for a whole turn.
type swiper struct {
	id    social.UserID
	taste Taste
	feed  *client.Feed

	mu      sync.Mutex
	dice    *rand.Rand
	sex     social.Sex
	awake   bool // has opened the app
	rest    time.Time
	cards   []social.UserID // dealt and not decided about
	met     map[social.UserID]social.Mark
	past    []past
	friends []social.UserID // as far as it knows
	keys    int
}

func newSwiper(seed uint64, uid social.UserID, feed *client.Feed) *swiper {
	dice := diceOf(seed, uid)
	return &swiper{id: uid, taste: tasteFrom(dice), feed: feed, dice: dice, met: map[social.UserID]social.Mark{}}
}

func (s *swiper) chance(share float64) bool { return s.dice.Float64() < share }

// newKey gives an Idempotency-Key that this swiper has not used in any run: tag
// names the run.
func (s *swiper) newKey(tag string) string {
	s.keys++
	return tag + "-" + strconv.Itoa(s.keys)
}

// remember notes a swipe that was sent, whatever came of it.
func (s *swiper) remember(p past) {
	s.met[p.sid] = p.mark
	if len(s.past) == pastKept {
		s.past[s.dice.IntN(pastKept)] = p
		return
	}
	s.past = append(s.past, p)
}

// learn takes in what the answer to a swipe says.
func (s *swiper) learn(a *client.Answer) {
	if a.OK() && a.Op.Matched {
		s.befriend(a.Op.SID)
	}
}

func (s *swiper) befriend(sid social.UserID) {
	if !slices.Contains(s.friends, sid) {
		s.friends = append(s.friends, sid)
	}
}

// part forgets a friend.
func (s *swiper) part(sid social.UserID) {
	if i := slices.Index(s.friends, sid); i >= 0 {
		s.friends = slices.Delete(s.friends, i, i+1)
	}
}

// nextCard takes the next card of someone it has not met, 0 when there is none.
func (s *swiper) nextCard() social.UserID {
	for len(s.cards) > 0 {
		sid := s.cards[0]
		s.cards = s.cards[1:]
		if _, met := s.met[sid]; !met {
			return sid
		}
	}
	return 0
}

// pick gives one of a list at random; ok is false for an empty one.
func pick[T any](dice *rand.Rand, of []T) (one T, ok bool) {
	if len(of) == 0 {
		return one, false
	}
	return of[dice.IntN(len(of))], true
}
