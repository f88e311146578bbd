package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/internal/sabotage"
	"github.com/swiperhq/swiper/internal/testrace"
)

// What the load test tells by its exit status.
const (
	exitClean  = 0
	exitBroken = 1
)

// variant is a build of the server that the load test is set upon.
type variant struct {
	fault sabotage.Fault // "": none
	// kills is how often a node is killed under load.
	kills int
	// kinds are the anomalies that the fault makes: at least one of them is to be
	// found.
	kinds []checker.AnomalyKind
	// besides are what may follow from it, too.
	besides []checker.AnomalyKind
	// listeners is the share of those who listen; 0: as many as by default.
	listeners float64
	// anyBesides: what follows from it can be anything.
	anyBesides bool
	// regular faults strike by rule or by count, however many others load the machine; the
	// rest strikes where requests meet, which takes all its speed.
	regular bool
	// atLength: another variant shows as much, so it is tried only where each is with
	// several seeds.
	atLength bool
}

func variants() []variant {
	const (
		lostSwipe, lostMatch, phantom    = checker.LostSwipe, checker.LostMatch, checker.PhantomMatch
		wrongRewind, dealtAgain, overrun = checker.WrongRewind, checker.DealtAgain, checker.QuotaOverrun
		mismatch, inconsistent           = checker.QuotaMismatch, checker.Inconsistent
		resurrect, rewindLeft            = checker.ResurrectedLike, checker.RewindLeftSwipe
	)
	type kinds = []checker.AnomalyKind
	return []variant{
		{atLength: true},
		{kills: 3},
		// A rewind may pass the answer to its like, too: then a friendship stays that
		// was told of and is not by the rules. A swipe sent twice at once is charged twice.
		{fault: sabotage.NoSlotLock, kinds: kinds{lostMatch}, besides: kinds{phantom, inconsistent, mismatch}},
		// What is told of a match is a guess, too, and what is granted may be refused.
		{fault: sabotage.AckBeforeCommit, kills: 3, kinds: kinds{lostSwipe, lostMatch}, anyBesides: true},
		// Rewinds are lost as swipes are; who asks in the moment before the commit is
		// told what was before.
		{fault: sabotage.CommitLater, kills: 4, atLength: true, kinds: kinds{lostSwipe, lostMatch, rewindLeft}, anyBesides: true},
		{fault: sabotage.CountThenInsert, kinds: kinds{overrun}},
		{fault: sabotage.MatchOnRefusedLike, regular: true, kinds: kinds{phantom, resurrect}},
		// Where the rewind's answer was lost, too, nothing says that it was a rewind. Whom it
		// leaves a friend is told so again when the other's like is repeated.
		{fault: sabotage.RewindKeepsFriendship, regular: true, kinds: kinds{phantom}, besides: kinds{inconsistent, checker.StaleAnswer}},
		{fault: sabotage.FriendshipDropped, regular: true, kinds: kinds{lostMatch}},
		{fault: sabotage.DeckForgets, regular: true, kinds: kinds{dealtAgain}},
		{fault: sabotage.RetryUndoesUnfriend, regular: true, kinds: kinds{resurrect}},
		// A rewind then undoes the swipe before; the lost one is a stranger again.
		{fault: sabotage.DislikeLost, regular: true, kinds: kinds{lostSwipe}, besides: kinds{wrongRewind, dealtAgain}},
		{fault: sabotage.StaleRetry, regular: true, kinds: kinds{checker.StaleAnswer}},
		{fault: sabotage.EventOutside, kills: 3, kinds: kinds{checker.LostEvent}},
		// What is dropped is missed once something is pushed behind it.
		{fault: sabotage.PushDropped, regular: true, listeners: 0.5, kinds: kinds{checker.MissedPush}},
		{fault: sabotage.PushDoubled, regular: true, listeners: 0.5, kinds: kinds{checker.DoubledPush}},
	}
}

// duration is how long the load lasts: longer where it must be long enough to
// prove something on a busy machine.
func (v *variant) duration() time.Duration {
	if v.fault == "" || v.kills > 0 {
		return 14 * time.Second
	}
	return 10 * time.Second
}

func (v *variant) name() string {
	name := string(v.fault)
	if name == "" {
		name = "sound"
	}
	if v.kills > 0 {
		name += ", killed"
	}
	return name
}

