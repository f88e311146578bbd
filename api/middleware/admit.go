package middleware

import (
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/social"
)

// Admit lets at most limit requests be handled at a time and refuses more as
// overloaded. It is for a listener of few callers; see Admission.
func Admit(limit int64) gin.HandlerFunc {
	var running atomic.Int64
	return func(c *gin.Context) {
		defer running.Add(-1)
		if running.Add(1) > limit {
			c.Abort()
			problem.Write(c.Writer, busy())
			return
		}
		c.Next()
	}
}

func busy() *problem.Problem {
	return problem.New(social.CodeOverloaded, "The server is busy. Try again soon.")
}
