//go:build unix

package daemon_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/scripts/internal/daemon"
)

// folder is one that other users can descend into.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "daemon-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}

// installed skips the test where a program is missing, but for the CI.
func installed(t *testing.T, err error) {
	t.Helper()
	if missing := (*daemon.NotInstalledError)(nil); errors.As(err, &missing) && os.Getenv("CI") != "true" {
		t.Skip("skipped: ", err)
	}
	require.NoError(t, err)
}

// ping asks the server for something.
func ping(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return conn.Ping(ctx)
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	p, err := daemon.NewPostgres(t.Context(), daemon.PostgresOptions{Dir: folder(t), Settings: []string{"shared_buffers=16MB"}})
	installed(t, err)
	require.NoError(t, p.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, p.Stop()) })
	require.NoError(t, ping(t.Context(), p.URL()))

	require.NoError(t, p.Freeze())
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, ping(ctx, p.URL()), context.DeadlineExceeded, "a frozen server answers nobody")
	require.NoError(t, p.Thaw())
	require.NoError(t, ping(t.Context(), p.URL()))

	was := p.URL()
	require.NoError(t, p.Quit())
	require.Error(t, ping(t.Context(), p.URL()))
	require.NoError(t, p.Start(t.Context()))
	require.Equal(t, was, p.URL(), "the same place")
	require.NoError(t, ping(t.Context(), p.URL()))
}

func TestRedis(t *testing.T) {
	t.Parallel()
	r, err := daemon.NewRedis(folder(t), "127.0.0.1")
	installed(t, err)
	require.NoError(t, r.Start(t.Context()))
	require.NoError(t, r.Kill())
	require.Equal(t, -1, r.ExitCode())
	require.NoError(t, r.Start(t.Context()))
	require.NoError(t, r.Stop())
	<-r.Done()
}

func TestEtcd(t *testing.T) {
	t.Parallel()
	e, err := daemon.NewEtcd(folder(t), "127.0.0.1")
	installed(t, err)
	require.NoError(t, e.Start(t.Context()))
	require.NoError(t, e.Kill())
	require.NoError(t, e.Wipe())
	require.NoError(t, e.Start(t.Context()))
	require.NoError(t, e.Stop())
}

func TestAProcessThatEndsWhileStarting(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	p, err := daemon.NewPostgres(t.Context(), daemon.PostgresOptions{Dir: dir, Settings: []string{"no.such.setting.at=all", "shared_buffers=nonsense"}})
	installed(t, err)
	require.ErrorContains(t, p.Start(t.Context()), "shared_buffers")
}
