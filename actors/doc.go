// Package actors runs the live side of swiping: the user actor, which orders one
// user's actions and holds their deck, and the matchmaker, which commits many
// users' swipes in one transaction. Client is the typed way in.
//
// It owns ordering, batching, admission and what may be cached; the database
// owns the truth, so nothing here refuses from memory. Another node may run a
// second activation of the same user for seconds, and every answer stays right.
//
// Each actor's file holds its messages, its state and its decisions: user.go with
// swipe.go, rewind.go, deck.go, friend.go and inspect.go, and matchmaker.go. It
// knows persistence by its interfaces, and neither HTTP nor SQL.
//
// Waiting goes one way: client, user, matchmaker, store. A matchmaker never asks
// a user. A message never changes once sent: on one node it is a shared pointer.
package actors
