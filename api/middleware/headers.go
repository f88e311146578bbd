package middleware

import "github.com/gin-gonic/gin"

// Headers keeps answers out of caches and browsers from guessing or framing them.
func Headers() gin.HandlerFunc {
	// Values that all answers share, capped so that an Add copies them.
	only := func(value string) []string { return []string{value}[:1:1] }
	nosniff, noStore, noContent := only("nosniff"), only("no-store"), only("default-src 'none'; frame-ancestors 'none'")
	return func(c *gin.Context) {
		h := c.Writer.Header()
		h["X-Content-Type-Options"] = nosniff
		h["Cache-Control"] = noStore
		h["Content-Security-Policy"] = noContent
		c.Next()
	}
}
