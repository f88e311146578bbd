// Package attacks does to a node's transport what somebody would who can reach
// it and is no node: it stops actors, ends the process, forges messages and
// sends recorded ones again. Tests use it to show that a node refuses all of
// it, and that the same succeeds where nothing guards. It knows the actor
// library's wire format and nothing of ours.
package attacks
