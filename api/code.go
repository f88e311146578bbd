package api

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"github.com/swiperhq/swiper/social"
)

type codeRequest struct {
	Phone string `json:"phone" minLength:"1" maxLength:"32" doc:"With country code, +8613800000000; without one it is a Chinese number."`
}

type codeAnswer struct {
	RetryAfter int `json:"retry_after" minimum:"0" doc:"Seconds until another code may be asked for."`
}

type codeInput struct{ Body codeRequest }

type codeOutput struct{ Body codeAnswer }

func (s *service) codeRoutes() {
	op := s.openOperation("send-code", http.MethodPost, "/v1/auth/code", "Send a login code to a phone")
	op.DefaultStatus = http.StatusAccepted
	register(s, op, s.sendCode)
}

func (s *service) sendCode(ctx context.Context, in *codeInput) (*codeOutput, error) {
	wait, err := s.Accounts.SendCode(ctx, in.Body.Phone, addressOf(ctx))
	if err != nil {
		return nil, err
	}
	return &codeOutput{codeAnswer{seconds(wait)}}, nil
}

// openOperation describes a route for those who have no access token yet.
func (s *service) openOperation(id, method, path, summary string, codes ...social.Code) huma.Operation {
	op := s.operation(id, method, path, summary, codes...)
	op.Security = nil
	op.Middlewares = huma.Middlewares{withAddress}
	return op
}

type addressKey struct{}

// withAddress tells the handler the client's address, as far as trusted proxies tell it.
func withAddress(ctx huma.Context, next func(huma.Context)) {
	addr, err := netip.ParseAddr(humagin.Unwrap(ctx).ClientIP())
	if err != nil {
		addr = netip.Addr{} // a listener without addresses: all are one
	}
	next(huma.WithValue(ctx, addressKey{}, addr))
}

func addressOf(ctx context.Context) netip.Addr {
	addr, _ := ctx.Value(addressKey{}).(netip.Addr)
	return addr
}

// seconds rounds up: who waits so long does not come too early.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
