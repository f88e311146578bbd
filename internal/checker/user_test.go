package checker_test

import (
	"testing"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

func TestQuotas(t *testing.T) {
	t.Parallel()
	limited := fresh
	limited.Limits = map[social.Action]social.Limit{social.ActionLike: 2, social.ActionRewind: social.NoLimit, social.ActionSuperlike: social.NoLimit}
	two := []checker.Op{liked(1, 2, 0), liked(1, 3, 2)}
	full := refused(liked(1, 4, 9), social.CodeLikeQuotaExceeded)
	tell(t, limited, []story{
		{"kept", after(two, full, repeated(liked(1, 2, 20)), uses(30, social.ActionLike, 2)), nil},
		{"overrun", after(two, liked(1, 4, 9)), is(checker.QuotaOverrun)},
		{"overrun by the counter alone", after(two, uses(30, social.ActionLike, 3)), is(checker.QuotaOverrun)},
		{"too little counted", after(two, uses(30, social.ActionLike, 1)), is(checker.QuotaMismatch)},
		{"too much counted", []checker.Op{liked(1, 2, 0), uses(30, social.ActionLike, 2)}, is(checker.QuotaMismatch)},
		{"an unknown one may count", []checker.Op{liked(1, 2, 0), lost(liked(1, 3, 2)), uses(30, social.ActionLike, 2)}, nil},
		{"or not", []checker.Op{liked(1, 2, 0), lost(liked(1, 3, 2)), uses(30, social.ActionLike, 1)}, nil},
		{"what overlaps may count", []checker.Op{swiped(1, 2, social.MarkLike, 0, 50), uses(30, social.ActionLike, 0)}, nil},
		{"what came later does not", []checker.Op{uses(0, social.ActionLike, 1), liked(1, 2, 9)}, is(checker.QuotaMismatch)},
		{"refused too early", []checker.Op{liked(1, 2, 0), full}, is(checker.QuotaMismatch)},
		{"refused for the unknown", []checker.Op{liked(1, 2, 0), lost(liked(1, 3, 2)), full}, nil},
		{"rewinds are counted without a limit", []checker.Op{disliked(1, 2, 0), rewound(1, 2, social.MarkDislike, 2), uses(9, social.ActionRewind, 0)}, is(checker.QuotaMismatch)},
		{"superlikes are not", []checker.Op{swiped(1, 2, social.MarkSuperlike, 0, 1), uses(9, social.ActionSuperlike, 0)}, nil},
		{"keys are charged once", []checker.Op{keyed("k", liked(1, 2, 0)), keyed("k", liked(1, 2, 2)), keyed("k", liked(1, 2, 4)), uses(9, social.ActionLike, 1)}, nil},
	})
	begun := limited
	begun.Fresh = false
	tell(t, begun, []story{
		{"what was used before counts", []checker.Op{atTheStart(uses(-9, social.ActionLike, 1)), liked(1, 2, 0), uses(30, social.ActionLike, 2)}, nil},
		{"and against the limit", []checker.Op{atTheStart(uses(-9, social.ActionLike, 1)), liked(1, 2, 0), liked(1, 3, 2)}, is(checker.QuotaOverrun)},
		{"unless nobody looked", []checker.Op{liked(1, 2, 0), uses(30, social.ActionLike, 2)}, nil},
	})
	days := limited
	days.Days = 2
	four := after(two, liked(1, 5, 4), liked(1, 6, 6))
	tell(t, days, []story{
		{"each day grants anew", after(four, full, uses(30, social.ActionLike, 2), uses(32, social.ActionLike, 0)), nil},
		{"no more than that", after(four, liked(1, 7, 8)), is(checker.QuotaOverrun)},
		{"nor on one of them", after(four, uses(30, social.ActionLike, 3)), is(checker.QuotaOverrun)},
		{"refused when it was full on none", []checker.Op{liked(1, 2, 0), full}, is(checker.QuotaMismatch)},
		{"said to be used, and was on none", []checker.Op{liked(1, 2, 0), uses(30, social.ActionLike, 2)}, is(checker.QuotaMismatch)},
	})
	tell(t, fresh, []story{{"limits that nobody knows", after(two, full, uses(30, social.ActionLike, 9)), nil}})
}

func TestRewindsTakeTheLatest(t *testing.T) {
	t.Parallel()
	two := []checker.Op{liked(1, 2, 0), disliked(1, 3, 2)}
	nothing := refused(rewound(1, 0, 0, 10), social.CodeNothingToRewind)
	tell(t, fresh, []story{
		{"the latest", after(two, rewound(1, 3, social.MarkDislike, 10)), nil},
		{"one before", after(two, rewound(1, 2, social.MarkLike, 10)), is(checker.WrongRewind)},
		{"in turn", after(two, rewound(1, 3, social.MarkDislike, 10), rewound(1, 2, social.MarkLike, 12)), nil},
		{"at the same time", after(two, checker.Op{Kind: checker.Rewind, UID: 1, SID: 3, Mark: social.MarkDislike, Call: 9, Return: 15}, rewound(1, 2, social.MarkLike, 10)), nil},
		{"an unknown one before", after(two, lost(rewound(1, 0, 0, 8)), rewound(1, 2, social.MarkLike, 10)), nil},
		{"swiped at the same time", []checker.Op{liked(1, 2, 0), swiped(1, 3, social.MarkDislike, 0, 9), rewound(1, 2, social.MarkLike, 10)}, nil},
		{"nothing, though one stands", after(two, nothing), is(checker.WrongRewind)},
		{"nothing", []checker.Op{nothing}, nil},
		{"nothing while swiping", []checker.Op{swiped(1, 2, social.MarkLike, 5, 15), nothing}, nil},
		{"nothing, since it was ended", after(matchOf(), unfriended(1, 2, 8), nothing), nil},
		{"what was swiped anew", []checker.Op{
			liked(1, 2, 0), rewound(1, 2, social.MarkLike, 2), disliked(1, 3, 4), liked(1, 2, 6), rewound(1, 2, social.MarkLike, 8),
		}, nil},
	})
}

func TestEvents(t *testing.T) {
	t.Parallel()
	both := after(matchOf(), reads(1, 2, 20, true), reads(2, 1, 20, true))
	over := after(matchOf(), unfriended(1, 2, 20))
	tell(t, fresh, []story{
		{"of a match", after(both, told(1, 30, match("a", 2)), told(2, 30, match("b", 1))), nil},
		{"one is missing", after(both, told(1, 30, match("a", 2)), told(2, 30)), is(checker.LostEvent)},
		{"two of one match", after(both, told(1, 30, match("a", 2), match("c", 2))), is(checker.DoubledEvent)},
		{"one given twice", after(both, told(1, 30, match("a", 2), match("a", 2))), is(checker.DoubledEvent)},
		{"of nothing", []checker.Op{liked(1, 2, 0), told(2, 30, match("a", 1))}, is(checker.PhantomEvent)},
		{"of a stranger", []checker.Op{told(2, 30, match("a", 9))}, is(checker.PhantomEvent)},
		{"of an unfriending", after(over, told(1, 30, match("a", 2)), told(2, 30, match("b", 1), unmatch("c", 1))), nil},
		{"which is missing", after(over, told(2, 30, match("b", 1))), is(checker.LostEvent)},
		{"which its maker is told of too", after(over, told(1, 30, match("a", 2), unmatch("c", 2))), is(checker.PhantomEvent)},
		{"of a match made anew", after(matchOf(), unmatched(rewound(1, 2, social.MarkLike, 20)), matched(liked(1, 2, 22)), reads(1, 2, 25, true),
			told(1, 30, match("a", 2), match("b", 2)), told(2, 30, match("c", 1), unmatch("d", 1), match("e", 1))), nil},
		{"the second is missing", after(matchOf(), unmatched(rewound(1, 2, social.MarkLike, 20)), matched(liked(1, 2, 22)),
			told(2, 30, match("c", 1), unmatch("d", 1))), is(checker.LostEvent)},
		{"an unknown like may have matched", []checker.Op{liked(1, 2, 0), lost(liked(2, 1, 2)), told(1, 30, match("a", 2))}, nil},
		{"or not", []checker.Op{liked(1, 2, 0), lost(liked(2, 1, 2)), told(1, 30)}, nil},
		{"an unknown unfriending", after(matchOf(), lost(unfriended(1, 2, 20)), told(2, 30, match("b", 1), unmatch("c", 1))), nil},
		{"a match known by its likes is missing all the same", after(matchOf(), lost(unfriended(1, 2, 20)), told(2, 30)), is(checker.LostEvent)},
		{"a match after they were read", []checker.Op{liked(1, 2, 0), told(1, 10), told(2, 10), matched(liked(2, 1, 20))}, nil},
		{"of other kinds", []checker.Op{told(1, 30, checker.Event{ID: "x", Kind: "export"})}, nil},
	})
	tell(t, checker.Meta{}, []story{
		{"of an older friendship's end", []checker.Op{atTheStart(listed(checker.Friends, 1, -9, 2)), unfriended(1, 2, 0), told(2, 10, unmatch("a", 1))}, nil},
		{"which did not begin in the run", []checker.Op{atTheStart(listed(checker.Friends, 1, -9, 2)), unfriended(1, 2, 0), reads(1, 2, 5, false), told(2, 10, match("b", 1), unmatch("a", 1))}, is(checker.PhantomEvent)},
	})
}
