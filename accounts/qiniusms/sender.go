package qiniusms

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"

	"github.com/qiniu/go-sdk/v7/auth"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/social"
)

const (
	defaultEndpoint = "https://sms.qiniuapi.com"
	defaultTimeout  = 10 * time.Second
	maxAnswer       = 16 << 10 // in bytes
	countryCode     = "+86"
)

// Options of New. The first group is required.
type Options struct {
	AccessKey, SecretKey string
	TemplateID           string

	Parameter string        // the template's name for the code; "": code
	Endpoint  string        // "": Qiniu's
	Timeout   time.Duration // 0: 10 s
	Client    *http.Client  // nil: one of its own
}

// Sender is the accounts.Sender.
type Sender struct {
	o    Options
	keys *auth.Credentials
}

var _ accounts.Sender = (*Sender)(nil)

// New makes a sender; it asks nobody.
func New(o Options) (*Sender, error) {
	var errs []error
	for _, f := range []struct{ name, value string }{
		{"AccessKey", o.AccessKey},
		{"SecretKey", o.SecretKey},
		{"TemplateID", o.TemplateID},
	} {
		if f.value == "" {
			errs = append(errs, fmt.Errorf("qiniusms: %s is required", f.name))
		}
	}
	if o.Parameter == "" {
		o.Parameter = "code"
	}
	if o.Endpoint == "" {
		o.Endpoint = defaultEndpoint
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Client == nil {
		o.Client = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	}
	return &Sender{o, auth.New(o.AccessKey, o.SecretKey)}, errors.Join(errs...)
}

// Send implements accounts.Sender. Its errors are *social.Error: CodeUnavailable
// and CodeTimeout for what may pass, CodeInternal for what will not, such as a
// number abroad. accounts.ErrUnsettled is among the causes unless nothing was
// sent to Qiniu, or Qiniu itself said that it refused.
func (s *Sender) Send(ctx context.Context, m accounts.Message) error {
	national, ok := strings.CutPrefix(m.To.E164(), countryCode)
	if !ok {
		return permanent(errors.New("qiniusms: numbers of other countries are not served"))
	}
	body, err := json.Marshal(map[string]any{
		"template_id": s.o.TemplateID, "mobiles": []string{national}, "parameters": map[string]string{s.o.Parameter: m.Code},
	})
	if err != nil {
		return permanent(err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	var connected atomic.Bool // from then on something may have been sent
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.o.Endpoint+"/v1/message", bytes.NewReader(body))
	if err != nil {
		return permanent(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if err := s.keys.AddToken(auth.TokenQiniu, r); err != nil {
		return permanent(err)
	}
	resp, err := s.o.Client.Do(r)
	if err != nil {
		return passing(unsettledIf(connected.Load(), err))
	}
	defer func() { _ = resp.Body.Close() }() // read, and done with
	return judge(resp)
}

// judge reads an answer. Only the name of the error is told on: what else is
// said may hold the number. A 5xx may be somebody's in between, who lost Qiniu's
// answer; a refusal is one that Qiniu signs with a request id and an error.
func judge(resp *http.Response) error {
	var answer struct {
		JobID string `json:"job_id"`
		Error string `json:"error"`
	}
	err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&answer)
	switch status := resp.StatusCode; {
	case status == http.StatusOK && err == nil && answer.JobID != "":
		return nil
	case status == http.StatusOK:
		return passing(unsettledIf(true, errors.New("qiniusms: an answer without a job")))
	case status >= http.StatusInternalServerError || status == http.StatusTooManyRequests:
		refused := status == http.StatusTooManyRequests ||
			status == http.StatusServiceUnavailable && answer.Error != "" && resp.Header.Get("X-Reqid") != ""
		return passing(unsettledIf(!refused, fmt.Errorf("qiniusms: answered %d %q", status, name(answer.Error))))
	default:
		return permanent(fmt.Errorf("qiniusms: answered %d %q", status, name(answer.Error)))
	}
}

// name gives an error's name if it looks like one.
func name(s string) string {
	const longest = 40
	if len(s) > longest || strings.ContainsAny(s, "0123456789") {
		return "?"
	}
	return s
}

func unsettledIf(unsettled bool, cause error) error {
	if unsettled {
		return fmt.Errorf("%w: %w", accounts.ErrUnsettled, cause)
	}
	return cause
}

func passing(cause error) error {
	code := social.CodeUnavailable
	if errors.Is(cause, context.DeadlineExceeded) || errors.Is(cause, context.Canceled) {
		code = social.CodeTimeout
	}
	return &social.Error{Code: code, Message: "The message could not be sent.", RetryAfter: time.Second, Cause: cause}
}

func permanent(cause error) error {
	return &social.Error{Code: social.CodeInternal, Message: "The message could not be sent.", Cause: cause}
}
