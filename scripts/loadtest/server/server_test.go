package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/scripts/loadtest/server"
)

// binary is built once for all tests, by TestMain.
type binary struct{ path string }

var built = &binary{}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "swiper-server-test-")
	if err == nil {
		built.path = filepath.Join(dir, "swiper")
		err = server.Build(context.Background(), "", "", built.path)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func start(t *testing.T, opts server.Options) *server.Server {
	t.Helper()
	opts.Binary = built.path
	s, err := server.Start(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Stop() })
	return s
}

// get gives the status of an answer; 0 when there was none.
func get(t *testing.T, address string) int {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		return 0
	}
	require.NoError(t, res.Body.Close())
	return res.StatusCode
}

// limit reads or, with a body, changes the daily limit of rewinds.
func limit(t *testing.T, s *server.Server, body string) (value int) {
	t.Helper()
	if body != "" {
		req, err := http.NewRequest(http.MethodPut, s.Admin+"/admin/settings/rewinds_per_day", strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		require.Equal(t, http.StatusOK, res.StatusCode)
	}
	res, err := http.Get(s.Admin + "/admin/settings")
	require.NoError(t, err)
	defer res.Body.Close()
	var all struct {
		Settings []struct {
			Key   string
			Value json.RawMessage
		}
	}
	require.NoError(t, json.NewDecoder(res.Body).Decode(&all))
	for _, s := range all.Settings {
		if s.Key == "rewinds_per_day" {
			require.NoError(t, json.Unmarshal(s.Value, &value))
		}
	}
	return value
}

func TestLifeOfAServer(t *testing.T) {
	t.Parallel()
	s := start(t, server.Options{Users: 25})
	at := [2]string{s.HTTP, s.Admin}
	require.Equal(t, http.StatusOK, get(t, s.Admin+"/readyz"))
	require.Equal(t, http.StatusOK, get(t, s.HTTP+"/openapi.json"))
	require.Equal(t, 17, limit(t, s, `{"value":17}`))

	require.NoError(t, s.Restart(t.Context()))
	require.Equal(t, [2]string{s.HTTP, s.Admin}, at, "the same ports")
	require.Equal(t, 17, limit(t, s, ""), "the same storage")

	first := s.PID()
	s.Kill()
	<-s.Ended()
	require.Zero(t, get(t, s.Admin+"/readyz"))
	require.NoError(t, s.Restart(t.Context()))
	require.NotEqual(t, first, s.PID())
	require.Equal(t, 17, limit(t, s, ""))
	require.Contains(t, s.Log(), `"msg":"serving"`)

	require.NoError(t, s.Stop())
	require.Zero(t, get(t, s.Admin+"/readyz"))
	require.NoError(t, s.Stop(), "once more does nothing")
	require.ErrorContains(t, s.Restart(t.Context()), "the storage is gone")
}

func TestPeopleAreStored(t *testing.T) {
	t.Parallel()
	s := start(t, server.Options{Users: 25})
	tokens := func(ids string) int {
		res, err := http.Post(s.Admin+"/admin/tokens", "application/json", strings.NewReader(`{"user_ids":[`+ids+`]}`))
		require.NoError(t, err)
		defer res.Body.Close()
		var body struct {
			Tokens []struct {
				Token string `json:"access_token"`
			}
		}
		require.NoError(t, json.NewDecoder(res.Body).Decode(&body))
		req, err := http.NewRequest(http.MethodGet, s.HTTP+"/v1/me", nil)
		require.NoError(t, err)
		if len(body.Tokens) > 0 {
			req.Header.Set("Authorization", "Bearer "+body.Tokens[0].Token)
		}
		me, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, me.Body.Close())
		return me.StatusCode
	}
	require.Equal(t, http.StatusOK, tokens("25"))
	require.NotEqual(t, http.StatusOK, tokens("26"))
}

func TestStartThatFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, want string
		opts       server.Options
	}{
		{"setting", "matchmaker.shards", server.Options{Flags: []string{"--matchmaker.shards", "7"}}},
		{"setting while storing people", "matchmaker.shards", server.Options{Users: 3, Flags: []string{"--matchmaker.shards", "7"}}},
		{"environment", "SWIPER_NO_SUCH_THING", server.Options{Env: []string{"SWIPER_NO_SUCH_THING=1"}}},
		{"program", "no such file", server.Options{Binary: "/nonexistent/swiper"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.opts.Binary == "" {
				c.opts.Binary = built.path
			}
			_, err := server.Start(t.Context(), c.opts)
			require.ErrorContains(t, err, c.want)
		})
	}
	t.Run("build", func(t *testing.T) {
		t.Parallel()
		_, err := server.Start(t.Context(), server.Options{Dir: t.TempDir()})
		require.ErrorContains(t, err, "build the server")
	})
	t.Run("given up", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := server.Start(ctx, server.Options{Binary: built.path})
		require.ErrorIs(t, err, context.Canceled)
	})
}

// Flags name another storage for several processes to share.
func TestTwoProcessesOnOneDatabase(t *testing.T) {
	t.Parallel()
	base, schema := testdb.Postgres(t)
	at, err := url.Parse(base)
	require.NoError(t, err)
	query := at.Query()
	query.Set("search_path", schema)
	at.RawQuery = query.Encode()
	flags := []string{"--database.url", at.String(), "--redis.url", testdb.Redis(t)}
	one := start(t, server.Options{Users: 5, Flags: flags})
	two := start(t, server.Options{Flags: flags})
	require.NotEqual(t, one.HTTP, two.HTTP)
	require.Equal(t, 17, limit(t, one, `{"value":17}`))
	require.Eventually(t, func() bool { return limit(t, two, "") == 17 }, 20*time.Second, 20*time.Millisecond)
}

// Ports that somebody else has taken meanwhile cost the addresses, not the restart.
func TestRestartElsewhere(t *testing.T) {
	t.Parallel()
	s := start(t, server.Options{})
	was := s.HTTP
	s.Kill()
	taken, err := net.Listen("tcp", strings.TrimPrefix(was, "http://"))
	require.NoError(t, err)
	defer taken.Close()
	require.NoError(t, s.Restart(t.Context()))
	require.NotEqual(t, was, s.HTTP)
	require.Equal(t, http.StatusOK, get(t, s.Admin+"/readyz"))
}

// What the shell happens to have set is not for the server.
func TestEnvironmentIsNotInherited(t *testing.T) {
	t.Setenv("SWIPER_DATABASE_URL", "postgres://127.0.0.1:1/nowhere")
	s := start(t, server.Options{Env: []string{"SWIPER_HTTP_REQUEST_TIMEOUT=7s"}})
	if runtime.GOOS != "linux" {
		t.Skip("skipped: this system does not show a process's environment, so nobody looked at it")
	}
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", s.PID()))
	require.NoError(t, err)
	require.NotContains(t, string(environment), "SWIPER_DATABASE_URL")
	require.Contains(t, string(environment), "SWIPER_HTTP_REQUEST_TIMEOUT=7s")
}

func TestStopRemovesTheStorage(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s := start(t, server.Options{})
	left, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.NoError(t, s.Stop())
	left, err = os.ReadDir(os.TempDir())
	require.NoError(t, err)
	require.Empty(t, left)

	_, err = server.Start(t.Context(), server.Options{Binary: built.path, Flags: []string{"--no.such.flag"}})
	require.Error(t, err)
	left, err = os.ReadDir(os.TempDir())
	require.NoError(t, err)
	require.Empty(t, left, "nor does a failed start leave any")
}

// A process that ends by itself is noticed, and Stop tells of it.
func TestEndedByItself(t *testing.T) {
	t.Parallel()
	s := start(t, server.Options{})
	out, err := exec.Command("kill", "-QUIT", strconv.Itoa(s.PID())).CombinedOutput()
	require.NoError(t, err, string(bytes.TrimSpace(out)))
	<-s.Ended()
	require.Equal(t, 2, s.ExitCode(), "Go's way to end by SIGQUIT")
	require.ErrorContains(t, s.Restart(t.Context()), "the server failed")
	require.NoError(t, s.Again(t.Context()))
	require.Equal(t, http.StatusOK, get(t, s.Admin+"/readyz"))
	require.NoError(t, s.Stop())
}

// The command in front has become the program, and all that is written is given.
func TestBefore(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := start(t, server.Options{Before: []string{"env", "GOMAXPROCS=1"}, Log: &log})
	require.NoError(t, s.Stop())
	require.Contains(t, log.String(), `"cpus":1`)
}
