// Package social holds the rules of a swipe-to-match app in plain Go: who a
// user is, what a swipe means, when two people match, how a quota is counted
// and who fits whose deck.
//
// It owns the vocabulary every other package speaks, including the one error
// type that crosses every boundary. It imports the standard library only, has
// no clock of its own (callers pass times in) and knows nothing of storage,
// actors or HTTP.
package social
