package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/textproto"
	"os"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/swiperhq/swiper/messages"
	"github.com/swiperhq/swiper/social"
)

const defaultTimeout = 20 * time.Second

// Options of New. The first group is required.
type Options struct {
	Host string
	Port int
	From string // an address, or a name and an address: Swiper <no-reply@example.com>

	User, Password string // "": the server asks for none
	// Implicit: TLS from the first byte on; else it is asked for, and required.
	Implicit bool
	// Insecure: no TLS. Then no password is sent.
	Insecure bool
	TLS      *tls.Config   // nil: the system's authorities
	Timeout  time.Duration // of one letter; 0: 20 s
}

// Sender is the messages.Sender.
type Sender struct{ o Options }

var _ messages.Sender = (*Sender)(nil)

// New makes a sender; it asks nobody.
func New(o Options) (*Sender, error) {
	var errs []error
	if o.Host == "" || o.Port < 1 {
		errs = append(errs, errors.New("smtp: Host and Port are required"))
	}
	if err := mail.NewMsg().From(o.From); err != nil {
		errs = append(errs, fmt.Errorf("smtp: From is no address: %w", err))
	}
	if o.Insecure && (o.Implicit || o.Password != "") {
		errs = append(errs, errors.New("smtp: Insecure is for servers without TLS and without a password"))
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	return &Sender{o}, errors.Join(errs...)
}

// Send implements messages.Sender.
func (s *Sender) Send(ctx context.Context, l messages.Letter) error {
	msg, err := s.message(l)
	if err != nil {
		return failed(social.CodeInternal, err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	conn := &line{}
	client, err := s.client(conn)
	if err != nil {
		return failed(social.CodeInternal, err)
	}
	defer conn.hangUp()
	defer context.AfterFunc(ctx, conn.hangUp)()
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return failed(passing(ctx, err), fmt.Errorf("smtp: the server cannot be reached, or wants another greeting, encryption or password: %w", cause(err)))
	}
	if err := client.SendWithSMTPClient(session, msg); err != nil && !msg.IsDelivered() {
		return judge(ctx, err)
	}
	_ = client.CloseWithSMTPClient(session) // it has the letter
	return nil
}

func (s *Sender) message(l messages.Letter) (*mail.Msg, error) {
	msg := mail.NewMsg()
	if err := errors.Join(msg.From(s.o.From), msg.To(l.To.String())); err != nil {
		return nil, errors.New("smtp: a letter without sender or address")
	}
	msg.Subject(l.Subject)
	msg.SetDate()
	msg.SetMessageID()
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // no machine answers it
	msg.SetBodyString(mail.TypeTextPlain, l.Text)
	return msg, nil
}

func (s *Sender) client(l *line) (*mail.Client, error) {
	config := s.o.TLS
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	config = config.Clone()
	if config.ServerName == "" {
		config.ServerName = s.o.Host
	}
	options := []mail.Option{
		mail.WithPort(s.o.Port), mail.WithTimeout(s.o.Timeout), mail.WithTLSConfig(config), mail.WithDialContextFunc(l.dial(s.o.Implicit, config)),
		mail.WithoutNoop(),
	}
	switch {
	case s.o.Insecure:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	case s.o.Implicit:
		options = append(options, mail.WithSSL())
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if s.o.User != "" {
		// There is TLS wherever there is a password.
		options = append(options, mail.WithUsername(s.o.User), mail.WithPassword(s.o.Password), mail.WithOpportunisticSMTPAuth(
			mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthSCRAMSHA1, mail.SMTPAuthPlain, mail.SMTPAuthLogin,
		))
	}
	return mail.NewClient(s.o.Host, options...)
}

// judge tells what became of a letter that the server did not acknowledge.
func judge(ctx context.Context, err error) error {
	const permanent = 500
	said, ok := errors.AsType[*mail.SendError](err)
	if !ok {
		return failed(passing(ctx, err), fmt.Errorf("%w: smtp", messages.ErrUnsettled))
	}
	code, at := said.ErrorCode(), said.Reason.String()
	switch {
	case said.Reason == mail.ErrSMTPDataClose && code == 0: // the body was there, and no answer came
		return failed(passing(ctx, err), fmt.Errorf("%w: smtp: %s", messages.ErrUnsettled, at))
	case code >= permanent:
		return failed(social.CodeInternal, fmt.Errorf("smtp: %s was answered with %s", at, strconv.Itoa(code)))
	}
	return failed(passing(ctx, err), fmt.Errorf("smtp: %s failed, with %s", at, strconv.Itoa(code)))
}

func passing(ctx context.Context, err error) social.Code {
	if ctx.Err() != nil || errors.Is(err, os.ErrDeadlineExceeded) {
		return social.CodeTimeout
	}
	return social.CodeUnavailable
}

func failed(code social.Code, cause error) error {
	return &social.Error{Code: code, Message: "The letter could not be sent.", RetryAfter: time.Second, Cause: cause}
}

// cause is why a server cannot be spoken to. What it said itself is left out but for
// the code: it may repeat what it was told.
func cause(err error) error {
	if said, ok := errors.AsType[*textproto.Error](err); ok {
		return fmt.Errorf("code %d", said.Code)
	}
	return err
}
