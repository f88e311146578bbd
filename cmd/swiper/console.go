package main

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/swiperhq/swiper/api/admin/overview"
	"github.com/swiperhq/swiper/web"
)

// console is what the operators' listener shows to people.
type console struct {
	files    map[string]http.Handler
	overview *overview.Sampler
}

// openConsole reads the console's files and begins to remember how the node does.
func (n *node) openConsole(ctx context.Context, metrics prometheus.Gatherer) (console, error) {
	site, err := web.NewConsole(n.settings.Admin.Token != "")
	if err != nil {
		return console{}, err
	}
	samples, err := overview.New(overview.Options{Gatherer: metrics, Now: time.Now, Logger: n.logger})
	if err != nil {
		return console{}, err
	}
	n.keep(ctx, "overview", samples.Run)
	return console{site.Routes(), samples}, nil
}
