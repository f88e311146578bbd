package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const friendList = "friends"

type friendsInput struct{ Page }

type friendInput struct {
	UserID int64 `path:"user_id" minimum:"1"`
}

type friendsAnswer struct {
	Friends    []card  `json:"friends" nullable:"false"`
	NextCursor *string `json:"next_cursor" doc:"null at the end."`
}

type friendsOutput struct{ Body friendsAnswer }

type friendOutput struct{ Body card }

func (s *service) friendRoutes() {
	register(s, s.operation("list-friends", http.MethodGet, "/v1/friends", "List friends, newest first"), s.friends)
	register(s, s.operation("get-friend", http.MethodGet, "/v1/friends/{user_id}", "Show a friend", social.CodeNotFriends), s.friend)
	register(s, s.operation("unfriend", http.MethodDelete, "/v1/friends/{user_id}", "End a friendship", social.CodeNotFriends), s.unfriend)
}

func (s *service) friends(ctx context.Context, in *friendsInput) (*friendsOutput, error) {
	uid := callerOf(ctx)
	at, ok, err := s.after(friendList, uid, in.Page)
	if err != nil {
		return nil, err
	}
	var after persistence.FriendCursor
	if ok {
		after = persistence.FriendCursor{Time: time.Unix(0, at[0]).UTC(), SID: social.UserID(at[1])}
	}
	rows, err := s.Store.Friends(ctx, uid, after, in.Limit+1)
	if err == nil && len(rows) == 0 {
		err = s.orUnauthenticated(ctx, uid, nil)
	}
	if err != nil {
		return nil, err
	}
	rows, next := cut(s, friendList, uid, rows, in.Limit, func(f *persistence.Friend) place {
		return place{f.Since.UnixNano(), int64(f.User.ID)}
	})
	cards := make([]card, len(rows))
	for i := range rows {
		cards[i] = s.cardOfUser(&rows[i].User, false)
	}
	return &friendsOutput{friendsAnswer{cards, next}}, nil
}

func (s *service) friend(ctx context.Context, in *friendInput) (*friendOutput, error) {
	uid := callerOf(ctx)
	f, err := s.Store.Friend(ctx, uid, social.UserID(in.UserID))
	if err != nil {
		return nil, s.ifNotFriends(ctx, uid, err)
	}
	return &friendOutput{s.cardOfUser(&f.User, false)}, nil
}

func (s *service) unfriend(ctx context.Context, in *friendInput) (*struct{}, error) {
	uid := callerOf(ctx)
	return nil, s.ifNotFriends(ctx, uid, s.Actors.Unfriend(ctx, uid, social.UserID(in.UserID)))
}

func (s *service) ifNotFriends(ctx context.Context, uid social.UserID, err error) error {
	if errors.Is(err, &social.Error{Code: social.CodeNotFriends}) {
		return s.orUnauthenticated(ctx, uid, err)
	}
	return err
}

func (s *service) cardOfUser(u *social.User, superlikedMe bool) card {
	c := social.CardOf(u, s.Rules().Today(s.Now()), superlikedMe)
	return s.cardOf(&c)
}
