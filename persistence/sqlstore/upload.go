package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const uploadColumns = `seq, id, uid, purpose, state, direct, coalesce(task_id, ''), published, coalesce(photo_id, 0), digest, created_at, expires_at`

func scanUpload(r Row, u *persistence.Upload) error {
	return r.Scan(&u.Seq, (*string)(&u.ID), &u.UID, (*string)(&u.Purpose), (*string)(&u.State), &u.Direct, (*string)(&u.Task), &u.Published,
		&u.Photo, &u.Digest, ScanTime(&u.CreatedAt), ScanTime(&u.ExpiresAt))
}

func uploadNotFound() error {
	return social.Errorf(social.CodeUploadNotFound, "There is no such upload.")
}

// upload reads one; lock is "" or the dialect's LockRow.
func upload(ctx context.Context, c Conn, id persistence.UploadID, lock string) (persistence.Upload, error) {
	var u persistence.Upload
	err := scanUpload(c.QueryRow(ctx, `SELECT `+uploadColumns+` FROM upload WHERE id = $1`+lock, string(id)), &u)
	if errors.Is(err, ErrNoRows) {
		return u, uploadNotFound()
	}
	return u, err
}

// lockUser makes transactions about one user's uploads follow each other.
func (s *Store) lockUser(ctx context.Context, tx Conn, uid social.UserID) error {
	_, err := s.user(ctx, tx, userSQL+s.db.Dialect().LockRow, uid)
	return err
}

// OpenUpload implements persistence.Uploads.
func (s *Store) OpenUpload(ctx context.Context, u persistence.Upload, most int) (out persistence.Upload, err error) {
	d := s.db.Dialect()
	err = s.db.InTx(ctx, func(tx Conn) error {
		if err := s.lockUser(ctx, tx, u.UID); err != nil {
			return err
		}
		out, err = upload(ctx, tx, u.ID, "")
		switch {
		case err == nil && out.UID == u.UID && (out.Purpose != u.Purpose || out.Direct != u.Direct || out.Digest != u.Digest):
			return social.Errorf(social.CodeIdempotencyMismatch, "This key was used for another upload.")
		case err == nil && out.UID == u.UID:
			return nil
		case err == nil:
			return uploadNotFound()
		case social.CodeOf(err) != social.CodeUploadNotFound:
			return err
		}
		if err := s.roomFor(ctx, tx, &u, most); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO upload (id, uid, purpose, state, direct, digest, created_at, expires_at)
				VALUES ($1, $2, $3, 'open', $4, $5, $6, $7)`,
			string(u.ID), u.UID, string(u.Purpose), u.Direct, u.Digest, d.Time(u.CreatedAt), d.Time(u.ExpiresAt)); err != nil {
			return err
		}
		out, err = upload(ctx, tx, u.ID, "")
		return err
	})
	return out, err
}

// roomFor refuses an upload if too much of its user's is under way, or there.
func (s *Store) roomFor(ctx context.Context, tx Conn, u *persistence.Upload, most int) error {
	var live, photos int
	if err := tx.QueryRow(ctx, `SELECT count(*), count(CASE WHEN p.purpose = $3 THEN 1 END) FROM upload p
			WHERE p.uid = $1 AND (p.state = 'open' AND p.expires_at > $2
			OR p.state = 'accepted' AND EXISTS (SELECT 1 FROM task t WHERE t.id = p.task_id AND t.outcome IS NULL))`,
		u.UID, s.db.Dialect().Time(u.CreatedAt), string(persistence.UploadPhoto)).Scan(&live, &photos); err != nil {
		return err
	}
	if live >= most {
		return &social.Error{
			Code: social.CodeRateLimited, Message: "Too many uploads of yours at once. Wait until one of them is done.", RetryAfter: uploadWait,
		}
	}
	if u.Purpose != persistence.UploadPhoto {
		return nil
	}
	there, err := countPhotos(ctx, tx, u.UID)
	if err == nil && there+photos >= persistence.MaxPhotos {
		err = tooManyPhotos()
	}
	return err
}

// uploadWait is when somebody with too many uploads may try again.
const uploadWait = 10 * time.Second

// AcceptUpload implements persistence.Uploads.
func (s *Store) AcceptUpload(ctx context.Context, a *persistence.Acceptance) (id persistence.TaskID, err error) {
	err = s.db.InTx(ctx, func(tx Conn) error {
		u, err := upload(ctx, tx, a.ID, s.db.Dialect().LockRow)
		switch {
		case err != nil:
			return err
		case u.UID != a.UID:
			return uploadNotFound()
		case u.State != persistence.UploadOpen:
			if id = u.Task; id == "" { // it failed before there was one
				return uploadNotFound()
			}
			return nil
		case a.At.After(u.ExpiresAt.Add(persistence.UploadLate)):
			return uploadNotFound()
		}
		if a.Data != nil {
			if err := keepData(ctx, tx, a); err != nil {
				return err
			}
		}
		made, err := s.enqueue(ctx, tx, a.At, a.Task)
		if err != nil {
			return err
		}
		id = made[0].ID
		_, err = tx.Exec(ctx, `UPDATE upload SET state = 'accepted', task_id = $2 WHERE id = $1`, string(a.ID), string(id))
		return err
	})
	return id, err
}

// keepData may let a little more in than it should when several come at once.
func keepData(ctx context.Context, tx Conn, a *persistence.Acceptance) error {
	var kept int64
	if err := tx.QueryRow(ctx, `SELECT coalesce(sum(length(data)), 0) FROM upload_bytes`).Scan(&kept); err != nil {
		return err
	}
	if kept+int64(len(a.Data)) > a.MostData {
		return &social.Error{Code: social.CodeUnavailable, Message: "Pictures cannot be taken right now. Try again later.", RetryAfter: uploadWait}
	}
	_, err := tx.Exec(ctx, `INSERT INTO upload_bytes (upload_id, data) VALUES ($1, $2)`, string(a.ID), a.Data)
	return err
}

// Upload implements persistence.Uploads.
func (s *Store) Upload(ctx context.Context, id persistence.UploadID) (persistence.Upload, error) {
	return upload(ctx, s.db, id, "")
}

// UploadData implements persistence.Uploads.
func (s *Store) UploadData(ctx context.Context, id persistence.UploadID) ([]byte, error) {
	var data []byte
	err := s.db.QueryRow(ctx, `SELECT data FROM upload_bytes WHERE upload_id = $1`, string(id)).Scan(&data)
	if errors.Is(err, ErrNoRows) {
		return nil, nil
	}
	return data, err
}

// ForgetUpload implements persistence.Uploads.
func (s *Store) ForgetUpload(ctx context.Context, id persistence.UploadID) error {
	return s.db.InTx(ctx, func(tx Conn) error {
		if _, err := tx.Exec(ctx, `DELETE FROM upload_bytes WHERE upload_id = $1`, string(id)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM upload WHERE id = $1`, string(id))
		return err
	})
}

// ListUploads implements persistence.Uploads.
func (s *Store) ListUploads(
	ctx context.Context, state persistence.UploadState, before time.Time, limit int,
) ([]persistence.Upload, error) {
	return collect(ctx, s.db, scanUpload, `SELECT `+uploadColumns+` FROM upload WHERE state = $1 AND created_at < $2 ORDER BY created_at LIMIT $3`,
		string(state), s.db.Dialect().Time(before), limit)
}
