package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const maxAttempts = 100

// taskState tells where task t stands, by its queue's row j: the queue decides
// until the outcome is written, and that is written before the queue hears of it.
const taskState = `CASE WHEN t.outcome IS NOT NULL THEN t.outcome
	WHEN j.state IS NULL OR j.state IN ('cancelled', 'completed', 'discarded') THEN 'failed'
	WHEN j.state = 'running' THEN 'running'
	WHEN j.attempt > 0 THEN 'retrying' ELSE 'queued' END`

const taskColumns = `t.seq, t.id, t.kind, t.queue, t.uid, ` + taskState + `, COALESCE(t.attempts, j.attempt, 0),
	t.progress, t.result, t.error, t.created_at, t.ended_at, t.args IS NOT NULL`

const taskFrom = ` FROM task t LEFT JOIN river_job j ON j.id = t.job_id `

func scanTask(r Row, t *persistence.TaskRecord) error {
	var owner *int64
	var result *string
	var state string
	var kept bool
	if err := r.Scan(&t.Seq, &t.ID, &t.Kind, &t.Queue, &owner, &state, &t.Attempts, &t.Progress, &result, &t.Error,
		ScanTime(&t.CreatedAt), ScanTime(&t.EndedAt), &kept); err != nil {
		return err
	}
	if owner != nil {
		t.Owner = social.UserID(*owner)
	}
	if result != nil {
		t.Result = []byte(*result)
	}
	t.State = persistence.TaskState(state)
	t.Retryable = t.State == persistence.TaskFailed && kept
	return nil
}

func taskNotFound() error { return social.Errorf(social.CodeTaskNotFound, "There is no such task.") }

func checkTask(t *persistence.Task) error {
	switch {
	case t.Kind == "" || t.Queue == "":
		return errors.New("a task needs a kind and a queue")
	case t.MaxAttempts < 1 || t.MaxAttempts > maxAttempts:
		return fmt.Errorf("task %s: %d attempts, 1 to %d are possible", t.Kind, t.MaxAttempts, maxAttempts)
	case len(t.Args) > persistence.MaxTaskArgs:
		return fmt.Errorf("task %s: arguments of %d bytes, at most %d are kept", t.Kind, len(t.Args), persistence.MaxTaskArgs)
	}
	return nil
}

// enqueue makes tasks in tx: whoever stores what causes work calls it with that
// store's transaction.
func (s *Store) enqueue(ctx context.Context, tx Conn, at time.Time, tasks ...persistence.Task) ([]persistence.Enqueued, error) {
	out := make([]persistence.Enqueued, len(tasks))
	for i := range tasks {
		t := &tasks[i]
		if err := checkTask(t); err != nil {
			return nil, &social.Error{Code: social.CodeInvalidRequest, Message: "This task cannot be kept.", Cause: err}
		}
		made, err := s.enqueueOne(ctx, tx, at, t)
		if err != nil {
			return nil, err
		}
		out[i] = made
	}
	return out, nil
}

// enqueueOne writes the record of a task with a name first: of two transactions
// with the same name the later one waits there and then finds the other's.
func (s *Store) enqueueOne(ctx context.Context, tx Conn, at time.Time, t *persistence.Task) (persistence.Enqueued, error) {
	id := persistence.NewTaskID()
	args := t.Args
	if args == nil {
		args = []byte{}
	}
	job := int64(0) // until the name is known to be ours
	if t.Unique == "" {
		var err error
		if job, err = s.db.Dialect().Jobs.Insert(ctx, tx, id, t); err != nil {
			return persistence.Enqueued{}, err
		}
	}
	n, err := tx.Exec(ctx, `INSERT INTO task (id, job_id, kind, queue, uid, args, secret, name, once, taken, tries, created_at)
		VALUES ($1, $12, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (kind, name) WHERE taken DO NOTHING`,
		string(id), t.Kind, t.Queue, orNull(t.Owner), args, t.Secret, textOrNull(t.Unique), t.Once, t.Unique != "", t.MaxAttempts, s.db.Dialect().Time(at), job)
	if err != nil {
		return persistence.Enqueued{}, err
	}
	if n == 0 {
		var there string
		err := tx.QueryRow(ctx, `SELECT id FROM task WHERE kind = $1 AND name = $2 AND taken`, t.Kind, t.Unique).Scan(&there)
		if errors.Is(err, ErrNoRows) { // it ended in between
			return persistence.Enqueued{}, &social.Error{
				Code: social.CodeUnavailable, Message: "The task is just ending.", RetryAfter: retryAfter,
			}
		}
		return persistence.Enqueued{ID: persistence.TaskID(there), Existing: true}, err
	}
	if job == 0 {
		err = s.enqueueJob(ctx, tx, id, t)
	}
	return persistence.Enqueued{ID: id}, err
}

