// Package overview remembers how this process did over the last hour: a sample
// every few seconds, taken from its own metrics, in a ring of fixed size. It is
// what the console draws before anybody has set up Prometheus, and no more: it
// knows this node only and forgets with it.
package overview
