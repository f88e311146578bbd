package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	protocluster "github.com/asynkron/protoactor-go/cluster"
	"google.golang.org/protobuf/proto"
)

// What an Ask can fail with, besides the actor's own *RefusalError.
var (
	// ErrNotDelivered: no actor has seen the request; asking again is safe.
	ErrNotDelivered = errors.New("not delivered")
	// ErrOutcomeUnknown: the actor may have acted and its answer is missing; only
	// what is idempotent may be asked again.
	ErrOutcomeUnknown = errors.New("outcome unknown")
)

var errLost = errors.New("this node has lost its membership")

// Delays between tries of what is not delivered, each with up to as much again at random.
const (
	firstRetry = 10 * time.Millisecond
	lastRetry  = 100 * time.Millisecond
)

// Ask sends req to the actor of that kind and identity, activating it if need
// be, and waits for its R. A request that no actor has seen is tried again until
// ctx ends; one that was delivered is never sent twice. Errors: *RefusalError,
// ErrNotDelivered, ErrOutcomeUnknown. ctx should have a deadline.
func Ask[R proto.Message](ctx context.Context, n *Node, kind, id string, req proto.Message) (R, error) {
	var none R
	where := local
	for delay := firstRetry; ; delay = min(2*delay, lastRetry) {
		if err := n.mayAsk(ctx); err != nil {
			n.metrics.asks[where][notDelivered].Inc()
			return none, fmt.Errorf("%s/%s: %w: %w", kind, id, ErrNotDelivered, err)
		}
		if pid := n.PID(ctx, kind, id); pid != nil {
			where = n.where(pid)
			answer, err := n.courier.ask(ctx, pid, req)
			switch {
			case err == nil:
				r, err := typed[R](answer, kind, id)
				n.metrics.asks[where][outcomeOf(err)].Inc()
				return r, err
			case !errors.Is(err, errDeadLetter):
				n.metrics.asks[where][unknown].Inc()
				return none, fmt.Errorf("%s/%s: %w: %w", kind, id, ErrOutcomeUnknown, err)
			}
			n.Forget(kind, id, pid)
		}
		pause(ctx, delay+rand.N(delay)) //nolint:gosec // spread, not secrecy
	}
}

// mayAsk waits while the node does not know whether it may act. It fails when ctx
// ends or the membership is lost.
func (n *Node) mayAsk(ctx context.Context) error {
	for {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case n.fence.isLost():
			return errLost
		case n.fence.open():
			return nil
		}
		pause(ctx, firstRetry)
	}
}

func typed[R proto.Message](answer any, kind, id string) (R, error) {
	switch m := answer.(type) {
	case R:
		return m, nil
	case *RefusalError:
		var none R
		return none, m
	}
	var none R
	return none, fmt.Errorf("%s/%s: unexpected answer %T", kind, id, answer)
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// PID gives the activation of an identity, making one if need be; nil if there
// is none to be had now. It waits for another member at most until ctx ends. The
// PID may be of an actor that has ended since: see Forget.
func (n *Node) PID(ctx context.Context, kind, id string) *actor.PID {
	if pid, ok := n.cluster.PidCache.Get(id, kind); ok {
		return pid
	}
	pid := n.lookup.activate(ctx, protocluster.NewClusterIdentity(id, kind))
	if pid != nil {
		n.cluster.PidCache.Set(id, kind, pid)
	}
	return pid
}

// Forget makes the next PID look again, once pid has proved dead.
func (n *Node) Forget(kind, id string, pid *actor.PID) {
	n.cluster.PidCache.RemoveByValue(id, kind, pid)
}

// AskActive is Ask for an actor that is active already; it activates none and
// gives ok false when there is none.
func AskActive[R proto.Message](ctx context.Context, n *Node, kind, id string, req proto.Message) (r R, ok bool, err error) {
	pid, err := n.lookup.find(ctx, protocluster.NewClusterIdentity(id, kind))
	if err != nil {
		return r, false, fmt.Errorf("%s/%s: %w: %w", kind, id, ErrNotDelivered, err)
	}
	if pid == nil {
		return r, false, nil
	}
	answer, err := n.courier.ask(ctx, pid, req)
	switch {
	case errors.Is(err, errDeadLetter):
		return r, false, nil // ended in between
	case err != nil:
		return r, false, fmt.Errorf("%s/%s: %w: %w", kind, id, ErrOutcomeUnknown, err)
	}
	r, err = typed[R](answer, kind, id)
	return r, err == nil, err
}

// where tells on which side of the network pid is.
func (n *Node) where(pid *actor.PID) int {
	if pid.Address == n.Address() {
		return local
	}
	return elsewhere
}

// forgetAddress drops what is known of activations on a node that has gone.
func (n *Node) forgetAddress(address string) {
	at := strings.LastIndexByte(address, ':')
	if port, err := strconv.ParseInt(address[at+1:], 10, 32); err == nil && at > 0 {
		n.cluster.PidCache.RemoveByMember(&protocluster.Member{Host: address[:at], Port: int32(port)})
	}
}
