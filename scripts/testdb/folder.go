//go:build unix

package main

import (
	"os"
	"syscall"
)

// memory is where Linux serves memory as a disk; room is what the databases of
// all tests may need at a time, with plenty to spare.
const (
	memory = "/dev/shm"
	room   = 2 << 30 // bytes
)

// parent gives the folder in which the servers' is made; "" is the default for
// temporary files.
func parent() string {
	var fs syscall.Statfs_t
	if os.Getenv("TMPDIR") != "" || syscall.Statfs(memory, &fs) != nil {
		return ""
	}
	if uint64(fs.Bavail)*uint64(fs.Bsize) < room { //nolint:gosec,unconvert // never negative, and of other types elsewhere
		return ""
	}
	return memory
}
