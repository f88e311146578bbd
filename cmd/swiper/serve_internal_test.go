package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// server is the program serving inside the test.
type server struct {
	http, admin string // base URLs
	stop        func()
	log         *logged
}

// logged is what the program has logged so far.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.WriteString(line + "\n")
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// members is held by the test that has cluster members in this process: each
// member that starts sets gRPC's global logger anew, while another may log.
var members sync.Mutex

// alone lets no other test start members until this one has ended. It comes before serving.
func alone(t *testing.T) {
	t.Helper()
	members.Lock()
	t.Cleanup(members.Unlock)
}

// serving starts the program on embedded storage in dir and waits until it serves.
func serving(t *testing.T, dir string, flags ...string) server {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	logs, write := io.Pipe()
	args := append([]string{
		"serve", "--data.dir", dir, "--http.listen", "127.0.0.1:0", "--admin.listen", "127.0.0.1:0", "--log.format", "json",
	}, flags...)
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, process{args: args, stdout: io.Discard, stderr: write})
		_ = write.Close()
	}()
	addresses := make(chan [2]string, 1)
	tail := &logged{}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(logs); lines.Scan(); {
			tail.add(lines.Text())
			var entry struct{ Msg, HTTP, Admin string }
			if json.Unmarshal(lines.Bytes(), &entry) == nil && entry.Msg == "serving" {
				addresses <- [2]string{entry.HTTP, entry.Admin}
			}
		}
	}()
	stopped := false
	stop := func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		got := <-code
		<-read
		require.Equal(t, exitOK, got, tail.String())
	}
	t.Cleanup(stop)
	select {
	case at := <-addresses:
		return server{"http://" + at[0], "http://" + at[1], stop, tail}
	case <-read:
		t.Fatalf("the program ended before it served (code %d):\n%s", <-code, tail.String())
	case <-time.After(time.Minute):
		t.Fatal("the program did not serve within a minute")
	}
	return server{}
}

// call gives status and body of a request.
func call(t *testing.T, method, url, token, body string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

func TestServe(t *testing.T) {
	t.Parallel()
	alone(t)
	dir := t.TempDir()
	s := serving(t, dir, "--demo")
	token := func(uid int) string {
		return strings.TrimSpace(require0(t, "token", strconv.Itoa(uid), "--data.dir", dir))
	}
	ann, bob := token(1), token(2)

	status, answer := call(t, http.MethodPost, s.http+"/v1/swipes", ann, `{"user_id":2,"mark":"like"}`)
	require.Equal(t, http.StatusOK, status, answer)
	require.Contains(t, answer, `"matched":false`)
	_, answer = call(t, http.MethodPost, s.http+"/v1/swipes", bob, `{"user_id":1,"mark":"superlike"}`)
	require.Contains(t, answer, `"matched":true`)

	status, answer = call(t, http.MethodGet, s.admin+"/readyz", "", "")
	require.Equal(t, http.StatusOK, status, answer)
	_, answer = call(t, http.MethodGet, s.admin+"/metrics", "", "")
	require.Contains(t, answer, "swiper_matches_total")
	require.Contains(t, answer, "go_goroutines")
	status, _ = call(t, http.MethodGet, s.http+"/metrics", "", "")
	require.Equal(t, http.StatusNotFound, status, "the operators' paths are not public")

	status, answer = call(t, http.MethodPut, s.admin+"/admin/settings/rewinds_per_day", "", `{"value":0}`)
	require.Equal(t, http.StatusOK, status, answer)
	status, answer = call(t, http.MethodPost, s.http+"/v1/swipes/rewind", ann, "")
	require.Equal(t, http.StatusTooManyRequests, status, answer)

	requireInspected(t, s, dir)
	for _, args := range [][]string{{"serve"}, {"migrate", "status"}, {"seed"}, {"inspect", "user", "1", "--admin.listen", nowhere}} {
		code, _, stderr := command(t, append(args, "--data.dir", dir)...)
		require.Equal(t, exitFailed, code, args)
		require.Contains(t, stderr, "in use by another process", "the data folder has one owner")
	}

	s.stop()
	require.Contains(t, s.log.String(), "open "+s.http+"/ in a browser\n")
	shown := require0(t, "inspect", "user", "1", "--data.dir", dir, "--admin.listen", nowhere)
	require.Contains(t, shown, "no server runs")
	require.Contains(t, shown, "no actor is active")
	require.Regexp(t, `(?m)^friends +1\b`, shown)

	again := serving(t, dir, "--demo")
	_, answer = call(t, http.MethodGet, again.http+"/v1/friends", ann, "")
	require.Contains(t, answer, `"user_id":2`, "what was stored is there after a restart, and so is the key")
}

// nowhere is a port on which nobody listens.
const nowhere = "127.0.0.1:1"

// requireInspected looks at user 1, who has one friend, through the server.
func requireInspected(t *testing.T, s server, dir string) {
	t.Helper()
	at := strings.TrimPrefix(s.admin, "http://")
	shown := require0(t, "inspect", "user", "1", "--admin.listen", at, "--data.dir", dir)
	require.Contains(t, shown, "user 1, from the server at "+at)
	require.Regexp(t, `(?m)^stored +live$`, shown)
	require.Regexp(t, `(?m)^friends +1\b`, shown)
	require.Regexp(t, `in_flight +0\n`, shown)

	raw := require0(t, "inspect", "user", "1", "--json", "--admin.listen", at)
	require.True(t, json.Valid([]byte(raw)), raw)

	code, _, stderr := command(t, "inspect", "user", "99999", "--admin.listen", at)
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "user_not_found")
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	alone(t)
	s := serving(t, t.TempDir())
	code, _, stderr := command(t, "serve", "--data.dir", t.TempDir(), "--admin.listen", "127.0.0.1:0", "--http.listen", strings.TrimPrefix(s.http, "http://"))
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "address already in use")
}

func TestAPartThatEndsStopsTheNode(t *testing.T) {
	t.Parallel()
	ctx, fail := context.WithCancelCause(t.Context())
	n := &node{logger: slog.New(slog.DiscardHandler), fail: fail}
	var order []string
	for _, name := range []string{"first", "second"} {
		n.onStop(name, func(context.Context) error {
			order = append(order, name)
			return errors.New("stuck")
		})
	}
	n.keep(ctx, "clock", func(context.Context) error { return errors.New("sprung") })
	<-ctx.Done()
	require.ErrorContains(t, context.Cause(ctx), "the clock ended: sprung")

	err := n.stop(t.Context())
	require.ErrorContains(t, err, "stop the first: stuck")
	require.ErrorContains(t, err, "stop the second: stuck")
	require.Equal(t, []string{"second", "first"}, order, "what was started last is stopped first")
	require.True(t, n.draining.Load())
}

func TestStoppedBeforeItIsUp(t *testing.T) {
	t.Parallel()
	alone(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var errs strings.Builder
	code := run(ctx, process{args: []string{"serve", "--data.dir", t.TempDir(), "--http.listen", "127.0.0.1:0", "--admin.listen", "127.0.0.1:0"}, stdout: io.Discard, stderr: &errs})
	require.Equal(t, exitOK, code, errs.String())
}