// TestRefereeCatches sets the load test, as anyone would run it, upon two
// processes that know nothing of each other, on one Postgres. A sound build is
// found clean, also when it is killed under load; every fault is found, and
// named as what it is. REFEREE_SEEDS says with how many seeds each is tried.
//
//nolint:paralleltest // a load that is starved by other tests proves nothing
func TestRefereeCatches(t *testing.T) {
	if testrace.Enabled {
		t.Skip("skipped under the race detector: what is judged there is found by the fence's tests, and this one needs speed")
	}
	seeds := 1
	if s := os.Getenv("REFEREE_SEEDS"); s != "" {
		var err error
		seeds, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	for _, v := range variants() {
		if v.atLength && seeds == 1 {
			continue
		}
		for seed := 1; seed <= seeds; seed++ {
			t.Run(fmt.Sprintf("%s/%d", v.name(), seed), func(t *testing.T) {
				if v.regular {
					t.Parallel()
				}
				v.try(t, seed)
			})
		}
	}
}

// try runs the load test with a seed and looks at its verdict.
func (v *variant) try(t *testing.T, seed int) {
	t.Helper()
	storage := postgresFlags(t)
	node := func(more ...string) startOptions {
		return startOptions{
			tags: "sabotage", env: []string{"SWIPER_SABOTAGE=" + string(v.fault)},
			flags: slices.Concat(storage, []string{"--auth.key", authKey, "--phone.key", authKey, "--data.dir", t.TempDir()}, more),
		}
	}
	one, two := start(t, node("--demo")), node()
	code, report, output := v.judge(t, one, &killable{program: start(t, two), opts: two}, seed)
	t.Logf("%+v", report)
	if v.fault == "" {
		require.Equal(t, exitClean, code, "%s", output)
		require.Equal(t, string(checker.Clean), report.Verdict)
		require.Empty(t, report.Anomalies)
		require.Positive(t, report.Pushes.Events, "nobody was pushed anything")
		require.NotContains(t, output, "internal ", "a sound server answers no 500")
		return
	}
	require.Equal(t, exitBroken, code, "%s", output)
	require.Equal(t, string(checker.Broken), report.Verdict)
	found := 0
	for kind, n := range report.Anomalies {
		if slices.Contains(v.kinds, kind) {
			found += n
			continue
		}
		if v.anyBesides {
			continue
		}
		require.Contains(t, v.besides, kind, "not what %s does: %s", v.fault, output)
	}
	require.Positive(t, found, "%s is found, and taken for something else: %s", v.fault, output)
}

// verdict is what the test reads of report.json.
type verdict struct {
	Verdict                        string
	Acknowledged, Matches, Couples int
	SwipesPerSecond                float64 `json:"swipes_per_second"`
	Anomalies                      map[checker.AnomalyKind]int
	Pushes                         struct {
		Listeners, Events, Measured int
		P50                         float64 `json:"p50_ms"`
		P95                         float64 `json:"p95_ms"`
	}
}

// judge runs the load test against both nodes and kills the second as often as
// the variant wants.
func (v *variant) judge(t *testing.T, one *program, two *killable, seed int) (code int, report verdict, output string) {
	t.Helper()
	dir, faults := filepath.Join(t.TempDir(), "report"), filepath.Join(t.TempDir(), "faults")
	require.NoError(t, os.WriteFile(faults, nil, 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, programs.loadtest(t),
		"--target", one.HTTP+","+two.HTTP, "--admin", one.Admin, "--report", dir, "--seed", strconv.Itoa(seed),
		"--faults", faults, "--users", "600", "--duration", v.duration().String(), "--warmup", "1s")
	if v.listeners > 0 {
		cmd.Args = append(cmd.Args, "--listeners", strconv.FormatFloat(v.listeners, 'f', -1, 64))
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	over := make(chan struct{})
	var err error
	go func() {
		defer close(over)
		err = cmd.Wait()
	}()
	var from time.Time
	for k := range v.kills {
		at, ok := two.killUnderLoad(t, over)
		if !ok {
			require.Positive(t, k, "the load ended before the node could be killed once")
			break
		}
		if k == 0 {
			from = at
		}
		note(t, faults, checker.Fault{Name: "kills", From: from.UnixNano(), To: time.Now().UnixNano()})
	}
	<-over
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		code, err = failed.ExitCode(), nil
	}
	require.NoError(t, err, "%s", &out)
	raw, err := os.ReadFile(filepath.Join(dir, "report.json"))
	require.NoError(t, err, "exit status %d: %s", code, &out)
	require.NoError(t, json.Unmarshal(raw, &report))
	return code, report, out.String()
}

// killable is a node that can be killed and started again where it was.
type killable struct {
	*program
	opts startOptions
}

// swipesBeforeKill is how many swipes a process answers before it is killed.
const swipesBeforeKill = 300

// killUnderLoad kills the node once it has work to lose, and starts it again on
// the same address. It gives when, and false if the load ended before.
func (k *killable) killUnderLoad(t *testing.T, over <-chan struct{}) (at time.Time, ok bool) {
	t.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for k.swipes(t) < swipesBeforeKill {
		select {
		case <-over:
			return at, false
		case <-look.C:
		}
	}
	at = time.Now()
	k.kill()
	public, err := url.Parse(k.HTTP)
	require.NoError(t, err)
	again := k.opts
	again.flags = slices.Concat(again.flags, []string{"--http.listen", public.Host})
	k.program = start(t, again)
	return at, true
}

// note writes the file that tells of the fault.
func note(t *testing.T, path string, f checker.Fault) {
	t.Helper()
	line, err := json.Marshal(map[string]any{"name": f.Name, "from": f.From, "to": f.To})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, line, 0o600))
}

// swipes counts what the node's matchmakers have answered since it was started.
func (k *killable) swipes(t *testing.T) (n float64) {
	t.Helper()
	a := admin(t, k.program, http.MethodGet, "/metrics", nil)
	require.Equal(t, http.StatusOK, a.status)
	for line := range strings.Lines(string(a.body)) {
		if rest, ok := strings.CutPrefix(line, "swiper_swipes_total"); ok {
			value, err := strconv.ParseFloat(strings.TrimSpace(rest[strings.LastIndexByte(rest, ' ')+1:]), 64)
			require.NoError(t, err, "%s", line)
			n += value
		}
	}
	return n
}

// loadtest gives the path of the load test.
func (b *binaries) loadtest(t testing.TB) string {
	t.Helper()
	return b.build(t, "loadtest", "", "../scripts/loadtest")
}
