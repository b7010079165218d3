package api

import (
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
	SignInPerAddress  int // attempts a minute; default 30
	SignInPerAccount  int // attempts in ten minutes; default 15
	ReceiptPerAddress int // questions with a 查询码 a minute; default 20
	ReportPerAddress  int // reports a minute; default 60: a school files from one address
}

// limiters count in this process only: N processes let through N times as much.
type limiters struct {
	signIn, account, receipt, report *limiter
}

func newLimiters(l Limits) limiters {
	return limiters{
		signIn:  newLimiter(l.SignInPerAddress, 30, time.Minute),
		account: newLimiter(l.SignInPerAccount, 15, 10*time.Minute),
		receipt: newLimiter(l.ReceiptPerAddress, 20, time.Minute),
		report:  newLimiter(l.ReportPerAddress, 60, time.Minute),
	}
}

// limiter counts in a sliding window.
type limiter struct {
	rate   *httprate.RateLimiter
	window time.Duration
}

func newLimiter(limit, usual int, window time.Duration) *limiter {
	if limit == 0 {
		limit = usual
	}
	if limit < 0 {
		return &limiter{}
	}
	return &limiter{httprate.NewRateLimiter(limit, window, httprate.WithResponseHeaders(httprate.ResponseHeaders{})), window}
}

// take counts one and refuses what is too many.
func (l *limiter) take(key string) error {
	if l.rate == nil || !l.rate.OnLimit(nobody{}, &http.Request{}, key) {
		return nil
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
