// Package actorspb is the protocol between actors: the messages of actors.proto
// and nothing written by hand. It knows no rule; package actors translates
// between it and social.
package actorspb
