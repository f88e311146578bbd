package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

// door is the login of a demonstration, whose codes can be read.
type door struct {
	*client
	t *testing.T
}

// code has a code sent to phone and reads it.
func (d *door) code(phone string) string {
	d.t.Helper()
	a := d.call(d.t.Context(), http.MethodPost, "/v1/auth/code", map[string]any{"phone": phone})
	require.NoError(d.t, a.sound())
	require.Equal(d.t, http.StatusAccepted, a.status, string(a.body))
	a = d.call(d.t.Context(), http.MethodGet, "/demo/inbox?phone="+url.QueryEscape(phone), nil)
	var got struct{ Messages []struct{ Code string } }
	a.into(d.t, &got)
	require.NotEmpty(d.t, got.Messages)
	return got.Messages[0].Code
}

// login gives the answer to a try.
func (d *door) login(phone, code string) answer {
	a := d.call(context.Background(), http.MethodPost, "/v1/auth/login", map[string]any{"phone": phone, "code": code})
	if err := a.sound(); err != nil {
		d.t.Error(err)
	}
	return a
}

// wrongCode gives a code that is not code.
func wrongCode(code string, n int) string {
	var digits int
	_, _ = fmt.Sscan(code, &digits)
	return fmt.Sprintf("%06d", (digits+n)%1_000_000)
}

// TestBadLogins tries codes and tokens in every way but the right one.
func TestBadLogins(t *testing.T) {
	t.Parallel()
	p := start(t, startOptions{flags: []string{"--demo", "--data.dir", t.TempDir()}})
	d := &door{&client{http: newHTTPClient(), base: p.HTTP, contract: readContract(t, p.HTTP)}, t}
	t.Cleanup(d.http.CloseIdleConnections)
	type attempt func(phone, code string) (got, want []social.Code)
	for i, c := range []struct {
		name string
		try  attempt
	}{
		{"the sixth wrong code burns it", func(phone, code string) (got, want []social.Code) {
			for n := range 6 {
				a := d.login(phone, wrongCode(code, n+1))
				got = append(got, a.code())
			}
			a := d.login(phone, code)
			wrong, burnt := social.CodeCodeInvalid, social.CodeTooManyAttempts
			return append(got, a.code()), []social.Code{wrong, wrong, wrong, wrong, wrong, burnt, burnt}
		}},
		{"fifty guesses at once", func(phone, code string) (got, want []social.Code) {
			var wg sync.WaitGroup
			for n := range 50 {
				wg.Go(func() {
					if a := d.login(phone, wrongCode(code, n+1)); a.status < 400 {
						d.t.Error("a wrong code was let in")
					}
				})
			}
			wg.Wait()
			a := d.login(phone, code)
			return []social.Code{a.code()}, []social.Code{social.CodeTooManyAttempts}
		}},
		{"a code used twice", func(phone, code string) (got, want []social.Code) {
			first, second := d.login(phone, code), d.login(phone, code)
			return []social.Code{first.code(), second.code()}, []social.Code{"", social.CodeCodeInvalid}
		}},
		{"the right code fifty times at once", func(phone, code string) (got, want []social.Code) {
			got = make([]social.Code, 50)
			var wg sync.WaitGroup
			for n := range got {
				wg.Go(func() {
					a := d.login(phone, code)
					got[n] = a.code()
				})
			}
			wg.Wait()
			let := len(got) - len(slices.DeleteFunc(got, func(c social.Code) bool { return c == "" }))
			require.Equal(t, 1, let, "a code is good once")
			return nil, nil
		}},
		{"another phone's code", func(phone, code string) (got, want []social.Code) {
			const neighbour = "+8613900001111"
			d.code(neighbour)
			wrong, right := d.login(neighbour, code), d.login(phone, code)
			return []social.Code{wrong.code(), right.code()}, []social.Code{social.CodeCodeInvalid, ""}
		}},
		{"a token after logout", func(phone, code string) (got, want []social.Code) {
			a := d.login(phone, code)
			var grant struct {
				AccessToken  string `json:"access_token"`
				RefreshToken string `json:"refresh_token"`
			}
			a.into(t, &grant)
			in := *d.client
			in.token = grant.AccessToken
			out := in.call(t.Context(), http.MethodPost, "/v1/auth/logout", nil)
			me := in.call(t.Context(), http.MethodGet, "/v1/me", nil)
			again := d.call(t.Context(), http.MethodPost, "/v1/auth/refresh", map[string]any{"refresh_token": grant.RefreshToken})
			return []social.Code{out.code(), me.code(), again.code()}, []social.Code{"", social.CodeUnauthenticated, social.CodeUnauthenticated}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			phone := fmt.Sprintf("+86138000010%02d", i)
			got, want := c.try(phone, d.code(phone))
			require.Equal(t, want, got)
		})
	}
}
