// Package persistence says what is stored and what each store promises: role
// interfaces whose comments are the contract, and the values that cross them.
//
// The engines implement it: postgres and sqlite, most of it written once in
// sqlstore. redis holds only what may be lost. storetest is the suite that
// every engine passes. The package imports social and nothing else of ours; it
// knows no SQL, no actor and no HTTP.
//
// Errors of every method are *social.Error: the codes that a method names, and
// besides them CodeUnavailable (the store cannot be reached or is overloaded;
// carries RetryAfter), CodeTimeout (the context ended; the outcome of a write
// is unknown) and CodeInternal. Every method heeds its context.
package persistence

// Store is everything one engine offers.
type Store interface {
	Swipes
	Friends
	Quotas
	Users
	Accounts
	Departures
	Sessions
	Decks
	Events
	Settings
	Tasks
	Uploads
	Exports
	Photos
	Operators
	Hot
	Activity
	Pruning
	Health
	// Close waits for running calls and releases the engine. It is called once.
	Close() error
}
