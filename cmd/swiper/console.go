package main

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/swiperhq/swiper/api/admin"
	"github.com/swiperhq/swiper/api/admin/overview"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/web"
)

// console is what the operators' listener shows to people.
type console struct {
	files      map[string]http.Handler
	overview   *overview.Sampler
	everywhere *everywhere
}

// everywhere keeps the overviews of the nodes where all of them can read them.
type everywhere struct {
	journals persistence.Journals
	name     string // what the nodes' journals begin with
	view     func() admin.View
	every    time.Duration
	keep     int
	now      func() time.Time
}

const (
	// forgotten is how long the journal of a node that is no more stays.
	forgotten = 2 * time.Hour
	// amiss is by how many points clocks may be wrong.
	amiss = 6
)

func (e *everywhere) journal(node string) string { return "overview:" + e.name + ":" + node }

// tell adds a point of this node. One that does not get there is missing in a chart.
func (e *everywhere) tell(ctx context.Context, p overview.Point) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	line, err := json.Marshal(p)
	if err == nil {
		_ = e.journals.AppendLine(ctx, e.journal(e.view().Self), string(line), e.keep, forgotten)
	}
}

// read gives what the members have told, as one: the points whose number is above
// after. No more is read than may be of them.
func (e *everywhere) read(ctx context.Context, after int64) (nodes int, points []overview.Point, err error) {
	view := e.view()
	journals := []string{e.journal(view.Self)}
	for _, m := range view.Members {
		if m.ID != view.Self {
			journals = append(journals, e.journal(m.ID))
		}
	}
	since := e.now().UnixMilli()/e.every.Milliseconds() - after // turns are counted so by overview.Merge
	lines, err := e.journals.Lines(ctx, journals, int(min(max(0, since)+amiss, int64(e.keep))))
	if err != nil {
		return 0, nil, err
	}
	all := make([][]overview.Point, 0, len(lines))
	for _, of := range lines {
		var own []overview.Point
		for _, line := range of {
			var p overview.Point
			if json.Unmarshal([]byte(line), &p) == nil { // else a node of another version wrote it
				own = append(own, p)
			}
		}
		if len(own) > 0 {
			all = append(all, own)
		}
	}
	points = slices.DeleteFunc(overview.Merge(e.every, all...), func(p overview.Point) bool { return p.Seq <= after })
	return len(all), points, nil
}

// openConsole reads the console's files and begins to remember how the node does.
func (n *node) openConsole(ctx context.Context, p *parts) (console, error) {
	site, err := web.NewConsole(n.settings.Admin.Token != "")
	if err != nil {
		return console{}, err
	}
	name, err := n.sharedName()
	if err != nil {
		return console{}, err
	}
	all := &everywhere{journals: p.signals, name: name, view: viewOf(p.system), now: time.Now}
	samples, err := overview.New(overview.Options{Gatherer: p.registry, Tell: all.tell, Now: time.Now, Logger: n.logger})
	if err != nil {
		return console{}, err
	}
	all.every, all.keep = samples.Every(), int(samples.Keep()/samples.Every())
	n.keep(ctx, "overview", samples.Run)
	return console{site.Routes(), samples, all}, nil
}
