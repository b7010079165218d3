package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// mailTLS is how the SMTP connection is protected.
type mailTLS int

const (
	// startTLS upgrades a plain connection and refuses to go on without.
	startTLS mailTLS = iota
	// implicitTLS is TLS from the first byte (RFC 8314).
	implicitTLS
	// noTLS is for a relay on this machine only.
	noTLS
)

// email is the SMTP channel. One connection per message: notices are few, and a
// connection kept open is one more thing that can be dead when a red one comes.
type email struct {
	line
	host     string
	port     int
	tls      mailTLS
	tlsConf  *tls.Config
	username string
	password secret // nil: no authentication
	from     string
	timeout  time.Duration
}

func (c *email) Send(ctx context.Context, m Message) (Receipt, error) {
	if err := c.check(m); err != nil {
		return Receipt{}, err
	}
	letter, err := c.letter(m)
	if err != nil {
		return Receipt{}, c.fail(CodeAddressRejected)
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	conn := &dialed{}
	defer conn.close() // go-mail forgets its connection when a handshake fails
	defer context.AfterFunc(ctx, conn.close)()

	client, err := c.client(conn)
	if err != nil {
		return Receipt{}, c.fail(CodeChannelRejected)
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return Receipt{}, c.dialError(ctx, err)
	}
	if err := client.SendWithSMTPClient(session, letter); err != nil && !letter.IsDelivered() {
		return Receipt{}, c.sendError(ctx, err)
	}
	// The relay has the letter; whatever fails now must not send it twice.
	_ = client.CloseWithSMTPClient(session)
	return c.receipt(""), nil
}

// letter has no header that could tell a red notice from another.
func (c *email) letter(m Message) (*mail.Msg, error) {
	letter := mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithEncoding(mail.EncodingB64))
	if err := letter.From(c.from); err != nil {
		return nil, err
	}
	if err := letter.To(m.Recipient.Email); err != nil {
		return nil, err
	}
	letter.SetMessageIDWithValue(m.ID + "@" + c.domain())
	letter.SetDateWithValue(c.now())
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no holiday replies
	letter.Subject(Sentence)
	letter.SetBodyString(mail.TypeTextPlain, Text(m)+"\n")
	return letter, nil
}

func (c *email) domain() string { return c.from[strings.LastIndexByte(c.from, '@')+1:] }

func (c *email) client(conn *dialed) (*mail.Client, error) {
	opts := []mail.Option{
		mail.WithPort(c.port),
		mail.WithTimeout(c.timeout + time.Second), // ctx is the limit; this only backs it
		mail.WithHELO(c.domain()),                 // the default is this machine's name
		mail.WithTLSConfig(c.tlsConf),
		mail.WithoutNoop(), // one letter per connection
		mail.WithoutRset(),
		mail.WithDialContextFunc(func(ctx context.Context, network, addr string) (net.Conn, error) {
			raw, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			conn.keep(raw)
			if c.tls != implicitTLS {
				return raw, nil
			}
			secured := tls.Client(raw, c.tlsConf)
			return secured, secured.HandshakeContext(ctx)
		}),
	}
	if c.tls == startTLS {
		opts = append(opts, mail.WithTLSPolicy(mail.TLSMandatory))
	} else {
		opts = append(opts, mail.WithTLSPolicy(mail.NoTLS))
	}
	if c.password != nil {
		opts = append(opts,
			mail.WithUsername(c.username), mail.WithPassword(c.password()),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin))
	}
	return mail.NewClient(c.host, opts...)
}

// dialError names what failed before the letter was offered.
func (c *email) dialError(ctx context.Context, err error) *Error {
	var reply *textproto.Error
	switch {
	case errors.As(err, &reply):
		return c.replied(reply.Code, true)
	case strings.Contains(err.Error(), "STARTTLS"):
		return c.fail(CodeUntrusted)
	case strings.Contains(err.Error(), "AUTH"), errors.Is(err, mail.ErrNoSupportedAuthDiscovered):
		return c.fail(CodeChannelRejected)
	}
	return c.fail(netCode(ctx, err))
}

// sendError names what failed while the letter was offered.
func (c *email) sendError(ctx context.Context, err error) *Error {
	var sent *mail.SendError
	if errors.As(err, &sent) && sent.ErrorCode() != 0 {
		return c.replied(sent.ErrorCode(), sent.Reason == mail.ErrSMTPMailFrom)
	}
	if ctx.Err() != nil {
		return c.fail(netCode(ctx, ctx.Err()))
	}
	return c.fail(CodeUnreachable)
}

// replied names an SMTP reply: 4yz asks to come back, 5yz does not (RFC 5321,
// 4.2.1). aboutUs: the reply is to who we are, not to whom the letter is for.
func (c *email) replied(status int, aboutUs bool) *Error {
	e := &Error{Channel: c.name, Code: CodeUnavailable, Status: status}
	switch {
	case status < 500:
	case aboutUs, status == 530, status == 535:
		e.Code = CodeChannelRejected
	default:
		e.Code = CodeAddressRejected
	}
	return e
}

func hostPort(host, port string, fallback int) (string, int, bool) {
	if port == "" {
		return host, fallback, host != ""
	}
	n, err := strconv.Atoi(port)
	return host, n, err == nil && host != "" && n > 0 && n < 1<<16
}
