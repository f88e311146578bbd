//go:build linux

// Command bench compares Swiper with plainer designs: side by side in one run, on
// one PostgreSQL that keeps what it commits, on tables that are full already.
//
//	go run ./scripts/bench --quick
//	go run ./scripts/bench --full
//	go run ./scripts/bench --rounds 1 --seconds 5 --prefill 1000000
//
// It needs Linux, PostgreSQL and wrk. It starts everything itself, on loopback. The
// results are a table, a chart and a file for programs in the folder --out. It
// fails when something went wrong, never because something was slow.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == memoryCommand {
		exit(measureMemory(os.Args[2:]))
	}
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		exit(err)
	}
	// Also when whoever reads the output has gone: no server is left behind.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE)
	defer stop()
	exit(run(ctx, o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}
