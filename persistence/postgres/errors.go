package postgres

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"

	"github.com/swiperhq/swiper/persistence/sqlstore"
	"github.com/swiperhq/swiper/social"
)

// SQLSTATEs that are told apart by the whole code.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	lockNotAvailable     = "55P03"
)

func translate(ctx context.Context, err error) error { return sqlstore.Translate(ctx, err, classify) }

// classify is the one table from what the driver says to social.Error.
func classify(err error) (social.Code, string) {
	if away(err) {
		return social.CodeUnavailable, "The database cannot be reached right now."
	}
	state := sqlState(err)
	switch class(state) {
	case "22", "23": // data exception, integrity constraint violation
		return social.CodeInvalidRequest, "The database refuses these values."
	case "08", "25", "53", "57", "58":
		// Connection, transaction state (idle for too long, a server turned
		// read-only), resources, operator intervention, system.
		return social.CodeUnavailable, "The database cannot serve right now."
	}
	switch state {
	case serializationFailure, deadlockDetected, lockNotAvailable:
		return social.CodeUnavailable, "The database is too busy right now."
	}
	return social.CodeInternal, "Something went wrong on our side."
}

// away tells that there was no conversation with the server, or that it broke.
func away(err error) bool {
	var connecting *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connecting) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, puddle.ErrClosedPool)
}

// sqlState gives the SQLSTATE inside err, "" if the server said nothing.
func sqlState(err error) string {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code
	}
	return ""
}

func class(state string) string { return state[:min(2, len(state))] }

// worthRetrying tells that the very same transaction may succeed at once.
func worthRetrying(err error) bool {
	switch sqlState(err) {
	case serializationFailure, deadlockDetected, lockNotAvailable:
		return true
	}
	return false
}

// refusesValues tells that the server takes no such values (SQLSTATE 22, 23).
func refusesValues(err error) bool {
	c := class(sqlState(err))
	return c == "22" || c == "23"
}
