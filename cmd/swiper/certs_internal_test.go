package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/nodetls"
)

func TestCerts(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "certs")
	file := func(name string) string { return filepath.Join(dir, name) }
	read := func(name string) string {
		text, err := os.ReadFile(file(name))
		require.NoError(t, err)
		return string(text)
	}
	usable := func(node, cluster string) {
		t.Helper()
		require.Empty(t, nodetls.Check(nodetls.Options{
			CA: file("ca.pem"), Cert: file(node + ".pem"), Key: file(node + "-key.pem"), Name: cluster,
		}))
	}

	out := require0(t, "certs", "--dir", dir, "--host", "10.0.0.5", "--host", "node1.example", "node1", "node2")
	require.Contains(t, out, "made the CA "+file("ca.pem"))
	require.Contains(t, out, "made "+file("node2.pem")+" and "+file("node2-key.pem")+", good until ")
	usable("node1", "swiper")
	usable("node2", "swiper")
	for _, key := range []string{"ca-key.pem", "node1-key.pem", "node2-key.pem"} {
		info, err := os.Stat(file(key))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), key)
	}

	ca, key, node1, node2 := read("ca.pem"), read("ca-key.pem"), read("node1.pem"), read("node2.pem")
	out = require0(t, "certs", "--dir", dir, "node2", "node3")
	require.NotContains(t, out, "made the CA")
	usable("node2", "swiper")
	usable("node3", "swiper")
	require.Equal(t, []string{ca, key, node1}, []string{read("ca.pem"), read("ca-key.pem"), read("node1.pem")})
	require.NotEqual(t, node2, read("node2.pem"), "asked for again: renewed")

	require0(t, "certs", "--dir", dir, "--name", "blue", "node4")
	usable("node4", "blue")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2+2*4, "nothing else is left behind")
}

func TestCertsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, tt := range map[string]struct {
		args []string
		want []string
	}{
		"nothing":         {nil, []string{"no folder is named", "no node is named"}},
		"no node":         {[]string{"--dir", dir}, []string{"no node is named"}},
		"slash":           {[]string{"--dir", dir, "a/b"}, []string{`"a/b" is no name of a node`}},
		"out of the tree": {[]string{"--dir", dir, ".."}, []string{`".." is no name of a node`}},
		"the CA's files":  {[]string{"--dir", dir, "ca"}, []string{`"ca" is no name of a node: its files would be those of something else`}},
		"a key's file":    {[]string{"--dir", dir, "n-key"}, []string{`"n-key" is no name of a node`}},
		"twice":           {[]string{"--dir", dir, "n", "n"}, []string{`node "n" is named twice`}},
		"days":            {[]string{"--dir", dir, "--days", "0", "n"}, []string{"good for 1 to 3650 days, not 0"}},
		"cluster's name":  {[]string{"--dir", dir, "--name", "Sw iper", "n"}, []string{`"Sw iper" is no name of a cluster`}},
		"host":            {[]string{"--dir", dir, "--host", "10.0.0.5:70", "n"}, []string{`"10.0.0.5:70" is neither a host name nor an address`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := command(t, append([]string{"certs"}, tt.args...)...)
			require.Equal(t, exitUsage, code)
			require.Empty(t, stdout)
			for _, w := range tt.want {
				require.Contains(t, stderr, w)
			}
		})
	}
}

func TestCertsInFoldersThatWontDo(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spoil func(t *testing.T, dir string) string // gives the folder to name
		want  string
	}{
		"below a file": {func(t *testing.T, dir string) string {
			t.Helper()
			return filepath.Join(dir, "ca.pem", "certs")
		}, "not a directory"},
		"key gone": {func(t *testing.T, dir string) string {
			t.Helper()
			require.NoError(t, os.Remove(filepath.Join(dir, "ca-key.pem")))
			return dir
		}, "nothing can be issued"},
		"certificate gone": {func(t *testing.T, dir string) string {
			t.Helper()
			require.NoError(t, os.Remove(filepath.Join(dir, "ca.pem")))
			return dir
		}, "bring the certificate back"},
		"no PEM": {func(t *testing.T, dir string) string {
			t.Helper()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "ca.pem"), []byte("hello"), 0o600))
			return dir
		}, "ca.pem is not PEM"},
		"another's key": {func(t *testing.T, dir string) string {
			t.Helper()
			require.NoError(t, os.Rename(filepath.Join(dir, "n-key.pem"), filepath.Join(dir, "ca-key.pem")))
			return dir
		}, "does not fit"},
		"no CA": {func(t *testing.T, dir string) string {
			t.Helper()
			require.NoError(t, os.Rename(filepath.Join(dir, "n-key.pem"), filepath.Join(dir, "ca-key.pem")))
			require.NoError(t, os.Rename(filepath.Join(dir, "n.pem"), filepath.Join(dir, "ca.pem")))
			return dir
		}, "is no CA"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require0(t, "certs", "--dir", dir, "n")
			named := tt.spoil(t, dir)
			spoilt := listing(t, dir)
			code, stdout, stderr := command(t, "certs", "--dir", named, "m")
			require.Equal(t, exitFailed, code)
			require.Empty(t, stdout)
			require.Contains(t, stderr, tt.want)
			require.Equal(t, spoilt, listing(t, dir), "nothing is changed")
		})
	}
}

// listing gives the files of a folder with what is in them.
func listing(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	out := map[string]string{}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		out[e.Name()] = string(text)
	}
	return out
}
