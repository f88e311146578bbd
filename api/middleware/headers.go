package middleware

import (
	"maps"
	"net/http"

	"github.com/gin-gonic/gin"
)

// Headers keeps answers out of caches and browsers from guessing or framing them.
func Headers() gin.HandlerFunc {
	common := commonHeaders()
	return func(c *gin.Context) {
		maps.Copy(c.Writer.Header(), common)
		c.Next()
	}
}

// commonHeaders are what all answers share, capped so that an Add copies them.
func commonHeaders() http.Header {
	only := func(value string) []string { return []string{value}[:1:1] }
	return http.Header{
		"X-Content-Type-Options":  only("nosniff"),
		"Cache-Control":           only("no-store"),
		"Content-Security-Policy": only("default-src 'none'; frame-ancestors 'none'"),
	}
}
