package admin

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/api/middleware"
	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/social"
)

// guard decides who may use the listener.
type guard struct {
	loopback bool
	secret   [sha256.Size]byte // of the token
	open     bool              // no token is asked for
}

func newGuard(listen, token string) (*guard, error) {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return nil, fmt.Errorf("admin: listen address: %w", err)
	}
	g := &guard{loopback: isLoopback(host), secret: sha256.Sum256([]byte(token)), open: token == ""}
	if g.open && !g.loopback {
		return nil, fmt.Errorf("admin: %s can be reached from elsewhere: a token is required", listen)
	}
	return g, nil
}

// host refuses names that are not loopback's on a loopback listener. A web page
// can point a name of its own at 127.0.0.1 and would then be of the same origin.
func (g *guard) host(c *gin.Context) {
	if !g.loopback {
		return
	}
	host := c.Request.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if !isLoopback(strings.Trim(host, "[]")) {
		refuse(c, problem.New(social.CodeForbidden, "This listener answers to loopback names only."))
	}
}

// token lets only its bearers through, if one is set.
func (g *guard) token(c *gin.Context) {
	if g.open {
		return
	}
	given, ok := strings.CutPrefix(c.GetHeader("Authorization"), "Bearer ")
	if !ok {
		_, given, _ = c.Request.BasicAuth()
	}
	sum := sha256.Sum256([]byte(given))
	if !hmac.Equal(sum[:], g.secret[:]) {
		c.Writer.Header().Add("WWW-Authenticate", `Basic realm="swiper admin"`)
		refuse(c, problem.New(social.CodeUnauthenticated, "The admin token is required."))
	}
}

// json makes changes need a content type that no foreign page can send without
// asking first, and nothing here answers such a question.
func (*guard) json(c *gin.Context) {
	if c.Request.Method != http.MethodGet && !middleware.IsJSON(c.Request.Header) {
		refuse(c, problem.Unreadable("A change must be sent with Content-Type: application/json."))
	}
}

func refuse(c *gin.Context, p *problem.Problem) {
	c.Abort()
	problem.Write(c.Writer, p)
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

const maxName = 64

// nameOf tells who makes a change: the user of basic authentication, if it is
// a plain name, else "admin".
func nameOf(c *gin.Context) string {
	name, _, _ := c.Request.BasicAuth()
	if name == "" || len(name) > maxName || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "admin"
	}
	return name
}
