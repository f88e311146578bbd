package qiniu

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/swiperhq/swiper/media"
)

var _ media.Meter = (*Store)(nil)

// chinaOffset is the zone of Qiniu's days, in seconds.
const chinaOffset = 8 * 60 * 60

// analysis is what the CDN is asked for figures with; it counts by domain.
type analysis struct {
	Domains   []string `json:"domains"`
	Freq      string   `json:"freq"`
	Regions   []string `json:"regions,omitempty"`
	ISP       string   `json:"isp,omitempty"`
	StartDate string   `json:"startDate"`
	EndDate   string   `json:"endDate"`
}

type hitAnswer struct {
	cdnAnswer

	Data struct {
		Hit         []int64 `json:"hit"`
		Miss        []int64 `json:"miss"`
		TrafficHit  []int64 `json:"trafficHit"`
		TrafficMiss []int64 `json:"trafficMiss"`
	} `json:"data"`
}

type statusAnswer struct {
	cdnAnswer

	Data struct {
		Codes map[string][]int64 `json:"codes"`
	} `json:"data"`
}

type bandwidthAnswer struct {
	cdnAnswer

	Data map[string]struct {
		China   []int64 `json:"china"`
		Oversea []int64 `json:"oversea"`
	} `json:"data"`
}

// Figures implements media.Meter.
func (s *Store) Figures(ctx context.Context) (media.Figures, error) {
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	at, err := url.Parse(s.o.Domain)
	if err != nil {
		return media.Figures{}, media.Permanent(err)
	}
	domain, day := at.Hostname(), s.o.Now().In(time.FixedZone("", chinaOffset)).Format(time.DateOnly)
	f := media.Figures{Day: day, Statuses: map[string]int64{}}
	var hits hitAnswer
	if err := s.askCDN(ctx, "/v2/tune/loganalyze/hitmiss", analysis{
		Domains: []string{domain}, Freq: "1day", StartDate: day, EndDate: day,
	}, &hits); err != nil {
		return media.Figures{}, fmt.Errorf("hits: %w", err)
	}
	f.Hits, f.Misses = sum(hits.Data.Hit), sum(hits.Data.Miss)
	f.HitBytes, f.MissBytes = sum(hits.Data.TrafficHit), sum(hits.Data.TrafficMiss)
	var statuses statusAnswer
	if err := s.askCDN(ctx, "/v2/tune/loganalyze/statuscode", analysis{
		Domains: []string{domain}, Freq: "1day", Regions: []string{"global"}, ISP: "all", StartDate: day, EndDate: day,
	}, &statuses); err != nil {
		return media.Figures{}, fmt.Errorf("statuses: %w", err)
	}
	for status, counts := range statuses.Data.Codes {
		f.Statuses[status] = sum(counts)
	}
	var bandwidth bandwidthAnswer
	if err := s.askCDN(ctx, "/v2/tune/bandwidth", map[string]string{
		"startDate": day, "endDate": day, "granularity": "5min", "domains": domain,
	}, &bandwidth); err != nil {
		return media.Figures{}, fmt.Errorf("bandwidth: %w", err)
	}
	for _, of := range bandwidth.Data {
		for i := range max(len(of.China), len(of.Oversea)) {
			f.Peak = max(f.Peak, at0(of.China, i)+at0(of.Oversea, i))
		}
	}
	return f, nil
}

func sum(counts []int64) (n int64) {
	for _, c := range counts {
		n += c
	}
	return n
}

// at0 is 0 behind the end.
func at0(counts []int64, i int) int64 {
	if i < len(counts) {
		return counts[i]
	}
	return 0
}
