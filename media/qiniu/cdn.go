package qiniu

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/qiniu/go-sdk/v7/auth"

	"github.com/swiperhq/swiper/media"
)

const (
	// maxURLs is how many URLs the CDN takes at a time.
	maxURLs   = 100
	maxAnswer = 256 << 10 // in bytes
	// The CDN's codes of limits that pass.
	cdnTooOften   = 400034
	cdnTooMany    = 400033
	cdnOwnRate    = 403024
	cdnSharedRate = 403022
)

// Prefetch implements media.Store.
func (s *Store) Prefetch(ctx context.Context, keys ...media.Key) error {
	return s.tune(ctx, "/v2/tune/prefetch", keys)
}

// Refresh implements media.Store.
func (s *Store) Refresh(ctx context.Context, keys ...media.Key) error {
	return s.tune(ctx, "/v2/tune/refresh", keys)
}

func (s *Store) tune(ctx context.Context, path string, keys []media.Key) error {
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	for some := range slices.Chunk(keys, maxURLs) {
		urls := make([]string, 0, len(some))
		for _, key := range some {
			if err := key.Check(); err != nil {
				return err
			}
			if !key.Private() {
				urls = append(urls, s.URL(key))
			}
		}
		if len(urls) == 0 {
			continue
		}
		var answer cdnAnswer
		if err := s.askCDN(ctx, path, map[string][]string{"urls": urls}, &answer); err != nil {
			return err
		}
	}
	return nil
}

// cdnAnswer is what every answer of the CDN's begins with.
type cdnAnswer struct {
	Code  int    `json:"code"`
	Error string `json:"error"`
}

func (a *cdnAnswer) verdict() *cdnAnswer { return a }

// askCDN asks with a JSON body and reads the answer.
func (s *Store) askCDN(ctx context.Context, path string, question any, read interface{ verdict() *cdnAnswer }) error {
	body, err := json.Marshal(question)
	if err != nil {
		return media.Permanent(err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.cdnURL+path, bytes.NewReader(body))
	if err != nil {
		return media.Permanent(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if err := s.keys.AddToken(auth.TokenQBox, r); err != nil { // the scheme this API is documented with
		return media.Permanent(err)
	}
	resp, err := s.o.Client.Do(r)
	if err != nil {
		return media.Unavailable(err)
	}
	defer func() { _ = resp.Body.Close() }() // read, and done with
	err = json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(read)
	answer := read.verdict()
	switch {
	case err == nil && answer.Code == http.StatusOK:
		return nil
	case err != nil || answer.Code == 0, passingCode(answer.Code), resp.StatusCode >= http.StatusInternalServerError:
		if resp.StatusCode >= http.StatusBadRequest && resp.StatusCode < http.StatusInternalServerError && answer.Code == 0 {
			return media.Permanent(fmt.Errorf("qiniu: the CDN answered %d: %s", resp.StatusCode, answer.Error))
		}
		return media.Unavailable(fmt.Errorf("qiniu: the CDN answered %d: code %d, %s", resp.StatusCode, answer.Code, answer.Error))
	}
	return media.Permanent(fmt.Errorf("qiniu: the CDN answered %d: code %d, %s", resp.StatusCode, answer.Code, answer.Error))
}

func passingCode(code int) bool {
	return slices.Contains([]int{cdnTooMany, cdnTooOften, cdnOwnRate, cdnSharedRate}, code)
}
