package storetest

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func idempotencyCases() []testCase {
	return []testCase{
		{"idempotency/a replay gives the stored answer", replaySwipe},
		{"idempotency/a replay after a rewind changes nothing", replayAfterRewind},
		{"idempotency/another request with the key is refused", mismatch},
		{"idempotency/what was refused is decided anew", refusedThenRetried},
		{"idempotency/keys belong to one user", keysOfUsers},
		{"idempotency/a repeat under a new key is kept too", repeatIsKept},
		{"idempotency/repeats in one batch", keysInBatch},
		{"idempotency/a key of another request in one batch", mismatchInBatch},
		{"idempotency/both sides of a pair in one batch", keyedBothDirections},
		{"idempotency/replays are not charged", replayNotCharged},
		{"idempotency/poison fails alone and leaves no key", keyedPoison},
		{"idempotency/a large batch of keys", largeKeyedBatch},
		{"idempotency/keys are forgotten after a day", keysExpire},
		{"idempotency/a rewind is replayed", replayRewind},
		{"idempotency/a rewind that was refused is decided anew", rewindRefusedThenRetried},
		{"idempotency/a key of a swipe is none of a rewind", rewindMismatch},
		{"idempotency/keys that no store takes", badKeys},
		{"idempotency/old keys are pruned", pruneIdempotency},
	}
}

// keyOf makes a key with the digest of what it stands for.
func keyOf(key string, request ...any) persistence.IdempotencyKey {
	digest := sha256.Sum256(fmt.Append(nil, request...))
	return persistence.IdempotencyKey{Key: key, Digest: digest[:]}
}

// keyed gives rec a key that stands for it.
func keyed(rec persistence.Record, key string) persistence.Record {
	rec.Key = keyOf(key, "swipe", rec.SID, rec.Mark)
	return rec
}

// replayed is an answer as it is given again.
func replayed(r social.SwipeResult) social.SwipeResult {
	r.Replayed = true
	return r
}

// keyedRewind is rewindOf with a key.
func keyedRewind(uid social.UserID, limit social.Limit, at time.Time, key string) persistence.RewindRequest {
	req := rewindOf(uid, limit, at)
	req.Key = keyOf(key, "rewind")
	return req
}

func replaySwipe(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 3)
	first := accept(t, db.A, keyed(like(1, 2), "k"))
	require.Equal(t, social.SwipeResult{SID: 2, Mark: social.MarkLike}, first)
	accept(t, db.A, like(2, 1))
	for _, s := range []persistence.Store{db.A, db.B} {
		require.Equal(t, replayed(first), accept(t, s, keyed(like(1, 2), "k")), "as it was answered then, not as it stands now")
	}
	require.Equal(t, social.SwipeResult{SID: 2, Mark: social.MarkLike, Matched: true, Repeated: true}, accept(t, db.B, like(1, 2)))

	accept(t, db.A, like(3, 1))
	first = accept(t, db.A, keyed(swipe(1, 3, social.MarkSuperlike), " ~ other key"))
	require.True(t, first.Matched)
	require.NoError(t, db.A.Unfriend(t.Context(), 3, 1, noon))
	require.Equal(t, replayed(first), accept(t, db.B, keyed(swipe(1, 3, social.MarkSuperlike), " ~ other key")))
	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Equal(t, 1, w.friendships())
}

func replayAfterRewind(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 3)
	accept(t, db.A, like(2, 1))
	first := accept(t, db.A, keyed(like(1, 2), "k"))
	require.True(t, first.Matched)
	_, err := db.A.Rewind(t.Context(), rewindOf(1, 3, noon))
	require.NoError(t, err)
	require.Equal(t, replayed(first), accept(t, db.B, keyed(like(1, 2), "k")))
	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Equal(t, map[direction]social.Mark{{2, 1}: social.MarkLike}, w.marks, "a late retry resurrects nothing")
	require.Zero(t, w.friendships())

	// In one batch with a new swipe of the same direction it speaks for itself only.
	answers := record(t, db.A, keyed(like(1, 2), "k"), swipe(1, 2, social.MarkDislike), keyed(like(1, 2), "k"))
	require.Equal(t, replayed(first), answers[0].SwipeResult)
	require.NoError(t, answers[1].Err)
	require.Equal(t, social.SwipeResult{SID: 2, Mark: social.MarkDislike}, answers[1].SwipeResult)
	require.Equal(t, replayed(first), answers[2].SwipeResult)
	require.Equal(t, social.MarkDislike, look(t, db.B, everyone).marks[direction{1, 2}])

	_, err = db.A.Rewind(t.Context(), rewindOf(1, 3, noon))
	require.NoError(t, err)
	require.True(t, accept(t, db.A, keyed(like(1, 2), "a new key")).Matched, "a new swipe, no replay")
}

