package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/api"
	"github.com/swiperhq/swiper/api/framing"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// The people of the fakes: ada has everything, bob's profile is unfinished, and
// nobody has a token of a user who is gone.
const (
	ada    = social.UserID(1)
	bob    = social.UserID(2)
	nobody = social.UserID(99)
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant that Go cannot express

// fake answers as a small world would, or with err; it notes what changed.
type fake struct {
	mu      sync.Mutex
	err     error
	wait    bool // block until the context ends
	panics  bool
	entered chan<- struct{}
	held    <-chan struct{}
	changes []any
	deals   []int
	friends int
	likes   int
	events  []persistence.Event
	kept    map[string]kept
	limit   social.Limit // of rewinds
}

// kept is the answer to what was asked for under a key.
type kept struct {
	digest string
	answer any
}

// again gives the answer that key got before, if it did.
func (f *fake) again(key persistence.IdempotencyKey) (answer any, ok bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	k, ok := f.kept[key.Key]
	if ok && k.digest != string(key.Digest) {
		return nil, true, social.Errorf(social.CodeIdempotencyMismatch, "Used for another request.")
	}
	return k.answer, ok, nil
}

// keep remembers an answer under key, if there is one.
func (f *fake) keep(key persistence.IdempotencyKey, answer any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !key.None() {
		f.kept[key.Key] = kept{string(key.Digest), answer}
	}
}

func (f *fake) enter(ctx context.Context) error {
	f.mu.Lock()
	entered, held := f.entered, f.held
	f.entered, f.held = nil, nil
	f.mu.Unlock()
	if entered != nil {
		entered <- struct{}{}
		<-held
	}
	if f.panics {
		panic("a fault")
	}
	if f.wait {
		<-ctx.Done()
		return ctx.Err()
	}
	return f.err
}

// hold makes the next call tell that it is there and wait until held is closed.
func (f *fake) hold(entered chan<- struct{}, held <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.entered, f.held = entered, held
}

func (f *fake) changed(v any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changes = append(f.changes, v)
}

func (f *fake) all() []any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.changes)
}

func (f *fake) Swipe(ctx context.Context, s social.Swipe, key persistence.IdempotencyKey) (social.SwipeResult, error) {
	if err := f.enter(ctx); err != nil {
		return social.SwipeResult{}, err
	}
	if answer, ok, err := f.again(key); ok {
		r, _ := answer.(social.SwipeResult)
		r.Replayed = true
		return r, err
	}
	f.changed(s)
	r := social.SwipeResult{SID: s.SID, Mark: s.Mark, Matched: s.Mark.Likes()}
	f.keep(key, r)
	return r, nil
}

func (f *fake) Rewind(ctx context.Context, uid social.UserID, key persistence.IdempotencyKey) (social.RewindResult, error) {
	if err := f.enter(ctx); err != nil {
		return social.RewindResult{}, err
	}
	if answer, ok, err := f.again(key); ok {
		r, _ := answer.(social.RewindResult)
		r.Replayed = true
		return r, err
	}
	if uid == nobody {
		return social.RewindResult{}, social.Errorf(social.CodeNothingToRewind, "There is nothing to rewind.")
	}
	f.changed("rewind")
	r := social.RewindResult{SID: bob, Mark: social.MarkLike, Unmatched: true, Used: 2, Limit: f.limit}
	f.keep(key, r)
	return r, nil
}

func (f *fake) Deal(ctx context.Context, uid social.UserID, limit int) ([]social.Card, error) {
	if err := f.enter(ctx); err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.deals = append(f.deals, limit)
	f.mu.Unlock()
	if _, err := f.User(ctx, uid); err != nil {
		return nil, err
	}
	if uid == bob {
		return nil, nil
	}
	u := person(bob)
	return []social.Card{social.CardOf(&u, social.DateOf(noon), true)}, nil
}

func (f *fake) Unfriend(ctx context.Context, uid, sid social.UserID) error {
	if _, err := f.Friend(ctx, uid, sid); err != nil {
		return err
	}
	f.changed(sid)
	return nil
}

func (f *fake) User(ctx context.Context, id social.UserID) (social.User, error) {
	if err := f.enter(ctx); err != nil {
		return social.User{}, err
	}
	if id == nobody {
		return social.User{}, social.Errorf(social.CodeUserNotFound, "There is no such user.")
	}
	return person(id), nil
}

func (f *fake) UpdateProfile(ctx context.Context, id social.UserID, p social.ProfilePatch, today social.Date) (social.User, error) {
	u, err := f.User(ctx, id)
	if err != nil {
		return u, err
	}
	u, err = p.Apply(u, today)
	if err == nil {
		f.changed(p)
	}
	return u, err
}

func (f *fake) Friends(ctx context.Context, uid social.UserID, after persistence.FriendCursor, limit int) ([]persistence.Friend, error) {
	if err := f.enter(ctx); err != nil {
		return nil, err
	}
	var out []persistence.Friend
	for i := range f.friends {
		since := noon.Add(-time.Duration(i) * time.Minute)
		if uid == ada && len(out) < limit && (after.SID == 0 || since.Before(after.Time)) {
			out = append(out, persistence.Friend{User: person(bob + social.UserID(i)), Since: since})
		}
	}
	return out, nil
}

