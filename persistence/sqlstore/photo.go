package sqlstore

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const photoColumns = `id, uid, state, large, medium, small, blurhash, video, duration_ms, width, height,
	replaced_by IS NOT NULL, created_at, decided_at`

func scanPhoto(r Row, p *persistence.Photo) error {
	var millis int64
	err := r.Scan(&p.ID, &p.UID, (*string)(&p.State), &p.Large, &p.Medium, &p.Small, &p.BlurHash,
		&p.Video.Key, &millis, &p.Video.Width, &p.Video.Height, &p.Replaced, ScanTime(&p.CreatedAt), ScanTime(&p.DecidedAt))
	p.Video.Duration = time.Duration(millis) * time.Millisecond
	return err
}

// What has a place is one of the photos, or it is the video.
const (
	isPhoto = `position IS NOT NULL AND video = ''`
	isVideo = `position IS NOT NULL AND video <> ''`
)

func photoNotFound() error { return social.Errorf(social.CodePhotoNotFound, "There is no such photo.") }

// photos reads uid's of a kind, in order.
func photos(ctx context.Context, c Conn, uid social.UserID, kind string) ([]persistence.Photo, error) {
	return collect(ctx, c, scanPhoto, `SELECT `+photoColumns+` FROM photo WHERE uid = $1 AND `+kind+` ORDER BY position, id`, uid)
}

// PhotosOf implements persistence.Photos.
func (s *Store) PhotosOf(ctx context.Context, uid social.UserID) ([]persistence.Photo, error) {
	return s.own(ctx, uid, isPhoto)
}

// VideosOf implements persistence.Photos.
func (s *Store) VideosOf(ctx context.Context, uid social.UserID) ([]persistence.Photo, error) {
	return s.own(ctx, uid, isVideo)
}

func (s *Store) own(ctx context.Context, uid social.UserID, kind string) ([]persistence.Photo, error) {
	if _, err := s.User(ctx, uid); err != nil {
		return nil, err
	}
	return photos(ctx, s.db, uid, kind)
}

// ShownPhotos implements persistence.Photos.
func (s *Store) ShownPhotos(ctx context.Context, uid social.UserID) ([]persistence.Photo, error) {
	return s.shown(ctx, uid, isPhoto)
}

// ShownVideos implements persistence.Photos.
func (s *Store) ShownVideos(ctx context.Context, uid social.UserID) ([]persistence.Photo, error) {
	return s.shown(ctx, uid, isVideo)
}

func (s *Store) shown(ctx context.Context, uid social.UserID, kind string) ([]persistence.Photo, error) {
	since, err := s.SuspendedAt(ctx, uid)
	if err == nil && !since.IsZero() {
		err = unknownUser()
	}
	if err != nil {
		return nil, err
	}
	all, err := photos(ctx, s.db, uid, kind)
	return slices.DeleteFunc(all, func(p persistence.Photo) bool { return p.State != persistence.PhotoApproved }), err
}

// Photo implements persistence.Photos.
func (s *Store) Photo(ctx context.Context, id persistence.PhotoID) (persistence.Photo, error) {
	return photo(ctx, s.db, id)
}

func photo(ctx context.Context, c Conn, id persistence.PhotoID) (p persistence.Photo, err error) {
	err = scanPhoto(c.QueryRow(ctx, `SELECT `+photoColumns+` FROM photo WHERE id = $1`, id), &p)
	if errors.Is(err, ErrNoRows) {
		return p, photoNotFound()
	}
	return p, err
}

