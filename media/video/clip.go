package video

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"time"

	"github.com/swiperhq/swiper/media"
)

// ContentType is that of every Clip.
const ContentType = string(MP4)

// Clip is a video that may be published: H.264 and AAC in an MP4.
type Clip struct {
	Key           media.Key
	Data          []byte
	Duration      time.Duration
	Width, Height int
	Poster        []byte // its first frame, a PNG
}

// NewClip makes a clip of what a transcoder made, which is believed no more than
// what a client sent: it is measured, and whatever its boxes tell beside what is
// seen and heard is wiped out of data, in place. The key is derived from the
// content and from owner, whose it is. The errors of Measure.
func NewClip(owner string, data, poster []byte) (*Clip, error) {
	header, err := Measure(data)
	if err != nil {
		return nil, err
	}
	if header.Format != MP4 {
		return nil, invalid("The video cannot be read.", errMP4)
	}
	wipe(data, "")
	return &Clip{name(owner, data), data, header.Duration, header.Width, header.Height, poster}, nil
}

// wipe makes free space of the boxes for what applications and people add. No
// other box moves, so the samples stay where the index says.
func wipe(b []byte, in string) {
	for {
		kind, body, rest, err := box(b)
		if err != nil {
			return // what Measure found was in front of it
		}
		switch {
		case kind == "udta" || kind == "meta" || kind == "uuid" || kind == "free" || kind == "skip":
			copy(b[4:], "free")
			clear(body)
		case in+"/"+kind == "/moov", in+"/"+kind == "/moov/trak":
			wipe(body, in+"/"+kind)
		}
		b = rest
	}
}

func name(owner string, data []byte) media.Key {
	const length = 32 // of 64 characters: 128 bits
	sum := sha256.New()
	_, _ = io.WriteString(sum, owner+"\n") // a hash takes everything
	sum.Write(data)
	hash := hex.EncodeToString(sum.Sum(nil))[:length]
	return media.Key("videos/" + hash[:2] + "/" + hash + ".mp4")
}
