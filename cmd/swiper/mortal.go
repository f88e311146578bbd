package main

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/swiperhq/swiper/exports"
	"github.com/swiperhq/swiper/internal/sabotage"
	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/uploads"
)

// What is mortal dies behind a step on the way of a picture, or of an export, where
// a test says so: each step that others see, in the order in which they come.
//
//	open stage accept fetch claim put stat publish unstage end, and drop delete forget
//	request prepare put stat finish end
//
// In the builds that people run it is what was given.

func mortal[T any](given, dying T) T {
	if sabotage.Built {
		return dying
	}
	return given
}

type mortalStore struct{ media.Store }

func (m mortalStore) Put(ctx context.Context, key media.Key, body io.ReadSeeker, size int64, contentType string) error {
	err := m.Store.Put(ctx, key, body, size, contentType)
	die(err, key, "stage", "put")
	return err
}

func (m mortalStore) Open(ctx context.Context, key media.Key) (io.ReadCloser, media.Info, error) {
	object, info, err := m.Store.Open(ctx, key)
	die(err, key, "fetch", "")
	return object, info, err
}

func (m mortalStore) Stat(ctx context.Context, key media.Key) (media.Info, error) {
	info, err := m.Store.Stat(ctx, key)
	die(err, key, "", "stat")
	return info, err
}

func (m mortalStore) Delete(ctx context.Context, key media.Key) error {
	err := m.Store.Delete(ctx, key)
	die(err, key, "unstage", "delete")
	return err
}

func die(err error, key media.Key, staged, published string) {
	switch {
	case err != nil:
	case strings.HasPrefix(string(key), string(media.Staged(""))):
		sabotage.Die(staged)
	default:
		sabotage.Die(published)
	}
}

type mortalRows struct{ uploads.Store }

func (m mortalRows) OpenUpload(ctx context.Context, u persistence.Upload, most int) (persistence.Upload, error) {
	out, err := m.Store.OpenUpload(ctx, u, most)
	sabotage.Die("open")
	return out, err
}

func (m mortalRows) AcceptUpload(ctx context.Context, a *persistence.Acceptance) (persistence.TaskID, error) {
	id, err := m.Store.AcceptUpload(ctx, a)
	sabotage.Die("accept")
	return id, err
}

func (m mortalRows) ClaimObjects(ctx context.Context, id persistence.UploadID, keys []string, at time.Time) error {
	err := m.Store.ClaimObjects(ctx, id, keys, at)
	sabotage.Die("claim")
	return err
}

func (m mortalRows) PublishUpload(ctx context.Context, p *persistence.Publication) (persistence.Upload, error) {
	u, err := m.Store.PublishUpload(ctx, p)
	sabotage.Die("publish")
	return u, err
}

func (m mortalRows) BeginDrop(ctx context.Context, now, stale time.Time, limit int) ([]string, error) {
	keys, err := m.Store.BeginDrop(ctx, now, stale, limit)
	if len(keys) > 0 {
		sabotage.Die("drop")
	}
	return keys, err
}

func (m mortalRows) EndDrop(ctx context.Context, keys []string) error {
	err := m.Store.EndDrop(ctx, keys)
	sabotage.Die("forget")
	return err
}

type mortalData struct{ exports.Store }

func (m mortalData) RequestExport(
	ctx context.Context, e persistence.Export, bound persistence.ExportBound, task persistence.Task,
) (persistence.Export, error) {
	out, err := m.Store.RequestExport(ctx, e, bound, task)
	sabotage.Die("request")
	return out, err
}

func (m mortalData) ClaimExport(ctx context.Context, id persistence.ExportID, key string, at, dropAt time.Time) error {
	err := m.Store.ClaimExport(ctx, id, key, at, dropAt)
	sabotage.Die("prepare")
	return err
}

func (m mortalData) FinishExport(ctx context.Context, f *persistence.FinishedExport) (persistence.Export, error) {
	out, err := m.Store.FinishExport(ctx, f)
	sabotage.Die("finish")
	return out, err
}

type mortalQueue struct{ persistence.Tasks }

func (m mortalQueue) EndTask(ctx context.Context, a persistence.TaskAttempt, end persistence.TaskEnd) (bool, error) {
	ended, err := m.Tasks.EndTask(ctx, a, end)
	if len(end.Result) > 0 { // not some upkeep's
		sabotage.Die("end")
	}
	return ended, err
}
