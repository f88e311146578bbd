package client

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/loadtest/measure"
	"github.com/swiperhq/swiper/social"
)

// Bounds of a request.
const (
	// defaultTimeout is longer than a server takes with a request that it bounds itself.
	defaultTimeout = 8 * time.Second
	maxBody        = 4 << 20
	// idleConn is shorter than servers keep a connection: one that they have just
	// closed would make the request's outcome unknown.
	idleConn = 30 * time.Second
	buffer   = 4 << 10
)

// Options of New. Targets, Tokens and History are required.
type Options struct {
	Targets []string // base URLs of public listeners, without a path
	// Connections is how many are open to each target at most; 0: 1024.
	Connections int
	Timeout     time.Duration // of a request that names none; 0: 8 s
	Epoch       time.Time     // when the run began; zero: now
	Tokens      *Keyring
	History     *checker.History
	Observe     func(measure.Sample) // nil: nobody looks
}

// Client sends requests from any number of goroutines. A request is sent once:
// whether to send it again is for those to decide who know what it was for.
type Client struct {
	o     Options
	hosts []host
	sent  atomic.Int64
}

type host struct {
	base string
	http *fasthttp.HostClient
}

// How says how to send a request. The zero value sends it now, to the first target.
type How struct {
	Node     int           // index of the target
	Timeout  time.Duration // 0: the client's
	Key      string        // Idempotency-Key; "": none
	Misused  bool          // Key belongs to another request: noted as if it were not there
	Intended time.Time     // when it was meant to be sent; zero: now
	Couple   bool          // one of two likes sent at the same instant
	Probe    bool          // made after the load, to look
	Initial  bool          // made before the load
}

// New makes a client; an error names the target that is no URL of a server.
func New(o Options) (*Client, error) {
	if o.Epoch.IsZero() {
		o.Epoch = time.Now()
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Connections == 0 {
		o.Connections = 1024
	}
	if o.Observe == nil {
		o.Observe = func(measure.Sample) {}
	}
	c := &Client{o: o}
	for _, target := range o.Targets {
		h, err := newHost(target, o.Connections)
		if err != nil {
			return nil, err
		}
		c.hosts = append(c.hosts, h)
	}
	if len(c.hosts) == 0 || o.Tokens == nil || o.History == nil {
		return nil, errors.New("client: Targets, Tokens and History are required")
	}
	return c, nil
}

func newHost(target string, connections int) (host, error) {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || (u.Path != "" && u.Path != "/") {
		return host{}, fmt.Errorf("%q is not the URL of a server, such as http://127.0.0.1:8080", target)
	}
	tls := u.Scheme == "https"
	return host{u.Scheme + "://" + u.Host, &fasthttp.HostClient{
		Addr: fasthttp.AddMissingPort(u.Host, tls), IsTLS: tls,
		DialTimeout: dial, MaxConns: connections, MaxConnWaitTimeout: time.Second, MaxIdleConnDuration: idleConn,
		MaxIdemponentCallAttempts: 1, RetryIfErr: func(*fasthttp.Request, int, error) (bool, bool) { return false, false },
		MaxResponseBodySize: maxBody, ReadBufferSize: buffer, WriteBufferSize: buffer,
		NoDefaultUserAgentHeader: true, DisablePathNormalizing: true,
	}}, nil
}

// dialError tells that no connection could be made, and so nothing was sent.
type dialError struct{ error }

func (e dialError) Unwrap() error { return e.error }

func dial(addr string, timeout time.Duration) (net.Conn, error) {
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	conn, err := (&net.Dialer{Timeout: timeout}).Dial("tcp", addr)
	if err != nil {
		return nil, dialError{err}
	}
	return conn, nil
}

// Targets gives how many there are.
func (c *Client) Targets() int { return len(c.hosts) }

// Sent counts the requests so far.
func (c *Client) Sent() int64 { return c.sent.Load() }

// Clock gives the time since the run began, in nanoseconds.
func (c *Client) Clock() int64 { return int64(time.Since(c.o.Epoch)) }

// Close ends idle connections.
func (c *Client) Close() {
	for _, h := range c.hosts {
		h.http.CloseIdleConnections()
	}
}

// request is one exchange to be made.
type request struct {
	name   string // for the figures
	method string
	path   string
	uid    social.UserID // whose token; 0: none
	body   []byte        // JSON; nil: none
}

// do sends r and gives what came back. The times of the exchange are on the
// run's clock.
func (c *Client) do(how *How, r *request) (a Answer) {
	h := c.hosts[how.Node%len(c.hosts)]
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.Header.SetMethod(r.method)
	req.SetRequestURI(h.base + r.path)
	if r.uid != 0 {
		req.Header.Set(fasthttp.HeaderAuthorization, c.o.Tokens.header(r.uid))
	}
	if how.Key != "" {
		req.Header.Set("Idempotency-Key", how.Key)
	}
	if r.body != nil {
		req.Header.SetContentType("application/json")
		req.SetBodyRaw(r.body)
	}
	timeout := how.Timeout
	if timeout == 0 {
		timeout = c.o.Timeout
	}
	c.sent.Add(1)
	a.call = c.Clock()
	err := h.http.DoTimeout(req, resp, timeout)
	a.done = c.Clock()
	a.read(resp, err)
	if a.Outcome == outcomeConnection && !a.Unsent() {
		h.http.CloseIdleConnections() // they went the same way
	}
	return a
}

// observe adds an answer to the figures.
func (c *Client) observe(how *How, r *request, a *Answer, matched bool) {
	intended := how.Intended
	if intended.IsZero() {
		intended = c.o.Epoch.Add(time.Duration(a.call))
	}
	c.o.Observe(measure.Sample{
		Op: r.name, Intended: intended, Done: c.o.Epoch.Add(time.Duration(a.done)), Outcome: a.Outcome, Matched: matched,
	})
}
