package cluster

import (
	"context"
	"errors"
)

// solo is the membership of a cluster of one: the member itself, from its start
// until it retires.
type solo struct {
	self Member
	host Host
}

// Join implements Membership.
func (s *solo) Join(_ context.Context, self Member, host Host) error {
	s.self, s.host = self, host
	host.View([]Member{self})
	return nil
}

// Answer implements Membership.
func (*solo) Answer(context.Context, []byte) ([]byte, error) {
	return nil, errors.New("a cluster of one answers nobody")
}

// Confirm implements Membership.
func (*solo) Confirm(context.Context) (bool, error) { return true, nil }

// Retire implements Membership. A member alone has nobody to leave its actors
// to, so it keeps them until they are drained.
func (*solo) Retire(context.Context) error { return nil }

// Leave implements Membership.
func (s *solo) Leave(context.Context) error {
	if s.host.View != nil {
		s.host.View(nil)
	}
	return nil
}
