package social_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

func TestMarks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mark            social.Mark
		value           int8
		word            string
		likes, sendable bool
		meter           social.Action
	}{
		{social.MarkLike, 1, "like", true, true, social.ActionLike},
		{social.MarkSuperlike, 2, "superlike", true, true, social.ActionSuperlike},
		{social.MarkDislike, -1, "dislike", false, true, ""},
		{social.MarkEnded, -2, "ended", false, false, ""},
		{0, 0, "unknown", false, false, ""},
	} {
		require.EqualValues(t, c.value, c.mark, "%s: stored values are frozen", c.word)
		require.Equal(t, c.word, c.mark.String())
		require.Equal(t, c.likes, c.mark.Likes(), c.word)
		require.Equal(t, c.sendable, c.mark.Sendable(), c.word)
		action, metered := c.mark.Meter()
		require.Equal(t, c.meter, action, c.word)
		require.Equal(t, c.meter != "", metered, c.word)

		parsed, err := social.ParseMark(c.word)
		if !c.sendable {
			require.ErrorIs(t, err, &social.Error{Code: social.CodeInvalidRequest}, c.word)
			continue
		}
		require.NoError(t, err, c.word)
		require.Equal(t, c.mark, parsed)
	}
}

func TestParseMarkRefusesOtherWords(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"", "LIKE", "Like", " like", "like ", "love", "1", "unlike"} {
		_, err := social.ParseMark(word)
		require.ErrorIs(t, err, &social.Error{Code: social.CodeInvalidRequest}, "%q", word)
		require.Equal(t, "mark", social.AsError(err).Field)
	}
}

func TestSwipeValidate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		swipe social.Swipe
		code  social.Code
		field string
	}{
		"like":               {social.Swipe{UID: 1, SID: 2, Mark: social.MarkLike}, "", ""},
		"dislike":            {social.Swipe{UID: 2, SID: 1, Mark: social.MarkDislike}, "", ""},
		"oneself":            {social.Swipe{UID: 1, SID: 1, Mark: social.MarkLike}, social.CodeSelfSwipe, "user_id"},
		"stranger 0":         {social.Swipe{UID: 1, Mark: social.MarkLike}, social.CodeInvalidRequest, "user_id"},
		"negative stranger":  {social.Swipe{UID: 1, SID: -5, Mark: social.MarkLike}, social.CodeInvalidRequest, "user_id"},
		"nobody swipes":      {social.Swipe{SID: 2, Mark: social.MarkLike}, social.CodeInvalidRequest, "user_id"},
		"no mark":            {social.Swipe{UID: 1, SID: 2}, social.CodeInvalidRequest, "mark"},
		"tombstone":          {social.Swipe{UID: 1, SID: 2, Mark: social.MarkEnded}, social.CodeInvalidRequest, "mark"},
		"mark of the future": {social.Swipe{UID: 1, SID: 2, Mark: 3}, social.CodeInvalidRequest, "mark"},
	} {
		err := c.swipe.Validate()
		require.Equal(t, c.code, social.CodeOf(err), name)
		if c.code != "" {
			require.Equal(t, c.field, social.AsError(err).Field, name)
		}
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	like := social.Swipe{UID: 1, SID: 2, Mark: social.MarkLike}
	for name, c := range map[string]struct {
		stored            social.Mark
		inserted, matched bool
		want              social.SwipeResult
		code              social.Code
	}{
		"new":             {social.MarkLike, true, false, social.SwipeResult{SID: 2, Mark: social.MarkLike}, ""},
		"new and matched": {social.MarkLike, true, true, social.SwipeResult{SID: 2, Mark: social.MarkLike, Matched: true}, ""},
		"again":           {social.MarkLike, false, false, social.SwipeResult{SID: 2, Mark: social.MarkLike, Repeated: true}, ""},
		"again, matched since": {
			social.MarkLike, false, true, social.SwipeResult{SID: 2, Mark: social.MarkLike, Matched: true, Repeated: true}, "",
		},
		"disliked before":   {social.MarkDislike, false, false, social.SwipeResult{}, social.CodeAlreadySwiped},
		"superliked before": {social.MarkSuperlike, false, true, social.SwipeResult{}, social.CodeAlreadySwiped},
		"unfriended before": {social.MarkEnded, false, false, social.SwipeResult{}, social.CodeAlreadySwiped},
	} {
		got, err := social.Settle(like, c.stored, c.inserted, c.matched)
		require.Equal(t, c.code, social.CodeOf(err), name)
		require.Equal(t, c.want, got, name)
	}
}
