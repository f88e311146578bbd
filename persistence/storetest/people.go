package storetest

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// shanghai is the zone the suite counts days in; fixed, so that it does not
// depend on the machine's zone data.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// noon is when a case begins: the middle of a day, so that nothing but the
// cases about midnight comes near one.
var noon = time.Date(2026, time.March, 14, 12, 0, 0, 0, shanghai)

// everything is a limit no list of the suite reaches.
const everything = 1000

// background is the context of calls that must not be cut short, also from
// goroutines and cleanups that outlive a test's own.
func background() context.Context { return context.Background() }

// person makes a complete user who fits everyone of the suite.
func person(id social.UserID) social.User {
	return social.User{
		ID: id, Nickname: "p" + strconv.FormatInt(int64(id), 10), Sex: social.SexOther, Birthday: social.Date{Year: 1998, Month: 4, Day: 2},
		Location: "Hangzhou", DatingSex: social.SexAny, MinDatingAge: 18, MaxDatingAge: 60,
		LastActiveAt: noon.Add(-time.Hour), CreatedAt: noon.Add(-24 * time.Hour),
	}
}

// people stores the users first to first+n-1 and gives their ids.
func people(t require.TestingT, s persistence.Store, first social.UserID, n int) []social.UserID {
	ids := make([]social.UserID, n)
	for i := range ids {
		ids[i] = first + social.UserID(i)
	}
	stored, err := s.InsertUsers(background(), func(yield func(social.User) bool) {
		for _, id := range ids {
			if !yield(person(id)) {
				return
			}
		}
	})
	require.NoError(t, err)
	require.EqualValues(t, n, stored)
	return ids
}

// swipe makes the record of a free swipe at noon.
func swipe(uid, sid social.UserID, mark social.Mark) persistence.Record {
	return swipeAt(uid, sid, mark, noon)
}

func swipeAt(uid, sid social.UserID, mark social.Mark, at time.Time) persistence.Record {
	return persistence.Record{Swipe: social.Swipe{UID: uid, SID: sid, Mark: mark, Time: at}}
}

func like(uid, sid social.UserID) persistence.Record { return swipe(uid, sid, social.MarkLike) }

// metered makes the record of a swipe that counts against the limits of r.
func metered(r *social.Rules, uid, sid social.UserID, mark social.Mark, at time.Time) persistence.Record {
	rec := swipeAt(uid, sid, mark, at)
	rec.Meter, rec.ResetsAt = r.MeterOf(mark, at), r.ResetsAt(at)
	return rec
}

// limits makes rules in which likes and superlikes have the same daily limit.
func limits(likes social.Limit) *social.Rules {
	return &social.Rules{RewindsPerDay: 3, LikesPerDay: likes, SuperlikesPerDay: likes, Zone: shanghai}
}

// record stores a batch that must succeed as a whole.
func record(t require.TestingT, s persistence.Store, batch ...persistence.Record) []persistence.Recorded {
	answers, err := s.RecordSwipes(background(), batch)
	require.NoError(t, err)
	require.Len(t, answers, len(batch))
	return answers
}

// accept stores one record that must be granted.
func accept(t require.TestingT, s persistence.Store, rec persistence.Record) social.SwipeResult {
	answer := record(t, s, rec)[0]
	require.NoError(t, answer.Err, "%d swipes %d", rec.UID, rec.SID)
	require.Equal(t, rec.SID, answer.SID)
	require.Equal(t, rec.Mark, answer.Mark)
	return answer.SwipeResult
}

// refuse stores one record that must be refused with code.
func refuse(t require.TestingT, s persistence.Store, code social.Code, rec persistence.Record) {
	requireCode(t, code, record(t, s, rec)[0].Err)
}

// befriend makes a and b like each other.
func befriend(t require.TestingT, s persistence.Store, a, b social.UserID) {
	accept(t, s, like(a, b))
	require.True(t, accept(t, s, like(b, a)).Matched)
}

// rewindOf asks to take back uid's latest swipe under the limit at a time.
func rewindOf(uid social.UserID, limit social.Limit, at time.Time) persistence.RewindRequest {
	r := limits(social.NoLimit)
	return persistence.RewindRequest{
		UID: uid, Time: at, Meter: social.Meter{Action: social.ActionRewind, Day: r.Today(at), Limit: limit}, ResetsAt: r.ResetsAt(at),
	}
}

// used gives what uid has used of an action on the day of at.
func used(t require.TestingT, s persistence.Store, uid social.UserID, a social.Action, at time.Time) int {
	quotas, err := s.QuotasUsed(background(), uid, social.DateOf(at.In(shanghai)))
	require.NoError(t, err)
	return quotas[a]
}

// requireCode wants a *social.Error of code.
func requireCode(t require.TestingT, code social.Code, err error) {
	var e *social.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, code, e.Code, "%v", err)
}

// retryAfter gives the wait that a refusal of code names.
func retryAfter(t require.TestingT, code social.Code, err error) time.Duration {
	requireCode(t, code, err)
	return social.AsError(err).RetryAfter
}

// scaled gives n, or a tenth of it under -short or for a database that wants less.
func (db Database) scaled(n int) int {
	if db.Shortened || testing.Short() {
		return n / 10
	}
	return n
}

// together calls the functions at the same moment and waits for all.
func together(calls ...func()) {
	start := make(chan struct{})
	var wg sync.WaitGroup
	for _, call := range calls {
		wg.Go(func() {
			<-start
			call()
		})
	}
	close(start)
	wg.Wait()
}

// inLanes calls f with 0 to n-1, several at a time.
func inLanes(n int, f func(i int)) {
	const lanes = 4
	var calls []func()
	for lane := range lanes {
		calls = append(calls, func() {
			for i := lane; i < n; i += lanes {
				f(i)
			}
		})
	}
	together(calls...)
}

// ids gives the user ids of cards or rows.
func ids[T any](rows []T, id func(T) social.UserID) []social.UserID {
	out := make([]social.UserID, 0, len(rows))
	for _, row := range rows {
		out = append(out, id(row))
	}
	return out
}

// sorted gives a sorted copy.
func sorted(in []social.UserID) []social.UserID { return slices.Sorted(slices.Values(in)) }
