package admin

import (
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

type photo struct {
	PhotoID   int64      `json:"photo_id"`
	UserID    int64      `json:"user_id"`
	Kind      string     `json:"kind"` // photo or video, of which url and large_url show how it begins
	State     string     `json:"state"`
	URL       *string    `json:"url"` // null: it was rejected, and is gone
	LargeURL  *string    `json:"large_url"`
	VideoURL  *string    `json:"video_url"`
	CreatedAt time.Time  `json:"created_at"`
	DecidedAt *time.Time `json:"decided_at"` // null: nobody has
}

type photosAnswer struct {
	Photos []photo `json:"photos"` // latest first
	Next   *int64  `json:"next"`   // what to give as before for those behind; null: there are none
}

// listPhotos shows photos in a state, pending ones unless another is asked for.
func (s *service) listPhotos(c *gin.Context) (any, error) {
	state := persistence.PhotoState(c.DefaultQuery("state", string(persistence.PhotoPending)))
	if !slices.Contains(persistence.PhotoStates(), state) {
		return nil, invalid("state", "state must be one of pending, approved and rejected.")
	}
	var a photosAnswer
	var err error
	a.Photos, a.Next, err = page(c, func(before int64, limit int) ([]persistence.Photo, error) {
		return s.Store.ListPhotos(c.Request.Context(), state, persistence.PhotoID(before), limit)
	}, func(p persistence.Photo) (photo, int64) { return s.photoFrom(&p), int64(p.ID) })
	return a, err
}

// decidePhoto approves or rejects a photo.
func (s *service) decidePhoto(c *gin.Context) (any, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id < 1 {
		return nil, social.Errorf(social.CodeInvalidRequest, "The photo id must be a number of at least 1.")
	}
	var body struct {
		State persistence.PhotoState `json:"state"`
	}
	if err := read(c, &body); err != nil {
		return nil, err
	}
	if body.State != persistence.PhotoApproved && body.State != persistence.PhotoRejected {
		return nil, invalid("state", "state must be approved or rejected.")
	}
	p, err := s.Photos.DecidePhoto(c.Request.Context(), persistence.PhotoID(id), body.State, s.change(c))
	if err != nil {
		return nil, err
	}
	return s.photoFrom(&p), nil
}

func (s *service) photoFrom(p *persistence.Photo) photo {
	out := photo{
		PhotoID: int64(p.ID), UserID: int64(p.UID), Kind: "photo", State: string(p.State), CreatedAt: p.CreatedAt.UTC(), DecidedAt: orNone(p.DecidedAt),
	}
	if p.Video.Key != "" {
		out.Kind = "video"
	}
	if p.State != persistence.PhotoRejected {
		url, large := s.Photos.URL(p.Medium), s.Photos.URL(p.Large)
		out.URL, out.LargeURL = &url, &large
		if p.Video.Key != "" {
			film := s.Photos.URL(p.Video.Key)
			out.VideoURL = &film
		}
	}
	return out
}
