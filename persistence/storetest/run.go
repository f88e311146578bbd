package storetest

import (
	"slices"
	"testing"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Database is a fresh database, migrated up, that belongs to one case.
type Database struct {
	// A and B are stores with pools of their own. They are the same store where
	// an engine serves one process only.
	A, B persistence.Store
	// Shortened lets the stores compete a tenth as often.
	Shortened bool
	// Delete marks a user as deleted, past the stores.
	Delete func(t *testing.T, id social.UserID)
	// Dump gives every row of every table of ours, as "table: {column: value, …}" in JSON.
	Dump func(t *testing.T) []string
}

// Factory makes a Database and closes with t.Cleanup what it opened.
type Factory func(t *testing.T) Database

// testCase is one promise of the contracts.
type testCase struct {
	name string
	run  func(t *testing.T, db Database)
}

// Run runs every case against databases from fresh.
func Run(t *testing.T, fresh Factory) {
	t.Helper()
	run(t, fresh, slices.Concat(
		swipeCases(), batchCases(), rewindCases(), quotaCases(), friendCases(), likeCases(), deckCases(), userCases(),
		accountCases(), sessionCases(), idempotencyCases(), settingCases(), eventCases(), deletedCases(), departureCases(), failureCases(),
		taskCases(), uploadCases(), photoCases(), videoCases(), exportCases(), operatorCases(), hotCases(), activityCases(), migrationCases(), modelCases(), raceCases()))
}

// RunRaces runs only the cases in which stores compete, for databases whose
// server is set up in an unusual way.
func RunRaces(t *testing.T, fresh Factory) {
	t.Helper()
	run(t, fresh, raceCases())
}

func run(t *testing.T, fresh Factory, cases []testCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, fresh(t))
		})
	}
}
