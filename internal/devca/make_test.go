package devca_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/devca"
	"github.com/swiperhq/swiper/internal/nodetls"
)

func request(t *testing.T, nodes ...string) devca.Request {
	t.Helper()
	return devca.Request{Dir: t.TempDir(), Cluster: "swiper", Nodes: nodes, Days: 365}
}

func check(dir, node string) []error {
	return nodetls.Check(nodetls.Options{
		CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, node+".pem"), Key: filepath.Join(dir, node+"-key.pem"), Name: "swiper",
	})
}

func TestNothingOutlivesItsCA(t *testing.T) {
	t.Parallel()
	r := request(t, "a")
	r.Now = func() time.Time { return time.Now().AddDate(-9, -6, 0) }
	_, err := devca.Make(r)
	require.NoError(t, err)
	r.Now, r.Nodes = nil, []string{"b"}
	_, err = devca.Make(r)
	require.ErrorContains(t, err, "ask for fewer days")
	require.NoFileExists(t, filepath.Join(r.Dir, "b.pem"))
	r.Days = 30
	_, err = devca.Make(r)
	require.NoError(t, err)
	require.Empty(t, check(r.Dir, "b"))
}

// While CAs are replaced, ca.pem holds two; the one whose key is there issues.
func TestAFolderWithTwoCAs(t *testing.T) {
	t.Parallel()
	old, r := request(t, "a"), request(t, "a")
	_, err := devca.Make(old)
	require.NoError(t, err)
	_, err = devca.Make(r)
	require.NoError(t, err)
	path := filepath.Join(r.Dir, "ca.pem")
	first, err := os.ReadFile(filepath.Join(old.Dir, "ca.pem"))
	require.NoError(t, err)
	own, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(first, own...), 0o600))
	r.Nodes = []string{"b"}
	made, err := devca.Make(r)
	require.NoError(t, err)
	require.False(t, made.NewCA)
	require.NoError(t, os.WriteFile(path, own, 0o600))
	require.Empty(t, check(r.Dir, "b"), "issued by the one whose key was there")
}
