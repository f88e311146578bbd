package cluster

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
)

// Protocol numbers what members say to each other. It changes only when a
// release can no longer work together with the one before; messages that gain
// fields do not change it.
const Protocol = 1

// Member is a node of the cluster.
type Member struct {
	ID       string   `json:"id"`      // new at each start of a node
	Address  string   `json:"address"` // host:port
	Kinds    []string `json:"kinds"`
	Version  string   `json:"version"`
	Protocol int      `json:"protocol"`
	// Retired members finish what they have; nothing is placed on them any more.
	Retired bool `json:"retired,omitempty"`
}

// Compatible tells why m and o cannot be members of one cluster; nil if they can.
func (m Member) Compatible(o Member) error {
	if m.Protocol == o.Protocol {
		return nil
	}
	return fmt.Errorf("member %s at %s (version %s) speaks protocol %d, %s at %s (version %s) speaks %d: versions so far apart cannot share a cluster",
		o.ID, o.Address, o.Version, o.Protocol, m.ID, m.Address, m.Version, m.Protocol)
}

// Host is what a membership gets from the node it works for. All functions are
// safe for concurrent use.
type Host struct {
	// View takes the members as they are now, the node itself included while it
	// is one. Calls come one after the other. Members of one address count as one.
	View func([]Member)
	// Lost ends the node: others have gone on without it.
	Lost func(reason string)
	// Exchange sends a payload to the node at address and gives what its
	// membership's Answer says. ctx must have a deadline.
	Exchange func(ctx context.Context, address string, payload []byte) ([]byte, error)
}

// Membership is how nodes find each other and notice who is gone. Implementations
// know no actors.
type Membership interface {
	// Join makes self a member and returns once it has given a first view with
	// self in it. It is called once. An error means that self is no member.
	Join(ctx context.Context, self Member, host Host) error
	// Answer answers another node's Exchange; it may be called before Join.
	Answer(ctx context.Context, payload []byte) ([]byte, error)
	// Confirm asks whether the others still count the node in, after it has been
	// frozen. An error: nobody could be asked.
	Confirm(ctx context.Context) (member bool, err error)
	// Retire tells everyone that the node takes no new actors.
	Retire(ctx context.Context) error
	// Leave ends the membership. View and Lost are not called after it.
	Leave(ctx context.Context) error
}

// ViewHash is the same on nodes that see the same members.
func ViewHash(members []Member) string {
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.ID
	}
	slices.Sort(ids)
	h := fnv.New64a()
	for _, id := range ids {
		_, _ = h.Write([]byte(id + "\n")) // a hash does not fail
	}
	return strconv.FormatUint(h.Sum64(), 16)
}
