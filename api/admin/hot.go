package admin

import (
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/social"
)

// How much of the ranking is shown.
const (
	hotPlaces = 50
	hotPeople = 50
)

type hotAnswer struct {
	Days     int        `json:"days"`     // whose likes the ranking counts; 0: there is none
	BuiltAt  *time.Time `json:"built_at"` // null: there is none
	Making   bool       `json:"making"`   // another is being made
	Places   []hotPlace `json:"places"`   // locations, the one with the most likes first
	Location string     `json:"location"` // that top is of
	Top      []hotRank  `json:"top"`
}

type hotPlace struct {
	Location string `json:"location"`
	Most     int64  `json:"most"`
}

type hotRank struct {
	UserID   int64   `json:"user_id"`
	Nickname *string `json:"nickname"` // null: nobody is shown this person any more
	Likes    int64   `json:"likes"`
}

// showHot shows the ranking of a location, by default of the one with the most likes.
func (s *service) showHot(c *gin.Context) (any, error) {
	if s.Hot == nil {
		return nil, social.Errorf(social.CodeNotFound, "This node keeps no ranking.")
	}
	ctx := c.Request.Context()
	location := c.Query("location")
	if utf8.RuneCountInString(location) > social.MaxLocationRunes {
		return nil, invalid("location", "location is too long.")
	}
	state, err := s.Hot.HotState(ctx)
	if err != nil {
		return nil, err
	}
	places, err := s.Hot.HotPlaces(ctx, hotPlaces)
	if err != nil {
		return nil, err
	}
	out := hotAnswer{Days: state.Days, Making: state.Building != "", Places: make([]hotPlace, len(places)), Location: location, Top: []hotRank{}}
	if !state.BuiltAt.IsZero() {
		out.BuiltAt = &state.BuiltAt
	}
	for i, p := range places {
		out.Places[i] = hotPlace{p.Location, p.Most}
	}
	if location == "" && len(places) > 0 {
		out.Location = places[0].Location
	}
	if out.Location == "" {
		return out, nil
	}
	top, _, err := s.Hot.TopHot(ctx, out.Location, 0, hotPeople)
	if err != nil {
		return nil, err
	}
	ids := make([]social.UserID, len(top))
	for i := range top {
		ids[i] = top[i].UID
	}
	users, err := s.Store.Undealt(ctx, 0, ids) // nobody has swiped anybody
	if err != nil {
		return nil, err
	}
	names := map[social.UserID]*string{}
	for i := range users {
		names[users[i].ID] = &users[i].Nickname
	}
	for _, p := range top {
		out.Top = append(out.Top, hotRank{int64(p.UID), names[p.UID], p.Likes})
	}
	return out, nil
}
