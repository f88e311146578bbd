// Package sqlite is the embedded storage engine: persistence.Store in one file,
// through the pure Go modernc.org/sqlite.
//
// It owns the file, its one writing connection and its reading ones, and the
// swipe batch, the rewind and the unfriending in their best way for a single
// writer: the writer is the lock, so pairs need no slots here. One process owns
// the file; who makes sure of that is the caller. What is portable comes from
// sqlstore. It must not know actors, HTTP or the clock.
package sqlite
