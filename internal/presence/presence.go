package presence

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	// life is how long somebody counts as there who is not said to be any more.
	life = 45 * time.Second
	// every is the time between two rounds.
	every = 15 * time.Second
	// coarse is how exactly it is stored when somebody was last there.
	coarse = 5 * time.Minute
	// chunk is how many are told of at a time.
	chunk = 100
	// rows is how many are stored at a time: matches of these wait for as long as it takes.
	rows = 20
	// maxLeft is how many people who left are kept until it is stored that they were there.
	maxLeft     = 10_000
	callTime    = 2 * time.Second
	announceFor = 300 * time.Millisecond
)

// Options of New. Board and Store are required.
type Options struct {
	Board  persistence.Presence
	Store  persistence.Activity
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: discards
}

// Keeper keeps the presence of this node's users.
type Keeper struct {
	Options

	mu      sync.Mutex
	users   map[social.UserID]*present
	left    map[social.UserID]struct{} // who were here, which is still to be stored
	missed  func()
	lost    bool      // something was not said that should have been
	lastAll time.Time // when everybody was said to be there
}

type present struct {
	connections int
	touched     time.Time // when it was last stored that they are there
}

// New makes a keeper; Run must run for it to say anything more than once.
func New(opts Options) (*Keeper, error) {
	if opts.Board == nil || opts.Store == nil {
		return nil, errors.New("presence: Board and Store are required")
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	return &Keeper{Options: opts, users: map[social.UserID]*present{}, left: map[social.UserID]struct{}{}, missed: func() {}, lastAll: opts.Now()}, nil
}

// Listen has missed called when people may have counted as away who were not. It must
// not block. It is for one listener.
func (k *Keeper) Listen(missed func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.missed = missed
}

// Announce says that somebody is there who is about to be. It takes a moment.
func (k *Keeper) Announce(ctx context.Context, uid social.UserID) {
	ctx, cancel := context.WithTimeout(ctx, announceFor)
	defer cancel()
	if _, err := k.Board.KeepPresent(ctx, []social.UserID{uid}, life); err != nil {
		k.mu.Lock()
		k.lost = true // the next round tells
		k.mu.Unlock()
	}
}

// Enter counts a connection.
func (k *Keeper) Enter(uid social.UserID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.users[uid]
	if p == nil {
		p = &present{}
		k.users[uid] = p
	}
	p.connections++
}

// Leave takes back an Enter. That somebody was there is stored even if it was for less
// than the time between two rounds, unless very many were.
func (k *Keeper) Leave(uid social.UserID) {
	now := k.Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.users[uid]
	if p == nil {
		return
	}
	if p.connections--; p.connections > 0 {
		return
	}
	delete(k.users, uid)
	if now.Sub(p.touched) >= coarse && len(k.left) < maxLeft {
		k.left[uid] = struct{}{}
	}
}

// Online tells of each whether they have a connection to any node.
func (k *Keeper) Online(ctx context.Context, ids []social.UserID) ([]bool, error) {
	return k.Board.Present(ctx, ids)
}

// Run keeps presence until ctx ends; it returns nil then.
func (k *Keeper) Run(ctx context.Context) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		k.Round(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Round says of everybody that they are there, and stores it of those of whom it was
// not stored lately, who have left since included.
func (k *Keeper) Round(ctx context.Context) {
	now := k.Now()
	var all, stale []social.UserID
	k.mu.Lock()
	for uid, p := range k.users {
		all = append(all, uid)
		if now.Sub(p.touched) >= coarse {
			stale = append(stale, uid)
		}
	}
	for uid := range k.left {
		if k.users[uid] == nil {
			stale = append(stale, uid)
		}
	}
	lost := k.lost || now.Sub(k.lastAll) > life-every
	k.lost = false
	k.mu.Unlock()

	forgotten := false // by a Redis that was emptied, and says nothing of it
	err := each(ctx, all, chunk, func(ctx context.Context, ids []social.UserID) error {
		known, err := k.Board.KeepPresent(ctx, ids, life)
		forgotten = forgotten || known < len(ids)
		return err
	})
	k.said(ctx, now, err, lost || err == nil && forgotten)
	k.touch(ctx, stale, now)
}

// touch stores that people are there. The next round is not to wait for a slow
// database: what is not done by then is left to it.
func (k *Keeper) touch(ctx context.Context, ids []social.UserID, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, every)
	defer cancel()
	slices.Sort(ids)
	err := each(ctx, ids, rows, func(ctx context.Context, ids []social.UserID) error {
		if err := k.Store.TouchUsers(ctx, ids, now, now.Add(-coarse)); err != nil {
			return err
		}
		k.touched(ids, now)
		return nil
	})
	if err != nil && ctx.Err() == nil {
		k.Logger.WarnContext(ctx, "when people were last there is not stored", slog.Any("err", err))
	}
}

// said takes note of how a round went; after one that failed, or came too late, those
// who counted as away are looked after.
func (k *Keeper) said(ctx context.Context, at time.Time, err error, lost bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		if !lost && ctx.Err() == nil {
			k.Logger.WarnContext(ctx, "who is present is not told to other nodes", slog.Any("err", err))
		}
		k.lost = true
		return
	}
	k.lastAll = at
	if lost {
		k.missed()
	}
}

func (k *Keeper) touched(ids []social.UserID, at time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, uid := range ids {
		delete(k.left, uid)
		if p := k.users[uid]; p != nil {
			p.touched = at
		}
	}
}

// each calls f for all ids, n at a time, until one call fails.
func each(ctx context.Context, ids []social.UserID, n int, f func(context.Context, []social.UserID) error) error {
	for some := range slices.Chunk(ids, n) {
		call, cancel := context.WithTimeout(ctx, callTime)
		err := f(call, some)
		cancel()
		if err != nil {
			return err
		}
	}
	return nil
}
