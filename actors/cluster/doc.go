// Package cluster runs virtual actors on protoactor: it boots a member, places
// each identity on one member, asks with one attempt, drains and leaves.
//
// The library is the engine (actors, mailboxes, remoting, gossip); membership,
// placement and asking are ours, on its public interfaces, because its own heal
// slowly and resend requests. The package knows kinds, identities and protobuf
// messages; it must not know what a swipe, a user or a matchmaker is.
//
// What it promises and what it does not: a request is delivered at most once,
// and its caller learns apart "not delivered" and "outcome unknown". After a
// membership change two activations of one identity can live for seconds, so
// whatever must be exact is exact in the database.
package cluster
