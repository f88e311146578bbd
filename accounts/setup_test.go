package accounts_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	adasPhone = "+8613800000000"
	bobsPhone = "+8613900000001"
)

var (
	noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	home = netip.MustParseAddr("203.0.113.7")
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// outbox is a Sender that keeps what it is given, or fails with err.
type outbox struct {
	mu   sync.Mutex
	sent []accounts.Message
	err  error
}

func (o *outbox) Send(_ context.Context, m accounts.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.sent = append(o.sent, m)
	}
	return o.err
}

func (o *outbox) all() []accounts.Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]accounts.Message(nil), o.sent...)
}

// bundle is one node's service over fakes that several nodes may share.
type bundle struct {
	*accounts.Service
	clock  *clock
	store  *store
	codes  *codes
	limits *limits
	radio  *radio
	outbox *outbox
	rules  *social.Rules
	log    *bytes.Buffer
	opts   accounts.Options
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{
		clock: &clock{now: noon}, outbox: &outbox{}, log: &bytes.Buffer{}, radio: &radio{},
		rules: &social.Rules{
			Zone: time.UTC, LoginCodeInterval: time.Minute, LoginCodesPerDay: 5, LoginCodesPerAddress: 200,
			LoginCodesPerPrefix: 1000, LoginTriesPerAddress: 1000,
		},
	}
	b.store = newStore()
	b.codes = &codes{now: b.clock.Now, held: map[string]*held{}}
	b.limits = &limits{now: b.clock.Now, until: map[string]time.Time{}}
	vault, err := accounts.NewVault([][]byte{key("first")})
	require.NoError(t, err)
	b.opts = accounts.Options{
		Store: b.store, Codes: b.codes, Limiter: b.limits, Signals: b.radio, Sender: b.outbox, Vault: vault,
		Tokens: accounts.NewTokens(key("auth"), b.clock.Now), Rules: func() *social.Rules { return b.rules },
		Farewell: func(context.Context, social.UserID, time.Time, string) ([]persistence.Task, error) { return nil, nil },
		Erasure: func(uid social.UserID, left time.Time) (persistence.Task, error) {
			return persistence.Task{Owner: uid, RunAt: left}, nil
		},
		Now: b.clock.Now, Logger: slog.New(slog.NewTextHandler(b.log, nil)),
	}
	b.Service = b.node(t)
	return b
}

// node gives one more node over the same stores.
func (b *bundle) node(t *testing.T) *accounts.Service {
	t.Helper()
	s, err := accounts.New(b.opts)
	require.NoError(t, err)
	return s
}

func key(name string) []byte { return []byte(name + strings.Repeat("-", 32)) }

// code asks for a code and gives the one that was sent.
func (b *bundle) code(t *testing.T, phone string) string {
	t.Helper()
	before := len(b.outbox.all())
	wait, err := b.SendCode(t.Context(), phone, home)
	require.NoError(t, err)
	require.Equal(t, b.rules.LoginCodeInterval, wait)
	sent := b.outbox.all()
	require.Len(t, sent, before+1)
	return sent[before].Code
}

// login brings somebody in.
func (b *bundle) login(t *testing.T, phone string) accounts.Grant {
	t.Helper()
	g, err := b.Login(t.Context(), phone, b.code(t, phone), home)
	require.NoError(t, err)
	return g
}

// other gives a code that is not the given one.
func other(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func requireCode(t *testing.T, want social.Code, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want, social.CodeOf(err), "%v", err)
}
