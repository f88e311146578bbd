package e2e_test

import (
	"context"
	"crypto/tls"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/swiperhq/swiper/internal/attacks"
	"github.com/swiperhq/swiper/internal/nodetls"
	"github.com/swiperhq/swiper/social"
)

// certify makes a CA and certificates of nodes in a fresh folder, by the command
// that operators use.
func certify(t *testing.T, name string, nodes ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	out, err := exec.Command(programs.binary(t, ""), append([]string{"certs", "--dir", dir, "--name", name}, nodes...)...).CombinedOutput()
	require.NoError(t, err, string(out))
	return dir
}

func guardFlags(dir, name, node string) []string {
	return []string{
		"--cluster.name", name, "--cluster.tls.ca", filepath.Join(dir, "ca.pem"),
		"--cluster.tls.cert", filepath.Join(dir, node+".pem"), "--cluster.tls.key", filepath.Join(dir, node+"-key.pem"),
	}
}

// stranger gives the credentials of a node of another cluster, or CA.
func stranger(t *testing.T, dir, name, node string) credentials.TransportCredentials {
	t.Helper()
	c, err := nodetls.Load(t.Context(), nodetls.Options{
		CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, node+".pem"), Key: filepath.Join(dir, node+"-key.pem"), Name: name,
	})
	require.NoError(t, err)
	return c
}

// TestGuardedCluster: nodes with certificates work together, and whoever has none
// that fits gets nothing from them and harms nothing.
func TestGuardedCluster(t *testing.T) {
	t.Parallel()
	const name = "guarded"
	dir := certify(t, name, "a")
	c := startNodes(t, "static", 2, 0, guardFlags(dir, name, "a")...)
	w := newWorld(t, c.live(), 40)
	w.attach(c.live())
	play := func(from, to social.UserID) {
		for uid := from; uid < to; uid += 2 {
			require.Empty(t, w.swipe(uid, uid+1, social.MarkLike).Code)
			require.True(t, w.swipe(uid+1, uid, social.MarkLike).Matched)
		}
	}
	play(1, 20)
	strangers := map[string]credentials.TransportCredentials{
		"plaintext":       insecure.NewCredentials(),
		"no certificate":  credentials.NewTLS(&tls.Config{InsecureSkipVerify: true}), //nolint:gosec // an attacker trusts anybody
		"another CA":      stranger(t, certify(t, name, "x"), name, "x"),
		"another cluster": stranger(t, dirOfOther(t, dir), "other", "b"),
	}
	for who, creds := range strangers {
		for _, a := range attacks.All() {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			r := a.Run(ctx, attacks.Target{Address: c.address[1], Credentials: creds, Actor: "placement-0", Message: wrapperspb.String("forged")})
			cancel()
			require.False(t, r.In || r.Answered, "%s, %s", who, a.Name)
			require.Error(t, r.Err, "%s, %s", who, a.Name)
		}
	}
	play(21, 40)
	w.requireSound()
	require.Len(t, c.live(), 2)
	c.settle(2)
}

// dirOfOther adds a node of another cluster to those of dir's CA.
func dirOfOther(t *testing.T, dir string) string {
	t.Helper()
	out, err := exec.Command(programs.binary(t, ""), "certs", "--dir", dir, "--name", "other", "b").CombinedOutput()
	require.NoError(t, err, string(out))
	return dir
}
