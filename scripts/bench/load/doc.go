// Package load sends the swipes of a world.Sequence to a server: as fast as it
// answers, through wrk, or at a constant rate, from here.
//
// It must not know what stands behind the server.
package load
