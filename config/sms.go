package config

import (
	"errors"
	"net/url"
	"slices"
	"strings"
)

// SMS is about text messages.
type SMS struct {
	// Provider is "console": codes are written to the log. Refused where others
	// than this machine can reach the public listener. Or qiniu://…, see SMSProvider.
	Provider string `koanf:"provider"`
}

// Kinds of providers of text messages.
const (
	// ConsoleSMS as SMS.Provider writes the codes to the log.
	ConsoleSMS = "console"
	QiniuSMS   = "qiniu"
)

// SMSProvider is SMS.Provider read.
type SMSProvider struct {
	Kind string

	// Of qiniu, qiniu://ACCESS_KEY:SECRET_KEY@TEMPLATE_ID[?parameter=NAME][&endpoint=URL].
	AccessKey, SecretKey string
	TemplateID           string
	Parameter            string // the template's name for the code; "": code
	Endpoint             string // "": Qiniu's own
}

// SMSProvider reads the setting. Its error names every mistake and never repeats
// what it read: there is a secret in it.
func (s *Settings) SMSProvider() (SMSProvider, error) {
	kind, _, _ := strings.Cut(s.SMS.Provider, ":")
	switch {
	case s.SMS.Provider == ConsoleSMS:
		return SMSProvider{Kind: ConsoleSMS}, nil
	case kind == QiniuSMS:
		return readQiniuSMS(s.SMS.Provider)
	}
	return SMSProvider{}, errors.New("sms.provider must be console or qiniu://…")
}

func readQiniuSMS(raw string) (SMSProvider, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return SMSProvider{}, errors.New("sms.provider: this is no URL of the form qiniu://ACCESS_KEY:SECRET_KEY@TEMPLATE_ID; signs in keys are escaped as in URLs")
	}
	var m mistakes
	query, err := url.ParseQuery(u.RawQuery)
	m.check(err == nil, "sms.provider: what stands behind the ? cannot be read")
	secret, _ := u.User.Password()
	p := SMSProvider{
		Kind: QiniuSMS, AccessKey: u.User.Username(), SecretKey: secret, TemplateID: u.Host,
		Parameter: query.Get("parameter"), Endpoint: strings.TrimSuffix(query.Get("endpoint"), "/"),
	}
	m.check(p.AccessKey != "" && p.SecretKey != "", "sms.provider: qiniu needs an access key and a secret key before the @")
	m.check(u.Path == "" || u.Path == "/", "sms.provider: nothing stands between the id of the template and the ?")
	m.check(p.Endpoint == "" || hasScheme(p.Endpoint, "http", "https"), "sms.provider: endpoint must be http://… or https://…")
	for name := range query {
		m.check(slices.Contains([]string{"parameter", "endpoint"}, name), "sms.provider: qiniu has no part %q", name)
	}
	return p, errors.Join(m...)
}

func (s *Settings) validateSMS(m *mistakes) {
	_, err := s.SMSProvider()
	m.check(err == nil, "%v", err)
	loopback, err := isLoopback(s.HTTP.Listen)
	m.check(err != nil || loopback || s.SMS.Provider != ConsoleSMS,
		"sms.provider console, which shows everybody's codes in the log, is refused while http.listen (%s) is not a loopback address", s.HTTP.Listen)
}
