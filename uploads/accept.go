package uploads

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Accept takes a picture or a video that uid sent to us and gives the task that publishes
// it: bytes and task are durable when it returns. Sent again with the same key, it
// is the same task; "" is no key. The errors of picture.Measure or
// video.Measure and of persistence.Uploads; CodeVideoUnsupported.
func (s *Service) Accept(
	ctx context.Context, uid social.UserID, purpose persistence.UploadPurpose, key string, data []byte,
) (persistence.TaskID, error) {
	allowed, err := s.allowed(purpose)
	if err != nil {
		return "", err
	}
	contentType, err := allowed.measure(data)
	if err != nil {
		return "", err
	}
	u, err := s.open(ctx, persistence.Upload{UID: uid, Purpose: purpose, ID: idOf(uid, key), Digest: digestOf(key, data)}, acceptLife)
	if err != nil {
		return "", err
	}
	a := persistence.Acceptance{ID: u.ID, UID: uid, MostData: mostData, At: s.o.Now()}
	if u.State == persistence.UploadOpen { // else its task has it already
		if a.Data, err = s.keep(ctx, u.ID, data, contentType); err != nil {
			return "", err
		}
	}
	if a.Task, err = publishing(&u); err != nil {
		return "", err
	}
	return s.o.Store.AcceptUpload(ctx, &a)
}

// idOf names an upload: by the key it was asked for with, if there is one.
func idOf(uid social.UserID, key string) persistence.UploadID {
	if key == "" {
		return persistence.UploadID(strings.ToLower(rand.Text()))
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "swiper upload\n%d\n%s", uid, key))
	return persistence.UploadID(hex.EncodeToString(sum[:16]))
}

// digestOf tells what was sent with a key from other things sent with it, and
// says nothing about it to who does not know the key.
func digestOf(key string, data []byte) string {
	if key == "" {
		return ""
	}
	sum := hmac.New(sha256.New, []byte(key))
	sum.Write(data) // a hash takes everything
	return hex.EncodeToString(sum.Sum(nil))
}

// keep stages what came in. What it gives is for the database to keep, while the
// store does not answer.
func (s *Service) keep(ctx context.Context, id persistence.UploadID, data []byte, contentType string) ([]byte, error) {
	err := s.stage(ctx, id, data, contentType)
	switch {
	case err == nil:
		return nil, nil
	case media.Passing(err):
		s.o.Logger.WarnContext(ctx, "the store of media does not answer; the database keeps an upload", slog.String("upload", string(id)), slog.Any("err", err))
		return data, nil
	}
	return nil, err
}

// stage stores what came in, within a part of the time there is.
func (s *Service) stage(ctx context.Context, id persistence.UploadID, data []byte, contentType string) error {
	limit := stageTime + time.Duration(len(data)>>20)*mibTime
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		limit = min(limit, left-min(left/2, keepTime))
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return s.o.Transfers.Transfer(ctx, func(ctx context.Context, store media.Store) error {
		return store.Put(ctx, media.Staged(string(id)), bytes.NewReader(data), int64(len(data)), contentType)
	})
}

// open records an upload that may arrive for so long.
func (s *Service) open(ctx context.Context, u persistence.Upload, life time.Duration) (persistence.Upload, error) {
	u.CreatedAt = s.o.Now()
	u.ExpiresAt = u.CreatedAt.Add(life)
	return s.o.Store.OpenUpload(ctx, u, mostLive)
}

// Permit lets a client send one upload to the store of media.
type Permit struct {
	ID     persistence.UploadID
	Ticket media.Ticket
}

// Open permits uid to send a picture or a video to the store of media by itself. Asked
// again with the same key, it gives the same upload; "" is no key.
// CodeRateLimited when too many are under way.
func (s *Service) Open(ctx context.Context, uid social.UserID, purpose persistence.UploadPurpose, key string) (Permit, error) {
	allowed, err := s.allowed(purpose)
	if err != nil {
		return Permit{}, err
	}
	u, err := s.open(ctx, persistence.Upload{UID: uid, Purpose: purpose, ID: idOf(uid, key), Direct: true}, ticketLife)
	if err != nil {
		return Permit{}, err
	}
	if !u.ExpiresAt.After(s.o.Now()) {
		return Permit{}, social.Errorf(social.CodeUploadNotFound, "This upload has expired. Begin another one.")
	}
	ticket, err := s.o.Media.Ticket(ctx, media.TicketRequest{
		Key: media.Staged(string(u.ID)), MaxSize: allowed.most, Types: allowed.types, EndUser: strconv.FormatInt(int64(uid), 10), Expires: u.ExpiresAt,
	})
	return Permit{u.ID, ticket}, err
}

// Complete gives the task that publishes what uid has sent to the store of
// media. CodeUploadNotFound: there is no such upload of uid, or nothing has
// arrived.
func (s *Service) Complete(ctx context.Context, uid social.UserID, id persistence.UploadID) (persistence.TaskID, error) {
	if !id.Valid() {
		return "", social.Errorf(social.CodeUploadNotFound, "There is no such upload.")
	}
	u, err := s.o.Store.Upload(ctx, id)
	if err != nil {
		return "", err
	}
	if u.UID != uid || !u.Direct {
		return "", social.Errorf(social.CodeUploadNotFound, "There is no such upload.")
	}
	if u.State == persistence.UploadOpen {
		allowed, err := s.allowed(u.Purpose)
		if err != nil {
			return "", err
		}
		info, err := s.o.Media.Stat(ctx, media.Staged(string(id)))
		switch {
		case social.CodeOf(err) == social.CodeNotFound:
			return "", social.Errorf(social.CodeUploadNotFound, "Nothing has arrived yet.")
		case err != nil:
			return "", err
		case info.Size > allowed.most:
			return "", allowed.tooLarge()
		}
	}
	return s.accept(ctx, &u)
}

// Arrived is Complete on the store's own word that uid's object has arrived
// under key. What it tells of an upload that is not known is not believed.
func (s *Service) Arrived(ctx context.Context, key media.Key, endUser string) error {
	id, staged := strings.CutPrefix(string(key), string(media.Staged("")))
	uid, err := strconv.ParseInt(endUser, 10, 64)
	if err != nil || !staged {
		return social.Errorf(social.CodeUploadNotFound, "There is no such upload.")
	}
	_, err = s.Complete(ctx, social.UserID(uid), persistence.UploadID(id))
	return err
}

func (s *Service) accept(ctx context.Context, u *persistence.Upload) (persistence.TaskID, error) {
	task, err := publishing(u)
	if err != nil {
		return "", err
	}
	return s.o.Store.AcceptUpload(ctx, &persistence.Acceptance{ID: u.ID, UID: u.UID, At: s.o.Now(), Task: task})
}
