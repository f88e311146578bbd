package accounts

import (
	"context"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Depart deletes the account of uid: when it returns uid is there for nobody,
// nobody gets in here by any of its sessions, and within a second nobody
// elsewhere. It gives the task that will erase what is left, unless a login by the
// phone restores the account before. email, "" for none, gets a letter that says
// so; what is wrong with it is CodeInvalidRequest, and nothing is deleted then.
// CodeUserNotFound.
func (s *Service) Depart(ctx context.Context, uid social.UserID, email string) (persistence.TaskID, error) {
	now := s.Now().Truncate(time.Microsecond) // as it is stored: the task tells departures apart by it
	erase, err := s.Erasure(uid, now)
	if err != nil {
		return "", err
	}
	letters, err := s.farewell(ctx, uid, now, email)
	if err != nil {
		return "", err
	}
	gone, err := s.Store.Depart(ctx, uid, now, erase, letters...)
	if err != nil {
		return "", err
	}
	s.ended(gone.Sessions...)
	return gone.Erase, nil
}

func (s *Service) farewell(ctx context.Context, uid social.UserID, left time.Time, email string) ([]persistence.Task, error) {
	if email == "" {
		return nil, nil
	}
	return s.Farewell(ctx, uid, left, email)
}
