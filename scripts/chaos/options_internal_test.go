//go:build linux

package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/scripts/internal/ending"
)

func TestFlags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want string
		args []string
	}{
		{"--fault is needed", nil},
		{`no fault "flood"`, []string{"--fault", "kill,flood"}},
		{"--duration must be at least", []string{"--fault", "kill", "--duration", "1s"}},
		{"--provider is none, static or etcd", []string{"--fault", "kill", "--provider", "zookeeper"}},
		{"--nodes must be 2 to 9", []string{"--fault", "kill", "--nodes", "1"}},
		{"--users must be", []string{"--fault", "kill", "--users", "1"}},
		{"--rate must be above 0", []string{"--fault", "kill", "--rate", "0"}},
		{"join needs nodes that know each other", []string{"--fault", "join", "--provider", "none"}},
		{"etcd needs --provider etcd", []string{"--fault", "etcd", "--provider", "static"}},
		{"unknown flag", []string{"--fault", "kill", "--force"}},
	} {
		var out, told bytes.Buffer
		p := &program{stdout: &out, stderr: &told, begun: time.Now()}
		require.Equal(t, ending.CannotRun, p.run(t.Context(), append(c.args, "--report", t.TempDir()+"/r")), c.args)
		require.Contains(t, told.String(), c.want)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	var out, told bytes.Buffer
	p := &program{stdout: &out, stderr: &told, begun: time.Now()}
	require.Equal(t, ending.Clean, p.run(t.Context(), []string{"--list"}))
	require.Contains(t, out.String(), "split-pair")
	require.Empty(t, told.String())
}
