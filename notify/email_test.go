package notify_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"io"
	"mime"
	"net"
	"net/http/httptest"
	"net/mail"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"tonghu/notify"
)

// relay is a real SMTP server. The error fields make it refuse at that point.
type relay struct {
	addr, caFile string

	rcptErr, dataErr, mailErr error
	noAuth                    bool
	rude                      bool // hangs up instead of answering QUIT

	mu      sync.Mutex
	wire    bytes.Buffer
	letters []letter
}

type letter struct{ user, helo, from, to, raw string }

func (r *relay) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.wire.Write(p)
}

// said is the whole conversation, as far as it was in clear.
func (r *relay) said() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.wire.String()
}

func (r *relay) received() []letter {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]letter(nil), r.letters...)
}

func (r *relay) NewSession(c *smtp.Conn) (smtp.Session, error) {
	s := &session{relay: r}
	s.helo = c.Hostname()
	if r.noAuth {
		return struct{ smtp.Session }{s}, nil
	}
	return s, nil
}

type session struct {
	*relay
	letter
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "tonghu" || password != smtpSecret {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "no: " + password}
		}
		s.user = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error { s.from = from; return s.mailErr }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error   { s.to = to; return s.rcptErr }
func (s *session) Reset()                                      {}
func (s *session) Logout() error                               { return nil }

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.dataErr != nil {
		return s.dataErr
	}
	s.raw = string(raw)
	s.mu.Lock()
	s.letters = append(s.letters, s.letter)
	s.mu.Unlock()
	return nil
}

// protection is how the relay speaks TLS.
type protection int

const (
	plain protection = iota
	offersStartTLS
	tlsFromTheStart
)

func (r *relay) start(t *testing.T, p protection) {
	t.Helper()
	certs := httptest.NewUnstartedServer(nil) // for its certificate of 127.0.0.1
	certs.StartTLS()
	t.Cleanup(certs.Close)
	r.caFile = caFile(t, certs)
	conf := &tls.Config{Certificates: certs.TLS.Certificates}

	srv := smtp.NewServer(r)
	srv.Domain, srv.Debug, srv.ErrorLog = "relay", r, quiet
	srv.AllowInsecureAuth = true
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	switch p {
	case offersStartTLS:
		srv.TLSConfig = conf
	case tlsFromTheStart:
		l = tls.NewListener(l, conf)
	}
	r.addr = l.Addr().String()
	if r.rude {
		l = rudeListener{l}
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close(); _ = l.Close(); <-done }) // Close alone misses a Serve not yet begun
}

func (r *relay) channel(t *testing.T, scheme string) notify.Channel {
	t.Helper()
	c := configure(t, notify.KindEmail, scheme+"://"+r.addr)
	c.CAFile = r.caFile
	if r.noAuth {
		c.Username, c.Secret = "", notify.SecretRef{}
	}
	return build(t, c)
}

func TestEmailOK(t *testing.T) {
	for name, tc := range map[string]struct {
		scheme string
		p      protection
		noAuth bool
	}{
		"STARTTLS":            {"smtp", offersStartTLS, false},
		"TLS":                 {"smtps", tlsFromTheStart, false},
		"Loopback":            {"smtp+plain", plain, false},
		"LoopbackWithoutAuth": {"smtp+plain", plain, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := &relay{noAuth: tc.noAuth}
			r.start(t, tc.p)
			receipt, err := send(t, r.channel(t, tc.scheme))
			require.NoError(t, err)
			require.Equal(t, notify.Receipt{Channel: "email", At: noon}, receipt)

			letters := r.received()
			require.Len(t, letters, 1)
			require.Equal(t, "tonghu@example.gov.cn", letters[0].from)
			require.Equal(t, "wang@example.cn", letters[0].to)
			if !tc.noAuth {
				require.Equal(t, "tonghu", letters[0].user)
			}
		})
	}
}

// The letter and the whole conversation hold the neutral text and addresses only.
func TestEmailWireIsNeutral(t *testing.T) {
	r := &relay{noAuth: true}
	r.start(t, plain)
	ch := r.channel(t, "smtp+plain")
	red := message()
	red.Urgency = notify.Red
	for _, m := range []notify.Message{message(), red} {
		_, err := ch.Send(t.Context(), m)
		require.NoError(t, err)
	}
	letters := r.received()
	require.Len(t, letters, 2)
	require.Equal(t, letters[0], letters[1], "urgency must not show")

	parsed, err := mail.ReadMessage(strings.NewReader(letters[0].raw))
	require.NoError(t, err)
	subject, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
	require.NoError(t, err)
	require.Equal(t, "您有新的待办,请登录", subject)
	delete(parsed.Header, "Subject")
	require.Equal(t, mail.Header{
		"From":                      {"<tonghu@example.gov.cn>"},
		"To":                        {"<wang@example.cn>"},
		"Date":                      {"Wed, 04 Mar 2026 04:00:00 +0000"},
		"Message-Id":                {"<" + msgID + "@example.gov.cn>"},
		"Auto-Submitted":            {"auto-generated"},
		"Mime-Version":              {"1.0"},
		"Content-Type":              {"text/plain; charset=UTF-8"},
		"Content-Transfer-Encoding": {"base64"},
	}, parsed.Header)
	body, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, parsed.Body))
	require.NoError(t, err)
	require.Equal(t, wantText+"\n", strings.ReplaceAll(string(body), "\r\n", "\n"))

	require.Equal(t, "example.gov.cn", letters[0].helo)
	host, err := os.Hostname()
	require.NoError(t, err)
	if len(host) > 3 {
		require.NotContains(t, r.said(), host, "this machine's name stays here")
	}
}

