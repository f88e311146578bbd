package realtime_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/centrifugal/protocol"
	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api/realtime"
	"github.com/swiperhq/swiper/social"
)

const (
	invalidToken = websocket.StatusCode(3500)
	tooMany      = websocket.StatusCode(4500)
	flooding     = websocket.StatusCode(3013)
	expired      = 109
)

func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

func TestWhoMayConnect(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.login(ada, "old", -time.Second)
	b.login(3, "carl", time.Hour)
	b.gone[3] = true

	c := b.dial(t, bearer("ada"))
	c.send(`{"id":1,"connect":{}}`)
	r := c.next()
	require.Equal(t, "user:1", r.Connect.Data.Channel)
	require.Contains(t, r.Connect.Subs, "user:1")
	require.Positive(t, r.Connect.Ping)

	none := b.dial(t, nil)
	none.send(`{"id":1,"connect":{}}`)
	require.Equal(t, invalidToken, none.closed())
	for _, token := range []string{"old", "carl", "nobody's", strings.Repeat("x", 3000)} {
		bad := b.dial(t, nil)
		bad.send(`{"id":1,"connect":{"token":"` + token + `"}}`)
		require.Equal(t, expired, bad.next().Error.Code, token)
	}
	two := b.dial(t, bearer("ada"))
	two.send(`{"id":1,"connect":{"token":"bob"}}`)
	require.Equal(t, invalidToken, two.closed())
	cursor := b.dial(t, nil)
	cursor.send(`{"id":1,"connect":{"token":"ada","data":{"after":"made up"}}}`)
	require.Equal(t, 107, cursor.next().Error.Code)

	for name, c := range map[string]struct {
		path   string
		header http.Header
		status int
		code   social.Code
	}{
		"expired":        {"/v1/realtime", bearer("old"), 401, social.CodeUnauthenticated},
		"two tokens":     {"/v1/realtime", http.Header{"Authorization": {"Bearer ada", "Bearer bob"}}, 401, social.CodeUnauthenticated},
		"foreign page":   {"/v1/realtime", http.Header{"Authorization": {"Bearer ada"}, "Origin": {"https://evil.example"}}, 403, social.CodeForbidden},
		"no page":        {"/v1/realtime", http.Header{"Authorization": {"Bearer ada"}, "Origin": {"null"}}, 403, social.CodeForbidden},
		"stream":         {"/v1/realtime/sse", bearer("old"), 401, social.CodeUnauthenticated},
		"stream of none": {"/v1/realtime/sse", nil, 401, social.CodeUnauthenticated},
		"stream, bad":    {"/v1/realtime/sse?cf_connect=%7B", bearer("ada"), 400, social.CodeInvalidRequest},
		"stream of two":  {"/v1/realtime/sse?cf_connect=" + url.QueryEscape(`{"connect":{"token":"bob"}}`), bearer("ada"), 401, social.CodeUnauthenticated},
		"stream, page":   {"/v1/realtime/sse", http.Header{"Authorization": {"Bearer ada"}, "Origin": {"https://evil.example"}}, 403, social.CodeForbidden},
	} {
		header := c.header.Clone()
		if header == nil {
			header = http.Header{}
		}
		if c.path == "/v1/realtime" {
			header.Set("Connection", "Upgrade")
			header.Set("Upgrade", "websocket")
			header.Set("Sec-WebSocket-Version", "13")
			header.Set("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")
		}
		status, code := b.get(t, c.path, header)
		require.Equal(t, c.status, status, name)
		require.Equal(t, c.code, code, name)
	}
	status, code := b.get(t, "/v1/realtime", bearer("ada"))
	require.Equal(t, 426, status)
	require.Equal(t, social.CodeInvalidRequest, code)
}

func (b *bundle) get(t *testing.T, path string, header http.Header) (int, social.Code) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+b.addr+path, nil)
	require.NoError(t, err)
	req.Header = header
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	var problem struct{ Code social.Code }
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&problem))
	return resp.StatusCode, problem.Code
}

func TestPagesThatMayConnect(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *realtime.Options) { o.Origins = []string{"https://app.example"} })
	for _, origin := range []string{"http://" + b.addr, "https://app.example"} {
		c := b.dial(t, http.Header{"Origin": {origin}})
		c.send(`{"id":1,"connect":{"token":"ada"}}`)
		require.NotNil(t, c.next().Connect)
	}
}

func TestTokensAreRefreshed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c, _ := b.connect(t, "ada", "")
	session := b.login(ada, "younger", 2*time.Hour)
	c.send(`{"id":2,"refresh":{"token":"younger"}}`)
	require.Greater(t, c.next().Refresh.TTL, 3600)
	b.live.Ended([]string{"session of ada"})
	c.send(`{"id":3,"refresh":{"token":"nobody's"}}`)
	require.Equal(t, expired, c.next().Error.Code, "it stays until its token expires")
	b.live.Ended([]string{session})
	require.Equal(t, invalidToken, c.closed())

	other, _ := b.connect(t, "bob", "")
	other.send(`{"id":2,"refresh":{"token":"younger"}}`)
	require.Equal(t, invalidToken, other.closed(), "another's token")
}

// The end of a session ends its connections, whether it is heard of or not.
func TestLogoutCuts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c, _ := b.connect(t, "ada", "")
	other, _ := b.connect(t, "bob", "")
	b.logout("ada")
	b.live.Ended([]string{"session of ada"})
	require.Equal(t, invalidToken, c.closed())
	b.logout("bob")
	b.live.Missed()
	require.Equal(t, invalidToken, other.closed())
	b.counted(t, 0)
	require.InDelta(t, 2, b.metric(t, "swiper_realtime_cut_total", "logout"), 0)
}

