package accounts

import (
	"crypto/sha256"
	"sync"
	"time"
)

// maxVerified bounds the tokens remembered, some 130 bytes each: twice as many
// stay at most.
const maxVerified = 100_000

// verified remembers by their digests the tokens that were found good, since
// people send the same one for its whole life. A token that is not remembered
// is verified again.
type verified struct {
	shards [32]verifiedShard
}

// verifiedShard drops what was not asked for lately by keeping two generations:
// when the young one is full, it becomes the old one.
type verifiedShard struct {
	mu         sync.Mutex
	young, old map[digest]good
}

type digest [sha256.Size]byte

type good struct {
	Pass
	expires time.Time
}

func digestOf(token string) digest { return sha256.Sum256([]byte(token)) }

func (v *verified) shard(d digest) *verifiedShard { return &v.shards[int(d[0])%len(v.shards)] }

// get gives what a token says; ok is false if it is not remembered, or has expired.
func (v *verified) get(d digest, now time.Time) (p Pass, ok bool) {
	s := v.shard(d)
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.young[d]
	if !ok {
		if g, ok = s.old[d]; ok {
			s.put(d, g)
		}
	}
	return g.Pass, ok && now.Before(g.expires)
}

func (v *verified) put(d digest, g good) {
	s := v.shard(d)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(d, g)
}

func (s *verifiedShard) put(d digest, g good) {
	if s.young == nil || len(s.young) >= maxVerified/len(verified{}.shards) {
		s.old, s.young = s.young, map[digest]good{}
	}
	s.young[d] = g
}
