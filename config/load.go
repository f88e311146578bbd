package config

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/maps"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/providers/structs"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

const (
	delim     = "."
	envPrefix = "SWIPER_"
)

// notSettings are variables of our prefix that are no settings: the file's
// name, and the switch that binaries built with deliberate faults read.
var notSettings = []string{envPrefix + "CONFIG", envPrefix + "SABOTAGE", envPrefix + "TEST_CLOCK_OFFSET", envPrefix + "TEST_DIE_AT"}

// EnvName gives the environment variable of a setting.
func EnvName(name string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(name, delim, "_"))
}

// Load puts the settings together: defaults, under the file named by --config
// or SWIPER_CONFIG, under the environment (as os.Environ gives it; an empty
// variable counts as absent), under the flags of AddFlags that were given. The
// error names every mistake at once.
func Load(flags *pflag.FlagSet, environ []string) (Settings, error) {
	k := koanf.New(delim)
	if err := k.Load(structs.Provider(Default(), "koanf"), nil); err != nil {
		return Settings{}, fmt.Errorf("defaults: %w", err)
	}
	l := layers{k: k, known: k.Keys(), sources: map[string]Source{}}
	l.file(flags, environ)
	l.environment(environ)
	l.flags(flags)

	s := Default()
	l.decode(&s)
	s.complete()
	s.sources = l.sources
	return s, errors.Join(append(l.errs, s.validate()...)...)
}

// layers gathers the sources one above the other, and what is wrong with each.
type layers struct {
	k       *koanf.Koanf
	known   []string
	sources map[string]Source
	errs    []error
}

func (l *layers) mistake(format string, args ...any) {
	l.errs = append(l.errs, fmt.Errorf(format, args...))
}

func (l *layers) file(flags *pflag.FlagSet, environ []string) {
	path, err := flags.GetString(configFlag)
	if err != nil {
		l.mistake("--config: %w", err)
		return
	}
	if path == "" {
		path = lookup(environ, envPrefix+"CONFIG")
	}
	if path == "" {
		return
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		l.mistake("settings file: %w", err)
		return
	}
	tree, err := yaml.Parser().Unmarshal(text)
	if err != nil {
		l.mistake("settings file %s: %w", path, err)
		return
	}
	values, _ := maps.Flatten(tree, nil, delim)
	for name, value := range values {
		if !slices.Contains(l.known, name) {
			l.mistake("settings file %s: there is no setting %s", path, name)
			delete(values, name)
		} else if value == nil {
			delete(values, name)
		}
	}
	l.load(mapProvider(maps.Unflatten(values, delim)), SourceFile)
}

func (l *layers) environment(environ []string) {
	names := make(map[string]string, len(l.known))
	for _, name := range l.known {
		names[EnvName(name)] = name
	}
	l.load(env.Provider(delim, env.Opt{
		Prefix:      envPrefix,
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(variable, value string) (string, any) {
			name, ok := names[variable]
			switch {
			case !ok && !slices.Contains(notSettings, variable):
				l.mistake("environment: there is no setting for %s", variable)
			case ok && value != "":
				return name, value
			}
			return "", nil
		},
	}), SourceEnvironment)
}

func (l *layers) flags(flags *pflag.FlagSet) {
	l.load(posflag.ProviderWithFlag(flags, delim, nil, func(f *pflag.Flag) (string, any) {
		if !slices.Contains(l.known, f.Name) {
			return "", nil
		}
		return f.Name, posflag.FlagVal(flags, f)
	}), SourceFlag)
}

func (l *layers) load(p koanf.Provider, from Source) {
	layer := koanf.New(delim)
	if err := layer.Load(p, nil); err != nil {
		l.mistake("%s: %w", from, err)
		return
	}
	for _, name := range layer.Keys() {
		l.sources[name] = from
	}
	if err := l.k.Merge(layer); err != nil {
		l.mistake("%s: %w", from, err)
	}
}

// mapProvider gives koanf a tree that is already read.
type mapProvider map[string]any

func (m mapProvider) Read() (map[string]any, error) { return m, nil }

func (m mapProvider) ReadBytes() ([]byte, error) {
	return nil, errors.New("config: a tree has no bytes")
}

func lookup(environ []string, variable string) string {
	for _, kv := range environ {
		if name, value, ok := strings.Cut(kv, "="); ok && name == variable {
			return value
		}
	}
	return ""
}
