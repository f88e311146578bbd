package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/swiperhq/swiper/persistence/sqlstore"
	"github.com/swiperhq/swiper/social"
)

func translate(ctx context.Context, err error) error { return sqlstore.Translate(ctx, err, classify) }

// classify is the one table from what the driver says to social.Error.
func classify(err error) (social.Code, string) {
	switch {
	case refusesValues(err):
		return social.CodeInvalidRequest, "The database refuses these values."
	case errors.Is(err, sql.ErrConnDone), errors.Is(err, sql.ErrTxDone):
		return social.CodeUnavailable, "The database cannot serve right now."
	}
	switch resultCode(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return social.CodeUnavailable, "The database is too busy right now."
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM,
		sqlite3.SQLITE_READONLY, sqlite3.SQLITE_INTERRUPT:
		return social.CodeUnavailable, "The database cannot serve right now."
	}
	return social.CodeInternal, "Something went wrong on our side."
}

// refusesValues tells that the database takes no such values.
func refusesValues(err error) bool {
	switch resultCode(err) {
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG:
		return true
	}
	return false
}

// resultCode gives SQLite's primary result code; 0 if the error is none of its.
func resultCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}
