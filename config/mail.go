package config

import (
	"errors"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
)

// Mail is about letters by e-mail.
type Mail struct {
	// URL is the server that takes them, smtp://… or smtps://…, see MailServer. Empty:
	// none are sent, and addresses are refused.
	URL string `koanf:"url"`
}

// MailServer is Mail.URL read: smtp://[USER:PASSWORD@]HOST[:PORT]?from=ADDRESS[&insecure=true],
// or the same with smtps.
type MailServer struct {
	Host           string
	Port           int
	User, Password string
	From           string
	// Implicit: TLS from the first byte on (smtps), else asked for by STARTTLS.
	Implicit bool
	// Insecure: no TLS at all, for a relay on this machine. Never with a password.
	Insecure bool
}

const (
	submissionPort  = 587
	submissionsPort = 465
)

// MailServer reads the setting; ok is false where it is empty. Its error names
// every mistake and never repeats what it read: there is a secret in it.
func (s *Settings) MailServer() (server MailServer, ok bool, err error) {
	if s.Mail.URL == "" {
		return MailServer{}, false, nil
	}
	u, err := url.Parse(s.Mail.URL)
	if err != nil || u.Hostname() == "" || !slices.Contains([]string{"smtp", "smtps"}, u.Scheme) {
		return MailServer{}, false, errors.New("mail.url: this is no URL of the form smtp://USER:PASSWORD@HOST:PORT?from=ADDRESS; signs in passwords are escaped as in URLs")
	}
	var m mistakes
	query, err := url.ParseQuery(u.RawQuery)
	m.check(err == nil, "mail.url: what stands behind the ? cannot be read")
	password, _ := u.User.Password()
	server = MailServer{
		Host: u.Hostname(), Port: submissionPort, User: u.User.Username(), Password: password, From: query.Get("from"),
		Implicit: u.Scheme == "smtps", Insecure: query.Get("insecure") == "true",
	}
	if server.Implicit {
		server.Port = submissionsPort
	}
	if u.Port() != "" {
		port, err := strconv.ParseUint(u.Port(), 10, 16)
		m.check(err == nil && port > 0, "mail.url: %q is no port", u.Port())
		server.Port = int(port)
	}
	m.check(u.Path == "" || u.Path == "/", "mail.url: nothing stands between the port and the ?")
	_, err = mail.ParseAddress(server.From)
	m.check(err == nil, "mail.url: from, the address that letters come from, is needed, as in from=no-reply@example.com")
	m.check((server.User == "") == (server.Password == ""), "mail.url: a user needs a password, and a password a user")
	m.check(query.Get("insecure") == "" || query.Get("insecure") == "true" || query.Get("insecure") == "false", "mail.url: insecure must be true or false")
	m.check(!server.Insecure || !server.Implicit && server.User == "", "mail.url: insecure is for smtp:// without a password")
	for name := range query {
		m.check(slices.Contains([]string{"from", "insecure"}, name), "mail.url: there is no part %q", name)
	}
	return server, true, errors.Join(m...)
}

func (s *Settings) validateMail(m *mistakes) {
	_, _, err := s.MailServer()
	m.check(err == nil, "%v", err)
}
