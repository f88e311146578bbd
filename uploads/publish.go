package uploads

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/media/picture"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
	"github.com/swiperhq/swiper/tasks"
)

// replacedLife is how long the objects of a replaced picture stay for those whose
// cards still name them.
const replacedLife = time.Hour

// Progress of a task at its steps, in percent.
const (
	atOpened  = 20
	atCleaned = 50
	atStored  = 80
)

// Published is the result of a task of an avatar: what the profile shows now.
type Published struct {
	Added

	AvatarURL      string `json:"avatar_url"`
	AvatarBlurHash string `json:"avatar_blurhash"`
	// Overtaken tells that a later picture was there first.
	Overtaken bool `json:"overtaken,omitempty"`
}

// Added is the result of a task of a photo: what has become of it. Without an id
// it is there no more, or never was.
type Added struct {
	PhotoID persistence.PhotoID    `json:"photo_id,omitempty"`
	State   persistence.PhotoState `json:"state,omitempty"`
}

// Publish does a task of PublishKind.
func (s *Service) Publish(ctx context.Context, run *tasks.Run, args PublishArgs) (any, error) {
	result, err := s.publish(ctx, run, args.Upload)
	if err == nil || media.Passing(err) && !run.Final {
		return result, err
	}
	// What operators can retry stays as it is; what no retry mends has ended.
	if !media.Passing(err) && refusal(err) {
		event, eerr := ended(run, persistence.TaskFailed)
		if err := errors.Join(eerr, s.o.Store.FailUpload(context.WithoutCancel(ctx), args.Upload, s.o.Now(), event)); err != nil {
			return nil, err
		}
		s.o.Hint(run.Owner, social.EventTask)
		return nil, tasks.Permanent(errors.Join(err, s.unstage(ctx, args.Upload)))
	}
	return nil, err
}

// refusal tells that it is the upload's own fault.
func refusal(err error) bool {
	switch social.CodeOf(err) { //nolint:exhaustive // the rest is ours
	case social.CodeUploadTooLarge, social.CodeUnsupportedMedia, social.CodeImageInvalid, social.CodeUploadNotFound, social.CodeUserNotFound,
		social.CodeTooManyPhotos:
		return true
	}
	return false
}

func (s *Service) publish(ctx context.Context, run *tasks.Run, id persistence.UploadID) (any, error) {
	u, err := s.o.Store.Upload(ctx, id)
	if err != nil {
		return nil, err
	}
	if u.State != persistence.UploadDone {
		if u, err = s.make(ctx, run, &u); err != nil {
			return nil, err
		}
	}
	if err := s.unstage(ctx, id); err != nil {
		return nil, err
	}
	return s.result(ctx, &u)
}

// result tells what a task that has ended did.
func (s *Service) result(ctx context.Context, u *persistence.Upload) (any, error) {
	photo, err := s.o.Store.Photo(ctx, u.Photo)
	if err != nil && social.CodeOf(err) != social.CodePhotoNotFound {
		return nil, err
	}
	added := Added{photo.ID, photo.State}
	if u.Purpose != persistence.UploadAvatar {
		return added, nil
	}
	me, err := s.o.Store.User(ctx, u.UID)
	if err != nil {
		return nil, err
	}
	return Published{added, s.URL(me.Avatar), me.AvatarBlurHash, !u.Published && u.Photo == 0}, nil
}

// make cleans an upload, has it reviewed, stores what was made of it and makes a
// photo of it.
func (s *Service) make(ctx context.Context, run *tasks.Run, u *persistence.Upload) (out persistence.Upload, err error) {
	data, err := s.staged(ctx, u)
	if err != nil {
		return out, err
	}
	run.Progress(ctx, atOpened)
	set, err := s.o.Cleaner.Clean(ctx, strconv.FormatInt(int64(u.UID), 10), data)
	if err != nil {
		return out, err
	}
	run.Progress(ctx, atCleaned)
	p := persistence.Publication{ID: u.ID}
	if p.State, err = s.review(ctx, u, set); err != nil {
		return out, err
	}
	if p.State != persistence.PhotoRejected {
		if err := s.store(ctx, &p, set); err != nil {
			return out, err
		}
	}
	run.Progress(ctx, atStored)
	if p.Event, err = ended(run, persistence.TaskDone); err != nil {
		return out, err
	}
	p.At = s.o.Now()
	p.DropAt = p.At.Add(replacedLife)
	if out, err = s.o.Store.PublishUpload(ctx, &p); err == nil {
		s.o.Hint(u.UID, social.EventTask)
	}
	return out, err
}

