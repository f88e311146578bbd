package check_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"
)

const composeFile = "../compose.yaml"

// secrets are the variables that .env must fill in.
func secrets(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../.env.example")
	require.NoError(t, err)
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^([A-Z_]+)=$`).FindAllStringSubmatch(string(text), -1) {
		names = append(names, m[1])
	}
	require.NotEmpty(t, names)
	return names
}

// load reads compose.yaml as docker compose does, with the variables given.
func load(t *testing.T, variables ...string) (*types.Project, error) {
	t.Helper()
	var environ []string
	for _, name := range variables {
		environ = append(environ, name+"="+strings.Repeat("0123456789abcdef", 4))
	}
	opts, err := cli.NewProjectOptions([]string{composeFile}, cli.WithEnv(environ))
	require.NoError(t, err)
	return opts.LoadProject(t.Context())
}

func project(t *testing.T) *types.Project {
	t.Helper()
	p, err := load(t, secrets(t)...)
	require.NoError(t, err)
	return p
}

func TestComposeNeedsEverySecret(t *testing.T) {
	t.Parallel()
	all := secrets(t)
	for i, missing := range all {
		_, err := load(t, slices.Delete(slices.Clone(all), i, i+1)...)
		require.ErrorContains(t, err, missing)
	}
}

func TestComposeServices(t *testing.T) {
	t.Parallel()
	p := project(t)
	names := slices.Sorted(maps.Keys(p.Services))
	require.Equal(t, []string{
		"certificates", "etcd", "namespace", "nginx", "postgres", "redis", "swiper-1", "swiper-2", "swiper-3",
	}, names)
	for name, s := range p.Services {
		require.NotEmpty(t, s.Image, name)
		if s.Build != nil {
			require.FileExists(t, filepath.Join(s.Build.Context, s.Build.Dockerfile))
		}
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeBind {
				require.FileExists(t, v.Source, name)
			}
		}
		for _, port := range s.Ports {
			require.Equal(t, "127.0.0.1", port.HostIP, "%s publishes %s to the world", name, port.Published)
		}
		for other, d := range s.DependsOn {
			if d.Condition == types.ServiceConditionHealthy {
				require.NotNil(t, p.Services[other].HealthCheck, "%s waits for the health of %s", name, other)
			}
		}
		if name != "certificates" {
			require.Equal(t, types.RestartPolicyUnlessStopped, s.Restart, name)
		}
	}
}

// The listeners of the nodes are what nginx and the published ports lead to.
func TestComposeNodes(t *testing.T) {
	t.Parallel()
	p := project(t)
	conf, err := os.ReadFile("../nginx/compose.conf")
	require.NoError(t, err)
	var published []string
	for _, port := range p.Services["namespace"].Ports {
		published = append(published, port.Published)
	}
	made := p.Services["certificates"].Command
	aliases := p.Services["namespace"].Networks["default"].Aliases
	seen := map[string]string{}
	for _, name := range []string{"swiper-1", "swiper-2", "swiper-3"} {
		s := p.Services[name]
		env := func(variable string) string {
			v := s.Environment[variable]
			require.NotNil(t, v, "%s has no %s", name, variable)
			return *v
		}
		require.Equal(t, "service:namespace", s.NetworkMode)
		require.Greater(t, time.Duration(*s.StopGracePeriod), 25*time.Second, "a graceful stop may take so long")
		require.True(t, s.ReadOnly)
		require.Equal(t, 2, strings.Count(string(conf), "server "+env("SWIPER_HTTP_LISTEN")+" "), "nginx knows %s in both upstreams", name)
		_, admin, _ := strings.Cut(env("SWIPER_ADMIN_LISTEN"), ":")
		require.Contains(t, published, admin)
		_, member, _ := strings.Cut(env("SWIPER_CLUSTER_LISTEN"), ":")
		require.Equal(t, name+":"+member, env("SWIPER_CLUSTER_ADVERTISE"))
		require.Contains(t, aliases, name)
		require.Contains(t, made, name)
		require.Equal(t, "/etc/swiper/tls/"+name+".pem", env("SWIPER_CLUSTER_TLS_CERT"))
		require.Equal(t, "/etc/swiper/tls/"+name+"-key.pem", env("SWIPER_CLUSTER_TLS_KEY"))
		// One namespace: no address twice.
		for _, listen := range []string{"SWIPER_HTTP_LISTEN", "SWIPER_ADMIN_LISTEN", "SWIPER_CLUSTER_LISTEN"} {
			_, port, _ := strings.Cut(env(listen), ":")
			require.Empty(t, seen[port], "%s and %s listen on %s", name, seen[port], port)
			seen[port] = name
		}
		require.Contains(t, p.Services["nginx"].DependsOn, name)
		require.Equal(t, types.ServiceConditionCompletedSuccessfully, s.DependsOn["certificates"].Condition)
	}
	require.Contains(t, published, "8000")
	require.Contains(t, string(conf), "listen 8000;")
}

func TestComposeLeavesPostgresDurable(t *testing.T) {
	t.Parallel()
	s := project(t).Services["postgres"]
	require.Empty(t, s.Command)
	require.Empty(t, s.Entrypoint)
	require.NotEmpty(t, s.Volumes)
	require.Empty(t, s.Tmpfs)
}
