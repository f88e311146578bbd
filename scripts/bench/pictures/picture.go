package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/swiperhq/swiper/social"
)

// What is sent: as large as a phone's picture is that an app has made smaller.
const (
	width, height = 1600, 1200
	quality       = 85
	roughness     = 24 // of 256: of this every picture compresses badly enough
)

func photo() ([]byte, error) {
	dice := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // nothing secret
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			grain := dice.IntN(roughness)
			img.Set(x, y, color.RGBA{uint8(x*200/width + grain), uint8(y*200/height + grain), uint8(grain), 255}) //nolint:gosec // below 256
		}
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality})
	return b.Bytes(), err
}

// upload sends a picture and gives where its task is; refused: there are too many.
func (s *stage) upload(ctx context.Context, uid social.UserID) (task string, refused bool, err error) {
	status, header, _, err := s.ask(ctx, http.MethodPut, "/v1/me/avatar", uid, s.picture)
	switch {
	case err != nil:
		return "", false, err
	case status == http.StatusAccepted:
		return header.Get("Location"), false, nil
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		return "", true, nil
	}
	return "", false, fmt.Errorf("a picture is answered with %d", status)
}

func (s *stage) ask(ctx context.Context, method, path string, uid social.UserID, body []byte) (int, http.Header, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.Server.HTTP+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+s.Tokens.Token(uid))
	if body != nil {
		req.Header.Set("Content-Type", "image/jpeg")
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, answer, errors.Join(err, resp.Body.Close())
}

// settle waits until every picture is ready, and tells how long it took.
func (s *stage) settle(ctx context.Context) (time.Duration, error) {
	const patience, pause = 10 * time.Minute, 100 * time.Millisecond
	begun := time.Now()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for i, task := range s.pending {
		for {
			status, _, answer, err := s.ask(ctx, http.MethodGet, task, s.owners[i], nil)
			if err != nil {
				return 0, err
			}
			var is struct{ State string }
			if err := json.Unmarshal(answer, &is); err != nil || status != http.StatusOK {
				return 0, fmt.Errorf("a picture's task is answered with %d", status)
			}
			if is.State == "done" {
				break
			}
			if is.State == "failed" || time.Since(begun) > patience {
				return 0, fmt.Errorf("a picture's task is %s after %s", is.State, time.Since(begun).Round(time.Second))
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
	}
	s.pending, s.owners = nil, nil
	return time.Since(begun), nil
}
