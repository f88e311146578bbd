package rig

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/swiperhq/swiper/scripts/internal/daemon"
)

// Binaries are the programs under test, built with the same flags.
type Binaries struct{ Swiper, Plain string }

// Build compiles the programs into dir. It must run inside the module; root is
// the module's folder. profile names a profile for the compiler, "" for none.
func Build(ctx context.Context, root, dir, profile string) (Binaries, error) {
	b := Binaries{filepath.Join(dir, "swiper"), filepath.Join(dir, "plain")}
	for _, p := range []struct{ out, pkg string }{{b.Swiper, "./cmd/swiper"}, {b.Plain, "./scripts/bench/plain/serve"}} {
		args := []string{"build", "-ldflags", "-s -w", "-o", p.out}
		if profile != "" {
			args = append(args, "-pgo", profile)
		}
		cmd := exec.CommandContext(ctx, "go", append(args, p.pkg)...) //nolint:gosec // names of our own
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			return b, fmt.Errorf("build %s: %w: %s", p.pkg, err, out)
		}
	}
	return b, nil
}

// Server is a running Swiper or plain design.
type Server struct {
	*Process
	URL   string // of the public listener
	Admin string // of the operators' listener; "" for a plain design
}

// StartSwiper runs the program with flags added to what every server is started
// with, and lifts the limits on requests, which all designs share.
func StartSwiper(ctx context.Context, program, dir, key string, flags ...string) (*Server, error) {
	public, err := daemon.FreeAddress(loopback)
	if err != nil {
		return nil, err
	}
	admin, err := daemon.FreeAddress(loopback)
	if err != nil {
		return nil, err
	}
	args := append([]string{
		"serve", "--http.listen", public, "--admin.listen", admin, "--log.level", "warn", "--data.dir", dir,
		"--auth.key", key, "--phone.key", key,
	}, flags...)
	s, err := serve(ctx, filepath.Join(dir, "swiper.log"), program, public, args)
	if err != nil {
		return nil, err
	}
	s.Admin = "http://" + admin
	for _, tunable := range []string{"requests_per_user", "requests_per_address"} {
		if err := put(ctx, s.Admin+"/admin/settings/"+tunable, `{"value":null}`); err != nil {
			return nil, fmt.Errorf("%w (stop: %v)", err, s.Stop()) //nolint:errorlint // one of the two is the cause
		}
	}
	return s, nil
}

// StartPlain runs a plain design.
func StartPlain(ctx context.Context, program, dir, key, database, design string, pool int) (*Server, error) {
	public, err := daemon.FreeAddress(loopback)
	if err != nil {
		return nil, err
	}
	return serve(ctx, filepath.Join(dir, "plain.log"), program, public, []string{
		"--http.listen", public, "--database.url", database, "--auth.key", key, "--design", design, "--pool", strconv.Itoa(pool),
	})
}

func serve(ctx context.Context, log, program, public string, args []string) (*Server, error) {
	p, err := spawn(log, program, args...)
	if err != nil {
		return nil, err
	}
	s := &Server{Process: p, URL: "http://" + public}
	err = p.await(ctx, func(ctx context.Context) error { return get(ctx, s.URL+"/openapi.json") })
	if err != nil {
		_ = p.Stop() // that it did not start is what counts
		return nil, err
	}
	return s, nil
}

const callTimeout = 10 * time.Second

func get(ctx context.Context, url string) error { return call(ctx, http.MethodGet, url, "") }

func put(ctx context.Context, url, body string) error { return call(ctx, http.MethodPut, url, body) }

func call(ctx context.Context, method, url, body string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewBufferString(body))
	if err != nil {
		return err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end or not needed
	said, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, url, resp.Status, said)
	}
	return err
}
