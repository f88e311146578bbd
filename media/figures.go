package media

import "context"

// Figures are how a CDN has done since its day began, as far as it has counted:
// some minutes late, or hours.
type Figures struct {
	Day string `json:"day"` // YYYY-MM-DD, in the CDN's own zone
	// Hits are requests that it answered from what it keeps, Misses those for which
	// it asked the store; with bytes that were sent for each.
	Hits      int64 `json:"hits"`
	Misses    int64 `json:"misses"`
	HitBytes  int64 `json:"hit_bytes"`
	MissBytes int64 `json:"miss_bytes"`
	// Statuses are answers by their HTTP status.
	Statuses map[string]int64 `json:"statuses"`
	// Peak is the day's highest bandwidth, in bits a second.
	Peak int64 `json:"peak"`
}

// Meter is a Store whose CDN counts.
type Meter interface {
	// Figures asks the CDN. The errors are those of a Store.
	Figures(ctx context.Context) (Figures, error)
}
