package smtp_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http/httptest"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/swiperhq/swiper/internal/testsmtp"
	"github.com/swiperhq/swiper/messages"
	"github.com/swiperhq/swiper/messages/smtp"
	"github.com/swiperhq/swiper/social"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const from = "no-reply@swiper.example"

// certificate gives what a server for example.com shows, and who believes it.
func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates}, &tls.Config{RootCAs: roots, ServerName: "example.com"}
}

func sender(t *testing.T, o smtp.Options) *smtp.Sender {
	t.Helper()
	o.Host, o.From = "127.0.0.1", from
	s, err := smtp.New(o)
	require.NoError(t, err)
	return s
}

func letter(t *testing.T) messages.Letter {
	t.Helper()
	to, err := messages.ParseAddress("ada@example.org")
	require.NoError(t, err)
	return messages.ExportReady(to, time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC))
}

func TestALetterArrives(t *testing.T) {
	t.Parallel()
	server, client := certificate(t)
	for name, c := range map[string]struct {
		server testsmtp.Options
		client smtp.Options
		user   string
	}{
		"to a relay":   {testsmtp.Options{}, smtp.Options{Insecure: true}, ""},
		"by STARTTLS":  {testsmtp.Options{TLS: server}, smtp.Options{TLS: client, User: "app", Password: "secret"}, "app"},
		"by smtps":     {testsmtp.Options{TLS: server, Implicit: true}, smtp.Options{TLS: client, Implicit: true, User: "app", Password: "secret"}, "app"},
		"without user": {testsmtp.Options{TLS: server}, smtp.Options{TLS: client}, ""},
	} {
		s := testsmtp.Start(t, c.server)
		c.client.Port = s.Port()
		require.NoError(t, sender(t, c.client).Send(t.Context(), letter(t)), name)
		got := s.Letters()
		require.Len(t, got, 1, name)
		require.Equal(t, from, got[0].From)
		require.Equal(t, "ada@example.org", got[0].To)
		require.Equal(t, c.user, got[0].User, name)
		require.Equal(t, c.server.TLS != nil, got[0].TLS, name)
		read, err := mail.ReadMessage(strings.NewReader(got[0].Data))
		require.NoError(t, err)
		require.Equal(t, "<ada@example.org>", read.Header.Get("To"))
		require.Equal(t, "auto-generated", read.Header.Get("Auto-Submitted"))
		require.NotEmpty(t, read.Header.Get("Message-Id"))
		require.NotEmpty(t, read.Header.Get("Date"))
	}
}

func TestFailuresAreSortedAndTellNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault     testsmtp.Fault
		want      social.Code
		unsettled bool
		taken     int
	}{
		"unknown":       {testsmtp.UnknownMailbox, social.CodeInternal, false, 0},
		"later":         {testsmtp.Greylisted, social.CodeUnavailable, false, 0},
		"refused":       {testsmtp.Refused, social.CodeInternal, false, 0},
		"dropped":       {testsmtp.Dropped, social.CodeUnavailable, false, 0},
		"a lost answer": {testsmtp.LostAnswer, social.CodeUnavailable, true, 1},
		"hanging":       {testsmtp.Hang, social.CodeTimeout, false, 0},
	} {
		server := testsmtp.Start(t, testsmtp.Options{})
		server.Break(c.fault)
		o := smtp.Options{Port: server.Port(), Insecure: true}
		if c.fault == testsmtp.Hang {
			o.Timeout = 300 * time.Millisecond
		}
		err := sender(t, o).Send(t.Context(), letter(t))
		require.Equal(t, c.want, social.CodeOf(err), "%s: %v", name, err)
		require.Equal(t, c.unsettled, errors.Is(err, messages.ErrUnsettled), "%s: %v", name, err)
		require.NotContains(t, err.Error(), "ada", name)
		require.Len(t, server.Letters(), c.taken, name)
	}
}

// Nothing is sent in clear where encryption is wanted, nor to somebody else.
func TestNothingGoesToWhoIsNotTheServer(t *testing.T) {
	t.Parallel()
	server, client := certificate(t)
	stranger := &tls.Config{ServerName: "other.example", RootCAs: client.RootCAs}
	for name, c := range map[string]struct {
		server testsmtp.Options
		client smtp.Options
	}{
		"no TLS is offered": {testsmtp.Options{}, smtp.Options{TLS: client, User: "app", Password: "secret"}},
		"another's name":    {testsmtp.Options{TLS: server}, smtp.Options{TLS: stranger, User: "app", Password: "secret"}},
		"wrong password":    {testsmtp.Options{TLS: server}, smtp.Options{TLS: client, User: "app", Password: "other"}},
	} {
		s := testsmtp.Start(t, c.server)
		c.client.Port = s.Port()
		err := sender(t, c.client).Send(t.Context(), letter(t))
		require.Equal(t, social.CodeUnavailable, social.CodeOf(err), name)
		require.NotErrorIs(t, err, messages.ErrUnsettled, name)
		require.Empty(t, s.Letters(), name)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, social.CodeTimeout, social.CodeOf(sender(t, smtp.Options{Port: 1, Insecure: true}).Send(ctx, letter(t))))
}

func TestEveryMistakeIsNamed(t *testing.T) {
	t.Parallel()
	_, err := smtp.New(smtp.Options{From: "x\r\nBcc: everybody@example.com", Insecure: true, Password: "x"})
	for _, what := range []string{"Host and Port", "From", "Insecure"} {
		require.ErrorContains(t, err, what)
	}
}
