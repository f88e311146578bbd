package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

const (
	operatorsToken = "operators-may-do-everything"
	viewersToken   = "viewers-may-look"
)

// TestConsole operates a server from the console, as people do.
func TestConsole(t *testing.T) {
	t.Parallel()
	tabs := openBrowser(t)
	p := start(t, startOptions{flags: []string{
		"--demo", "--data.dir", t.TempDir(), "--admin.token", operatorsToken, "--admin.viewer_token", viewersToken,
	}})
	c := &console{tabs, p}
	t.Run("a tunable is changed", c.tunable)
	t.Run("a user is looked at and suspended", c.user)
	t.Run("viewers look", c.viewers)
	t.Run("the most liked and what is counted are shown", c.figures)
}

// TestConsoleWithoutCredentials needs none on loopback.
func TestConsoleWithoutCredentials(t *testing.T) {
	t.Parallel()
	tabs := openBrowser(t)
	p := start(t, startOptions{flags: []string{"--demo", "--data.dir", t.TempDir()}})
	w := tabs.open(t, p.Admin, look{Width: 360, Height: 740})
	w.visit(t, "/console")
	w.drawn(t, "overview")
	require.Contains(t, evaluate[string](t, w, `document.querySelector(".who").innerText`), "no credentials")
	w.requireClean(t)
}

type console struct {
	tabs *tabs
	p    *program
}

// drawn waits until a view is on the screen.
func (w *window) drawn(t *testing.T, view string) {
	t.Helper()
	w.until(t, fmt.Sprintf(`document.querySelector("main").dataset.drawn === %q && document.querySelector("[data-view=%s]") && !document.querySelector(".wait")`, view, view))
}

// show shows a view of the console by its address.
func (w *window) show(t *testing.T, path string) {
	t.Helper()
	evaluate[chromedp.Void](t, w, fmt.Sprintf(`void (delete document.querySelector("main").dataset.drawn, location.hash = %q)`, "#/"+path))
	w.drawn(t, regexp.MustCompile(`^\w+`).FindString(path))
}

// enter logs in.
func (c *console) enter(t *testing.T, l look, name, token string) *window {
	t.Helper()
	w := c.tabs.open(t, c.p.Admin, l)
	w.visit(t, "/console")
	w.until(t, `document.querySelector("form.login")`)
	evaluate[chromedp.Void](t, w, fmt.Sprintf(`void (document.querySelector("#name").value = %q, document.querySelector("#token").value = %q)`, name, token))
	w.click(t, "form.login .primary")
	return w
}

// ask asks the operators' listener as a viewer.
func (c *console) ask(t *testing.T, method, path string) (status int, body []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, c.p.Admin+path, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+viewersToken)
	req.Header.Set("Content-Type", "application/json")
	a := (&client{http: newHTTPClient()}).do(req)
	require.NoError(t, a.err)
	return a.status, a.body
}