func (s *Store) enqueueJob(ctx context.Context, tx Conn, id persistence.TaskID, t *persistence.Task) error {
	job, err := s.db.Dialect().Jobs.Insert(ctx, tx, id, t)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE task SET job_id = $2 WHERE id = $1`, string(id), job)
	return err
}

// EnqueueTasks implements persistence.Tasks.
func (s *Store) EnqueueTasks(ctx context.Context, at time.Time, tasks ...persistence.Task) (out []persistence.Enqueued, err error) {
	err = s.db.InTx(ctx, func(tx Conn) error {
		out, err = s.enqueue(ctx, tx, at, tasks...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// EnqueueDue implements persistence.Tasks.
func (s *Store) EnqueueDue(ctx context.Context, schedule string, due, at time.Time, t persistence.Task) (mine bool, err error) {
	when := s.db.Dialect().Time(due)
	err = s.db.InTx(ctx, func(tx Conn) error {
		n, err := tx.Exec(ctx, `INSERT INTO task_schedule (name, due) VALUES ($1, $2)
			ON CONFLICT (name) DO UPDATE SET due = excluded.due WHERE task_schedule.due < excluded.due`, schedule, when)
		if err != nil || n == 0 {
			return err
		}
		made, err := s.enqueue(ctx, tx, at, t)
		if err != nil {
			return err
		}
		mine = !made[0].Existing
		return nil
	})
	return mine && err == nil, err
}

// Task implements persistence.Tasks.
func (s *Store) Task(
	ctx context.Context, id persistence.TaskID, owner social.UserID, endedAfter time.Time,
) (persistence.TaskRecord, error) {
	if !id.Valid() {
		return persistence.TaskRecord{}, taskNotFound()
	}
	var t persistence.TaskRecord
	err := scanTask(s.db.QueryRow(ctx, `SELECT `+taskColumns+taskFrom+`
		WHERE t.id = $1 AND t.uid = $2 AND (t.ended_at IS NULL OR t.ended_at >= $3)`,
		string(id), owner, s.db.Dialect().Time(endedAfter)), &t)
	if errors.Is(err, ErrNoRows) {
		return persistence.TaskRecord{}, taskNotFound()
	}
	return t, err
}

// ListTasks implements persistence.Tasks.
func (s *Store) ListTasks(ctx context.Context, f persistence.TaskFilter) ([]persistence.TaskRecord, error) {
	where, args := `WHERE true`, []any{}
	add := func(condition string, value any) {
		args = append(args, value)
		where += fmt.Sprintf(` AND `+condition, len(args))
	}
	if f.State != "" {
		add(`(`+taskState+`) = $%d`, string(f.State))
		if f.State == persistence.TaskDone || f.State == persistence.TaskFailed {
			add(`COALESCE(t.outcome, 'failed') = $%d`, string(f.State))
		} else {
			where += ` AND t.outcome IS NULL`
		}
	}
	if f.Kind != "" {
		add(`t.kind = $%d`, f.Kind)
	}
	if f.Before > 0 {
		add(`t.seq < $%d`, f.Before)
	}
	args = append(args, f.Limit)
	return collect(ctx, s.db, scanTask, `SELECT `+taskColumns+taskFrom+where+
		fmt.Sprintf(` ORDER BY t.seq DESC LIMIT $%d`, len(args)), args...)
}

// CountTasks implements persistence.Tasks.
func (s *Store) CountTasks(ctx context.Context) ([]persistence.TaskCount, error) {
	return collect(ctx, s.db, func(r Row, c *persistence.TaskCount) error {
		return r.Scan(&c.Kind, (*string)(&c.State), &c.Count)
	}, `SELECT t.kind, `+taskState+`, count(*)`+taskFrom+`WHERE t.outcome IS NULL GROUP BY 1, 2
		UNION ALL SELECT kind, 'failed', count(*) FROM task WHERE outcome = 'failed' GROUP BY 1`)
}

// RetryTask implements persistence.Tasks.
func (s *Store) RetryTask(ctx context.Context, id persistence.TaskID, c persistence.Change) error {
	if !id.Valid() {
		return taskNotFound()
	}
	d := s.db.Dialect()
	return s.db.InTx(ctx, func(tx Conn) error {
		var t persistence.Task
		var outcome *string
		var kept, rival bool
		err := tx.QueryRow(ctx, `SELECT kind, queue, tries, outcome, args IS NOT NULL, EXISTS (
				SELECT 1 FROM task o WHERE o.kind = t.kind AND o.name = t.name AND o.taken AND o.id <> t.id)
			FROM task t WHERE id = $1`+d.LockRow, string(id)).Scan(&t.Kind, &t.Queue, &t.MaxAttempts, &outcome, &kept, &rival)
		switch {
		case errors.Is(err, ErrNoRows):
			return taskNotFound()
		case err != nil:
			return err
		case outcome == nil || *outcome != string(persistence.TaskFailed):
			return social.Errorf(social.CodeInvalidRequest, "Only a failed task can be retried.")
		case !kept:
			return social.Errorf(social.CodeInvalidRequest, "What this task was to do has been deleted with its end.")
		case rival:
			return social.Errorf(social.CodeTaskConflict, "A task that does the same is under way.")
		}
		_, err = tx.Exec(ctx, `UPDATE task SET outcome = NULL, ended_at = NULL, attempts = NULL, error = '', progress = 0, marked = false,
			taken = name IS NOT NULL
			WHERE id = $1`, string(id))
		if err != nil {
			return err
		}
		if err := s.enqueueJob(ctx, tx, id, &t); err != nil {
			return err
		}
		return s.audit(ctx, tx, taskEntry(c, "task.retry", id, string(persistence.TaskFailed), string(persistence.TaskQueued)))
	})
}

// CancelTask implements persistence.Tasks.
func (s *Store) CancelTask(ctx context.Context, id persistence.TaskID, c persistence.Change) error {
	if !id.Valid() {
		return taskNotFound()
	}
	d := s.db.Dialect()
	return s.db.InTx(ctx, func(tx Conn) error {
		var job int64
		var live bool
		err := tx.QueryRow(ctx, `SELECT job_id, outcome IS NULL FROM task WHERE id = $1`+d.LockRow, string(id)).Scan(&job, &live)
		switch {
		case errors.Is(err, ErrNoRows):
			return taskNotFound()
		case err != nil || !live:
			return err
		}
		if err := d.Jobs.Cancel(ctx, tx, job); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE task SET `+endedSQL+` WHERE id = $1`,
			string(id), string(persistence.TaskFailed), d.Time(c.At), nil, "It was cancelled.", nil)
		if err != nil {
			return err
		}
		return s.audit(ctx, tx, taskEntry(c, "task.cancel", id, "under way", string(persistence.TaskFailed)))
	})
}

func taskEntry(c persistence.Change, action string, id persistence.TaskID, from, to string) *persistence.AuditEntry {
	return &persistence.AuditEntry{At: c.At, By: c.By, Action: action, Target: "task " + string(id), From: from, To: to}
}

func orNull[ID ~int64](id ID) any {
	if id == 0 {
		return nil
	}
	return id
}

func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
