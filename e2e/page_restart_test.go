package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// TestPageOutlivesItsServer stops the server under an open page: what is swiped
// meanwhile is stored later, and what others did meanwhile is shown, without
// loading the page again.
func TestPageOutlivesItsServer(t *testing.T) {
	t.Parallel()
	b := openBrowser(t)
	flags := []string{"--demo", "--data.dir", t.TempDir()}
	p := start(t, startOptions{flags: flags})
	w := b.open(t, p.HTTP, look{Width: 360, Height: 740})
	w.enter(t, person{"Gus", "male", "Restart"})

	door := &client{http: newHTTPClient(), base: p.HTTP}
	defer door.http.CloseIdleConnections()
	fay := comeIn(t, p, door, "13900000007", "+8613900000007")
	require.Equal(t, http.StatusOK, say(t, fay.client, http.MethodPatch, "/v1/me", map[string]any{
		"nickname": "Fay", "sex": "female", "birthday": "2000-05-04", "location": "Restart",
		"dating_sex": "any", "min_dating_age": 18, "max_dating_age": 60,
	}).status)
	w.again(t)
	gus := int64(evaluate[int](t, w, `JSON.parse(sessionStorage.getItem("swiper.session")).user`))

	p.stop()
	w.until(t, `!document.querySelector("#state").hidden`)
	w.press(t, kb.ArrowRight)
	start(t, startOptions{flags: append(flags, "--http.listen", strings.TrimPrefix(p.HTTP, "http://"))})
	require.Equal(t, http.StatusOK, say(t, fay.client, http.MethodPost, "/v1/swipes", map[string]any{"user_id": gus, "mark": "superlike"}).status)
	w.until(t, dialog)
	require.Contains(t, evaluate[string](t, w, dialog+".innerText"), "Fay")
	w.until(t, `document.querySelector("#state").hidden`)
	w.requireClean(t, "ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET", "ERR_SOCKET_NOT_CONNECTED")
}