// OrderPhotos implements persistence.Photos.
func (s *Store) OrderPhotos(ctx context.Context, uid social.UserID, ids []persistence.PhotoID) (ordered []persistence.Photo, err error) {
	err = s.db.InTx(ctx, func(tx Conn) error {
		if err := s.lockUser(ctx, tx, uid); err != nil {
			return err
		}
		own, err := photos(ctx, tx, uid, isPhoto)
		if err != nil {
			return err
		}
		if !sameIDs(own, ids) {
			return &social.Error{
				Code: social.CodeInvalidRequest, Field: "photo_ids", Message: "These are not exactly your photos, each once.",
			}
		}
		for i, id := range ids {
			if _, err := tx.Exec(ctx, `UPDATE photo SET position = $2 WHERE id = $1`, id, i); err != nil {
				return err
			}
		}
		if err := s.showFirst(ctx, tx, uid); err != nil {
			return err
		}
		ordered, err = photos(ctx, tx, uid, isPhoto)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ordered, nil
}

func sameIDs(own []persistence.Photo, ids []persistence.PhotoID) bool {
	have := make([]persistence.PhotoID, len(own))
	for i := range own {
		have[i] = own[i].ID
	}
	slices.Sort(have)
	return slices.Equal(have, slices.Sorted(slices.Values(ids)))
}

// DeletePhoto implements persistence.Photos.
func (s *Store) DeletePhoto(ctx context.Context, uid social.UserID, id persistence.PhotoID, dropAt time.Time) error {
	return s.db.InTx(ctx, func(tx Conn) error {
		if err := s.lockUser(ctx, tx, uid); err != nil {
			return err
		}
		p, err := photo(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case p.UID != uid || p.State == persistence.PhotoRejected || p.Video.Key != "":
			return photoNotFound()
		}
		if err := takeAway(ctx, tx, uid, id); err != nil {
			return err
		}
		return s.settlePhotos(ctx, tx, uid, dropAt)
	})
}

// DeleteVideos implements persistence.Photos.
func (s *Store) DeleteVideos(ctx context.Context, uid social.UserID, dropAt time.Time) error {
	return s.db.InTx(ctx, func(tx Conn) error {
		if err := s.lockUser(ctx, tx, uid); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM photo WHERE uid = $1 AND `+isVideo, uid); err != nil {
			return err
		}
		return s.settlePhotos(ctx, tx, uid, dropAt)
	})
}

// takeAway deletes a photo of uid's that is to be shown no more.
func takeAway(ctx context.Context, tx Conn, uid social.UserID, id persistence.PhotoID) error {
	if err := release(ctx, tx, uid, id); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM photo WHERE id = $1`, id)
	return err
}

// release has whatever was to make room for a photo stay. It is the same user's,
// and only by user are photos found.
func release(ctx context.Context, tx Conn, uid social.UserID, id persistence.PhotoID) error {
	_, err := tx.Exec(ctx, `UPDATE photo SET replaced_by = NULL WHERE uid = $1 AND replaced_by = $2`, uid, id)
	return err
}

// settlePhotos lets go of the objects that no photo of uid's shows any more, and
// has the profile show the first.
func (s *Store) settlePhotos(ctx context.Context, tx Conn, uid social.UserID, dropAt time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE object SET state = 'dropped', due = $2 WHERE uid = $1 AND state = 'live' AND NOT EXISTS (
			SELECT 1 FROM photo p WHERE p.uid = $1 AND p.position IS NOT NULL AND object.key IN (p.large, p.medium, p.small, p.video))`,
		uid, s.db.Dialect().Time(dropAt)); err != nil {
		return err
	}
	return s.showFirst(ctx, tx, uid)
}

// showFirst has the profile show the first approved photo.
func (s *Store) showFirst(ctx context.Context, tx Conn, uid social.UserID) error {
	var key, blurHash string
	err := tx.QueryRow(ctx, `SELECT medium, blurhash FROM photo WHERE uid = $1 AND `+isPhoto+` AND state = 'approved'
		ORDER BY position, id LIMIT 1`, uid).Scan(&key, &blurHash)
	if err != nil && !errors.Is(err, ErrNoRows) {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE users SET avatar = $2, avatar_blurhash = $3 WHERE id = $1`, uid, key, blurHash)
	return err
}

// ListPhotos implements persistence.Photos.
func (s *Store) ListPhotos(
	ctx context.Context, state persistence.PhotoState, before persistence.PhotoID, limit int,
) ([]persistence.Photo, error) {
	where := `state = $1 AND id < $2`
	if state != persistence.PhotoApproved {
		where += ` AND state <> 'approved'` // as the index has it, which a state that is bound does not show to be usable
	}
	return collect(ctx, s.db, scanPhoto, `SELECT `+photoColumns+` FROM photo WHERE `+where+` ORDER BY id DESC LIMIT $3`,
		string(state), orLatest(int64(before)), limit)
}

// DecidePhoto implements persistence.Photos. Photos of who has left wait with
// their user.
func (s *Store) DecidePhoto(ctx context.Context, d *persistence.Decision) (p persistence.Photo, changed bool, err error) {
	err = s.db.InTx(ctx, func(tx Conn) error {
		before, err := photo(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		if err := s.lockUser(ctx, tx, before.UID); err != nil {
			if social.CodeOf(err) == social.CodeUserNotFound {
				err = photoNotFound()
			}
			return err
		}
		// Now that nobody else changes it.
		if before, err = photo(ctx, tx, d.ID); err != nil {
			return err
		}
		if before.State == d.State {
			p = before
			return nil
		}
		if before.State == persistence.PhotoRejected {
			return social.Errorf(social.CodeInvalidRequest, "This photo was rejected and is gone; its user can send it again.")
		}
		changed = true
		if err := s.decide(ctx, tx, &before, d); err != nil {
			return err
		}
		p, err = photo(ctx, tx, d.ID)
		return err
	})
	if err != nil {
		return persistence.Photo{}, false, err
	}
	return p, changed, nil
}

func (s *Store) decide(ctx context.Context, tx Conn, before *persistence.Photo, d *persistence.Decision) error {
	at, dropAt := s.db.Dialect().Time(d.Change.At), d.DropAt
	var err error
	action := "photo.approve"
	if d.State == persistence.PhotoApproved {
		if _, err = tx.Exec(ctx, `UPDATE photo SET state = 'approved', decided_at = $2 WHERE id = $1`, d.ID, at); err != nil {
			return err
		}
		if _, err = tx.Exec(ctx, `DELETE FROM photo WHERE uid = $1 AND replaced_by = $2`, before.UID, d.ID); err != nil {
			return err
		}
		_, err = s.enqueue(ctx, tx, d.Change.At, d.Then...)
	} else {
		action, dropAt = "photo.reject", d.Change.At
		if err = release(ctx, tx, before.UID, d.ID); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE photo SET state = 'rejected', position = NULL, replaced_by = NULL, decided_at = $2 WHERE id = $1`, d.ID, at)
	}
	if err != nil {
		return err
	}
	if err := s.settlePhotos(ctx, tx, before.UID, dropAt); err != nil {
		return err
	}
	if err := s.tell(ctx, tx, before.UID, social.EventPhoto, d.Event, d.Change.At); err != nil {
		return err
	}
	return s.audit(ctx, tx, &persistence.AuditEntry{
		At: d.Change.At, By: d.Change.By, Action: action, From: string(before.State), To: string(d.State),
		Target: kindOf(before) + " " + strconv.FormatInt(int64(d.ID), 10) + " of user " + strconv.FormatInt(int64(before.UID), 10),
	})
}

func kindOf(p *persistence.Photo) string {
	if p.Video.Key != "" {
		return "video"
	}
	return "photo"
}
