package checker

import "github.com/swiperhq/swiper/social"

// act is one operation, or one finding of a list, as it concerns one pair.
type act struct {
	call, ret int64
	op        int32 // which of the operations it is part of
	kind      actKind
	side      side // who acted or read
	mark      mark // of a swipe or an acknowledged rewind
	said      said
	matched   bool // of a read: what was read
	doubled   bool // of a read: more than once
	repeated  bool
	unmatched bool
	probe     bool
	spare     bool // others can do all that it may have done
}

type actKind uint8

const (
	actSwipe actKind = iota
	actRewind
	actUnfriend
	actSeen  // a read of the friendship
	actTold  // a swipe's answer that the friendship stands
	actLiker // a read whether the other side is listed as liking
	actDealt // the other side was dealt
)

// said is what an answer says.
type said uint8

const (
	saidDone said = iota
	saidNothing
	saidOtherMark  // refused: another mark stands
	saidNoQuota    // refused: a quota is used up, so the swipe would have been new
	saidNotFriends // refused: there is no friendship to end
	saidElse       // refused for a reason that tells nothing about the pair
)

// saidTo gives what an act of kind was told by c.
func saidTo(kind actKind, c social.Code) said {
	switch {
	case c == "":
		return saidDone
	case c == Unknown && kind <= actUnfriend:
		return saidNothing
	case c == social.CodeAlreadySwiped && kind == actSwipe:
		return saidOtherMark
	case (c == social.CodeLikeQuotaExceeded || c == social.CodeSuperlikeQuotaExceeded) && kind == actSwipe:
		return saidNoQuota
	case c == social.CodeNotFriends && kind == actUnfriend:
		return saidNotFriends
	}
	return saidElse
}

// changes tells whether a may have changed what stands.
func (a *act) changes() bool {
	return a.kind <= actUnfriend && (a.said == saidDone || a.said == saidNothing)
}

// step gives what may stand after a, empty if a's answer fits nothing in set.
func step(set standing, a *act, d defect) standing {
	return set.decay(d).each(func(s state) standing { return stepOne(s, a, d) })
}

func stepOne(s state, a *act, d defect) standing {
	switch a.kind {
	case actSwipe:
		return stepSwipe(s, a, d)
	case actRewind:
		return stepRewind(s, a, d)
	case actUnfriend:
		return stepUnfriend(s, a)
	case actSeen, actTold:
		return s.when(a.matched == s.friends)
	case actLiker:
		return s.when(a.matched == (s.mark[a.side] == noMark && s.mark[a.side.other()].likes()))
	case actDealt:
		return s.when(s.mark[a.side] == noMark)
	}
	return 0
}

// when gives s if an answer fits it, else the empty set.
func (s state) when(fits bool) standing {
	if !fits {
		return 0
	}
	return s.alone()
}

func stepSwipe(s state, a *act, d defect) standing {
	stood := s.mark[a.side]
	switch a.said { //nolint:exhaustive // done comes below, the others are told to nobody who swipes
	case saidOtherMark:
		return s.when(stood != noMark && stood != a.mark)
	case saidNoQuota:
		return s.when(stood == noMark)
	case saidNothing:
		return s.alone() | s.swiped(a, d)
	}
	if stood == noMark {
		if a.repeated {
			return 0
		}
		kept := d == keptMatch && s.friends
		out := s.swiped(a, d).each(func(s state) standing { return s.when(a.matched || kept || !s.tells(a, d)) })
		if d == droppedSwipe {
			out |= s.alone() // whatever it was told
		}
		return out
	}
	if d == staleRepeats && stood == a.mark {
		return s.alone()
	}
	return s.when(stood == a.mark && a.repeated && (a.matched || d == staleAnswers || !s.tells(a, d)))
}

// tells tells whether the answer to swipe a must say that the two are friends. Of
// a stray friendship it need not: some look at the friendship, some at the likes.
func (s state) tells(a *act, d defect) bool {
	if (d == strayMatch || d == keptMatch) && !s.bothLike() {
		return false
	}
	return s.friends && a.mark.likes()
}

// swiped gives what stands once a's mark is stored, if none stood before.
func (s state) swiped(a *act, d defect) standing {
	if s.mark[a.side] != noMark {
		return 0
	}
	s.mark[a.side] = a.mark
	out := standing(0)
	if d == droppedMatch {
		out = s.alone()
	}
	s.friends = s.friends || s.bothLike()
	return out | s.alone()
}

func stepRewind(s state, a *act, d defect) standing {
	stood := s.mark[a.side]
	gone := s
	gone.mark[a.side], gone.friends = noMark, false
	if a.said == saidNothing {
		if stood == noMark || stood == ended {
			return s.alone()
		}
		return s.alone() | gone.alone()
	}
	if stood != a.mark || stood == noMark {
		return 0
	}
	out := gone.when(a.unmatched == s.friends)
	switch d { //nolint:exhaustive // the other defects do not touch a rewind
	case keptSwipe:
		kept := s
		kept.friends = false
		out |= s.alone() | kept.alone()
	case strayMatch, keptMatch:
		stray := gone
		stray.friends = s.friends
		out |= stray.alone()
	}
	return out
}

func stepUnfriend(s state, a *act) standing {
	if a.said == saidNotFriends {
		return s.when(!s.friends)
	}
	over := s
	over.friends = false
	if over.mark[a.side] != noMark { // a stray friendship has no mark to end
		over.mark[a.side] = ended
	}
	out := over.when(s.friends)
	if a.said == saidNothing {
		out |= s.alone()
	}
	return out
}
