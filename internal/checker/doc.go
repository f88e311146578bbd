// Package checker judges a run of the system against the rules of package
// social: given what clients asked, when, and what they were told, is there an
// order of events that explains every answer? Where there is none it names what
// went wrong.
//
// It owns the history of a run, its form as a file, the sequential model of a
// pair, and the referee's rules. It knows nothing of HTTP, actors or stores, so
// whatever produced the history is judged alike.
//
// # How a run is judged
//
// Attempts under one Idempotency-Key are folded into the one operation that they
// stand for. Then every pair of people is taken by itself: all that was asked
// and read about the two must have an order that explains every answer
// (linearizability, searched for by porcupine). The model's state is the set of
// everything that may stand between the two, so an operation without an answer
// simply adds what stands if it happened. A pair without an order is tried again
// under one defect after the other (a friendship is dropped, a rewind leaves the
// swipe, …): the first defect that explains the history is its anomaly.
//
// What concerns one user is counted: quotas, the order of rewinds, events. With
// unknown operations about, counts have bounds and only what is outside of them
// is an anomaly: a run of a correct system is clean, whatever was lost on the
// way.
package checker
