// Package plain holds the designs that Swiper is compared with: the same public
// API, tables, tokens and middleware over another way to store a swipe. Each is
// what a good engineer writes without actors and without group commit, and it is
// as correct: no match is lost, none is made twice, a repetition gets the truth.
//
// It leaves out what the comparison does not exercise: limits on likes,
// idempotency keys, rewinds and unfriending. It must not know of Swiper's actors.
package plain
