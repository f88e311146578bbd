package persistence

import (
	"context"
	"encoding/json"
	"time"
)

// Setting is a tunable that an operator has set.
type Setting struct {
	Key       string
	Value     json.RawMessage
	Version   int64 // 1 at the first change, then one more each time
	UpdatedAt time.Time
	UpdatedBy string
}

// Settings stores the tunables; keys never set are absent.
type Settings interface {
	// Settings gives all that were set, by key.
	Settings(ctx context.Context) ([]Setting, error)

	// PutSetting sets one, logs who did it when and writes the audit's entry, in one
	// transaction, and gives it as stored with its new version.
	PutSetting(ctx context.Context, key string, value json.RawMessage, by string, at time.Time) (Setting, error)

	// SettingLog gives the changes of key, latest first, at most limit.
	SettingLog(ctx context.Context, key string, limit int) ([]Setting, error)
}

// Signals carries hints between nodes ("settings changed"). A hint may be lost:
// whoever listens also polls.
type Signals interface {
	// Publish hints at topic to every node; payload says what about.
	Publish(ctx context.Context, topic, payload string) error
	// Subscribe calls heard with the payload of each hint until ctx ends,
	// reconnecting as needed, and returns ctx's error. heard must not block.
	Subscribe(ctx context.Context, topic string, heard func(payload string)) error
	// Ping tells whether the hints can be carried now.
	Ping(ctx context.Context) error
	Close() error
}
