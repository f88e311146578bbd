// Command swiper is the whole backend in one binary: serve runs it, the other
// commands prepare it, look into it and explain how it is set.
//
// This is the only place that wires adapters together and the only one that
// ends the process. It decides nothing about swipes.
package main
