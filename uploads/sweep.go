package uploads

import (
	"context"
	"errors"
	"time"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/persistence"
)

// What a sweep clears away, by age.
const (
	// openKept is how long an upload may have been begun without arriving.
	openKept = 24 * time.Hour
	// acceptedKept is longer than a failed task waits for an operator.
	acceptedKept = 15 * 24 * time.Hour
	// endedKept is how long it is known that an upload ended: a late callback is
	// told from an unknown one, and a later picture from an earlier one.
	endedKept = 30 * 24 * time.Hour
	// claimKept is how long objects may be on their way to being published.
	claimKept = 24 * time.Hour

	sweepRows = 100 // a call
)

// Sweep does a task of SweepKind: it forgets uploads that never arrived or ended
// long ago, deletes what is staged for them and the objects that nobody shows.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.o.Now()
	for _, kind := range []struct {
		state persistence.UploadState
		kept  time.Duration
	}{
		{persistence.UploadOpen, openKept},
		{persistence.UploadAccepted, acceptedKept},
		{persistence.UploadDone, endedKept},
		{persistence.UploadFailed, endedKept},
	} {
		if err := s.forget(ctx, kind.state, now.Add(-kind.kept)); err != nil {
			return err
		}
	}
	return s.drop(ctx, now)
}

func (s *Service) forget(ctx context.Context, state persistence.UploadState, before time.Time) error {
	for {
		old, err := s.o.Store.ListUploads(ctx, state, before, sweepRows)
		if err != nil {
			return err
		}
		for i := range old {
			if err := s.unstage(ctx, old[i].ID); err != nil {
				return err
			}
			if err := s.o.Store.ForgetUpload(ctx, old[i].ID); err != nil {
				return err
			}
		}
		if len(old) < sweepRows {
			return nil
		}
	}
}

// drop deletes objects that nobody shows, and has the CDN forget them.
func (s *Service) drop(ctx context.Context, now time.Time) error {
	for {
		keys, err := s.o.Store.BeginDrop(ctx, now, now.Add(-claimKept), sweepRows)
		if err != nil || len(keys) == 0 {
			return err
		}
		gone := make([]media.Key, len(keys))
		err = s.o.Transfers.Transfer(ctx, func(ctx context.Context, store media.Store) error {
			for i, key := range keys {
				gone[i] = media.Key(key)
				if err := store.Delete(ctx, gone[i]); err != nil {
					return err
				}
			}
			return store.Refresh(ctx, gone...)
		})
		if err := errors.Join(err); err != nil {
			return err
		}
		if err := s.o.Store.EndDrop(ctx, keys); err != nil {
			return err
		}
	}
}
