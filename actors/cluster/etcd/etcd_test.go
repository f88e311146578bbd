package etcd_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/swiperhq/swiper/actors/cluster"
	"github.com/swiperhq/swiper/actors/cluster/etcd"
	"github.com/swiperhq/swiper/internal/testetcd"
)

type node struct {
	*etcd.Membership
	mu   sync.Mutex
	view []cluster.Member
	lost chan string
}

func (n *node) sees() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []string
	for _, m := range n.view {
		id := m.ID
		if m.Retired {
			id += " retired"
		}
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

func join(t *testing.T, s *testetcd.Server, id string, edit ...func(*cluster.Member)) (*node, error) {
	t.Helper()
	m, err := etcd.New(etcd.Options{Cluster: "test", Endpoints: []string{s.Address}, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	n := &node{Membership: m, lost: make(chan string, 2)}
	self := cluster.Member{ID: id, Address: id + ":1", Kinds: []string{"user"}, Version: "v1", Protocol: cluster.Protocol}
	for _, e := range edit {
		e(&self)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = n.Join(ctx, self, cluster.Host{
		View: func(ms []cluster.Member) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.view = ms
		},
		Lost: func(reason string) { n.lost <- reason },
	})
	t.Cleanup(func() { _ = n.Leave(context.Background()) })
	return n, err
}

func eventually(t *testing.T, n *node, want ...string) {
	t.Helper()
	require.Eventually(t, func() bool { return slices.Equal(n.sees(), want) }, 30*time.Second, 5*time.Millisecond, "it sees %v, not %v", n.sees(), want)
}

func TestMembersJoinRetireAndLeave(t *testing.T) {
	t.Parallel()
	s := testetcd.Start(t)
	one, err := join(t, s, "1")
	require.NoError(t, err)
	require.Equal(t, []string{"1"}, one.sees())
	two, err := join(t, s, "2")
	require.NoError(t, err)
	require.Equal(t, []string{"1", "2"}, two.sees())
	eventually(t, one, "1", "2")
	member, err := two.Confirm(t.Context())
	require.NoError(t, err)
	require.True(t, member)
	require.NoError(t, two.Retire(t.Context()))
	require.Equal(t, []string{"1", "2 retired"}, two.sees())
	eventually(t, one, "1", "2 retired")
	require.NoError(t, two.Leave(t.Context()))
	eventually(t, one, "1")
	require.Empty(t, two.lost)

	// Another process at the same address takes the place of the one before.
	_, err = join(t, s, "new", func(m *cluster.Member) { m.Address = "1:1" })
	require.NoError(t, err)
	require.Contains(t, <-one.lost, "gone on without this node")
	member, err = one.Confirm(t.Context())
	require.False(t, member, err)
}

func TestAnotherProtocolIsRefused(t *testing.T) {
	t.Parallel()
	s := testetcd.Start(t)
	one, err := join(t, s, "1")
	require.NoError(t, err)
	_, err = join(t, s, "2", func(m *cluster.Member) { m.Protocol++ })
	require.ErrorContains(t, err, "speaks protocol 1")
	require.Equal(t, []string{"1"}, one.sees())
}

// TestAnEndedLeaseIsALostMembership: etcd has what it had, so the others have
// gone on.
func TestAnEndedLeaseIsALostMembership(t *testing.T) {
	t.Parallel()
	s := testetcd.Start(t)
	one, err := join(t, s, "1")
	require.NoError(t, err)
	two, err := join(t, s, "2")
	require.NoError(t, err)
	eventually(t, one, "1", "2")
	leases, err := s.Client.Get(t.Context(), "/swiper/test/members/2")
	require.NoError(t, err)
	_, err = s.Client.Revoke(t.Context(), clientv3.LeaseID(leases.Kvs[0].Lease))
	require.NoError(t, err)
	require.Contains(t, <-two.lost, "the lease in etcd has ended")
	eventually(t, one, "1")
	require.Empty(t, one.lost)
}

func TestEtcdAwayAndBackChangesNothing(t *testing.T) {
	t.Parallel()
	s := testetcd.Start(t)
	one, err := join(t, s, "1")
	require.NoError(t, err)
	two, err := join(t, s, "2")
	require.NoError(t, err)
	eventually(t, one, "1", "2")
	s.Kill()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second) // twice what leases live
	defer cancel()
	<-ctx.Done()
	require.Equal(t, []string{"1", "2"}, one.sees())
	s.Restart(t)
	require.Eventually(t, func() bool {
		member, err := two.Confirm(t.Context())
		return err == nil && member
	}, 20*time.Second, 50*time.Millisecond)
	three, err := join(t, s, "3")
	require.NoError(t, err)
	for _, n := range []*node{one, two, three} {
		eventually(t, n, "1", "2", "3")
		require.Empty(t, n.lost)
	}
}

func TestEtcdThatLostItsDataIsJoinedAnew(t *testing.T) {
	t.Parallel()
	s := testetcd.Start(t)
	one, err := join(t, s, "1")
	require.NoError(t, err)
	two, err := join(t, s, "2")
	require.NoError(t, err)
	dead, err := join(t, s, "dead")
	require.NoError(t, err)
	eventually(t, one, "1", "2", "dead")
	s.Kill()
	require.Error(t, dead.Leave(t.Context()), "it cannot tell")
	s.Forget(t)
	s.Restart(t)
	require.Eventually(t, func() bool { return s.Count("/swiper/test/members/") == 2 }, 30*time.Second, 20*time.Millisecond)
	eventually(t, one, "1", "2") // in the end; those that may come back are kept at first
	eventually(t, two, "1", "2")
	require.Empty(t, one.lost)
	require.Empty(t, two.lost)
	require.NoError(t, two.Leave(t.Context()))
	eventually(t, one, "1")
}
