package tasks_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/tasks"
)

// workerEnv makes the test binary a worker, at the place that it names.
const workerEnv = "SWIPER_TEST_WORKER"

// workUntilKilled works at a task without end and tells when it has begun.
func workUntilKilled(at string) error {
	ctx := context.Background()
	var p place
	if err := json.Unmarshal([]byte(at), &p); err != nil {
		return err
	}
	db, err := p.open(ctx)
	if err != nil {
		return err
	}
	h := tasks.NewHandlers()
	err = tasks.Handle(h, kind(), func(ctx context.Context, run *tasks.Run, _ args) (any, error) {
		run.Progress(ctx, 50)
		fmt.Fprintln(os.Stdout, "begun")
		select {}
	})
	if err != nil {
		return err
	}
	_, err = tasks.Start(ctx, tasks.Options{
		Store: db, Engine: db, Handlers: h, Zone: func() *time.Location { return time.UTC }, Registerer: prometheus.NewRegistry(),
	})
	if err != nil {
		return err
	}
	select {}
}

// A worker that is killed in the middle of a task, as by SIGKILL, leaves it to
// others within 30 s, with what a server runs with.
func TestKill(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(w *world) {
		at, err := json.Marshal(w.place)
		require.NoError(w.t, err)
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), workerEnv+"="+string(at))
		out, err := cmd.StdoutPipe()
		require.NoError(w.t, err)
		require.NoError(w.t, cmd.Start())
		defer func() { _ = cmd.Wait() }()
		defer func() { _ = cmd.Process.Kill() }()
		id := w.enqueue(task(w.t, kind(), args{}))
		line := make(chan string, 1)
		go func() {
			text, _ := bufio.NewReader(out).ReadString('\n')
			line <- text
		}()
		require.Equal(w.t, "begun\n", signal(w.t, line))
		require.Equal(w.t, 50, w.task(id).Progress)
		w.start(handle(w.t, kind(), func(_ context.Context, run *tasks.Run, _ args) (any, error) { return args{run.Attempt}, nil }),
			func(o *tasks.Options) { o.Now = time.Now })
		require.NoError(w.t, cmd.Process.Kill())
		killed := time.Now()
		record := w.until(id, persistence.TaskDone)
		require.JSONEq(w.t, `{"n":2}`, string(record.Result))
		took := time.Since(killed)
		w.t.Logf("done %s after the kill", took.Round(100*time.Millisecond))
		require.Less(w.t, took, 30*time.Second)
	})
}
