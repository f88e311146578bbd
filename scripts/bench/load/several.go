package load

import (
	"context"
	"errors"
	"sync"
	"time"
)

// RunAll sends to several servers at a time, each by a wrk of its own with its
// part of the connections, no swipe twice. The percentiles of the result are those
// of the slowest.
func (w *WRK) RunAll(ctx context.Context, urls []string, first int64, d time.Duration) (Result, int64, error) {
	results, errs := make([]Result, len(urls)), make([]error, len(urls))
	var all sync.WaitGroup
	for i, url := range urls {
		all.Go(func() { results[i], errs[i] = run(ctx, w.share(url, first+int64(i), d, len(urls))) })
	}
	all.Wait()
	var sum Result
	next := first
	for i := range results {
		sum.add(&results[i])
		next = max(next, results[i].Next)
	}
	return sum, next, errors.Join(errs...)
}

func (r *Result) add(o *Result) {
	r.Requests += o.Requests
	r.Not2xx += o.Not2xx
	r.Connect += o.Connect
	r.Read += o.Read
	r.Write += o.Write
	r.Timeout += o.Timeout
	r.CPU += o.CPU
	r.Micros = max(r.Micros, o.Micros)
	r.P50, r.P90, r.P99, r.Max = max(r.P50, o.P50), max(r.P90, o.P90), max(r.P99, o.P99), max(r.Max, o.Max)
}
