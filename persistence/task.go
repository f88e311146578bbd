package persistence

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/swiperhq/swiper/social"
)

// TaskID is how clients and operators know a task: opaque, never another's. It
// is told to nobody before the transaction that made the task has committed.
type TaskID string

// NewTaskID draws an id of 26 letters and digits that cannot be guessed.
func NewTaskID() TaskID { return TaskID(rand.Text()) }

const taskIDLength = 26

// Valid tells whether it can be some task's.
func (id TaskID) Valid() bool {
	if len(id) != taskIDLength {
		return false
	}
	for i := range len(id) {
		if c := id[i]; (c < 'A' || c > 'Z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}

// Task is durable work, to be enqueued in the transaction of the write that
// causes it: a role's method that causes work takes Tasks among its arguments.
// Package tasks makes them, with what their kind asks for.
type Task struct {
	Kind  string // letters, digits, dots and dashes
	Queue string // whose workers take it
	// Owner may read the task's state; 0: nobody but operators.
	Owner social.UserID
	// Args are for the worker, at most MaxTaskArgs bytes. They are deleted when the
	// task is done, and those of a Secret one also when it fails.
	Args []byte
	// Secret arguments are gone with the task's end: it cannot be retried then.
	Secret bool
	// Unique names what must not be under way twice: as long as a task of the same
	// kind and name has not ended, no other is made. "": any number may be.
	Unique string
	// Once keeps Unique taken also when the task has ended, for as long as its
	// record is kept.
	Once bool
	// MaxAttempts is how often it is tried before it counts as failed, 1 to 100.
	MaxAttempts int
	// RunAt is when it is due; zero: at once.
	RunAt time.Time
}

// MaxTaskArgs bounds Task.Args: what is larger belongs in a table of its own.
const MaxTaskArgs = 64 << 10 // bytes

// TaskState is where a task stands.
type TaskState string

// The states. A task is retrying between two attempts.
const (
	TaskQueued   TaskState = "queued"
	TaskRunning  TaskState = "running"
	TaskRetrying TaskState = "retrying"
	TaskDone     TaskState = "done"
	TaskFailed   TaskState = "failed"
)

// TaskStates lists the states in the order of a task's life.
func TaskStates() []TaskState {
	return []TaskState{TaskQueued, TaskRunning, TaskRetrying, TaskDone, TaskFailed}
}

// TaskRecord is what is known of a task.
type TaskRecord struct {
	ID        TaskID
	Seq       int64 // ascends in the order in which tasks were made
	Kind      string
	Queue     string
	Owner     social.UserID
	State     TaskState
	Attempts  int    // begun so far, since it was last enqueued
	Progress  int    // percent
	Result    []byte // JSON; nil: none (yet)
	Error     string // of the latest attempt; "" when it went well
	CreatedAt time.Time
	EndedAt   time.Time // zero: it has not ended
	// Retryable tells that it failed and its arguments are still there.
	Retryable bool
}

// Enqueued is what became of a Task.
type Enqueued struct {
	ID TaskID
	// Existing: a task with that Unique was there, and this is its id.
	Existing bool
}

// TaskAttempt names one attempt at a task. Job is the queue's number for it: a
// retried task gets another one, so an attempt that was given up changes nothing.
type TaskAttempt struct {
	ID  TaskID
	Job int64
}

// TaskInput is what an attempt begins with.
type TaskInput struct {
	Owner social.UserID
	Args  []byte
	// Ended: there is nothing to do, for it ended, was cancelled, or goes on under
	// another Job.
	Ended bool
	// Unsettled: an attempt before this one began, was marked and never said how
	// it went. It may have done its work.
	Unsettled bool
}

// TaskEnd is how a task ended.
type TaskEnd struct {
	Failed   bool
	Result   []byte // JSON; nil: none
	Error    string // for people; "" unless it failed
	Attempts int
	At       time.Time
}

// TaskFilter says which tasks are listed. Zero fields let all through.
type TaskFilter struct {
	State  TaskState
	Kind   string
	Before int64 // only those with a smaller Seq
	Limit  int   // at most
}

// TaskCount is how many tasks of a kind are in a state.
type TaskCount struct {
	Kind  string
	State TaskState
	Count int
}

// Tasks keeps durable work, what is known of it and how it ended.
type Tasks interface {
	TaskWork
	TaskUpkeep

	// EnqueueTasks makes tasks in a transaction of its own, all or none of them,
	// and tells in order what became of each. CodeInvalidRequest for a task that
	// cannot be kept.
	EnqueueTasks(ctx context.Context, at time.Time, tasks ...Task) ([]Enqueued, error)

	// EnqueueDue makes the task of a schedule's turn that was due, unless any node
	// has done so for this turn or a later one; it tells whether it did.
	EnqueueDue(ctx context.Context, schedule string, due, at time.Time, task Task) (bool, error)

	// Task gives one of owner's tasks, unless it ended before endedAfter.
	// CodeTaskNotFound otherwise.
	Task(ctx context.Context, id TaskID, owner social.UserID, endedAfter time.Time) (TaskRecord, error)

	// ListTasks lists everybody's tasks, the newest first.
	ListTasks(ctx context.Context, f TaskFilter) ([]TaskRecord, error)

	// CountTasks counts those that have not ended and those that failed.
	CountTasks(ctx context.Context) ([]TaskCount, error)

	// RetryTask enqueues a failed task again, with all its attempts, in the place
	// of a dead letter. CodeTaskNotFound; CodeInvalidRequest when it has not failed
	// or its arguments are gone; CodeTaskConflict when another with its Unique is
	// under way.
	RetryTask(ctx context.Context, id TaskID, c Change) error

	// CancelTask ends a task as failed and interrupts it where it runs; one that
	// has ended stays as it is. CodeTaskNotFound.
	CancelTask(ctx context.Context, id TaskID, c Change) error
}

// TaskWork is what workers ask for.
type TaskWork interface {
	// BeginTask gives what an attempt needs. mark makes an attempt that then stays
	// silent known as Unsettled to the next one.
	BeginTask(ctx context.Context, a TaskAttempt, mark bool) (TaskInput, error)

	// SetTaskProgress shows how far it is, 0 to 100 percent.
	SetTaskProgress(ctx context.Context, a TaskAttempt, percent int) error

	// FailAttempt keeps the error of an attempt that is to be followed by another;
	// the attempt's mark goes. "" keeps the error that is there.
	FailAttempt(ctx context.Context, a TaskAttempt, message string) error

	// EndTask keeps how the task ended; false: it had ended before.
	EndTask(ctx context.Context, a TaskAttempt, end TaskEnd) (bool, error)
}

// TaskUpkeep is what keeps the queue honest when nodes die.
type TaskUpkeep interface {
	// KeepJobs says that the jobs are still being worked at.
	KeepJobs(ctx context.Context, jobs []int64) error

	// RescueJobs makes jobs due again whose worker has been silent for so long, by
	// the database's clock, and fails those that have no attempt left. It tells how many.
	RescueJobs(ctx context.Context, silence time.Duration, at time.Time) (int, error)

	// PruneTasks deletes at most limit records of tasks that were done, or failed,
	// before the given times, and tells how many.
	PruneTasks(ctx context.Context, doneBefore, failedBefore time.Time, limit int) (int, error)
}
