//go:build linux

package main

// What the tests of this command see of its inside.
var (
	Parse = parse
)

// Ledger is ledger; Add and Settle open its methods.
type Ledger = ledger

func (l *ledger) Add(design string, ok, failed, connections int64) {
	l.add(design, ok, failed, connections)
}
func (l *ledger) Settle(rows int64) (stored, answered int64, err error) { return l.settle(rows) }
