//go:build race

package testrace

// Enabled tells whether the race detector watches.
const Enabled = true
