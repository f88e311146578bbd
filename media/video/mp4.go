package video

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/abema/go-mp4"
)

// measureMP4 reads the index of the samples. The library can sum it up by
// itself, but it writes every sample down to do so: a file of a hundred bytes
// may claim billions.
func measureMP4(b []byte) (h Header, err error) {
	defer caught(&err)
	moov, trak := mp4.BoxTypeMoov(), mp4.BoxTypeTrak()
	mdia := mp4.BoxTypeMdia()
	boxes, err := mp4.ExtractBoxesWithPayload(bytes.NewReader(b), nil, []mp4.BoxPath{
		{moov, mp4.BoxTypeMvhd()},
		{moov, mp4.BoxTypeMvex()},
		{moov, trak, mp4.BoxTypeTkhd()},
		{moov, trak, mdia, mp4.BoxTypeMdhd()},
		{moov, trak, mdia, mp4.BoxTypeMinf(), mp4.BoxTypeStbl(), mp4.BoxTypeStts()},
	})
	if err != nil {
		return Header{}, err
	}
	var perSecond uint64 // of the track whose boxes are read
	for _, box := range boxes {
		switch box := box.Payload.(type) {
		case *mp4.Mvhd:
			h.Duration = max(h.Duration, seconds(box.GetDuration(), uint64(box.Timescale)))
		case *mp4.Mvex:
			return Header{}, errors.New("video: in fragments, whose index is not in one place")
		case *mp4.Tkhd:
			perSecond = 0
			h.Width, h.Height = max(h.Width, int(box.Width>>16)), max(h.Height, int(box.Height>>16))
		case *mp4.Mdhd:
			perSecond = uint64(box.Timescale)
			h.Duration = max(h.Duration, seconds(box.GetDuration(), perSecond))
		case *mp4.Stts:
			h.Duration = max(h.Duration, seconds(sum(box), perSecond))
		}
	}
	return h, nil
}

func sum(index *mp4.Stts) (ticks uint64) {
	const enough = 1 << 62
	for _, e := range index.Entries {
		ticks = min(ticks+uint64(e.SampleCount)*uint64(e.SampleDelta), enough)
	}
	return ticks
}

func caught(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("video: the parser panicked: %v", p)
	}
}
