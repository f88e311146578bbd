package report

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

// The chart's measures, in SVG units.
const (
	chartWidth  = 760
	labelWidth  = 250
	barWidth    = 330
	rowHeight   = 34
	barHeight   = 18
	titleHeight = 40
	gap         = 20
)

// style follows the reader's light or dark background, which shines through.
const style = `<style>
text { font: 14px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 } .small { font-size: 12px; fill: #59636e }
.swiper { fill: #0969da } .other { fill: #8c959f } .server { fill: #0969da } .database { fill: #bf8700 } .wrk { fill: #8c959f }
.spread { stroke: #1f2328; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .small { fill: #9198a1 } .spread { stroke: #f0f6fc }
  .swiper, .server { fill: #4493f8 } .database { fill: #d29922 } .other, .wrk { fill: #656c76 }
}
</style>`

// Chart draws the rates of the designs, with the slowest and the fastest round, and
// below them what a swipe costs, as SVG. Without rounds it is "".
func (r *Report) Chart() string {
	designs := append(summarize(r.Rounds), summarize(r.Embedded)...)
	if len(designs) == 0 {
		return ""
	}
	height := 2*(titleHeight+len(designs)*rowHeight) + 2*gap
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="Swipes a second by design, and CPU time a swipe">`,
		chartWidth, height, chartWidth, height)
	b.WriteString(style)
	r.drawRates(&b, designs, gap)
	drawCosts(&b, designs, gap+titleHeight+len(designs)*rowHeight)
	b.WriteString("</svg>\n")
	return b.String()
}

func (r *Report) drawRates(b *strings.Builder, designs []summary, top int) {
	most := 0.0
	for _, s := range designs {
		most = max(most, s.Rate)
	}
	text(b, 0, top+16, "title", "Durable swipes a second, median of the rounds")
	for i, s := range designs {
		y, class := top+titleHeight+i*rowHeight, "other"
		if s.Design == swiper || s.Design == embedded {
			class = "swiper"
		}
		text(b, 0, y+14, "", plainName(s.Design))
		width := scaled(s.Rate, most)
		bar(b, labelWidth, y, width, class)
		low, high := r.spread(s.Design)
		if high > low {
			fmt.Fprintf(b, `<line class="spread" x1="%d" x2="%d" y1="%d" y2="%d"/>`,
				labelWidth+scaled(low, most), labelWidth+min(scaled(high, most), barWidth+60), y+barHeight/2, y+barHeight/2)
		}
		text(b, labelWidth+max(width, scaled(high, most))+8, y+14, "", thousands(s.Rate))
	}
}

func drawCosts(b *strings.Builder, designs []summary, top int) {
	most := 0.0
	for _, s := range designs {
		most = max(most, s.ServerUs+s.DBUs+s.WRKUs)
	}
	text(b, 0, top+16, "title", "CPU time a swipe, µs")
	x := labelWidth
	for _, part := range []string{"server", "database", "wrk"} {
		bar(b, x, top+4, 12, part)
		text(b, x+18, top+17, "small", map[string]string{"server": "server", "database": "PostgreSQL", "wrk": "wrk"}[part])
		x += 110
	}
	for i, s := range designs {
		y, x := top+titleHeight+i*rowHeight, labelWidth
		text(b, 0, y+14, "", plainName(s.Design))
		for _, part := range []struct {
			us    float64
			class string
		}{{s.ServerUs, "server"}, {s.DBUs, "database"}, {s.WRKUs, "wrk"}} {
			width := scaled(part.us, most)
			bar(b, x, y, width, part.class)
			x += width
		}
		text(b, x+8, y+14, "", fmt.Sprintf("%s + %s + %s", short(s.ServerUs), short(s.DBUs), short(s.WRKUs)))
	}
}

// spread gives the slowest and the fastest round of a design.
func (r *Report) spread(design string) (low, high float64) {
	for _, round := range append(slices.Clip(r.Rounds), r.Embedded...) {
		if round.Design != design {
			continue
		}
		if low == 0 || round.Rate < low {
			low = round.Rate
		}
		high = max(high, round.Rate)
	}
	return low, high
}

func scaled(v, most float64) int {
	if most <= 0 {
		return 0
	}
	return int(v / most * barWidth)
}

func plainName(design string) string {
	return strings.Trim(nameOf(design), "*")
}

func bar(b *strings.Builder, x, y, width int, class string) {
	fmt.Fprintf(b, `<rect class="%s" x="%d" y="%d" width="%d" height="%d"/>`, class, x, y, width, barHeight)
}

func text(b *strings.Builder, x, y int, class, s string) {
	fmt.Fprintf(b, `<text class="%s" x="%d" y="%d">%s</text>`, class, x, y, html.EscapeString(s))
}
