// Package ratelimit tells who asks too often, by address and by user. It keeps
// floods out; no rule of the product rests on it.
//
// Most requests cost a look into memory: the first quarter of what a minute
// allows passes on each node without asking. Only what comes beyond is counted by
// the limiter that all nodes share. While that one is away everybody passes.
package ratelimit
