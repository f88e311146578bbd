package e2e_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/internal/testrace"
)

// binaries are built once per test run, the sabotaged one only when asked for.
type binaries struct {
	dir   string
	mu    sync.Mutex
	built map[string]string
}

var programs = &binaries{built: map[string]string{}}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "swiper-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	programs.dir = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// binary gives the path of the program built with tags, "" for none.
func (b *binaries) binary(t testing.TB, tags string) string {
	t.Helper()
	return b.build(t, "swiper"+tags, tags, "../cmd/swiper")
}

// build builds a command once and gives its path.
func (b *binaries) build(t testing.TB, name, tags, command string) string {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if path, ok := b.built[name]; ok {
		return path
	}
	path := filepath.Join(b.dir, name)
	args := []string{"build", "-o", path}
	if tags != "" {
		args = append(args, "-tags", tags)
	}
	if testrace.Enabled {
		args = append(args, "-race")
	}
	out, err := exec.Command("go", append(args, command)...).CombinedOutput()
	require.NoError(t, err, string(out))
	b.built[name] = path
	return path
}

// storage is one of the two ways to run the program.
type storage struct {
	name string
	// flags gives the storage flags of a fresh, empty storage for one test. The
	// same flags given again open the same storage.
	flags func(t testing.TB) []string
}

func storages() []storage {
	return []storage{
		{"embedded", func(t testing.TB) []string {
			t.Helper()
			return []string{"--data.dir", t.TempDir()}
		}},
		{"postgres", func(t testing.TB) []string {
			t.Helper()
			return append([]string{"--data.dir", t.TempDir()}, postgresFlags(t)...)
		}},
	}
}

func postgresFlags(t testing.TB) []string {
	t.Helper()
	base, schema := testdb.Postgres(t)
	u, err := url.Parse(base)
	require.NoError(t, err)
	query := u.Query()
	query.Set("search_path", schema)
	u.RawQuery = query.Encode()
	return []string{"--database.url", u.String(), "--redis.url", testdb.Redis(t)}
}

// program is a running swiper process.
type program struct {
	t           testing.TB
	cmd         *exec.Cmd
	HTTP, Admin string // base URLs
	logs        *logTail
	done        chan struct{}
}

type startOptions struct {
	flags []string // after serve and the listen addresses
	tags  string   // build tags
	env   []string
	log   func(line string) // hears every line of the log; nil: nobody
	dies  bool              // perhaps before it serves: it has no addresses then
}

// start runs `swiper serve` on free loopback ports and waits until it serves.
// The process is stopped when the test ends.
func start(t testing.TB, opts startOptions) *program {
	t.Helper()
	args := append([]string{
		"serve", "--http.listen", "127.0.0.1:0", "--admin.listen", "127.0.0.1:0", "--log.format", "json",
		// A busy machine under the race detector is no failure of the program.
		"--http.request_timeout", "30s",
	}, opts.flags...)
	p := &program{t: t, cmd: exec.Command(programs.binary(t, opts.tags), args...), logs: &logTail{}, done: make(chan struct{})}
	p.logs.heard = opts.log
	p.cmd.Env = append(os.Environ(), opts.env...)
	stderr, err := p.cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	serving := make(chan [2]string, 1)
	go func() {
		defer close(p.done)
		p.read(stderr, serving)
		_ = p.cmd.Wait()
	}()
	t.Cleanup(p.stop)
	select {
	case at := <-serving:
		p.HTTP, p.Admin = "http://"+at[0], "http://"+at[1]
	case <-p.done:
		if opts.dies {
			return p
		}
		t.Fatalf("the program ended before it served:\n%s", p.logs)
	case <-time.After(60 * time.Second):
		t.Fatalf("the program did not serve within 60 s:\n%s", p.logs)
	}
	return p
}

// read keeps the end of the log and finds the line that tells the addresses.
func (p *program) read(stderr io.Reader, serving chan<- [2]string) {
	lines := bufio.NewScanner(stderr)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		p.logs.add(lines.Text())
		var entry struct{ Msg, HTTP, Admin string }
		if json.Unmarshal(lines.Bytes(), &entry) == nil && entry.Msg == "serving" {
			serving <- [2]string{entry.HTTP, entry.Admin}
		}
	}
}

// stop ends the process as a supervisor would and requires that it ends well.
func (p *program) stop() {
	select {
	case <-p.done:
		return
	default:
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
		if code := p.cmd.ProcessState.ExitCode(); code != 0 {
			p.t.Errorf("the program ended with %d:\n%s", code, p.logs)
		}
	case <-time.After(30 * time.Second):
		p.t.Errorf("the program did not stop within 30 s of SIGTERM:\n%s", p.logs)
		p.kill()
	}
}

// kill ends the process at once (SIGKILL) and waits until it is gone.
func (p *program) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// command runs the program to its end and gives what it printed.
func command(t testing.TB, args ...string) (stdout string, err error) {
	t.Helper()
	out, err := exec.Command(programs.binary(t, ""), args...).Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%w: %s", err, failed.Stderr)
	}
	return string(out), err
}

// logTail keeps the last lines of a log for messages of failed tests.
type logTail struct {
	mu    sync.Mutex
	lines []string
	heard func(line string)
}

func (l *logTail) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.heard != nil {
		l.heard(line)
	}
	l.lines = append(l.lines, line)
	if len(l.lines) > 60 {
		l.lines = l.lines[len(l.lines)-60:]
	}
}

func (l *logTail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}
