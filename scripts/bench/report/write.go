package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Write puts report.json, report.md and chart.svg into the folder dir, which it
// makes, and prints the tables to out.
func (r *Report) Write(dir string, out io.Writer) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	whole, err := json.MarshalIndent(struct {
		*Report
		Goals []Goal `json:"goals"`
	}{r, r.Goals()}, "", "  ")
	if err != nil {
		return err
	}
	var errs []error
	for name, text := range map[string]string{"report.json": string(whole) + "\n", "report.md": r.Markdown(), "chart.svg": r.Chart()} {
		errs = append(errs, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "\n%s\nin %s: report.md, report.json, chart.svg\n", r.Markdown(), dir)
	return err
}
