package checker

import (
	"time"

	"github.com/swiperhq/swiper/social"
)

// Run is a whole run: what it was and what happened in it.
type Run struct {
	Meta Meta
	Ops  []Op
}

// Meta says what a judge must know about a run besides its operations.
type Meta struct {
	Format  string    `json:"format"` // see Format
	Seed    uint64    `json:"seed"`
	Started time.Time `json:"started"`
	// Fresh says that nothing stood between the users when the run began.
	Fresh bool `json:"fresh"`
	Users int  `json:"users"`
	// Listeners is how many of the users kept a connection for pushes open.
	Listeners int      `json:"listeners,omitempty"`
	Targets   []string `json:"targets,omitempty"`
	// Limits were in force throughout, -1 for none; an action that is missing is
	// not judged.
	Limits map[social.Action]social.Limit `json:"limits,omitempty"`
	// Days is how many days it was in the run by the clocks of the system's parts;
	// 0: one. With more of them quotas are granted anew on each, and what is said to
	// be used is said of one of them.
	Days   int     `json:"days,omitempty"`
	Faults []Fault `json:"faults,omitempty"`
	// Probed says that the final reads and probes are complete, Unprobed how many
	// are missing.
	Probed   bool `json:"probed"`
	Unprobed int  `json:"unprobed,omitempty"`
}

// Fault is something that was done to the system on purpose, in nanoseconds
// since the run began. To is 0 if it lasted until the end.
type Fault struct {
	Name string `json:"name"`
	From int64  `json:"from"`
	To   int64  `json:"to"`
}
