// Package rollcall knows of which nodes everything was heard.
//
// Nodes tell each other things by signals that may get lost. So each numbers its
// messages and sends one now and then though there is nothing to tell; whoever
// hears all numbers of all nodes, its own included, has missed nothing. The package
// owns this bookkeeping. It does not know what is told, nor how.
package rollcall

import "time"

// Options of New.
type Options struct {
	Self string // this node, whose own messages come back to it
	// Silence is how long a node may be unheard before what it tells counts as missed.
	Silence time.Duration
	// Gone is when an unheard node counts as stopped, longer than Silence.
	Gone time.Duration
}

// Roll is for one goroutine at a time.
type Roll struct {
	o     Options
	nodes map[string]heard
}

type heard struct {
	number int64
	at     time.Time
}

// New makes a roll on which nobody stands.
func New(o Options) *Roll { return &Roll{o, map[string]heard{}} }

// Hear notes a node's message, whose numbers ascend by one from its start. missed
// tells that messages before it were not heard: also those of a node that is new
// here and has sent some.
func (r *Roll) Hear(node string, number int64, at time.Time) (first, missed bool) {
	last, known := r.nodes[node]
	if !known || number > last.number {
		r.nodes[node] = heard{number, at}
	}
	return !known, number > last.number+1
}

// Until gives until when everybody counts as heard, and strikes off who is gone. It
// is zero while not even this node hears itself.
func (r *Roll) Until(now time.Time) time.Time {
	if _, self := r.nodes[r.o.Self]; !self {
		return time.Time{}
	}
	until := now.Add(r.o.Silence)
	for name, n := range r.nodes {
		if name != r.o.Self && now.Sub(n.at) > r.o.Gone {
			delete(r.nodes, name)
			continue
		}
		if end := n.at.Add(r.o.Silence); end.Before(until) {
			until = end
		}
	}
	return until
}
