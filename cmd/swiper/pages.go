package main

import (
	"net/http"

	"github.com/swiperhq/swiper/internal/people"
	"github.com/swiperhq/swiper/web"
)

// pages gives what the public listener shows to people, by path.
func (n *node) pages(pictures string) (map[string]http.Handler, error) {
	opts := web.Options{Demo: n.settings.Demo, Pictures: pictures}
	if opts.Demo {
		opts.Places = people.Locations(demoPeople().Locations)
	}
	site, err := web.New(opts)
	if err != nil {
		return nil, err
	}
	return site.Routes(), nil
}
