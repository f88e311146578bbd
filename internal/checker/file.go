package checker

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/swiperhq/swiper/social"
)

// Format names the form of a history file: lines of JSON, the first one Meta,
// then one for each operation.
const Format = "swiper-history/1"

// maxLine bounds a line, in bytes: a list of some hundred thousand people.
const maxLine = 16 << 20

// line is an operation as a file has it.
type line struct {
	Kind      Kind                  `json:"kind"`
	UID       social.UserID         `json:"uid"`
	SID       social.UserID         `json:"sid,omitempty"`
	Mark      string                `json:"mark,omitempty"`
	Call      int64                 `json:"call,omitempty"`
	Return    int64                 `json:"return,omitempty"`
	Code      social.Code           `json:"code,omitempty"`
	Matched   bool                  `json:"matched,omitempty"`
	Repeated  bool                  `json:"repeated,omitempty"`
	Unmatched bool                  `json:"unmatched,omitempty"`
	Key       string                `json:"key,omitempty"`
	Replayed  bool                  `json:"replayed,omitempty"`
	Couple    bool                  `json:"couple,omitempty"`
	Probe     bool                  `json:"probe,omitempty"`
	Initial   bool                  `json:"initial,omitempty"`
	List      []social.UserID       `json:"list,omitempty"`
	Used      map[social.Action]int `json:"used,omitempty"`
	Events    []Event               `json:"events,omitempty"`
}

func (o *Op) line() line {
	l := line{
		Kind: o.Kind, UID: o.UID, SID: o.SID, Call: o.Call, Return: o.Return, Code: o.Code,
		Matched: o.Matched, Repeated: o.Repeated, Unmatched: o.Unmatched, Key: o.Key, Replayed: o.Replayed,
		Couple: o.Couple, Probe: o.Probe, Initial: o.Initial, List: o.List, Used: o.Used, Events: o.Events,
	}
	if o.Mark != 0 {
		l.Mark = o.Mark.String()
	}
	if o.Code == Unknown {
		l.Return = 0
	}
	return l
}

var (
	errKind  = errors.New("unknown kind of operation")
	errIDs   = errors.New("ids begin at 1")
	errOrder = errors.New("an operation cannot return before its call")
	errMark  = errors.New("a swipe needs a mark")
)

func (l *line) op() (Op, error) {
	o := Op{
		Kind: l.Kind, UID: l.UID, SID: l.SID, Call: l.Call, Return: l.Return, Code: l.Code,
		Matched: l.Matched, Repeated: l.Repeated, Unmatched: l.Unmatched, Key: l.Key, Replayed: l.Replayed,
		Couple: l.Couple, Probe: l.Probe, Initial: l.Initial, List: l.List, Used: l.Used, Events: l.Events,
	}
	if l.Mark != "" {
		m, err := social.ParseMark(l.Mark)
		if err != nil {
			return Op{}, err
		}
		o.Mark = m
	}
	if o.Code == Unknown {
		o.Return = never
	}
	switch {
	case !o.Kind.known():
		return Op{}, errKind
	case o.UID < 1 || o.SID < 0:
		return Op{}, errIDs
	case o.Return < o.Call:
		return Op{}, errOrder
	case o.Kind == Swipe && o.Mark == 0:
		return Op{}, errMark
	}
	return o, nil
}

// MarshalJSON writes o as a line of a history file.
func (o Op) MarshalJSON() ([]byte, error) { return json.Marshal(o.line()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (o *Op) UnmarshalJSON(raw []byte) error {
	var l line
	if err := json.Unmarshal(raw, &l); err != nil {
		return err
	}
	op, err := l.op()
	if err != nil {
		return err
	}
	*o = op
	return nil
}

// Write writes a run in Format.
func Write(w io.Writer, run *Run) error {
	out := bufio.NewWriterSize(w, 1<<16)
	enc := json.NewEncoder(out)
	meta := run.Meta
	meta.Format = Format
	if err := enc.Encode(meta); err != nil {
		return fmt.Errorf("write the run's description: %w", err)
	}
	for i := range run.Ops {
		if err := enc.Encode(run.Ops[i].line()); err != nil {
			return fmt.Errorf("write operation %d: %w", i+1, err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}

var (
	errFormat = errors.New("not a history of format " + Format)
	errLong   = errors.New("the line is too long")
	errCut    = errors.New("the file ends in the middle of a line")
)

// ReadFile reads a file that Write has written, packed with gzip or not.
func ReadFile(path string) (run *Run, err error) {
	f, err := os.Open(path) //nolint:gosec // the file that was asked for
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	buffered := bufio.NewReaderSize(f, 1<<20)
	var in io.Reader = buffered
	if magic, peekErr := buffered.Peek(2); peekErr == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		if in, err = gzip.NewReader(buffered); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	if run, err = Read(in); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return run, nil
}

// Read reads what Write writes. It names the line at which anything is wrong: a
// judge must not overlook half a history.
func Read(r io.Reader) (*Run, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	run := &Run{}
	for n := 1; ; n++ {
		raw, err := readLine(in)
		if errors.Is(err, io.EOF) && n > 1 {
			return run, nil
		}
		if err == nil {
			err = run.take(raw, n)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
}

func (run *Run) take(raw []byte, n int) error {
	if n == 1 {
		if err := json.Unmarshal(raw, &run.Meta); err != nil {
			return err
		}
		if run.Meta.Format != Format {
			return errFormat
		}
		return nil
	}
	var l line
	if err := json.Unmarshal(raw, &l); err != nil {
		return err
	}
	op, err := l.op()
	run.Ops = append(run.Ops, op)
	return err
}

// readLine gives the next line without its end; io.EOF behind the last one.
func readLine(in *bufio.Reader) ([]byte, error) {
	var out []byte
	for {
		part, err := in.ReadSlice('\n')
		switch {
		case err == nil && out == nil:
			return bytes.TrimSuffix(part, []byte{'\n'}), nil
		case err == nil:
			return bytes.TrimSuffix(append(out, part...), []byte{'\n'}), nil
		case errors.Is(err, io.EOF) && len(part)+len(out) > 0:
			return nil, errCut
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
		if out = append(out, part...); len(out) > maxLine {
			return nil, errLong
		}
	}
}
