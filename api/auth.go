package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"github.com/swiperhq/swiper/api/middleware"
	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/social"
)

// callerOf gives who makes the request; operations without security have no caller.
func callerOf(ctx context.Context) social.UserID { return middleware.UserOf(ctx) }

// authenticate lets only bearers of a valid access token reach an operation
// that has security.
func (s *service) authenticate(ctx huma.Context, next func(huma.Context)) {
	if len(ctx.Operation().Security) == 0 {
		next(ctx)
		return
	}
	c := humagin.Unwrap(ctx)
	token, ok := bearerOf(c.Request.Header)
	if !ok {
		problem.Write(c.Writer, problem.New(social.CodeUnauthenticated, "An access token is required: Authorization: Bearer …"))
		return
	}
	uid, err := s.Accounts.Verify(ctx.Context(), token)
	if err != nil {
		problem.Write(c.Writer, problem.Report(ctx.Context(), s.Logger, err))
		return
	}
	middleware.SetUser(c, uid)
	next(ctx)
}

// bearerOf gives the token of the one Authorization header.
func bearerOf(h http.Header) (token string, ok bool) {
	scheme, token, _ := strings.Cut(h.Get("Authorization"), " ")
	return token, strings.EqualFold(scheme, "Bearer") && len(h.Values("Authorization")) == 1
}

// orUnauthenticated explains "nothing there" by its cause if the caller does
// not exist, since a token outlives its user; else it gives err, nil included.
// It is for where nothing was found: a look-up on every request would be dear.
func (s *service) orUnauthenticated(ctx context.Context, uid social.UserID, err error) error {
	if _, uerr := s.Store.User(ctx, uid); uerr != nil {
		return asCaller(uerr)
	}
	return err
}

// asCaller turns "no such user", said of the caller, into unauthenticated.
func asCaller(err error) error {
	if errors.Is(err, &social.Error{Code: social.CodeUserNotFound}) {
		return &social.Error{Code: social.CodeUnauthenticated, Message: "This account does not exist any more.", Cause: err}
	}
	return err
}
