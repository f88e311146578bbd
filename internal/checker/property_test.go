package checker_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/swiperhq/swiper/internal/checker"
)

// TestSoundRunsAreClean: whatever happens at the same time and whichever
// answers are lost, a system that keeps the rules is never blamed, not even by a
// judge who does not know how it began.
func TestSoundRunsAreClean(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		run, _ := simulate(rapid.Uint64().Draw(t, "seed"), rapid.IntRange(5, 250).Draw(t, "actions"), sound)
		run.Meta.Fresh = rapid.Bool().Draw(t, "fresh")
		v := checker.Judge(run, checker.JudgeOptions{Workers: 1})
		require.Empty(t, v.Examples)
	})
}

// TestFlawsAreFound: each flaw that shows between users whose answers are all
// known is found by its name. What happens at the same moment may excuse it now
// and then; what follows from it may be found besides. How often it is found is
// asked, so the runs are the same each time.
func TestFlawsAreFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		flaw    flaw
		kind    checker.AnomalyKind
		besides []checker.AnomalyKind
	}{
		{matchNotMade, checker.LostMatch, []checker.AnomalyKind{checker.PhantomMatch}}, // which 2 of 1,126 runs allow, too
		{matchDropped, checker.LostMatch, []checker.AnomalyKind{checker.PhantomMatch, checker.DoubledEvent}},
		{matchKept, checker.PhantomMatch, []checker.AnomalyKind{checker.RewindLeftSwipe, checker.LostMatch, checker.DoubledEvent, checker.Inconsistent}},
		{flaw: swipeKept, kind: checker.RewindLeftSwipe},
		{flaw: refusedMatches, kind: checker.PhantomMatch},
		{swipeLost, checker.LostSwipe, []checker.AnomalyKind{checker.WrongRewind}},
		{unfriendUndone, checker.ResurrectedLike, []checker.AnomalyKind{checker.Inconsistent}},
		{flaw: staleRepeat, kind: checker.StaleAnswer},
		{flaw: quotaIgnored, kind: checker.QuotaOverrun},
		{quotaUncounted, checker.QuotaMismatch, []checker.AnomalyKind{checker.QuotaOverrun}},
		{flaw: quotaRefusesSoon, kind: checker.QuotaMismatch},
		{flaw: deckForgets, kind: checker.DealtAgain},
		{flaw: listOneSided, kind: checker.OneSidedMatch},
		{flaw: listDoubled, kind: checker.DoubledMatch},
		{flaw: eventLost, kind: checker.LostEvent},
		{flaw: eventDoubled, kind: checker.DoubledEvent},
		{flaw: eventInvented, kind: checker.PhantomEvent},
		{flaw: rewindsOlder, kind: checker.WrongRewind},
		{flaw: keyForgotten, kind: checker.StaleAnswer},
		{likeUnlisted, checker.Inconsistent, []checker.AnomalyKind{checker.StaleAnswer, checker.LostMatch, checker.LostSwipe}},
	} {
		t.Run(string(c.flaw), func(t *testing.T) {
			t.Parallel()
			shown, named := 0, 0
			allowed := append(c.besides, c.kind)
			for seed := range uint64(100) {
				run, fired := simulate(seed, 20+int(seed*67%231), c.flaw)
				v := checker.Judge(run, checker.JudgeOptions{Workers: 1})
				if fired == 0 {
					require.Empty(t, v.Examples, "seed %d", seed)
					continue
				}
				shown++
				if v.Anomalies[c.kind] > 0 {
					named++
				}
				for _, kind := range slices.Sorted(maps.Keys(v.Anomalies)) {
					require.Contains(t, allowed, kind, "seed %d: %v", seed, v.Examples)
				}
			}
			require.NotZero(t, shown)
			// The least often named is named in 86 of 100 of 3,000 runs.
			require.GreaterOrEqual(t, named*4, shown*3, "named in %d of %d runs in which it showed", named, shown)
		})
	}
}
