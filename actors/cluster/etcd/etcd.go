// Package etcd finds the members of a cluster through etcd: each keeps a key under
// a lease of its own and watches those of the others.
//
// It owns who is a member. It knows no actors. Its rules:
//
//   - A member whose lease ended has been given up by the others: Lost.
//   - etcd away changes nothing: everybody goes on with the members it knows.
//   - etcd that lost its data is told from a lease that ended by the generation, a
//     key that the first member makes and nobody deletes. Another generation, or
//     none: the member registers again under its id, and those it knew are kept
//     until they had the time to do so, too.
package etcd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"github.com/swiperhq/swiper/actors/cluster"
)

const (
	// defaultTTL lets a killed member be gone within 3 s: etcd looks for ended
	// leases every 500 ms. It is the least that etcd takes by default.
	defaultTTL = 2 * time.Second
	// requestTimeout bounds every request to etcd.
	requestTimeout = time.Second
	// retryEvery is the pause between tries while etcd is away.
	retryEvery = 250 * time.Millisecond
	// relistEvery compares the view with etcd, whatever the watch has told.
	relistEvery = 5 * time.Second
	// rejoinGrace is how long members that are missing in a new generation are kept.
	rejoinGrace = 10 * time.Second
)

// Options of New. Cluster and Endpoints are required.
type Options struct {
	// Cluster is the name, which the keys begin with.
	Cluster string
	// Endpoints are those of etcd: host:port or URLs.
	Endpoints []string
	// TTL is how long a silent member stays one, whole seconds; default 2 s.
	TTL time.Duration
	// Logger hears when etcd goes away and comes back; nil: slog.Default().
	Logger *slog.Logger
}

// Membership implements cluster.Membership.
type Membership struct {
	opts   Options
	client *clientv3.Client
	prefix string

	self  cluster.Member
	host  cluster.Host
	stop  context.CancelFunc
	done  chan struct{}
	calls chan call

	state // of the loop
}

// call is something that the loop is asked to do.
type call struct {
	ctx  context.Context //nolint:containedctx // of the caller that waits
	do   func(context.Context) error
	done chan error
}

// New gives a membership to be joined by one node. It does not wait for etcd.
func New(opts Options) (*Membership, error) {
	if opts.TTL == 0 {
		opts.TTL = defaultTTL
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	client, err := clientv3.New(clientv3.Config{
		Endpoints: opts.Endpoints, DialTimeout: requestTimeout, Logger: zap.NewNop(),
		DialKeepAliveTime: 2 * time.Second, DialKeepAliveTimeout: time.Second, PermitWithoutStream: true,
		DialOptions: []grpc.DialOption{grpc.WithConnectParams(grpc.ConnectParams{
			MinConnectTimeout: requestTimeout,
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: time.Second},
		})},
	})
	if err != nil {
		return nil, fmt.Errorf("etcd client: %w", err)
	}
	return &Membership{
		opts: opts, client: client, prefix: "/swiper/" + opts.Cluster, done: make(chan struct{}), calls: make(chan call),
		state: state{members: map[string]entry{}},
	}, nil
}

func (m *Membership) memberPrefix() string  { return m.prefix + "/members/" }
func (m *Membership) key() string           { return m.memberPrefix() + m.self.ID }
func (m *Membership) generationKey() string { return m.prefix + "/generation" }

// Join implements cluster.Membership. It is refused by members of another
// protocol, and takes the place of one with its own address, which must be dead.
func (m *Membership) Join(ctx context.Context, self cluster.Member, host cluster.Host) error {
	m.self, m.host = self, host
	var err error
	for ctx.Err() == nil {
		if err = m.enter(ctx); err == nil || errors.As(err, new(*misfitError)) {
			break
		}
		m.tell(ctx, err)
		pause(ctx, retryEvery)
	}
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	m.stop = stop
	go m.run(running)
	return nil
}

// misfitError tells that a member refuses this one.
type misfitError struct{ error }

// Answer implements cluster.Membership: members talk through etcd.
func (*Membership) Answer(context.Context, []byte) ([]byte, error) {
	return nil, errors.New("members find each other through etcd")
}

// Confirm implements cluster.Membership.
func (m *Membership) Confirm(ctx context.Context) (bool, error) {
	err := m.ask(ctx, m.check)
	if errors.Is(err, errLeaseEnded) {
		return false, nil
	}
	return err == nil, err
}

// Retire implements cluster.Membership.
func (m *Membership) Retire(ctx context.Context) error {
	return m.ask(ctx, func(ctx context.Context) error {
		m.self.Retired = true
		m.members[m.self.ID] = entry{member: m.self}
		m.show() // whatever etcd says
		return m.put(ctx)
	})
}

// Leave implements cluster.Membership.
func (m *Membership) Leave(ctx context.Context) error {
	defer func() { _ = m.client.Close() }() // nothing is under way
	if m.stop == nil {
		return nil
	}
	m.stop()
	<-m.done
	if m.lease == clientv3.NoLease || m.lost {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if _, err := m.client.Revoke(ctx, m.lease); err != nil {
		return fmt.Errorf("give the lease back: %w", err)
	}
	return nil
}

// ask has the loop do something and waits for it.
func (m *Membership) ask(ctx context.Context, do func(context.Context) error) error {
	c := call{ctx, do, make(chan error, 1)}
	select {
	case m.calls <- c:
	case <-m.done:
		return errors.New("the membership has ended")
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (m *Membership) encoded() (string, error) {
	raw, err := json.Marshal(m.self)
	return string(raw), err
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
