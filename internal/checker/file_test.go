package checker_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

func TestFileKeepsARun(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		run, _ := simulate(rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, 50).Draw(t, "actions"), sound)
		run.Meta.Format = checker.Format
		run.Meta.Seed = rapid.Uint64().Draw(t, "its seed")
		run.Meta.Started = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
		run.Meta.Targets = []string{"http://127.0.0.1:8080"}
		run.Meta.Faults = []checker.Fault{{Name: "kill", From: 1, To: 2}}
		run.Meta.Unprobed = rapid.IntRange(0, 3).Draw(t, "unprobed")
		var file bytes.Buffer
		require.NoError(t, checker.Write(&file, run))
		got, err := checker.Read(&file)
		require.NoError(t, err)
		require.Equal(t, tidy(run), tidy(got))
	})
}

// tidy takes away the difference between nothing and an empty list, which a
// file does not have.
func tidy(run *checker.Run) *checker.Run {
	out := &checker.Run{Meta: run.Meta}
	for _, op := range run.Ops {
		if len(op.List) == 0 {
			op.List = nil
		}
		if len(op.Used) == 0 {
			op.Used = nil
		}
		if len(op.Events) == 0 {
			op.Events = nil
		}
		out.Ops = append(out.Ops, op)
	}
	return out
}

// TestFileIsStable: files are read by other tools and later versions.
func TestFileIsStable(t *testing.T) {
	t.Parallel()
	op := keyed("k", matched(swiped(7, 9, social.MarkSuperlike, 5, 9)))
	op.Couple = true
	var file bytes.Buffer
	require.NoError(t, checker.Write(&file, &checker.Run{
		Meta: checker.Meta{Seed: 3, Fresh: true, Users: 9, Probed: true, Limits: map[social.Action]social.Limit{social.ActionLike: social.NoLimit}},
		Ops:  []checker.Op{op, lost(rewound(7, 0, 0, 11)), told(7, 20, match("a", 9))},
	}))
	lines := strings.SplitAfter(file.String(), "\n")
	require.Equal(t, []string{
		`{"format":"swiper-history/1","seed":3,"started":"0001-01-01T00:00:00Z","fresh":true,"users":9,"limits":{"like":-1},"probed":true}` + "\n",
		`{"kind":"swipe","uid":7,"sid":9,"mark":"superlike","call":5,"return":9,"matched":true,"key":"k","couple":true}` + "\n",
		`{"kind":"rewind","uid":7,"call":11,"code":"unknown"}` + "\n",
		`{"kind":"events","uid":7,"call":20,"return":21,"events":[{"id":"a","kind":"match","other":9}]}` + "\n",
		"",
	}, lines)
}

const firstLine = `{"format":"swiper-history/1","fresh":true}` + "\n"

func TestFileRefusesWhatIsWrong(t *testing.T) {
	t.Parallel()
	good := `{"kind":"swipe","uid":1,"sid":2,"mark":"like","call":5,"return":9}` + "\n"
	for text, wrong := range map[string]string{
		"":                              "line 1",
		"no json\n":                     "line 1",
		`{"format":"other"}` + "\n":     "line 1",
		firstLine + "{\n":               "line 2",
		firstLine + good + good + "\n":  "line 4",
		firstLine + good + good[:20]:    "line 3: the file ends in the middle",
		firstLine + good + `[1]` + "\n": "line 3",
		firstLine + good + `{}` + "\n":  "line 3: unknown kind",
		firstLine + strings.Replace(good, `"like"`, `"love"`, 1):             "line 2",
		firstLine + strings.Replace(good, `"mark":"like",`, ``, 1):           "line 2: a swipe needs a mark",
		firstLine + strings.Replace(good, `"uid":1`, `"uid":0`, 1):           "line 2: ids",
		firstLine + strings.Replace(good, `"return":9`, `"return":1`, 1):     "line 2: an operation cannot return",
		firstLine + strings.Replace(good, `"kind":"swipe"`, `"kind":"x"`, 1): "line 2: unknown kind",
		firstLine + `{"kind":"` + strings.Repeat("x", 17<<20) + `"}` + "\n":  "line 2: the line is too long",
	} {
		_, err := checker.Read(strings.NewReader(text))
		require.ErrorContains(t, err, wrong, "%.200s", text)
	}
	run, err := checker.Read(strings.NewReader(firstLine + good + good))
	require.NoError(t, err)
	require.Len(t, run.Ops, 2)
	run, err = checker.Read(strings.NewReader(firstLine))
	require.NoError(t, err)
	require.Empty(t, run.Ops)
}

// FuzzRead: whatever is in a file, it is refused or read, judged, and written
// and read the same.
func FuzzRead(f *testing.F) {
	for seed := range uint64(4) {
		run, _ := simulate(seed, 12, sound)
		var file bytes.Buffer
		require.NoError(f, checker.Write(&file, run))
		f.Add(file.Bytes())
	}
	f.Add([]byte(firstLine + `{"kind":"friends","uid":1,"list":[1,2,2,0,-5],"call":-3}` + "\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		run, err := checker.Read(bytes.NewReader(raw))
		if err != nil {
			return
		}
		if len(run.Ops) < 40 {
			checker.Judge(run, checker.JudgeOptions{PairBudget: 10 * time.Millisecond})
		}
		var file bytes.Buffer
		require.NoError(t, checker.Write(&file, run))
		again, err := checker.Read(&file)
		require.NoError(t, err)
		require.Equal(t, tidy(run), tidy(again))
	})
}
