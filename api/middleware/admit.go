package middleware

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/social"
)

// Admit lets at most limit requests be handled at a time and refuses more as
// overloaded, so that a stalled store piles up no memory.
func Admit(limit int64) gin.HandlerFunc {
	var running atomic.Int64
	return func(c *gin.Context) {
		defer running.Add(-1)
		if running.Add(1) > limit {
			c.Abort()
			problem.Write(c.Writer, problem.New(social.CodeOverloaded, "The server is busy. Try again soon."))
			return
		}
		c.Next()
	}
}

// Deadline ends the request's context after d.
func Deadline(d time.Duration) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), d)
		defer cancel()
		c.Request = c.Request.WithContext(ctx)
		c.Next()
	}
}
