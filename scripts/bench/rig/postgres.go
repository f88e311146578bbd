package rig

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/swiperhq/swiper/scripts/internal/daemon"
)

const loopback = "127.0.0.1"

// Postgres is a server on a data folder of ours.
type Postgres struct {
	bin, data string
	user      daemon.User
	secret    string
	addr      string
	pid       int
}

// NewPostgres prepares for a server whose data is, or will be, in the folder dir.
// What is there already is used as it is; else an empty cluster is made.
func NewPostgres(ctx context.Context, dir string) (*Postgres, error) {
	bin, err := daemon.FindPostgres()
	if err != nil {
		return nil, err
	}
	p := &Postgres{bin: bin, data: filepath.Join(dir, "data")}
	if p.user, err = daemon.Unprivileged(); err != nil {
		return nil, err
	}
	passwords := filepath.Join(dir, "password")
	if text, err := os.ReadFile(passwords); err == nil { //nolint:gosec // a path of our own making
		p.secret = string(text)
		return p, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // PostgreSQL's user must pass
		return nil, err
	}
	p.secret = rand.Text()
	if err := os.WriteFile(passwords, []byte(p.secret), 0o600); err != nil { //nolint:gosec // a path of our own making
		return nil, err
	}
	if err := p.user.Own(dir, passwords); err != nil {
		return nil, err
	}
	return p, p.run(ctx, "initdb", "-D", p.data, "-U", "postgres", "-E", "UTF8", "--locale=C",
		"-A", "scram-sha-256", "--pwfile", passwords, "--no-sync")
}

// Start serves the folder with the settings given, name=value, on a free port.
func (p *Postgres) Start(ctx context.Context, settings []string) error {
	addr, err := daemon.FreeAddress(loopback)
	if err != nil {
		return err
	}
	port := addr[strings.LastIndexByte(addr, ':')+1:]
	options := "-p " + port + " -c listen_addresses=127.0.0.1 -c unix_socket_directories="
	var optionsSb69 strings.Builder
	for _, s := range settings {
		optionsSb69.WriteString(" -c '" + s + "'")
	}
	options += optionsSb69.String()
	err = p.run(ctx, "pg_ctl", "start", "-D", p.data, "-w", "-t", strconv.Itoa(int(startTimeout.Seconds())),
		"-l", filepath.Join(filepath.Dir(p.data), "log"), "-o", options)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(p.data, "postmaster.pid"))
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	p.addr = addr
	p.pid, err = strconv.Atoi(first)
	return err
}

// Stop ends the server, if it runs, even if ctx has ended.
func (p *Postgres) Stop(ctx context.Context) error {
	if p.pid == 0 {
		return nil
	}
	p.pid = 0
	// A data folder in memory may take its time to be written.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*startTimeout)
	defer cancel()
	return p.run(ctx, "pg_ctl", "stop", "-D", p.data, "-m", "fast", "-w", "-t", "600")
}

// URL is where the server is.
func (p *Postgres) URL() string {
	return fmt.Sprintf("postgres://postgres:%s@%s/postgres?sslmode=disable", p.secret, p.addr)
}

// PID is the postmaster's id.
func (p *Postgres) PID() int { return p.pid }

// CPU gives the CPU time that all of its processes have used so far.
func (p *Postgres) CPU() (time.Duration, error) { return cpuOfFamily(p.pid) }

// Version gives what the program says of itself.
func (p *Postgres) Version(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, filepath.Join(p.bin, "postgres"), "--version").Output() //nolint:gosec // found by us
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(out))
}

// run runs one of PostgreSQL's programs to its end as the user it wants.
func (p *Postgres) run(ctx context.Context, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, program), args...) //nolint:gosec // found by us
	cmd.SysProcAttr, cmd.Dir = p.user.Attr(), filepath.Dir(p.data)
	// The server inherits the output: a pipe would keep us waiting for its end.
	out, err := os.CreateTemp("", "bench-"+program)
	if err != nil {
		return err
	}
	defer func() { _ = errors.Join(out.Close(), os.Remove(out.Name())) }()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s: %w: %s", program, err, said)
	}
	return nil
}
