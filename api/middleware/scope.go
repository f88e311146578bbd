package middleware

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/internal/requestid"
	"github.com/swiperhq/swiper/social"
)

// scope is the context of one request: what is learnt of it on its way in is
// written here, since net/http copies the whole request for every context that
// is put around another. Only the goroutine that handles the request writes,
// and nothing before it hands the request on.
type scope struct {
	context.Context
	id   string
	user social.UserID
}

type scopeKey struct{}

// Value implements context.Context.
func (s *scope) Value(key any) any {
	switch key.(type) {
	case scopeKey:
		return s
	case requestid.Key:
		return s.id
	}
	return s.Context.Value(key)
}

func scopeOf(ctx context.Context) *scope {
	s, _ := ctx.Value(scopeKey{}).(*scope)
	return s
}

// SetUser notes who makes the request. It does nothing behind no RequestID.
func SetUser(c *gin.Context, uid social.UserID) {
	if s := scopeOf(c.Request.Context()); s != nil {
		s.user = uid
	}
}

// UserOf gives who makes the request of ctx, 0 if nobody is known to.
func UserOf(ctx context.Context) social.UserID {
	if s := scopeOf(ctx); s != nil {
		return s.user
	}
	return 0
}

// Deadline ends the request's context after d.
func Deadline(d time.Duration) gin.HandlerFunc {
	return func(c *gin.Context) {
		s, own := c.Request.Context().(*scope)
		if !own { // a span's context is around it
			ctx, cancel := context.WithTimeout(c.Request.Context(), d)
			defer cancel()
			c.Request = c.Request.WithContext(ctx)
			c.Next()
			return
		}
		var cancel context.CancelFunc
		s.Context, cancel = context.WithTimeout(s.Context, d)
		defer cancel()
		c.Next()
	}
}
