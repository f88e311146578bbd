// Package accounts lets people in: it owns phone numbers and how they are kept,
// the codes that prove them, access tokens, refresh tokens and the sessions
// behind both, and the interface to whoever sends text messages.
//
// A number is stored sealed, and found by a keyed hash. A code is stored as a
// keyed hash with few tries. An access token is checked without asking anybody,
// but for whether its session still stands; that is remembered for a short
// while (session_cache.go) and other nodes' logouts are heard of (pulse.go).
//
// The package knows the store's interfaces and the rules; it knows no HTTP, no
// SQL and no actor. Errors are *social.Error. It logs no number, code or token.
package accounts
