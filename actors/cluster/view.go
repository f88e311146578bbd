package cluster

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/asynkron/protoactor-go/remote"
)

// viewed takes the members as the membership sees them now.
func (n *Node) viewed(members []Member) {
	before := n.Members()
	now := make([]Member, 0, len(members))
	for _, m := range members {
		if err := n.self.Compatible(m); err != nil {
			n.log.LogAttrs(context.Background(), slog.LevelWarn, "a member is left out", slog.Any("reason", err))
			continue
		}
		now = append(now, m)
	}
	slices.SortFunc(now, func(a, b Member) int { return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.ID, b.ID)) })
	for _, m := range without(now, before) {
		n.log.LogAttrs(context.Background(), slog.LevelInfo, "a member has gone", slog.String("member", m.ID), slog.String("address", m.Address))
		if m.Address != n.Address() {
			n.departed(m.Address) // before another can be reached at its address
		}
	}
	n.lookup.use(now)
	n.metrics.members.Set(float64(len(now)))
	for _, m := range without(before, now) {
		n.log.LogAttrs(context.Background(), slog.LevelInfo, "a member has joined", slog.String("member", m.ID), slog.String("address", m.Address), slog.String("version", m.Version))
	}
}

// without gives the members of all that are none of some.
func without(some, all []Member) []Member {
	var out []Member
	for _, m := range all {
		if !slices.ContainsFunc(some, func(o Member) bool { return o.ID == m.ID }) {
			out = append(out, m)
		}
	}
	return out
}

// departed ends the connection to an address, whoever still waits for an answer
// from there, and the memory of what was active there.
func (n *Node) departed(address string) {
	n.system.EventStream.Publish(&remote.EndpointTerminatedEvent{Address: address})
	n.forgetAddress(address)
}

// Places and outcomes of asks, in the order of metrics.asks.
const (
	local = iota
	elsewhere
)

const (
	answered = iota
	refused
	notDelivered
	unknown
)

func outcomeOf(err error) int {
	var refusal *RefusalError
	switch {
	case err == nil:
		return answered
	case errors.As(err, &refusal):
		return refused
	}
	return unknown
}
