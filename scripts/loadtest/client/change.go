package client

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

// Swipe puts a mark on sid as uid.
func (c *Client) Swipe(how How, uid, sid social.UserID, mark social.Mark) Answer {
	r := request{"swipe", http.MethodPost, "/v1/swipes", uid, fmt.Appendf(nil, `{"user_id":%d,"mark":%q}`, sid, mark)}
	a := c.do(&how, &r)
	op := checker.Op{Kind: checker.Swipe, UID: uid, SID: sid, Mark: mark}
	var got struct {
		UserID   social.UserID `json:"user_id"`
		Mark     string        `json:"mark"`
		Matched  bool          `json:"matched"`
		Repeated bool          `json:"repeated"`
	}
	if a.into(&got) {
		if got.UserID != sid || got.Mark != mark.String() {
			a.unreadable()
		}
		op.Matched, op.Repeated = got.Matched, got.Repeated
	}
	c.observe(&how, &r, &a, op.Matched)
	return c.note(&how, a, op)
}

// Rewind takes uid's latest swipe back. The answer's Op tells whose it was.
func (c *Client) Rewind(how How, uid social.UserID) Answer {
	r := request{"rewind", http.MethodPost, "/v1/swipes/rewind", uid, nil}
	a := c.do(&how, &r)
	op := checker.Op{Kind: checker.Rewind, UID: uid}
	var got struct {
		UserID    social.UserID `json:"user_id"`
		Mark      string        `json:"mark"`
		Unmatched bool          `json:"unmatched"`
	}
	if a.into(&got) {
		mark, err := social.ParseMark(got.Mark)
		if err != nil || got.UserID < 1 {
			a.unreadable()
		} else {
			op.SID, op.Mark, op.Unmatched = got.UserID, mark, got.Unmatched
		}
	}
	c.observe(&how, &r, &a, false)
	return c.note(&how, a, op)
}

// Unfriend ends a friendship of uid.
func (c *Client) Unfriend(how How, uid, sid social.UserID) Answer {
	r := request{"unfriend", http.MethodDelete, friendPath(sid), uid, nil}
	a := c.do(&how, &r)
	c.observe(&how, &r, &a, false)
	return c.note(&how, a, checker.Op{Kind: checker.Unfriend, UID: uid, SID: sid})
}

func friendPath(sid social.UserID) string { return "/v1/friends/" + strconv.FormatInt(int64(sid), 10) }

// note completes op with the answer and adds it to the history.
func (c *Client) note(how *How, a Answer, op checker.Op) Answer {
	op.Call, op.Return, op.Code = a.call, a.done, a.code
	if op.Replayed = a.replayed; !how.Misused {
		op.Key = how.Key
	}
	op.Couple, op.Probe, op.Initial = how.Couple, how.Probe, how.Initial
	c.o.History.Add(op)
	a.Op = op
	return a
}
