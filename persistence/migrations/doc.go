// Package migrations holds the schema of every SQL engine as numbered steps,
// up and down, and moves a database along them.
//
// It knows the steps and their bookkeeping. How an engine connects and what
// lock keeps two nodes from stepping at once is the engine's.
package migrations