func (f *fake) Friend(ctx context.Context, uid, sid social.UserID) (persistence.Friend, error) {
	if err := f.enter(ctx); err != nil {
		return persistence.Friend{}, err
	}
	if uid != ada || sid != bob {
		return persistence.Friend{}, social.Errorf(social.CodeNotFriends, "You are not friends.")
	}
	return persistence.Friend{User: person(sid), Since: noon}, nil
}

func (f *fake) LikesOf(ctx context.Context, uid social.UserID, after persistence.LikeCursor, limit int) ([]persistence.Like, error) {
	if err := f.enter(ctx); err != nil {
		return nil, err
	}
	var out []persistence.Like
	for i := range f.likes {
		seq := int64(f.likes - i)
		if uid == ada && len(out) < limit && (after.Seq == 0 || seq < after.Seq) {
			out = append(out, persistence.Like{
				User: person(bob + social.UserID(i)), Mark: social.MarkSuperlike,
				Cursor: persistence.LikeCursor{Mark: social.MarkSuperlike, Seq: seq},
			})
		}
	}
	return out, nil
}

func (f *fake) Top(ctx context.Context, uid social.UserID, location string, limit int) ([]social.Card, error) {
	u, err := f.User(ctx, uid)
	if err != nil {
		return nil, err
	}
	f.changed(fmt.Sprint(int(uid), " ", location, " ", limit))
	if u.ID == bob {
		return nil, nil
	}
	u = person(bob)
	return []social.Card{social.CardOf(&u, social.DateOf(noon), true)}, nil
}

func (f *fake) QuotasUsed(ctx context.Context, uid social.UserID, _ social.Date) (map[social.Action]int, error) {
	if err := f.enter(ctx); err != nil || uid != ada {
		return nil, err
	}
	return map[social.Action]int{social.ActionRewind: 2}, nil
}

func (f *fake) Task(ctx context.Context, id persistence.TaskID, owner social.UserID, endedAfter time.Time) (persistence.TaskRecord, error) {
	if err := f.enter(ctx); err != nil {
		return persistence.TaskRecord{}, err
	}
	t := persistence.TaskRecord{ID: id, Kind: "photo", Owner: 1, State: persistence.TaskRetrying, Attempts: 1, Progress: 10, Error: "Away."}
	switch id {
	case "AAAAAAAAAAAAAAAAAAAAAAAAAA":
		t.State, t.Attempts, t.Progress, t.Result, t.Error = persistence.TaskDone, 2, 100, []byte(`{"sizes":[1,2]}`), ""
		t.EndedAt = noon.Add(-time.Hour)
	case "BBBBBBBBBBBBBBBBBBBBBBBBBB":
	default:
		owner = 0
	}
	if owner != t.Owner || (!t.EndedAt.IsZero() && t.EndedAt.Before(endedAfter)) {
		return persistence.TaskRecord{}, social.Errorf(social.CodeTaskNotFound, "There is no such task.")
	}
	return t, nil
}

