package realtime

import (
	"context"
	"encoding/json"
	"log/slog"
	"strconv"
	"time"

	"github.com/centrifugal/centrifuge"

	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// How many commands a client may send: so many at once, one more every so often.
const (
	burst = 20
	every = time.Second
)

// Ways to be cut besides those of centrifuge. Clients come back by themselves
// after codes below 4500 only.
var errTooMany = centrifuge.Disconnect{Code: 4500, Reason: "too many connections of this user"} //nolint:gochecknoglobals // a constant that Go cannot express

// welcome is what a client is told in the answer to its connect command.
type welcome struct {
	Channel string `json:"channel"`
	Next    string `json:"next"`
}

// connecting decides who a client is, and where in its events it begins.
func (s *Server) connecting(ctx context.Context, e centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
	c := of(ctx)
	if c == nil {
		return centrifuge.ConnectReply{}, centrifuge.DisconnectServerError
	}
	reading, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	if c.token != "" && e.Token != "" && c.token != e.Token {
		return centrifuge.ConnectReply{}, centrifuge.DisconnectInvalidToken
	}
	if e.Token == "" {
		e.Token = c.token
	}
	c.token = ""
	if e.Token == "" {
		return centrifuge.ConnectReply{}, centrifuge.DisconnectInvalidToken
	}
	pass, err := s.Accounts.Admit(reading, e.Token)
	if err == nil {
		_, err = s.Store.User(reading, pass.UID)
	}
	if err == nil {
		c.at, err = s.begin(reading, pass.UID, e.Data)
	}
	if err != nil {
		return centrifuge.ConnectReply{}, s.refusal(ctx, err)
	}
	if s.Presence != nil {
		s.Presence.Announce(ctx, pass.UID)
	}
	c.uid, c.channel = pass.UID, channelOf(pass.UID)
	c.pass.Store(&pass)
	data, err := json.Marshal(welcome{c.channel, s.Codec.Cursor(c.uid, c.at)})
	if err != nil {
		return centrifuge.ConnectReply{}, err
	}
	return centrifuge.ConnectReply{
		Credentials:       &centrifuge.Credentials{UserID: strconv.FormatInt(int64(c.uid), 10), ExpireAt: pass.ExpiresAt.Unix()},
		Subscriptions:     map[string]centrifuge.SubscribeOptions{c.channel: {}},
		ClientSideRefresh: c.transport == "websocket", // a stream cannot say anything more
		Data:              data,
	}, nil
}

func channelOf(uid social.UserID) string { return "user:" + strconv.FormatInt(int64(uid), 10) }

// begin gives the place that a client asks for in the data of its command, by default behind
// all that has happened.
func (s *Server) begin(ctx context.Context, uid social.UserID, data []byte) (persistence.EventCursor, error) {
	var asked struct {
		After string `json:"after"`
	}
	if len(data) > 0 {
		if err := json.Unmarshal(data, &asked); err != nil {
			return persistence.EventCursor{}, social.Errorf(social.CodeInvalidRequest, "data must be an object.")
		}
	}
	if asked.After == "" {
		return s.Store.LastEvent(ctx, uid)
	}
	return s.Codec.Place(uid, asked.After)
}

// refusal is an error as centrifuge's clients understand it: a token that is no
// good makes them fetch another one, a fault of ours makes them try again.
func (s *Server) refusal(ctx context.Context, err error) error {
	switch problem.From(err).Code {
	case social.CodeUnauthenticated, social.CodeUserNotFound:
		return centrifuge.ErrorTokenExpired
	case social.CodeInvalidRequest:
		return centrifuge.ErrorBadRequest
	default:
		s.Logger.LogAttrs(ctx, slog.LevelWarn, "connection refused", slog.Any("error", err))
		return centrifuge.DisconnectServerError
	}
}

// connected begins to look after a client that knows of its connection.
func (s *Server) connected(client *centrifuge.Client) {
	c := of(client.Context())
	c.client = client
	client.OnDisconnect(func(e centrifuge.DisconnectEvent) {
		s.conns.remove(c)
		if s.Presence != nil {
			s.Presence.Leave(c.uid)
		}
		s.metrics.ended(e.Disconnect)
	})
	if s.Presence != nil {
		s.Presence.Enter(c.uid)
	}
	if c.transport == "websocket" {
		client.OnRefresh(func(e centrifuge.RefreshEvent, answer centrifuge.RefreshCallback) { answer(s.refresh(c, e.Token)) })
	}
	if oldest := s.conns.add(c); oldest != nil {
		oldest.client.Disconnect(errTooMany)
	}
	// Its session may have ended since it was looked at, unheard by a connection that was not here.
	s.due.add(c, look|verify)
}

// refresh takes another token for the same user.
func (s *Server) refresh(c *conn, token string) (centrifuge.RefreshReply, error) {
	ctx, cancel := context.WithTimeout(context.Background(), readTime)
	defer cancel()
	pass, err := s.Accounts.Admit(ctx, token)
	switch {
	case err != nil && social.CodeOf(err) == social.CodeUnauthenticated:
		return centrifuge.RefreshReply{}, centrifuge.ErrorTokenExpired
	case err != nil:
		return centrifuge.RefreshReply{}, centrifuge.ErrorInternal
	case pass.UID != c.uid:
		return centrifuge.RefreshReply{}, centrifuge.DisconnectInvalidToken
	}
	former := c.pass.Swap(&pass)
	s.conns.move(c, former.Session, pass.Session)
	s.due.add(c, verify)
	return centrifuge.RefreshReply{ExpireAt: pass.ExpiresAt.Unix()}, nil
}

// command counts what a client sends. It is called by one goroutine of the client.
func (s *Server) command(client *centrifuge.Client, _ centrifuge.CommandReadEvent) error {
	c := of(client.Context())
	if c == nil {
		return centrifuge.DisconnectServerError
	}
	now := time.Now()
	if !c.commanded.IsZero() {
		c.allowance = min(burst, c.allowance+float64(now.Sub(c.commanded))/float64(every))
	}
	c.commanded = now
	if c.allowance < 1 {
		return centrifuge.DisconnectTooManyRequests
	}
	c.allowance--
	return nil
}

// Ended cuts the connections of sessions that have ended; it is for accounts.Service.Watch.
func (s *Server) Ended(sessions []string) {
	for _, id := range sessions {
		for _, c := range s.conns.ofSession(id) {
			c.client.Disconnect(centrifuge.DisconnectInvalidToken)
		}
	}
}