// tunable lets an operator come in at the second try, take a limit down and see it
// refused in words when it makes no sense; the client's page follows.
func (c *console) tunable(t *testing.T) {
	t.Parallel()
	phone := c.tabs.open(t, c.p.HTTP, look{Width: 360, Height: 740})
	phone.enter(t, person{"Zoe", "female", "上海"})
	phone.until(t, `document.querySelector(".rewind .left")?.textContent === "3"`)

	w := c.enter(t, look{Width: 1280, Height: 860}, "ann", "wrong")
	w.until(t, `document.querySelector("form.login [role=alert]")?.textContent.includes("not right")`)
	w.audit(t, "login")
	evaluate[chromedp.Void](t, w, fmt.Sprintf(`void (document.querySelector("#name").value = "ann", document.querySelector("#token").value = %q)`, operatorsToken))
	w.click(t, "form.login .primary")
	w.drawn(t, "overview")
	require.Contains(t, evaluate[string](t, w, `document.querySelector(".who").innerText`), "ann, operator")
	w.until(t, `document.querySelectorAll("[data-chart] .line[d^=M]").length >= 3`)
	w.audit(t, "overview")
	w.Resize(t, 360, 740)
	w.Prefer(t, "dark", true)
	w.audit(t, "overview, narrow and dark")
	w.shoot(t, "console-360")
	w.Prefer(t, "light", true)

	w.show(t, "tunables")
	w.audit(t, "tunables, narrow")
	w.shoot(t, "console-tunables-360")
	w.Resize(t, 1280, 860)
	w.click(t, "[data-key=rewinds_per_day] button")
	w.until(t, `document.activeElement.matches("#value-rewinds_per_day")`)
	w.press(t, "many"+kb.Enter)
	w.until(t, `document.querySelector("[data-key=rewinds_per_day] .failure").textContent.includes("must be a whole number")`)
	w.audit(t, "a value that is refused")
	evaluate[chromedp.Void](t, w, `document.activeElement.select()`)
	w.press(t, "7"+kb.Enter)
	w.until(t, `document.querySelector("[data-key=rewinds_per_day] .now").textContent === "7"`)
	phone.until(t, `document.querySelector(".rewind .left")?.textContent === "7"`)
	w.click(t, "[data-key=rewinds_per_day] summary")
	w.until(t, `document.querySelector("[data-key=rewinds_per_day] details td[data-name=Who]")?.textContent === "ann"`)
	w.audit(t, "tunables")
	w.shoot(t, "console-tunables-1280")

	for _, view := range []string{"members", "tasks", "tasks/failed", "audit"} {
		w.show(t, view)
		w.audit(t, view)
		w.Resize(t, 360, 740)
		w.audit(t, view+", narrow")
		w.Resize(t, 1280, 860)
	}
	require.Contains(t, evaluate[string](t, w, `document.querySelector("tbody").innerText`), "rewinds_per_day")
	w.shoot(t, "console-audit-1280")
	w.show(t, "overview")
	w.until(t, `document.querySelector("[data-chart=users] strong").textContent !== "–"`)
	w.Resize(t, 1280, 560)
	w.shoot(t, "console-1280")
	w.requireClean(t, "401", "422")
	phone.requireClean(t)
}

// user shows somebody with a hostile name, ends the sessions and shuts the user out.
func (c *console) user(t *testing.T) {
	t.Parallel()
	const hostile = `<img src=x onerror=owned=1>`
	phone := c.tabs.open(t, c.p.HTTP, look{Width: 360, Height: 740})
	phone.enter(t, person{hostile, "male", "上海"})
	phone.until(t, topCard)
	for range 3 {
		seen := evaluate[string](t, phone, topCard+".dataset.user")
		phone.press(t, kb.ArrowLeft)
		phone.until(t, topCard+".dataset.user !== '"+seen+"'")
	}
	phone.press(t, "z")
	id := evaluate[int64](t, phone, `JSON.parse(sessionStorage.getItem("swiper.session")).user`)
	require.True(t, poll(t.Context(), time.Minute, func() bool {
		_, body := c.ask(t, http.MethodGet, fmt.Sprintf("/admin/users/%d/rewinds", id))
		return strings.Contains(string(body), `"mark":"dislike"`)
	}))

	w := c.enter(t, look{Width: 1280, Height: 900}, "bob", operatorsToken)
	w.drawn(t, "overview")
	w.show(t, fmt.Sprintf("user/%d", id))
	w.until(t, `document.querySelectorAll("[data-view=user] td[data-name=Whom]").length === 3`) // two stand, one was taken back
	require.Contains(t, evaluate[string](t, w, `document.querySelector(".name").textContent`), hostile)
	require.False(t, evaluate[bool](t, w, `"owned" in window || document.querySelector("main img") !== null`))
	w.audit(t, "user")
	w.shoot(t, "console-user-1280")
	w.Resize(t, 360, 740)
	w.audit(t, "user, narrow")
	w.shoot(t, "console-user-360")
	w.Prefer(t, "dark", true)
	w.audit(t, "user, narrow and dark")
	w.Resize(t, 1280, 900)

	w.click(t, "[data-reset=rewind]")
	w.until(t, `document.querySelector("[data-reset=rewind]").disabled && document.querySelector("#toasts").textContent.includes("rewind")`)
	w.click(t, "[data-act=suspend]")
	w.until(t, dialog)
	w.audit(t, "suspending")
	w.click(t, "dialog .danger")
	w.until(t, `document.querySelector("[data-act=unsuspend]")`)
	phone.until(t, `document.querySelector("form.login")`) // the session has ended

	_, body := c.ask(t, http.MethodGet, fmt.Sprintf("/admin/users/%d/account", id))
	require.NotContains(t, string(body), `"suspended_at":null`)
	w.click(t, "[data-act=unsuspend]")
	w.until(t, `document.querySelector("[data-act=suspend]")`)
	w.show(t, "user/999999999")
	w.until(t, `document.querySelector("[data-view=user] .failure").textContent.length > 0`)
	w.requireClean(t, "404")
	phone.requireClean(t, "401", "403")
}