func mismatch(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 3)
	accept(t, db.A, keyed(like(1, 2), "k"))
	refuse(t, db.B, social.CodeIdempotencyMismatch, keyed(like(1, 3), "k"))
	refuse(t, db.A, social.CodeIdempotencyMismatch, keyed(swipe(1, 2, social.MarkDislike), "k"))
	bad := keyed(like(1, 2), "k")
	bad.Key.Digest = bad.Key.Digest[1:]
	refuse(t, db.A, social.CodeIdempotencyMismatch, bad)
	require.Len(t, look(t, db.A, everyone).marks, 1)
	require.True(t, accept(t, db.A, keyed(like(1, 2), "k")).Replayed)
}

func refusedThenRetried(t *testing.T, db Database) {
	people(t, db.A, 1, 4)
	accept(t, db.A, swipe(1, 2, social.MarkDislike))
	for range 2 {
		refuse(t, db.A, social.CodeAlreadySwiped, keyed(like(1, 2), "swiped"))
		refuse(t, db.B, social.CodeUserNotFound, keyed(like(1, 99), "unknown"))
		refuse(t, db.A, social.CodeUnauthenticated, keyed(like(99, 1), "nobody"))
		rec := metered(limits(0), 1, 3, social.MarkLike, noon)
		refuse(t, db.B, social.CodeLikeQuotaExceeded, keyed(rec, "quota"))
	}
	require.Zero(t, prunedKeys(t, db.A), "a refusal leaves nothing")
	_, err := db.A.Rewind(t.Context(), rewindOf(1, 3, noon))
	require.NoError(t, err)
	people(t, db.A, 99, 1)
	for uid, rec := range map[string]persistence.Record{
		"swiped": like(1, 2), "unknown": like(1, 99), "nobody": like(99, 1), "quota": metered(limits(1), 1, 3, social.MarkLike, noon),
	} {
		got := accept(t, db.B, keyed(rec, uid))
		require.False(t, got.Replayed)
		require.False(t, got.Repeated)
		require.Equal(t, replayed(got), accept(t, db.A, keyed(rec, uid)))
	}
	// The key of a refusal is free for another request.
	refuse(t, db.A, social.CodeAlreadySwiped, keyed(swipe(1, 2, social.MarkDislike), "free"))
	accept(t, db.B, keyed(like(1, 4), "free"))
}

// prunedKeys prunes every key and tells how many there were.
func prunedKeys(t *testing.T, s persistence.Store) int {
	t.Helper()
	n, err := s.PruneIdempotency(t.Context(), noon.Add(1000*time.Hour), everything)
	require.NoError(t, err)
	return n
}

func keysOfUsers(t *testing.T, db Database) {
	people(t, db.A, 1, 3)
	require.False(t, accept(t, db.A, keyed(like(1, 3), "k")).Replayed)
	require.False(t, accept(t, db.B, keyed(like(2, 3), "k")).Replayed)
	require.False(t, accept(t, db.A, keyed(like(3, 2), "k")).Replayed)
	for i, answer := range record(t, db.A, keyed(like(1, 3), "k"), keyed(like(3, 2), "k"), keyed(like(2, 3), "k")) {
		require.NoError(t, answer.Err)
		require.True(t, answer.Replayed)
		require.Equal(t, i == 1, answer.Matched, "record %d", i)
	}
	require.False(t, accept(t, db.A, keyed(like(1, 2), "K")).Replayed, "case counts")
}

func repeatIsKept(t *testing.T, db Database) {
	people(t, db.A, 1, 2)
	accept(t, db.A, like(1, 2))
	repeated := social.SwipeResult{SID: 2, Mark: social.MarkLike, Repeated: true}
	require.Equal(t, repeated, accept(t, db.A, keyed(like(1, 2), "k")))
	_, err := db.A.Rewind(t.Context(), rewindOf(1, 3, noon))
	require.NoError(t, err)
	require.Equal(t, replayed(repeated), accept(t, db.B, keyed(like(1, 2), "k")))
	swiped, err := db.A.SwipedIDs(t.Context(), 1)
	require.NoError(t, err)
	require.Empty(t, swiped)
}

