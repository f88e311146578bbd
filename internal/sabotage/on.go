//go:build sabotage

package sabotage

import (
	"os"
	"sync/atomic"
	"time"
)

// Built tells that there are faults in this build.
const Built = true

// On tells whether f is the fault chosen by the environment.
func On(f Fault) bool { return os.Getenv("SWIPER_SABOTAGE") == string(f) }

// asked counts the calls of Strikes: one process has one fault.
var asked atomic.Uint64

// Strikes tells whether f, if it is on, strikes this time: it does once in every
// oneIn calls of a process, early among them.
func Strikes(f Fault, oneIn uint64) bool { return On(f) && asked.Add(1)%oneIn == oneIn/20 }

// Die ends the process at once, as kill -9 does, if SWIPER_DIE_AT names this step.
func Die(step string) {
	if os.Getenv("SWIPER_DIE_AT") != step {
		return
	}
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
	select {} // until the signal has come
}

// Now is the time by which rules count: off by SWIPER_TEST_CLOCK_OFFSET, a
// duration such as 25h, and right where there is none.
func Now() time.Time {
	off, err := time.ParseDuration(os.Getenv("SWIPER_TEST_CLOCK_OFFSET"))
	if err != nil {
		return time.Now()
	}
	return time.Now().Add(off)
}
