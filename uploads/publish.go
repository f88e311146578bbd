package uploads

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/swiperhq/swiper/media"
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
}

// Added is the result of a task of a photo or a video: what has become of it.
// Without an id it is there no more, or never was.
type Added struct {
	PhotoID persistence.PhotoID    `json:"photo_id,omitempty"`
	VideoID persistence.PhotoID    `json:"video_id,omitempty"`
	State   persistence.PhotoState `json:"state,omitempty"`
	// Overtaken tells that a later one was there first.
	Overtaken bool `json:"overtaken,omitempty"`
}

func addedOf(p *persistence.Photo) Added {
	if p.Video.Key != "" {
		return Added{VideoID: p.ID, State: p.State}
	}
	return Added{PhotoID: p.ID, State: p.State}
}

// Publish does a task of PublishKind or VideoKind.
func (s *Service) Publish(ctx context.Context, run *tasks.Run, args PublishArgs) (any, error) {
	kind, result, err := s.publish(ctx, run, args.Upload)
	if err == nil {
		return result, nil
	}
	if !refusal(err) { // it is tried again, also by operators
		return nil, err
	}
	event, eerr := ended(run, kind, persistence.TaskFailed)
	if err := errors.Join(eerr, s.o.Store.FailUpload(context.WithoutCancel(ctx), args.Upload, s.o.Now(), event)); err != nil {
		return nil, err
	}
	s.o.Hint(run.Owner, social.EventTask)
	return nil, tasks.Permanent(errors.Join(err, s.unstage(ctx, args.Upload)))
}

// refusal tells that it is the upload's own fault, which no retry mends.
func refusal(err error) bool {
	switch social.CodeOf(err) { //nolint:exhaustive // the rest is ours
	case social.CodeUploadTooLarge, social.CodeUnsupportedMedia, social.CodeImageInvalid, social.CodeUploadNotFound, social.CodeUserNotFound,
		social.CodeTooManyPhotos:
		return true
	}
	return false
}

func (s *Service) publish(ctx context.Context, run *tasks.Run, id persistence.UploadID) (kind string, result any, err error) {
	u, err := s.o.Store.Upload(ctx, id)
	if err != nil {
		return PublishKind().Name, nil, err
	}
	kind = kindOf(u.Purpose).Name
	if u.State != persistence.UploadDone {
		if u, err = s.make(ctx, run, &u); err != nil {
			return kind, nil, err
		}
	}
	if err := s.unstage(ctx, id); err != nil {
		return kind, nil, err
	}
	result, err = s.result(ctx, &u)
	return kind, result, err
}

// result tells what a task that has ended did.
func (s *Service) result(ctx context.Context, u *persistence.Upload) (any, error) {
	photo, err := s.o.Store.Photo(ctx, u.Photo)
	if err != nil && social.CodeOf(err) != social.CodePhotoNotFound {
		return nil, err
	}
	added := addedOf(&photo)
	added.Overtaken = !u.Published && u.Photo == 0
	if u.Purpose != persistence.UploadAvatar {
		return added, nil
	}
	me, err := s.o.Store.User(ctx, u.UID)
	if err != nil {
		return nil, err
	}
	return Published{added, s.URL(me.Avatar), me.AvatarBlurHash}, nil
}

// make cleans an upload, has it reviewed, stores what was made of it and makes a
// photo of it.
func (s *Service) make(ctx context.Context, run *tasks.Run, u *persistence.Upload) (out persistence.Upload, err error) {
	data, err := s.staged(ctx, u)
	if err != nil {
		return out, err
	}
	run.Progress(ctx, atOpened)
	made, err := s.clean(ctx, u, data)
	if err != nil {
		return out, err
	}
	run.Progress(ctx, atCleaned)
	p := persistence.Publication{ID: u.ID, Picture: made.picture(), Video: made.video()}
	if p.State, err = s.review(ctx, u, made); err != nil {
		return out, err
	}
	if p.State != persistence.PhotoRejected {
		if err := s.store(ctx, &p, made); err != nil {
			return out, err
		}
	}
	run.Progress(ctx, atStored)
	if p.Event, err = ended(run, kindOf(u.Purpose).Name, persistence.TaskDone); err != nil {
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
	allowed, err := s.allowed(u.Purpose)
	if err != nil {
		return nil, err
	}
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
		data, err = io.ReadAll(io.LimitReader(object, allowed.most+1)) // what is longer is refused
		if err != nil {
			err = media.Unavailable(err)
		}
		return errors.Join(err, object.Close())
	})
	return data, err
}

// store records what was made as objects of a publication, stores them and looks
// whether they are there.
func (s *Service) store(ctx context.Context, p *persistence.Publication, made *product) error {
	objects := made.objects()
	for _, o := range objects {
		p.Keys = append(p.Keys, string(o.key))
	}
	if err := s.o.Store.ClaimObjects(ctx, p.ID, p.Keys, s.o.Now()); err != nil {
		return err
	}
	prefetch, err := prefetching(p.Keys)
	if err != nil {
		return err
	}
	p.Then = []persistence.Task{prefetch}
	return s.o.Transfers.Transfer(ctx, func(ctx context.Context, store media.Store) error {
		for _, o := range objects {
			if err := store.Put(ctx, o.key, bytes.NewReader(o.data), int64(len(o.data)), o.contentType); err != nil {
				return err
			}
			info, err := store.Stat(ctx, o.key)
			if err != nil {
				return err
			}
			if info.Size != int64(len(o.data)) {
				return media.Permanent(fmt.Errorf("uploads: %d bytes of %s are stored, %d were sent", info.Size, o.key, len(o.data)))
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
func ended(run *tasks.Run, kind string, state persistence.TaskState) (json.RawMessage, error) {
	return json.Marshal(struct {
		TaskID persistence.TaskID    `json:"task_id"`
		Kind   string                `json:"kind"`
		State  persistence.TaskState `json:"state"`
	}{run.ID, kind, state})
}

// prefetching makes the task that has the CDN fetch new objects.
func prefetching(keys []string) (persistence.Task, error) {
	args := PrefetchArgs{make([]media.Key, len(keys))}
	for i, key := range keys {
		args.Keys[i] = media.Key(key)
	}
	return PrefetchKind().New(args)
}

// Prefetch does a task of PrefetchKind.
func (s *Service) Prefetch(ctx context.Context, _ *tasks.Run, args PrefetchArgs) (any, error) {
	return nil, s.o.Media.Prefetch(ctx, args.Keys...)
}
