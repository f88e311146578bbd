package exports

import (
	"archive/zip"
	"context"
	"encoding/json"
	"io"
	"path"
	"time"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
	"github.com/swiperhq/swiper/tasks"
)

// formatVersion is that of the archive's files, for whoever reads them by program.
const formatVersion = 1

// account is account.json.
type account struct {
	FormatVersion int        `json:"format_version"`
	ExportedAt    time.Time  `json:"exported_at"`
	UserID        int64      `json:"user_id"`
	Phone         string     `json:"phone,omitempty"`
	Nickname      string     `json:"nickname,omitempty"`
	Sex           social.Sex `json:"sex,omitempty"`
	Birthday      string     `json:"birthday,omitempty"`
	Location      string     `json:"location,omitempty"`
	Bio           string     `json:"bio,omitempty"`
	DatingSex     social.Sex `json:"dating_sex,omitempty"`
	MinDatingAge  int        `json:"min_dating_age,omitempty"`
	MaxDatingAge  int        `json:"max_dating_age,omitempty"`
	CreatedAt     time.Time  `json:"created_at"`
	LastActiveAt  time.Time  `json:"last_active_at"`
}

// swipe is a line of swipes.json, and of rewinds.json with RewoundAt.
type swipe struct {
	UserID    int64      `json:"user_id"`
	Mark      string     `json:"mark"`
	Time      time.Time  `json:"time"`
	RewoundAt *time.Time `json:"rewound_at,omitempty"`
}

type friend struct {
	UserID int64     `json:"user_id"`
	Since  time.Time `json:"since"`
}

type event struct {
	ID     int64           `json:"id"`
	Kind   string          `json:"kind"`
	UserID int64           `json:"user_id,omitempty"`
	Data   json.RawMessage `json:"data,omitempty"`
	Time   time.Time       `json:"time"`
}

type quota struct {
	Day    string `json:"day"`
	Action string `json:"action"`
	Used   int    `json:"used"`
}

