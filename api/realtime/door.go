package realtime

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/social"
)

// connectParam is where centrifuge's clients put the first command of a stream.
const connectParam = "cf_connect"

// places counts connections, also those that have not said who they are.
type places struct {
	taken atomic.Int64
	most  int64
}

// take gives what gives the place back, however often it is called; nil: there is none.
func (p *places) take() (free func()) {
	if p.taken.Add(1) > p.most {
		p.taken.Add(-1)
		return nil
	}
	return sync.OnceFunc(func() { p.taken.Add(-1) })
}

// webSocket lets in who may connect.
func (s *Server) webSocket(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			w.Header().Set("Upgrade", "websocket")
			problem.Write(w, problem.Refused(http.StatusUpgradeRequired, "This is for WebSocket connections."))
			return
		}
		c, free := s.enter(w, r, "websocket", "")
		if c == nil {
			return
		}
		h := &hijacker{ResponseWriter: w, free: free}
		next.ServeHTTP(h, r.WithContext(with(r.Context(), c)))
		if !h.taken {
			free()
		}
	})
}

// eventStream lets in who may connect. Those who could not say who they are in a
// header, as browsers' EventSource, do so in the command.
func (s *Server) eventStream(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		command := r.URL.Query().Get(connectParam)
		if command == "" {
			command = `{"id":1,"connect":{}}`
		}
		var first struct {
			Connect *struct {
				Token string `json:"token"`
			} `json:"connect"`
		}
		if len(command) > maxMessage || json.Unmarshal([]byte(command), &first) != nil || first.Connect == nil {
			problem.Write(w, problem.Unreadable("cf_connect must be one connect command, as JSON."))
			return
		}
		token := first.Connect.Token
		if token == "" && r.Header.Get("Authorization") == "" {
			problem.Write(w, problem.New(social.CodeUnauthenticated, "An access token is required, in the Authorization header or in cf_connect."))
			return
		}
		c, free := s.enter(w, r, "sse", token)
		if c == nil {
			return
		}
		defer free()
		if origin := r.Header.Get("Origin"); origin != "" {
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Set("Vary", "Origin")
		}
		// A stream lasts; what bounds it are its pings and its token.
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
		r = r.WithContext(with(r.Context(), c))
		r.URL = &url.URL{Path: r.URL.Path, RawQuery: url.Values{connectParam: {command}}.Encode()}
		next.ServeHTTP(w, r)
	})
}

// enter makes a connection for a request that may have one; else it answers the
// request and gives nil. token is what was said besides headers, if anything.
func (s *Server) enter(w http.ResponseWriter, r *http.Request, transport, token string) (c *conn, free func()) {
	if !s.mayConnect(r) {
		problem.Write(w, problem.New(social.CodeForbidden, "Pages of this origin may not connect."))
		return nil, nil
	}
	if header := r.Header.Values("Authorization"); len(header) > 0 {
		scheme, bearer, _ := strings.Cut(header[0], " ")
		if len(header) > 1 || !strings.EqualFold(scheme, "Bearer") || (token != "" && token != bearer) {
			problem.Write(w, problem.New(social.CodeUnauthenticated, "One access token is required: Authorization: Bearer …"))
			return nil, nil
		}
		token = bearer
	}
	if free = s.sockets.take(); free == nil {
		s.metrics.cut("full")
		problem.Write(w, problem.New(social.CodeOverloaded, "The server has no more connections. Try again soon."))
		return nil, nil
	}
	if token != "" {
		ctx, cancel := context.WithTimeout(r.Context(), readTime) // nothing else bounds a request for a stream
		_, err := s.Accounts.Admit(ctx, token)
		cancel()
		if err != nil {
			free()
			problem.Write(w, problem.Report(r.Context(), s.Logger, err))
			return nil, nil
		}
	}
	return &conn{transport: transport, token: token, allowance: burst}, free
}

// mayConnect tells whether a request comes from no browser, from a page of ours or from one that is
// allowed to connect. Tokens are not sent by browsers by themselves, so this is a second fence.
func (s *Server) mayConnect(r *http.Request) bool {
	values := r.Header.Values("Origin")
	if len(values) == 0 {
		return true
	}
	origin, err := url.Parse(values[0])
	return err == nil && len(values) == 1 && origin.Host != "" &&
		(strings.EqualFold(origin.Host, r.Host) || slices.Contains(s.Origins, values[0]))
}

// hijacker frees a place when the connection that was taken over is closed.
type hijacker struct {
	http.ResponseWriter
	free  func()
	taken bool
}

// Hijack implements http.Hijacker.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.taken = true
	return &placed{c, h.free}, rw, nil
}

type placed struct {
	net.Conn
	free func()
}

// Close implements net.Conn.
func (c *placed) Close() error {
	c.free()
	return c.Conn.Close()
}
