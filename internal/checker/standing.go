package checker

import (
	"math/bits"

	"github.com/swiperhq/swiper/social"
)

// mark numbers the marks for state: 0 stands for none.
type mark uint8

const (
	noMark mark = iota
	like
	superlike
	dislike
	ended
	marks // how many
)

func markOf(m social.Mark) mark {
	switch m {
	case social.MarkLike:
		return like
	case social.MarkSuperlike:
		return superlike
	case social.MarkDislike:
		return dislike
	case social.MarkEnded:
		return ended
	}
	return noMark
}

func (m mark) likes() bool { return m == like || m == superlike }

// side says who of a pair: the lower id or the higher.
type side uint8

func (s side) other() side { return 1 - s }

// state is what stands between two people. Where all is well, they are friends
// exactly if both marks are likes; only under a defect may the two differ.
type state struct {
	mark    [2]mark
	friends bool
}

func (s state) bothLike() bool { return s.mark[0].likes() && s.mark[1].likes() }
func (s state) anyEnded() bool { return s.mark[0] == ended || s.mark[1] == ended }

// standing is a set of states, a bit for each.
type standing uint64

func (s state) alone() standing {
	n := (uint(s.mark[0])*uint(marks) + uint(s.mark[1])) * 2
	if s.friends {
		n++
	}
	return 1 << n
}

// only gives the state behind the lowest bit of set, which must not be empty.
func (set standing) only() state {
	n := uint8(bits.TrailingZeros64(uint64(set))) //nolint:gosec // below 64
	return state{[2]mark{mark(n / 2 / uint8(marks)), mark(n / 2 % uint8(marks))}, n%2 == 1}
}

// each gives the union of what f makes of every state in set.
func (set standing) each(f func(state) standing) standing {
	var out standing
	for ; set != 0; set &= set - 1 {
		out |= f(set.only())
	}
	return out
}

// nothing stands at the beginning of a fresh run.
func nothing() standing { return state{}.alone() }

// anything may stand at the beginning of another.
func anything() standing {
	var out standing
	for a := range marks {
		for b := range marks {
			s := state{mark: [2]mark{a, b}}
			s.friends = s.bothLike()
			out |= s.alone()
		}
	}
	return out
}
