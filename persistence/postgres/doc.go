// Package postgres is the storage engine for production: persistence.Store on
// PostgreSQL through pgx.
//
// It owns the swipe batch, the rewind and the unfriending, each one pipelined
// round trip and one transaction under the advisory locks of its pair slots;
// the settings that every connection must have for these to be right; and the
// table from SQLSTATEs to social.Error. What is portable comes from sqlstore.
// It must not know actors, HTTP or the clock.
//
// Every transaction locks in one order: slots ascending, then quota rows by
// (uid, action), then the rest.
package postgres
