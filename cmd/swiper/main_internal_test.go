package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/swiperhq/swiper/config"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// Qiniu's library starts it when it is loaded; it waits for telemetry, which is switched off.
		goleak.IgnoreTopFunction("github.com/qiniu/go-sdk/v7/internal/uplog.init.0.func1"),
		// The library sleeps for a second when a member has started, also past its end.
		goleak.IgnoreAnyFunction("github.com/asynkron/protoactor-go/cluster.(*Cluster).StartMember"))
}

// command runs the program to its end with an empty environment.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), process{args: args, stdout: &out, stderr: &errs})
	return code, out.String(), errs.String()
}

// require0 runs a command that must succeed and gives what it printed.
func require0(t *testing.T, args ...string) string {
	t.Helper()
	code, stdout, stderr := command(t, args...)
	require.Equal(t, exitOK, code, stderr)
	return stdout
}

func TestUsageErrors(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"nothing":            {nil, "swiper needs a command: certs, config, inspect, migrate, seed, serve, token, version"},
		"unknown command":    {[]string{"fly"}, "unknown command"},
		"unknown subcommand": {[]string{"migrate", "sideways"}, "unknown command"},
		"no subcommand":      {[]string{"migrate"}, "swiper migrate needs a command: down, status, up"},
		"unknown flag":       {[]string{"serve", "--http.listener=:1"}, "unknown flag"},
		"flag's type":        {[]string{"serve", "--matchmaker.shards=many"}, "invalid argument"},
		"missing argument":   {[]string{"token"}, "accepts 1 arg"},
		"no id":              {[]string{"token", "ann"}, `"ann" is no user id`},
		"id 0":               {[]string{"inspect", "user", "0"}, `"0" is no user id`},
		"short life":         {[]string{"token", "1", "--ttl", "1ms"}, "--ttl must be at least 1s"},
		"wrong setting":      {[]string{"serve", "--matchmaker.shards=3"}, "matchmaker.shards must be a divisor of 64"},
		"demo for everybody": {[]string{"serve", "--demo", "--http.listen=:8080"}, "demo is refused"},
		"no places":          {[]string{"seed", "--locations=0"}, "locations must be 1 to"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := command(t, tt.args...)
			require.Equal(t, exitUsage, code)
			require.Empty(t, stdout)
			require.Contains(t, stderr, tt.want)
		})
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	require.Equal(t, "ok\n", require0(t, "config", "--check"))

	shown := require0(t, "config", "--http.listen", "127.0.0.1:9", "--admin.token", "hunter2")
	require.Regexp(t, `http\.listen +127\.0\.0\.1:9 +flag\n`, shown)
	require.Regexp(t, `log\.format +text +default\n`, shown)
	require.NotContains(t, shown, "hunter2")

	code, _, stderr := command(t, "config", "--check", "--matchmaker.shards=3", "--log.level=loud")
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "matchmaker.shards")
	require.Contains(t, stderr, "log.level", "every mistake is named")
}

func TestVersionAndHelp(t *testing.T) {
	t.Parallel()
	require.Regexp(t, `^swiper \S+ go\S+ \w+/\w+\n$`, require0(t, "version"))
	require.Contains(t, require0(t, "--help"), "serve")
}

func TestEnvironmentReachesTheSettings(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	p := process{args: []string{"config"}, environ: []string{config.EnvName("log.level") + "=debug"}, stdout: &out, stderr: &errs}
	require.Equal(t, exitOK, run(t.Context(), p), errs.String())
	require.Regexp(t, `log\.level +debug +environment\n`, out.String())
}
