package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func objectBusy() error {
	return &social.Error{Code: social.CodeUnavailable, Message: "The picture is just being deleted.", RetryAfter: retryAfter}
}

// ClaimObjects implements persistence.Uploads. A key that is live stays so: it
// is the same picture.
func (s *Store) ClaimObjects(ctx context.Context, id persistence.UploadID, keys []string, at time.Time) error {
	d := s.db.Dialect()
	return s.db.InTx(ctx, func(tx Conn) error {
		u, err := upload(ctx, tx, id, "")
		if err != nil {
			return err
		}
		if err := s.lockUser(ctx, tx, u.UID); err != nil {
			return err
		}
		for _, key := range keys {
			n, err := tx.Exec(ctx, `INSERT INTO object (key, uid, seq, state, due) VALUES ($1, $2, $3, 'pending', $4)
				ON CONFLICT (key) DO UPDATE SET seq = CASE WHEN object.seq > excluded.seq THEN object.seq ELSE excluded.seq END,
					state = CASE WHEN object.state = 'live' THEN 'live' ELSE 'pending' END, due = excluded.due
				WHERE object.state <> 'deleting'`, key, u.UID, u.Seq, d.Time(at))
			if err != nil {
				return err
			}
			if n == 0 {
				return objectBusy()
			}
		}
		return nil
	})
}

// PublishUpload implements persistence.Uploads.
func (s *Store) PublishUpload(ctx context.Context, p *persistence.Publication) (u persistence.Upload, err error) {
	err = s.db.InTx(ctx, func(tx Conn) error {
		u, err = upload(ctx, tx, p.ID, s.db.Dialect().LockRow)
		switch {
		case err != nil || u.State == persistence.UploadDone:
			return err
		case u.State != persistence.UploadAccepted:
			return uploadNotFound()
		}
		if err := s.lockUser(ctx, tx, u.UID); err != nil {
			return err
		}
		if err := s.become(ctx, tx, &u, p); err != nil {
			return err
		}
		u.State = persistence.UploadDone
		return s.endUpload(ctx, tx, &u, p.At, p.Event)
	})
	if err != nil {
		return persistence.Upload{}, err
	}
	return u, nil
}

// become makes a photo of an upload, if it is to be one.
func (s *Store) become(ctx context.Context, tx Conn, u *persistence.Upload, p *persistence.Publication) error {
	overtaken, err := isOvertaken(ctx, tx, u)
	if err != nil {
		return err
	}
	if overtaken {
		return s.dropClaimed(ctx, tx, u, p.DropAt)
	}
	if p.State == persistence.PhotoRejected {
		if u.Photo, err = s.insertPhoto(ctx, tx, u.UID, nil, p); err != nil {
			return err
		}
		return s.dropClaimed(ctx, tx, u, p.At)
	}
	for _, key := range p.Keys {
		// Live already where another photo shows the same.
		n, err := tx.Exec(ctx, `UPDATE object SET state = 'live' WHERE key = $1 AND uid = $2 AND state <> 'deleting' AND seq >= $3`,
			key, u.UID, u.Seq)
		if err != nil {
			return err
		}
		if n == 0 {
			return objectBusy() // the next attempt claims and stores it again
		}
	}
	place := s.comeFirst
	if u.Purpose == persistence.UploadPhoto {
		place = s.comeLast
	}
	if u.Photo, err = place(ctx, tx, u.UID, p); err != nil {
		return err
	}
	u.Published = true
	if err := s.settlePhotos(ctx, tx, u.UID, p.DropAt); err != nil {
		return err
	}
	if p.State == persistence.PhotoApproved {
		_, err = s.enqueue(ctx, tx, p.At, p.Then...)
	}
	return err
}

// isOvertaken tells whether an avatar, or a video, that was asked for later is shown.
func isOvertaken(ctx context.Context, tx Conn, u *persistence.Upload) (overtaken bool, err error) {
	if u.Purpose == persistence.UploadPhoto {
		return false, nil
	}
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM upload WHERE uid = $1 AND purpose = $2 AND seq > $3 AND published)`,
		u.UID, string(u.Purpose), u.Seq).Scan(&overtaken)
	return overtaken, err
}

// dropClaimed lets go of what was stored for an upload and no later one claimed.
func (s *Store) dropClaimed(ctx context.Context, tx Conn, u *persistence.Upload, due time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE object SET state = 'dropped', due = $3 WHERE uid = $1 AND seq = $2 AND state = 'pending'`,
		u.UID, u.Seq, s.db.Dialect().Time(due))
	return err
}

// endUpload writes the end and tells the user.
func (s *Store) endUpload(ctx context.Context, tx Conn, u *persistence.Upload, at time.Time, event json.RawMessage) error {
	if _, err := tx.Exec(ctx, `DELETE FROM upload_bytes WHERE upload_id = $1`, string(u.ID)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE upload SET state = $2, published = $3, photo_id = $4 WHERE id = $1`,
		string(u.ID), string(u.State), u.Published, orNull(u.Photo)); err != nil {
		return err
	}
	return s.tell(ctx, tx, u.UID, social.EventTask, event, at)
}

// tell writes an event that says more than who; nil: nothing is to be told.
func (s *Store) tell(ctx context.Context, tx Conn, uid social.UserID, kind social.EventKind, data json.RawMessage, at time.Time) error {
	if data == nil {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO event (uid, kind, data, time) VALUES ($1, $2, $3, $4)`, uid, string(kind), string(data), s.db.Dialect().Time(at))
	return err
}

// FailUpload implements persistence.Uploads.
func (s *Store) FailUpload(ctx context.Context, id persistence.UploadID, at time.Time, event json.RawMessage) error {
	return s.db.InTx(ctx, func(tx Conn) error {
		u, err := upload(ctx, tx, id, s.db.Dialect().LockRow)
		if social.CodeOf(err) == social.CodeUploadNotFound {
			return nil
		}
		if err != nil || u.State == persistence.UploadDone || u.State == persistence.UploadFailed {
			return err
		}
		if err := s.dropClaimed(ctx, tx, &u, at); err != nil {
			return err
		}
		u.State = persistence.UploadFailed
		return s.endUpload(ctx, tx, &u, at, event)
	})
}

// BeginDrop implements persistence.Uploads.
func (s *Store) BeginDrop(ctx context.Context, now, stale time.Time, limit int) (keys []string, err error) {
	d := s.db.Dialect()
	err = s.db.InTx(ctx, func(tx Conn) error {
		keys, err = collect(ctx, tx, scanOne[string], `SELECT key FROM object WHERE state <> 'live'
			AND (state = 'dropped' AND due <= $1 OR state = 'pending' AND due <= $2 OR state = 'deleting' AND due <= $3)
			ORDER BY due LIMIT $4`+d.SkipLocked, d.Time(now), d.Time(stale), d.Time(now.Add(-persistence.DropHalted)), limit)
		if err != nil {
			return err
		}
		for _, key := range keys {
			if _, err := tx.Exec(ctx, `UPDATE object SET state = 'deleting', due = $2 WHERE key = $1`, key, d.Time(now)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return keys, nil
}

// EndDrop implements persistence.Uploads.
func (s *Store) EndDrop(ctx context.Context, keys []string) error {
	var errs []error
	for _, key := range keys {
		_, err := s.db.Exec(ctx, `DELETE FROM object WHERE key = $1 AND state = 'deleting'`, key)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
