// Package redis carries what may be lost: hints between nodes. It is
// persistence.Signals over go-redis, on a Redis server or on a miniredis inside
// the process.
//
// It owns the connection and the embedded server. Flushing or losing it loses
// no acknowledged fact: those are the SQL engines' business.
package redis
