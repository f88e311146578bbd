package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/swiperhq/swiper/social"
)

type uid = social.UserID

// defect is a way in which the fake breaks the rules.
type defect string

const (
	sound        defect = ""
	dropsMatches defect = "drops matches"
	losesDislike defect = "loses dislikes"
	noLimits     defect = "no limits"
	mutters      defect = "answers 500"
)

// fake is a tiny Swiper in memory: two public listeners and one for operators.
// Nothing in it happens at the same time.
type fake struct {
	defect defect
	public [2]*httptest.Server
	admin  *httptest.Server

	mu       sync.Mutex
	users    uid
	settings map[string]json.RawMessage
	marks    map[[2]uid]social.Mark
	order    map[uid][]uid // whom uid swiped, the latest last
	used     map[uid]map[social.Action]int
	events   map[uid][]map[string]any
	kept     map[string]reply // by user and key
}

type reply struct {
	ask    string
	status int
	body   map[string]any
}

func newFake(t *testing.T, d defect) *fake {
	t.Helper()
	f := &fake{
		defect: d, users: crowd, marks: map[[2]uid]social.Mark{}, order: map[uid][]uid{}, used: map[uid]map[social.Action]int{},
		events: map[uid][]map[string]any{}, kept: map[string]reply{},
		settings: map[string]json.RawMessage{"superlikes_per_day": []byte("null"), "requests_per_user": []byte("6000"), "quota_timezone": []byte(`"UTC"`)},
	}
	for i := range f.public {
		f.public[i] = serve(t, f.serveUser)
	}
	f.admin = serve(t, f.serveAdmin)
	return f
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func answer(w http.ResponseWriter, status int, body map[string]any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // whoever asked may be gone
}

func (r reply) write(w http.ResponseWriter, replayed bool) {
	if replayed {
		w.Header().Set("Idempotency-Replayed", "true")
	}
	answer(w, r.status, r.body)
}

func no(status int, code social.Code) reply {
	return reply{status: status, body: map[string]any{"code": code}}
}

func (f *fake) serveUser(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer t"), 10, 64)
	if err != nil || uid(id) > f.users {
		refusal := no(http.StatusUnauthorized, social.CodeUnauthenticated)
		if !strings.HasPrefix(r.URL.Path, "/v1") {
			refusal = no(http.StatusNotFound, social.CodeNotFound)
		}
		refusal.write(w, false)
		return
	}
	var body struct {
		UserID uid    `json:"user_id"`
		Mark   string `json:"mark"`
	}
	_ = json.NewDecoder(r.Body).Decode(&body) // most have none
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.defect == mutters && r.Method == http.MethodPost {
		no(http.StatusInternalServerError, social.CodeInternal).write(w, false)
		return
	}
	key := r.Header.Get("Idempotency-Key")
	ask := fmt.Sprint(r.URL.Path, body)
	if kept, ok := f.kept[fmt.Sprint(id, key)]; ok && key != "" {
		if kept.ask != ask {
			kept, key = no(http.StatusUnprocessableEntity, social.CodeIdempotencyMismatch), ""
		}
		kept.write(w, key != "")
		return
	}
	out := f.route(r, uid(id), body.UserID, body.Mark)
	if out.ask = ask; key != "" && out.status < 300 {
		f.kept[fmt.Sprint(id, key)] = out
	}
	out.write(w, false)
}

func (f *fake) route(r *http.Request, id, sid uid, mark string) reply {
	ok := func(body map[string]any) reply { return reply{status: http.StatusOK, body: body} }
	friend, _ := strconv.ParseInt(strings.TrimPrefix(r.URL.Path, "/v1/friends/"), 10, 64)
	switch path := r.Method + " " + r.URL.Path; {
	case path == "POST /v1/swipes":
		m, _ := social.ParseMark(mark)
		return f.swipe(id, sid, m)
	case path == "POST /v1/swipes/rewind":
		return f.rewind(id)
	case friend != 0 && !f.friends(id, uid(friend)):
		return no(http.StatusNotFound, social.CodeNotFriends)
	case friend != 0 && r.Method == http.MethodDelete:
		f.end(id, uid(friend), social.MarkEnded)
		return reply{status: http.StatusNoContent}
	case friend != 0:
		return ok(map[string]any{"user_id": friend})
	case path == "GET /v1/friends":
		return ok(map[string]any{"friends": f.list(func(o uid) bool { return f.friends(id, o) })})
	case path == "GET /v1/likes":
		return ok(map[string]any{"users": f.list(func(o uid) bool { return f.marks[[2]uid{o, id}].Likes() && f.marks[[2]uid{id, o}] == 0 })})
	case path == "GET /v1/deck":
		cards := f.list(func(o uid) bool { return o != id && f.marks[[2]uid{id, o}] == 0 })
		return ok(map[string]any{"cards": cards[:min(len(cards), 20)]})
	case path == "GET /v1/quotas":
		return ok(f.quotas(id))
	case path == "GET /v1/events":
		after, _ := strconv.Atoi(r.URL.Query().Get("after"))
		page := f.events[id][after:min(len(f.events[id]), after+100)]
		return ok(map[string]any{"events": append([]map[string]any{}, page...), "next": strconv.Itoa(after + len(page))})
	}
	sex := "female"
	if id%2 == 0 {
		sex = "male"
	}
	return ok(map[string]any{"user_id": id, "sex": sex})
}

func (f *fake) list(in func(uid) bool) []map[string]any {
	out := []map[string]any{}
	for o := uid(1); o <= f.users; o++ {
		if in(o) {
			out = append(out, map[string]any{"user_id": o})
		}
	}
	return out
}

func (f *fake) friends(a, b uid) bool {
	both := f.marks[[2]uid{a, b}].Likes() && f.marks[[2]uid{b, a}].Likes()
	return both && (f.defect != dropsMatches || (a+b)%5 != 0)
}

func (f *fake) limit(a social.Action) social.Limit {
	if a == social.ActionRewind {
		return 3
	}
	n, err := strconv.Atoi(string(f.settings[string(a)+"s_per_day"]))
	if err != nil {
		return social.NoLimit
	}
	return social.Limit(n)
}

// charge takes one of an action; false when none is left.
func (f *fake) charge(id uid, a social.Action) bool {
	if f.used[id] == nil {
		f.used[id] = map[social.Action]int{}
	}
	if l := f.limit(a); a != social.ActionRewind && l.None() {
		return true
	} else if f.used[id][a] >= int(l) && f.defect != noLimits {
		return false
	}
	f.used[id][a]++
	return true
}

func (f *fake) quotas(id uid) map[string]any {
	out := map[string]any{}
	for _, a := range social.Actions() {
		q := map[string]any{"used": f.used[id][a], "resets_at": time.Now().Add(12 * time.Hour), "limit": nil}
		if l := f.limit(a); !l.None() {
			q["limit"] = l
		}
		out[string(a)] = q
	}
	return out
}

func (f *fake) swipe(id, sid uid, m social.Mark) reply {
	switch stored := f.marks[[2]uid{id, sid}]; {
	case id == sid:
		return no(http.StatusUnprocessableEntity, social.CodeSelfSwipe)
	case sid > f.users:
		return no(http.StatusNotFound, social.CodeUserNotFound)
	case stored != 0 && stored != m:
		return no(http.StatusConflict, social.CodeAlreadySwiped)
	case stored != 0:
		return f.swiped(id, sid, m, true)
	}
	if a, metered := m.Meter(); metered && !f.charge(id, a) {
		return no(http.StatusTooManyRequests, social.Code(string(a)+"_quota_exceeded"))
	}
	if f.defect != losesDislike || m != social.MarkDislike || sid%7 != 0 {
		f.marks[[2]uid{id, sid}] = m
		f.order[id] = append(f.order[id], sid)
	}
	if f.friends(id, sid) {
		f.tell("match", id, sid)
		f.tell("match", sid, id)
	}
	return f.swiped(id, sid, m, false)
}

func (f *fake) swiped(id, sid uid, m social.Mark, repeated bool) reply {
	return reply{status: http.StatusOK, body: map[string]any{"user_id": sid, "mark": m.String(), "matched": f.friends(id, sid), "repeated": repeated}}
}

func (f *fake) rewind(id uid) reply {
	swiped := f.order[id]
	if len(swiped) == 0 {
		return no(http.StatusConflict, social.CodeNothingToRewind)
	}
	if !f.charge(id, social.ActionRewind) {
		return no(http.StatusTooManyRequests, social.CodeRewindQuotaExceeded)
	}
	sid := swiped[len(swiped)-1]
	m, were := f.marks[[2]uid{id, sid}], f.friends(id, sid)
	f.end(id, sid, 0)
	return reply{status: http.StatusOK, body: map[string]any{"user_id": sid, "mark": m.String(), "unmatched": were}}
}

// end puts another mark in place of id's, 0 for none.
func (f *fake) end(id, sid uid, m social.Mark) {
	if f.friends(id, sid) {
		f.tell("unmatched", sid, id)
	}
	f.order[id] = slices.DeleteFunc(f.order[id], func(o uid) bool { return o == sid })
	if f.marks[[2]uid{id, sid}] = m; m == 0 {
		delete(f.marks, [2]uid{id, sid})
	}
}

func (f *fake) tell(kind string, id, other uid) {
	f.events[id] = append(f.events[id], map[string]any{
		"id": len(f.events[id]) + 1, "kind": kind, "time": time.Now(), "data": map[string]any{"user_id": other},
	})
}

func (f *fake) serveAdmin(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key, isSetting := strings.CutPrefix(r.URL.Path, "/admin/settings/")
	switch {
	case r.URL.Path == "/admin/tokens":
		var ask struct {
			UserIDs []uid `json:"user_ids"`
		}
		_ = json.NewDecoder(r.Body).Decode(&ask) // loadtest's own
		tokens := []map[string]any{}
		for _, id := range ask.UserIDs {
			tokens = append(tokens, map[string]any{"user_id": id, "access_token": fmt.Sprint("t", id)})
		}
		answer(w, http.StatusOK, map[string]any{"tokens": tokens})
	case isSetting:
		var ask struct{ Value json.RawMessage }
		_ = json.NewDecoder(r.Body).Decode(&ask) // loadtest's own
		f.settings[key] = ask.Value
		answer(w, http.StatusOK, map[string]any{})
	case r.URL.Path == "/admin/settings":
		list := []map[string]any{}
		for k, v := range f.settings {
			list = append(list, map[string]any{"key": k, "value": v})
		}
		answer(w, http.StatusOK, map[string]any{"settings": list})
	default:
		id, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/admin/actors/user/"))
		swipes := map[string]int{}
		for _, sid := range f.order[uid(id)] {
			swipes[f.marks[[2]uid{uid(id), sid}].String()]++
		}
		answer(w, http.StatusOK, map[string]any{"stored": map[string]any{"swipes": swipes}})
	}
}

// setting gives a tunable as it stands.
func (f *fake) setting(key string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return string(f.settings[key])
}
