package accounts

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/swiperhq/swiper/social"
)

// maxVerified bounds the tokens remembered, some 100 bytes each: twice as many
// stay at most. An active user's actor takes forty times that.
const maxVerified = 1_000_000

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

// digest stands for a token: 128 bits of its SHA-256. To find a token for a digest
// that is remembered is to break as many of them.
type digest [16]byte

// good is what a token says, without pointers: the collector passes by a million
// of them.
type good struct {
	uid     social.UserID
	expires int64              // Unix seconds, as in the token
	session [randomLength]byte // zero: none
}

func goodOf(p Pass) good {
	g := good{uid: p.UID, expires: p.ExpiresAt.Unix()}
	copy(g.session[:], p.Session)
	return g
}

func (g *good) pass() Pass {
	p := Pass{UID: g.uid, ExpiresAt: time.Unix(g.expires, 0)}
	if g.session[0] != 0 {
		p.Session = string(g.session[:])
	}
	return p
}

func digestOf(token string) digest {
	sum := sha256.Sum256([]byte(token))
	return digest(sum[:len(digest{})])
}

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
	if !ok || now.Unix() >= g.expires {
		return Pass{}, false
	}
	return g.pass(), true
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
