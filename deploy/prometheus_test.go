package deploy_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// promtool runs Prometheus's own checks. Where it is not installed the test is
// skipped; where CI is "true" it fails.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("promtool (Debian's prometheus) must be installed in CI: the alerts are not checked without it")
	}
	if err != nil {
		t.Skip("skipped: promtool is not installed, so the alerts were not checked")
	}
	out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	require.NoError(t, err, "promtool %v: %s", args, out)
}

func TestAlertsAndScrapesByPromtool(t *testing.T) {
	t.Parallel()
	promtool(t, "check", "rules", filepath.Join("prometheus", "alerts.yml"))
	promtool(t, "check", "config", "--syntax-only", filepath.Join("prometheus", "prometheus.yml"))
	promtool(t, "test", "rules", filepath.Join("prometheus", "alerts_test.yml"))
}

// alertNames gives the alerts that there are.
func alertNames(t *testing.T) (names []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("prometheus", "alerts.yml"))
	require.NoError(t, err)
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert       string
				Expr        string
				For         string
				Labels      map[string]string
				Annotations map[string]string
			}
		}
	}
	require.NoError(t, yaml.Unmarshal(text, &file))
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			require.NotEmpty(t, r.Alert)
			require.NotEmpty(t, r.For, "%s must not fire over a hiccup", r.Alert)
			require.Contains(t, r.Expr, `job="swiper"`, r.Alert)
			require.Contains(t, []string{"page", "warn"}, r.Labels["severity"], r.Alert)
			require.NotEmpty(t, r.Annotations["summary"], r.Alert)
			names = append(names, r.Alert)
		}
	}
	require.NotEmpty(t, names)
	return names
}

func TestEveryAlertIsExplained(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile(filepath.Join("..", "docs", "operations.md"))
	require.NoError(t, err)
	for _, name := range alertNames(t) {
		require.Contains(t, string(manual), "| `"+name+"` |", "docs/operations.md must say what %s means", name)
	}
}

func TestTheDashboard(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("grafana", "swiper.json"))
	require.NoError(t, err)
	var board struct {
		UID    string
		Panels []struct {
			ID      int
			Title   string
			Targets []struct{ Expr string }
			GridPos struct{ X, Y, W, H int }
		}
	}
	require.NoError(t, json.Unmarshal(text, &board))
	require.Equal(t, "swiper", board.UID)
	ids, places := map[int]bool{}, map[[2]int]bool{}
	var script strings.Builder
	for _, p := range board.Panels {
		require.False(t, ids[p.ID] || places[[2]int{p.GridPos.X, p.GridPos.Y}], p.Title)
		ids[p.ID], places[[2]int{p.GridPos.X, p.GridPos.Y}] = true, true
		require.NotEmpty(t, p.Targets, p.Title)
		for _, target := range p.Targets {
			require.Contains(t, target.Expr, `job="swiper"`, p.Title)
			script.WriteString("  - record: x\n    expr: |\n      " + strings.ReplaceAll(target.Expr, "$__rate_interval", "1m") + "\n")
		}
	}
	// Its expressions are read as those of rules.
	rules := filepath.Join(t.TempDir(), "rules.yml")
	require.NoError(t, os.WriteFile(rules, []byte("groups:\n- name: dashboard\n  rules:\n"+strings.ReplaceAll(script.String(), "record: x", "alert: X")), 0o600))
	promtool(t, "check", "rules", "--lint=none", rules)
}
