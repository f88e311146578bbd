package middleware

import (
	"fmt"
	"net/http"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/social"
)

// Class tells who is refused first when the node is full.
type Class int

// The classes, those refused first first.
const (
	ClassList   Class = iota // lists and whatever else is only read
	ClassDeck                // the cards to swipe
	ClassAction              // what people came to do: log in, swipe, change something
)

// queueShare is how many requests may wait for a place, as a multiple of the
// places, before a request of the class is refused.
func (c Class) queueShare() int {
	switch c {
	case ClassList:
		return 1
	case ClassDeck:
		return 2
	case ClassAction:
		return 4
	}
	return 0
}

// Bounds of requests handled at a time.
const (
	leastPlaces = 256 // a batch of each matchmaker and the next one behind it
	firstPlaces = 512
)

// AdaptOptions say how many requests are handled at a time. MaxInFlight, Wait
// and Registerer are required.
type AdaptOptions struct {
	// MaxInFlight is how many at most; fewer when more only makes them slower,
	// but never fewer than 256.
	MaxInFlight uint
	Wait        time.Duration // how long a request waits for a place
	Class       func(*gin.Context) Class
	Registerer  prometheus.Registerer
}

// Adapt lets as many requests be handled at a time as the node handles without
// slowing down, lets a few wait, and refuses more as overloaded: lists first,
// decks next, what people do last. The number follows the time that requests
// take; it moves slowly, and those who wait take the peaks.
func Adapt(o AdaptOptions) (gin.HandlerFunc, error) {
	limiter := adaptivelimiter.NewBuilder[any]().
		WithLimits(min(leastPlaces, o.MaxInFlight), o.MaxInFlight, min(firstPlaces, o.MaxInFlight)).
		// A quiet hour must not take the places away that a busy one needs.
		WithMaxLimitFunc(func(int) float64 { return float64(o.MaxInFlight) }).
		Build()
	for name, gauge := range map[string]struct {
		help  string
		value func() int
	}{
		"swiper_http_places":    {"Requests that may be handled at a time, as the node adapts it.", limiter.Limit},
		"swiper_http_in_flight": {"Requests being handled.", limiter.Inflight},
		"swiper_http_waiting":   {"Requests waiting for a place.", limiter.Queued},
	} {
		g := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: gauge.help}, func() float64 { return float64(gauge.value()) })
		if err := o.Registerer.Register(g); err != nil {
			return nil, fmt.Errorf("admission: %w", err)
		}
	}
	return func(c *gin.Context) {
		if waiting := limiter.Queued(); waiting > 0 && waiting >= limiter.Limit()*o.Class(c).queueShare() {
			refuseBusy(c)
			return
		}
		permit, err := limiter.AcquirePermitWithMaxWait(c.Request.Context(), o.Wait)
		if err != nil {
			refuseBusy(c)
			return
		}
		defer func() {
			// What was refused at a glance tells nothing of how busy the node is.
			if status := c.Writer.Status(); status >= http.StatusBadRequest && status < http.StatusInternalServerError {
				permit.Drop()
				return
			}
			permit.Record()
		}()
		c.Next()
	}, nil
}

func refuseBusy(c *gin.Context) {
	c.Abort()
	problem.Write(c.Writer, problem.New(social.CodeOverloaded, "The server is busy. Try again soon."))
}
