package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/media/mediatest/fakeqiniu"
)

// texter is a program whose text messages go to a stand-in for Qiniu.
type texter struct {
	*program
	cloud *fakeqiniu.Server
	door  *client
}

func newTexter(t *testing.T, storage []string) texter {
	t.Helper()
	cloud := fakeqiniu.New(fakeqiniu.Options{AccessKey: "access", SecretKey: "secret", Now: time.Now})
	server := httptest.NewServer(cloud)
	t.Cleanup(server.Close)
	query := url.Values{"parameter": {"login"}, "endpoint": {server.URL}}
	p := start(t, startOptions{flags: append(storage, "--sms.provider", "qiniu://access:secret@1700?"+query.Encode())})
	door := &client{http: newHTTPClient(), contract: readContract(t, p.HTTP), base: p.HTTP}
	t.Cleanup(door.http.CloseIdleConnections)
	return texter{p, cloud, door}
}

func (x texter) ask(t *testing.T, phone string) {
	t.Helper()
	a := say(t, x.door, http.MethodPost, "/v1/auth/code", map[string]any{"phone": phone})
	require.Equal(t, http.StatusAccepted, a.status, "%s\n%s", a.body, x.logs)
}

// ended waits until so many tasks of codes are in a state.
func (x texter) ended(t *testing.T, state string, count int) {
	t.Helper()
	require.Eventually(t, func() bool {
		var list struct{ Tasks []json.RawMessage }
		a := admin(t, x.program, http.MethodGet, "/admin/tasks?kind=message.code&state="+state, nil)
		return a.status == http.StatusOK && json.Unmarshal(a.body, &list) == nil && len(list.Tasks) == count
	}, time.Minute, 50*time.Millisecond, "%s", x.logs)
}

// A code comes by text message, once, and lets its reader in.
func TestCodesAreSentThroughTheCloud(t *testing.T) {
	t.Parallel()
	for _, s := range storages() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			x := newTexter(t, s.flags(t))
			x.ask(t, "138 0000 0001")
			x.ended(t, "done", 1)
			texts := x.cloud.Texts()
			require.Len(t, texts, 1)
			require.Equal(t, "1700", texts[0].TemplateID)
			require.Equal(t, []string{"13800000001"}, texts[0].Mobiles)
			login := map[string]any{"phone": "13800000001", "code": texts[0].Parameters["login"]}
			a := say(t, x.door, http.MethodPost, "/v1/auth/login", login)
			require.Equal(t, http.StatusOK, a.status, string(a.body))
			require.NotContains(t, x.logs.String(), "sms to=", "the console says nothing")
			require.NotContains(t, x.logs.String(), "secret")

			// Refused: it is sent again. Perhaps sent: it is not.
			x.cloud.Break(fakeqiniu.SendText, fakeqiniu.Unavailable)
			x.ask(t, "138 0000 0002")
			x.ended(t, "done", 2)
			require.Len(t, x.cloud.Texts(), 2)
			require.Equal(t, 3, x.cloud.Calls(fakeqiniu.SendText))
			for i, fault := range []fakeqiniu.Fault{fakeqiniu.LostAnswer, fakeqiniu.BadGateway} {
				x.cloud.Break(fakeqiniu.SendText, fault)
				x.ask(t, "138 0000 000"+string(rune('3'+i)))
				x.ended(t, "failed", i+1)
				require.Len(t, x.cloud.Texts(), 3+i)
				require.Equal(t, 4+i, x.cloud.Calls(fakeqiniu.SendText))
			}
		})
	}
}
