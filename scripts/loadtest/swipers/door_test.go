package swipers_test

import (
	"fmt"
	"hash/fnv"
	"slices"
	"sync"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/social"
)

// call is what a swiper asked for.
type call struct {
	kind checker.Kind
	how  client.How
	uid  social.UserID
	sid  social.UserID
	mark social.Mark
}

// door grants everything, by rules that depend on nothing but who asks for what.
type door struct {
	users social.UserID
	limit int    // calls, then full is called
	full  func() // once

	mu    sync.Mutex
	calls []call
}

func (d *door) note(kind checker.Kind, how client.How, uid, sid social.UserID, mark social.Mark) client.Answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, call{kind, how, uid, sid, mark})
	if len(d.calls) == d.limit {
		d.full()
	}
	return client.Answer{Outcome: "ok", Op: checker.Op{Kind: kind, UID: uid, SID: sid, Mark: mark}}
}

// list gives some people who depend on uid only.
func (d *door) list(a client.Answer, n int) client.Answer {
	h := fnv.New64()
	fmt.Fprint(h, a.Op.Kind, a.Op.UID)
	for i := range n {
		a.Op.List = append(a.Op.List, social.UserID((h.Sum64()+uint64(i)*7)%uint64(d.users))+1)
	}
	return a
}

func (d *door) Swipe(how client.How, uid, sid social.UserID, mark social.Mark) client.Answer {
	a := d.note(checker.Swipe, how, uid, sid, mark)
	a.Op.Matched = mark.Likes() && (uid+sid)%4 == 0
	return a
}

func (d *door) Rewind(how client.How, uid social.UserID) client.Answer {
	return d.note(checker.Rewind, how, uid, uid%d.users+1, 0)
}

func (d *door) Unfriend(how client.How, uid, sid social.UserID) client.Answer {
	return d.note(checker.Unfriend, how, uid, sid, 0)
}

func (d *door) IsFriend(how client.How, uid, sid social.UserID) client.Answer {
	return d.note(checker.IsFriend, how, uid, sid, 0)
}

func (d *door) Deal(how client.How, uid social.UserID) client.Answer {
	return d.list(d.note(checker.Deal, how, uid, 0, 0), 20)
}

func (d *door) Friends(how client.How, uid social.UserID) client.Answer {
	return d.list(d.note(checker.Friends, how, uid, 0, 0), 3)
}

func (d *door) Likes(how client.How, uid social.UserID) client.Answer {
	return d.list(d.note(checker.Likes, how, uid, 0, 0), 4)
}

func (d *door) Quotas(how client.How, uid social.UserID) (map[social.Action]client.Quota, client.Answer) {
	return nil, d.note(checker.Quotas, how, uid, 0, 0)
}

func (d *door) Me(how client.How, uid social.UserID) (social.Sex, client.Answer) {
	sex := social.SexFemale
	if uid%2 == 0 {
		sex = social.SexMale
	}
	return sex, d.note("me", how, uid, 0, 0)
}

func (d *door) PatchMe(how client.How, uid social.UserID, _ []byte) client.Answer {
	return d.note("edit", how, uid, 0, 0)
}

func (d *door) ReadEvents(how client.How, uid social.UserID, _ *client.Feed) client.Answer {
	return d.note(checker.Events, how, uid, 0, 0)
}

// told gives all calls in a form and an order that two runs can be compared by.
func (d *door) told() []string {
	out := make([]string, len(d.calls))
	for i, c := range d.calls {
		out[i] = fmt.Sprintf("%s %d %d %s %s %d %s %t", c.kind, c.uid, c.sid, c.mark, c.how.Key, c.how.Node, c.how.Timeout, c.how.Couple)
	}
	slices.Sort(out) // what was sent at the same instant came in any order
	return out
}
