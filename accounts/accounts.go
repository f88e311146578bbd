package accounts

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Store is what is asked of the database; see persistence for the contract.
type Store interface {
	persistence.Accounts
	persistence.Sessions
	Depart(ctx context.Context, uid social.UserID, at time.Time, erase persistence.Task, also ...persistence.Task) (persistence.Departure, error)
}

// Options of New. All but Now and Logger are required.
type Options struct {
	Store   Store
	Codes   persistence.LoginCodes
	Limiter persistence.Limiter
	// Signals tells the other nodes which sessions have ended.
	Signals persistence.Signals
	Sender  Sender
	Vault   *Vault
	Tokens  *Tokens
	Rules   func() *social.Rules // a snapshot of the rules in force
	// Erasure makes the task that erases who left at the given moment.
	Erasure func(uid social.UserID, left time.Time) (persistence.Task, error)
	// Farewell makes the tasks that tell an address, once, of a departure at the
	// given moment. Its refusals are those of the departure.
	Farewell func(ctx context.Context, uid social.UserID, left time.Time, email string) ([]persistence.Task, error)
	Now      func() time.Time // nil: time.Now
	Logger   *slog.Logger     // nil: discards
}

func (o *Options) complete() error {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Store == nil || o.Codes == nil || o.Limiter == nil || o.Signals == nil || o.Sender == nil ||
		o.Vault == nil || o.Tokens == nil || o.Rules == nil || o.Erasure == nil || o.Farewell == nil {
		return errors.New("accounts: Store, Codes, Limiter, Signals, Sender, Vault, Tokens, Rules, Erasure and Farewell are required")
	}
	return nil
}

// Service signs people in and out.
type Service struct {
	Options
	cache    *sessionCache
	pulse    *pulse
	watchers *watchers
}

// New makes the service. Run must run beside it, or ended sessions are only
// noticed elsewhere when they are looked up again, a second later.
func New(opts Options) (*Service, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	cache, told := newSessionCache(), &watchers{}
	return &Service{Options: opts, cache: cache, pulse: newPulse(cache, told, &opts), watchers: told}, nil
}
