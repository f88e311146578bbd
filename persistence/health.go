package persistence

import "context"

// Health tells whether an engine can serve.
type Health interface {
	// Ping makes a round trip to the engine. CodeUnavailable if that fails.
	Ping(ctx context.Context) error
}
