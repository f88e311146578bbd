// Package puppets makes the made-up people of a demonstration answer: some like
// the people they are dealt to, some like those who liked them, many do neither.
// They answer only people who came in by phone, and only people who did not are
// ever moved by them.
//
// It watches what passes between the API and the actors (Watch) and swipes
// through the same client as everybody, a little later. It keeps nothing: after
// a restart whoever comes back is met anew, and a swipe made twice is one swipe.
// The API never waits for it. It knows neither HTTP nor where anything is stored.
package puppets