// figures shows who is liked most, what is counted, and all nodes as one.
func (c *console) figures(t *testing.T) {
	t.Parallel()
	const hostile, town = `<b onclick=owned=1>Zed</b>`, `a/b & <i>`
	door := &client{http: newHTTPClient(), base: c.p.HTTP}
	defer door.http.CloseIdleConnections()
	var zed guest
	for i, phone := range []string{"13900000021", "13900000022"} {
		in := comeIn(t, c.p, door, phone, "+86"+phone)
		profile := map[string]any{"nickname": hostile, "sex": "female", "birthday": "2000-05-04", "location": town, "dating_sex": "any", "min_dating_age": 18, "max_dating_age": 60}
		require.Equal(t, http.StatusOK, say(t, in.client, http.MethodPatch, "/v1/me", profile).status)
		if i == 0 {
			zed = in
			continue
		}
		require.Equal(t, http.StatusOK, say(t, in.client, http.MethodPost, "/v1/swipes", map[string]any{"user_id": zed.uid, "mark": "like"}).status)
	}
	w := c.enter(t, look{Width: 1280, Height: 860}, "dan", viewersToken)
	w.drawn(t, "overview")
	require.True(t, poll(t.Context(), time.Minute, func() bool {
		_, body := c.ask(t, http.MethodGet, "/admin/hot?location="+url.QueryEscape(town))
		return strings.Contains(string(body), `"user_id":`)
	}))
	w.show(t, "hot/"+url.PathEscape(town))
	require.Equal(t, hostile, evaluate[string](t, w, `document.querySelector("[data-view=hot] td[data-name=Nickname]").textContent`))
	require.False(t, evaluate[bool](t, w, `document.querySelector("main b, main i") !== null`))
	require.Equal(t, town, evaluate[string](t, w, `document.querySelector("#location").value`))
	w.audit(t, "hot")
	w.shoot(t, "console-hot-1280")
	w.show(t, "hot")
	w.until(t, `document.querySelector("[data-view=hot] nav a[aria-current]")`)
	w.show(t, "media")
	w.until(t, `document.querySelector("[data-view=media]").innerText.includes("hot_counted_total")`)
	w.audit(t, "media")
	w.show(t, "tasks")
	w.until(t, `document.querySelector("[data-view=tasks] h2").textContent === "How much waits"`)
	w.show(t, "overview/all")
	w.until(t, `document.querySelector("[data-view=overview] .note").innerText.includes("The only node") && document.querySelectorAll("[data-chart] .line[d^=M]").length >= 3`)
	w.audit(t, "overview of all nodes")
	w.Resize(t, 360, 740)
	for _, view := range []string{"hot", "media", "tasks", "overview/all"} {
		w.show(t, view)
		w.audit(t, view+", narrow")
	}
	w.shoot(t, "console-overview-all-360")
	w.requireClean(t)
}

