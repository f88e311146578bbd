// Command serve offers Swiper's public API over one of the plain designs, for
// comparison:
//
//	go run ./scripts/bench/plain/serve --design textbook --pool 16 --database.url postgres://… --auth.key …
//
// It needs a database that `swiper migrate up` or `swiper serve` has prepared.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/swiperhq/swiper/internal/memory"
	"github.com/swiperhq/swiper/scripts/bench/plain"
)

func main() {
	var o plain.ServeOptions
	flag.StringVar(&o.Design, "design", plain.Textbook, "one of "+strings.Join(plain.Designs(), ", "))
	flag.IntVar(&o.Pool, "pool", 16, "connections to the database")
	flag.StringVar(&o.URL, "database.url", "", "the database")
	flag.StringVar(&o.Listen, "http.listen", "127.0.0.1:8080", "where to listen")
	key := flag.String("auth.key", "", "signs access tokens, at least 32 bytes")
	flag.Parse()
	o.AuthKey = []byte(*key)
	o.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	memory.Tune(ctx, o.Logger) // as Swiper does
	if err := plain.Serve(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}
