package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/swiperhq/swiper/config"
	"github.com/swiperhq/swiper/social"
)

// inspectTimeout bounds one look into a server.
const inspectTimeout = 15 * time.Second

func (a *app) inspectCommand() *cobra.Command {
	cmd := group("inspect", "Look at what is stored and what is live")
	var raw bool
	user := &cobra.Command{
		Use: "user UID", Short: "Show a user as stored and as held in memory, side by side", Args: cobra.ExactArgs(1),
		Long: `Asks the operators' listener of the server at admin.listen. Where no server runs
it reads the database itself; nothing is live then. Looking never activates the
user's actor.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			uid, err := parseUserID(args[0])
			if err != nil {
				return err
			}
			s, err := a.settings(cmd)
			if err != nil {
				return err
			}
			s.Log.Level = "warn" // whoever asks reads the answer, not how it was made
			ctx, cancel := context.WithTimeout(cmd.Context(), inspectTimeout)
			defer cancel()
			text, from, err := inspectUser(ctx, &s, uid, a.logger(&s))
			if err != nil {
				return err
			}
			if raw {
				return writeIndented(a.stdout, text)
			}
			return writeReport(a.stdout, fmt.Sprintf("user %d, from %s", uid, from), text)
		},
	}
	user.Flags().BoolVar(&raw, "json", false, "print JSON")
	cmd.AddCommand(user)
	return cmd
}

// inspectUser gives the user as JSON and tells where it is from.
func inspectUser(ctx context.Context, s *config.Settings, uid social.UserID, logger *slog.Logger) (text []byte, from string, err error) {
	address := reachable(s.Admin.Listen)
	text, err = askAdmin(ctx, address, s.Admin.Token, uid)
	var refused *net.OpError
	if err == nil || !errors.As(err, &refused) || refused.Op != "dial" {
		return text, "the server at " + address, err
	}
	text, err = inspectStored(ctx, s, uid, logger)
	if errors.Is(err, config.ErrInUse) {
		err = fmt.Errorf("%w; its server was not found at %s: name it with --admin.listen", err, address)
	}
	return text, "the database; no server runs at " + address, err
}

// reachable turns a listen address into one to call: a listener on every
// interface is on loopback too.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

func askAdmin(ctx context.Context, address, token string, uid social.UserID) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+inspectPath(uid), nil)
	if err != nil {
		return nil, fmt.Errorf("ask the server: %w", err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	// An own transport: the server is asked directly, never through a proxy.
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the server: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // it has been read
	body, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return nil, fmt.Errorf("ask the server: %w", err)
	}
	return inspected(resp.StatusCode, body)
}

func inspectPath(uid social.UserID) string { return fmt.Sprintf("/admin/actors/user/%d", uid) }

// inspected reads an operators' listener's answer: the body of a good one,
// else the problem it tells of.
func inspected(status int, body []byte) ([]byte, error) {
	if status == http.StatusOK {
		return body, nil
	}
	var problem struct{ Code, Detail string }
	if json.Unmarshal(body, &problem) != nil || problem.Code == "" {
		return nil, fmt.Errorf("no swiper listens there: the answer was %d", status)
	}
	return nil, fmt.Errorf("%s: %s", problem.Code, problem.Detail)
}

func writeIndented(w io.Writer, text []byte) error {
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return fmt.Errorf("the server's answer: %w", err)
	}
	_, err := fmt.Fprintln(w, out.String())
	return err
}
