package exports

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/messages"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
	"github.com/swiperhq/swiper/tasks"
)

const (
	// life is how long an export can be read.
	life = 24 * time.Hour
	// mostMade of a user within madeWithin bounds those that failed or ran out and
	// were asked for again.
	mostMade   = 3
	madeWithin = 24 * time.Hour
	// linkLife is how long the store's own link to an export is good: it needs no
	// access token, and another is made at each look.
	linkLife = 5 * time.Minute
)

// Store is what of persistence exports need.
type Store interface {
	persistence.Exports
	User(ctx context.Context, id social.UserID) (social.User, error)
	Friends(ctx context.Context, uid social.UserID, after persistence.FriendCursor, limit int) ([]persistence.Friend, error)
	EventsOf(ctx context.Context, uid social.UserID, after int64, limit int) ([]social.Event, error)
	RewindsOf(ctx context.Context, uid social.UserID, before int64, limit int) ([]persistence.PastRewind, error)
	SessionsOf(ctx context.Context, uid social.UserID, limit int) ([]persistence.Session, error)
	PhotosOf(ctx context.Context, uid social.UserID) ([]persistence.Photo, error)
	VideosOf(ctx context.Context, uid social.UserID) ([]persistence.Photo, error)
}

// Transfers works at what is moved to and from the store of media, see
// uploads.Transfers.
type Transfers interface {
	Transfer(ctx context.Context, do func(ctx context.Context, store media.Store) error) error
}

// Options of New. All but Hint, Now and Logger are required.
type Options struct {
	Store     Store
	Media     media.Store
	Transfers Transfers
	Post      *messages.Post
	// Phone gives a user's number, "" for people without one.
	Phone func(ctx context.Context, uid social.UserID) (string, error)
	// Dir is where archives are put together; made where it is missing.
	Dir string
	// Hint is called once an event for uid has been committed. It must not block.
	// nil: nobody hears.
	Hint   func(uid social.UserID, kind social.EventKind)
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: discards
}

// Service makes exports. It is safe for concurrent use.
type Service struct{ o Options }

// New makes a service.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Media == nil || o.Transfers == nil || o.Post == nil || o.Phone == nil || o.Dir == "" {
		return nil, errors.New("exports: Store, Media, Transfers, Post, Phone and Dir are required")
	}
	if o.Hint == nil {
		o.Hint = func(social.UserID, social.EventKind) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{o}, nil
}

// Args name the export to make, and to whom a letter goes when it is ready.
type Args struct {
	Export persistence.ExportID `json:"export"`
	To     []byte               `json:"to,omitempty"` // sealed; nil: to nobody
}

// makeTimeout bounds one attempt; lateStore is long after it: then nobody still
// stores what an attempt has claimed.
const (
	makeTimeout = 10 * time.Minute
	lateStore   = time.Hour
)

// Kind makes an export. A store of media that is down for hours loses none.
func Kind() tasks.Kind[Args] {
	return tasks.Kind[Args]{Name: "account.export", Queue: tasks.Reports, MaxAttempts: 100, Timeout: makeTimeout, Secret: true}
}

// Request gives the export of uid that is under way or can be read, and makes
// one if there is none. email, "" for none, is told when it is ready, if this
// request is the one that makes it. The errors of messages.Post.Address, of its Count and of
// persistence.Exports.RequestExport.
func (s *Service) Request(ctx context.Context, uid social.UserID, email string) (persistence.Export, error) {
	var to []byte
	if email != "" {
		address, err := s.o.Post.Address(email)
		if err != nil {
			return persistence.Export{}, err
		}
		// Only a letter counts: who asks again is given what there is.
		if e, err := s.Latest(ctx, uid); err == nil && e.State != persistence.ExportFailed {
			return e, nil
		}
		if err := s.o.Post.Count(ctx, address); err != nil {
			return persistence.Export{}, err
		}
		to = s.o.Post.Seal(address)
	}
	e := persistence.Export{ID: persistence.NewExportID(), UID: uid, CreatedAt: s.o.Now()}
	task, err := Kind().New(Args{e.ID, to})
	if err != nil {
		return persistence.Export{}, err
	}
	task.Owner = uid
	return s.o.Store.RequestExport(ctx, e, persistence.ExportBound{Most: mostMade, Within: madeWithin}, task)
}

// Latest gives the export that uid asked for last, unless it has expired.
// CodeExportNotFound; CodeUserNotFound, also for who has left.
func (s *Service) Latest(ctx context.Context, uid social.UserID) (persistence.Export, error) {
	if _, err := s.o.Store.User(ctx, uid); err != nil {
		return persistence.Export{}, err
	}
	e, err := s.o.Store.LatestExport(ctx, uid)
	if err == nil && s.expired(&e) {
		err = notFound()
	}
	return e, err
}

func (s *Service) expired(e *persistence.Export) bool {
	return e.State == persistence.ExportReady && !s.o.Now().Before(e.ExpiresAt)
}

func notFound() error {
	return social.Errorf(social.CodeExportNotFound, "There is no such export, or it has expired.")
}
