//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"

	"github.com/swiperhq/swiper/scripts/bench/idle"
)

// memoryCommand makes this program measure memory in a process of its own.
const memoryCommand = "memory"

// memorySwiped is how many people each of those in memory has swiped.
const memorySwiped = 200

// memory measures what active people cost while they are idle.
func (b *bench) memory(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, memoryCommand, strconv.Itoa(b.Memory)) //nolint:gosec // this program
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, &b.report.Memory); err != nil {
		return err
	}
	b.say("%d idle people: %.0f bytes of heap each, %.0f taken from the system", b.Memory, b.report.Memory.HeapBytes, b.report.Memory.SysBytes)
	return nil
}

// measureMemory is what memory runs.
func measureMemory(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: bench %s PEOPLE", memoryCommand)
	}
	people, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	m, err := idle.Measure(context.Background(), people, memorySwiped)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(m)
}
