//go:build sabotage

package sabotage

import "os"

// On tells whether f is the fault chosen by the environment.
func On(f Fault) bool { return os.Getenv("SWIPER_SABOTAGE") == string(f) }
