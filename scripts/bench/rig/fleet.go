package rig

import (
	"errors"
	"time"
)

// Fleet is servers that are measured together.
type Fleet []*Server

// URLs gives their public listeners.
func (f Fleet) URLs() []string {
	urls := make([]string, len(f))
	for i, s := range f {
		urls[i] = s.URL
	}
	return urls
}

// CPU gives the CPU time that all have used so far.
func (f Fleet) CPU() (sum time.Duration, err error) {
	for _, s := range f {
		used, err := s.CPU()
		if err != nil {
			return 0, err
		}
		sum += used
	}
	return sum, nil
}

// Resident gives how much memory of all is in RAM, in bytes.
func (f Fleet) Resident() (sum int64, err error) {
	for _, s := range f {
		used, err := s.Resident()
		if err != nil {
			return 0, err
		}
		sum += used
	}
	return sum, nil
}

// Stop ends all, one after the other.
func (f Fleet) Stop() error {
	var errs []error
	for _, s := range f {
		errs = append(errs, s.Stop())
	}
	return errors.Join(errs...)
}