// staged reads what was sent.
func (s *Service) staged(ctx context.Context, u *persistence.Upload) (data []byte, err error) {
	if data, err = s.o.Store.UploadData(ctx, u.ID); err != nil || data != nil {
		return data, err
	}
	err = s.o.Transfers.Transfer(ctx, func(ctx context.Context, store media.Store) error {
		object, _, err := store.Open(ctx, media.Staged(string(u.ID)))
		if social.CodeOf(err) == social.CodeNotFound {
			return &social.Error{Code: social.CodeUploadNotFound, Message: "Nothing has arrived.", Cause: err}
		}
		if err != nil {
			return err
		}
		data, err = io.ReadAll(io.LimitReader(object, picture.MaxBytes+1)) // Clean refuses what is longer
		if err != nil {
			err = media.Unavailable(err)
		}
		return errors.Join(err, object.Close())
	})
	return data, err
}

// store records the sizes as objects of a publication, stores them and looks
// whether they are there.
func (s *Service) store(ctx context.Context, p *persistence.Publication, set *picture.Set) error {
	p.Picture = persistence.Picture{
		Large: string(set.Large.Key), Medium: string(set.Medium.Key), Small: string(set.Small.Key), BlurHash: set.BlurHash,
	}
	for _, size := range set.All() {
		p.Keys = append(p.Keys, string(size.Key))
	}
	if err := s.o.Store.ClaimObjects(ctx, p.ID, p.Keys, s.o.Now()); err != nil {
		return err
	}
	prefetch, err := prefetching(&p.Picture)
	if err != nil {
		return err
	}
	p.Then = []persistence.Task{prefetch}
	return s.o.Transfers.Transfer(ctx, func(ctx context.Context, store media.Store) error {
		for _, size := range set.All() {
			if err := store.Put(ctx, size.Key, bytes.NewReader(size.Data), int64(len(size.Data)), picture.ContentType); err != nil {
				return err
			}
			info, err := store.Stat(ctx, size.Key)
			if err != nil {
				return err
			}
			if info.Size != int64(len(size.Data)) {
				return media.Permanent(fmt.Errorf("uploads: %d bytes of %s are stored, %d were sent", info.Size, size.Key, len(size.Data)))
			}
		}
		return nil
	})
}

func (s *Service) unstage(ctx context.Context, id persistence.UploadID) error {
	return s.o.Transfers.Transfer(ctx, func(ctx context.Context, store media.Store) error {
		return store.Delete(ctx, media.Staged(string(id)))
	})
}

// ended is what the user hears of the task's end.
func ended(run *tasks.Run, state persistence.TaskState) (json.RawMessage, error) {
	return json.Marshal(struct {
		TaskID persistence.TaskID    `json:"task_id"`
		Kind   string                `json:"kind"`
		State  persistence.TaskState `json:"state"`
	}{run.ID, PublishKind().Name, state})
}

// prefetching makes the task that has the CDN fetch a picture.
func prefetching(p *persistence.Picture) (persistence.Task, error) {
	return PrefetchKind().New(PrefetchArgs{slices.Compact([]media.Key{media.Key(p.Large), media.Key(p.Medium), media.Key(p.Small)})})
}

// Prefetch does a task of PrefetchKind.
func (s *Service) Prefetch(ctx context.Context, _ *tasks.Run, args PrefetchArgs) (any, error) {
	return nil, s.o.Media.Prefetch(ctx, args.Keys...)
}
