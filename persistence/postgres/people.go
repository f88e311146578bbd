package postgres

import (
	"context"
	"sync"
	"time"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	// peopleBlock is how many ids are read at a time: ids are dense.
	peopleBlock = 4096
	// maxBlocks is how many blocks one batch waits for; others come with later batches.
	maxBlocks = 2
	// blockAge is how old a block is before it is read again for the sake of an
	// id it did not have: people come in all the time.
	blockAge = time.Second
)

// departedSQL is the version of the table departed.
const departedSQL = `(SELECT coalesce(max(d.version), 0) FROM departed d)`

// people remembers who exists, so that a batch need not look up both sides of
// every swipe. It is no authority: what relies on it compares its version with
// the table's in its own transaction, and whoever it does not know is looked up.
type people struct {
	mu      sync.RWMutex
	known   *roaring64.Bitmap
	version int64
	read    map[int64]time.Time // blocks, and when
}

func newPeople() *people { return &people{known: roaring64.New(), read: map[int64]time.Time{}} }

func blockOf(id social.UserID) int64 { return int64(id) / peopleBlock }

// sort tells of each record whether it is plain: without key and meter, between
// people who are known to exist as of version. strange are blocks that would
// tell of others.
func (p *people) sort(recs []*persistence.Record, now time.Time) (plain []bool, version int64, strange []int64) {
	plain = make([]bool, len(recs))
	p.mu.RLock()
	defer p.mu.RUnlock()
	for i, r := range recs {
		if r.Meter != nil || !r.Key.None() {
			continue
		}
		plain[i] = true
		for _, id := range [2]social.UserID{r.UID, r.SID} {
			if p.known.Contains(uint64(id)) { //nolint:gosec // ids are positive
				continue
			}
			plain[i] = false
			if at, read := p.read[blockOf(id)]; len(strange) < maxBlocks && (!read || now.Sub(at) > blockAge) {
				strange = append(strange, blockOf(id))
			}
		}
	}
	return plain, p.version, strange
}

// learn reads blocks. One read after a departure that p has not heard of is
// left for later, when it has.
func (p *people) learn(ctx context.Context, from querier, blocks []int64, now time.Time) error {
	for _, block := range blocks {
		var version int64
		var ids []int64
		err := from.QueryRow(ctx, `SELECT `+departedSQL+`, coalesce(array_agg(u.id), '{}') FROM users u
			WHERE u.id >= $1 AND u.id < $2 AND u.deleted_at IS NULL`, block*peopleBlock, (block+1)*peopleBlock).Scan(&version, &ids)
		if err != nil {
			return err
		}
		if !p.add(block, version, ids, now) {
			return p.refresh(ctx, from)
		}
	}
	return nil
}

func (p *people) add(block, version int64, ids []int64, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.read) == 0 {
		p.version = max(p.version, version)
	}
	if p.version != version {
		return false
	}
	if len(ids) > 0 { // whoever makes up ids fills no memory
		p.read[block] = now
	}
	for _, id := range ids {
		p.known.Add(uint64(id)) //nolint:gosec // ids are positive
	}
	return true
}

// refresh forgets who has departed since.
func (p *people) refresh(ctx context.Context, from querier) error {
	p.mu.RLock()
	since := p.version
	p.mu.RUnlock()
	var version int64
	var gone []int64
	err := from.QueryRow(ctx, `SELECT coalesce(max(version), $1), coalesce(array_agg(uid), '{}') FROM departed
		WHERE version > $1`, since).Scan(&version, &gone)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, uid := range gone {
		p.known.Remove(uint64(uid)) //nolint:gosec // ids are positive
	}
	p.version = max(p.version, version)
	return nil
}
