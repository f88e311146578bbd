package video

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/swiperhq/swiper/media"
)

const (
	maxComplaint = 2 << 10 // bytes of what the program says that are kept
	killWait     = 5 * time.Second
)

// run runs the program in dir. The shell bounds its memory before it begins.
func (t *Transcoder) run(ctx context.Context, dir string, args ...string) error {
	const bounded = `ulimit -v "$1" || exit 126; shift && exec "$@"`
	words := append([]string{"-c", bounded, "sh", strconv.FormatInt(t.o.Memory>>10, 10), t.o.Program}, args...)
	cmd := exec.CommandContext(ctx, "sh", words...) //nolint:gosec // nothing of it comes from a client
	var complaint complaints
	cmd.Dir, cmd.Stderr, cmd.WaitDelay = dir, &complaint, killWait
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LANG=C"}
	err := cmd.Run()
	if err == nil {
		return nil
	}
	cause := fmt.Errorf("ffmpeg: %w: %s", err, strings.TrimSpace(string(complaint)))
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && !blameless(exit, string(complaint)) {
		return invalid("The video cannot be read.", cause)
	}
	return media.Unavailable(cause)
}

// blameless tells an end that says nothing about the video: the machine may do
// better with it later. Out of the memory it may have, the program ends by itself.
func blameless(exit *exec.ExitError, complaint string) bool {
	const (
		notRunnable = 126
		notLoaded   = 127 // or not there
		noSpace     = 256 - int(syscall.ENOSPC)
		interrupted = 255 // after SIGINT or SIGTERM
	)
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return slices.Contains([]syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT}, status.Signal())
	}
	return slices.Contains([]int{notRunnable, notLoaded, noSpace, interrupted}, exit.ExitCode()) ||
		strings.Contains(complaint, "No space left on device")
}

// complaints keeps the end of what the program says: why it stopped.
type complaints []byte

// Write implements io.Writer.
func (c *complaints) Write(p []byte) (int, error) {
	*c = append(*c, p...)
	*c = slices.Delete(*c, 0, max(0, len(*c)-maxComplaint))
	return len(p), nil
}
