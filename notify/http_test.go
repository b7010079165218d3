package notify_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"tonghu/notify"
)

var quiet = zap.NewStdLog(zap.NewNop())

// Every HTTP channel meets every failure, and tells none of its secrets.
func TestHTTPFailures(t *testing.T) {
	type failing struct {
		name      string
		answer    http.HandlerFunc
		code      notify.Code
		robotCode notify.Code // where a robot's differs
		status    int
		after     time.Duration
	}
	for _, f := range []failing{
		{name: "TooManyWithoutATime", answer: reply(429, ""), code: notify.CodeRateLimited, status: 429, after: time.Minute},
		{name: "TooManyFor90Seconds", answer: after(429, "90"), code: notify.CodeRateLimited, status: 429, after: 90 * time.Second},
		{name: "TooManyUntilADate", answer: after(429, noon.Add(5*time.Minute).Format(http.TimeFormat)), code: notify.CodeRateLimited, status: 429, after: 5 * time.Minute},
		{name: "TooManyForAWeek", answer: after(429, "604800"), code: notify.CodeRateLimited, status: 429, after: time.Hour},
		{name: "ServerError", answer: reply(500, `{"secret":"`+robotToken+`"}`), code: notify.CodeUnavailable, status: 500},
		{name: "UnavailableFor7Seconds", answer: after(503, "7"), code: notify.CodeUnavailable, status: 503, after: 7 * time.Second},
		{name: "Conflict", answer: reply(409, ""), code: notify.CodeUnavailable, status: 409},
		{name: "BadRequest", answer: reply(400, ""), code: notify.CodeAddressRejected, robotCode: notify.CodeChannelRejected, status: 400},
		{name: "Gone", answer: reply(410, ""), code: notify.CodeAddressRejected, robotCode: notify.CodeChannelRejected, status: 410},
		{name: "Unauthorized", answer: after(401, "60"), code: notify.CodeChannelRejected, status: 401},
		{name: "TooLong", answer: reply(200, strings.Repeat(" ", 1<<20)), code: notify.CodeBadAnswer, status: 200},
		{name: "HungUp", answer: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, code: notify.CodeUnreachable},
	} {
		for _, k := range httpKinds {
			t.Run(f.name+"/"+string(k), func(t *testing.T) {
				t.Parallel()
				srv := serve(t, f.answer)
				ch := build(t, configure(t, k, srv.URL))
				_, err := send(t, ch)
				e := failure(t, ch, err)
				want := f.code
				if f.robotCode != "" && (k == notify.KindWeCom || k == notify.KindDingTalk || k == notify.KindFeishu) {
					want = f.robotCode
				}
				require.Equal(t, want, e.Code)
				require.Equal(t, f.status, e.Status)
				require.Equal(t, f.after, e.RetryAfter)
				require.Len(t, srv.requests(), 1, "Send tries once")
			})
		}
	}
}

func after(status int, retryAfter string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", retryAfter)
		w.WriteHeader(status)
	}
}

func TestHTTPRefusedConnection(t *testing.T) {
	for _, k := range httpKinds {
		ch := build(t, configure(t, k, "http://"+refused(t)))
		_, err := send(t, ch)
		e := failure(t, ch, err)
		require.Equal(t, notify.CodeUnreachable, e.Code)
		require.True(t, e.Retryable())
	}
}

// hang answers only when the test is over.
func hang(t *testing.T) *endpoint {
	t.Helper()
	release := make(chan struct{})
	srv := serve(t, func(http.ResponseWriter, *http.Request) { <-release })
	t.Cleanup(func() { close(release) }) // before the server closes
	return srv
}

func TestHTTPTimeout(t *testing.T) {
	for _, k := range httpKinds {
		ch := build(t, configure(t, k, hang(t).URL))
		_, err := ch.Send(impatient(t), message())
		require.Equal(t, notify.CodeTimeout, failure(t, ch, err).Code)

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = ch.Send(ctx, message())
		require.Equal(t, notify.CodeCanceled, failure(t, ch, err).Code)
	}
}

func TestHTTPConfiguredTimeoutBoundsASend(t *testing.T) {
	t.Parallel()
	c := configure(t, notify.KindSMS, hang(t).URL)
	c.TimeoutSeconds = 1
	ch := build(t, c)
	_, err := send(t, ch)
	require.Equal(t, notify.CodeTimeout, failure(t, ch, err).Code)
}

func TestHTTPUntrustedCertificate(t *testing.T) {
	for _, k := range httpKinds {
		srv := serveTLS(t, accepted(k))
		ch := build(t, configure(t, k, srv.URL))
		_, err := send(t, ch)
		e := failure(t, ch, err)
		require.Equal(t, notify.CodeUntrusted, e.Code)
		require.True(t, e.Undeliverable())
		require.Empty(t, srv.requests())

		c := configure(t, k, srv.URL)
		c.CAFile = caFile(t, srv.Server)
		_, err = send(t, build(t, c))
		require.NoError(t, err)
	}
}

func TestHTTPServerWithoutTLS(t *testing.T) {
	srv := serve(t, accepted(notify.KindSMS))
	ch := build(t, configure(t, notify.KindSMS, strings.Replace(srv.URL, "http", "https", 1)))
	_, err := send(t, ch)
	require.Equal(t, notify.CodeUntrusted, failure(t, ch, err).Code)
}

