package client

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

type card struct {
	UserID social.UserID `json:"user_id"`
}

func idsOf(cards []card) []social.UserID {
	ids := make([]social.UserID, len(cards))
	for i, c := range cards {
		ids[i] = c.UserID
	}
	return ids
}

// read sends a request that changes nothing and reads its answer into v.
func (c *Client) read(how *How, name string, uid social.UserID, path string, v any) Answer {
	r := request{name, http.MethodGet, path, uid, nil}
	a := c.do(how, &r)
	a.into(v)
	c.observe(how, &r, &a, false)
	return a
}

// seen adds a read that was answered to the history: one without an answer tells nothing.
func (c *Client) seen(how *How, a Answer, op checker.Op) Answer {
	if !a.OK() {
		return a
	}
	return c.note(how, a, op)
}

// Deal asks for cards; the answer's Op lists them in order.
func (c *Client) Deal(how How, uid social.UserID) Answer {
	var got struct {
		Cards []card `json:"cards"`
	}
	a := c.read(&how, "deck", uid, "/v1/deck", &got)
	return c.seen(&how, a, checker.Op{Kind: checker.Deal, UID: uid, List: idsOf(got.Cards)})
}

// IsFriend asks whether the friendship of uid and sid stands: the answer's Op
// has it in Matched. That it does not is an answer too.
func (c *Client) IsFriend(how How, uid, sid social.UserID) Answer {
	var got card
	a := c.read(&how, "friend", uid, friendPath(sid), &got)
	stands := a.OK()
	if a.code == social.CodeNotFriends {
		a.code = ""
	}
	return c.seen(&how, a, checker.Op{Kind: checker.IsFriend, UID: uid, SID: sid, Matched: stands})
}

// Friends reads the complete list of uid's friends, page by page.
func (c *Client) Friends(how How, uid social.UserID) Answer {
	return c.list(how, checker.Friends, uid)
}

// Likes reads the complete list of those who like uid and have no answer.
func (c *Client) Likes(how How, uid social.UserID) Answer {
	return c.list(how, checker.Likes, uid)
}

// maxPages bounds a list whose end never comes.
const maxPages = 10_000

func (c *Client) list(how How, kind checker.Kind, uid social.UserID) Answer {
	op := checker.Op{Kind: kind, UID: uid}
	first := "/v1/" + string(kind) + "?limit=100"
	var all Answer
	for path, page := first, 0; ; page++ {
		var got struct {
			Friends    []card  `json:"friends"`
			Users      []card  `json:"users"`
			NextCursor *string `json:"next_cursor"`
		}
		a := c.read(&how, string(kind), uid, path, &got)
		if !a.OK() || page == maxPages {
			return a
		}
		if page == 0 {
			all.call = a.call
		}
		op.List = append(append(op.List, idsOf(got.Friends)...), idsOf(got.Users)...)
		if got.NextCursor == nil {
			a.call = all.call
			return c.seen(&how, a, op)
		}
		path = first + "&cursor=" + url.QueryEscape(*got.NextCursor)
	}
}

// Quota is what is left of an action.
type Quota struct {
	Limit    *int      `json:"limit"` // nil: none
	Used     int       `json:"used"`
	ResetsAt time.Time `json:"resets_at"`
}

// Quotas tells what uid has used today; the answer's Op has the same.
func (c *Client) Quotas(how How, uid social.UserID) (map[social.Action]Quota, Answer) {
	var got map[social.Action]Quota
	a := c.read(&how, "quotas", uid, "/v1/quotas", &got)
	used := map[social.Action]int{}
	for action, q := range got {
		used[action] = q.Used
	}
	return got, c.seen(&how, a, checker.Op{Kind: checker.Quotas, UID: uid, Used: used})
}

// Me reads uid's own profile; it gives the sex as stated.
func (c *Client) Me(how How, uid social.UserID) (social.Sex, Answer) {
	var got struct {
		Sex social.Sex `json:"sex"`
	}
	a := c.read(&how, "me", uid, "/v1/me", &got)
	return got.Sex, a
}

// PatchMe changes uid's profile; patch is a JSON object.
func (c *Client) PatchMe(how How, uid social.UserID, patch []byte) Answer {
	r := request{"edit", http.MethodPatch, "/v1/me", uid, patch}
	a := c.do(&how, &r)
	c.observe(&how, &r, &a, false)
	return a
}

func itoa(n int) string { return strconv.Itoa(n) }
