package admin

import (
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/social"
)

// maxSessions is how many logins of a user are shown.
const maxSessions = 50

type session struct {
	// ID is the beginning of the session's: enough to tell two apart, and no key to anything.
	ID        string     `json:"id"`
	CreatedAt time.Time  `json:"created_at"`
	UsedAt    time.Time  `json:"used_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	EndedAt   *time.Time `json:"ended_at"` // null: nobody has ended it
}

type accountAnswer struct {
	UserID      int64      `json:"user_id"`
	SuspendedAt *time.Time `json:"suspended_at"`
	Sessions    []session  `json:"sessions"` // latest first
}

type endedAnswer struct {
	UserID int64 `json:"user_id"`
	Ended  int   `json:"ended"` // sessions
}

type suspensionAnswer struct {
	UserID    int64 `json:"user_id"`
	Suspended bool  `json:"suspended"`
}

type quotaAnswer struct {
	UserID int64  `json:"user_id"`
	Action string `json:"action"`
	Used   int    `json:"used"` // today
}

// showAccount shows a user's logins, and whether the user is shut out.
func (s *service) showAccount(c *gin.Context) (any, error) {
	uid, err := userID(c)
	if err != nil {
		return nil, err
	}
	ctx := c.Request.Context()
	out := accountAnswer{UserID: int64(uid)}
	since, err := s.Store.SuspendedAt(ctx, uid)
	if err != nil {
		return nil, err
	}
	out.SuspendedAt = orNone(since)
	sessions, err := s.Store.SessionsOf(ctx, uid, maxSessions)
	if err != nil {
		return nil, err
	}
	out.Sessions = make([]session, len(sessions))
	for i, n := range sessions {
		out.Sessions[i] = session{n.ID[:min(6, len(n.ID))], n.CreatedAt.UTC(), n.UsedAt.UTC(), n.ExpiresAt.UTC(), orNone(n.RevokedAt)}
	}
	return out, nil
}

// resetQuota makes what a user has used of an action today nothing.
func (s *service) resetQuota(c *gin.Context) (any, error) {
	uid, err := userID(c)
	if err != nil {
		return nil, err
	}
	action := social.Action(c.Param("action"))
	if !slices.Contains(social.Actions(), action) {
		return nil, social.Errorf(social.CodeNotFound, "There is no such quota.")
	}
	if err := s.Store.ResetQuota(c.Request.Context(), uid, s.Rules().Today(s.Now()), action, s.change(c)); err != nil {
		return nil, err
	}
	return quotaAnswer{UserID: int64(uid), Action: string(action)}, nil
}

func (s *service) logoutUser(c *gin.Context) (any, error) {
	uid, err := userID(c)
	if err != nil {
		return nil, err
	}
	ended, err := s.Store.EndSessions(c.Request.Context(), uid, s.change(c))
	s.Ended(ended...)
	return endedAnswer{int64(uid), len(ended)}, err
}

func (s *service) suspendUser(c *gin.Context) (any, error) {
	uid, err := userID(c)
	if err != nil {
		return nil, err
	}
	ended, err := s.Store.SuspendUser(c.Request.Context(), uid, s.change(c))
	s.Ended(ended...)
	return endedAnswer{int64(uid), len(ended)}, err
}

func (s *service) unsuspendUser(c *gin.Context) (any, error) {
	uid, err := userID(c)
	if err != nil {
		return nil, err
	}
	return suspensionAnswer{UserID: int64(uid)}, s.Store.UnsuspendUser(c.Request.Context(), uid, s.change(c))
}

// orNone is t in UTC; null for no time.
func orNone(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
