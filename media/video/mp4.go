package video

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/abema/go-mp4"
)

// The bounds of what is looked at: an index is much smaller, and bytes cost many
// times as much memory once they are boxes.
const (
	mostBoxes = 10_000
	mostIndex = 1 << 20 // bytes of boxes that are read
)

var errMP4 = errors.New("video: not an MP4, or cut off")

// index is what has been read of an MP4 so far.
type index struct {
	Header

	boxes, bytes int
	// Of the track that is being read.
	perSecond, ticks uint64
}

// measureMP4 reads the index of the samples. The library can sum it up by
// itself, but it writes every sample down to do so: a file of a hundred bytes
// may claim billions. Its walk keeps every box, and reads some on the way.
func measureMP4(b []byte) (h Header, err error) {
	defer caught(&err)
	var x index
	err = x.walk(b, "")
	return x.Header, err
}

// walk looks at the boxes in b, which is what the box of the path in holds.
func (x *index) walk(b []byte, in string) error {
	for len(b) > 0 {
		kind, body, rest, err := box(b)
		switch {
		case err == nil:
		case in == "" && kind != "moov":
			return nil // what is cut off or no box at the end is no index
		case len(bytes.Trim(b, "\x00")) == 0:
			return nil // QuickTime ends lists with a zero
		default:
			return err
		}
		if x.boxes++; x.boxes > mostBoxes {
			return errors.New("video: too many boxes")
		}
		if err := x.look(in+"/"+kind, body); err != nil {
			return err
		}
		b = rest
	}
	return nil
}

func (x *index) look(path string, body []byte) error {
	switch path {
	case "/moov", "/moov/trak/mdia", "/moov/trak/mdia/minf", "/moov/trak/mdia/minf/stbl":
		return x.walk(body, path)
	case "/moov/trak":
		x.perSecond, x.ticks = 0, 0
		err := x.walk(body, path)
		x.lasts(x.ticks, x.perSecond)
		return err
	case "/moov/mvex":
		return errors.New("video: in fragments, whose index is not in one place")
	case "/moov/mvhd":
		return x.read(body, &mp4.Mvhd{})
	case "/moov/trak/tkhd":
		return x.read(body, &mp4.Tkhd{})
	case "/moov/trak/mdia/mdhd":
		return x.read(body, &mp4.Mdhd{})
	case "/moov/trak/mdia/minf/stbl/stts":
		return x.read(body, &mp4.Stts{})
	}
	return nil
}

// read takes what into says once body is in it.
func (x *index) read(body []byte, into mp4.IBox) error {
	if x.bytes += len(body); x.bytes > mostIndex {
		return errors.New("video: too large an index")
	}
	if _, err := mp4.Unmarshal(bytes.NewReader(body), uint64(len(body)), into, mp4.Context{}); err != nil {
		return err
	}
	switch box := into.(type) {
	case *mp4.Mvhd:
		x.lasts(box.GetDuration(), uint64(box.Timescale))
	case *mp4.Tkhd:
		x.Width, x.Height = max(x.Width, int(box.Width>>16)), max(x.Height, int(box.Height>>16))
	case *mp4.Mdhd:
		x.perSecond = uint64(box.Timescale)
		x.lasts(box.GetDuration(), x.perSecond)
	case *mp4.Stts:
		x.ticks = max(x.ticks, sum(box))
	}
	return nil
}

func (x *index) lasts(ticks, perSecond uint64) {
	x.Duration = max(x.Duration, seconds(ticks, perSecond))
}

// box takes the first box off b. Of a size of 0 it goes on to the end.
func box(b []byte) (kind string, body, rest []byte, err error) {
	const short, long = 8, 16
	if len(b) < short {
		return "", nil, nil, errMP4
	}
	kind = string(b[4:short])
	head, size := uint64(short), uint64(binary.BigEndian.Uint32(b))
	switch {
	case size == 0:
		size = uint64(len(b))
	case size == 1 && len(b) >= long:
		head, size = long, binary.BigEndian.Uint64(b[short:])
	}
	if size < head || size > uint64(len(b)) {
		return kind, nil, nil, errMP4
	}
	return kind, b[head:size], b[size:], nil
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
