package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"github.com/swiperhq/swiper/api/middleware"
	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/api/strictjson"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

type swipeRequest struct {
	UserID int64  `json:"user_id" minimum:"1" doc:"Whom to swipe."`
	Mark   string `json:"mark" enum:"like,superlike,dislike"`
}

type swipeAnswer struct {
	UserID   int64  `json:"user_id" minimum:"1"`
	Mark     string `json:"mark" enum:"like,superlike,dislike"`
	Matched  bool   `json:"matched" doc:"You are friends now."`
	Repeated bool   `json:"repeated" doc:"The same swipe was stored before."`
}

type swipeInput struct{ Body swipeRequest }

type swipeOutput struct {
	Replay
	Body swipeAnswer
}

func (s *service) swipeRoutes() {
	op := s.keyedOperation("swipe", "/v1/swipes", "Swipe a person",
		social.CodeSelfSwipe, social.CodeUserNotFound, social.CodeAlreadySwiped,
		social.CodeLikeQuotaExceeded, social.CodeSuperlikeQuotaExceeded)
	op.Middlewares = append(op.Middlewares, s.plainSwipe)
	register(s, op, keyed(&op, s.swipe))
}

// plainSwipe answers the swipe that nearly all are: valid, without a key. Every
// other goes the long way, which says what is wrong with it. The long way reads
// a body twice and walks schemas and headers by reflection: a third of what a
// swipe costs before the actors.
func (s *service) plainSwipe(ctx huma.Context, next func(huma.Context)) {
	c := humagin.Unwrap(ctx)
	var in swipeInput
	if c.Request.URL.RawQuery != "" || c.Request.Header.Get(keyHeader) != "" ||
		strictjson.Unmarshal(middleware.Held(c.Request), &in.Body) != nil || in.Body.UserID < 1 {
		next(ctx)
		return
	}
	if _, err := social.ParseMark(in.Body.Mark); err != nil {
		next(ctx)
		return
	}
	out, err := s.swipe(ctx.Context(), &in, persistence.IdempotencyKey{})
	if err != nil {
		problem.Write(c.Writer, problem.Report(ctx.Context(), s.Logger, err))
		return
	}
	c.Header("Content-Type", jsonType)
	c.Status(http.StatusOK)
	_, _ = c.Writer.Write(out.Body.json()) // fails only for a client that is gone
}

// json is what strictjson makes of a, without the reflection: no mark needs escaping.
func (a *swipeAnswer) json() []byte {
	const longest = `{"user_id":9223372036854775807,"mark":"superlike","matched":false,"repeated":false}`
	b := append(make([]byte, 0, len(longest)), `{"user_id":`...)
	b = strconv.AppendInt(b, a.UserID, 10)
	b = append(append(append(b, `,"mark":"`...), a.Mark...), `","matched":`...)
	b = append(strconv.AppendBool(b, a.Matched), `,"repeated":`...)
	return append(strconv.AppendBool(b, a.Repeated), '}')
}

func (s *service) swipe(ctx context.Context, in *swipeInput, key persistence.IdempotencyKey) (*swipeOutput, error) {
	mark, err := social.ParseMark(in.Body.Mark)
	if err != nil {
		return nil, err
	}
	swipe := social.Swipe{UID: callerOf(ctx), SID: social.UserID(in.Body.UserID), Mark: mark, Time: s.Now()}
	if err := swipe.Validate(); err != nil {
		return nil, err
	}
	r, err := s.Actors.Swipe(ctx, swipe, key)
	if err != nil {
		return nil, err
	}
	return &swipeOutput{
		replayOf(r.Replayed),
		swipeAnswer{UserID: int64(r.SID), Mark: r.Mark.String(), Matched: r.Matched, Repeated: r.Repeated},
	}, nil
}
