package e2e_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testsmtp"
	"github.com/swiperhq/swiper/media/mediatest/fakeqiniu"
	"github.com/swiperhq/swiper/social"
)

type exported struct {
	URL       string    `json:"url"`
	Size      int64     `json:"size"`
	ExpiresAt time.Time `json:"expires_at"`
}

// export asks for one and waits for it.
func (c *client) export(t testing.TB, body any) (answer, exported) {
	t.Helper()
	a := c.call(t.Context(), http.MethodPost, "/v1/me/export", body)
	require.NoError(t, a.sound())
	require.Equal(t, http.StatusAccepted, a.status, "%s", a.body)
	var is struct {
		State  string
		Error  *string
		Result exported
	}
	require.Eventually(t, func() bool {
		asked := c.call(t.Context(), http.MethodGet, a.header.Get("Location"), nil)
		return asked.err == nil && json.Unmarshal(asked.body, &is) == nil && (is.State == "done" || is.State == "failed")
	}, 2*time.Minute, 50*time.Millisecond, "the task has not ended")
	require.Equal(t, "done", is.State, "%v", is.Error)
	return a, is.Result
}

// fetch reads with the access token, wherever it is sent on to.
func (c *client) fetch(t testing.TB, path string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.base+path, http.NoBody)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := c.http.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return answer{status: resp.StatusCode, header: resp.Header, body: body}
}

func unzip(t testing.TB, data []byte) map[string][]byte {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	files := map[string][]byte{}
	for _, f := range archive.File {
		r, err := f.Open()
		require.NoError(t, err)
		files[f.Name], err = io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
	}
	return files
}

// requireExport looks into the export of user 1, who likes user 2 and has so many
// files of a picture.
func requireExport(t testing.TB, c *client, e exported, files int) {
	t.Helper()
	got := c.fetch(t, e.URL)
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	require.Equal(t, "application/zip", got.header.Get("Content-Type"))
	require.Contains(t, got.header.Get("Content-Disposition"), "swiper-data.zip")
	require.Len(t, got.body, int(e.Size))
	archive := unzip(t, got.body)
	var account struct {
		UserID int `json:"user_id"`
	}
	require.NoError(t, json.Unmarshal(archive["account.json"], &account))
	require.Equal(t, 1, account.UserID)
	var swipes []struct {
		UserID int `json:"user_id"`
		Mark   string
	}
	require.NoError(t, json.Unmarshal(archive["swipes.json"], &swipes))
	require.Len(t, swipes, 1)
	require.Equal(t, 2, swipes[0].UserID)
	pictures := 0
	for name, data := range archive {
		if strings.HasPrefix(name, "pictures/") {
			pictures++
			require.Equal(t, "image/jpeg", http.DetectContentType(data), name)
		}
	}
	require.Equal(t, files, pictures)
}

// with gives user 1 of a program with --demo a picture and a like.
func with(t *testing.T, p *program) *client {
	t.Helper()
	c := uploader(t, p, 1)
	state, failure, _ := c.task(t, c.send(t, "image/jpeg", bytes.NewReader(photo(t, 10))))
	require.Equal(t, "done", state, failure)
	say(t, c, http.MethodPost, "/v1/swipes", map[string]any{"user_id": 2, "mark": "like"})
	return c
}

