package middleware

import (
	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/social"
)

// NewEngine gives a gin engine whose own answers are problems too: unknown
// paths and methods (with Allow). It redirects nothing and trusts no proxy
// other than those listed, as addresses or CIDR blocks.
func NewEngine(trustedProxies []string) (*gin.Engine, error) {
	if gin.IsDebugging() { // the only way to keep gin from printing to stdout
		gin.SetMode(gin.ReleaseMode)
	}
	e := gin.New()
	e.RedirectTrailingSlash = false
	e.HandleMethodNotAllowed = true
	e.RemoteIPHeaders = []string{"X-Forwarded-For"} // gin would look at X-Real-IP too, which few proxies take out
	if err := e.SetTrustedProxies(trustedProxies); err != nil {
		return nil, err
	}
	e.NoRoute(func(c *gin.Context) {
		problem.Write(c.Writer, problem.New(social.CodeNotFound, "There is nothing here."))
	})
	e.NoMethod(func(c *gin.Context) {
		problem.Write(c.Writer, problem.New(social.CodeMethodNotAllowed, "This path does not take that method."))
	})
	return e, nil
}
