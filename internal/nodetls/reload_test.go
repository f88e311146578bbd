package nodetls_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/health/grpc_health_v1"
)

const (
	replaced = "the certificates between nodes are replaced"
	notTaken = "new certificates between nodes are not taken"
)

func TestRotationDropsNoConnection(t *testing.T) {
	t.Parallel()
	ca := newIssuer(t, "ca")
	old, next := ca.issue(t), ca.issue(t)
	n, peer := newNode(t, ca.pem, old), newNode(t, ca.pem, ca.issue(t)).load(t)
	addr := serve(t, n.load(t))
	standing := dial(t, addr, peer)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stream, err := grpc_health_v1.NewHealthClient(standing).Watch(ctx, &grpc_health_v1.HealthCheckRequest{})
	require.NoError(t, err)
	_, err = stream.Recv()
	require.NoError(t, err)

	put(t, n.Key, next.key)
	put(t, n.Cert, next.cert)
	require.Equal(t, old.tls.Leaf.SerialNumber, requireTalk(t, addr, peer).SerialNumber, "not looked at within a second")
	n.pass(time.Second)
	require.Equal(t, next.tls.Leaf.SerialNumber, requireTalk(t, addr, peer).SerialNumber)
	require.Equal(t, 1, n.log.count(replaced))

	seen, err := ask(t, standing)
	require.NoError(t, err)
	require.Equal(t, old.tls.Leaf.SerialNumber, seen.SerialNumber, "the connection that stood is the same")
	heard := make(chan error, 1)
	go func() { heard <- stream.RecvMsg(new(grpc_health_v1.HealthCheckResponse)) }()
	cancel()
	require.ErrorContains(t, <-heard, "context canceled", "nobody but this test ended it")
}

func TestClientsTakeNewCertificatesToo(t *testing.T) {
	t.Parallel()
	ca, other := newIssuer(t, "ca"), newIssuer(t, "other")
	addr := serve(t, newNode(t, other.pem, other.issue(t)).load(t))
	n := newNode(t, ca.pem, ca.issue(t))
	creds := n.load(t)
	_, err := ask(t, dial(t, addr, creds))
	require.ErrorContains(t, err, "signed by unknown authority")
	next := other.issue(t)
	put(t, n.CA, other.pem)
	put(t, n.Cert, next.cert)
	put(t, n.Key, next.key)
	n.pass(time.Second)
	requireTalk(t, addr, creds.Clone())
}

// The way from one CA to another: trust both everywhere, replace every
// certificate, trust the new one alone. Somebody can talk to everybody throughout.
func TestRotationOfTheCA(t *testing.T) {
	t.Parallel()
	before, after := newIssuer(t, "ca"), newIssuer(t, "ca, too")
	n := newNode(t, before.pem, before.issue(t))
	addr := serve(t, n.load(t))
	both := before.pem + after.pem
	oldPeer, newPeer := newNode(t, both, before.issue(t)).load(t), newNode(t, both, after.issue(t)).load(t)
	requireTalk(t, addr, oldPeer)

	put(t, n.CA, both)
	n.pass(time.Second)
	requireTalk(t, addr, oldPeer)
	requireTalk(t, addr, newPeer)

	next := after.issue(t)
	put(t, n.Key, next.key)
	put(t, n.Cert, next.cert)
	n.pass(time.Second)
	requireTalk(t, addr, oldPeer)
	requireTalk(t, addr, newPeer)

	put(t, n.CA, after.pem)
	n.pass(time.Second)
	requireTalk(t, addr, newPeer)
	_, err := ask(t, dial(t, addr, oldPeer))
	require.ErrorContains(t, err, "unknown certificate authority")
	require.Zero(t, n.log.count(notTaken))
}

