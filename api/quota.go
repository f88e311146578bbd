package api

import (
	"context"
	"net/http"
	"time"

	"github.com/swiperhq/swiper/social"
)

type quota struct {
	Limit    *int      `json:"limit" minimum:"0" doc:"Per day; null: none. Without a limit likes and superlikes are not counted."`
	Used     int       `json:"used" minimum:"0"`
	ResetsAt time.Time `json:"resets_at"`
}

type quotasAnswer struct {
	Rewind    quota `json:"rewind"`
	Like      quota `json:"like"`
	Superlike quota `json:"superlike"`
}

type quotasOutput struct{ Body quotasAnswer }

func (s *service) quotaRoutes() {
	register(s, s.operation("get-quotas", http.MethodGet, "/v1/quotas", "Show what is left today"), s.quotas)
}

func (s *service) quotas(ctx context.Context, _ *struct{}) (*quotasOutput, error) {
	uid, now, rules := callerOf(ctx), s.Now(), s.Rules()
	used, err := s.Store.QuotasUsed(ctx, uid, rules.Today(now))
	if err == nil && len(used) == 0 {
		err = s.orUnauthenticated(ctx, uid, nil)
	}
	if err != nil {
		return nil, err
	}
	of := func(a social.Action) quota {
		q := quota{Used: used[a], ResetsAt: rules.ResetsAt(now)}
		if l := rules.LimitOf(a); !l.None() {
			limit := int(l)
			q.Limit = &limit
		}
		return q
	}
	return &quotasOutput{quotasAnswer{of(social.ActionRewind), of(social.ActionLike), of(social.ActionSuperlike)}}, nil
}
