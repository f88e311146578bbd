package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/config"
)

func TestTheProviderOfTextMessages(t *testing.T) {
	t.Parallel()
	s, err := load(t, nil, "--http.listen=0.0.0.0:8080", "--sms.provider=qiniu://access:se%2Fcret@1700?parameter=login&endpoint=http://127.0.0.1:9/")
	require.NoError(t, err, "codes are in no log: everybody may be served")
	p, err := s.SMSProvider()
	require.NoError(t, err)
	require.Equal(t, config.SMSProvider{
		Kind: config.QiniuSMS, AccessKey: "access", SecretKey: "se/cret", TemplateID: "1700", Parameter: "login", Endpoint: "http://127.0.0.1:9",
	}, p)
	s, err = load(t, nil)
	require.NoError(t, err)
	p, err = s.SMSProvider()
	require.NoError(t, err)
	require.Equal(t, config.SMSProvider{Kind: config.ConsoleSMS}, p)
}

func TestTheServerOfMail(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]config.MailServer{
		"smtp://relay?insecure=true&from=a@b.cn":                        {Host: "relay", Port: 587, From: "a@b.cn", Insecure: true},
		"smtp://u:p%40ss@mail.example.com:2525?from=a@b.cn":             {Host: "mail.example.com", Port: 2525, User: "u", Password: "p@ss", From: "a@b.cn"},
		"smtps://u:p@mail.example.com?from=Swiper%20%3Ca@b.cn%3E":       {Host: "mail.example.com", Port: 465, User: "u", Password: "p", From: "Swiper <a@b.cn>", Implicit: true},
		"smtp://u%40example.com:p@[::1]:587?from=a@b.cn&insecure=false": {Host: "::1", Port: 587, User: "u@example.com", Password: "p", From: "a@b.cn"},
	} {
		s, err := load(t, nil, "--mail.url", url)
		require.NoError(t, err, url)
		got, ok, err := s.MailServer()
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, want, got, url)
	}
	s, err := load(t, nil)
	require.NoError(t, err)
	_, ok, err := s.MailServer()
	require.NoError(t, err)
	require.False(t, ok)
}
