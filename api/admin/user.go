package admin

import (
	"context"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/social"
)

// How much of the past is shown, and how it is looked for: events are read in
// their order, page by page.
const (
	recent     = 20
	eventsPage = 500
	maxPages   = 40
)

type userAnswer struct {
	UserID int64      `json:"user_id"`
	Stored storedUser `json:"stored"`
	Online *bool      `json:"online"` // has a connection to any node; null: not known now
	Live   *liveActor `json:"live"`   // null: no actor is active
}

type storedUser struct {
	User         profileOf      `json:"user"`
	Swipes       map[string]int `json:"swipes"` // standing, by mark
	Friends      int            `json:"friends"`
	Quotas       []quota        `json:"quotas"`
	RecentSwipes []swipe        `json:"recent_swipes"` // newest first
	RecentEvents []event        `json:"recent_events"` // newest last
}

type profileOf struct {
	Nickname     string    `json:"nickname"`
	Sex          string    `json:"sex"`
	Birthday     string    `json:"birthday"`
	Location     string    `json:"location"`
	Bio          string    `json:"bio"`
	DatingSex    string    `json:"dating_sex"`
	MinDatingAge int       `json:"min_dating_age"`
	MaxDatingAge int       `json:"max_dating_age"`
	LastActiveAt time.Time `json:"last_active_at"`
	CreatedAt    time.Time `json:"created_at"`
	Complete     bool      `json:"complete"` // fit for decks
}

type quota struct {
	Action   string    `json:"action"`
	Limit    *int      `json:"limit"` // null: none
	Used     int       `json:"used"`
	ResetsAt time.Time `json:"resets_at"`
}

type swipe struct {
	UserID int64     `json:"user_id"`
	Mark   string    `json:"mark"`
	Time   time.Time `json:"time"`
}

type event struct {
	ID     int64     `json:"id"`
	Kind   string    `json:"kind"`
	UserID int64     `json:"user_id"` // of the other side
	Time   time.Time `json:"time"`
}

type liveActor struct {
	Node          string    `json:"node"`
	ActivatedAt   time.Time `json:"activated_at"`
	LastMessageAt time.Time `json:"last_message_at"`
	InFlight      int       `json:"in_flight"`
	Waiting       int       `json:"waiting"`
	SwipedLoaded  bool      `json:"swiped_loaded"`
	SwipedCount   int64     `json:"swiped_count"`
	SwipedBytes   int64     `json:"swiped_bytes"`
	DeckBuffered  int       `json:"deck_buffered"`
	DeckCursor    int64     `json:"deck_cursor"`
}

// inspectUser shows what is stored of a user beside what its actor holds.
func (s *service) inspectUser(c *gin.Context) (any, error) {
	uid, err := userID(c)
	if err != nil {
		return nil, err
	}
	ctx := c.Request.Context()
	stored, err := s.stored(ctx, uid)
	if err != nil {
		return nil, err
	}
	live, err := s.Actors.Inspect(ctx, uid)
	if err != nil {
		return nil, err
	}
	return userAnswer{UserID: int64(uid), Stored: stored, Online: s.online(ctx, uid), Live: liveOf(live)}, nil
}

// online is nil where it is not known: the rest is worth showing.
func (s *service) online(ctx context.Context, uid social.UserID) *bool {
	if s.Online == nil {
		return nil
	}
	there, err := s.Online(ctx, uid)
	if err != nil {
		return nil
	}
	return &there
}

// userID reads the id in the path.
func userID(c *gin.Context) (social.UserID, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, social.Errorf(social.CodeInvalidRequest, "The user id must be a number of at least 1.")
	}
	return social.UserID(id), nil
}

func (s *service) stored(ctx context.Context, uid social.UserID) (storedUser, error) {
	u, err := s.Store.User(ctx, uid)
	if err != nil {
		return storedUser{}, err
	}
	out := storedUser{User: profileFrom(&u), Swipes: map[string]int{}}
	marks, err := s.Store.CountSwipes(ctx, uid)
	if err != nil {
		return storedUser{}, err
	}
	for m, n := range marks {
		out.Swipes[m.String()] = n
	}
	if out.Friends, err = s.Store.CountFriends(ctx, uid); err != nil {
		return storedUser{}, err
	}
	if out.Quotas, err = s.quotas(ctx, uid); err != nil {
		return storedUser{}, err
	}
	swipes, err := s.Store.RecentSwipes(ctx, uid, recent)
	if err != nil {
		return storedUser{}, err
	}
	for _, sw := range swipes {
		out.RecentSwipes = append(out.RecentSwipes, swipe{int64(sw.SID), sw.Mark.String(), sw.Time.UTC()})
	}
	out.RecentEvents, err = s.recentEvents(ctx, uid)
	return out, err
}

func (s *service) quotas(ctx context.Context, uid social.UserID) ([]quota, error) {
	now, rules := s.Now(), s.Rules()
	used, err := s.Store.QuotasUsed(ctx, uid, rules.Today(now))
	if err != nil {
		return nil, err
	}
	var out []quota
	for _, a := range social.Actions() {
		q := quota{Action: string(a), Used: used[a], ResetsAt: rules.ResetsAt(now)}
		if l := rules.LimitOf(a); !l.None() {
			limit := int(l)
			q.Limit = &limit
		}
		out = append(out, q)
	}
	return out, nil
}

func (s *service) recentEvents(ctx context.Context, uid social.UserID) ([]event, error) {
	var out []event
	var after int64
	for range maxPages {
		page, err := s.Store.EventsOf(ctx, uid, after, eventsPage)
		if err != nil {
			return nil, err
		}
		for _, e := range page[max(0, len(page)-recent):] {
			out = append(out, event{e.ID, string(e.Kind), int64(e.Other), e.Time.UTC()})
		}
		out = out[max(0, len(out)-recent):]
		if len(page) < eventsPage {
			break
		}
		after = page[len(page)-1].ID
	}
	return out, nil
}

func profileFrom(u *social.User) profileOf {
	return profileOf{
		Nickname: u.Nickname, Sex: string(u.Sex), Birthday: u.Birthday.String(), Location: u.Location, Bio: u.Bio,
		DatingSex: string(u.DatingSex), MinDatingAge: u.MinDatingAge, MaxDatingAge: u.MaxDatingAge,
		LastActiveAt: u.LastActiveAt.UTC(), CreatedAt: u.CreatedAt.UTC(), Complete: u.Complete(),
	}
}

func liveOf(l *actors.LiveUser) *liveActor {
	if l == nil {
		return nil
	}
	return &liveActor{
		Node: l.Node, ActivatedAt: l.ActivatedAt.UTC(), LastMessageAt: l.LastMessageAt.UTC(), InFlight: l.InFlight,
		Waiting: l.Waiting, SwipedLoaded: l.SwipedLoaded, SwipedCount: l.SwipedCount, SwipedBytes: l.SwipedBytes,
		DeckBuffered: l.DeckBuffered, DeckCursor: int64(l.DeckCursor),
	}
}