func TestPeopleGetACopyOfTheirData(t *testing.T) {
	t.Parallel()
	for _, s := range storages() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			post := testsmtp.Start(t, testsmtp.Options{})
			post.Break(testsmtp.Greylisted)
			p := start(t, startOptions{flags: append(s.flags(t), "--demo",
				"--mail.url", "smtp://127.0.0.1:"+strconv.Itoa(post.Port())+"?insecure=true&from=no-reply@swiper.example")})
			c := with(t, p)
			refused := c.call(t.Context(), http.MethodPost, "/v1/me/export", map[string]any{"email": "ada@example.org\r\nBcc: all@example.org"})
			require.Equal(t, social.CodeInvalidRequest, refused.code(), "%s", refused.body)
			first, e := c.export(t, map[string]any{"email": "ada@example.org"})
			again, _ := c.export(t, nil)
			require.Equal(t, string(first.body), string(again.body), "it is given again while it is fresh")
			requireExport(t, c, e, 3)
			require.WithinDuration(t, time.Now().Add(24*time.Hour), e.ExpiresAt, 5*time.Minute)
			var latest exported
			say(t, c, http.MethodGet, "/v1/me/export", nil).into(t, &latest)
			require.Equal(t, e, latest)
			other := uploader(t, p, 2)
			require.Equal(t, http.StatusNotFound, other.fetch(t, e.URL).status, "another's")
			require.Equal(t, http.StatusUnauthorized, c.get(t, e.URL).status, "nobody's")
			require.Equal(t, http.StatusNotFound, c.get(t, "/media/private/exports/x").status)
			var events struct {
				Events []struct {
					Kind string
					Data map[string]any
				}
			}
			require.Eventually(t, func() bool {
				say(t, c, http.MethodGet, "/v1/events?after=0&limit=100", nil).into(t, &events)
				last := len(events.Events) - 1
				return last >= 0 && events.Events[last].Data["kind"] == "account.export" && events.Events[last].Data["state"] == "done"
			}, 30*time.Second, 50*time.Millisecond)

			// The letter: refused for a while, then once.
			require.Eventually(t, func() bool { return len(post.Letters()) == 1 }, time.Minute, 50*time.Millisecond, "%s", p.logs)
			require.Equal(t, "ada@example.org", post.Letters()[0].To)
			require.NotContains(t, post.Letters()[0].Data, strings.TrimPrefix(e.URL, "/v1/exports/"), "nobody has shown that the address is theirs")
			require.NotContains(t, p.logs.String(), "ada@")

			// A departure, and how to come back.
			a := say(t, c, http.MethodDelete, "/v1/me", map[string]any{"email": "ada@example.org"})
			require.Equal(t, http.StatusAccepted, a.status, string(a.body))
			require.Equal(t, http.StatusUnauthorized, c.fetch(t, e.URL).status, "deleted with the account")
			require.Eventually(t, func() bool { return len(post.Letters()) == 2 }, time.Minute, 50*time.Millisecond, "%s", p.logs)
			require.Equal(t, 3, post.Tries())
		})
	}
}

// The store of media is a cloud: it is read at a link of its own.
func TestACopyInTheCloudIsReadThere(t *testing.T) {
	t.Parallel()
	cloud := newCloud(t, nil)
	p := start(t, startOptions{flags: cloud.flags})
	c := with(t, p)
	cloud.Break(fakeqiniu.Upload, fakeqiniu.LostAnswer, fakeqiniu.Unavailable)
	refused := c.call(t.Context(), http.MethodPost, "/v1/me/export", map[string]any{"email": "ada@example.org"})
	require.Equal(t, social.CodeInvalidRequest, refused.code(), "without mail.url no address is taken")
	_, e := c.export(t, nil)
	requireExport(t, c, e, 3)
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	sent := c.fetch(t, e.URL)
	require.Equal(t, http.StatusSeeOther, sent.status)
	require.True(t, strings.HasPrefix(sent.header.Get("Location"), cloud.url+"/io/private/private/exports/"), sent.header.Get("Location"))
	require.Empty(t, cloud.Keys("public/private"))
}

// A node is killed while it makes an export: after its restart the export is
// ready, or has failed and can be asked for again.
func TestAnExportOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	for _, s := range storages() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			cloud := newCloud(t, nil)
			flags := append(cloud.flags, s.flags(t)...)
			p := start(t, startOptions{flags: append(flags, "--auth.key", authKey)})
			c := uploader(t, p, 1)
			say(t, c, http.MethodPost, "/v1/swipes", map[string]any{"user_id": 2, "mark": "like"})
			cloud.Break(fakeqiniu.Stat, fakeqiniu.Hang) // the object is stored, and nobody knows
			a := c.call(t.Context(), http.MethodPost, "/v1/me/export", nil)
			require.Equal(t, http.StatusAccepted, a.status, "%s", a.body)
			require.Eventually(t, func() bool { return len(cloud.Keys("private")) == 1 }, time.Minute, 20*time.Millisecond, "%s", p.logs)
			p.kill()
			cloud.Mend()
			later := start(t, startOptions{flags: append(flags, "--auth.key", authKey)})
			again := uploader(t, later, 1)
			asked, e := again.export(t, nil)
			require.Equal(t, string(a.body), string(asked.body), "the same task")
			requireExport(t, again, e, 0)
			require.Len(t, cloud.Keys("private"), 2, "what the killed one stored is on the sweep's list")
			var listed struct{ Tasks []map[string]any }
			admin(t, later, http.MethodGet, "/admin/tasks?kind=account.export", nil).into(t, &listed)
			require.Len(t, listed.Tasks, 1, fmt.Sprint(listed.Tasks))
		})
	}
}
