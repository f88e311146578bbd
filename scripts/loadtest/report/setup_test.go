package report_test

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/loadtest/measure"
	"github.com/swiperhq/swiper/scripts/loadtest/report"
	"github.com/swiperhq/swiper/social"
)

var started = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// minute makes the figures of a made-up minute behind a warm-up of 5 s.
func minute() measure.Result {
	rng := rand.New(rand.NewPCG(1, 2))
	r := measure.New(measure.Options{Start: started, Warmup: 5 * time.Second, Now: func() time.Time { return started.Add(65 * time.Second) }})
	ops := []string{"swipe", "swipe", "swipe", "swipe", "deck", "deck", "rewind", "likes", "friends", "quotas"}
	for s := range 65 {
		slow := 1.0
		if s >= 30 && s < 36 {
			slow = 12
		}
		for i := range 300 + int(80*math.Sin(float64(s)/6)) {
			at := started.Add(time.Duration(s)*time.Second + time.Duration(i)*2*time.Millisecond)
			outcome := "ok"
			switch x := rng.Float64(); {
			case x < 0.04:
				outcome = "already_swiped"
			case x < 0.05:
				outcome = "rewind_quota_exceeded"
			case x < 0.053 || slow > 1 && x < 0.08:
				outcome = "timeout"
			}
			r.Add(measure.Sample{
				Op: ops[rng.IntN(len(ops))], Intended: at, Outcome: outcome, Matched: outcome == "ok" && rng.Float64() < 0.05,
				Done: at.Add(time.Duration(slow * 3e6 * math.Exp(rng.NormFloat64()*0.6))),
			})
		}
	}
	r.End(started.Add(65 * time.Second))
	return r.Result()
}

func input(v checker.Verdict) report.Input {
	return report.Input{
		Result: minute(), Verdict: v,
		Meta: checker.Meta{
			Seed: 42, Started: started, Fresh: true, Users: 1000, Targets: []string{"http://127.0.0.1:40123", "http://127.0.0.1:40124"}, Probed: true,
			Limits: map[social.Action]social.Limit{social.ActionRewind: 3, social.ActionLike: social.NoLimit},
		},
		Options: map[string]string{"duration": "1m0s", "users": "1000", "concurrency": "64", "seed": "42", "report": "loadtest-report", "rate": ""},
	}
}

func clean() report.Input {
	return input(checker.Verdict{
		Outcome: "clean", Acknowledged: 123456, Refused: 2345, Unknown: 67, Matches: 4567, Couples: 1234, Pairs: 98765,
		Anomalies: map[checker.AnomalyKind]int{checker.LostMatch: 0},
	})
}

// broken has anomalies, faults, and hostile text wherever text comes from elsewhere.
func broken(hostile string) report.Input {
	v := checker.Verdict{
		Outcome: "broken", Why: []string{"13 anomalies", "a reason " + hostile}, Acknowledged: 123456, Matches: 4567, Couples: 1234, Pairs: 98765,
		Anomalies: map[checker.AnomalyKind]int{checker.LostMatch: 12, checker.QuotaOverrun: 1, checker.AnomalyKind("kind" + hostile): 1},
		Examples: []checker.Anomaly{
			{Kind: checker.LostMatch, Detail: "Users 17 and 204 like each other, and neither has the other among their friends.", Ops: []checker.Op{
				{Kind: checker.Swipe, UID: 17, SID: 204, Mark: social.MarkLike, Call: 1_234_567_890, Return: 1_240_000_000, Couple: true},
				{Kind: checker.Swipe, UID: 204, SID: 17, Mark: social.MarkSuperlike, Call: 1_234_568_000, Return: 1_241_000_000, Couple: true, Key: "k" + hostile},
				{Kind: checker.Swipe, UID: 17, SID: 204, Mark: social.MarkLike, Call: 2_000_000_000, Return: math.MaxInt64, Code: checker.Unknown},
				{Kind: checker.Swipe, UID: 17, SID: 204, Mark: social.MarkDislike, Call: 2_100_000_000, Return: 2_101_000_000, Code: social.CodeAlreadySwiped},
				{Kind: checker.IsFriend, UID: 204, SID: 17, Call: 60_000_000_000, Return: 60_002_000_000, Probe: true},
				{Kind: checker.Quotas, UID: 17, Call: 60_000_000_000, Return: 60_002_000_000, Used: map[social.Action]int{social.ActionRewind: 4, social.ActionLike: 2}},
				{Kind: checker.Events, UID: 17, Call: 60_000_000_000, Return: 60_002_000_000, Events: []checker.Event{{Kind: "match" + hostile, Other: 204}}},
				{Kind: checker.Deal, UID: 17, Call: 60_000_000_000, Return: 60_002_000_000, List: []social.UserID{1, 2, 3}},
			}},
			{Kind: checker.QuotaOverrun, Detail: "User 5 was granted 4 rewinds of 3. " + hostile},
		},
	}
	in := input(v)
	in.Interrupted = "Ctrl-C " + hostile
	in.Meta.Targets = append(in.Meta.Targets, "http://"+hostile)
	in.Meta.Faults = []checker.Fault{{Name: "pause " + hostile, From: 30e9, To: 36e9}, {Name: "kill -9", From: 33e9, To: 34e9}}
	in.Options["note"+hostile] = hostile
	return in
}

// long is a history with more operations than a page should show.
func long() checker.Anomaly {
	a := checker.Anomaly{Kind: checker.Inconsistent, Detail: "No order explains the answers."}
	for i := range 100 {
		a.Ops = append(a.Ops, checker.Op{Kind: checker.Swipe, UID: 1, SID: social.UserID(1000 + i), Mark: social.MarkLike, Call: int64(i), Return: int64(i) + 1})
	}
	return a
}

func hostileScript() string {
	return `</script><script>window.owned=1</script>"'><img src=x onerror="window.owned=1">`
}
