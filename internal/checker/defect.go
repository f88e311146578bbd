package checker

// defect is a way in which a system may be broken. Under a defect the model
// allows what a system with it may do, besides what is right.
type defect uint8

const (
	noDefect defect = iota
	// forgetfulDeck: what was dealt proves nothing.
	forgetfulDeck
	// staleAnswers: who repeated a swipe may have been told anything about the
	// friendship, and a repetition outside of the probes anything at all.
	staleAnswers
	// keptSwipe: a rewind may leave the swipe, with or without the friendship.
	keptSwipe
	// resurrection: where a mark is ended, a like or friendship may come back.
	resurrection
	// droppedMatch: a friendship may not be made, or vanish.
	droppedMatch
	// strayMatch: a friendship may be made without likes, or stay without them.
	strayMatch
	// keptMatch: a rewind may leave the friendship; who then likes anew may have been
	// told of it or not, as none is made.
	keptMatch
	// droppedSwipe: a mark may vanish, and the friendship with it.
	droppedSwipe
	// staleRepeats: a repetition may have been told anything at all. It explains
	// what many others do, so it is held against a pair only if no other does.
	staleRepeats
)

// suspect is a defect with the anomaly that it explains.
type suspect struct {
	defect defect
	kind   AnomalyKind
}

// suspects are the defects that are held against a pair without an order, those
// that need more to have happened first.
func suspects() []suspect {
	return []suspect{
		{forgetfulDeck, DealtAgain},
		{resurrection, ResurrectedLike},
		{staleAnswers, StaleAnswer},
		{strayMatch, PhantomMatch},
		{keptMatch, PhantomMatch},
		{droppedMatch, LostMatch},
		{keptSwipe, RewindLeftSwipe},
		{droppedSwipe, LostSwipe},
	}
}

// decay adds to set what a system with defect d may make of it by itself.
func (set standing) decay(d defect) standing {
	switch d { //nolint:exhaustive // the other defects show in operations only
	case droppedMatch:
		return set | set.each(func(s state) standing {
			s.friends = false
			return s.alone()
		})
	case strayMatch:
		return set | set.each(func(s state) standing {
			s.friends = s.friends || !s.anyEnded()
			return s.alone()
		})
	case resurrection:
		return set | set.each(resurrect)
	case droppedSwipe:
		return set | set.each(dropSwipes)
	}
	return set
}

func resurrect(s state) standing {
	out := s.alone()
	if !s.anyEnded() {
		return out
	}
	for _, low := range revived(s.mark[0]) {
		for _, high := range revived(s.mark[1]) {
			out |= state{[2]mark{low, high}, true}.alone() | state{[2]mark{low, high}, s.friends}.alone()
		}
	}
	return out
}

func revived(m mark) []mark {
	if m == ended {
		return []mark{ended, like, superlike}
	}
	return []mark{m}
}

func dropSwipes(s state) standing {
	var out standing
	for _, low := range []mark{s.mark[0], noMark} {
		for _, high := range []mark{s.mark[1], noMark} {
			after := state{mark: [2]mark{low, high}}
			after.friends = s.friends && after.bothLike()
			out |= after.alone()
		}
	}
	return out
}
