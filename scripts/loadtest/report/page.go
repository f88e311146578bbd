package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/swiperhq/swiper/scripts/loadtest/measure"
)

//go:embed assets
var assets embed.FS

// page is what the template is given.
type page struct {
	Style  template.CSS
	Chart  template.JS // the library
	Script template.JS // ours
	Policy string      // only these scripts run, and nothing is loaded

	Sum     *summary
	Verdict verdict
	Charts  charts
	Swipes  measure.Op
	Ops     []opRow
	Out     []outcomeRow
	Found   []finding
	Faults  []fault
	Options []option
	Command []string // word by word
	Limits  string
	Seconds []second // empty when there are too many to read
}

// verdict is the outcome in words that need no colour.
type verdict struct{ Word, Sign, Meaning string }

func verdictOf(outcome string) verdict {
	switch outcome {
	case "clean":
		return verdict{"Clean", "✓", "Everything that was acknowledged is there, and everything that is there was acknowledged."}
	case "broken":
		return verdict{"Broken", "✗", "The server broke a promise. What was found is told below."}
	case "void":
		return verdict{"Void", "?", "Too little happened, or too little could be read back, to say that the server is right."}
	}
	return verdict{outcome, "?", ""}
}

// mostSeconds is the longest table of seconds; report.json has them all.
const mostSeconds = 600

func render(in *Input, sum *summary) ([]byte, error) {
	var files [6]string
	for i, name := range []string{"uPlot.min.css", "page.css", "uPlot.iife.min.js", "page.js", "page.html", "uPlot.LICENSE"} {
		text, err := assets.ReadFile("assets/" + name)
		if err != nil {
			return nil, err
		}
		files[i] = string(text)
	}
	// Its licence goes where the library goes.
	chart := "/*\n" + files[5] + "*/\n" + files[2]
	p := page{
		// Files of this package, not data of the run.
		Style: template.CSS(files[0] + "\n" + files[1]), Chart: template.JS(chart), Script: template.JS(files[3]), //nolint:gosec // see above
		Policy: "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src " + hash(chart) + " " + hash(files[3]),
		Sum:    sum, Verdict: verdictOf(sum.Verdict), Charts: chartsOf(&in.Result, sum), Swipes: in.Result.Op(measure.Swipe),
		Ops: opRows(&in.Result), Out: outcomeRows(&in.Result), Found: findings(sum), Faults: sum.Faults,
		Options: options(sum.Options), Command: command(sum), Limits: limits(sum),
	}
	if len(sum.Series) <= mostSeconds {
		p.Seconds = sum.Series
	}
	t, err := template.New("page").Funcs(template.FuncMap{
		"grouped": grouped, "rate": rate, "ms": latency, "seconds": seconds, "join": strings.Join, "percent": percent,
	}).Parse(files[4])
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, &p); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// hash names a script in a content security policy.
func hash(script string) string {
	sum := sha256.Sum256([]byte(script))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// opRow is a row of the operations' table.
type opRow struct {
	operation

	All bool // the row that sums up the others
}

func opRows(res *measure.Result) []opRow {
	var rows []opRow
	for i := range res.Ops {
		rows = append(rows, opRow{operation: operationOf(&res.Ops[i])})
	}
	if len(rows) > 0 {
		rows = append(rows, opRow{operation: operationOf(&res.All), All: true})
	}
	return rows
}

// outcomeRow is a row of the outcomes' table.
type outcomeRow struct {
	Outcome, Class, Of string
	Count              int64
	Share              float64 // percent of all requests
}

// outcomeRows lists what was acknowledged, then the failures, then the refusals.
func outcomeRows(res *measure.Result) []outcomeRow {
	total := map[string]int64{}
	of := map[string][]string{}
	for _, op := range res.Ops {
		for outcome, n := range op.Outcomes {
			total[outcome] += n
			of[outcome] = append(of[outcome], op.Name+" "+grouped(n))
		}
	}
	order := []measure.Class{measure.Acknowledged, measure.Failed, measure.Refused}
	names := slices.SortedFunc(maps.Keys(total), func(a, b string) int {
		place := func(outcome string) int { return slices.Index(order, measure.ClassOf(outcome)) }
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(total[b], total[a]), cmp.Compare(a, b))
	})
	rows := make([]outcomeRow, len(names))
	for i, name := range names {
		rows[i] = outcomeRow{
			Outcome: name, Class: className(measure.ClassOf(name)), Of: strings.Join(of[name], ", "), Count: total[name],
			Share: 100 * float64(total[name]) / float64(res.All.All()),
		}
	}
	return rows
}

func className(c measure.Class) string {
	switch c {
	case measure.Acknowledged:
		return "acknowledged"
	case measure.Refused:
		return "refused"
	default:
		return "failed"
	}
}

type option struct{ Name, Value string }

func options(of map[string]string) []option {
	var out []option
	for _, name := range slices.Sorted(maps.Keys(of)) {
		if of[name] != "" {
			out = append(out, option{strings.TrimLeft(name, "-"), of[name]})
		}
	}
	return out
}

// limits tells what was allowed a day.
func limits(sum *summary) string {
	var told []string
	for _, action := range slices.Sorted(maps.Keys(sum.Limits)) {
		limit := "none"
		if of := sum.Limits[action]; of != nil {
			limit = strconv.Itoa(*of)
		}
		told = append(told, string(action)+" "+limit)
	}
	return strings.Join(told, ", ")
}

// command gives what to type to do the same again. The folder of the report is
// left out: it is not empty any more.
func command(sum *summary) []string {
	words := []string{"go run ./scripts/loadtest"}
	seeded := false
	for _, o := range options(sum.Options) {
		if o.Name == "report" {
			continue
		}
		seeded = seeded || o.Name == "seed"
		words = append(words, quoted("--"+o.Name+"="+o.Value))
	}
	if !seeded {
		words = append(words, fmt.Sprintf("--seed=%d", sum.Seed))
	}
	return words
}

// quoted writes a word for a shell.
func quoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_=./:,%+@", r)
	}
	if strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
