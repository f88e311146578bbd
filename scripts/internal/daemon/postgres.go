//go:build unix

package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// PostgresOptions say how PostgreSQL is run. Dir is required.
type PostgresOptions struct {
	// Dir is the folder for everything, made by the caller, into which PostgreSQL's
	// user can descend. It may be given to that user.
	Dir      string
	Host     string   // IP address to listen on; "": 127.0.0.1
	Settings []string // name=value
	Before   []string // put in front of the server's program; it must become it, by exec
}

// Postgres is a server on a folder of ours. Its methods are for one goroutine at
// a time.
type Postgres struct {
	*Process // of the latest start

	o      PostgresOptions
	bin    string
	user   User
	secret string
	addr   string
}

// NewPostgres makes an empty cluster in the folder and chooses a port.
func NewPostgres(ctx context.Context, o PostgresOptions) (*Postgres, error) {
	p := &Postgres{o: o, secret: password()}
	if p.o.Host == "" {
		p.o.Host = "127.0.0.1"
	}
	var err error
	if p.bin, err = FindPostgres(); err != nil {
		return nil, err
	}
	if p.user, err = Unprivileged(); err != nil {
		return nil, err
	}
	if p.addr, err = FreeAddress(p.o.Host); err != nil {
		return nil, err
	}
	secret := filepath.Join(o.Dir, "password")
	if err := errors.Join(os.WriteFile(secret, []byte(p.secret), 0o600), p.user.Own(o.Dir, secret)); err != nil {
		return nil, err
	}
	// No sync of the empty cluster: nothing here outlives the run.
	create := p.command(exec.CommandContext(ctx, filepath.Join(p.bin, "initdb"), "-D", p.data(), "-U", "postgres", "-E", "UTF8", //nolint:gosec // found by us
		"--locale=C", "-A", "scram-sha-256", "--pwfile", secret, "--no-sync"))
	if out, err := create.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	return p, p.admit()
}

// admit lets neighbours in where there are any: the defaults know loopback only.
func (p *Postgres) admit() error {
	if ip := net.ParseIP(p.o.Host); ip != nil && ip.IsLoopback() {
		return nil
	}
	rules, err := os.OpenFile(filepath.Join(p.data(), "pg_hba.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = rules.WriteString("host all all samenet scram-sha-256\n")
	return errors.Join(err, rules.Close())
}

func (p *Postgres) data() string { return filepath.Join(p.o.Dir, "postgres") }

func (p *Postgres) command(cmd *exec.Cmd) *exec.Cmd {
	cmd.SysProcAttr, cmd.Dir = p.user.Attr(), p.o.Dir
	return cmd
}

// Start serves the folder, always on the same port, and waits until it answers.
// A process it gives an error about may live on and is to be stopped.
func (p *Postgres) Start(ctx context.Context) error {
	host, port, err := net.SplitHostPort(p.addr)
	if err != nil {
		return err
	}
	args := append(slices.Clone(p.o.Before), filepath.Join(p.bin, "postgres"), "-D", p.data(), "-p", port, "-c", "listen_addresses="+host, "-c", "unix_socket_directories=")
	for _, s := range p.o.Settings {
		args = append(args, "-c", s)
	}
	serve := p.command(exec.Command(args[0], args[1:]...))                              //nolint:gosec,noctx // found by us; outlives the start's context
	p.Process, err = Spawn(serve, os.Interrupt, filepath.Join(p.o.Dir, "postgres.log")) // SIGINT is its "fast" shutdown
	if err != nil {
		return err
	}
	return p.Ready(ctx, func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, p.URL())
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	})
}

// Quit ends the server at once, without writing anything down: what was not
// flushed is recovered from the log at the next start.
func (p *Postgres) Quit() error { return p.End(syscall.SIGQUIT) }

// Freeze stops every process of the server where it is, until Thaw.
func (p *Postgres) Freeze() error { return p.signalAll(syscall.SIGSTOP) }

// Thaw lets the server go on.
func (p *Postgres) Thaw() error { return p.signalAll(syscall.SIGCONT) }

// signalAll reaches the children too, which have process groups of their own.
// The parent comes first: once it is stopped there are no new ones.
func (p *Postgres) signalAll(s syscall.Signal) error {
	if err := p.Signal(s); err != nil || p.Process == nil {
		return err
	}
	children, err := childrenOf(p.PID())
	if err != nil {
		return err
	}
	for _, pid := range children {
		if err := syscall.Kill(pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	return nil
}

func childrenOf(parent int) (children []int, err error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	for _, path := range stats {
		text, err := os.ReadFile(path) //nolint:gosec // of the system
		if err != nil {
			continue // it has ended
		}
		// The name in parentheses may hold anything.
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err == nil && len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			children = append(children, pid)
		}
	}
	return children, nil
}

// URL is where the server is.
func (p *Postgres) URL() string {
	return fmt.Sprintf("postgres://postgres:%s@%s/postgres?sslmode=disable", p.secret, p.addr)
}
