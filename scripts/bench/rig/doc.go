// Package rig runs what is measured: a PostgreSQL of its own, Swiper and the plain
// designs as processes on free loopback ports, and wrk. It tells what CPU time each
// has used and which machine this is. It reads Linux's /proc.
//
// It must not know what is compared with what.
package rig
