package uploads

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// Published is the result of a task: what the profile shows now.
type Published struct {
	AvatarURL      string `json:"avatar_url"`
	AvatarBlurHash string `json:"avatar_blurhash"`
	// Overtaken tells that a later picture was there first.
	Overtaken bool `json:"overtaken,omitempty"`
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
	case social.CodeUploadTooLarge, social.CodeUnsupportedMedia, social.CodeImageInvalid, social.CodeUploadNotFound, social.CodeUserNotFound:
		return true
	}
	return false
}

func (s *Service) publish(ctx context.Context, run *tasks.Run, id persistence.UploadID) (any, error) {
	u, err := s.o.Store.Upload(ctx, id)
	if err != nil {
		return nil, err
	}
	published := u.Published
	if u.State != persistence.UploadDone {
		if published, err = s.make(ctx, run, &u); err != nil {
			return nil, err
		}
	}
	if err := s.unstage(ctx, id); err != nil {
		return nil, err
	}
	me, err := s.o.Store.User(ctx, u.UID)
	if err != nil {
		return nil, err
	}
	return Published{s.URL(me.Avatar), me.AvatarBlurHash, !published}, nil
}

// make cleans an upload, stores what was made of it and shows it.
func (s *Service) make(ctx context.Context, run *tasks.Run, u *persistence.Upload) (bool, error) {
	data, err := s.staged(ctx, u)
	if err != nil {
		return false, err
	}
	run.Progress(ctx, atOpened)
	set, err := s.o.Cleaner.Clean(ctx, strconv.FormatInt(int64(u.UID), 10), data)
	if err != nil {
		return false, err
	}
	run.Progress(ctx, atCleaned)
	p := persistence.Publication{ID: u.ID, Avatar: string(set.Medium.Key), BlurHash: set.BlurHash}
	var keys []media.Key
	for _, size := range set.All() {
		keys = append(keys, size.Key)
		p.Keys = append(p.Keys, string(size.Key))
	}
	if err := s.o.Store.ClaimObjects(ctx, u.ID, p.Keys, s.o.Now()); err != nil {
		return false, err
	}
	if err := s.store(ctx, set); err != nil {
		return false, err
	}
	run.Progress(ctx, atStored)
	if p.Event, err = ended(run, persistence.TaskDone); err != nil {
		return false, err
	}
	prefetch, err := PrefetchKind().New(PrefetchArgs{keys})
	if err != nil {
		return false, err
	}
	p.At, p.Then = s.o.Now(), []persistence.Task{prefetch}
	p.DropAt = p.At.Add(replacedLife)
	published, err := s.o.Store.PublishUpload(ctx, &p)
	if err == nil {
		s.o.Hint(u.UID, social.EventTask)
	}
	return published, err
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

// store publishes the sizes and looks whether they are there.
func (s *Service) store(ctx context.Context, set *picture.Set) error {
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

// Prefetch does a task of PrefetchKind.
func (s *Service) Prefetch(ctx context.Context, _ *tasks.Run, args PrefetchArgs) (any, error) {
	return nil, s.o.Media.Prefetch(ctx, args.Keys...)
}
