package messages_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/messages"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
	"github.com/swiperhq/swiper/tasks"
)

// backwards seals by writing from the end, which tests can tell from clear text.
type backwards struct{}

func (backwards) Seal(text string) (sealed, index []byte) {
	out := []byte(text)
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out, []byte(text)
}

func (b backwards) Open(sealed []byte) (string, error) {
	out, _ := b.Seal(string(sealed))
	return string(out), nil
}

// counter is a limiter without a clock.
type counter map[string]int

func (c counter) Allow(_ context.Context, key string, rate persistence.Rate) (time.Duration, error) {
	if c[key]++; c[key] > rate.Burst {
		return time.Hour, nil
	}
	return 0, nil
}

// carrier is a sender that says what it is told to.
type carrier struct {
	err  error
	sent []messages.Letter
}

func (c *carrier) Send(_ context.Context, l messages.Letter) error {
	c.sent = append(c.sent, l)
	return c.err
}

func TestALetterIsSealedUntilItIsDelivered(t *testing.T) {
	t.Parallel()
	c := &carrier{}
	p := messages.NewPost(backwards{}, counter{}, c)
	to, err := p.Address("ada@example.org")
	require.NoError(t, err)
	again, err := p.Open(p.Seal(to))
	require.NoError(t, err)
	require.Equal(t, to, again)
	letter := messages.AccountDeleted(to, time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC))
	require.Contains(t, letter.Text, "2026-03-04 05:06 UTC")
	task, err := p.Task(7, "cause", letter)
	require.NoError(t, err)
	require.Equal(t, [4]any{"cause", true, true, social.UserID(7)}, [4]any{task.Unique, task.Once, task.Secret, task.Owner})
	require.NotContains(t, string(task.Args), "ada@")
	var args messages.LetterArgs
	require.NoError(t, json.Unmarshal(task.Args, &args))
	_, err = p.Deliver(t.Context(), &tasks.Run{}, args)
	require.NoError(t, err)
	require.Equal(t, []messages.Letter{letter}, c.sent)
	for name, said := range map[string]struct {
		err       error
		permanent bool
	}{
		"away":      {social.Errorf(social.CodeUnavailable, "Away."), false},
		"refused":   {social.Errorf(social.CodeInternal, "Never."), true},
		"unsettled": {&social.Error{Code: social.CodeUnavailable, Cause: messages.ErrUnsettled}, true},
	} {
		c.err = said.err
		_, err := p.Deliver(t.Context(), &tasks.Run{}, args)
		require.ErrorIs(t, err, said.err, name)
		require.Equal(t, said.permanent, tasks.IsPermanent(err), name)
	}
	_, err = p.Deliver(t.Context(), &tasks.Run{}, messages.LetterArgs{Sealed: []byte("?")})
	require.True(t, tasks.IsPermanent(err))
	_, err = messages.NewPost(backwards{}, counter{}, nil).Deliver(t.Context(), &tasks.Run{}, args)
	require.False(t, tasks.IsPermanent(err), "a server may be named again")
}

func TestAddressesAreCountedAndRefused(t *testing.T) {
	t.Parallel()
	count := func(p *messages.Post, text string) error {
		to, err := p.Address(text)
		require.NoError(t, err)
		return p.Count(t.Context(), to)
	}
	p := messages.NewPost(backwards{}, counter{}, &carrier{})
	for i := range 6 {
		err := count(p, []string{"ada@example.org", "ADA@example.org"}[i%2])
		require.Equal(t, i == 5, social.CodeOf(err) == social.CodeRateLimited, "%d: %v", i, err)
	}
	err := count(p, "bob@example.org")
	require.NoError(t, err)
	_, err = p.Address("nobody")
	require.Equal(t, social.CodeInvalidRequest, social.CodeOf(err))
	_, err = messages.NewPost(backwards{}, counter{}, nil).Address("ada@example.org")
	require.Equal(t, social.CodeInvalidRequest, social.CodeOf(err))
	away := messages.NewPost(backwards{}, gone{}, &carrier{})
	err = count(away, "ada@example.org")
	require.Error(t, err)
}

type gone struct{}

func (gone) Allow(context.Context, string, persistence.Rate) (time.Duration, error) {
	return 0, errors.New("away")
}
