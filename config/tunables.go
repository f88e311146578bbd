package config

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	// topic carries the hint that a tunable has changed.
	topic = "settings"
	// readTimeout bounds one reading, so that a hanging database delays the next
	// try by less than what "in force within 5 s" leaves.
	readTimeout = 2 * time.Second
	defaultPoll = 2 * time.Second
)

// Tunable is one rule that operators change while the system runs.
type Tunable struct {
	Key       string
	Value     json.RawMessage // in force
	Default   json.RawMessage
	Version   int64 // 0: never set
	UpdatedAt time.Time
	UpdatedBy string
}

// TunablesOptions is what Tunables need.
type TunablesOptions struct {
	Store   persistence.Settings
	Signals persistence.Signals
	// Poll is the time between two readings when no hint arrives; 0: 2 s.
	Poll   time.Duration
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: slog.Default
}

// Tunables keeps the rules in force on this node. The database is the truth; a
// hint makes nodes read it again, and a poll covers hints that got lost.
type Tunables struct {
	o     TunablesOptions
	specs []spec
	now   atomic.Pointer[snapshot]

	// reading keeps an older reading from being applied over a newer one.
	reading sync.Mutex
	ignored map[string]int64 // version of each stored value that was passed over, so that it is logged once
}

type snapshot struct {
	rules *social.Rules
	list  []Tunable
}

// NewTunables gives the tunables at their defaults; Refresh reads what has been set.
func NewTunables(o TunablesOptions) *Tunables {
	if o.Poll <= 0 {
		o.Poll = defaultPoll
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	t := &Tunables{o: o, specs: catalogue(), ignored: map[string]int64{}}
	t.now.Store(t.build(nil, nil))
	return t
}

// Rules gives the rules in force, never nil. The value does not change; ask
// again for every decision.
func (t *Tunables) Rules() *social.Rules { return t.now.Load().rules }

// List gives every tunable in a fixed order. The slice is the caller's, the
// JSON in it is not to be changed.
func (t *Tunables) List() []Tunable { return append([]Tunable(nil), t.now.Load().list...) }

// Set changes one tunable everywhere and logs by whom: on this node when it
// returns, on the others within 5 s. CodeNotFound for an unknown key,
// CodeInvalidRequest for a value it does not take, and the store's errors.
func (t *Tunables) Set(ctx context.Context, key string, value json.RawMessage, by string) (Tunable, error) {
	text, err := t.check(key, value)
	if err != nil {
		return Tunable{}, err
	}
	stored, err := t.o.Store.PutSetting(ctx, key, text, by, t.o.Now())
	if err != nil {
		return Tunable{}, err
	}
	if err := t.o.Signals.Publish(ctx, topic, key); err != nil {
		t.o.Logger.WarnContext(ctx, "the hint at a changed tunable was not sent; the other nodes will poll", slog.Any("err", err))
	}
	if err := t.Refresh(ctx); err != nil {
		return Tunable{}, err
	}
	t.o.Logger.InfoContext(ctx, "tunable set", slog.String("key", key), slog.String("value", string(text)), slog.String("by", by))
	return Tunable{
		Key: key, Value: stored.Value, Default: t.standard(key),
		Version: stored.Version, UpdatedAt: stored.UpdatedAt, UpdatedBy: stored.UpdatedBy,
	}, nil
}

// check gives value in compact form, if key exists and takes it.
func (t *Tunables) check(key string, value json.RawMessage) (json.RawMessage, error) {
	for _, s := range t.specs {
		if s.key != key {
			continue
		}
		var text bytes.Buffer
		if err := json.Compact(&text, value); err != nil {
			return nil, &social.Error{Code: social.CodeInvalidRequest, Message: "The value must be JSON.", Field: "value", Cause: err}
		}
		if err := s.apply(text.Bytes(), &social.Rules{}); err != nil {
			return nil, &social.Error{Code: social.CodeInvalidRequest, Message: key + ": " + err.Error() + ".", Field: "value"}
		}
		return text.Bytes(), nil
	}
	return nil, social.Errorf(social.CodeNotFound, "There is no such setting.")
}

func (t *Tunables) standard(key string) json.RawMessage {
	for _, s := range t.specs {
		if s.key == key {
			return json.RawMessage(s.standard)
		}
	}
	return nil
}

// Refresh reads the database and puts what has been set in force. On an error
// of the store the rules stay as they are.
func (t *Tunables) Refresh(ctx context.Context) error {
	t.reading.Lock()
	defer t.reading.Unlock()
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	stored, err := t.o.Store.Settings(ctx)
	if err != nil {
		return err
	}
	t.now.Store(t.build(stored, t.pass))
	return nil
}
