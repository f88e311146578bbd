package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testnginx"
)

// TestNginx lets nginx read every configuration as the files around it use them.
func TestNginx(t *testing.T) {
	t.Parallel()
	nginx := testnginx.Program(t)
	read := func(path string) string {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		return string(text)
	}
	for name, text := range map[string]string{
		"swiper.conf":  read("nginx/swiper.conf"),
		"cluster.conf": read("nginx/cluster.conf"),
		"compose.conf": read("nginx/compose.conf"),
		"edge.conf":    read("nginx/edge.conf"),
		"door":         documents(t, "kubernetes/configmap.yaml")[1].Data["default.conf"],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			pem, key := testnginx.Certificate(t, dir, "api.example.com")
			text = strings.NewReplacer("/etc/ssl/swiper.pem", pem, "/etc/ssl/swiper.key", key, "/var/cache/nginx/swiper", filepath.Join(dir, "cache")).Replace(text)
			locations := read("nginx/cluster-locations.conf")
			conf := testnginx.Write(t, dir, map[string]string{"swiper-locations.conf": locations, "site.conf": text})
			out, err := exec.Command(nginx, "-t", "-p", dir, "-c", conf, "-e", filepath.Join(dir, "error.log")).CombinedOutput()
			require.NoError(t, err, string(out))
			require.NotRegexp(t, `\[(warn|emerg|error)\]`, string(out))
		})
	}
}

// Both files that say who the nodes are say the same of how requests go to them.
func TestComposeGoesToNodesAsClusterDoes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("nginx/cluster.conf")
	require.NoError(t, err)
	other, err := os.ReadFile("nginx/compose.conf")
	require.NoError(t, err)
	rules := func(text []byte) string {
		s := regexp.MustCompile(`(?m)\s*#.*$`).ReplaceAllString(string(text), "")
		before, _, found := strings.Cut(s, "\nserver {")
		require.True(t, found)
		return strings.Join(strings.Fields(before), " ")
	}
	require.Equal(t, rules(text), rules(other))
}
