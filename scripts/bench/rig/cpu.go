package rig

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of /proc's CPU times: USER_HZ is 100 on Linux.
const tick = 10 * time.Millisecond

// Positions in /proc/PID/stat behind the command's name, see proc_pid_stat(5).
const (
	statParent = 1
	statUser   = 11
	statSystem = 12
	statKidsU  = 13 // of children that have ended
	statKidsS  = 14
)

// stat reads /proc/PID/stat.
func stat(pid int) ([]string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	// The name in parentheses may hold anything.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) <= statKidsS {
		return nil, fmt.Errorf("/proc/%d/stat: %d fields", pid, len(fields))
	}
	return fields, nil
}

func ticks(fields []string, which ...int) (time.Duration, error) {
	var sum time.Duration
	for _, i := range which {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(n) * tick
	}
	return sum, nil
}

// cpuOf gives the CPU time of one process.
func cpuOf(pid int) (time.Duration, error) {
	fields, err := stat(pid)
	if err != nil {
		return 0, err
	}
	return ticks(fields, statUser, statSystem)
}

// cpuOfFamily gives the CPU time of a process and of all its children, those
// that have ended included. A child that ends while we look could be missed or
// counted twice: then we look again.
func cpuOfFamily(parent int) (time.Duration, error) {
	const tries = 100
	for range tries {
		before, err := stat(parent)
		if err != nil {
			return 0, err
		}
		living, whole, err := cpuOfChildren(parent)
		if err != nil {
			return 0, err
		}
		after, err := stat(parent)
		if err != nil {
			return 0, err
		}
		ended, err1 := ticks(before, statKidsU, statKidsS)
		endedNow, err2 := ticks(after, statKidsU, statKidsS)
		own, err3 := ticks(after, statUser, statSystem)
		if err := errors.Join(err1, err2, err3); err != nil {
			return 0, err
		}
		if whole && ended == endedNow {
			return own + ended + living, nil
		}
	}
	return 0, fmt.Errorf("the children of process %d end faster than they can be looked at", parent)
}

// cpuOfChildren gives the CPU time of the children there are; whole is false when
// a process ended while they were looked at.
func cpuOfChildren(parent int) (sum time.Duration, whole bool, err error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, false, err
	}
	whole = true
	for _, path := range stats {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			return 0, false, err
		}
		fields, err := stat(pid)
		if err != nil {
			whole = false
			continue
		}
		if fields[statParent] != strconv.Itoa(parent) {
			continue
		}
		own, err := ticks(fields, statUser, statSystem)
		if err != nil {
			return 0, false, err
		}
		sum += own
	}
	return sum, whole, nil
}

// ResidentOf gives the memory of a process that is in RAM, in bytes.
func ResidentOf(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, fmt.Errorf("/proc/%d/statm: %d fields", pid, len(fields))
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}
