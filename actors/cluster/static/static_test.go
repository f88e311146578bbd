package static_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/actors/cluster"
	"github.com/swiperhq/swiper/actors/cluster/static"
)

// network carries what members say to each other, as long as they live.
type network struct {
	mu    sync.Mutex
	nodes map[string]*node // by address
	cut   map[[2]string]bool
}

type node struct {
	*static.Membership
	self cluster.Member
	mu   sync.Mutex
	view []cluster.Member
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

var addresses = []string{"a:1", "b:1", "c:1"}

func newNetwork() *network { return &network{nodes: map[string]*node{}, cut: map[[2]string]bool{}} }

func (nw *network) join(t *testing.T, address, id string, edit ...func(*static.Options, *cluster.Member)) (*node, error) {
	t.Helper()
	opts := static.Options{Cluster: "test", Addresses: addresses, Logger: slog.New(slog.DiscardHandler)}
	self := cluster.Member{ID: id, Address: address, Kinds: []string{"user"}, Version: "v1", Protocol: cluster.Protocol}
	for _, e := range edit {
		e(&opts, &self)
	}
	n := &node{Membership: static.New(opts), self: self}
	nw.mu.Lock()
	nw.nodes[address] = n
	nw.mu.Unlock()
	err := n.Join(t.Context(), self, cluster.Host{
		View: func(ms []cluster.Member) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.view = ms
		},
		Exchange: func(ctx context.Context, to string, payload []byte) ([]byte, error) {
			nw.mu.Lock()
			other, cut := nw.nodes[to], nw.cut[[2]string{address, to}] || nw.cut[[2]string{to, address}] || nw.nodes[address] != n
			nw.mu.Unlock()
			if other == nil || cut {
				return nil, errors.New("connection refused")
			}
			return other.Answer(ctx, payload)
		},
	})
	t.Cleanup(func() { _ = n.Leave(context.Background()) })
	return n, err
}

// kill takes a node off the network.
func (nw *network) kill(address string) {
	nw.mu.Lock()
	defer nw.mu.Unlock()
	delete(nw.nodes, address)
}

func eventually(t *testing.T, n *node, want ...string) {
	t.Helper()
	require.Eventually(t, func() bool { return slices.Equal(n.sees(), want) }, 20*time.Second, 5*time.Millisecond, "it sees %v, not %v", n.sees(), want)
}

func TestMembersFindEachOtherAndNoticeDeaths(t *testing.T) {
	t.Parallel()
	nw := newNetwork()
	var all []*node
	for i, a := range addresses {
		n, err := nw.join(t, a, strconv.Itoa(i))
		require.NoError(t, err)
		require.Contains(t, n.sees(), strconv.Itoa(i), "a member sees itself from the start")
		all = append(all, n)
	}
	for _, n := range all {
		eventually(t, n, "0", "1", "2")
	}
	nw.kill("b:1")
	eventually(t, all[0], "0", "2")
	eventually(t, all[2], "0", "2")

	again, err := nw.join(t, "b:1", "new")
	require.NoError(t, err)
	for _, n := range []*node{all[0], again, all[2]} {
		eventually(t, n, "0", "2", "new")
	}
	_, err = nw.join(t, "b:1", "newer") // before anybody has missed it
	require.NoError(t, err)
	eventually(t, all[0], "0", "2", "newer")
}

func TestMembersRetireAndLeaveAtOnce(t *testing.T) {
	t.Parallel()
	nw := newNetwork()
	one, err := nw.join(t, "a:1", "1")
	require.NoError(t, err)
	two, err := nw.join(t, "b:1", "2")
	require.NoError(t, err)
	eventually(t, one, "1", "2")
	require.NoError(t, two.Retire(t.Context()))
	require.Equal(t, []string{"1", "2 retired"}, one.sees(), "everybody was told before Retire returned")
	require.Equal(t, []string{"1", "2 retired"}, two.sees())
	require.NoError(t, two.Leave(t.Context()))
	require.Equal(t, []string{"1"}, one.sees())
}

func TestWhoWasGivenUpIsTold(t *testing.T) {
	t.Parallel()
	nw := newNetwork()
	one, err := nw.join(t, "a:1", "1")
	require.NoError(t, err)
	two, err := nw.join(t, "b:1", "2")
	require.NoError(t, err)
	eventually(t, one, "1", "2")
	member, err := two.Confirm(t.Context())
	require.NoError(t, err)
	require.True(t, member)

	nw.mu.Lock()
	nw.cut[[2]string{"a:1", "b:1"}] = true
	nw.mu.Unlock()
	eventually(t, one, "1")
	_, err = two.Confirm(t.Context())
	require.Error(t, err, "nobody can be asked")
	nw.mu.Lock()
	clear(nw.cut)
	nw.mu.Unlock()
	member, err = two.Confirm(t.Context())
	require.NoError(t, err)
	require.False(t, member)
	eventually(t, one, "1", "2") // a cut that heals ends nobody who was not frozen
}

func TestStrangersAreRefusedInWords(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		edit func(*static.Options, *cluster.Member)
		want string
	}{
		"another protocol": {func(_ *static.Options, m *cluster.Member) { m.Protocol++ }, "speaks protocol 1"},
		"another cluster":  {func(o *static.Options, _ *cluster.Member) { o.Cluster = "other" }, `a:1 is a member of cluster "test", this node one of "other"`},
		"another list":     {func(o *static.Options, _ *cluster.Member) { o.Addresses = []string{"a:1"} }, "none of the list"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nw := newNetwork()
			var words strings.Builder
			one, err := nw.join(t, "a:1", "1", func(o *static.Options, _ *cluster.Member) {
				o.Logger = slog.New(slog.NewTextHandler(&words, nil))
			})
			require.NoError(t, err)
			_, err = nw.join(t, "b:1", "2", tt.edit)
			require.ErrorContains(t, err, tt.want)
			require.NoError(t, one.Leave(t.Context()))
			if name != "another list" {
				require.Contains(t, words.String(), "a member is refused", "both sides hear of it")
			}
			require.Equal(t, []string{"1"}, one.sees())
		})
	}
}
