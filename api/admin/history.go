package admin

import (
	"time"

	"github.com/gin-gonic/gin"
)

type pastSwipe struct {
	Seq    int64     `json:"seq"`
	UserID int64     `json:"user_id"` // who was swiped
	Mark   string    `json:"mark"`
	Time   time.Time `json:"time"`
}

type swipesAnswer struct {
	Swipes []pastSwipe `json:"swipes"` // standing, latest first
	Next   *int64      `json:"next"`
}

type pastRewind struct {
	ID        int64     `json:"id"`
	UserID    int64     `json:"user_id"` // whose mark was taken back
	Mark      string    `json:"mark"`
	SwipedAt  time.Time `json:"swiped_at"`
	RewoundAt time.Time `json:"rewound_at"`
}

type rewindsAnswer struct {
	Rewinds []pastRewind `json:"rewinds"` // latest first
	Next    *int64       `json:"next"`
}

func (s *service) listSwipes(c *gin.Context) (any, error) {
	uid, err := userID(c)
	if err != nil {
		return nil, err
	}
	before, limit, err := pageOf(c)
	if err != nil {
		return nil, err
	}
	page, err := s.Store.SwipesOf(c.Request.Context(), uid, before, limit)
	if err != nil {
		return nil, err
	}
	out := swipesAnswer{Swipes: make([]pastSwipe, len(page))}
	for i, p := range page {
		out.Swipes[i] = pastSwipe{p.Seq, int64(p.SID), p.Mark.String(), p.Time.UTC()}
	}
	if len(page) == limit {
		out.Next = &page[limit-1].Seq
	}
	return out, nil
}

func (s *service) listRewinds(c *gin.Context) (any, error) {
	uid, err := userID(c)
	if err != nil {
		return nil, err
	}
	before, limit, err := pageOf(c)
	if err != nil {
		return nil, err
	}
	page, err := s.Store.RewindsOf(c.Request.Context(), uid, before, limit)
	if err != nil {
		return nil, err
	}
	out := rewindsAnswer{Rewinds: make([]pastRewind, len(page))}
	for i, p := range page {
		out.Rewinds[i] = pastRewind{p.ID, int64(p.SID), p.Mark.String(), p.SwipedAt.UTC(), p.RewoundAt.UTC()}
	}
	if len(page) == limit {
		out.Next = &page[limit-1].ID
	}
	return out, nil
}
