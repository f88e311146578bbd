package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/swiperhq/swiper/social"
)

// retryAfter is what clients are told when the database cannot serve.
const retryAfter = time.Second

// translate is the one table from what the driver says to social.Error. What
// is one already, and nil, pass through.
func translate(ctx context.Context, err error) error {
	var known *social.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if ctx.Err() != nil {
		return &social.Error{Code: social.CodeTimeout, Message: "The database did not answer in time.", Cause: err}
	}
	code, message := classify(err)
	out := &social.Error{Code: code, Message: message, Cause: err}
	if code == social.CodeUnavailable {
		out.RetryAfter = retryAfter
	}
	return out
}

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
