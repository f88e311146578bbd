package client

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/swiperhq/swiper/social"
)

// Demo tells whether the target shows the login codes it sends.
func (c *Client) Demo() bool {
	var got struct{}
	a := c.read(&How{}, "inbox", 0, "/demo/inbox?phone="+url.QueryEscape("+8613900000000"), &got)
	return a.OK()
}

// Code asks for a login code to be sent to phone.
func (c *Client) Code(how How, phone string) Answer {
	r := request{"code", http.MethodPost, "/v1/auth/code", 0, fmt.Appendf(nil, `{"phone":%q}`, phone)}
	a := c.do(&how, &r)
	c.observe(&how, &r, &a, false)
	return a
}

// Login brings phone in as a person would: a code is sent, read in the
// demonstration's inbox and shown. The token goes to the keyring.
func (c *Client) Login(how How, phone string) (social.UserID, error) {
	a := c.Code(how, phone)
	if !a.OK() {
		return 0, fmt.Errorf("no login code for %s: %s", phone, a.Outcome)
	}
	var inbox struct {
		Messages []struct {
			Code string `json:"code"`
		} `json:"messages"`
	}
	if a = c.read(&how, "inbox", 0, "/demo/inbox?phone="+url.QueryEscape(phone), &inbox); !a.OK() || len(inbox.Messages) == 0 {
		return 0, fmt.Errorf("no message to %s in the inbox: %s", phone, a.Outcome)
	}
	var grant struct {
		UserID      social.UserID `json:"user_id"`
		AccessToken string        `json:"access_token"`
	}
	login := request{"login", http.MethodPost, "/v1/auth/login", 0, fmt.Appendf(nil, `{"phone":%q,"code":%q}`, phone, inbox.Messages[0].Code)}
	a = c.do(&how, &login)
	ok := a.into(&grant)
	c.observe(&how, &login, &a, false)
	if !ok || grant.UserID < 1 || grant.AccessToken == "" {
		return 0, fmt.Errorf("%s was not let in: %s", phone, a.Outcome)
	}
	c.o.Tokens.Put(grant.UserID, grant.AccessToken)
	return grant.UserID, nil
}