func TestBrokenFilesAreNotTaken(t *testing.T) {
	t.Parallel()
	ca, other := newIssuer(t, "ca"), newIssuer(t, "other")
	next := ca.issue(t)
	stranger := other.issue(t)
	for name, tt := range map[string]struct {
		spoil func(t *testing.T, n *node)
		want  string
	}{
		"half a certificate":  {func(t *testing.T, n *node) { t.Helper(); put(t, n.Cert, next.cert[:200]) }, "node.pem is not whole"},
		"half a key":          {func(t *testing.T, n *node) { t.Helper(); put(t, n.Key, next.key[:100]) }, "node-key.pem is not whole"},
		"an empty key":        {func(t *testing.T, n *node) { t.Helper(); put(t, n.Key, "") }, "node-key.pem is not PEM"},
		"one CA and a half":   {func(t *testing.T, n *node) { t.Helper(); put(t, n.CA, ca.pem+other.pem[:300]) }, "ca.pem is not whole"},
		"half a CA and one":   {func(t *testing.T, n *node) { t.Helper(); put(t, n.CA, other.pem[:300]+"\n"+ca.pem) }, "ca.pem is not whole"},
		"one without the key": {func(t *testing.T, n *node) { t.Helper(); put(t, n.Cert, next.cert) }, "does not fit the certificate"},
		"key gone":            {func(t *testing.T, n *node) { t.Helper(); require.NoError(t, os.Remove(n.Key)) }, "no such file"},
		"of another CA": {func(t *testing.T, n *node) {
			t.Helper()
			put(t, n.Cert, stranger.cert)
			put(t, n.Key, stranger.key)
		}, "is not issued by a CA in"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			old := ca.issue(t)
			n, peer := newNode(t, ca.pem, old), newNode(t, ca.pem, ca.issue(t)).load(t)
			addr := serve(t, n.load(t))
			tt.spoil(t, n)
			for range 5 {
				n.pass(time.Second)
				require.Equal(t, old.tls.Leaf.SerialNumber, requireTalk(t, addr, peer).SerialNumber)
			}
			require.Equal(t, 1, n.log.count(notTaken), "told once")
			require.Equal(t, 1, n.log.count(tt.want), &n.log.buf)

			put(t, n.CA, ca.pem)
			put(t, n.Cert, next.cert)
			put(t, n.Key, next.key)
			n.pass(time.Second)
			require.Equal(t, next.tls.Leaf.SerialNumber, requireTalk(t, addr, peer).SerialNumber)
			require.Equal(t, 1, n.log.count(replaced))
		})
	}
}

// A file may change in place, at the same size, within one tick of the clock
// that dates it.
func TestAChangeThatItsDateHides(t *testing.T) {
	t.Parallel()
	ca, other := newIssuer(t, "ca"), newIssuer(t, "other")
	n := newNode(t, ca.pem+other.pem, ca.issue(t))
	info, err := os.Stat(n.CA)
	require.NoError(t, err)
	n.pass(info.ModTime().Sub(now))
	creds := n.load(t)
	require.NoError(t, os.WriteFile(n.CA, []byte(other.pem+ca.pem), 0o600))
	require.NoError(t, os.Chtimes(n.CA, time.Time{}, info.ModTime()))
	n.pass(time.Second)
	creds.Look(t.Context())
	require.Equal(t, 1, n.log.count(replaced))
}

func TestTheEndIsWarnedOf(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	ca := newIssuer(t, "ca")
	n := newNode(t, ca.pem, ca.issue(t, until(now.Add(30*day-time.Hour/2))))
	creds := n.load(t)
	hours := func(count int) {
		for range count {
			n.pass(time.Hour)
			creds.Look(t.Context())
		}
	}
	hours(15 * 24)
	require.Zero(t, n.log.count("WARN"))
	hours(2 * 24)
	require.Equal(t, 2, n.log.count("expires soon"), "once a day")
	hours(14 * 24)
	require.Equal(t, 14, n.log.count("expires soon"))
	require.Equal(t, 2, n.log.count("has expired: other nodes refuse it"))

	next := ca.issue(t)
	put(t, n.Cert, next.cert)
	put(t, n.Key, next.key)
	hours(48)
	require.Equal(t, 2, n.log.count("has expired"), "a new one ends the warnings")
}
