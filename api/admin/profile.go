package admin

import (
	"net/http/pprof"

	"github.com/gin-gonic/gin"
)

// profile serves what net/http/pprof would have put on the default mux. Long
// profiles extend the server's write deadline themselves.
func profile(c *gin.Context) {
	switch c.Param("name") {
	case "/cmdline":
		pprof.Cmdline(c.Writer, c.Request)
	case "/profile":
		pprof.Profile(c.Writer, c.Request)
	case "/symbol":
		pprof.Symbol(c.Writer, c.Request)
	case "/trace":
		pprof.Trace(c.Writer, c.Request)
	default:
		pprof.Index(c.Writer, c.Request)
	}
}
