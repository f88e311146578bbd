package actors

import (
	"context"
	"hash/fnv"
	"slices"
	"strconv"

	"github.com/swiperhq/swiper/actors/actorspb"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Bounds of dealing. A page is small while most of it can be dealt and larger
// once a deal has to search; maxPages bounds the search of one deal in a town
// nearly swiped through, and the next deal goes on where it ended. lookAt is how
// many superlikers per card are looked at, as some do not suit.
const (
	maxDeal   = 100
	firstPage = 128
	nextPage  = 512
	maxPages  = 32
	lookAt    = 3
)

// deck is where a user's dealing stands. People are paged through by ascending
// id, round and round, starting behind the user's own, so that not everyone in
// a town sees the same first people and those who turn up behind the cursor are
// met on the next round.
type deck struct {
	ready  bool
	digest int64           // of what is wanted; another one starts anew
	after  social.UserID   // the cursor: paged up to here
	saved  social.UserID   // the place that the store knows, or would lead to the same buffer
	buffer []social.UserID // paged, not swiped as far as memory knows; dealt from its head
}

// place is what to save: before the first one that is buffered, so that the same
// people are dealt after a passivation. Where the buffer goes on at the town's
// beginning, it is there: the few left at the end come with the next round, as
// whoever began before them would have to page through the whole beginning again.
func (d *deck) place() social.UserID {
	if len(d.buffer) == 0 {
		return d.after
	}
	for i := 1; i < len(d.buffer); i++ {
		if d.buffer[i] < d.buffer[i-1] {
			return d.buffer[i] - 1
		}
	}
	return d.buffer[0] - 1
}

func (d *deck) drop(id social.UserID) {
	if i := slices.Index(d.buffer, id); i >= 0 {
		d.buffer = slices.Delete(d.buffer, i, i+1)
	}
}

// digestOf names what u looks for, independent of the day.
func digestOf(u *social.User) int64 {
	h := fnv.New64a()
	for _, s := range []string{
		u.Location, string(u.Sex), u.Birthday.String(), string(u.DatingSex), strconv.Itoa(u.MinDatingAge), strconv.Itoa(u.MaxDatingAge),
	} {
		_, _ = h.Write(append([]byte(s), 0)) // a hash does not fail
	}
	return int64(h.Sum64()) //nolint:gosec // any 64 bits do
}

// deal answers with cards.
func (u *user) deal(c *command, r *actorspb.Deal) {
	ctx, cancel := u.context(c)
	defer cancel()
	cards, err := u.cards(ctx, int(r.Limit))
	if err != nil {
		u.failed(ctx, "deal", err)
		u.refuse(c, err)
		return
	}
	reply := &actorspb.DealReply{Cards: make([]*actorspb.Card, len(cards))}
	for i, card := range cards {
		reply.Cards[i] = cardToWire(card)
	}
	u.reply(c, reply)
}

// hand is one deal being put together.
type hand struct {
	me         social.User
	day        social.Date
	wanted     social.Wanted
	limit      int
	cards      []social.Card
	considered map[social.UserID]bool // by this deal, whatever came of it
	superliked map[social.UserID]bool // who superliked me
	rewound    map[social.UserID]bool // dealt again even if they suit no more

	pages       int           // read by this deal
	origin      social.UserID // where its paging began
	wrapped     bool          // it has begun anew at the lowest id
	roundIsDone bool          // it is back at origin
}

func (u *user) cards(ctx context.Context, limit int) ([]social.Card, error) {
	rules := u.world.Rules()
	if limit == 0 {
		limit = rules.DeckSize
	}
	limit = min(limit, maxDeal)
	top, err := u.world.Store.DeckTop(ctx, u.id, lookAt*limit)
	switch {
	case social.CodeOf(err) == social.CodeUserNotFound:
		return nil, social.Errorf(social.CodeUnauthenticated, "This account does not exist any more.")
	case err != nil:
		return nil, err
	case !top.Me.Complete():
		return nil, nil
	}
	day := rules.Today(u.world.Now())
	h := &hand{
		me: top.Me, day: day, wanted: social.WantedBy(&top.Me, day), limit: limit,
		considered: map[social.UserID]bool{}, superliked: map[social.UserID]bool{}, rewound: map[social.UserID]bool{},
	}
	if err := u.openDeck(ctx, &h.me); err != nil {
		return nil, err
	}
	if err := u.fill(ctx, h, u.top(h, &top)); err != nil {
		return nil, err
	}
	return h.cards, nil
}

// openDeck finds the place for what is wanted now.
func (u *user) openDeck(ctx context.Context, me *social.User) error {
	digest := digestOf(me)
	if u.deck.ready && u.deck.digest == digest {
		return nil
	}
	after, err := u.world.Store.DeckCursor(ctx, u.id, digest)
	if err != nil {
		return err
	}
	if after == 0 {
		after = u.id
	}
	u.deck = deck{ready: true, digest: digest, after: after, saved: after}
	return nil
}

// top gives who comes before the deck: those taken back, then suiting superlikers.
func (u *user) top(h *hand, from *persistence.DeckTop) []social.UserID {
	rewound := from.Rewound[:min(h.limit, len(from.Rewound))]
	top := make([]social.UserID, 0, len(rewound))
	for _, id := range rewound {
		if !u.flying(id) {
			h.rewound[id], h.considered[id] = true, true
			top = append(top, id)
		}
	}
	for i := range from.Superlikers {
		if len(top) >= 2*h.limit {
			break
		}
		p := &from.Superlikers[i]
		if !h.considered[p.ID] && !u.flying(p.ID) && social.Suit(&h.me, p, h.day) {
			top = append(top, p.ID)
		}
		h.considered[p.ID], h.superliked[p.ID] = true, true
	}
	return top
}

// fill deals ids and then the deck until the hand is full or nobody is left.
// Everyone is probed in the store before they go out: another activation may
// know better than this memory.
func (u *user) fill(ctx context.Context, h *hand, ids []social.UserID) error {
	for len(h.cards) < h.limit {
		if need := h.limit - len(h.cards) - len(ids); need > 0 {
			more, err := u.draw(ctx, h, need)
			if err != nil {
				return err
			}
			ids = append(ids, more...)
		}
		if len(ids) == 0 {
			return nil
		}
		people, err := u.world.Store.Undealt(ctx, u.id, ids)
		if err != nil {
			return err
		}
		u.dealOut(h, ids, people)
		if 2*len(people) < len(ids) {
			if err := u.learnSwiped(ctx); err != nil {
				return err
			}
		}
		ids = nil
	}
	return nil
}

// learnSwiped loads whom the user has swiped. Those are behind the cursor as a
// rule, so a deal does without until a probe finds most of its people swiped.
func (u *user) learnSwiped(ctx context.Context) error {
	if u.swiped != nil {
		return nil
	}
	ids, err := u.world.Store.SwipedIDs(ctx, u.id)
	if err != nil {
		return err
	}
	u.swiped = newIDSet(ids)
	u.deck.buffer = slices.DeleteFunc(u.deck.buffer, u.swiped.has)
	return nil
}

// dealOut adds those of people who fit to the hand; who of ids does not leaves
// the buffer.
func (u *user) dealOut(h *hand, ids []social.UserID, people []social.User) {
	fit := make(map[social.UserID]bool, len(people))
	for i := range people {
		p := &people[i]
		if u.swiped != nil {
			u.swiped.remove(p.ID) // if it is there, another activation took it back
		}
		if !h.rewound[p.ID] && !social.Suit(&h.me, p, h.day) {
			continue
		}
		fit[p.ID] = true
		if len(h.cards) < h.limit {
			h.cards = append(h.cards, social.CardOf(p, h.day, h.superliked[p.ID]))
		}
	}
	for _, id := range ids {
		if !fit[id] {
			u.deck.drop(id)
		}
	}
}

// draw takes up to need from the buffer, paging on while it is short.
func (u *user) draw(ctx context.Context, h *hand, need int) ([]social.UserID, error) {
	var out []social.UserID
	for {
		for _, id := range u.deck.buffer {
			if len(out) == need {
				return out, nil
			}
			if !h.considered[id] && !u.flying(id) {
				h.considered[id] = true
				out = append(out, id)
			}
		}
		if len(out) == need || h.roundIsDone || h.pages == maxPages {
			return out, nil
		}
		if err := u.page(ctx, h); err != nil {
			return nil, err
		}
	}
}
