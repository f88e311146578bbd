package report

import (
	"fmt"

	"github.com/swiperhq/swiper/scripts/bench/plain"
)

// The names that goals go by, besides those of the plain designs.
const (
	swiper    = "swiper"
	embedded  = "embedded" // Swiper on embedded storage
	fewActive = 1000
	allActive = 1_000_000
	deepDeck  = 10_000 // people swiped
)

// Goal is what a figure should be.
type Goal struct {
	What   string  `json:"what"`
	Value  float64 `json:"value"`
	Bound  float64 `json:"bound"`
	AtMost bool    `json:"at_most"` // else at least
	Unit   string  `json:"unit"`
}

// Met tells whether the figure is as it should be.
func (g Goal) Met() bool {
	if g.AtMost {
		return g.Value <= g.Bound
	}
	return g.Value >= g.Bound
}

// Goals gives those that something was measured for.
func (r *Report) Goals() []Goal {
	var goals []Goal
	// A figure that was not measured is 0: then neither is what it is compared with.
	compare := func(what string, value, with, bound float64, atMost bool) {
		if value > 0 && with > 0 {
			goals = append(goals, Goal{what, value / with, bound, atMost, " ×"})
		}
	}
	alone := func(what string, value, bound float64, atMost bool, unit string) {
		if value > 0 {
			goals = append(goals, Goal{what, value, bound, atMost, unit})
		}
	}
	rate := r.Rate(swiper)
	compare("durable swipes/s against the textbook", rate, r.Rate(plain.Textbook), 8, false)
	compare("durable swipes/s against the stored function", rate, r.Rate(plain.Function), 5, false)
	compare("durable swipes/s against the empty endpoint", rate, r.Rate(plain.Empty), 0.6, false)
	compare("p99 at 80 % of the textbook's rate, against its own there", r.p99(swiper), r.p99(plain.Textbook), 1.0/3, true)
	for _, course := range []string{plain.Course, plain.CourseORM} {
		compare(fmt.Sprintf("deck after %d swipes, against %s", deepDeck, nameOf(course)),
			r.deck(course, false).P50Ms, r.deck(swiper, false).P50Ms, 10, false)
	}
	compare("CPU a swipe with 1,000,000 active people against 1,000", r.cpu(allActive), r.cpu(fewActive), 1.3, true)
	if r.Memory != nil {
		alone(fmt.Sprintf("heap of an idle active person with %d swipes, of %d", r.Memory.Swiped, r.Memory.Users), r.Memory.HeapBytes/1024, 4, true, " KiB")
	}
	alone(fmt.Sprintf("first deck after activation with %d swipes, p99", deepDeck), r.deck(swiper, true).P99Ms, 5, true, " ms")
	one, apart, cluster := r.formed(Formation{Members: 1}), r.formed(Formation{Members: several}), r.formed(Formation{Members: several, Cluster: true})
	compare("durable swipes/s of three processes in a cluster against one on the same cores", cluster.Rate, one.Rate, 0.7, false)
	if apart.ServerUs > 0 && cluster.ServerUs > 0 {
		alone("CPU of the servers for a swipe of a user who lives elsewhere, against one who lives there",
			elsewhere(apart.ServerUs, cluster.ServerUs, several)/apart.ServerUs, 1.8, true, " ×")
	}
	if own := summarize(r.Embedded); len(own) > 0 {
		alone("durable swipes/s on embedded storage", own[0].Rate, 15_000, false, "")
	}
	return goals
}

func (r *Report) p99(design string) float64 {
	var values []float64
	for _, l := range r.Latency {
		if l.Design == design {
			values = append(values, l.P99Ms)
		}
	}
	return Median(values)
}

// deck gives a design's dealing to one person at a time who has swiped very many.
func (r *Report) deck(design string, first bool) Deck {
	for _, d := range r.Decks {
		if d.Design == design && d.Swiped == deepDeck && d.Clients == 1 && d.First == first {
			return d
		}
	}
	return Deck{}
}

// cpu gives what a swipe costs, server and database, with so many active people.
func (r *Report) cpu(active int64) float64 {
	for _, a := range r.Active {
		if a.Active == active {
			return a.ServerUs + a.DBUs
		}
	}
	return 0
}

// several is how many processes are compared with one.
const several = 3

// Formation is how many processes serve together.
type Formation struct {
	Members int
	Cluster bool // each user lives on one of them; else each serves everybody
}

// String names the rounds of a formation.
func (f Formation) String() string {
	switch {
	case f.Cluster:
		return fmt.Sprintf("%d in a cluster", f.Members)
	case f.Members > 1:
		return fmt.Sprintf("%d apart", f.Members)
	}
	return "1 process"
}

func (r *Report) formed(f Formation) Round {
	for _, s := range summarize(r.Cluster) {
		if s.Design == f.String() {
			return s.Round
		}
	}
	return Round{}
}

// elsewhere gives what a swipe costs that came in by another member than the one its
// user lives on: of several members one in so many are at home by chance, and those
// cost what all cost where everybody is at home.
func elsewhere(home, mixed float64, members int) float64 {
	share := 1 / float64(members)
	return (mixed - share*home) / (1 - share)
}
