// Package sqlstore is the part of a store that is written once: portable SQL
// over the small interface DB, which each engine implements. Engines embed
// Store and write the rest (the swipe batch, the rewind, the unfriending,
// bulk inserts) in their own best way.
//
// The package owns the read paths, settings and profiles, and the way from the
// facts in the tables to the answer for a swipe. It must not know a driver:
// DB gives it translated errors and hides what the dialects do differently.
package sqlstore

// Store is the portable part of persistence.Store.
type Store struct{ db DB }

// New gives the portable part over db.
func New(db DB) *Store { return &Store{db: db} }
