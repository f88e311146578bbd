package postgres

import (
	"context"
	"hash/fnv"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/swiperhq/swiper/internal/sabotage"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/sqlstore"
	"github.com/swiperhq/swiper/social"
)

// The second key of an advisory lock: a pair slot, 0 to social.Slots-1,
// migrationLock, or what lockOf gives.
const (
	migrationLock = -1
	firstKeyLock  = 1 << 30
)

// lockKeySQL takes one lock, held until the transaction ends.
const lockKeySQL = `SELECT pg_advisory_xact_lock($1, $2)`

// lockOf gives the lock of a key. Frozen like namespaceOf.
func lockOf(key []byte) int32 {
	h := fnv.New32a()
	_, _ = h.Write(key)
	return firstKeyLock | int32(h.Sum32()&(firstKeyLock-1))
}

// lockSQL takes locks in the order of the array, held until the transaction
// ends. It must be a statement of its own: the ones behind it need a snapshot
// taken after the wait.
const lockSQL = `SELECT pg_advisory_xact_lock($1, slot) FROM unnest($2::int[]) AS slot`

// lockSlots queues the locks of the slots, which must be ascending.
func (s *Store) lockSlots(b *pgx.Batch, slots []int32) { b.Queue(lockSQL, s.namespace, slots) }

// lockPair queues the lock of one pair.
func (s *Store) lockPair(b *pgx.Batch, p social.Pair) { s.lockSlots(b, []int32{int32(p.Slot())}) }

// slotsOf gives the distinct slots of the records, ascending.
func slotsOf(recs []*persistence.Record) []int32 {
	var set uint64 // one bit per slot
	for _, r := range recs {
		set |= 1 << social.PairOf(r.UID, r.SID).Slot()
	}
	out := make([]int32, 0, min(len(recs), social.Slots))
	for slot := range int32(social.Slots) {
		if set&(1<<slot) != 0 {
			out = append(out, slot)
		}
	}
	return slices.Clip(out)
}

// send runs the statements of b as one round trip and one transaction, which
// fails by the server's clock, too, when the deadline of ctx has passed, and once
// more if the server gave up on it for the sake of another transaction. What
// the statements' callbacks wrote is valid only without error.
func (s *Store) send(ctx context.Context, build func(*pgx.Batch)) error {
	attempt := func() error {
		var b pgx.Batch
		build(&b)
		s.queueInTime(ctx, &b)
		if sabotage.On(sabotage.CommitLater) {
			return s.sendAhead(ctx, &b)
		}
		return s.pool.SendBatch(ctx, &b).Close()
	}
	err := attempt()
	if sqlState(err) == divisionByZero && ctx.Err() == nil { // it is late, or its clock was changed
		if err := s.lookAtClock(ctx); err != nil {
			return err
		}
		err = attempt()
	}
	if worthRetrying(err) {
		err = attempt()
	}
	if sqlState(err) == divisionByZero {
		return sqlstore.Late(context.DeadlineExceeded) // which ctx may not know yet
	}
	return err
}