func keysInBatch(t *testing.T, db Database) {
	people(t, db.A, 1, 5)
	stored, repeated := social.SwipeResult{SID: 2, Mark: social.MarkLike}, social.SwipeResult{SID: 2, Mark: social.MarkLike, Repeated: true}
	answers := record(t, db.A,
		keyed(like(1, 2), "a"),
		keyed(like(1, 2), "a"),
		like(1, 2),
		keyed(like(1, 2), "b"),
		keyed(like(1, 2), "b"),
		keyed(swipe(1, 2, social.MarkDislike), "c"),
		keyed(like(1, 3), "d"),
		like(1, 4),
		keyed(like(1, 4), "e"))
	for i, want := range []social.SwipeResult{
		stored, replayed(stored), repeated, repeated, replayed(repeated),
		{},
		{SID: 3, Mark: social.MarkLike},
		{SID: 4, Mark: social.MarkLike},
		{SID: 4, Mark: social.MarkLike, Repeated: true},
	} {
		if i == 5 {
			requireCode(t, social.CodeAlreadySwiped, answers[i].Err)
			continue
		}
		require.NoError(t, answers[i].Err, "record %d", i)
		require.Equal(t, want, answers[i].SwipeResult, "record %d", i)
	}
	recent, err := db.B.RecentSwipes(t.Context(), 1, everything)
	require.NoError(t, err)
	require.Equal(t, []social.UserID{4, 3, 2}, ids(recent, func(s social.Swipe) social.UserID { return s.SID }))
}

func mismatchInBatch(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 5)
	answers := record(t, db.A,
		keyed(like(1, 2), "a"),
		keyed(like(1, 3), "a"), // the key stands for another request by then
		like(1, 4),
		keyed(like(1, 99), "b"), // refused: the key stays free
		keyed(like(1, 5), "b"))
	requireCode(t, social.CodeIdempotencyMismatch, answers[1].Err)
	requireCode(t, social.CodeUserNotFound, answers[3].Err)
	for _, i := range []int{0, 2, 4} {
		require.NoError(t, answers[i].Err, "record %d", i)
		require.False(t, answers[i].Replayed)
	}
	w := look(t, db.B, everyone)
	require.Len(t, w.marks, 3)
	require.NotContains(t, w.marks, direction{1, 3})
}

func keyedBothDirections(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 40)
	var batch []persistence.Record
	for a := social.UserID(1); a < 40; a += 2 {
		batch = append(batch, keyed(like(a, a+1), "k"))
	}
	for a := social.UserID(1); a < 40; a += 2 {
		batch = append(batch, keyed(swipe(a+1, a, social.MarkSuperlike), "k"))
	}
	first := record(t, db.A, batch...)
	again := record(t, db.B, batch...)
	for i := range batch {
		require.NoError(t, first[i].Err)
		require.True(t, i < 20 || first[i].Matched, "record %d came after its reverse", i)
		require.Equal(t, replayed(first[i].SwipeResult), again[i].SwipeResult, "record %d", i)
	}
	w := look(t, db.B, everyone)
	w.requireWhole(t)
	require.Equal(t, 20, w.friendships())
}

func replayNotCharged(t *testing.T, db Database) {
	people(t, db.A, 1, 9)
	r := limits(2)
	rec := keyed(metered(r, 1, 2, social.MarkLike, noon), "k")
	first := accept(t, db.A, rec)
	_, err := db.A.Rewind(t.Context(), rewindOf(1, 3, noon))
	require.NoError(t, err)
	for range 3 {
		require.Equal(t, replayed(first), accept(t, db.B, rec))
	}
	for i, answer := range record(t, db.A, rec, keyed(metered(r, 1, 3, social.MarkLike, noon), "l"), rec, metered(r, 1, 4, social.MarkLike, noon)) {
		if i == 3 {
			requireCode(t, social.CodeLikeQuotaExceeded, answer.Err)
			continue
		}
		require.NoError(t, answer.Err)
		require.Equal(t, i != 1, answer.Replayed)
	}
	require.Equal(t, 2, used(t, db.A, 1, social.ActionLike, noon))
	require.Equal(t, replayed(first), accept(t, db.B, rec), "also when nothing is left")
}

