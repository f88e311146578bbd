package actors

import (
	"math"
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/swiperhq/swiper/social"
)

// smallSet is up to how many ids a sorted slice holds them: 4 bytes each,
// where a roaring bitmap of few scattered ids takes 7 to 30 (see the
// benchmarks).
const smallSet = 4096

// idSet is a set of user ids. Ids are dense and start at 1, so the small form
// holds 32 bits of them; greater ones, or many, move it to a bitmap.
type idSet struct {
	small []uint32 // ascending; unused once big is there
	big   *roaring64.Bitmap
}

// newIDSet takes ids ascending, each once.
func newIDSet(ids []social.UserID) *idSet {
	s := &idSet{}
	if n := len(ids); n > smallSet || (n > 0 && ids[n-1] > math.MaxUint32) {
		s.big = roaring64.New()
		part := make([]uint64, 0, min(n, smallSet))
		for chunk := range slices.Chunk(ids, smallSet) {
			part = part[:0]
			for _, id := range chunk {
				part = append(part, uint64(id)) //nolint:gosec // ids are positive
			}
			s.big.AddMany(part)
		}
		s.big.RunOptimize()
		return s
	}
	s.small = make([]uint32, len(ids))
	for i, id := range ids {
		s.small[i] = uint32(id) //nolint:gosec // bounded above
	}
	return s
}

func (s *idSet) has(id social.UserID) bool {
	if s.big != nil {
		return s.big.Contains(uint64(id)) //nolint:gosec // ids are positive
	}
	if id > math.MaxUint32 {
		return false
	}
	_, ok := slices.BinarySearch(s.small, uint32(id)) //nolint:gosec // bounded above
	return ok
}

func (s *idSet) add(id social.UserID) {
	if s.big == nil && (len(s.small) >= smallSet || id > math.MaxUint32) {
		s.big = roaring64.New()
		for _, x := range s.small {
			s.big.Add(uint64(x))
		}
		s.small = nil
	}
	if s.big != nil {
		s.big.Add(uint64(id)) //nolint:gosec // ids are positive
		return
	}
	x := uint32(id) //nolint:gosec // bounded above
	if i, ok := slices.BinarySearch(s.small, x); !ok {
		s.small = slices.Insert(s.small, i, x)
	}
}

func (s *idSet) remove(id social.UserID) {
	if s.big != nil {
		s.big.Remove(uint64(id)) //nolint:gosec // ids are positive
		return
	}
	if id > math.MaxUint32 {
		return
	}
	if i, ok := slices.BinarySearch(s.small, uint32(id)); ok { //nolint:gosec // bounded above
		s.small = slices.Delete(s.small, i, i+1)
	}
}

func (s *idSet) len() int64 {
	if s.big != nil {
		return int64(s.big.GetCardinality()) //nolint:gosec // a count
	}
	return int64(len(s.small))
}

// bytes gives about how much memory the ids take.
func (s *idSet) bytes() int64 {
	if s.big != nil {
		return int64(s.big.GetSizeInBytes()) //nolint:gosec // a size
	}
	return int64(4 * cap(s.small))
}
