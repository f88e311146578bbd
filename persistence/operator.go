package persistence

import (
	"context"
	"time"

	"github.com/swiperhq/swiper/social"
)

// Change is who changes something, and when.
type Change struct {
	By string
	At time.Time
}

// AuditEntry is one change by an operator.
type AuditEntry struct {
	ID     int64 // ascends
	At     time.Time
	By     string
	Action string // "setting.put", "task.retry", "task.cancel", "quota.reset", "user.logout", "user.suspend", "user.unsuspend", "token.mint", "photo.approve", "photo.reject"
	Target string // what was changed: a setting's key, "user 7"
	From   string // before; "" where it says nothing
	To     string // after
}

// Audit keeps what operators have changed. The methods that take a Change, and
// PutSetting, write their entry in the transaction of the change.
type Audit interface {
	// AddAudit writes the entry of something that changes no row; ID is ignored.
	AddAudit(ctx context.Context, e AuditEntry) error

	// AuditLog gives entries with ids below before (0: from the latest), latest
	// first, at most limit.
	AuditLog(ctx context.Context, before int64, limit int) ([]AuditEntry, error)
}

// PastSwipe is a standing swipe in its user's history.
type PastSwipe struct {
	Seq  int64 // ascends with time
	SID  social.UserID
	Mark social.Mark
	Time time.Time
}

// PastRewind is a swipe that was taken back.
type PastRewind struct {
	ID        int64 // ascends with time
	SID       social.UserID
	Mark      social.Mark
	SwipedAt  time.Time
	RewoundAt time.Time
}

// Operators is what people who run the system see of a user and do to one.
type Operators interface {
	Audit

	// SwipesOf gives uid's standing swipes with Seq below before (0: from the
	// latest), latest first, at most limit.
	SwipesOf(ctx context.Context, uid social.UserID, before int64, limit int) ([]PastSwipe, error)

	// RewindsOf is SwipesOf for what uid took back.
	RewindsOf(ctx context.Context, uid social.UserID, before int64, limit int) ([]PastRewind, error)

	// SessionsOf gives uid's logins, ended ones included, the latest first, at most
	// limit. Their Secret is left out.
	SessionsOf(ctx context.Context, uid social.UserID, limit int) ([]Session, error)

	// EndSessions ends all of uid's sessions that stand and gives their ids.
	EndSessions(ctx context.Context, uid social.UserID, c Change) (ended []string, err error)

	// ResetQuota makes what uid used of action on day nothing. CodeUserNotFound.
	ResetQuota(ctx context.Context, uid social.UserID, day social.Date, action social.Action, c Change) error

	// SuspendUser shuts a user out: the sessions end, of which it gives the ids,
	// CreateSession refuses with CodeAccountSuspended, and nobody is dealt the
	// user or told of the user's likes. Again, it changes nothing. CodeUserNotFound.
	SuspendUser(ctx context.Context, uid social.UserID, c Change) (ended []string, err error)

	// UnsuspendUser takes that back; sessions stay ended. CodeUserNotFound.
	UnsuspendUser(ctx context.Context, uid social.UserID, c Change) error

	// SuspendedAt tells since when uid is suspended; zero: uid is not. CodeUserNotFound.
	SuspendedAt(ctx context.Context, uid social.UserID) (time.Time, error)
}
