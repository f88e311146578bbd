package middleware

import (
	"bytes"
	"fmt"
	"net/http"
	"runtime"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/api/turn"
)

// Class tells who is refused first when the node is full.
type Class int

// The classes, those refused first first.
const (
	ClassList   Class = iota // lists and whatever else is only read
	ClassDeck                // the cards to swipe
	ClassAction              // what people came to do: log in, swipe, change something
)

// queue is how many requests may wait for one of so many places before a request
// of the class is refused. Whoever waits longer than being handled takes is better
// told at once to come again.
func (c Class) queue(places int) int {
	switch c {
	case ClassList:
		return max(1, places/4)
	case ClassDeck:
		return max(1, places/2)
	case ClassAction:
		return max(1, places)
	}
	return 0
}

// Bounds of requests handled at a time, for each core.
const (
	leastPlaces = 128 // a batch of each matchmaker and the next one behind it
	firstPlaces = 256
)

// AdmissionOptions say how many requests are handled at a time. MaxInFlight, Wait,
// Class and Registerer are required.
type AdmissionOptions struct {
	// MaxInFlight is how many at most; fewer when more only makes them slower,
	// but never fewer than 128 for each core.
	MaxInFlight uint
	Wait        time.Duration // how long a request waits for a place
	// Class is of a method and a route, or a path that is perhaps one; "" is no route.
	Class      func(method, route string) Class
	Registerer prometheus.Registerer
}

// Admission lets as many requests be handled at a time as the node handles without
// slowing down, lets a few wait, and refuses more as overloaded: lists first,
// decks next, what people do last. The number follows the time that requests
// take; it moves slowly, and those who wait take the peaks.
type Admission struct {
	o       AdmissionOptions
	limiter adaptivelimiter.AdaptiveLimiter[any]
	refused prometheus.Counter
	busy    *problem.Prepared
	message []byte // busy, as sent without the help of a server
}

// NewAdmission registers what operators see of it.
func NewAdmission(o AdmissionOptions) (*Admission, error) {
	cores := uint(runtime.GOMAXPROCS(0))
	a := &Admission{
		o: o,
		limiter: adaptivelimiter.NewBuilder[any]().
			WithLimits(min(leastPlaces*cores, o.MaxInFlight), o.MaxInFlight, min(firstPlaces*cores, o.MaxInFlight)).
			// A quiet hour must not take the places away that a busy one needs.
			WithMaxLimitFunc(func(int) float64 { return float64(o.MaxInFlight) }).
			Build(),
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "swiper_http_refused_total", Help: "Requests refused at the door of a full node; swiper_http_requests_total does not count them.",
		}),
	}
	var err error
	if a.busy, err = problem.Prepare(busy()); err != nil {
		return nil, fmt.Errorf("admission: %w", err)
	}
	a.message = a.busy.Message(commonHeaders())
	collectors := []prometheus.Collector{a.refused}
	for name, gauge := range map[string]struct {
		help  string
		value func() int
	}{
		"swiper_http_places":    {"Requests that may be handled at a time, as the node adapts it.", a.limiter.Limit},
		"swiper_http_in_flight": {"Requests being handled.", a.limiter.Inflight},
		"swiper_http_waiting":   {"Requests waiting for a place.", a.limiter.Queued},
	} {
		collectors = append(collectors, prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: gauge.help},
			func() float64 { return float64(gauge.value()) }))
	}
	for _, c := range collectors {
		if err := o.Registerer.Register(c); err != nil {
			return nil, fmt.Errorf("admission: %w", err)
		}
	}
	return a, nil
}

// unread is how much of a body net/http reads by itself behind an answer. Whoever
// sends more would see the connection break instead of the answer.
const unread = 128 << 10

// Door refuses what would find no place to wait, before anything else is done
// about it: on a full node, refusing must cost next to nothing. Whoever passes
// needs no turn any more, see package turn.
func (a *Admission) Door(c *gin.Context) {
	if size := c.Request.ContentLength; size >= 0 && size <= unread && a.full(c.Request.Method, c.FullPath()) {
		a.refused.Inc()
		c.Abort()
		a.busy.Write(c.Writer)
		return
	}
	turn.End(c.Request.Context())
}

func (a *Admission) full(method, route string) bool {
	waiting := a.limiter.Queued()
	return waiting > 0 && waiting >= a.o.Class(method, route).queue(a.limiter.Limit())
}

// Refuse is Door before net/http has looked at a request: a framing.Refuse. What is
// about more than one answer on a connection is left to the Door.
func (a *Admission) Refuse(request []byte, waited time.Duration) []byte {
	late := waited > a.o.Wait
	if !late && a.limiter.Queued() == 0 {
		return nil
	}
	line, head, _ := bytes.Cut(request, []byte("\r\n"))
	method, rest, _ := bytes.Cut(line, []byte(" "))
	target, version, _ := bytes.Cut(rest, []byte(" "))
	if string(version) != "HTTP/1.1" || string(method) == http.MethodHead || hasConnection(head) {
		return nil
	}
	path, _, _ := bytes.Cut(target, []byte("?"))
	if !late && !a.full(string(method), string(path)) {
		return nil
	}
	a.refused.Inc()
	return a.message
}

// hasConnection tells whether a head says something of its connection: to close it, or
// to make something else of it.
func hasConnection(head []byte) bool {
	const name = "connection:"
	for len(head) > 0 {
		line, rest, _ := bytes.Cut(head, []byte("\n"))
		if len(line) <= 1 {
			return false
		}
		if len(line) > len(name) && line[0]|0x20 == name[0] && bytes.EqualFold(line[:len(name)], []byte(name)) {
			return !bytes.EqualFold(bytes.TrimSpace(line[len(name):]), []byte("keep-alive"))
		}
		head = rest
	}
	return false
}

// Place lets a request be handled once there is a place for it.
func (a *Admission) Place(c *gin.Context) {
	if a.full(c.Request.Method, c.FullPath()) {
		c.Abort()
		a.busy.Write(c.Writer)
		return
	}
	permit, err := a.limiter.AcquirePermitWithMaxWait(c.Request.Context(), a.o.Wait)
	if err != nil {
		c.Abort()
		a.busy.Write(c.Writer)
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
}
