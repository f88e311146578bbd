package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// rescueBatch is how many jobs are rescued in one go.
const rescueBatch = 1000

// silent is what the queue keeps about an attempt that nobody spoke of any more.
const silent = "the worker fell silent"

// Rescue makes jobs due again that are running but were not kept since before; one
// that has no attempt left is discarded, one that was cancelled is cancelled. It
// tells how many. River's own rescuer looks every 30 s and only from one node; ours
// runs on all of them, since the update takes each job once.
func (q *Queue[Tx]) Rescue(ctx context.Context, before time.Time) (int, error) {
	exec := q.driver.GetExecutor()
	total := 0
	for after := int64(0); ; {
		stuck, err := exec.JobGetStuck(ctx, &riverdriver.JobGetStuckParams{AfterID: after, Max: rescueBatch, StuckHorizon: before})
		if err != nil {
			return total, fmt.Errorf("find jobs of dead workers: %w", err)
		}
		if len(stuck) == 0 {
			return total, nil
		}
		after = stuck[len(stuck)-1].ID
		p := riverdriver.JobRescueManyParams{StuckHorizon: before}
		now := time.Now().UTC()
		for _, job := range stuck {
			if err := rescue(&p, job, now); err != nil {
				return total, err
			}
		}
		if _, err := exec.JobRescueMany(ctx, &p); err != nil {
			return total, fmt.Errorf("rescue jobs: %w", err)
		}
		total += len(stuck)
		if len(stuck) < rescueBatch {
			return total, nil
		}
	}
}

func rescue(p *riverdriver.JobRescueManyParams, job *rivertype.JobRow, now time.Time) error {
	told, err := json.Marshal(rivertype.AttemptError{At: now, Attempt: job.Attempt, Error: silent})
	if err != nil {
		return err
	}
	var meta struct {
		CancelledAt time.Time `json:"cancel_attempted_at"`
	}
	if err := json.Unmarshal(job.Metadata, &meta); err != nil {
		return fmt.Errorf("metadata of job %d: %w", job.ID, err)
	}
	state, final := rivertype.JobStateAvailable, (*time.Time)(nil)
	switch {
	case !meta.CancelledAt.IsZero():
		state, final = rivertype.JobStateCancelled, &now
	case job.Attempt >= job.MaxAttempts:
		state, final = rivertype.JobStateDiscarded, &now
	}
	p.ID = append(p.ID, job.ID)
	p.Error = append(p.Error, told)
	p.FinalizedAt = append(p.FinalizedAt, final)
	p.ScheduledAt = append(p.ScheduledAt, job.ScheduledAt)
	p.State = append(p.State, string(state))
	return nil
}