func keyedPoison(t *testing.T, db Database) {
	people(t, db.A, 1, 9)
	bad := poison(1, 2)
	var batch []persistence.Record
	for i, rec := range bad {
		batch = append(batch, keyed(rec, "k"), keyed(like(3+social.UserID(i), 2), "k"))
	}
	batch = append(batch, keyed(swipe(99, 2, 0), "k"))
	for i, answer := range record(t, db.A, batch...) {
		if i%2 == 1 {
			require.NoError(t, answer.Err, "record %d", i)
		} else {
			require.Error(t, answer.Err, "record %d", i)
		}
	}
	require.False(t, accept(t, db.A, keyed(like(1, 2), "k")).Replayed, "the key is free")
	require.Equal(t, len(bad)+1, prunedKeys(t, db.B))
}

func largeKeyedBatch(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 60)
	r := limits(everything)
	var batch []persistence.Record
	for _, a := range everyone {
		for _, b := range everyone {
			if a != b {
				rec := metered(r, a, b, social.MarkLike, noon)
				if b%3 > 0 {
					rec.Meter = nil
				}
				if b%5 > 0 {
					rec = keyed(rec, fmt.Sprint(b))
				}
				batch = append(batch, rec)
			}
		}
	}
	first, again := record(t, db.A, batch...), record(t, db.B, batch...)
	for i := range batch {
		require.NoError(t, first[i].Err)
		require.NoError(t, again[i].Err)
		require.False(t, first[i].Replayed)
		if !batch[i].Key.None() {
			require.Equal(t, replayed(first[i].SwipeResult), again[i].SwipeResult)
		}
	}
	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Equal(t, 60*59/2, w.friendships())
}

func keysExpire(t *testing.T, db Database) {
	people(t, db.A, 1, 4)
	accept(t, db.A, keyed(like(1, 2), "k"))
	req := keyedRewind(1, 5, noon, "r")
	_, err := db.A.Rewind(t.Context(), req)
	require.NoError(t, err)

	last := noon.Add(persistence.KeyLife - time.Microsecond)
	require.True(t, accept(t, db.B, keyed(swipeAt(1, 2, social.MarkLike, last), "k")).Replayed)
	req.Time = last
	got, err := db.B.Rewind(t.Context(), req)
	require.NoError(t, err)
	require.True(t, got.Replayed)

	over := noon.Add(persistence.KeyLife)
	got3 := accept(t, db.A, keyed(swipeAt(1, 3, social.MarkLike, over), "k")) // also for another request
	require.False(t, got3.Replayed)
	require.True(t, accept(t, db.B, keyed(swipeAt(1, 3, social.MarkLike, over.Add(time.Hour)), "k")).Replayed, "it lives on from then")
	req.Time = over
	got, err = db.A.Rewind(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, social.RewindResult{SID: 3, Mark: social.MarkLike, Used: 2, Limit: 5}, got)

	// A refusal leaves nothing in the place of what was forgotten.
	later := over.Add(persistence.KeyLife)
	refuse(t, db.A, social.CodeUserNotFound, keyed(swipeAt(1, 99, social.MarkLike, later), "k"))
	req.Time = later
	_, err = db.A.Rewind(t.Context(), req)
	requireCode(t, social.CodeNothingToRewind, err)
	require.False(t, accept(t, db.A, keyed(swipeAt(1, 4, social.MarkLike, later), "k")).Replayed)
}

func replayRewind(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 5)
	accept(t, db.A, like(1, 3))
	befriend(t, db.A, 1, 2)
	befriend(t, db.A, 4, 1) // the latest of 1 is its like of 4
	req := keyedRewind(1, 3, noon, "r")
	first, err := db.A.Rewind(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, social.RewindResult{SID: 4, Mark: social.MarkLike, Unmatched: true, Used: 1, Limit: 3}, first)

	first.Replayed = true
	req.Meter.Limit, req.Window = 0, time.Second
	for _, s := range []persistence.Store{db.B, db.A} {
		got, err := s.Rewind(t.Context(), req)
		require.NoError(t, err, "neither limit nor window is asked again")
		require.Equal(t, first, got)
	}
	require.Equal(t, 1, used(t, db.A, 1, social.ActionRewind, noon), "charged once")
	left, err := db.A.SwipedIDs(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, []social.UserID{2, 3}, left)

	for range 2 {
		_, err := db.A.Rewind(t.Context(), rewindOf(1, social.NoLimit, noon))
		require.NoError(t, err)
	}
	got, err := db.B.Rewind(t.Context(), req)
	require.NoError(t, err, "also when nothing is left to rewind")
	require.Equal(t, first, got)

	accept(t, db.A, like(5, 1))
	accept(t, db.A, like(1, 5))
	free := keyedRewind(1, social.NoLimit, noon, "free")
	got, err = db.A.Rewind(t.Context(), free)
	require.NoError(t, err)
	require.Equal(t, social.RewindResult{SID: 5, Mark: social.MarkLike, Unmatched: true, Used: 4, Limit: social.NoLimit}, got)
	again, err := db.B.Rewind(t.Context(), free)
	require.NoError(t, err)
	got.Replayed = true
	require.Equal(t, got, again)
	w := look(t, db.A, everyone)
	w.requireWhole(t)
}

