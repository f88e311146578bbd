// Package world says who is in the measured database and who swipes whom: a
// million people who have swiped twenty others each, and an endless sequence of
// new swipes by those of them who are active. Nothing in it is drawn at random, so
// every design gets the same and every stored swipe can be accounted for.
//
// It must not know which design stores the swipes.
package world
