package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shared are the settings that the members of a cluster need besides its own.
func shared(more ...string) []string {
	return append([]string{
		"--database.url=postgres://db/swiper", "--redis.url=redis://r:6379",
		"--auth.key=" + strings.Repeat("a", 32), "--phone.key=" + strings.Repeat("p", 32), "--media.shared",
	}, more...)
}

func TestClusters(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--cluster.provider=static:127.0.0.1:7001,127.0.0.1:7002", "--cluster.listen=127.0.0.1:7002", "--cluster.leave_after=5s"},
		{"--cluster.provider=static:a:1,b:1", "--cluster.listen=127.0.0.1:0", "--cluster.advertise=b:1"},
		{"--cluster.provider=etcd:10.0.0.1:2379,https://etcd-1:2379", "--cluster.listen=10.0.0.9:7000", "--cluster.tls.ca=a", "--cluster.tls.cert=b", "--cluster.tls.key=c"},
		{"--cluster.provider=etcd:127.0.0.1:2379", "--cluster.name=blue-2"},
	} {
		s, err := load(t, nil, shared(args...)...)
		require.NoError(t, err, args)
		require.False(t, s.Cluster.Alone())
	}
	s, err := load(t, nil, shared("--cluster.provider=static: 127.0.0.1:7001 , 127.0.0.1:7002", "--cluster.listen=127.0.0.1:7001")...)
	require.NoError(t, err)
	way, addresses := s.Cluster.Find()
	require.Equal(t, "static", way)
	require.Equal(t, []string{"127.0.0.1:7001", "127.0.0.1:7002"}, addresses)
}

func TestMistakesOfClusters(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want []string
	}{
		{"nothing shared", []string{"--cluster.provider=etcd:127.0.0.1:2379"}, []string{"a database that its members share", "a Redis that its members share", "needs auth.key", "needs phone.key", "media.store disk: is of one machine"}},
		{"no addresses", shared("--cluster.provider=static:"), []string{"must name the addresses of all members"}},
		{"no etcd", shared("--cluster.provider=etcd"), []string{"must name addresses of etcd"}},
		{"no ports", shared("--cluster.provider=static:a,b:0"), []string{`"a" is not host:port`, `"b:0" is not host:port`}},
		{"twice", shared("--cluster.provider=static:127.0.0.1:1,127.0.0.1:1", "--cluster.listen=127.0.0.1:1"), []string{"names 127.0.0.1:1 twice"}},
		{"other schemes", shared("--cluster.provider=etcd:ftp://a:1"), []string{`"ftp://a:1" is neither`}},
		{"open to all", []string{"--cluster.listen=10.0.0.1:7000"}, []string{"cluster.tls.* are needed"}},
		{"every interface", []string{"--cluster.listen=0.0.0.0:7000"}, []string{"cluster.tls.* are needed", "cluster.advertise is needed"}},
		{"a name", []string{"--cluster.listen=box:7000"}, []string{`"box" must be an IP address`}},
		{"half a certificate", []string{"--cluster.tls.cert=a"}, []string{"all three or none"}},
		{"nowhere", []string{"--cluster.listen=7000"}, []string{"cluster.listen: "}},
		{"advertised nowhere", []string{"--cluster.advertise=:7000"}, []string{"cluster.advertise: "}},
		{"names", []string{"--cluster.name=Blue/1"}, []string{"cluster.name must be"}},
		{"for ever", []string{"--cluster.leave_after=1h"}, []string{"cluster.leave_after must be 0s–5m"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, nil, tt.args...)
			for _, want := range tt.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

// What a process is known by among a fixed list matters to members only: commands
// that talk to them have the same settings but for that.
func TestOwnAddressAmongMembers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--cluster.provider=static:127.0.0.1:1", "--cluster.listen=127.0.0.1:1"}, ""},
		{[]string{"--cluster.provider=static:a:1", "--cluster.advertise=a:1"}, ""},
		{[]string{"--cluster.provider=etcd:127.0.0.1:1"}, ""},
		{[]string{"--cluster.provider=static:127.0.0.1:1"}, "cluster.listen (127.0.0.1:0) must be one of"},
		{[]string{"--cluster.provider=static:127.0.0.1:1", "--cluster.listen=127.0.0.1:2"}, "cluster.listen (127.0.0.1:2) must be one of"},
		{[]string{"--cluster.provider=static:127.0.0.1:1", "--cluster.listen=127.0.0.1:1", "--cluster.advertise=a:1"}, "cluster.advertise (a:1) must be one of"},
	} {
		s, err := load(t, nil, shared(c.args...)...)
		require.NoError(t, err)
		if err := s.Cluster.CheckOwn(); c.want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, c.want)
		}
	}
}
