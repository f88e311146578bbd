package swipers

import (
	"encoding/json"

	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/social"
)

// habit is something that people do, and how often relative to the others.
type habit struct {
	weight int
	// grows: it leaves more behind that has to be looked at after the load.
	grows bool
	do    func(*turn)
}

// habits lists what a swiper does once it has opened the app.
func habits() []habit {
	return []habit{
		{560, true, (*turn).decide},
		{30, false, (*turn).deal},
		{40, false, (*turn).rewind},
		{6, false, (*turn).rewindBurst},
		{6, true, (*turn).superlikeBurst},
		{30, false, (*turn).unfriend},
		{50, true, (*turn).peekAtLikes},
		{25, false, (*turn).peekAtFriends},
		{30, false, (*turn).lookAtFriend},
		{25, false, (*turn).lookAtQuotas},
		{25, false, (*turn).readEvents},
		{12, false, (*turn).edit},
		{50, false, (*turn).repeat},
		{40, true, (*turn).submitTwice},
		{25, false, (*turn).contradict},
		{4, false, (*turn).reuseKey},
		{10, false, (*turn).blunder},
	}
}

// open is what comes first: who am I, and whom may I meet?
func (t *turn) open() {
	h := t.how()
	sex, a := t.c.o.Door.Me(h, t.s.id)
	t.heed(h, &a)
	t.s.sex, t.s.awake = sex, a.OK()
	t.deal()
}

func (t *turn) deal() {
	h := t.how()
	a := t.c.o.Door.Deal(h, t.s.id)
	t.heed(h, &a)
	if !a.OK() {
		return
	}
	t.s.cards = t.s.cards[:0:0]
	for _, sid := range a.Op.List {
		if t.c.takesPart(sid) {
			t.s.cards = append(t.s.cards, sid)
		}
	}
}

// strangers is the share of swipes on people found elsewhere than in the deck.
const strangers = 0.15

// stranger gives someone it has not met, 0 if none is easily found.
func (t *turn) stranger() social.UserID {
	for range 8 {
		sid := t.c.anyone(t.s.dice)
		if _, met := t.s.met[sid]; !met && sid != t.s.id {
			return sid
		}
	}
	return 0
}

// decide swipes the next card, asking for more when there is none.
func (t *turn) decide() {
	if t.s.chance(strangers) {
		if sid := t.stranger(); sid != 0 {
			t.swipe(sid, t.s.taste.mark(t.s.dice, t.s.sex))
			return
		}
	}
	sid := t.s.nextCard()
	if sid == 0 {
		t.deal()
		if sid = t.s.nextCard(); sid == 0 {
			sid = t.stranger()
		}
	}
	if sid != 0 && !t.over() {
		t.swipe(sid, t.s.taste.mark(t.s.dice, t.s.sex))
	}
}

// rewindBurst asks for more rewinds at once than a day has, over all nodes, some
// of them under one key.
func (t *turn) rewindBurst() {
	if !t.s.taste.Hasty {
		t.rewind()
		return
	}
	n, shared := 4+t.s.dice.IntN(4), t.s.newKey(t.c.o.Tag)
	sends, hows := make([]func() client.Answer, n), make([]client.How, n)
	for i := range n {
		hows[i] = t.how()
		if t.s.chance(0.4) {
			hows[i].Key = shared
		}
		sends[i] = func() client.Answer { return t.c.o.Door.Rewind(hows[i], t.s.id) }
	}
	for i, a := range together(sends...) {
		t.rewound(hows[i], &a)
	}
}

// superlikeBurst gives out more superlikes at once than a day has.
func (t *turn) superlikeBurst() {
	if !t.s.taste.Hasty {
		t.decide()
		return
	}
	var sends []func() client.Answer
	var hows []client.How
	for range t.c.o.Burst {
		sid := t.stranger()
		if sid == 0 {
			break
		}
		t.s.remember(past{sid, social.MarkSuperlike, ""})
		h := t.how()
		hows = append(hows, h)
		sends = append(sends, func() client.Answer { return t.c.o.Door.Swipe(h, t.s.id, sid, social.MarkSuperlike) })
	}
	for i, a := range together(sends...) {
		t.took(hows[i], &a)
	}
}

// unfriend ends a friendship, or one that never was, and now and then sends the
// old like again.
func (t *turn) unfriend() {
	sid, ok := pick(t.s.dice, t.s.friends)
	if !ok {
		if sid = t.stranger(); sid == 0 || t.s.chance(0.7) {
			return
		}
	}
	h := t.rash()
	a := t.c.o.Door.Unfriend(h, t.s.id, sid)
	t.heed(h, &a)
	t.s.part(sid)
	if mark, met := t.s.met[sid]; met && t.s.chance(0.5) && !t.over() {
		t.send(t.how(), past{sid, mark, ""})
	}
}

// peekAtLikes looks who likes it and likes some of them back.
func (t *turn) peekAtLikes() {
	h := t.how()
	a := t.c.o.Door.Likes(h, t.s.id)
	t.heed(h, &a)
	if !a.OK() {
		return
	}
	for i, sid := range a.Op.List {
		if i == 3 || t.over() {
			return
		}
		if _, met := t.s.met[sid]; met || !t.c.takesPart(sid) || t.s.chance(0.4) {
			continue
		}
		mark := social.MarkLike
		if t.s.chance(0.2) {
			mark = social.MarkDislike
		}
		t.swipe(sid, mark)
	}
}

func (t *turn) peekAtFriends() {
	h := t.how()
	a := t.c.o.Door.Friends(h, t.s.id)
	if t.heed(h, &a); !a.OK() {
		return
	}
	t.s.friends = t.s.friends[:0:0]
	for _, sid := range a.Op.List {
		if t.c.takesPart(sid) {
			t.s.friends = append(t.s.friends, sid)
		}
	}
}

func (t *turn) lookAtFriend() {
	sid, ok := pick(t.s.dice, t.s.friends)
	if p, met := pick(t.s.dice, t.s.past); met && (!ok || t.s.chance(0.5)) {
		sid, ok = p.sid, true
	}
	if ok {
		h := t.how()
		a := t.c.o.Door.IsFriend(h, t.s.id, sid)
		t.heed(h, &a)
	}
}

func (t *turn) lookAtQuotas() {
	h := t.how()
	_, a := t.c.o.Door.Quotas(h, t.s.id)
	t.heed(h, &a)
}

func (t *turn) readEvents() {
	h := t.how()
	a := t.c.o.Door.ReadEvents(h, t.s.id, t.s.feed)
	t.heed(h, &a)
}

func (t *turn) edit() {
	bios := []string{"Here for the simulation.", "Swipes before thinking.", "Reads the terms of service.", ""}
	bio, _ := pick(t.s.dice, bios)
	patch, err := json.Marshal(map[string]string{"bio": bio})
	if err != nil {
		return
	}
	h := t.how()
	a := t.c.o.Door.PatchMe(h, t.s.id, patch)
	t.heed(h, &a)
}
