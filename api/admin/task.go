package admin

import (
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	defaultTasks = 50
	maxTasks     = 500
)

type task struct {
	TaskID    string     `json:"task_id"`
	Kind      string     `json:"kind"`
	Queue     string     `json:"queue"`
	UserID    *int64     `json:"user_id"` // null: the house's own
	State     string     `json:"state"`
	Attempts  int        `json:"attempts"`
	Progress  int        `json:"progress"`
	Error     string     `json:"error"`
	CreatedAt time.Time  `json:"created_at"`
	EndedAt   *time.Time `json:"ended_at"`
	Retryable bool       `json:"retryable"`
}

type tasksAnswer struct {
	Tasks []task `json:"tasks"`
	Next  *int64 `json:"next"` // what to give as before for those behind; null: there are none
}

type taskAnswer struct {
	TaskID string `json:"task_id"`
}

// listTasks shows tasks, the newest first: ?state=failed are the dead letters.
func (s *service) listTasks(c *gin.Context) (any, error) {
	f := persistence.TaskFilter{State: persistence.TaskState(c.Query("state")), Kind: c.Query("kind")}
	if f.State != "" && !slices.Contains(persistence.TaskStates(), f.State) {
		return nil, invalid("state", "state must be one of queued, running, retrying, done and failed.")
	}
	var err error
	if f.Before, err = number(c, "before", 0, 1, 1<<62); err != nil {
		return nil, err
	}
	limit, err := number(c, "limit", defaultTasks, 1, maxTasks)
	if err != nil {
		return nil, err
	}
	f.Limit = int(limit)
	records, err := s.Store.ListTasks(c.Request.Context(), f)
	if err != nil {
		return nil, err
	}
	out := tasksAnswer{Tasks: make([]task, len(records))}
	for i := range records {
		out.Tasks[i] = taskFrom(&records[i])
	}
	if len(records) == f.Limit {
		out.Next = &records[len(records)-1].Seq
	}
	return out, nil
}

func (s *service) retryTask(c *gin.Context) (any, error) {
	id := c.Param("id")
	return taskAnswer{id}, s.Store.RetryTask(c.Request.Context(), persistence.TaskID(id), s.change(c))
}

func (s *service) cancelTask(c *gin.Context) (any, error) {
	id := c.Param("id")
	return taskAnswer{id}, s.Store.CancelTask(c.Request.Context(), persistence.TaskID(id), s.change(c))
}

func taskFrom(t *persistence.TaskRecord) task {
	out := task{
		TaskID: string(t.ID), Kind: t.Kind, Queue: t.Queue, State: string(t.State), Attempts: t.Attempts, Progress: t.Progress,
		Error: t.Error, CreatedAt: t.CreatedAt.UTC(), Retryable: t.Retryable,
	}
	if t.Owner != 0 {
		owner := int64(t.Owner)
		out.UserID = &owner
	}
	if !t.EndedAt.IsZero() {
		ended := t.EndedAt.UTC()
		out.EndedAt = &ended
	}
	return out
}

// number reads a query parameter; standard where it is not given.
func number(c *gin.Context, name string, standard, least, most int64) (int64, error) {
	text, given := c.GetQuery(name)
	if !given {
		return standard, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		return 0, &social.Error{
			Code: social.CodeInvalidRequest, Field: name,
			Message: name + " must be a whole number, " + strconv.FormatInt(least, 10) + " to " + strconv.FormatInt(most, 10) + ".",
		}
	}
	return n, nil
}
