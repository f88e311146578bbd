package puppets

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Bounds of what is remembered and done.
const (
	maxGuests   = 256 // people looked after at a time; those not seen for longest give way
	maxPlanned  = 16  // swipes that wait for their time, a guest
	maxMet      = 4096
	maxMadeUp   = 100_000 // people remembered to have no phone
	maxNotes    = 256     // what was noticed and not yet thought about
	swipeWithin = 5 * time.Second
)

// Actors is what is watched, and swiped through; *actors.Client is one.
type Actors interface {
	Swipe(ctx context.Context, s social.Swipe, key persistence.IdempotencyKey) (social.SwipeResult, error)
	Rewind(ctx context.Context, uid social.UserID, key persistence.IdempotencyKey) (social.RewindResult, error)
	Deal(ctx context.Context, uid social.UserID, limit int) ([]social.Card, error)
	Unfriend(ctx context.Context, uid, sid social.UserID) error
}

// Phones tells who came in by phone; persistence.Accounts is one.
type Phones interface {
	// SealedPhone is nil for made-up people. CodeUserNotFound.
	SealedPhone(ctx context.Context, uid social.UserID) ([]byte, error)
}

// Options of New. Actors and Phones are required.
type Options struct {
	Actors Actors
	Phones Phones
	// Awake tells whether they may swipe just now; nil: always.
	Awake  func() bool
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: discards
}

// Puppets are the made-up people of a demonstration. Run must run for them to move.
type Puppets struct {
	Options
	notes chan note
	// What follows is Run's.
	guests map[social.UserID]*guest
	madeUp map[social.UserID]bool
}

// note is something that was noticed: who was dealt which cards, or who liked whom.
type note struct {
	uid   social.UserID
	cards []social.Card
	liked social.UserID // 0: nobody
}

// New makes puppets that stand still until Run.
func New(opts Options) (*Puppets, error) {
	if opts.Actors == nil || opts.Phones == nil {
		return nil, errors.New("puppets: Actors and Phones are required")
	}
	if opts.Awake == nil {
		opts.Awake = func() bool { return true }
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	return &Puppets{Options: opts, notes: make(chan note, maxNotes), guests: map[social.UserID]*guest{}, madeUp: map[social.UserID]bool{}}, nil
}

// Run lets them swipe, each at its time, until ctx ends; it returns nil then.
func (p *Puppets) Run(ctx context.Context) error {
	for {
		due, wait := p.next()
		if due != nil {
			p.swipe(ctx, due)
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case n := <-p.notes:
			timer.Stop()
			p.think(ctx, n)
		case <-timer.C:
		}
	}
}

// notice is for the API, which never waits for puppets: what comes while they
// have too much to think about passes by.
func (p *Puppets) notice(n note) {
	select {
	case p.notes <- n:
	default:
	}
}

// think lets puppets make up their minds, if n is about someone who came in by phone.
func (p *Puppets) think(ctx context.Context, n note) {
	if !p.Awake() || !p.knows(ctx, n.uid) {
		return
	}
	if n.liked != 0 {
		p.liked(n.uid, n.liked)
	} else {
		p.dealt(n.uid, n.cards)
	}
}

// knows tells whether uid came in by phone. Made-up people who are swiped for,
// as by tests of load, are looked up once.
func (p *Puppets) knows(ctx context.Context, uid social.UserID) bool {
	if p.guests[uid] != nil {
		return true
	}
	if p.madeUp[uid] {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, swipeWithin)
	defer cancel()
	phone, err := p.Phones.SealedPhone(ctx, uid)
	if err == nil && phone == nil {
		if len(p.madeUp) >= maxMadeUp {
			clear(p.madeUp)
		}
		p.madeUp[uid] = true
	}
	return err == nil && phone != nil
}

// next takes out what is due, or tells how long nothing will be.
func (p *Puppets) next() (due *plan, wait time.Duration) {
	now := p.Now()
	wait = time.Hour
	for _, g := range p.guests {
		for i, one := range g.planned {
			if left := one.at.Sub(now); left > 0 {
				wait = min(wait, left)
				continue
			}
			g.planned = append(g.planned[:i], g.planned[i+1:]...)
			return &one, 0
		}
	}
	return nil, wait
}

// swipe does what was planned, unless someone who came in by phone would be
// moved, or is not the one who is answered.
func (p *Puppets) swipe(ctx context.Context, do *plan) {
	ctx, cancel := context.WithTimeout(ctx, swipeWithin)
	defer cancel()
	err := errAsleep
	if p.Awake() {
		err = p.check(ctx, do)
	}
	if err == nil {
		_, err = p.Actors.Swipe(ctx, social.Swipe{UID: do.puppet, SID: do.guest, Mark: do.mark, Time: p.Now()}, persistence.IdempotencyKey{})
	}
	if err != nil && ctx.Err() == nil {
		// A puppet that has swiped before, a guest who has left: nobody waits for it.
		p.Logger.DebugContext(ctx, "a made-up person did not swipe", slog.Int64("uid", int64(do.puppet)), slog.Any("err", err))
	}
}

var errAsleep = errors.New("puppets: nobody is to swipe just now")

var errNotTheirs = errors.New("puppets: the two are not a made-up person and one who came in by phone")

func (p *Puppets) check(ctx context.Context, do *plan) error {
	guest, err := p.Phones.SealedPhone(ctx, do.guest)
	if err != nil {
		return err
	}
	puppet, err := p.Phones.SealedPhone(ctx, do.puppet)
	if err != nil {
		return err
	}
	if guest == nil || puppet != nil {
		return errNotTheirs
	}
	return nil
}
