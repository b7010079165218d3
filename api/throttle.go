package api

import (
	"math"
	"net/http"
	"net/netip"
	"time"

	"github.com/go-chi/httprate"

	"tonghu/cases"
	"tonghu/records"
)

// Limits are how often something may be asked. Zero is the default, a negative
// number no limit.
type Limits struct {
	SignInPerAddress  int // attempts a minute; default 120: an office has one address
	SignInPerAccount  int // wrong passwords in ten minutes; default 10
	ReceiptPerAddress int // questions with a 查询码 a minute; default 60
	ReportPerAddress  int // reports of the public a minute; default 120: a school files from one address
}

// limiters count in this process only: N processes let through N times as much.
type limiters struct {
	signIn, account, receipt, report *limiter
}

func newLimiters(l Limits) limiters {
	return limiters{
		signIn:  newLimiter(l.SignInPerAddress, 120, time.Minute),
		account: newLimiter(l.SignInPerAccount, 10, 10*time.Minute),
		receipt: newLimiter(l.ReceiptPerAddress, 60, time.Minute),
		report:  newLimiter(l.ReportPerAddress, 120, time.Minute),
	}
}

// limiter counts in a sliding window.
type limiter struct {
	rate   *httprate.RateLimiter
	most   int
	window time.Duration
}

func newLimiter(limit, usual int, window time.Duration) *limiter {
	if limit == 0 {
		limit = usual
	}
	if limit < 0 {
		return &limiter{}
	}
	return &limiter{httprate.NewRateLimiter(limit, window, httprate.WithResponseHeaders(httprate.ResponseHeaders{})), limit, window}
}

// take counts one and refuses what is too many.
func (l *limiter) take(key string) error {
	if l.rate == nil || !l.rate.OnLimit(nobody{}, &http.Request{}, key) {
		return nil
	}
	return &refused{err: cases.Refuse(records.CodeThrottled), retry: l.window}
}

// full refuses where one more would be too many, and counts nothing.
func (l *limiter) full(key string) error {
	if l.rate == nil {
		return nil
	}
	if _, rate, err := l.rate.Status(key); err != nil || int(math.Round(rate)) < l.most {
		return err
	}
	return &refused{err: cases.Refuse(records.CodeThrottled), retry: l.window}
}

// addressKey is the caller's address (see address), of IPv6 its /64: a household
// has as many addresses below it as it likes.
func addressKey(r *http.Request) string {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	addr, bits := from.Addr().Unmap().WithZone(""), 32
	if addr.Is6() {
		bits = 64
	}
	net, err := addr.Prefix(bits)
	if err != nil {
		return addr.String()
	}
	return net.String()
}

// nobody takes the answer that httprate would write: ours is a problem.
type nobody struct{}

func (nobody) Header() http.Header         { return http.Header{} }
func (nobody) Write(b []byte) (int, error) { return len(b), nil }
func (nobody) WriteHeader(int)             {}
