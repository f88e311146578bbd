package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// ofAttempt finds a task by its attempt, while it is that attempt's to change.
const ofAttempt = ` WHERE id = $1 AND job_id = $2 AND outcome IS NULL`

// endedSQL writes the end, $2 to $6, of a task and lets go of what it needed: its
// name, unless it is taken once and for all, and its arguments, unless a retry
// may need them.
const endedSQL = `outcome = $2, ended_at = $3, result = $4, error = $5, attempts = COALESCE($6, attempts, (SELECT attempt FROM river_job WHERE id = job_id), 0),
	marked = false, taken = taken AND once,
	progress = CASE WHEN $2 = 'done' THEN 100 ELSE progress END,
	args = CASE WHEN $2 = 'done' OR secret THEN NULL ELSE args END`

// BeginTask implements persistence.TaskWork.
func (s *Store) BeginTask(ctx context.Context, a persistence.TaskAttempt, mark bool) (in persistence.TaskInput, err error) {
	if !mark {
		return readInput(ctx, s.db, a, "")
	}
	err = s.db.InTx(ctx, func(tx Conn) error {
		in, err = readInput(ctx, tx, a, s.db.Dialect().LockRow)
		if err != nil || in.Ended || in.Unsettled {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE task SET marked = true`+ofAttempt, string(a.ID), a.Job)
		return err
	})
	return in, err
}

func readInput(ctx context.Context, c Conn, a persistence.TaskAttempt, lock string) (persistence.TaskInput, error) {
	var in persistence.TaskInput
	var owner *int64
	err := c.QueryRow(ctx, `SELECT uid, args, marked FROM task`+ofAttempt+lock, string(a.ID), a.Job).
		Scan(&owner, &in.Args, &in.Unsettled)
	if errors.Is(err, ErrNoRows) {
		return persistence.TaskInput{Ended: true}, nil
	}
	if owner != nil {
		in.Owner = social.UserID(*owner)
	}
	return in, err
}

// SetTaskProgress implements persistence.TaskWork.
func (s *Store) SetTaskProgress(ctx context.Context, a persistence.TaskAttempt, percent int) error {
	_, err := s.db.Exec(ctx, `UPDATE task SET progress = $3`+ofAttempt, string(a.ID), a.Job, min(max(percent, 0), 100))
	return err
}

// FailAttempt implements persistence.TaskWork.
func (s *Store) FailAttempt(ctx context.Context, a persistence.TaskAttempt, message string) error {
	_, err := s.db.Exec(ctx, `UPDATE task SET error = CASE WHEN $3 = '' THEN error ELSE $3 END, marked = false`+ofAttempt,
		string(a.ID), a.Job, message)
	return err
}

// EndTask implements persistence.TaskWork.
func (s *Store) EndTask(ctx context.Context, a persistence.TaskAttempt, end persistence.TaskEnd) (bool, error) {
	outcome := persistence.TaskDone
	if end.Failed {
		outcome = persistence.TaskFailed
	}
	// What the queue has given up shows as failed already, though its outcome comes a moment later.
	n, err := s.db.Exec(ctx, `UPDATE task SET `+endedSQL+` WHERE id = $1 AND job_id = $7 AND outcome IS NULL
		AND NOT EXISTS (SELECT 1 FROM river_job j WHERE j.id = job_id AND j.state IN ('cancelled', 'discarded'))`,
		string(a.ID), string(outcome), s.db.Dialect().Time(end.At), jsonOrNull(end.Result), end.Error, end.Attempts, a.Job)
	return n > 0, err
}

// KeepJobs implements persistence.TaskUpkeep.
func (s *Store) KeepJobs(ctx context.Context, jobs []int64) error {
	d := s.db.Dialect()
	ids := make([]social.UserID, len(jobs)) // the dialect's only kind of set
	for i, job := range jobs {
		ids[i] = social.UserID(job)
	}
	_, err := s.db.Exec(ctx, `UPDATE river_job SET attempted_at = `+d.JobNow+`
		WHERE state = 'running' AND id IN (SELECT c.id FROM `+d.EachID(`$1`)+`)`, d.IDs(ids))
	return err
}

// RescueJobs implements persistence.TaskUpkeep. What the queue has given up,
// because no attempt was left, or another's tool cancelled or deleted, gets its outcome here.
func (s *Store) RescueJobs(ctx context.Context, silence time.Duration, at time.Time) (int, error) {
	d := s.db.Dialect()
	n, err := d.Jobs.Rescue(ctx, silence)
	if err != nil {
		return 0, err
	}
	_, err = s.db.Exec(ctx, `UPDATE task SET outcome = 'failed', ended_at = $1, taken = taken AND once,
			attempts = (SELECT attempt FROM river_job WHERE id = job_id),
			error = CASE WHEN error = '' THEN $2 ELSE error END, args = CASE WHEN secret THEN NULL ELSE args END
		WHERE outcome IS NULL AND NOT EXISTS (SELECT 1 FROM river_job j
			WHERE j.id = job_id AND j.state NOT IN ('cancelled', 'completed', 'discarded'))`,
		d.Time(at), "It was interrupted too often.")
	return n, err
}

// PruneTasks implements persistence.TaskUpkeep.
func (s *Store) PruneTasks(ctx context.Context, doneBefore, failedBefore time.Time, limit int) (int, error) {
	d := s.db.Dialect()
	n, err := s.db.Exec(ctx, `WITH old AS MATERIALIZED (
			SELECT seq FROM task WHERE outcome IS NOT NULL AND ended_at < $4
				AND (outcome = 'done' AND ended_at < $1 OR outcome = 'failed' AND ended_at < $2)
			ORDER BY ended_at LIMIT $3`+d.SkipLocked+`
		) DELETE FROM task WHERE seq IN (SELECT seq FROM old)`,
		d.Time(doneBefore), d.Time(failedBefore), limit, d.Time(latest(doneBefore, failedBefore)))
	return int(n), err
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func jsonOrNull(b []byte) any {
	if b == nil {
		return nil
	}
	return string(b)
}
