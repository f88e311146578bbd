package qiniusms_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/accounts/qiniusms"
	"github.com/swiperhq/swiper/media/mediatest/fakeqiniu"
	"github.com/swiperhq/swiper/social"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func setup(t *testing.T, change ...func(*qiniusms.Options)) (*qiniusms.Sender, *fakeqiniu.Server) {
	t.Helper()
	fake := fakeqiniu.New(fakeqiniu.Options{AccessKey: "test-access", SecretKey: "test-secret", Now: time.Now})
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	o := qiniusms.Options{
		AccessKey: "test-access", SecretKey: "test-secret", TemplateID: "1700", Endpoint: server.URL,
		Client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
	}
	for _, c := range change {
		c(&o)
	}
	s, err := qiniusms.New(o)
	require.NoError(t, err)
	return s, fake
}

func message(t *testing.T, phone string) accounts.Message {
	t.Helper()
	to, err := accounts.ParsePhone(phone)
	require.NoError(t, err)
	return accounts.Message{To: to, Code: "482915", Text: "Your code is 482915."}
}

func TestACodeIsSentWithTheTemplate(t *testing.T) {
	t.Parallel()
	s, fake := setup(t, func(o *qiniusms.Options) { o.Parameter = "login" })
	require.NoError(t, s.Send(t.Context(), message(t, "+8613800000000")))
	require.Equal(t, []fakeqiniu.Text{{TemplateID: "1700", Mobiles: []string{"13800000000"}, Parameters: map[string]string{"login": "482915"}}}, fake.Texts())
}

func TestFailuresAreSortedAndTellNothing(t *testing.T) {
	t.Parallel()
	short := func(o *qiniusms.Options) { o.Timeout = 200 * time.Millisecond }
	for name, c := range map[string]struct {
		fault     fakeqiniu.Fault
		change    func(*qiniusms.Options)
		want      social.Code
		unsettled bool
	}{
		"away":             {fakeqiniu.Unavailable, nil, social.CodeUnavailable, false},
		"a lost one":       {fakeqiniu.BadGateway, nil, social.CodeUnavailable, true},
		"hanging":          {fakeqiniu.Hang, short, social.CodeTimeout, true},
		"a lost answer":    {fakeqiniu.LostAnswer, nil, social.CodeUnavailable, true},
		"denied":           {fakeqiniu.Denied, nil, social.CodeInternal, false},
		"of another key":   {0, func(o *qiniusms.Options) { o.SecretKey = "other" }, social.CodeInternal, false},
		"nobody is there":  {0, func(o *qiniusms.Options) { o.Endpoint = "http://127.0.0.1:1" }, social.CodeUnavailable, false},
		"no such address?": {0, func(o *qiniusms.Options) { o.Endpoint = "::" }, social.CodeInternal, false},
	} {
		var changes []func(*qiniusms.Options)
		if c.change != nil {
			changes = append(changes, c.change)
		}
		s, fake := setup(t, changes...)
		if c.fault != 0 {
			fake.Break(fakeqiniu.SendText, c.fault)
		}
		err := s.Send(t.Context(), message(t, "+8613800000000"))
		require.Equal(t, c.want, social.CodeOf(err), "%s: %v", name, err)
		require.Equal(t, c.unsettled, errors.Is(err, accounts.ErrUnsettled), "%s: %v", name, err)
		require.NotContains(t, err.Error(), "13800000000", name)
		require.NotContains(t, err.Error(), "482915", name)
	}
}

func TestNumbersAbroadAreRefusedUnsent(t *testing.T) {
	t.Parallel()
	s, fake := setup(t)
	err := s.Send(t.Context(), message(t, "+85251234567"))
	require.Equal(t, social.CodeInternal, social.CodeOf(err))
	require.Zero(t, fake.Calls(fakeqiniu.SendText))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, social.CodeTimeout, social.CodeOf(s.Send(ctx, message(t, "+8613800000000"))))
}

func TestEveryMistakeIsNamed(t *testing.T) {
	t.Parallel()
	_, err := qiniusms.New(qiniusms.Options{})
	for _, name := range []string{"AccessKey", "SecretKey", "TemplateID"} {
		require.ErrorContains(t, err, name)
	}
}
