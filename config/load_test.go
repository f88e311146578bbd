package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/config"
)

// load parses args as a command line and loads with the given environment.
func load(t *testing.T, environ []string, args ...string) (config.Settings, error) {
	t.Helper()
	fs := pflag.NewFlagSet("swiper", pflag.ContinueOnError)
	config.AddFlags(fs)
	require.NoError(t, fs.Parse(args))
	return config.Load(fs, environ)
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "swiper.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func sources(s *config.Settings) map[string]config.Source {
	out := map[string]config.Source{}
	for _, e := range s.Entries() {
		out[e.Name] = e.Source
	}
	return out
}

func TestNothingIsNeeded(t *testing.T) {
	t.Parallel()
	s, err := load(t, nil)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:8080", s.HTTP.Listen)
	require.Equal(t, 5*time.Second, s.HTTP.RequestTimeout)
	path, embedded := s.SQLitePath()
	require.True(t, embedded)
	require.Equal(t, filepath.Join("data", "swiper.db"), path)
	require.Equal(t, 1, s.Shards(), "the embedded database has one writer")
	for name, source := range sources(&s) {
		require.Equal(t, config.SourceDefault, source, name)
	}
}

func TestLayers(t *testing.T) {
	t.Parallel()
	path := file(t, `
http:
  listen: 127.0.0.1:1
  request_timeout: 3s
  trusted_proxies: [10.0.0.0/8, 192.168.1.1]
user.idle_after: 1m
matchmaker: {shards: 8}
database: {url: "postgres://db/swiper"}
admin:
  token:
`)
	environ := []string{"SWIPER_HTTP_LISTEN=127.0.0.1:2", "SWIPER_MATCHMAKER_SHARDS=16", "SWIPER_LOG_LEVEL=", "PATH=/bin", "SWIPER_CONFIG=" + path}
	s, err := load(t, environ, "--matchmaker.shards=32", "--data.dir", "/elsewhere")
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:2", s.HTTP.Listen, "the environment is above the file")
	require.Equal(t, 3*time.Second, s.HTTP.RequestTimeout)
	require.Equal(t, []string{"10.0.0.0/8", "192.168.1.1"}, s.HTTP.TrustedProxies)
	require.Equal(t, time.Minute, s.User.IdleAfter, "a name may be written in one piece")
	require.Equal(t, 32, s.Shards(), "flags are above all")
	require.Equal(t, "info", s.Log.Level, "an empty variable counts as absent")

	from := sources(&s)
	require.Equal(t, config.SourceEnvironment, from["http.listen"])
	require.Equal(t, config.SourceFile, from["http.request_timeout"])
	require.Equal(t, config.SourceFile, from["user.idle_after"])
	require.Equal(t, config.SourceFlag, from["matchmaker.shards"])
	require.Equal(t, config.SourceDefault, from["log.level"])
	require.Equal(t, config.SourceDefault, from["admin.token"], "a key without a value sets nothing")

	s, err = load(t, environ, "--config", file(t, "log: {format: json}"))
	require.NoError(t, err)
	require.Equal(t, "json", s.Log.Format, "the flag names another file than the environment")
	require.Equal(t, 5*time.Second, s.HTTP.RequestTimeout)
}

