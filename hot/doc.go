// Package hot ranks, location by location, who was liked most in the last days.
//
// It owns how the ranking is kept: nothing is counted as likes happen. Who was
// liked, or is not any more, is noted in memory; each second the likes of those
// noted most are counted in the database and set in the ranking. Counting is by
// looking, so that it cannot drift and may come twice. Two nodes that look at the same
// person at a time may set what they saw in the wrong order: the older number stays
// until that person's next like, or the next making. Every few minutes, and whenever
// the ranking is lost, one node makes all of it anew beside the one that is shown. So a
// number is right within seconds on a quiet system; notes that a busy one drops, or
// that die with a node, are made up for by the next making.
//
// It sees the database and the board through interfaces of package persistence, and
// knows neither HTTP nor actors nor Redis.
package hot
