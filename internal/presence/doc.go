// Package presence knows which users have a connection, to this node or to another.
//
// Each node says of its own every few seconds that they are there; what is not said
// again is forgotten. Two things rest on it: hints cross to other nodes only for who
// is there, and operators see when somebody was last there, to a few minutes.
//
// Presence hurries and never decides: a connection is announced before it looks for
// what is new, so that whatever comes afterwards is hinted at; and when a round could
// not say who is there, came too late, or finds people unknown of whom it was said, all
// connections are looked after. Of who is connected to two nodes the second does not
// find out that Redis was emptied, if the first says again that they are there before
// it: its own slow rounds over all connections make up for that.
package presence
