// Package listen keeps connections for live pushes open, as a client would who
// wants to miss nothing, and notes what arrives on them: each connection becomes one
// operation of a history when it is closed.
//
// A listener keeps the cursor of the last push and connects again with it, to
// another node, whenever a connection ends or is silent for too long. It handles
// pushes as they come: whether one is missing, or came twice, is for others to judge.
package listen
