package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	userAgent = "Tonghu/1"
	// maxAnswer bounds what is read of an answer, in bytes.
	maxAnswer = 64 << 10
	// maxRetryAfter bounds what a far end may ask for.
	maxRetryAfter = time.Hour
	// defaultRetryAfter is for a far end that says "too many" and not until when.
	// Robots count by the minute.
	defaultRetryAfter = time.Minute
)

// newClient makes a client that goes only where it is told: no proxy from the
// environment, no redirects, no unbounded wait. roots nil means the system's.
func newClient(timeout time.Duration, roots *x509.CertPool) *http.Client {
	return &http.Client{
		Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
		Transport: &http.Transport{
			Proxy:                  nil,
			DialContext:            (&net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second}).DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    timeout,
			ResponseHeaderTimeout:  timeout,
			IdleConnTimeout:        90 * time.Second,
			MaxIdleConnsPerHost:    2,
			MaxConnsPerHost:        8,
			MaxResponseHeaderBytes: 16 << 10,
			DisableCompression:     true, // a small answer needs none, a bomb does
			ForceAttemptHTTP2:      true,
		},
	}
}

// post sends JSON and gives the answer's body, with an *Error for anything but a
// 2xx. The url may hold a token and stays inside.
func (l line) post(ctx context.Context, c *http.Client, url string, header http.Header, payload []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(payload))
	if err != nil {
		return nil, l.fail(CodeChannelRejected)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", userAgent)
	req.GetBody = nil // no silent second send on a broken kept-alive connection

	res, err := c.Do(req)
	if err != nil {
		return nil, l.fail(netCode(ctx, err))
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if res.StatusCode/100 == 2 {
		switch {
		case err != nil:
			return nil, l.fail(netCode(ctx, err))
		case len(answer) > maxAnswer:
			return nil, &Error{Channel: l.name, Code: CodeBadAnswer, Status: res.StatusCode}
		}
		return answer, nil
	}
	if len(answer) > maxAnswer {
		answer = nil
	}
	return answer, &Error{
		Channel: l.name, Code: statusCode(res.StatusCode), Status: res.StatusCode,
		RetryAfter: retryAfter(res, l.now()),
	}
}

// statusCode names what an HTTP status that is not a success means for a notice.
func statusCode(status int) Code {
	switch {
	case status == http.StatusTooManyRequests:
		return CodeRateLimited
	case status == http.StatusRequestTimeout, status == http.StatusConflict, status == http.StatusTooEarly:
		return CodeUnavailable
	case status == http.StatusBadRequest, status == http.StatusNotFound, status == http.StatusGone,
		status == http.StatusUnprocessableEntity:
		return CodeAddressRejected
	case status >= 500:
		return CodeUnavailable
	case status >= 400:
		return CodeChannelRejected
	case status >= 300:
		return CodeRedirected
	}
	return CodeBadAnswer
}

// retryAfter reads how long the far end asks us to wait. Feishu's gateway says it
// in x-ogw-ratelimit-reset, in seconds.
func retryAfter(res *http.Response, now time.Time) time.Duration {
	if !statusCode(res.StatusCode).Retryable() {
		return 0
	}
	for _, h := range []string{"Retry-After", "X-Ogw-Ratelimit-Reset"} {
		v := strings.TrimSpace(res.Header.Get(h))
		if n, err := strconv.ParseInt(v, 10, 32); err == nil && n > 0 {
			return min(time.Duration(n)*time.Second, maxRetryAfter)
		}
		if t, err := http.ParseTime(v); err == nil && t.After(now) {
			return min(t.Sub(now), maxRetryAfter)
		}
	}
	if res.StatusCode == http.StatusTooManyRequests {
		return defaultRetryAfter
	}
	return 0
}

// standardHeaders signs a body as Standard Webhooks describes.
func standardHeaders(key secret, id string, at time.Time, body []byte) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(key()))
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body)
	h := http.Header{}
	h.Set("Webhook-Id", id)
	h.Set("Webhook-Timestamp", stamp)
	h.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return h
}

// reference reads {"ref":"…"} from an answer that need not hold one.
func reference(answer []byte) string {
	var a struct {
		Ref string `json:"ref"`
	}
	if json.Unmarshal(answer, &a) != nil {
		return ""
	}
	return a.Ref
}