func TestEnvironmentSpellsEveryType(t *testing.T) {
	t.Parallel()
	s, err := load(t, []string{
		"SWIPER_HTTP_TRUSTED_PROXIES=10.0.0.0/8, ::1", "SWIPER_DATABASE_ALLOW_UNSAFE=true",
		"SWIPER_USER_IDLE_AFTER=90s", "SWIPER_DATABASE_MAX_CONNS=5", "SWIPER_DEMO=1",
	})
	require.NoError(t, err)
	require.Equal(t, []string{"10.0.0.0/8", "::1"}, s.HTTP.TrustedProxies)
	require.True(t, s.Database.AllowUnsafe)
	require.True(t, s.Demo)
	require.Equal(t, 90*time.Second, s.User.IdleAfter)
	require.Equal(t, 5, s.Database.MaxConns)
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		file    string
		environ []string
		args    []string
		want    []string
	}{
		{name: "no loopback without token", args: []string{"--admin.listen=0.0.0.0:8081"}, want: []string{"admin.token is needed"}},
		{name: "every interface without token", args: []string{"--admin.listen=:8081"}, want: []string{"admin.token is needed"}},
		{name: "a host name may be anywhere", args: []string{"--admin.listen=box:8081"}, want: []string{"admin.token is needed"}},
		{name: "demo for everybody", args: []string{"--demo", "--http.listen=:8080"}, want: []string{"demo is refused"}},
		{name: "codes in the log for everybody", args: []string{"--demo", "--http.listen=0.0.0.0:8080"}, want: []string{"demo is refused", "sms.provider console", "is refused"}},
		{name: "provider of messages", args: []string{"--sms.provider=pigeon"}, want: []string{"sms.provider must be console or qiniu://…"}},
		{name: "every part of a provider", args: []string{"--sms.provider=qiniu://access@1700/x?endpoint=ftp://a&speed=9"}, want: []string{"a secret key", "nothing stands between", "endpoint must be", `no part "speed"`}},
		{name: "a provider without a template", args: []string{"--sms.provider=qiniu:access"}, want: []string{"sms.provider: this is no URL"}},
		{name: "mail", args: []string{"--mail.url=imap://host"}, want: []string{"mail.url: this is no URL"}},
		{name: "every part of mail", args: []string{"--mail.url=smtps://user@host:0/x?insecure=true&speed=9"}, want: []string{`"0" is no port`, "nothing stands between", "from, the address", "a user needs a password", "insecure is for", `no part "speed"`}},
		{name: "short phone key", args: []string{"--phone.key=0123456789abcdef0123456789abcdef,hunter2"}, want: []string{"phone.key: key 2 must have at least 32 bytes"}},
		{name: "no phone key", args: []string{"--phone.key=,"}, want: []string{"phone.key must hold a key"}},
		{name: "shards", args: []string{"--matchmaker.shards=3"}, want: []string{"matchmaker.shards must be a divisor of 64, not 3"}},
		{name: "no shards", args: []string{"--matchmaker.shards=0"}, want: []string{"matchmaker.shards"}},
		{name: "short key", environ: []string{"SWIPER_AUTH_KEY=hunter2"}, want: []string{"auth.key must have at least 32 bytes"}},
		{name: "database", args: []string{"--database.url=mysql://db"}, want: []string{"database.url must be"}},
		{name: "database in memory", args: []string{"--database.url=sqlite::memory:"}, want: []string{"database.url must name a file"}},
		{name: "redis", args: []string{"--redis.url=localhost:6379"}, want: []string{"redis.url must be"}},
		{name: "realtime", args: []string{"--realtime.max_connections=0", "--realtime.origins=https://a.example/page,*"}, want: []string{"realtime.max_connections", `"https://a.example/page" is not`, `"*" is not`}},
		{name: "proxy", args: []string{"--http.trusted_proxies=nginx"}, want: []string{`"nginx" is neither`}},
		{name: "listen", args: []string{"--http.listen=8080", "--admin.listen=127.0.0.1:http"}, want: []string{"http.listen", "admin.listen"}},
		{name: "provider", args: []string{"--cluster.provider=gossip:a:1"}, want: []string{"cluster.provider must be none, static:HOST:PORT,… or etcd:HOST:PORT,…, not \"gossip:a:1\""}},
		{name: "log", args: []string{"--log.level=loud", "--log.format=xml"}, want: []string{"log.level", "log.format"}},
		{name: "bounds", args: []string{"--http.request_timeout=1h", "--user.idle_after=0s", "--database.max_conns=1", "--tasks.cdn=0", "--accounts.grace=-1s", "--tasks.uploads=1001"}, want: []string{"http.request_timeout", "user.idle_after", "database.max_conns", "tasks.cdn", "accounts.grace", "tasks.uploads"}},
		{name: "unknown variable", environ: []string{"SWIPER_HTTP_LISTENER=:1"}, want: []string{"no setting for SWIPER_HTTP_LISTENER"}},
		{name: "unknown key", file: "http: {listener: ':1'}\nspeed: 9", want: []string{"no setting http.listener", "no setting speed"}},
		{name: "a list for a group", file: "http: [1, 2]", want: []string{"no setting http"}},
		{name: "no yaml", file: "http: {", want: []string{"settings file"}},
		{name: "key twice", file: "demo: true\ndemo: false", want: []string{"settings file"}},
		{name: "wrong types", file: "matchmaker: {shards: many}\nhttp: {request_timeout: 5, listen: 8080}\ndemo: perhaps", want: []string{"matchmaker.shards", "http.request_timeout", "unit", "http.listen", "demo"}},
		{name: "half a shard", file: "matchmaker: {shards: 4.5}", want: []string{"4.5 is no whole number"}},
		{name: "all at once", file: "speed: 9", environ: []string{"SWIPER_X=1", "SWIPER_USER_IDLE_AFTER=soon"}, args: []string{"--matchmaker.shards=7"}, want: []string{"speed", "SWIPER_X", `"soon" is no duration`, "not 7"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args := tt.args
			if tt.file != "" {
				args = append([]string{"--config", file(t, tt.file)}, args...)
			}
			_, err := load(t, tt.environ, args...)
			require.Error(t, err)
			for _, want := range tt.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

func TestMissingFile(t *testing.T) {
	t.Parallel()
	_, err := load(t, nil, "--config", filepath.Join(t.TempDir(), "none.yaml"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestLoopbackNeedsNoToken(t *testing.T) {
	t.Parallel()
	for _, listen := range []string{"127.0.0.1:0", "127.9.9.9:1", "[::1]:8081", "localhost:8081"} {
		_, err := load(t, nil, "--admin.listen", listen, "--demo", "--http.listen", listen)
		require.NoError(t, err, listen)
	}
}

func TestEverySettingHasAFlag(t *testing.T) {
	t.Parallel()
	fs := pflag.NewFlagSet("swiper", pflag.ContinueOnError)
	config.AddFlags(fs)
	d := config.Default()
	var settings, flags []string
	for _, e := range d.Entries() {
		settings = append(settings, e.Name)
		require.Equal(t, e.Value, strings.Trim(fs.Lookup(e.Name).DefValue, "[]"), e.Name)
	}
	fs.VisitAll(func(f *pflag.Flag) {
		if f.Name != "config" {
			flags = append(flags, f.Name)
		}
	})
	require.Equal(t, settings, flags)
}

func TestSecretsAreMasked(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("s3cret", 6)
	s, err := load(t, []string{"SWIPER_AUTH_KEY=" + secret, "SWIPER_PHONE_KEY=" + secret, "SWIPER_ADMIN_TOKEN=" + secret},
		"--database.url", "postgres://app:"+secret+"@db:5432/swiper?sslmode=disable&password="+secret,
		"--redis.url", "rediss://:"+secret+"@cache:6379/0", "--mail.url", "smtps://app:"+secret+"@mail.example.com?from=no-reply@example.com",
		"--sms.provider", "qiniu://access:"+secret+"@1700", "--media.store", "qiniu://access:"+secret+"@z0/pictures")
	require.NoError(t, err)
	shown := map[string]string{}
	for _, e := range s.Entries() {
		require.NotContains(t, e.Value, "s3cret", e.Name)
		shown[e.Name] = e.Value
	}
	require.Equal(t, "********", shown["auth.key"])
	require.Equal(t, "postgres://app:********@db:5432/swiper?password=********&sslmode=disable", shown["database.url"])
	require.Equal(t, "rediss://:********@cache:6379/0", shown["redis.url"])
	require.Equal(t, "smtps://app:********@mail.example.com?from=no-reply@example.com", shown["mail.url"])
	require.Equal(t, "qiniu://access:********@1700", shown["sms.provider"])
}

func TestTracing(t *testing.T) {
	t.Parallel()
	s, err := load(t, []string{"SWIPER_TRACE_RATIO=0.25"}, "--trace.endpoint", "https://me:s3cret@collector:4318")
	require.NoError(t, err)
	require.InEpsilon(t, 0.25, s.Trace.Ratio, 1e-9)
	for _, e := range s.Entries() {
		require.NotContains(t, e.Value, "s3cret", e.Name)
	}
	s, err = load(t, nil, "--config", file(t, "trace: {ratio: 1}"))
	require.NoError(t, err)
	require.InEpsilon(t, 1, s.Trace.Ratio, 1e-9)
	for _, args := range [][]string{
		{"--trace.ratio=0"},
		{"--trace.ratio=1.1"},
		{"--trace.ratio=-1"},
		{"--trace.ratio=NaN"},
		{"--trace.endpoint=collector:4318"},
		{"--trace.endpoint=grpc://collector:4317"},
	} {
		_, err := load(t, nil, args...)
		require.ErrorContains(t, err, "trace.", args)
	}
	_, err = load(t, []string{"SWIPER_TRACE_RATIO=many"})
	require.ErrorContains(t, err, "no number")
}