// viewers see everything and change nothing, in the page and past it.
func (c *console) viewers(t *testing.T) {
	t.Parallel()
	w := c.enter(t, look{Width: 1280, Height: 860, Scheme: "dark"}, "eve", viewersToken)
	w.drawn(t, "overview")
	require.Contains(t, evaluate[string](t, w, `document.querySelector(".who").innerText`), "eve, viewer")
	for _, view := range []string{"tunables", "user/1", "tasks", "members", "audit"} {
		w.show(t, view)
		w.audit(t, view+", for viewers")
		require.False(t, evaluate[bool](t, w, `document.querySelector("main [data-act], main [data-reset], main .tunables button") !== null`), view)
	}
	require.InDelta(t, 403, evaluate[float64](t, w, `fetch("/admin/settings/deck_size", {
		method: "PUT", headers: {"Content-Type": "application/json", Authorization: sessionStorage.getItem("swiper.console")}, body: '{"value":5}'}).then((r) => r.status)`), 0)
	status, _ := c.ask(t, http.MethodPost, "/admin/users/1/suspend")
	require.Equal(t, http.StatusForbidden, status)
	w.click(t, ".who .link")
	w.until(t, `document.querySelector("form.login")`)
	require.True(t, evaluate[bool](t, w, `sessionStorage.getItem("swiper.console") === null`))
	w.requireClean(t, "403")
}

// TestOverviewOfACluster: any member shows all of them as one.
func TestOverviewOfACluster(t *testing.T) {
	t.Parallel()
	c := startNodes(t, "static", 0)
	w := newWorld(t, c.live(), 30)
	for uid := social.UserID(1); uid < 30; uid++ {
		require.Empty(t, w.swipe(uid, uid+1, social.MarkDislike).Code)
	}
	var all struct {
		Nodes  int
		Points []struct{ Users float64 }
	}
	for _, p := range c.live() {
		require.True(t, poll(t.Context(), time.Minute, func() bool {
			admin(t, p, http.MethodGet, "/admin/overview?of=all", nil).into(t, &all)
			// Their users are in memory, wherever each lives.
			return all.Nodes == len(c.live()) && len(all.Points) > 1 && slices.ContainsFunc(all.Points, func(p struct{ Users float64 }) bool { return p.Users >= 29 })
		}), "%+v", all)
	}
}

// The dashboard and the alerts name metrics that a running server has.
func TestDashboardsNameMetricsThatExist(t *testing.T) {
	t.Parallel()
	p := start(t, startOptions{flags: []string{"--demo", "--data.dir", t.TempDir()}})
	tokens := mint(t, p, 1, 2)
	setTunable(t, []*program{p}, "requests_per_user", 1)
	for range 3 {
		a := (&client{http: newHTTPClient(), base: p.HTTP, token: tokens[1]}).call(t.Context(), http.MethodPost, "/v1/swipes", map[string]any{"user_id": 2, "mark": "like"})
		require.NoError(t, a.err)
	}
	tokenless := &client{http: newHTTPClient(), base: p.HTTP}
	require.Equal(t, http.StatusAccepted, tokenless.call(t.Context(), http.MethodPost, "/v1/auth/code", map[string]any{"phone": "+8613900000001"}).status)

	named := map[string]bool{}
	metric := regexp.MustCompile(`\b(?:swiper|process|go)_[a-z_]+`)
	for _, file := range []string{"grafana/swiper.json", "prometheus/alerts.yml"} {
		text, err := os.ReadFile(filepath.Join("..", "deploy", filepath.FromSlash(file)))
		require.NoError(t, err)
		found := metric.FindAllString(string(text), -1)
		require.NotEmpty(t, found, file)
		for _, name := range found {
			named[name] = true
		}
	}
	var shown string
	missing := func() (out []string) {
		shown = string(admin(t, p, http.MethodGet, "/metrics", nil).body)
		for name := range named {
			if !regexp.MustCompile(`(?m)^` + name + `[{ ]`).MatchString(shown) {
				out = append(out, name)
			}
		}
		return out
	}
	if !poll(t.Context(), time.Minute, func() bool { return len(missing()) == 0 }) {
		t.Fatalf("/metrics has none of %v", missing())
	}
}
