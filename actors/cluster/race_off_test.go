//go:build !race

package cluster_test

// raceEnabled: the tests run under the race detector, so the program does too.
const raceEnabled = false
