//go:build linux

package main

import (
	"fmt"
	"slices"

	"github.com/swiperhq/swiper/scripts/bench/load"
	"github.com/swiperhq/swiper/scripts/bench/plain"
)

// ledger compares what was answered with what is stored, warm-ups included.
type ledger struct {
	rows     int64 // of swiped, when it was settled last
	answered int64 // 2xx since then, of designs that store
	open     int64 // requests since then that may have been stored without an answer
}

// stores tells whether a design stores swipes.
func stores(design string) bool { return design != plain.Empty }

// add books a run: besides what failed, every connection may have had a request
// under way when the run ended.
func (l *ledger) add(design string, ok, failed, connections int64) {
	if stores(design) {
		l.answered, l.open = l.answered+ok, l.open+failed+connections
	}
}

func (l *ledger) addWRK(design string, r *load.Result, connections int) {
	l.add(design, r.OK(), r.Errors(), int64(connections))
}

// settle takes the rows there are now and gives how many were added. It is an error
// if some of what was answered is not there, or more than could have been sent.
func (l *ledger) settle(rows int64) (stored, answered int64, err error) {
	stored, answered = rows-l.rows, l.answered
	if stored < answered || stored > answered+l.open {
		err = fmt.Errorf("%d swipes were answered, %d were stored", answered, stored)
	}
	*l = ledger{rows: rows}
	return stored, answered, err
}

// pooled tells whether a design is measured with its best pool.
func pooled(design string) bool {
	return slices.Contains([]string{plain.Textbook, plain.Function}, design)
}
