//go:build !sabotage

package sabotage

import "time"

// Built tells that there are faults in this build.
const Built = false

// On tells whether f is built in: never.
func On(Fault) bool { return false }

// Strikes tells whether f strikes this time: never.
func Strikes(Fault, uint64) bool { return false }

// Die ends the process at that step: never.
func Die(string) {}

// Now is the time by which rules count: the right one.
func Now() time.Time { return time.Now() }
