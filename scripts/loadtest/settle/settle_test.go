package settle_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/scripts/loadtest/settle"
	"github.com/swiperhq/swiper/social"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// door counts what is asked and answers from a table of answers in turn.
type door struct {
	mu      sync.Mutex
	asked   []string
	answers func(what string, try int) client.Answer
	tries   map[string]int
	told    func(uid social.UserID, look int) []checker.Event
	looks   int
}

func (d *door) ask(what string, how client.How) client.Answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !how.Probe {
		what = "no probe: " + what
	}
	d.asked = append(d.asked, what)
	if d.tries == nil {
		d.tries = map[string]int{}
	}
	d.tries[what]++
	if d.answers == nil {
		return client.Answer{}
	}
	return d.answers(what, d.tries[what])
}

func (d *door) Swipe(how client.How, uid, sid social.UserID, mark social.Mark) client.Answer {
	return d.ask(fmt.Sprintf("%d %s %d", uid, mark, sid), how)
}

func (d *door) Friends(how client.How, uid social.UserID) client.Answer {
	return d.ask(fmt.Sprintf("friends of %d", uid), how)
}

func (d *door) Likes(how client.How, uid social.UserID) client.Answer {
	return d.ask(fmt.Sprintf("likes of %d", uid), how)
}

func (d *door) Quotas(how client.How, uid social.UserID) (map[social.Action]client.Quota, client.Answer) {
	return nil, d.ask(fmt.Sprintf("quotas of %d", uid), how)
}

func (d *door) Events(how client.How, uid social.UserID, f *client.Feed) client.Answer {
	if f == nil {
		return d.ask("events without a feed", how)
	}
	return d.ask(fmt.Sprintf("events of %d", uid), how)
}

func (d *door) ReadEvents(_ client.How, uid social.UserID, f *client.Feed) client.Answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.looks++
	if d.told != nil {
		f.Events = d.told(uid, d.looks)
	}
	return client.Answer{}
}

func swipe(uid, sid social.UserID, m social.Mark, code social.Code) checker.Op {
	return checker.Op{Kind: checker.Swipe, UID: uid, SID: sid, Mark: m, Code: code}
}

// history: 1 likes 2 and takes it back, likes 3 twice; 3 dislikes 1; 4 was
// refused; 5's swipe is unknown; 6 only looked around; 7 has a rewind nobody knows of.
func history() []checker.Op {
	return []checker.Op{
		swipe(1, 2, social.MarkLike, ""),
		{Kind: checker.Rewind, UID: 1, SID: 2, Mark: social.MarkLike},
		swipe(1, 3, social.MarkLike, ""),
		swipe(1, 3, social.MarkLike, ""),
		swipe(3, 1, social.MarkDislike, ""),
		swipe(4, 1, social.MarkLike, social.CodeOverloaded),
		swipe(5, 1, social.MarkLike, checker.Unknown),
		{Kind: checker.Deal, UID: 6, List: []social.UserID{1, 2}},
		swipe(7, 99, social.MarkLike, ""),
		{Kind: checker.Rewind, UID: 7, Code: checker.Unknown},
	}
}

func run(t *testing.T, d *door) settle.Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	report, err := settle.Run(ctx, settle.Options{
		Door: d, Nodes: 2, Concurrency: 4, History: history(),
		Member: func(uid social.UserID) bool { return uid < 99 },
		Feed:   func(social.UserID) *client.Feed { return &client.Feed{} },
	})
	require.NoError(t, err)
	return report
}

func TestEverythingIsLookedAtOnce(t *testing.T) {
	t.Parallel()
	d := &door{}
	require.Equal(t, settle.Report{Reads: 20, Probes: 4}, run(t, d))
	var want []string
	for _, uid := range []int{1, 2, 3, 5, 7} {
		for _, list := range []string{"friends", "likes", "quotas", "events"} {
			want = append(want, fmt.Sprintf("%s of %d", list, uid))
		}
	}
	require.ElementsMatch(t, want, d.asked[:20], "first what everybody is told")
	require.ElementsMatch(t, []string{"1 like 3", "3 dislike 1"}, d.asked[20:22], "then what stands")
	require.ElementsMatch(t, []string{"1 like 2", "7 like 99"}, d.asked[22:], "and last what was taken back, perhaps")
}

func TestPassingFailuresAreTriedAgain(t *testing.T) {
	t.Parallel()
	fails := map[string]client.Answer{
		"likes of 1": client.Failed(social.CodeOverloaded), "1 like 3": client.Failed(checker.Unknown), "events of 3": client.Failed(client.NotSent),
	}
	d := &door{answers: func(what string, try int) client.Answer {
		if a, ok := fails[what]; ok && try < 3 {
			return a
		}
		return client.Answer{}
	}}
	require.Equal(t, settle.Report{Reads: 20, Probes: 4}, run(t, d))
	for what := range fails {
		require.Equal(t, 3, d.tries[what], what)
	}
	require.Equal(t, 20+2+2, slices.IndexFunc(d.asked, func(s string) bool { return s == "1 like 3" || s == "3 dislike 1" }), "no probe before the last read")
}

func TestARefusedProbeIsAnAnswer(t *testing.T) {
	t.Parallel()
	d := &door{answers: func(what string, _ int) client.Answer {
		if what == "1 like 3" {
			return client.Failed(social.CodeAlreadySwiped)
		}
		return client.Answer{}
	}}
	require.Zero(t, run(t, d).Missing)
	require.Equal(t, 1, d.tries["1 like 3"])
}

func TestWhatIsNeverAnsweredIsMissing(t *testing.T) {
	t.Parallel()
	d := &door{answers: func(what string, _ int) client.Answer {
		switch what {
		case "quotas of 1":
			return client.Failed(social.CodeUnauthenticated) // for good
		case "3 dislike 1":
			return client.Failed(checker.Unknown)
		}
		return client.Answer{}
	}}
	report := run(t, d)
	require.Equal(t, 4, report.Missing, "these two, and what would have come after the second")
	require.LessOrEqual(t, d.tries["quotas of 1"], 5)
}

func TestAServerWithoutEvents(t *testing.T) {
	t.Parallel()
	d := &door{answers: func(what string, _ int) client.Answer {
		if len(what) > 6 && what[:6] == "events" {
			return client.Failed(social.CodeNotFound)
		}
		return client.Answer{}
	}}
	report := run(t, d)
	require.True(t, report.NoEvents)
	require.Zero(t, report.Missing)
}
