package api

import (
	"context"
	"net/http"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const likeList = "likes"

type likesInput struct{ Page }

type likesAnswer struct {
	Users      []card  `json:"users" nullable:"false"`
	NextCursor *string `json:"next_cursor" doc:"null at the end."`
}

type likesOutput struct{ Body likesAnswer }

func (s *service) likeRoutes() {
	register(s, s.operation("list-likes", http.MethodGet, "/v1/likes",
		"List who likes me and has no answer: superlikes first, then newest first"), s.likes)
}

func (s *service) likes(ctx context.Context, in *likesInput) (*likesOutput, error) {
	uid := callerOf(ctx)
	at, ok, err := s.after(likeList, uid, in.Page)
	if err != nil {
		return nil, err
	}
	var after persistence.LikeCursor
	if ok {
		after = persistence.LikeCursor{Mark: social.Mark(at[0]), Seq: at[1]} //nolint:gosec // the MAC says that a mark went in
	}
	rows, err := s.Store.LikesOf(ctx, uid, after, in.Limit+1)
	if err == nil && len(rows) == 0 {
		err = s.orUnauthenticated(ctx, uid, nil)
	}
	if err != nil {
		return nil, err
	}
	rows, next := cut(s, likeList, uid, rows, in.Limit, func(l *persistence.Like) place {
		return place{int64(l.Cursor.Mark), l.Cursor.Seq}
	})
	cards := make([]card, len(rows))
	for i := range rows {
		cards[i] = s.cardOfUser(&rows[i].User, rows[i].Mark == social.MarkSuperlike)
	}
	return &likesOutput{likesAnswer{cards, next}}, nil
}