func TestOldestConnectionGivesWay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, _ := b.connect(t, "ada", "")
	b.counted(t, 1)
	for range 8 {
		b.connect(t, "ada", "")
	}
	require.Equal(t, tooMany, first.closed())
	b.counted(t, 8)
}

func TestNodeIsFull(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *realtime.Options) { o.MaxConnections = 2 })
	silent := b.dial(t, nil)
	b.connect(t, "ada", "")
	status, code := b.get(t, "/v1/realtime/sse", bearer("ada"))
	require.Equal(t, 503, status)
	require.Equal(t, social.CodeOverloaded, code)
	require.NoError(t, silent.conn.CloseNow())
	require.Eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		conn, _, err := websocket.Dial(ctx, "ws://"+b.addr+"/v1/realtime", nil) //nolint:bodyclose // a refusal's body says nothing here
		if err == nil {
			_ = conn.CloseNow()
		}
		return err == nil
	}, patience, 10*time.Millisecond, "its place is free again")
}

func TestFloods(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c, _ := b.connect(t, "ada", "")
	for i := range 30 {
		_ = c.conn.Write(t.Context(), websocket.MessageText, []byte(`{"id":`+string(rune('1'+i%9))+`,"rpc":{"method":"x"}}`))
	}
	require.Equal(t, flooding, c.closed())

	large, _ := b.connect(t, "ada", "")
	_ = large.conn.Write(t.Context(), websocket.MessageText, []byte(`{"id":2,"rpc":{"data":"`+strings.Repeat("x", 5000)+`"}}`))
	require.Equal(t, websocket.StatusMessageTooBig, large.closed())

	for _, text := range []string{`{`, `{"id":2,"subscribe":{"channel":"user:2"}}`, `[]`, `{}`} {
		bad, _ := b.connect(t, "ada", "")
		bad.send(text)
		r, err := bad.read()
		if err == nil { // others' channels are not there
			require.NotNil(t, r.Error, text)
		}
	}
}

// A client that does not read is cut; it comes back with the cursor of the last
// push that it read, and misses nothing.
func TestSlowReadersAreCutAndRecover(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const events = 6000
	for i := range events {
		b.add(ada, social.Event{Kind: "note", Data: json.RawMessage(`{"text":"` + strings.Repeat("x", 2000) + `","n":` + string(rune('0'+i%10)) + `}`)})
	}
	c, _ := b.connect(t, "ada", "0")
	var got []int64
	p := c.pushed()
	got = append(got, p.ID)
	require.Eventually(t, func() bool { return b.metric(t, "swiper_realtime_cut_total", "slow") > 0 }, patience, 10*time.Millisecond)
	for after := p.Next; len(got) < events; {
		c, _ = b.connect(t, "ada", after)
		for {
			r, err := c.read()
			if err != nil {
				break // cut again: what is pushed at once may be more than waits for anybody
			}
			got, after = append(got, r.Push.Pub.Data.ID), r.Push.Pub.Data.Next
			if len(got) == events {
				break
			}
		}
	}
	for i, id := range got {
		require.Equal(t, int64(101+i), id)
	}
}

// The protocol's binary form works, too.
func TestProtobuf(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.happen(ada, 11)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, "ws://"+b.addr+"/v1/realtime", &websocket.DialOptions{Subprotocols: []string{"centrifuge-protobuf"}}) //nolint:bodyclose // hijacked
	require.NoError(t, err)
	defer func() { _ = conn.CloseNow() }()
	command, err := protocol.NewProtobufCommandEncoder().Encode(&protocol.Command{
		Id: 1, Connect: &protocol.ConnectRequest{Token: "ada", Data: []byte(`{"after":"0"}`)},
	})
	require.NoError(t, err)
	require.NoError(t, conn.Write(ctx, websocket.MessageBinary, command))
	for {
		_, frame, err := conn.Read(ctx)
		require.NoError(t, err)
		d := protocol.NewProtobufReplyDecoder(frame)
		for {
			r, err := d.Decode()
			if r != nil && r.Push != nil && r.Push.Pub != nil {
				var p push
				require.NoError(t, json.Unmarshal(r.Push.Pub.Data, &p))
				require.Equal(t, int64(101), p.ID)
				return
			}
			if err != nil {
				break
			}
		}
	}
}

// A stream needs no more than a GET. It lasts as long as its token.
func TestEventStream(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.login(ada, "short", 2*time.Second)
	b.happen(ada, 11)
	for _, c := range []struct {
		query  string
		header http.Header
	}{
		{url.QueryEscape(`{"id":1,"connect":{"token":"short","data":{"after":"0"}}}`), http.Header{}},
		{url.QueryEscape(`{"id":1,"connect":{"data":{"after":"0"}}}`), bearer("ada")},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+b.addr+"/v1/realtime/sse?cf_connect="+c.query, nil)
		require.NoError(t, err)
		req.Header = c.header
		resp, err := http.DefaultTransport.RoundTrip(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		require.Equal(t, 200, resp.StatusCode)
		require.Equal(t, "text/event-stream; charset=utf-8", resp.Header.Get("Content-Type"))
		lines := bufio.NewScanner(resp.Body)
		var seen bool
		for lines.Scan() {
			var r reply
			text, ok := strings.CutPrefix(lines.Text(), "data: ")
			if ok && json.Unmarshal([]byte(text), &r) == nil && r.Push != nil && r.Push.Pub.Data.ID == 101 {
				seen = true
				if c.header.Get("Authorization") != "" {
					break // this one would last
				}
			}
		}
		require.True(t, seen)
	}
}
