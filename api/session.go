package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/social"
)

type loginRequest struct {
	Phone string `json:"phone" minLength:"1" maxLength:"32"`
	Code  string `json:"code" pattern:"^[0-9]{6}$" doc:"Six digits."`
}

type refreshRequest struct {
	RefreshToken string `json:"refresh_token" minLength:"1" maxLength:"200"`
}

type grantAnswer struct {
	UserID       int64  `json:"user_id" minimum:"1"`
	NewUser      bool   `json:"new_user" doc:"This login made the account; its profile is empty."`
	AccessToken  string `json:"access_token" doc:"For the header Authorization: Bearer …"`
	ExpiresIn    int    `json:"expires_in" doc:"Seconds until the access token expires."`
	RefreshToken string `json:"refresh_token" doc:"Good once, for a new pair. Using it twice ends the session."`
}

type loginInput struct{ Body loginRequest }

type refreshInput struct{ Body refreshRequest }

type grantOutput struct{ Body grantAnswer }

func (s *service) sessionRoutes() {
	register(s, s.openOperation("login", http.MethodPost, "/v1/auth/login", "Log in with a code; makes the account if there is none",
		social.CodeCodeInvalid, social.CodeTooManyAttempts, social.CodeAccountSuspended), s.login)
	register(s, s.openOperation("refresh", http.MethodPost, "/v1/auth/refresh", "Exchange a refresh token for a new pair of tokens"), s.refresh)
	logout := s.operation("logout", http.MethodPost, "/v1/auth/logout", "End the session of the access token at once", social.CodeForbidden)
	logout.Middlewares = huma.Middlewares{withBearer}
	register(s, logout, s.logout)
}

func (s *service) login(ctx context.Context, in *loginInput) (*grantOutput, error) {
	return granted(s.Accounts.Login(ctx, in.Body.Phone, in.Body.Code, addressOf(ctx)))
}

func (s *service) refresh(ctx context.Context, in *refreshInput) (*grantOutput, error) {
	return granted(s.Accounts.Refresh(ctx, in.Body.RefreshToken))
}

func (s *service) logout(ctx context.Context, _ *struct{}) (*struct{}, error) {
	token, _ := ctx.Value(bearerKey{}).(string)
	return nil, s.Accounts.Logout(ctx, token)
}

func granted(g accounts.Grant, err error) (*grantOutput, error) {
	if err != nil {
		return nil, err
	}
	return &grantOutput{grantAnswer{
		UserID: int64(g.UID), NewUser: g.NewUser, AccessToken: g.AccessToken, ExpiresIn: seconds(g.ExpiresIn), RefreshToken: g.RefreshToken,
	}}, nil
}

type bearerKey struct{}

// withBearer tells the handler the access token.
func withBearer(ctx huma.Context, next func(huma.Context)) {
	token, _ := bearerOf(humagin.Unwrap(ctx).Request.Header) // authenticate has refused what is none
	next(huma.WithValue(ctx, bearerKey{}, token))
}
