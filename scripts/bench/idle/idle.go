// Package idle measures what people cost in memory who are active and do nothing:
// Swiper's real actors over a store that answers from nowhere.
//
// It must not know HTTP or a database.
package idle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/scripts/bench/report"
	"github.com/swiperhq/swiper/social"
)

// longer than any measuring takes: nobody is passivated meanwhile.
const idleAfter = 24 * time.Hour

// Measure activates so many people, each of whom has swiped so many others, has
// their ids loaded and is dealt a deck once, and gives the memory that each has come to take, placement
// included. The process should do nothing besides.
func Measure(ctx context.Context, people, swiped int) (m report.Memory, err error) {
	rules := &social.Rules{
		RewindsPerDay: 3, LikesPerDay: social.NoLimit, SuperlikesPerDay: social.NoLimit, DeckSize: 20, Zone: time.UTC,
		RequestsPerAddress: social.NoLimit, RequestsPerUser: social.NoLimit,
	}
	system, err := actors.Start(ctx, actors.Options{
		Store: store{swiped: swiped}, Rules: func() *social.Rules { return rules }, IdleAfter: idleAfter, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, system.Stop(ctx)) }()
	client := system.Client()
	const hand = 3 // with which every deal meets enough of the swiped to learn who they are
	deal := func(uid int) error {
		cards, err := client.Deal(ctx, social.UserID(uid), hand)
		if err == nil && len(cards) != hand {
			err = fmt.Errorf("user %d was dealt %d cards", uid, len(cards))
		}
		return err
	}
	const before = 1000 // so that what is made once is made
	for uid := 1; uid <= before; uid++ {
		if err := deal(uid); err != nil {
			return m, err
		}
	}
	heap, sys := inUse()
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	for uid := before + 1; uid <= before+people; uid++ {
		all.Go(func() error { return deal(uid) })
	}
	if err := all.Wait(); err != nil {
		return m, err
	}
	heapNow, sysNow := inUse()
	each := func(bytes uint64) float64 { return float64(bytes) / float64(people) }
	return report.Memory{Users: people, Swiped: swiped, HeapBytes: each(heapNow - heap), SysBytes: each(sysNow - sys)}, nil
}

// inUse gives what is alive, goroutines' stacks included, and what the system has
// given, in bytes.
func inUse() (heap, sys uint64) {
	runtime.GC()
	debug.FreeOSMemory() // collects again
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse, m.Sys - m.HeapReleased
}

// store answers for people who all suit each other and have swiped scattered others.
type store struct {
	actors.Store // what a deal does not call
	swiped       int
}

var born = social.DateOf(time.Date(1998, 1, 1, 0, 0, 0, 0, time.UTC))

func person(id social.UserID) social.User {
	return social.User{
		ID: id, Nickname: "N", Sex: social.SexFemale, Birthday: born, Location: "L", DatingSex: social.SexAny,
		MinDatingAge: social.MinAge, MaxDatingAge: social.MaxAge,
	}
}

func (store) DeckTop(_ context.Context, uid social.UserID, _ int) (persistence.DeckTop, error) {
	return persistence.DeckTop{Me: person(uid)}, nil
}

// SwipedIDs gives odd ids only; Candidates gives even ones.
func (s store) SwipedIDs(_ context.Context, uid social.UserID) ([]social.UserID, error) {
	r := rand.New(rand.NewPCG(1, uint64(uid))) //nolint:gosec // ids are positive, and it is no secret
	ids, id := make([]social.UserID, s.swiped), social.UserID(1)
	for i := range ids {
		id += 2 * social.UserID(1+r.IntN(5000))
		ids[i] = id
	}
	return ids, nil
}

func (store) Candidates(_ context.Context, _ social.Wanted, after social.UserID, limit int) ([]social.UserID, error) {
	ids := make([]social.UserID, limit)
	for i := range ids {
		ids[i] = after + after%2 + 2*social.UserID(i+1)
	}
	return ids, nil
}

// Undealt takes every second candidate as swiped.
func (store) Undealt(_ context.Context, _ social.UserID, ids []social.UserID) ([]social.User, error) {
	var users []social.User
	for _, id := range ids {
		if id%4 != 0 {
			users = append(users, person(id))
		}
	}
	return users, nil
}

func (store) DeckCursor(context.Context, social.UserID, int64) (social.UserID, error) { return 0, nil }

func (store) SaveDeckCursor(context.Context, social.UserID, int64, social.UserID) error { return nil }
