package admin_test

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func (f *fake) SettingLog(_ context.Context, key string, limit int) ([]persistence.Setting, error) {
	f.pages = append(f.pages, int64(limit))
	return []persistence.Setting{{Key: key, Value: json.RawMessage("7"), Version: 2, UpdatedAt: noon, UpdatedBy: "ann"}}, nil
}

func (f *fake) ListPhotos(_ context.Context, state persistence.PhotoState, before persistence.PhotoID, limit int) ([]persistence.Photo, error) {
	f.pages = append(f.pages, int64(before), int64(limit))
	return slices.Repeat([]persistence.Photo{photoIn(state)}, min(limit, 2)), nil
}

// photoIn is the photo 5 of user 1.
func photoIn(state persistence.PhotoState) persistence.Photo {
	return persistence.Photo{ID: 5, UID: 1, State: state, Picture: persistence.Picture{Large: "l", Medium: "m", Small: "s"}, CreatedAt: noon}
}

func (f *fake) DecidePhoto(
	_ context.Context, id persistence.PhotoID, state persistence.PhotoState, c persistence.Change,
) (persistence.Photo, error) {
	if id != 5 {
		return persistence.Photo{}, social.Errorf(social.CodePhotoNotFound, "There is no such photo.")
	}
	f.note(c, "photo", string(state))
	p := photoIn(state)
	p.DecidedAt = c.At
	return p, nil
}

func (*fake) URL(key string) string { return "/media/" + key }

func (f *fake) AddAudit(_ context.Context, e persistence.AuditEntry) error {
	if f.gone.Load() {
		return &social.Error{Code: social.CodeUnavailable, Message: "Away.", Cause: errGone}
	}
	e.At = time.Time{}
	f.changes = append(f.changes, e)
	return nil
}

func (f *fake) AuditLog(_ context.Context, before int64, limit int) ([]persistence.AuditEntry, error) {
	f.pages = append(f.pages, before, int64(limit))
	all := []persistence.AuditEntry{
		{ID: 9, At: noon, By: "ann", Action: "setting.put", Target: "likes_per_day", From: "3", To: "<i>5</i>"},
		{ID: 4, At: noon, By: "bob", Action: "user.logout", Target: "user 7"},
	}
	return all[:min(len(all), limit)], nil
}

func (f *fake) SwipesOf(_ context.Context, _ social.UserID, before int64, limit int) ([]persistence.PastSwipe, error) {
	f.pages = append(f.pages, before, int64(limit))
	return slices.Repeat([]persistence.PastSwipe{{Seq: 5, SID: 2, Mark: social.MarkLike, Time: noon}}, min(limit, 2)), nil
}

func (f *fake) RewindsOf(_ context.Context, _ social.UserID, before int64, limit int) ([]persistence.PastRewind, error) {
	f.pages = append(f.pages, before, int64(limit))
	return slices.Repeat([]persistence.PastRewind{{ID: 3, SID: 2, Mark: social.MarkDislike, SwipedAt: noon, RewoundAt: noon}}, min(limit, 2)), nil
}

func (*fake) SessionsOf(context.Context, social.UserID, int) ([]persistence.Session, error) {
	return []persistence.Session{{ID: "ABCDEFGHIJKLMNOP", UID: 1, CreatedAt: noon, UsedAt: noon, ExpiresAt: noon, RevokedAt: noon}}, nil
}

func known(uid social.UserID) error {
	if uid > 2 {
		return social.Errorf(social.CodeUserNotFound, "There is no such user.")
	}
	return nil
}

func of(uid social.UserID) string { return strconv.FormatInt(int64(uid), 10) }

func (f *fake) EndSessions(_ context.Context, uid social.UserID, c persistence.Change) ([]string, error) {
	f.note(c, "user.logout", of(uid))
	return []string{"one", "two"}, known(uid)
}

func (f *fake) ResetQuota(_ context.Context, uid social.UserID, day social.Date, action social.Action, c persistence.Change) error {
	f.note(c, "quota.reset", of(uid)+" "+day.String()+" "+string(action))
	return known(uid)
}

func (f *fake) SuspendUser(_ context.Context, uid social.UserID, c persistence.Change) ([]string, error) {
	f.note(c, "user.suspend", of(uid))
	return []string{"three"}, known(uid)
}

func (f *fake) UnsuspendUser(_ context.Context, uid social.UserID, c persistence.Change) error {
	f.note(c, "user.unsuspend", of(uid))
	return known(uid)
}

func (*fake) SuspendedAt(_ context.Context, uid social.UserID) (time.Time, error) {
	if uid == 2 {
		return noon, nil
	}
	return time.Time{}, known(uid)
}