func rewindRefusedThenRetried(t *testing.T, db Database) {
	people(t, db.A, 1, 3)
	req := keyedRewind(1, 0, noon, "r")
	_, err := db.A.Rewind(t.Context(), req)
	requireCode(t, social.CodeNothingToRewind, err)
	accept(t, db.A, like(1, 2))
	_, err = db.B.Rewind(t.Context(), req)
	require.Equal(t, 12*time.Hour, retryAfter(t, social.CodeRewindQuotaExceeded, err))
	require.Zero(t, prunedKeys(t, db.A))
	req.Meter.Limit = 1
	got, err := db.A.Rewind(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, social.RewindResult{SID: 2, Mark: social.MarkLike, Used: 1, Limit: 1}, got)
	require.Equal(t, 1, prunedKeys(t, db.A))
}

func rewindMismatch(t *testing.T, db Database) {
	people(t, db.A, 1, 3)
	accept(t, db.A, keyed(like(1, 2), "k"))
	_, err := db.A.Rewind(t.Context(), keyedRewind(1, 3, noon, "k"))
	requireCode(t, social.CodeIdempotencyMismatch, err)
	require.Zero(t, used(t, db.A, 1, social.ActionRewind, noon))
	_, err = db.A.Rewind(t.Context(), keyedRewind(1, 3, noon, "r"))
	require.NoError(t, err)
	refuse(t, db.B, social.CodeIdempotencyMismatch, keyed(like(1, 3), "r"))
	_, err = db.B.Rewind(t.Context(), keyedRewind(1, 3, noon, "k"))
	requireCode(t, social.CodeIdempotencyMismatch, err)
}

func badKeys(t *testing.T, db Database) {
	people(t, db.A, 1, 3)
	whole := keyed(like(1, 2), strings.Repeat("~", 200))
	accept(t, db.A, whole)
	require.True(t, accept(t, db.A, whole).Replayed, "as long as a key may be")
	accept(t, db.A, like(1, 3))
	for _, key := range []persistence.IdempotencyKey{
		keyOf(strings.Repeat("x", 201)), keyOf("nul \x00"), keyOf("钥匙"), keyOf("bad \xff"), keyOf("line\n"), {Key: "no digest"},
	} {
		rec := like(2, 1)
		rec.Key = key
		answers := record(t, db.A, rec, like(3, 1))
		requireCode(t, social.CodeInvalidRequest, answers[0].Err)
		require.NoError(t, answers[1].Err, "%q fails alone", key.Key)
		refuse(t, db.B, social.CodeInvalidRequest, rec)
		req := rewindOf(1, 3, noon)
		req.Key = key
		_, err := db.A.Rewind(t.Context(), req)
		requireCode(t, social.CodeInvalidRequest, err)
	}
	require.False(t, accept(t, db.A, like(2, 1)).Repeated)
}

func pruneIdempotency(t *testing.T, db Database) {
	people(t, db.A, 1, 20)
	for i := range social.UserID(10) {
		accept(t, db.A, keyed(swipeAt(1, i+2, social.MarkLike, noon.Add(time.Duration(i)*time.Hour)), fmt.Sprint(i)))
	}
	prune := func(limit int) int {
		n, err := db.B.PruneIdempotency(t.Context(), noon.Add(7*time.Hour), limit)
		require.NoError(t, err)
		return n
	}
	require.Equal(t, 4, prune(4))
	late := noon.Add(10 * time.Hour)
	require.False(t, accept(t, db.A, keyed(swipeAt(1, 5, social.MarkLike, late), "3")).Replayed, "the oldest go first")
	require.True(t, accept(t, db.A, keyed(swipeAt(1, 6, social.MarkLike, late), "4")).Replayed)
	require.Equal(t, 3, prune(4))
	require.Zero(t, prune(4))
	for i := social.UserID(7); i < 10; i++ {
		require.True(t, accept(t, db.A, keyed(swipeAt(1, i+2, social.MarkLike, late), fmt.Sprint(i))).Replayed)
	}
}