type session struct {
	CreatedAt time.Time  `json:"created_at"`
	UsedAt    time.Time  `json:"used_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	RevokedAt *time.Time `json:"revoked_at,omitempty"`
}

type upload struct {
	Purpose   string    `json:"purpose"`
	State     string    `json:"state"`
	Published bool      `json:"published"`
	CreatedAt time.Time `json:"created_at"`
}

// photo is one of the user's, and what shows it among the files of the archive.
type photo struct {
	State     string    `json:"state"`
	File      string    `json:"file"`
	VideoFile string    `json:"video_file,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// gather writes all there is of uid. It is of no one moment: what changes
// meanwhile is there as it was before or after.
func (s *Service) gather(ctx context.Context, run *tasks.Run, uid social.UserID, to io.Writer) error {
	a := newArchive(to, s.o.Now().UTC())
	if err := s.account(ctx, a, uid); err != nil {
		return err
	}
	run.Progress(ctx, atRows)
	for _, part := range []func(context.Context, *archive, social.UserID) error{
		s.swipes, s.rewinds, s.friends, s.events, s.quotas, s.sessions, s.uploads, s.photos,
	} {
		if err := part(ctx, a, uid); err != nil {
			return err
		}
	}
	run.Progress(ctx, atPictures)
	if err := s.pictures(ctx, a, uid); err != nil {
		return err
	}
	return a.Close()
}

func (s *Service) account(ctx context.Context, a *archive, uid social.UserID) error {
	ctx, cancel := context.WithTimeout(ctx, sliceTime)
	defer cancel()
	u, err := s.o.Store.User(ctx, uid)
	if err != nil {
		return err
	}
	phone, err := s.o.Phone(ctx, uid)
	if err != nil {
		return err
	}
	return a.object("account.json", account{
		FormatVersion: formatVersion, ExportedAt: a.at, UserID: int64(uid), Phone: phone, Nickname: u.Nickname, Sex: u.Sex, Birthday: u.Birthday.String(),
		Location: u.Location, Bio: u.Bio, DatingSex: u.DatingSex, MinDatingAge: u.MinDatingAge, MaxDatingAge: u.MaxDatingAge,
		CreatedAt: u.CreatedAt.UTC(), LastActiveAt: u.LastActiveAt.UTC(),
	})
}

func (s *Service) swipes(ctx context.Context, a *archive, uid social.UserID) error {
	return list(ctx, a, "swipes.json", func(ctx context.Context, last persistence.PastSwipe, limit int) ([]persistence.PastSwipe, error) {
		return s.o.Store.SwipesAfter(ctx, uid, last.SID, limit)
	}, func(m *persistence.PastSwipe) any {
		return swipe{UserID: int64(m.SID), Mark: m.Mark.String(), Time: m.Time.UTC()}
	})
}

func (s *Service) rewinds(ctx context.Context, a *archive, uid social.UserID) error {
	return list(ctx, a, "rewinds.json", func(ctx context.Context, last persistence.PastRewind, limit int) ([]persistence.PastRewind, error) {
		return s.o.Store.RewindsOf(ctx, uid, last.ID, limit)
	}, func(r *persistence.PastRewind) any {
		return swipe{UserID: int64(r.SID), Mark: r.Mark.String(), Time: r.SwipedAt.UTC(), RewoundAt: known(r.RewoundAt)}
	})
}

func (s *Service) friends(ctx context.Context, a *archive, uid social.UserID) error {
	return list(ctx, a, "friends.json", func(ctx context.Context, last persistence.Friend, limit int) ([]persistence.Friend, error) {
		return s.o.Store.Friends(ctx, uid, persistence.FriendCursor{Time: last.Since, SID: last.User.ID}, limit)
	}, func(f *persistence.Friend) any { return friend{int64(f.User.ID), f.Since.UTC()} })
}

func (s *Service) events(ctx context.Context, a *archive, uid social.UserID) error {
	return list(ctx, a, "events.json", func(ctx context.Context, last social.Event, limit int) ([]social.Event, error) {
		return s.o.Store.EventsOf(ctx, uid, last.ID, limit)
	}, func(e *social.Event) any { return event{e.ID, string(e.Kind), int64(e.Other), e.Data, e.Time.UTC()} })
}

func (s *Service) quotas(ctx context.Context, a *archive, uid social.UserID) error {
	return list(ctx, a, "quotas.json", func(ctx context.Context, last persistence.QuotaUse, limit int) ([]persistence.QuotaUse, error) {
		return s.o.Store.QuotasAfter(ctx, uid, last, limit)
	}, func(q *persistence.QuotaUse) any { return quota{q.Day.String(), string(q.Action), q.Used} })
}

// sessions writes the latest logins: those that stand are persistence.MaxSessions
// at most, and the others are forgotten soon.
func (s *Service) sessions(ctx context.Context, a *archive, uid social.UserID) error {
	return list(ctx, a, "sessions.json", func(ctx context.Context, last persistence.Session, limit int) ([]persistence.Session, error) {
		if last.ID != "" {
			return nil, nil
		}
		return s.o.Store.SessionsOf(ctx, uid, limit)
	}, func(n *persistence.Session) any {
		return session{n.CreatedAt.UTC(), n.UsedAt.UTC(), n.ExpiresAt.UTC(), known(n.RevokedAt)}
	})
}

func (s *Service) uploads(ctx context.Context, a *archive, uid social.UserID) error {
	return list(ctx, a, "uploads.json", func(ctx context.Context, last persistence.Upload, limit int) ([]persistence.Upload, error) {
		return s.o.Store.UploadsAfter(ctx, uid, last.Seq, limit)
	}, func(u *persistence.Upload) any {
		return upload{string(u.Purpose), string(u.State), u.Published, u.CreatedAt.UTC()}
	})
}

// photos writes the photos in their order, and the video behind them.
func (s *Service) photos(ctx context.Context, a *archive, uid social.UserID) error {
	return list(ctx, a, "photos.json", func(ctx context.Context, last persistence.Photo, _ int) ([]persistence.Photo, error) {
		if last.ID != 0 {
			return nil, nil
		}
		photos, err := s.o.Store.PhotosOf(ctx, uid)
		if err != nil {
			return nil, err
		}
		videos, err := s.o.Store.VideosOf(ctx, uid)
		return append(photos, videos...), err
	}, func(p *persistence.Photo) any {
		out := photo{State: string(p.State), File: inArchive(p.Large), CreatedAt: p.CreatedAt.UTC()}
		if p.Video.Key != "" {
			out.VideoFile = inArchive(p.Video.Key)
		}
		return out
	})
}

// inArchive is the name that an object has there.
func inArchive(key string) string { return "pictures/" + path.Base(key) }

// pictures copies what is published, in all its sizes.
func (s *Service) pictures(ctx context.Context, a *archive, uid social.UserID) error {
	return slices(ctx, func(ctx context.Context, last string, limit int) ([]string, error) {
		return s.o.Store.ObjectsAfter(ctx, uid, last, limit)
	}, func(key *string) error {
		return s.o.Transfers.Transfer(ctx, func(ctx context.Context, store media.Store) error {
			object, _, err := store.Open(ctx, media.Key(*key))
			if social.CodeOf(err) == social.CodeNotFound {
				return nil // it was replaced and swept meanwhile
			}
			if err != nil {
				return err
			}
			defer func() { _ = object.Close() }() // read, and done with
			w, err := a.file(inArchive(*key), zip.Store)
			if err != nil {
				return err
			}
			_, err = io.Copy(w, object)
			return err
		})
	})
}

// known is a time, nil for none.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
