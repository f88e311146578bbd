package middleware

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
)

// Admit lets at most limit requests be handled at a time and refuses more as
// overloaded. It is for a listener of few callers; see Adapt.
func Admit(limit int64) gin.HandlerFunc {
	var running atomic.Int64
	return func(c *gin.Context) {
		defer running.Add(-1)
		if running.Add(1) > limit {
			refuseBusy(c)
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
