package api

import (
	"context"
	"net/http"
	"time"

	"github.com/go-chi/httprate"

	"tonghu/cases"
	"tonghu/records"
)

// Limits are how often something may be asked. Zero is the default, a negative
// number no limit.
type Limits struct {
	SignInPerAddress  int // wrong answers from one address in ten minutes; default 60: an office has one address
	SignInPerAccount  int // wrong answers at one account from one address in fifteen minutes; default 10
	AddressPerDay     int // wrong answers, or codes, at one account in a day from one address that it is not known at; default 20
	SignInPerDay      int // wrong answers at one account in a day, from where it is not known; default 100
	CodePerDay        int // wrong second factors of one account in a day, from where it is not known; default 30
	ReceiptPerAddress int // questions with a 查询码 a minute; default 60
	ReceiptGuesses    int // wrong 查询码 from one address in ten minutes; default 30
	ReportPerAddress  int // reports of the public a minute; default 120: a school files from one address
}

func (l Limits) withDefaults() Limits {
	for n, usual := range map[*int]int{
		&l.SignInPerAddress: 60, &l.SignInPerAccount: 10, &l.AddressPerDay: 20, &l.SignInPerDay: 100, &l.CodePerDay: 30, &l.ReceiptPerAddress: 60, &l.ReceiptGuesses: 30, &l.ReportPerAddress: 120,
	} {
		if *n == 0 {
			*n = usual
		}
	}
	return l
}

// attempt is one try at a secret of an account. It is counted before it is looked
// at, by all processes together, and taken back where it was right; what is refused
// is not looked at, whether it would have been right or not.
//
// From a browser that the account's person signed in with before, only that browser's
// own tries count. From elsewhere those of the address count, those of the address at
// the account, and, where the person never signed in from that address, those of the
// address in a day and those of everybody at the account. An address has fewer in a day
// than everybody together, so that one, however patient, can keep nobody out elsewhere;
// many can keep nobody from their own browser, and nobody gets far.
type attempt struct {
	s     *server
	tolls []records.Toll
}

// try counts an attempt. secret is what is guessed at ("password", "code"), daily is
// how many wrong ones everybody together has.
func (s *server) try(ctx context.Context, secret, login string, daily int) (attempt, error) {
	v, now := s.visitorOf(ctx), s.Now()
	known, err := s.Throttle.KnownBy(ctx, login, v.marks()...)
	if err != nil {
		return attempt{}, err
	}
	toll := func(of, key string, most int, span time.Duration) []records.Toll {
		if most < 0 {
			return nil
		}
		return []records.Toll{{Of: of, Key: key, Most: most, Span: span}}
	}
	own := s.Limits.SignInPerAccount
	if v.mark != "" && known[v.browserMark()] {
		a := attempt{s, toll(secret+" browser", login+"\x00"+v.mark, own, 15*time.Minute)}
		if took, err := s.Throttle.Take(ctx, now, a.tolls...); err != nil || took.Wait == 0 {
			return a, err
		}
	}
	a := attempt{s, toll("address", v.address, s.Limits.SignInPerAddress, 10*time.Minute)}
	a.tolls = append(a.tolls, toll(secret+" account from address", login+"\x00"+v.address, own, 15*time.Minute)...)
	if !known[v.addressMark()] {
		a.tolls = append(a.tolls, toll(secret+" account from address in a day", login+"\x00"+v.address, s.Limits.AddressPerDay, 24*time.Hour)...)
		a.tolls = append(a.tolls, toll(secret+" account", login, daily, 24*time.Hour)...)
	}
	took, err := s.Throttle.Take(ctx, now, a.tolls...)
	if err != nil || took.Wait == 0 {
		return a, err
	}
	s.metrics.signIns.WithLabelValues("throttled").Inc()
	if took.First {
		if err := s.People.RecordSignIn(ctx, login, "", false, "throttled"); err != nil {
			return attempt{}, err
		}
	}
	return attempt{}, &refused{err: cases.Refuse(records.CodeThrottled), retry: took.Wait}
}

// tryCode counts an attempt at a 查询码 from an address, for all processes together.
// Only wrong ones stay counted: a school has many reporters and one address.
func (s *server) tryCode(ctx context.Context) (attempt, error) {
	a := attempt{s: s}
	if s.Limits.ReceiptGuesses < 0 {
		return a, nil
	}
	a.tolls = []records.Toll{{Of: "receipt address", Key: s.visitorOf(ctx).address, Most: s.Limits.ReceiptGuesses, Span: 10 * time.Minute}}
	took, err := s.Throttle.Take(ctx, s.Now(), a.tolls...)
	if err == nil && took.Wait > 0 {
		err = &refused{err: cases.Refuse(records.CodeThrottled), retry: took.Wait}
	}
	return a, err
}

// right takes the attempt back.
func (a attempt) right(ctx context.Context) error {
	if len(a.tolls) == 0 {
		return nil
	}
	return a.s.Throttle.GiveBack(ctx, a.tolls...)
}

// limiters count in this process only: N processes let through N times as much.
type limiters struct {
	receipt, report, provider *limiter
}

func newLimiters(l Limits) limiters {
	return limiters{
		receipt: newLimiter(l.ReceiptPerAddress, time.Minute),
		report:  newLimiter(l.ReportPerAddress, time.Minute),
		// Going to a provider guesses at nothing here; it may ask the provider something.
		provider: newLimiter(120, time.Minute),
	}
}

// limiter counts in a sliding window.
type limiter struct {
	rate   *httprate.RateLimiter
	window time.Duration
}

func newLimiter(limit int, window time.Duration) *limiter {
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

// nobody takes the answer that httprate would write: ours is a problem.
type nobody struct{}

func (nobody) Header() http.Header         { return http.Header{} }
func (nobody) Write(b []byte) (int, error) { return len(b), nil }
func (nobody) WriteHeader(int)             {}
