package accounts

import "context"

// NewCode draws a code.
func NewCode() string { return newCode() }

// AddressKey gives what counts as one address.
var AddressKey = addressKey

// Bounds of what is remembered and how long.
const (
	AccessLife  = accessLife
	SessionLife = sessionLife
	CodeLife    = codeLife
	FreshFor    = freshFor
	TrustFor    = trustFor
	GoneAfter   = goneAfter
	InboxSize   = inboxSize
	MaxPending  = maxPending
)

// Beat tells what is to be told.
func (s *Service) Beat(ctx context.Context) { s.pulse.beat(ctx) }

// Ended tells that sessions have ended.
func (s *Service) Ended(ids ...string) { s.ended(ids...) }
