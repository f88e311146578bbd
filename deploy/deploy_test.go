package deploy_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/swiperhq/swiper/config"
)

// settings gives the name of every setting there is.
func settings(t *testing.T) (names []string) {
	t.Helper()
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	config.AddFlags(flags)
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	require.Contains(t, names, "http.listen")
	return names
}

// notOurs are variables that the files mention because they are none of ours.
var notOurs = []string{"SWIPER_SERVICE_HOST", "SWIPER_PORT"}

// Whatever looks like a variable or a flag of the program in any file, comments
// included, is one.
func TestFilesNameSettingsThatExist(t *testing.T) {
	t.Parallel()
	flags := settings(t)
	var variables []string
	for _, name := range flags {
		variables = append(variables, config.EnvName(name))
	}
	variable, flag := regexp.MustCompile(`\bSWIPER_[A-Z_]+`), regexp.MustCompile(`--([a-z]+\.[a-z_.]*[a-z_])`)
	seen := 0
	require.NoError(t, filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) == ".go" || filepath.Dir(path) == "check" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, name := range variable.FindAllString(string(text), -1) {
			if seen++; !slices.Contains(notOurs, name) {
				require.Contains(t, variables, name, path)
			}
		}
		for _, m := range flag.FindAllStringSubmatch(string(text), -1) {
			require.Contains(t, flags, m[1], path)
		}
		return nil
	}))
	require.Greater(t, seen, 50)
}

// load requires that the program takes the settings.
func load(t *testing.T, environ map[string]string, args ...string) config.Settings {
	t.Helper()
	var list []string
	for name, value := range environ {
		list = append(list, name+"="+value)
	}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	config.AddFlags(flags)
	require.NoError(t, flags.Parse(args))
	s, err := config.Load(flags, list)
	require.NoError(t, err)
	return s
}

func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, into), path)
}

// documents gives the objects of a manifest.
func documents(t *testing.T, path string) (all []manifest) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for one := range strings.SplitSeq(string(text), "\n---\n") {
		var m manifest
		require.NoError(t, yaml.Unmarshal([]byte(one), &m), path)
		all = append(all, m)
	}
	return all
}

type manifest struct {
	Data       map[string]string
	StringData map[string]string `yaml:"stringData"`
}

const aKey = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestNodesOfComposeHaveGoodSettings(t *testing.T) {
	t.Parallel()
	var compose struct {
		Services map[string]struct{ Environment map[string]string }
	}
	readYAML(t, "compose.yaml", &compose)
	filled := regexp.MustCompile(`\$\{[A-Z_]+[^}]*\}`)
	nodes := 0
	for name, service := range compose.Services {
		if !strings.HasPrefix(name, "swiper-") {
			continue
		}
		nodes++
		environ := map[string]string{}
		for variable, value := range service.Environment {
			environ[variable] = filled.ReplaceAllString(value, aKey)
		}
		s := load(t, environ)
		require.Equal(t, []string{"127.0.0.1"}, s.HTTP.TrustedProxies)
		require.Contains(t, s.Database.URL, "postgres://swiper:"+aKey+"@postgres:5432/swiper")
		require.Contains(t, environ["SWIPER_CLUSTER_PROVIDER"], "etcd:")
	}
	require.Equal(t, 3, nodes)
}

func TestNodesOfKubernetesHaveGoodSettings(t *testing.T) {
	t.Parallel()
	environ := maps.Clone(documents(t, "kubernetes/configmap.yaml")[0].Data)
	for name, value := range documents(t, "kubernetes/secret.example.yaml")[0].StringData {
		if value == "replace-me" {
			value = aKey
		}
		environ[name] = value
	}
	environ["SWIPER_CLUSTER_ADVERTISE"] = "swiper-0.swiper-nodes:7000"
	s := load(t, environ)
	require.Equal(t, []string{"127.0.0.1"}, s.HTTP.TrustedProxies)
	// All pods together fit into the 100 connections of PostgreSQL's default.
	var scaler struct {
		Spec struct {
			MaxReplicas int `yaml:"maxReplicas"`
		}
	}
	readYAML(t, "kubernetes/horizontalpodautoscaler.yaml", &scaler)
	require.Positive(t, scaler.Spec.MaxReplicas)
	require.Less(t, scaler.Spec.MaxReplicas*s.Database.MaxConns, 97)
}

func TestNodeOfSystemdHasGoodSettings(t *testing.T) {
	t.Parallel()
	s := load(t, map[string]string{
		"SWIPER_DATABASE_URL": "postgres://swiper@db/swiper", "SWIPER_AUTH_KEY": aKey, "SWIPER_PHONE_KEY": aKey, "SWIPER_ADMIN_TOKEN": aKey,
		"SWIPER_MEDIA_STORE": "s3://key:secret@s3.example.com/swiper-public?region=r&domain=https://media.example.com&private_bucket=swiper-private",
	}, "--config", "systemd/swiper.yaml")
	require.Equal(t, "/var/lib/swiper", s.Data.Dir)
}
