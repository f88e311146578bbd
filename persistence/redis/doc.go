// Package redis carries what may be lost: hints between nodes, the codes sent to
// phones, counts of what is limited. It is persistence.Signals, LoginCodes and
// Limiter over go-redis, on a Redis server or on a miniredis inside the process.
//
// It owns the connection and the embedded server. Flushing or losing it loses
// no acknowledged fact: those are the SQL engines' business.
package redis
