package world

import (
	"fmt"

	"github.com/swiperhq/swiper/social"
)

const (
	// Each is how many people everyone has swiped at the start.
	Each = 20
	// minUsers keeps the offsets apart that the swipes are made of.
	minUsers = 1000
	// RingParts is in how many parts the offsets of the ring divide the people: more
	// than Each of them and their opposites take, so that these never meet.
	RingParts = 2*Each + 1
)

// World is a ring of people, ids 1 to Users. At the start everyone has swiped
// those who stand Ring(0) to Ring(Each-1) places further on.
type World struct{ Users int64 }

// New gives a world that holds about so many swipes at the start.
func New(swipes int64) (World, error) {
	w := World{swipes / Each}
	if w.Users < minUsers {
		return w, fmt.Errorf("world: %d swipes are too few, at least %d are needed", swipes, minUsers*Each)
	}
	return w, nil
}

// Ring gives the k-th offset of the swipes at the start.
func (w World) Ring(k int64) int64 { return 1 + k*w.step() }

func (w World) step() int64 { return w.Users / RingParts }

// At gives who stands so many places behind uid.
func (w World) At(uid social.UserID, places int64) social.UserID {
	return social.UserID(1 + mod(int64(uid)-1+places, w.Users))
}

// MarkOf gives what uid thinks of sid: 28 of 100 like, 2 superlike, whatever sid
// thinks of uid. The square keeps the two opinions apart; all of it stays below
// 2^53, since a script repeats it in floating point.
func MarkOf(uid, sid social.UserID) social.Mark {
	const prime = 1_000_003
	x := (int64(uid)*48_271 + int64(sid)*69_621) % prime
	switch h := x * x % prime % 100; {
	case h < 2:
		return social.MarkSuperlike
	case h < 30:
		return social.MarkLike
	}
	return social.MarkDislike
}

func mod(a, n int64) int64 { return (a%n + n) % n }
