package middleware

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/internal/requestid"
	"github.com/swiperhq/swiper/social"
)

// Recover answers a panic with internal and logs it with its stack.
// http.ErrAbortHandler passes through: net/http understands it.
func Recover(logger *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			logger.LogAttrs(c.Request.Context(), slog.LevelError, "request panicked",
				slog.String("request_id", requestid.From(c.Request.Context())),
				slog.String("panic", fmt.Sprint(v)), slog.String("stack", string(debug.Stack())))
			c.Abort()
			if !c.Writer.Written() {
				problem.Write(c.Writer, problem.New(social.CodeInternal, "Something went wrong on our side."))
			}
		}()
		c.Next()
	}
}
