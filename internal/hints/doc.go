// Package hints carries words between the nodes: something may be new for this
// user. A node that has connections of the user then looks at the truth, which is
// in the database; so a hint may be late, lost or sent twice, and carries nothing
// that somebody would miss.
//
// Whoever tells a hint never waits. What does not fit into the queue is dropped,
// and every node learns that something was dropped: messages are numbered, and a
// gap makes those who listen look for themselves.
//
// The package knows neither what a hint tells of nor who listens; it owns the
// message between nodes and the topic it travels on.
package hints
