package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/social"
)

const pingTimeout = 2 * time.Second

// signalsPatience is how long signals may take: they are reported only, and
// whoever asks whether the node is fit may wait for a second at most.
const signalsPatience = 250 * time.Millisecond

// Words of /readyz.
const (
	up   = "ok"
	down = "unavailable"
)

type readiness struct {
	Ready   bool   `json:"ready"`
	Store   string `json:"store"`
	Signals string `json:"signals"`
}

// alive cannot fail while the process answers at all: whoever restarts on it
// would only make an outage of the database worse.
func (*service) alive(c *gin.Context) {
	c.Data(http.StatusOK, "application/json", []byte(`{"alive":true}`))
}

// ready refuses while the node drains or its store does not answer. Signals
// are reported only: they carry hints that a poll replaces, and taking every
// node out of traffic for them would turn a nuisance into an outage.
func (s *service) ready(c *gin.Context) (any, error) {
	ctx := c.Request.Context()
	if s.Draining() {
		return nil, social.Errorf(social.CodeUnavailable, "This node is leaving.")
	}
	if err := s.Store.Ping(ctx); err != nil {
		return nil, &social.Error{Code: social.CodeUnavailable, Message: "The store does not answer.", Cause: err}
	}
	out := readiness{Ready: true, Store: up, Signals: up}
	ctx, cancel := context.WithTimeout(ctx, signalsPatience)
	defer cancel()
	if err := s.Signals.Ping(ctx); err != nil {
		out.Signals = down
	}
	return out, nil
}
