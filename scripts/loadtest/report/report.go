// Package report writes what came of a run: report.html for people, one file
// that needs no network and no server, and report.json for programs.
//
// It is given figures and a verdict and judges nothing itself.
package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/loadtest/listen"
	"github.com/swiperhq/swiper/scripts/loadtest/measure"
)

// Input is what a report tells of.
type Input struct {
	Result  measure.Result
	Pushes  listen.Summary
	Verdict checker.Verdict
	Meta    checker.Meta
	// Options are the flags the run was made with, by their names without dashes.
	// They are shown, and make the command that repeats the run: no secrets.
	Options map[string]string
	// Interrupted says what ended the run before its time; "" when nothing did.
	Interrupted string
}

// Prepare makes the folder for a report, to be called before anything is
// measured. It refuses one that holds something: a report is not overwritten.
func Prepare(dir string) error {
	there, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return os.MkdirAll(dir, 0o755) //nolint:gosec // a report is for everyone to read
	case err != nil:
		return fmt.Errorf("the report folder: %w", err)
	case len(there) > 0:
		return fmt.Errorf("the report folder %s is not empty: name another one, or move it away", dir)
	}
	return nil
}

// Write puts report.html and report.json into dir, which is made where it is missing.
func Write(dir string, in Input) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // a report is for everyone to read
		return err
	}
	sum := summarize(&in)
	text, err := json.MarshalIndent(sum, "", "  ")
	if err != nil {
		return fmt.Errorf("write report.json: %w", err)
	}
	page, err := render(&in, &sum)
	if err != nil {
		return fmt.Errorf("write report.html: %w", err)
	}
	return errors.Join(
		write(filepath.Join(dir, "report.json"), append(text, '\n')),
		write(filepath.Join(dir, "report.html"), page),
	)
}

// write replaces a file at once, so that nobody reads half of it.
func write(path string, text []byte) error {
	if err := os.WriteFile(path+".part", text, 0o644); err != nil { //nolint:gosec // a report is for everyone to read
		return err
	}
	return os.Rename(path+".part", path)
}
