package middleware

import (
	"sync/atomic"

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