func TestEmailFailures(t *testing.T) {
	refuse := func(code int) error {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: "<wang@example.cn> " + smtpSecret}
	}
	for name, tc := range map[string]struct {
		r      *relay
		code   notify.Code
		status int
	}{
		"DeadAddress":     {&relay{rcptErr: refuse(550)}, notify.CodeAddressRejected, 550},
		"Greylisted":      {&relay{rcptErr: refuse(451)}, notify.CodeUnavailable, 451},
		"MailboxFull":     {&relay{rcptErr: refuse(452)}, notify.CodeUnavailable, 452},
		"SenderRefused":   {&relay{mailErr: refuse(553)}, notify.CodeChannelRejected, 553},
		"ContentRefused":  {&relay{dataErr: refuse(554)}, notify.CodeAddressRejected, 554},
		"NotNow":          {&relay{dataErr: refuse(421)}, notify.CodeUnavailable, 421},
		"RelayNeedsLogin": {&relay{rcptErr: refuse(530)}, notify.CodeChannelRejected, 530},
	} {
		t.Run(name, func(t *testing.T) {
			tc.r.start(t, offersStartTLS)
			ch := tc.r.channel(t, "smtp")
			_, err := send(t, ch)
			e := failure(t, ch, err)
			require.Equal(t, tc.code, e.Code)
			require.Equal(t, tc.status, e.Status)
			require.Empty(t, tc.r.received())
		})
	}
}

func TestEmailWrongPassword(t *testing.T) {
	r := &relay{}
	r.start(t, offersStartTLS)
	c := configure(t, notify.KindEmail, "smtp://"+r.addr)
	c.CAFile, c.Secret = r.caFile, secretFile(t, smtpSecret+"-old")
	ch := build(t, c)
	_, err := send(t, ch)
	e := failure(t, ch, err)
	require.Equal(t, notify.CodeChannelRejected, e.Code)
	require.Equal(t, 535, e.Status)
}

func TestEmailServerWithoutLogin(t *testing.T) {
	r := &relay{noAuth: true}
	r.start(t, offersStartTLS)
	c := configure(t, notify.KindEmail, "smtp://"+r.addr)
	c.CAFile = r.caFile
	ch := build(t, c)
	_, err := send(t, ch)
	require.Equal(t, notify.CodeChannelRejected, failure(t, ch, err).Code)
}

func TestEmailUntrustedTLS(t *testing.T) {
	for name, tc := range map[string]struct {
		scheme string
		p      protection
		trust  bool
	}{
		"STARTTLSCertificate": {"smtp", offersStartTLS, false},
		"TLSCertificate":      {"smtps", tlsFromTheStart, false},
		"NoSTARTTLS":          {"smtp", plain, true},
		"PlainWhereTLS":       {"smtps", plain, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := &relay{}
			r.start(t, tc.p)
			if !tc.trust {
				r.caFile = ""
			}
			ch := r.channel(t, tc.scheme)
			_, err := send(t, ch)
			e := failure(t, ch, err)
			require.Equal(t, notify.CodeUntrusted, e.Code)
			require.Empty(t, r.received())
			require.NotContains(t, r.said(), "\r\nAUTH PLAIN", "the password never goes out in clear")
		})
	}
}

func TestEmailRefusedConnection(t *testing.T) {
	ch := build(t, configure(t, notify.KindEmail, "smtp://"+refused(t)))
	_, err := send(t, ch)
	require.Equal(t, notify.CodeUnreachable, failure(t, ch, err).Code)
}

// silent accepts connections, says greeting, and then nothing.
func silent(t *testing.T, greeting string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
			_, _ = io.WriteString(c, greeting)
		}
	}()
	return l.Addr().String()
}

func TestEmailTimeout(t *testing.T) {
	for _, greeting := range []string{"", "220 relay ESMTP\r\n"} {
		ch := build(t, configure(t, notify.KindEmail, "smtp://"+silent(t, greeting)))
		_, err := ch.Send(impatient(t), message())
		require.Equal(t, notify.CodeTimeout, failure(t, ch, err).Code)
	}
	ch := build(t, configure(t, notify.KindEmail, "smtp://"+silent(t, "")))
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	_, err := ch.Send(ctx, message())
	require.Equal(t, notify.CodeCanceled, failure(t, ch, err).Code)
}

// rudeListener hangs up instead of saying goodbye.
type rudeListener struct{ net.Listener }

func (l rudeListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return rudeConn{c}, err
}

type rudeConn struct{ net.Conn }

func (c rudeConn) Write(p []byte) (int, error) {
	if bytes.HasPrefix(p, []byte("221")) {
		_ = c.Close()
		return 0, net.ErrClosed
	}
	return c.Conn.Write(p)
}

func TestEmailFailedGoodbyeIsNoFailure(t *testing.T) {
	r := &relay{noAuth: true, rude: true}
	r.start(t, plain)
	_, err := send(t, r.channel(t, "smtp+plain"))
	require.NoError(t, err, "the relay has the letter: trying again would send it twice")
	require.Len(t, r.received(), 1)
}

func TestEmailRefusesUnsoundMessages(t *testing.T) {
	r := &relay{noAuth: true}
	r.start(t, plain)
	ch := r.channel(t, "smtp+plain")
	for _, to := range []string{"", "nobody", "a@b.cn, c@d.cn", "<wang@example.cn>", "a@b.cn\r\nBcc: x@y.cn"} {
		m := message()
		m.Recipient.Email = to
		_, err := ch.Send(t.Context(), m)
		require.True(t, failure(t, ch, err).Undeliverable())
	}
	require.Empty(t, r.received())
}
