//go:build linux

package stage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Disk is a small one in memory that can be filled up.
type Disk struct{ dir string }

func mount(ctx context.Context, dir string, size int64) (*Disk, error) {
	options := fmt.Sprintf("size=%d,mode=755", size)
	out, err := exec.CommandContext(ctx, "mount", "-t", "tmpfs", "-o", options, "swiper-chaos", dir).CombinedOutput() //nolint:gosec // a folder of ours
	if err != nil {
		return nil, fmt.Errorf("a small disk cannot be mounted here, which takes root: %w: %s", err, out)
	}
	return &Disk{dir}, nil
}

func (d *Disk) ballast() string { return filepath.Join(d.dir, "ballast") }

// Fill takes all the room there is.
func (d *Disk) Fill() error {
	f, err := os.OpenFile(d.ballast(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	for _, size := range []int{1 << 20, 4 << 10} {
		block := make([]byte, size)
		for err == nil {
			_, err = f.Write(block)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			return errors.Join(err, f.Close())
		}
		err = nil
	}
	return f.Close()
}

// Free gives the room back.
func (d *Disk) Free() error {
	if err := os.Remove(d.ballast()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func (d *Disk) close() error { return syscall.Unmount(d.dir, 0) }
