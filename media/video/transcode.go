package video

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/social"
)

// What is made of a video.
const (
	Side = 1280 // what the longer side measures at most, in pixels

	defaultTimeout = 3 * time.Minute
	defaultMemory  = 2 << 30
)

// ErrNoProgram tells that this machine has nothing to transcode with.
var ErrNoProgram = errors.New("video: there is no ffmpeg with libx264 here")

// Options of NewTranscoder.
type Options struct {
	// Dir is where originals lie while they are worked at; made where it is missing.
	Dir string
	// Program is ffmpeg's path; "": the one that PATH has.
	Program string
	// Timeout bounds the work at one; 0: 3 min.
	Timeout time.Duration
	// Memory bounds the address space of the program, in bytes; 0: 2 GiB.
	Memory int64
}

// Transcoder makes videos fit to be published: in a process of its own, bounded
// in time, memory and output, which may open no network and no file but its own.
// How many it works at at a time is its caller's to bound.
type Transcoder struct{ o Options }

// NewTranscoder looks for ffmpeg and clears away what a process that died was
// working at. ErrNoProgram.
func NewTranscoder(ctx context.Context, o Options) (*Transcoder, error) {
	if o.Dir == "" {
		return nil, errors.New("video: Dir is required")
	}
	if o.Program == "" {
		o.Program = "ffmpeg"
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Memory <= 0 {
		o.Memory = defaultMemory
	}
	path, err := exec.LookPath(o.Program)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoProgram, err)
	}
	if o.Program, err = filepath.Abs(path); err != nil { // it is run in another folder
		return nil, err
	}
	known, err := exec.CommandContext(ctx, o.Program, "-hide_banner", "-v", "error", "-encoders").Output() //nolint:gosec // operators say which program it is
	if err != nil || !bytes.Contains(known, []byte(" libx264 ")) {
		return nil, errors.Join(ErrNoProgram, err)
	}
	if err := clearDir(o.Dir); err != nil {
		return nil, err
	}
	return &Transcoder{o}, nil
}

// abandoned is how old what lies in a folder is that nobody works at any more:
// other processes may share it.
const abandoned = time.Hour

func clearDir(dir string) error {
	const ownerOnly = 0o700
	if err := os.MkdirAll(dir, ownerOnly); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && time.Since(info.ModTime()) > abandoned {
			err = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Transcode makes a clip of b. Nothing of the original but what is seen and heard
// is in it: no place, no camera, no chapter, no subtitle. Its key is derived from
// its content and from owner, whose it is. The errors of Measure; CodeTimeout when
// ctx ends first, CodeUnavailable when the program cannot be run, is stopped from
// outside or has no room on the disk.
func (t *Transcoder) Transcode(ctx context.Context, owner string, b []byte) (*Clip, error) {
	header, err := Measure(b)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(t.o.Dir, "video-")
	if err != nil {
		return nil, media.Unavailable(err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // the next start clears away what is left
	if err := os.WriteFile(filepath.Join(dir, input), b, 0o600); err != nil {
		return nil, media.Unavailable(err)
	}
	within, cancel := context.WithTimeout(ctx, t.o.Timeout)
	defer cancel()
	err = t.run(within, dir, clipArgs(header.Format)...)
	if err == nil {
		err = t.run(within, dir, posterArgs()...)
	}
	switch {
	case ctx.Err() != nil:
		return nil, media.Unavailable(ctx.Err())
	case within.Err() != nil:
		return nil, invalid("The video takes too long to read.", within.Err())
	case err != nil:
		return nil, err
	}
	return clip(dir, owner)
}

// The files of one transcoding.
const (
	input  = "in"
	output = "out.mp4"
	poster = "poster.png"
)

// reading makes the program take its input for nothing but what it is: a playlist
// in disguise would have it open others.
func reading(demuxer, file string) []string {
	return []string{"-nostdin", "-hide_banner", "-v", "error", "-protocol_whitelist", "file", "-threads", "1", "-f", demuxer, "-i", file}
}

func clipArgs(f Format) []string {
	demuxer := "mov"
	if f == WebM {
		demuxer = "matroska"
	}
	side := strconv.Itoa(Side)
	length := strconv.FormatFloat((MaxDuration + slack).Seconds(), 'f', -1, 64)
	return append(reading(demuxer, input),
		"-map", "0:v:0", "-map", "0:a:0?", "-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn", "-t", length, "-fpsmax", "30",
		"-vf", "scale=w='min("+side+",iw)':h='min("+side+",ih)':force_original_aspect_ratio=decrease:force_divisible_by=2,setsar=1,format=yuv420p",
		"-c:v", "libx264", "-preset", "veryfast", "-profile:v", "main", "-crf", "26", "-maxrate", "2500k", "-bufsize", "5000k", "-threads", "1",
		"-c:a", "aac", "-b:a", "96k", "-ac", "2", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact",
		"-movflags", "+faststart", "-fs", strconv.Itoa(MaxBytes), "-f", "mp4", output)
}

func posterArgs() []string {
	return append(reading("mov", output), "-map", "0:v:0", "-frames:v", "1", "-c:v", "png", "-f", "image2", "-update", "1", poster)
}

// clip reads what was made.
func clip(dir, owner string) (*Clip, error) {
	data, err := fs.ReadFile(os.DirFS(dir), output)
	if err != nil {
		return nil, media.Unavailable(err)
	}
	frame, err := fs.ReadFile(os.DirFS(dir), poster)
	if err != nil {
		return nil, media.Unavailable(err)
	}
	return NewClip(owner, data, frame)
}

// Unsupported is the error of a machine without a transcoder.
func Unsupported() *social.Error {
	return social.Errorf(social.CodeVideoUnsupported, "Videos are not taken here.")
}
