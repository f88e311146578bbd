package tasks_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if at := os.Getenv(workerEnv); at != "" {
		fmt.Fprintln(os.Stderr, workUntilKilled(at))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}
