package attacks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// Recorder stands between two nodes and writes down what the one that dials
// sends. It handles one connection.
type Recorder struct {
	lis  net.Listener
	done chan struct{}
	sent bytes.Buffer // to be read when done
}

// Record listens on the loopback interface for one connection and hands it on
// to address. It must be closed.
func Record(ctx context.Context, address string) (*Recorder, error) {
	lis, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	r := &Recorder{lis: lis, done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.run(ctx, address)
	}()
	return r, nil
}

// Address is where the recorder listens.
func (r *Recorder) Address() string { return r.lis.Addr().String() }

// Close ends the recording once the connection has ended on either side, and
// gives what was sent.
func (r *Recorder) Close() ([]byte, error) {
	err := r.lis.Close()
	<-r.done
	return r.sent.Bytes(), err
}

// run hands bytes on until one side ends. Errors are the end of the recording.
func (r *Recorder) run(ctx context.Context, address string) {
	from, err := r.lis.Accept()
	if err != nil {
		return
	}
	defer func() { _ = from.Close() }()
	to, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return
	}
	back := make(chan struct{})
	go func() {
		defer close(back)
		_, _ = io.Copy(from, to)
		_ = from.Close()
	}()
	_, _ = io.Copy(io.MultiWriter(to, &r.sent), from)
	_ = to.Close()
	<-back
}

// Replay sends what was recorded to address and gives what came back before
// the other side hung up or was silent for the given time. It brings no keys:
// what it gets from a guarded node is an alert at most.
func Replay(ctx context.Context, address string, recorded []byte, silence time.Duration) ([]byte, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(silence)); err != nil {
		return nil, fmt.Errorf("set the deadline: %w", err)
	}
	if _, err := conn.Write(recorded); err != nil {
		return nil, fmt.Errorf("send: %w", err)
	}
	got, err := io.ReadAll(conn)
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		err = nil
	}
	return got, err
}
