package sqlstore

import (
	"context"
	"slices"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func tooManyPhotos() error {
	return social.Errorf(social.CodeTooManyPhotos, "There is room for %d photos. Delete one first.", persistence.MaxPhotos)
}

// countPhotos counts the places that are taken.
func countPhotos(ctx context.Context, tx Conn, uid social.UserID) (n int, err error) {
	err = tx.QueryRow(ctx, `SELECT count(*) FROM photo WHERE uid = $1 AND `+isPhoto+` AND replaced_by IS NULL`, uid).Scan(&n)
	return n, err
}

// comeLast makes a photo behind all others.
func (s *Store) comeLast(ctx context.Context, tx Conn, uid social.UserID, p *persistence.Publication) (persistence.PhotoID, error) {
	there, err := countPhotos(ctx, tx, uid)
	if err != nil {
		return 0, err
	}
	if there >= persistence.MaxPhotos {
		return 0, tooManyPhotos()
	}
	var last int
	if err := tx.QueryRow(ctx, `SELECT coalesce(max(position), 0) FROM photo WHERE uid = $1 AND `+isPhoto, uid).Scan(&last); err != nil {
		return 0, err
	}
	last++
	return s.insertPhoto(ctx, tx, uid, &last, p)
}

// comeFirst makes a photo before all others, or a video before another. The first gives its place up: at
// once, or, if others see it and the new one is pending, when that is approved.
// One that has been waiting to replace another does so no more, so that of every
// user's photos one at most is waited for: as many places are taken as before.
func (s *Store) comeFirst(ctx context.Context, tx Conn, uid social.UserID, p *persistence.Publication) (persistence.PhotoID, error) {
	kind := isPhoto
	if p.Video.Key != "" {
		kind = isVideo
	}
	own, err := photos(ctx, tx, uid, kind)
	if err != nil {
		return 0, err
	}
	waiting, err := collect(ctx, tx, scanOne[persistence.PhotoID],
		`SELECT DISTINCT replaced_by FROM photo WHERE uid = $1 AND replaced_by IS NOT NULL AND `+kind, uid)
	if err != nil {
		return 0, err
	}
	for _, id := range waiting {
		if err := takeAway(ctx, tx, uid, id); err != nil {
			return 0, err
		}
		own = slices.DeleteFunc(own, func(p persistence.Photo) bool { return p.ID == id })
	}
	var place int
	if err := tx.QueryRow(ctx, `SELECT coalesce(min(position), 1) FROM photo WHERE uid = $1 AND `+kind, uid).Scan(&place); err != nil {
		return 0, err
	}
	place--
	id, err := s.insertPhoto(ctx, tx, uid, &place, p)
	if err != nil || len(own) == 0 {
		return id, err
	}
	if first := own[0]; p.State == persistence.PhotoApproved || first.State == persistence.PhotoPending {
		return id, takeAway(ctx, tx, uid, first.ID)
	}
	_, err = tx.Exec(ctx, `UPDATE photo SET replaced_by = $2 WHERE id = $1`, own[0].ID, id)
	return id, err
}

// insertPhoto makes a photo at a place; nil: it has none.
func (s *Store) insertPhoto(
	ctx context.Context, tx Conn, uid social.UserID, place *int, p *persistence.Publication,
) (id persistence.PhotoID, err error) {
	at := s.db.Dialect().Time(p.At)
	decided := at
	if p.State == persistence.PhotoPending {
		decided = nil
	}
	err = tx.QueryRow(ctx, `INSERT INTO photo (uid, position, state, large, medium, small, blurhash, video, duration_ms, width, height, created_at, decided_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id`,
		uid, place, string(p.State), p.Large, p.Medium, p.Small, p.BlurHash,
		p.Video.Key, p.Video.Duration.Milliseconds(), p.Video.Width, p.Video.Height, at, decided).Scan(&id)
	return id, err
}
