// Package realtime pushes to clients what happens to their users: /v1/realtime
// over WebSocket and /v1/realtime/sse as server-sent events, both in the protocol
// of centrifuge, whose client libraries work with it.
//
// It owns the connections of this node: who may open one, how many, how long it
// lasts, and where in its user's events it is. Every connection has a cursor of its
// own. A hint, or a slow round over all connections that stands in for hints that
// were lost, makes a worker read the events behind the cursor from the store; they
// are pushed in that order, and the cursor moves on. So what is pushed is
// committed, has the id that GET /v1/events gives it, and comes once to a
// connection. Likes are pushed from hints alone: other lists tell the truth.
//
// The package sees sessions, events and hints through small interfaces of its own.
// It knows HTTP and centrifuge, and no actor, no engine and no Redis.
package realtime