func (f *fake) EventsSince(ctx context.Context, uid social.UserID, after persistence.EventCursor, limit int) ([]persistence.Event, error) {
	if err := f.enter(ctx); err != nil {
		return nil, err
	}
	var out []persistence.Event
	for _, e := range f.events {
		behind := e.Cursor.Major > after.Major || (e.Cursor.Major == after.Major && e.Cursor.Minor > after.Minor)
		if e.UID == uid && behind && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}

// photos are ada's: one that waits for the operators' decision, and two that are shown.
func (f *fake) PhotosOf(ctx context.Context, uid social.UserID) ([]persistence.Photo, error) {
	if _, err := f.User(ctx, uid); err != nil || uid != ada {
		return nil, err
	}
	photo := func(id persistence.PhotoID, state persistence.PhotoState) persistence.Photo {
		name := strconv.FormatInt(int64(id), 10)
		return persistence.Photo{ID: id, UID: uid, State: state, Picture: persistence.Picture{
			Large: "l" + name, Medium: "m" + name, Small: "s" + name, BlurHash: "b" + name,
		}}
	}
	out := []persistence.Photo{photo(3, persistence.PhotoPending), photo(1, persistence.PhotoApproved), photo(2, persistence.PhotoApproved)}
	out[1].Replaced = true
	return out, nil
}

func (f *fake) ShownPhotos(ctx context.Context, uid social.UserID) ([]persistence.Photo, error) {
	all, err := f.PhotosOf(ctx, uid)
	return all[min(len(all), 1):], err
}

// VideosOf gives ada's: one that waits to replace the other.
func (f *fake) VideosOf(ctx context.Context, uid social.UserID) ([]persistence.Photo, error) {
	all, err := f.PhotosOf(ctx, uid)
	all = all[:min(len(all), 2)]
	for i := range all {
		all[i].Video = persistence.Video{Key: "v" + all[i].Medium, Duration: 1500 * time.Millisecond, Width: 720, Height: 1280}
	}
	return all, err
}

func (f *fake) ShownVideos(ctx context.Context, uid social.UserID) ([]persistence.Photo, error) {
	all, err := f.VideosOf(ctx, uid)
	return all[min(len(all), 1):], err
}

func (f *fake) OrderPhotos(ctx context.Context, uid social.UserID, ids []persistence.PhotoID) ([]persistence.Photo, error) {
	all, err := f.PhotosOf(ctx, uid)
	if err != nil {
		return nil, err
	}
	if len(ids) != len(all) {
		return nil, &social.Error{Code: social.CodeInvalidRequest, Message: "Not yours.", Field: "photo_ids"}
	}
	f.changed(ids)
	return all, nil
}

func person(id social.UserID) social.User {
	if id == bob {
		return social.User{ID: id, CreatedAt: noon}
	}
	return social.User{
		ID: id, Nickname: "Ada", Sex: social.SexFemale, Birthday: social.Date{Year: 1996, Month: 2, Day: 29}, Location: "上海",
		Bio: "hi", DatingSex: social.SexAny, MinDatingAge: 20, MaxDatingAge: 40, CreatedAt: noon,
	}
}

// bundle is one listener on fakes.
type bundle struct {
	fake   *fake
	tokens *accounts.Tokens
	log    *journal
	url    string
	client *http.Client
	reg    *prometheus.Registry
	h      http.Handler
}

func setup(t *testing.T, change ...func(*api.Options)) *bundle {
	t.Helper()
	return setupHandler(t, change...).serve(t, func(*http.Server) {})
}

// serve gives b behind a server of its own.
func (b *bundle) serve(t *testing.T, change func(*http.Server)) *bundle {
	t.Helper()
	out := *b
	s := httptest.NewUnstartedServer(b.h)
	s.Config = api.NewServer("", b.h, 5*time.Second, discard())
	s.Listener = framing.Listen(s.Listener, nil)
	change(s.Config)
	s.Start()
	t.Cleanup(s.Close)
	out.url, out.client = s.URL, s.Client()
	return &out
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// setupHandler is setup without a server, for requests made in memory.
func setupHandler(tb testing.TB, change ...func(*api.Options)) *bundle {
	tb.Helper()
	now := func() time.Time { return noon }
	b := &bundle{fake: &fake{friends: 1, likes: 1, kept: map[string]kept{}, limit: 3}, tokens: accounts.NewTokens(bytes.Repeat([]byte("k"), 32), now), log: &journal{}, reg: prometheus.NewRegistry()}
	rules := &social.Rules{RewindsPerDay: 3, LikesPerDay: social.NoLimit, SuperlikesPerDay: 0, DeckSize: 20, Zone: time.UTC, TaskResultTTL: time.Hour}
	opts := api.Options{
		Actors: b.fake, Store: b.fake, Hot: b.fake, Rules: func() *social.Rules { return rules }, Now: now, Accounts: door{b.fake, b.tokens},
		CursorKey: bytes.Repeat([]byte("c"), 32), Logger: slog.New(slog.NewJSONHandler(b.log, nil)), Registerer: b.reg,
	}
	for _, c := range change {
		c(&opts)
	}
	h, err := api.New(opts)
	require.NoError(tb, err)
	b.h = h
	return b
}

// journal is a log that can be read while it is written.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

func (b *bundle) token(t *testing.T, uid social.UserID) string {
	t.Helper()
	token, err := b.tokens.Mint(uid, time.Hour)
	require.NoError(t, err)
	return token
}

// answer is a response that was read to its end.
type answer struct {
	*http.Response
	body []byte
}

func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	out := map[string]any{}
	require.NoError(t, json.Unmarshal(a.body, &out), "%s", a.body)
	return out
}

// requireProblem checks status, code and shape of an error answer.
func (a answer) requireProblem(t *testing.T, status int, code social.Code) {
	t.Helper()
	require.Equal(t, status, a.StatusCode, "%s", a.body)
	require.Equal(t, "application/problem+json", a.Header.Get("Content-Type"))
	p := a.json(t)
	require.Equal(t, string(code), p["code"], "%s", a.body)
	require.InEpsilon(t, status, p["status"], 1e-9)
	require.Equal(t, http.StatusText(status), p["title"])
	require.NotEmpty(t, p["detail"])
}

// call sends a request as uid (0: without a token) with a JSON body ("": none).
func (b *bundle) call(t *testing.T, uid social.UserID, method, path, body string) answer {
	t.Helper()
	req := b.request(t, uid, method, path, body)
	return b.send(t, req)
}

func (b *bundle) request(t *testing.T, uid social.UserID, method, path, body string) *http.Request {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = bytes.NewBufferString(body)
	}
	req, err := http.NewRequest(method, b.url+path, r)
	require.NoError(t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if uid != 0 {
		req.Header.Set("Authorization", "Bearer "+b.token(t, uid))
	}
	return req
}

func (b *bundle) send(t *testing.T, req *http.Request) answer {
	t.Helper()
	resp, err := b.client.Do(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return answer{resp, body}
}
