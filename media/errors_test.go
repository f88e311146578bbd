package media_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/social"
)

func TestPassingFailuresAreToldFromLastingOnes(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		media.Unavailable(errors.New("refused")), media.Unavailable(context.DeadlineExceeded),
		fmt.Errorf("while storing: %w", media.Unavailable(context.Canceled)),
	} {
		require.True(t, media.Passing(err), err)
	}
	for _, err := range []error{nil, media.NotFound("a"), media.Exists("a"), media.Permanent(errors.New("denied")), errors.New("unknown")} {
		require.False(t, media.Passing(err), err)
	}
	require.ErrorIs(t, media.NotFound("a"), media.ErrNotFound)
	require.ErrorIs(t, media.Exists("a"), media.ErrExists)
	require.Equal(t, social.CodeNotFound, social.CodeOf(media.NotFound("a")))
	require.Positive(t, social.AsError(media.Unavailable(errors.New("refused"))).RetryAfter)
}

func TestTicketsAreBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	good := media.TicketRequest{Key: media.Staged("x"), MaxSize: 1, Types: []string{"image/png"}, Expires: now.Add(time.Minute)}
	require.NoError(t, good.Check(now))
	for name, spoil := range map[string]func(*media.TicketRequest){
		"a public key":    func(r *media.TicketRequest) { r.Key = "pictures/x" },
		"no key":          func(r *media.TicketRequest) { r.Key = "" },
		"no size":         func(r *media.TicketRequest) { r.MaxSize = 0 },
		"no type":         func(r *media.TicketRequest) { r.Types = nil },
		"expired":         func(r *media.TicketRequest) { r.Expires = now },
		"good for a year": func(r *media.TicketRequest) { r.Expires = now.AddDate(1, 0, 0) },
	} {
		r := good
		spoil(&r)
		require.Equal(t, social.CodeInternal, social.CodeOf(r.Check(now)), name)
	}
}

func TestABodyOfAnotherLengthIsRefused(t *testing.T) {
	t.Parallel()
	body := strings.NewReader("0123456789")
	_, err := body.Seek(4, 0)
	require.NoError(t, err)
	require.NoError(t, media.CheckBody(body, 6))
	require.Equal(t, 6, body.Len(), "it stands where it stood")
	require.Error(t, media.CheckBody(body, 5))
	require.Error(t, media.CheckBody(body, 10))
}
