package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

type taskInput struct {
	TaskID string `path:"task_id" doc:"As the call that was accepted told it."`
}

// taskResult is the JSON object that a task left behind.
type taskResult json.RawMessage

// MarshalJSON implements json.Marshaler.
func (r taskResult) MarshalJSON() ([]byte, error) {
	if r == nil {
		return []byte("null"), nil
	}
	return r, nil
}

// Schema implements huma.SchemaProvider.
func (taskResult) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, Nullable: true, AdditionalProperties: true,
		Description: "What came of it, by kind; null: nothing, or nothing yet.",
	}
}

type taskAnswer struct {
	TaskID   string     `json:"task_id"`
	Kind     string     `json:"kind" doc:"What is being done. More kinds will come."`
	State    string     `json:"state" enum:"queued,running,retrying,done,failed" doc:"retrying: between two attempts. done and failed are final, unless operators try again."`
	Attempts int        `json:"attempts" minimum:"0" doc:"Begun so far."`
	Progress int        `json:"progress" minimum:"0" maximum:"100" doc:"Percent."`
	Result   taskResult `json:"result"`
	Error    *string    `json:"error" doc:"For people: why it failed, or why the latest attempt did; null when nothing did."`
}

type taskOutput struct{ Body taskAnswer }

func (s *service) taskRoutes() {
	register(s, s.operation("get-task", http.MethodGet, "/v1/tasks/{task_id}",
		"Show how work that was accepted is going; it is forgotten some time after its end", social.CodeTaskNotFound), s.task)
}

// task shows a task to its owner, for as long as results are kept.
func (s *service) task(ctx context.Context, in *taskInput) (*taskOutput, error) {
	uid := callerOf(ctx)
	t, err := s.Store.Task(ctx, persistence.TaskID(in.TaskID), uid, s.Now().Add(-s.Rules().TaskResultTTL))
	if errors.Is(err, &social.Error{Code: social.CodeTaskNotFound}) {
		err = s.orUnauthenticated(ctx, uid, err)
	}
	if err != nil {
		return nil, err
	}
	out := taskAnswer{
		TaskID: string(t.ID), Kind: t.Kind, State: string(t.State), Attempts: t.Attempts, Progress: t.Progress, Result: t.Result,
	}
	if t.Error != "" {
		out.Error = &t.Error
	}
	return &taskOutput{out}, nil
}
