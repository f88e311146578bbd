package exports

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/messages"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
	"github.com/swiperhq/swiper/tasks"
)

// Progress of a task at its steps, in percent.
const (
	atRows     = 10
	atPictures = 50
	atGathered = 80
	atStored   = 95
)

// endTime bounds what is written when an attempt has failed for good.
const endTime = 5 * time.Second

// Made is the result of a task: where its owner, with an access token, reads the
// export, relative to the API's own address, and until when.
type Made struct {
	URL       string    `json:"url"`
	Size      int64     `json:"size"` // in bytes
	ExpiresAt time.Time `json:"expires_at"`
}

// MadeOf tells of a ready export.
func MadeOf(e *persistence.Export) Made {
	return Made{URL: "/v1/exports/" + string(e.ID), Size: e.Size, ExpiresAt: e.ExpiresAt.UTC()}
}

// Make does a task of Kind.
func (s *Service) Make(ctx context.Context, run *tasks.Run, args Args) (any, error) {
	e, err := s.make(ctx, run, args)
	if err == nil {
		return MadeOf(&e), nil
	}
	stopped := ctx.Err() != nil && !errors.Is(context.Cause(ctx), context.DeadlineExceeded)
	if stopped || !run.Final && !hopeless(err) {
		return nil, err
	}
	// The arguments go with the task: nobody can retry it, so its user is told.
	var event json.RawMessage
	if social.CodeOf(err) != social.CodeUserNotFound {
		var eerr error
		if event, eerr = ended(run, persistence.TaskFailed); eerr != nil {
			return nil, eerr
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	if ferr := s.o.Store.FailExport(ctx, args.Export, s.o.Now(), event); ferr != nil {
		return nil, errors.Join(err, ferr)
	}
	if event == nil { // who has left wants none: nothing has failed
		return nil, nil
	}
	s.o.Hint(run.Owner, social.EventTask)
	return nil, tasks.Permanent(err)
}

// hopeless tells that no other attempt goes better.
func hopeless(err error) bool {
	switch social.CodeOf(err) { //nolint:exhaustive // the rest may pass
	case social.CodeExportNotFound, social.CodeUserNotFound:
		return true
	}
	return tasks.IsPermanent(err)
}

func (s *Service) make(ctx context.Context, run *tasks.Run, args Args) (persistence.Export, error) {
	e, err := s.o.Store.Export(ctx, args.Export)
	if err != nil || e.State == persistence.ExportReady {
		return e, err
	}
	archive, err := s.temporary()
	if err != nil {
		return e, err
	}
	defer func() { _ = archive.Close() }() // it has no name: it is gone with that
	if err := s.gather(ctx, run, e.UID, archive); err != nil {
		return e, err
	}
	run.Progress(ctx, atGathered)
	size, err := archive.Seek(0, io.SeekEnd)
	if err != nil {
		return e, err
	}
	key := media.Exported(strings.ToLower(rand.Text()))
	now := s.o.Now()
	if err := s.o.Store.ClaimExport(ctx, e.ID, string(key), now, now.Add(lateStore)); err != nil {
		return e, err
	}
	if err := s.store(ctx, key, archive, size); err != nil {
		return e, err
	}
	run.Progress(ctx, atStored)
	return s.finish(ctx, run, &e, args, &persistence.FinishedExport{ID: e.ID, Key: string(key), Size: size})
}

// temporary gives a file that vanishes with its closing, or with the process.
func (s *Service) temporary() (*os.File, error) {
	const ownerOnly = 0o700
	if err := os.MkdirAll(s.o.Dir, ownerOnly); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(s.o.Dir, "export-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (s *Service) store(ctx context.Context, key media.Key, archive *os.File, size int64) error {
	return s.o.Transfers.Transfer(ctx, func(ctx context.Context, store media.Store) error {
		if _, err := archive.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if err := store.Put(ctx, key, archive, size, ContentType); err != nil {
			return err
		}
		info, err := store.Stat(ctx, key)
		if err == nil && info.Size != size {
			err = fmt.Errorf("exports: %d bytes are stored, %d were sent", info.Size, size)
		}
		return err
	})
}

func (s *Service) finish(
	ctx context.Context, run *tasks.Run, e *persistence.Export, args Args, f *persistence.FinishedExport,
) (persistence.Export, error) {
	f.At = s.o.Now()
	f.ExpiresAt = f.At.Add(life)
	var err error
	if f.Event, err = ended(run, persistence.TaskDone); err != nil {
		return *e, err
	}
	if len(args.To) > 0 {
		to, err := s.o.Post.Open(args.To)
		if err != nil {
			return *e, tasks.Permanent(err)
		}
		letter, err := s.o.Post.Task(e.UID, "export "+string(e.ID), messages.ExportReady(to, f.ExpiresAt))
		if err != nil {
			return *e, err
		}
		f.Then = append(f.Then, letter)
	}
	ready, err := s.o.Store.FinishExport(ctx, f)
	if err == nil {
		s.o.Hint(e.UID, social.EventTask)
	}
	return ready, err
}

// ended is what the user hears of the task's end.
func ended(run *tasks.Run, state persistence.TaskState) (json.RawMessage, error) {
	return json.Marshal(struct {
		TaskID persistence.TaskID    `json:"task_id"`
		Kind   string                `json:"kind"`
		State  persistence.TaskState `json:"state"`
	}{run.ID, Kind().Name, state})
}
