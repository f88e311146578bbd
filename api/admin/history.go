package admin

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
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
	var a swipesAnswer
	var err error
	a.Swipes, a.Next, err = past(c, s.Store.SwipesOf, func(p persistence.PastSwipe) (pastSwipe, int64) {
		return pastSwipe{p.Seq, int64(p.SID), p.Mark.String(), p.Time.UTC()}, p.Seq
	})
	return a, err
}

func (s *service) listRewinds(c *gin.Context) (any, error) {
	var a rewindsAnswer
	var err error
	a.Rewinds, a.Next, err = past(c, s.Store.RewindsOf, func(p persistence.PastRewind) (pastRewind, int64) {
		return pastRewind{p.ID, int64(p.SID), p.Mark.String(), p.SwipedAt.UTC(), p.RewoundAt.UTC()}, p.ID
	})
	return a, err
}

// past is a page of what a user did.
func past[P, R any](
	c *gin.Context, read func(ctx context.Context, uid social.UserID, before int64, limit int) ([]P, error), row func(P) (R, int64),
) (rows []R, next *int64, err error) {
	uid, err := userID(c)
	if err != nil {
		return nil, nil, err
	}
	return page(c, func(before int64, limit int) ([]P, error) { return read(c.Request.Context(), uid, before, limit) }, row)
}
