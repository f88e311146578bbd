package middleware

import (
	"crypto/rand"

	"github.com/gin-gonic/gin"
)

// RequestIDHeader carries the id of a request, both ways. It is spelled as
// net/http spells it, which would otherwise do so again for every request.
const RequestIDHeader = "X-Request-Id"

const maxRequestID = 64

// RequestID puts an id into the request's context and the answer: the
// client's, if it is 1–64 letters, digits, - and _, else a new one.
func RequestID() gin.HandlerFunc {
	return func(c *gin.Context) {
		id := c.GetHeader(RequestIDHeader)
		if !saneID(id) {
			id = rand.Text()
		}
		c.Request = c.Request.WithContext(&scope{Context: c.Request.Context(), id: id})
		c.Header(RequestIDHeader, id)
		c.Next()
	}
}

func saneID(id string) bool {
	if id == "" || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		b := id[i]
		if (b < 'a' || b > 'z') && (b < 'A' || b > 'Z') && (b < '0' || b > '9') && b != '-' && b != '_' {
			return false
		}
	}
	return true
}
