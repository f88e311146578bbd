package api

import (
	"context"
	"net/http"
)

type departureInput struct {
	Body *letterTo
}

type departureAnswer struct {
	TaskID string `json:"task_id" doc:"Of what will erase the account. Nobody who is signed out can look at it."`
}

type departureOutput struct{ Body departureAnswer }

func (s *service) departureRoutes() {
	op := s.operation("delete-me", http.MethodDelete, "/v1/me",
		"Delete my account: signed out and hidden at once, erased later; a login by its phone before that restores it")
	op.DefaultStatus = http.StatusAccepted
	register(s, op, s.depart)
}

func (s *service) depart(ctx context.Context, in *departureInput) (*departureOutput, error) {
	task, err := s.Accounts.Depart(ctx, callerOf(ctx), in.Body.email())
	if err != nil {
		return nil, asCaller(err)
	}
	return &departureOutput{departureAnswer{string(task)}}, nil
}
