package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"tonghu/notify"
)

const (
	console = "https://tonghu.example.gov.cn/"
	msgID   = "0190b7a2-3c4d-4e5f-8a9b-0c1d2e3f4a5b"
	// The sentence of DOMAIN 8a.6, written out so that a change of the template is
	// seen here.
	wantText = "您有新的待办,请登录(共 3 项)\n" + console

	robotToken = "tok3nCANARYaaaabbbbccccdddd"
	chatSecret = "SECcanary0f1e2d3c4b5a69788796a5b4c3d2e1f0"
	rawSecret  = "CANARY-signing-key-of-32-bytes!!"
	whsec      = "whsec_Q0FOQVJZLXNpZ25pbmcta2V5LW9mLTMyLWJ5dGVzISE="
	smtpSecret = "smtpCANARYpassword"
)

// canaries must never be in an error or a log: secrets and addresses.
var canaries = []string{
	robotToken, chatSecret, rawSecret, whsec, whsec[6:], smtpSecret,
	"wang@example.cn", "13900001234", "wecom-wang", "ding-wang", "ou_wang", "access_token", "key=", "sign=",
}

var noon = time.Date(2026, 3, 4, 4, 0, 0, 0, time.UTC)

func fixed() time.Time { return noon }

func message() notify.Message {
	return notify.Message{
		ID: msgID,
		Recipient: notify.Address{
			Person: "p-7f3a", Email: "wang@example.cn", Phone: "13900001234",
			WeComUser: "wecom-wang", DingTalkUser: "ding-wang", FeishuUser: "ou_wang",
		},
		Urgency: notify.Normal, Count: 3, URL: console,
	}
}

func secretFile(t *testing.T, value string) notify.SecretRef {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(path, []byte(value+"\n"), 0o600))
	return notify.SecretRef{File: path}
}

// configure gives a sound configuration of one channel of a kind.
func configure(t *testing.T, k notify.Kind, base string) notify.ChannelConfig {
	t.Helper()
	c := notify.ChannelConfig{Kind: k, BaseURL: base}
	switch k {
	case notify.KindInbox:
		c.BaseURL = ""
	case notify.KindEmail:
		c.From, c.Username, c.Secret = "tonghu@example.gov.cn", "tonghu", secretFile(t, smtpSecret)
	case notify.KindWeCom:
		c.Token = secretFile(t, robotToken)
	case notify.KindDingTalk, notify.KindFeishu:
		c.Token, c.Secret = secretFile(t, robotToken), secretFile(t, chatSecret)
	default:
		c.Secret = secretFile(t, whsec)
	}
	return c
}

func build(t *testing.T, c notify.ChannelConfig, opts ...notify.Option) notify.Channel {
	t.Helper()
	opts = append([]notify.Option{notify.WithClock(fixed)}, opts...)
	channels, err := notify.Build(notify.Config{ConsoleURL: console, Channels: []notify.ChannelConfig{c}}, opts...)
	require.NoError(t, err)
	require.Len(t, channels, 1)
	return channels[0]
}

// request is what a server saw.
type request struct {
	method, path string
	query        url.Values
	header       http.Header
	body         string
}

// endpoint is a real HTTP server that keeps what it saw and answers as told.
type endpoint struct {
	*httptest.Server
	mu   sync.Mutex
	seen []request
}

func serve(t *testing.T, answer http.HandlerFunc) *endpoint {
	t.Helper()
	e := &endpoint{}
	e.Server = httptest.NewUnstartedServer(e.record(answer))
	e.Config.ErrorLog = quiet
	e.Start()
	t.Cleanup(e.Close)
	return e
}

func serveTLS(t *testing.T, answer http.HandlerFunc) *endpoint {
	t.Helper()
	e := &endpoint{}
	e.Server = httptest.NewUnstartedServer(e.record(answer))
	e.Config.ErrorLog = quiet
	e.StartTLS()
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) record(answer http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		e.seen = append(e.seen, request{r.Method, r.URL.Path, r.URL.Query(), r.Header.Clone(), string(body)})
		e.mu.Unlock()
		answer(w, r)
	})
}

func (e *endpoint) requests() []request {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]request(nil), e.seen...)
}

func (e *endpoint) only(t *testing.T) request {
	t.Helper()
	seen := e.requests()
	require.Len(t, seen, 1)
	return seen[0]
}

// caFile writes the server's certificate as the authority to trust.
func caFile(t *testing.T, s *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	require.NoError(t, os.WriteFile(path, block, 0o600))
	return path
}

func reply(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// accepted is the success of each kind of HTTP channel.
func accepted(k notify.Kind) http.HandlerFunc {
	switch k {
	case notify.KindFeishu:
		return reply(200, `{"code":0,"msg":"success","data":{}}`)
	case notify.KindWeCom, notify.KindDingTalk:
		return reply(200, `{"errcode":0,"errmsg":"ok"}`)
	}
	return reply(202, `{"ref":"gw-001"}`)
}

var httpKinds = []notify.Kind{
	notify.KindWeCom, notify.KindDingTalk, notify.KindFeishu, notify.KindWebhook, notify.KindSMS, notify.KindVoice,
}

// refused is an address of this machine where nobody listens.
func refused(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

// failure asserts that err is an *Error and that neither it nor anything logged
// with it holds a secret or an address.
func failure(t *testing.T, ch notify.Channel, err error) *notify.Error {
	t.Helper()
	require.Error(t, err)
	var e *notify.Error
	require.ErrorAs(t, err, &e)
	require.Nil(t, errors.Unwrap(err), "an error keeps no cause")
	require.Equal(t, ch.Name(), e.Channel)
	require.NotEqual(t, e.Retryable(), e.Undeliverable())
	noCanary(t, ch, err)
	return e
}

func noCanary(t *testing.T, ch notify.Channel, err error) {
	t.Helper()
	var log bytes.Buffer
	core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&log), zap.DebugLevel)
	zap.New(core).Error("notice not delivered", zap.Error(err), zap.Any("err", err),
		zap.Any("channel", ch), zap.Any("message", message()), zap.Stringer("to", message().Recipient))
	asJSON, _ := json.Marshal(err)
	for _, out := range []string{
		fmt.Sprint(err), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err), fmt.Sprintf("%q", err), string(asJSON),
		fmt.Sprintf("%v %+v %#v", ch, ch, ch), fmt.Sprintf("%v %+v %#v", message(), message(), message()), log.String(),
	} {
		for _, c := range canaries {
			require.NotContains(t, out, c)
		}
	}
}

func send(t *testing.T, ch notify.Channel) (notify.Receipt, error) {
	t.Helper()
	return ch.Send(t.Context(), message())
}

func impatient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}
