package uploads

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// reviewTime is how long a reviewer may look at one picture.
const reviewTime = 20 * time.Second

// Subject is what a reviewer looks at.
type Subject struct {
	UID     social.UserID
	Purpose persistence.UploadPurpose
	JPEG    []byte // the largest size, cleaned, or how a video begins; not to be changed
	MP4     []byte // the video, not to be changed; nil: it is a picture
}

// Reviewer looks at every picture before anybody else does.
type Reviewer interface {
	// Review approves a picture or rejects it; pending leaves it to operators. It is
	// called from many goroutines, within a deadline, and again for the same picture
	// when it has failed or a task is repeated.
	Review(ctx context.Context, s Subject) (persistence.PhotoState, error)
}

// ApproveAll approves every picture.
func ApproveAll() Reviewer { return always(persistence.PhotoApproved) }

// LeaveToOperators has operators decide about every picture.
func LeaveToOperators() Reviewer { return always(persistence.PhotoPending) }

type always persistence.PhotoState

// Review implements Reviewer.
func (a always) Review(context.Context, Subject) (persistence.PhotoState, error) {
	return persistence.PhotoState(a), nil
}

// review asks the reviewer. What it does not decide in time is asked again by
// the next attempt.
func (s *Service) review(ctx context.Context, u *persistence.Upload, made *product) (persistence.PhotoState, error) {
	ctx, cancel := context.WithTimeout(ctx, reviewTime)
	defer cancel()
	state, err := s.o.Reviewer.Review(ctx, Subject{u.UID, u.Purpose, made.set.Large.Data, made.film()})
	switch {
	case ctx.Err() != nil && err != nil:
		return "", media.Unavailable(ctx.Err())
	case err != nil:
		return "", media.Unavailable(fmt.Errorf("review a picture: %w", err))
	case !slices.Contains(persistence.PhotoStates(), state):
		return "", media.Permanent(fmt.Errorf("review a picture: %q is no decision", state))
	}
	return state, nil
}

// DecidePhoto approves or rejects a photo; its user is told. The errors of
// persistence.Photos.
func (s *Service) DecidePhoto(
	ctx context.Context, id persistence.PhotoID, state persistence.PhotoState, c persistence.Change,
) (persistence.Photo, error) {
	before, err := s.o.Store.Photo(ctx, id)
	if err != nil {
		return persistence.Photo{}, err
	}
	d := persistence.Decision{ID: id, State: state, Change: c, DropAt: c.At.Add(replacedLife)}
	told := addedOf(&before)
	told.State = state
	if d.Event, err = json.Marshal(told); err != nil {
		return persistence.Photo{}, err
	}
	prefetch, err := prefetching(keysOf(&before))
	if err != nil {
		return persistence.Photo{}, err
	}
	d.Then = []persistence.Task{prefetch}
	p, changed, err := s.o.Store.DecidePhoto(ctx, &d)
	if changed {
		s.o.Hint(p.UID, social.EventPhoto)
	}
	return p, err
}

func keysOf(p *persistence.Photo) []string {
	keys := slices.Compact([]string{p.Large, p.Medium, p.Small})
	if p.Video.Key != "" {
		keys = append(keys, p.Video.Key)
	}
	return keys
}

// DeleteVideo takes uid's video away. The errors of persistence.Photos.
func (s *Service) DeleteVideo(ctx context.Context, uid social.UserID) error {
	return s.o.Store.DeleteVideos(ctx, uid, s.o.Now().Add(replacedLife))
}

// DeletePhoto takes one of uid's photos away. The errors of persistence.Photos.
func (s *Service) DeletePhoto(ctx context.Context, uid social.UserID, id persistence.PhotoID) error {
	return s.o.Store.DeletePhoto(ctx, uid, id, s.o.Now().Add(replacedLife))
}
