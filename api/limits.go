package api

import (
	"net/http"
	"net/netip"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/api/middleware"
	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/api/ratelimit"
)

// classOf says who goes first on a full node: whatever changes something, login
// included, then the deck, then all that is only read.
func classOf(method, route string) middleware.Class {
	switch {
	case route == "":
		return middleware.ClassList
	case method != http.MethodGet && method != http.MethodHead:
		return middleware.ClassAction
	case route == deckPath:
		return middleware.ClassDeck
	}
	return middleware.ClassList
}

// limitAddress refuses addresses that ask too often, before their bodies are read.
func (s *service) limitAddress(c *gin.Context) {
	addr, err := netip.ParseAddr(c.ClientIP())
	if err != nil {
		return // a listener without addresses
	}
	who, ok := ratelimit.Address(addr)
	if !ok {
		return
	}
	if err := s.limits.Allow(c.Request.Context(), who, s.Rules().RequestsPerAddress); err != nil {
		middleware.Refuse(c, problem.From(err))
	}
}

// limitUser refuses users who ask too often, from wherever.
func (s *service) limitUser(ctx huma.Context, next func(huma.Context)) {
	if uid := callerOf(ctx.Context()); uid != 0 {
		if err := s.limits.Allow(ctx.Context(), ratelimit.User(uid), s.Rules().RequestsPerUser); err != nil {
			problem.Write(humagin.Unwrap(ctx).Writer, problem.From(err))
			return
		}
	}
	next(ctx)
}