func TestHTTPRedirectIsNotFollowed(t *testing.T) {
	for _, status := range []int{http.StatusFound, http.StatusTemporaryRedirect} {
		for _, k := range httpKinds {
			elsewhere := serve(t, accepted(k))
			srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, elsewhere.URL, status)
			})
			ch := build(t, configure(t, k, srv.URL))
			_, err := send(t, ch)
			e := failure(t, ch, err)
			require.Equal(t, notify.CodeRedirected, e.Code)
			require.Equal(t, status, e.Status)
			require.Empty(t, elsewhere.requests())
		}
	}
}

// Go reads the proxy variables once per process, so a child process is asked.
func TestHTTPProxyOfTheEnvironmentIsIgnored(t *testing.T) {
	const child = "TONGHU_TEST_PROXY_CHILD"
	if os.Getenv(child) != "" {
		// .invalid never resolves; a proxy would be asked for it, as it is not for loopback.
		_, err := send(t, build(t, configure(t, notify.KindSMS, "https://gateway.invalid/sms")))
		require.Error(t, err)
		return
	}
	asked := make(chan string, 1)
	proxy := serve(t, func(_ http.ResponseWriter, r *http.Request) { asked <- r.Host })
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1")
	cmd.Env = append(os.Environ(), child+"=1", "HTTPS_PROXY="+proxy.URL, "https_proxy="+proxy.URL, "NO_PROXY=", "no_proxy=")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Empty(t, asked)
	require.Empty(t, proxy.requests())
}

// Nothing but the neutral text, the link, the id and an address leaves, and a red
// notice looks like any other.
func TestHTTPWireIsNeutral(t *testing.T) {
	for _, k := range httpKinds {
		t.Run(string(k), func(t *testing.T) {
			srv := serve(t, accepted(k))
			c := configure(t, k, srv.URL)
			red := message()
			red.Urgency = notify.Red
			for _, m := range []notify.Message{message(), red} {
				receipt, err := build(t, c).Send(t.Context(), m)
				require.NoError(t, err)
				require.Equal(t, string(k), receipt.Channel)
				require.Equal(t, noon, receipt.At)
			}
			seen := srv.requests()
			require.Len(t, seen, 2)
			require.Equal(t, seen[0], seen[1], "urgency must not show")

			known := map[string]bool{
				"Content-Type": true, "Content-Length": true, "User-Agent": true, "Accept-Encoding": true,
				"Webhook-Id": true, "Webhook-Timestamp": true, "Webhook-Signature": true, "Idempotency-Key": true,
			}
			for h := range seen[0].header {
				require.Contains(t, known, h)
			}
			require.Equal(t, "Tonghu/1", seen[0].header.Get("User-Agent"))
			require.Equal(t, http.MethodPost, seen[0].method)
			// Each channel's own test compares the whole body.
		})
	}
}

func TestMessageIsRefusedBeforeItLeaves(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(*notify.Message)
		code  notify.Code
	}{
		"AnotherLink":       {func(m *notify.Message) { m.URL = console + "cases/379999-17" }, notify.CodeInvalidMessage},
		"LinkWithQuery":     {func(m *notify.Message) { m.URL = console + "?case=17" }, notify.CodeInvalidMessage},
		"NoLink":            {func(m *notify.Message) { m.URL = "" }, notify.CodeInvalidMessage},
		"IDThatTells":       {func(m *notify.Message) { m.ID = "case-2026-0017-red" }, notify.CodeInvalidMessage},
		"NoID":              {func(m *notify.Message) { m.ID = "" }, notify.CodeInvalidMessage},
		"NothingWaits":      {func(m *notify.Message) { m.Count = 0 }, notify.CodeInvalidMessage},
		"TooManyToCount":    {func(m *notify.Message) { m.Count = 10000 }, notify.CodeInvalidMessage},
		"UnknownUrgency":    {func(m *notify.Message) { m.Urgency = "yellow" }, notify.CodeInvalidMessage},
		"NoAddress":         {func(m *notify.Message) { m.Recipient = notify.Address{} }, notify.CodeNoAddress},
		"MalformedAddress":  {func(m *notify.Message) { m.Recipient = spoilt("<b>小红</b>") }, notify.CodeAddressRejected},
		"AddressWithInsert": {func(m *notify.Message) { m.Recipient = spoilt("a\"></at>\r\nBcc: x@y.cn") }, notify.CodeAddressRejected},
	} {
		t.Run(name, func(t *testing.T) {
			for _, k := range httpKinds {
				srv := serve(t, accepted(k))
				ch := build(t, configure(t, k, srv.URL))
				m := message()
				tc.spoil(&m)
				_, err := ch.Send(t.Context(), m)
				e := failure(t, ch, err)
				require.Equal(t, tc.code, e.Code)
				require.True(t, e.Undeliverable())
				require.Empty(t, srv.requests())
			}
		})
	}
}

func spoilt(s string) notify.Address {
	return notify.Address{Person: s, Email: s, Phone: s, WeComUser: s, DingTalkUser: s, FeishuUser: s}
}
