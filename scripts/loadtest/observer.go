package main

import (
	"sync/atomic"

	"github.com/swiperhq/swiper/scripts/loadtest/measure"
)

// observer passes the samples of the load on to the figures, and counts them:
// what is asked before and after the load is no part of them.
type observer struct {
	to    atomic.Pointer[measure.Recorder]
	count atomic.Int64
}

func (o *observer) add(s measure.Sample) {
	o.count.Add(1)
	if r := o.to.Load(); r != nil {
		r.Add(s)
	}
}
