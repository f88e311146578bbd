package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// errUnsafe marks a server that would lose acknowledged commits in a crash.
var errUnsafe = errors.New("acknowledged commits could be lost")

// oldestVersion is the oldest server that the statements are written for, in
// the form of server_version_num.
const oldestVersion = 140000

// sessionSettings are what every connection runs with, whatever the server's,
// database's or role's defaults are. All of our statements are index probes:
// the planner is told so, because with stale statistics it would scan (a plan
// made while a table is empty is kept until the table has been analyzed).
func sessionSettings() map[string]string {
	return map[string]string{
		"default_transaction_isolation":       "read committed", // the slot lock is useless above it
		"default_transaction_read_only":       "off",
		"lock_timeout":                        "2s",
		"idle_in_transaction_session_timeout": "5s",
		"enable_seqscan":                      "off",
		"enable_hashjoin":                     "off",
		"enable_mergejoin":                    "off",
		"plan_cache_mode":                     "force_generic_plan",
		"jit":                                 "off",
		"timezone":                            "UTC",
	}
}

// plannerSettings names those of them that are about our statements only.
func plannerSettings() []string {
	return []string{"enable_seqscan", "enable_hashjoin", "enable_mergejoin", "plan_cache_mode"}
}

// verify asks a connection whether the rules that the transactions rely on are
// in force. Besides other errors it gives errUnsafe unless allowed.
func verify(ctx context.Context, conn *pgx.Conn, allowUnsafe bool) error {
	var isolation, fsync, commit, pages string
	var version int
	err := conn.QueryRow(ctx, `SELECT current_setting('transaction_isolation'), current_setting('fsync'),
		current_setting('synchronous_commit'), current_setting('full_page_writes'),
		current_setting('server_version_num')::int`).Scan(&isolation, &fsync, &commit, &pages, &version)
	if err != nil {
		return translate(ctx, err)
	}
	switch {
	case version < oldestVersion:
		return fmt.Errorf("the server's version is %d, at least %d is needed", version/10000, oldestVersion/10000)
	case isolation != "read committed":
		return fmt.Errorf("transactions run at %q although read committed was asked for", isolation)
	case allowUnsafe:
		return nil
	}
	for _, s := range []struct{ name, value string }{
		{"fsync", fsync}, {"synchronous_commit", commit}, {"full_page_writes", pages},
	} {
		if s.value == "off" {
			return fmt.Errorf("%w: the server runs with %s = off", errUnsafe, s.name)
		}
	}
	return nil
}
