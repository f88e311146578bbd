package checker_test

import (
	"testing"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

var fresh = checker.Meta{Fresh: true, Probed: true}

func TestMatches(t *testing.T) {
	t.Parallel()
	together := []checker.Op{swiped(1, 2, social.MarkLike, 0, 10), matched(swiped(2, 1, social.MarkLike, 5, 11))}
	tell(t, fresh, []story{
		{"one is told", after(together, reads(1, 2, 12, true), reads(2, 1, 12, true)), nil},
		{"stored together, both told", after([]checker.Op{matched(together[0]), together[1]}, reads(1, 2, 12, true)), nil},
		{"told before the other liked", []checker.Op{matched(swiped(1, 2, social.MarkLike, 0, 4)), together[1]}, is(checker.PhantomMatch)},
		{"neither told, not friends", []checker.Op{together[0], swiped(2, 1, social.MarkLike, 5, 11), reads(1, 2, 12, false)}, is(checker.LostMatch)},
		{"told, not friends", after(together, reads(1, 2, 12, false), reads(2, 1, 12, false)), is(checker.LostMatch)},
		{"lost, likes still stand", after(together,
			listed(checker.Friends, 1, 20), listed(checker.Friends, 2, 20),
			probing(repeated(liked(1, 2, 30))), probing(repeated(liked(2, 1, 32)))), is(checker.LostMatch)},
		{"a friendship of one like", []checker.Op{liked(1, 2, 0), reads(1, 2, 3, true)}, is(checker.PhantomMatch)},
		{"a friendship of strangers", []checker.Op{listed(checker.Friends, 1, 0, 2)}, is(checker.PhantomMatch)},
		{"a friendship by a refused like", []checker.Op{
			disliked(1, 2, 0), liked(2, 1, 2), refused(liked(1, 2, 4), social.CodeAlreadySwiped), reads(1, 2, 6, true), reads(2, 1, 6, true),
		}, is(checker.PhantomMatch)},
		{"a refused like", []checker.Op{
			disliked(1, 2, 0), liked(2, 1, 2), refused(liked(1, 2, 4), social.CodeAlreadySwiped), reads(1, 2, 6, false),
		}, nil},
		{"on one side's list only", after(together, listed(checker.Friends, 1, 20, 2), listed(checker.Friends, 2, 22)), is(checker.OneSidedMatch)},
		{"on one side's list, then ended", after(together, listed(checker.Friends, 1, 20, 2), unfriended(2, 1, 22), listed(checker.Friends, 2, 24)), nil},
		{"listed twice", after(together, listed(checker.Friends, 1, 20, 2, 2)), is(checker.DoubledMatch)},
		{"listed twice while made anew", after(together,
			unmatched(rewound(1, 2, social.MarkLike, 20)), matched(liked(1, 2, 22)),
			checker.Op{Kind: checker.Friends, UID: 1, Call: 18, Return: 30, List: []social.UserID{2, 2}}), nil},
	})
}

func TestSwipesStand(t *testing.T) {
	t.Parallel()
	tell(t, fresh, []story{
		{"a dislike is probed", []checker.Op{disliked(1, 2, 0), probing(repeated(disliked(1, 2, 9)))}, nil},
		{"a dislike is gone", []checker.Op{disliked(1, 2, 0), probing(disliked(1, 2, 9))}, is(checker.LostSwipe)},
		{"a like is gone", []checker.Op{liked(1, 2, 0), listed(checker.Likes, 2, 5), probing(liked(1, 2, 9))}, is(checker.LostSwipe)},
		{"a like is not listed", []checker.Op{liked(1, 2, 0), listed(checker.Likes, 2, 5)}, is(checker.LostSwipe)},
		{"a like is not listed for now", []checker.Op{liked(1, 2, 0), listed(checker.Likes, 2, 5), listed(checker.Likes, 2, 9, 1)}, is(checker.Inconsistent)},
		{"a like is listed", []checker.Op{liked(1, 2, 0), listed(checker.Likes, 2, 5, 1)}, nil},
		{"a like is answered, not listed", []checker.Op{liked(1, 2, 0), disliked(2, 1, 2), listed(checker.Likes, 2, 5)}, nil},
		{"a like that nobody gave", []checker.Op{listed(checker.Likes, 2, 5, 1)}, is(checker.Inconsistent)},
		{"another mark is accepted", []checker.Op{disliked(1, 2, 0), liked(1, 2, 5)}, is(checker.LostSwipe)},
		{"a full quota says that nothing stood", []checker.Op{liked(1, 2, 0), refused(liked(1, 2, 20), social.CodeLikeQuotaExceeded)}, is(checker.LostSwipe)},
		{"an overloaded node says nothing", []checker.Op{liked(1, 2, 0), refused(disliked(1, 2, 20), social.CodeOverloaded)}, nil},
		{"oneself", []checker.Op{liked(1, 1, 0)}, is(checker.Inconsistent)},
		{"oneself, refused", []checker.Op{refused(liked(1, 1, 0), social.CodeSelfSwipe)}, nil},
	})
}

func TestRewindsTakeBack(t *testing.T) {
	t.Parallel()
	back := unmatched(rewound(1, 2, social.MarkLike, 20))
	tell(t, fresh, []story{
		{"it ends a friendship", after(matchOf(), back, reads(2, 1, 30, false), probing(matched(liked(1, 2, 40)))), nil},
		{"the friendship stays", after(matchOf(), back, reads(2, 1, 30, true), reads(1, 2, 30, true), probing(matched(liked(1, 2, 40)))), is(checker.PhantomMatch)},
		{"the swipe stays", after(matchOf(), back, reads(2, 1, 30, false), probing(repeated(liked(1, 2, 40)))), is(checker.RewindLeftSwipe)},
		{"a dislike stays", []checker.Op{disliked(1, 2, 0), rewound(1, 2, social.MarkDislike, 2), probing(repeated(disliked(1, 2, 9)))}, is(checker.RewindLeftSwipe)},
		{"a dislike goes", []checker.Op{disliked(1, 2, 0), rewound(1, 2, social.MarkDislike, 2), probing(disliked(1, 2, 9))}, nil},
		{"swiped anew", []checker.Op{disliked(1, 2, 0), rewound(1, 2, social.MarkDislike, 2), liked(1, 2, 4), probing(repeated(liked(1, 2, 9)))}, nil},
		{"what was never swiped", []checker.Op{rewound(1, 2, social.MarkLike, 2)}, is(checker.Inconsistent)},
	})
}

func TestUnfriendingsLast(t *testing.T) {
	t.Parallel()
	over := after(matchOf(), unfriended(2, 1, 20))
	tell(t, fresh, []story{
		{"a retry is refused", after(over, refused(liked(2, 1, 30), social.CodeAlreadySwiped), reads(1, 2, 40, false)), nil},
		{"the other repeats", after(over, repeated(liked(1, 2, 30)), reads(1, 2, 40, false)), nil},
		{"a retry makes friends", after(over, matched(repeated(liked(2, 1, 30))), reads(1, 2, 40, true), reads(2, 1, 40, true)), is(checker.ResurrectedLike)},
		{"the other's retry makes friends", after(over, matched(repeated(liked(1, 2, 30))), reads(1, 2, 40, true)), is(checker.ResurrectedLike)},
		{"the like stands again", after(over, probing(repeated(liked(2, 1, 30)))), is(checker.ResurrectedLike)},
		{"refused though friends", after(matchOf(), refused(unfriended(2, 1, 20), social.CodeNotFriends), reads(1, 2, 30, true)), is(checker.Inconsistent)},
		{"twice", after(over, refused(unfriended(2, 1, 22), social.CodeNotFriends)), nil},
	})
}

func TestRepetitionsTellTheTruth(t *testing.T) {
	t.Parallel()
	seen := func(repetition checker.Op) []checker.Op {
		return after(matchOf(), reads(1, 2, 20, true), repetition, reads(1, 2, 40, true), reads(2, 1, 40, true))
	}
	tell(t, fresh, []story{
		{"of a match", seen(matched(repeated(liked(1, 2, 30)))), nil},
		{"as if nothing matched", seen(repeated(liked(1, 2, 30))), is(checker.StaleAnswer)},
		{"as if it had been new", seen(liked(1, 2, 30)), is(checker.StaleAnswer)},
		{"as if still matched", after(matchOf(), unfriended(1, 2, 20), matched(repeated(liked(2, 1, 30))), reads(1, 2, 40, false), reads(2, 1, 40, false)), is(checker.StaleAnswer)},
	})
}

func TestNobodyIsDealtAgain(t *testing.T) {
	t.Parallel()
	tell(t, fresh, []story{
		{"before the swipe", []checker.Op{listed(checker.Deal, 1, 0, 2, 3), liked(1, 2, 10)}, nil},
		{"during the swipe", []checker.Op{swiped(1, 2, social.MarkLike, 0, 10), listed(checker.Deal, 1, 5, 2)}, nil},
		{"after the swipe", []checker.Op{liked(1, 2, 0), listed(checker.Deal, 1, 5, 2)}, is(checker.DealtAgain)},
		{"after a swipe that may not have happened", []checker.Op{lost(liked(1, 2, 0)), listed(checker.Deal, 1, 5, 2)}, nil},
		{"after one that must have happened", []checker.Op{lost(liked(1, 2, 0)), repeated(liked(1, 2, 3)), listed(checker.Deal, 1, 5, 2)}, is(checker.DealtAgain)},
		{"after a rewind", []checker.Op{liked(1, 2, 0), rewound(1, 2, social.MarkLike, 2), listed(checker.Deal, 1, 5, 2)}, nil},
		{"while a rewind is unknown", []checker.Op{liked(1, 2, 0), lost(rewound(1, 0, 0, 2)), listed(checker.Deal, 1, 5, 2)}, nil},
		{"after an unfriending", after(matchOf(), unfriended(1, 2, 10), listed(checker.Deal, 1, 15, 2)), is(checker.DealtAgain)},
		{"to whom they like", []checker.Op{liked(1, 2, 0), listed(checker.Deal, 2, 5, 1)}, nil},
		{"oneself", []checker.Op{listed(checker.Deal, 1, 5, 1)}, is(checker.DealtAgain)},
	})
}

func TestUnknownOperations(t *testing.T) {
	t.Parallel()
	like := lost(liked(1, 2, 0))
	tell(t, fresh, []story{
		{"happened", []checker.Op{like, matched(liked(2, 1, 2))}, nil},
		{"did not happen", []checker.Op{like, liked(2, 1, 2), reads(1, 2, 9, false)}, nil},
		{"happened late", []checker.Op{like, liked(2, 1, 2), reads(1, 2, 9, false), reads(1, 2, 19, true), reads(2, 1, 29, true)}, nil},
		{"cannot come and go", []checker.Op{like, matched(liked(2, 1, 2)), reads(1, 2, 9, false)}, is(checker.LostMatch)},
		{"are what a failure leaves", []checker.Op{refused(liked(1, 2, 0), social.CodeUnavailable), matched(liked(2, 1, 2))}, nil},
		{"a rewind may explain", after(matchOf(), lost(rewound(1, 0, 0, 20)), reads(1, 2, 30, false), reads(2, 1, 30, false)), nil},
		{"a rewind of a third does not", after(matchOf(), lost(rewound(3, 0, 0, 20)), reads(1, 2, 30, false), reads(2, 1, 30, false)), is(checker.LostMatch)},
		{"one rewind explains one loss", after(matchOf(), lost(rewound(1, 0, 0, 20)), reads(1, 2, 30, false), matched(liked(1, 2, 40)), reads(1, 2, 50, false), reads(2, 1, 50, false)), is(checker.LostMatch)},
		{"two explain two", after(matchOf(), lost(rewound(1, 0, 0, 20)), lost(rewound(1, 0, 0, 22)), reads(1, 2, 30, false), matched(liked(1, 2, 40)), reads(1, 2, 50, false), reads(2, 1, 50, false)), nil},
		{"many attempts are as good as one", []checker.Op{
			like, lost(liked(1, 2, 2)), lost(liked(1, 2, 4)), lost(liked(1, 2, 6)), matched(liked(2, 1, 10)),
			rewound(2, 1, social.MarkLike, 12), reads(1, 2, 20, true),
		}, is(checker.PhantomMatch)},
		{"and as another after a rewind", []checker.Op{
			like, lost(liked(1, 2, 2)), lost(liked(1, 2, 4)), rewound(1, 2, social.MarkLike, 10), matched(liked(2, 1, 12)), reads(1, 2, 20, true),
		}, nil},
		{"an unfriending may explain", after(matchOf(), lost(unfriended(2, 1, 20)), reads(1, 2, 30, false)), nil},
	})
}

func TestKeysHaveOneEffect(t *testing.T) {
	t.Parallel()
	late := func(call int64) checker.Op { return keyed("k", liked(1, 2, call)) }
	tell(t, fresh, []story{
		{"a late replay tells the first answer", []checker.Op{late(0), matched(liked(2, 1, 5)), late(10), reads(1, 2, 20, true)}, nil},
		{"and changes nothing", []checker.Op{late(0), rewound(1, 2, social.MarkLike, 5), late(10), probing(liked(1, 2, 20))}, nil},
		{"without a key it would", []checker.Op{liked(1, 2, 0), rewound(1, 2, social.MarkLike, 5), liked(1, 2, 10), probing(liked(1, 2, 20))}, is(checker.LostSwipe)},
		{"different answers", []checker.Op{late(0), matched(liked(2, 1, 5)), matched(late(10)), reads(1, 2, 20, true)}, is(checker.StaleAnswer)},
		{"the effect came between the attempts", []checker.Op{lost(late(0)), matched(liked(2, 1, 5)), late(10)}, nil},
		{"a refusal frees the key", []checker.Op{refused(late(0), social.CodeOverloaded), matched(late(10)), liked(2, 1, 5), reads(1, 2, 20, true)}, nil},
		{"of two people", []checker.Op{keyed("k", liked(1, 2, 0)), keyed("k", matched(liked(2, 1, 5)))}, nil},
		{"a rewind's", []checker.Op{
			disliked(1, 3, 0), disliked(1, 2, 2), lost(keyed("r", rewound(1, 0, 0, 5))), keyed("r", rewound(1, 2, social.MarkDislike, 10)),
			keyed("r", rewound(1, 2, social.MarkDislike, 20)), probing(repeated(disliked(1, 3, 30))),
		}, nil},
	})
}

func TestARunThatBeganSomewhere(t *testing.T) {
	t.Parallel()
	tell(t, checker.Meta{Probed: true}, []story{
		{"a mark stood", []checker.Op{repeated(liked(1, 2, 0))}, nil},
		{"a friendship stood", []checker.Op{reads(1, 2, 0, true), listed(checker.Friends, 1, 5, 2, 3)}, nil},
		{"a friendship vanished", []checker.Op{reads(1, 2, 0, true), reads(2, 1, 5, false), reads(1, 2, 9, false)}, is(checker.LostMatch)},
		{"the initial list counts", []checker.Op{
			atTheStart(listed(checker.Friends, 1, -9)), atTheStart(listed(checker.Likes, 1, -7, 2)), liked(1, 2, 0), reads(1, 2, 9, false),
		}, is(checker.LostMatch)},
		{"a stranger's like is listed", []checker.Op{listed(checker.Likes, 1, 0, 9)}, nil},
		{"a rewind of what stood before", []checker.Op{rewound(1, 2, social.MarkDislike, 0)}, nil},
		{"an unknown rewind of what stood before", []checker.Op{repeated(disliked(1, 2, 0)), lost(rewound(1, 0, 0, 2)), disliked(1, 2, 9)}, nil},
	})
}
