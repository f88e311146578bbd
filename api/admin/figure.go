package admin

import (
	"maps"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	dto "github.com/prometheus/client_model/go"
)

// figure is a metric of this node as people read it.
type figure struct {
	Name   string  `json:"name"`
	Labels string  `json:"labels"` // name=value, separated by commas
	Value  float64 `json:"value"`  // of a histogram: the mean of what was observed
	Count  uint64  `json:"count"`  // of a histogram: how much was; 0 for others
	Help   string  `json:"help"`
}

type figuresAnswer struct {
	Figures []figure `json:"figures"`
}

// shownFigures begin the names of what is shown: pictures and the network before us, of
// which the overview has no charts.
var shownFigures = []string{"swiper_cdn_", "swiper_media_", "swiper_upload", "swiper_video_", "swiper_hot_"} //nolint:gochecknoglobals // a constant that Go cannot express

// attempts at these tasks are about pictures, too.
const attemptsOfTasks = "swiper_task_attempt_seconds"

// showFigures shows what this node counts of uploads, stores and the CDN.
func (s *service) showFigures(*gin.Context) (any, error) {
	families, err := s.Gatherer.Gather()
	if err != nil {
		return nil, err
	}
	out := figuresAnswer{Figures: []figure{}}
	for _, family := range families {
		name := family.GetName()
		if name != attemptsOfTasks && !slices.ContainsFunc(shownFigures, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			continue
		}
		for _, m := range family.GetMetric() {
			out.Figures = append(out.Figures, figureOf(name, family.GetHelp(), m))
		}
	}
	return out, nil
}

func figureOf(name, help string, m *dto.Metric) figure {
	labels := map[string]string{}
	for _, l := range m.GetLabel() {
		labels[l.GetName()] = l.GetValue()
	}
	f := figure{Name: name, Help: help}
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		f.Labels = strings.TrimPrefix(f.Labels+","+key+"="+labels[key], ",")
	}
	switch {
	case m.GetHistogram() != nil:
		if f.Count = m.GetHistogram().GetSampleCount(); f.Count > 0 {
			f.Value = m.GetHistogram().GetSampleSum() / float64(f.Count)
		}
	case m.GetCounter() != nil:
		f.Value = m.GetCounter().GetValue()
	case m.GetGauge() != nil:
		f.Value = m.GetGauge().GetValue()
	}
	return f
}
