package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/swiperhq/swiper/api"
)

// service is a handler and how its listener is to be treated.
type service struct {
	http.Handler

	listen   func(net.Listener) net.Listener
	handling time.Duration // how long a request may be handled
}

// listen serves s on address and gives the address it really has. When the
// node stops, requests that were accepted are answered first.
func (n *node) listen(ctx context.Context, name, address string, s service) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	server := api.NewServer(address, s, s.handling, n.logger)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(s.listen(listener)); !errors.Is(err, http.ErrServerClosed) {
			n.fail(fmt.Errorf("the %s ended: %w", name, err))
		}
	}()
	n.onStop(name, func(limit context.Context) error {
		err := server.Shutdown(limit)
		if err != nil {
			err = errors.Join(err, server.Close())
		}
		<-done
		return err
	})
	return listener.Addr().String(), nil
}
