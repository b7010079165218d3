// Package secondfactor makes and checks what a person has beside a password: the codes of an authenticator app (TOTP, RFC 6238) and
// recovery codes. It keeps nothing.
package secondfactor

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
	"golang.org/x/text/unicode/norm"
)

// The codes are those that every authenticator app makes: six digits of HMAC-SHA1, a new one every 30 seconds.
const (
	secretBytes = 20
	stepSeconds = 30
	// skew is how many steps a clock may be wrong, either way.
	skew = 1
)

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewSecret makes a secret of 160 bits.
func NewSecret() []byte {
	out := make([]byte, secretBytes)
	rand.Read(out)
	return out
}

// Enrolment is what an authenticator app is given, as a QR code of URI or typed in.
type Enrolment struct {
	Secret string // base32, in groups of four
	URI    string // otpauth://totp/…
}

// Enrol gives a secret the form in which an app takes it. issuer and login are what the app shows; the error is of an empty one.
func Enrol(secret []byte, issuer, login string) (Enrolment, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: login, Secret: secret})
	if err != nil {
		return Enrolment{}, fmt.Errorf("second factor: %w", err)
	}
	return Enrolment{Secret: grouped(base32Text.EncodeToString(secret), 4, " "), URI: key.URL()}, nil
}

// Match tells whether typed is a code of the secret at a time, or of the step before or after, and gives the code's step. It takes
// as long for a wrong code as for a right one. The caller refuses a step that is not above the last one used.
func Match(secret []byte, typed string, now time.Time) (step int64, ok bool) {
	typed = digits(typed)
	text := base32Text.EncodeToString(secret)
	at := now.Unix() / stepSeconds
	for s := at - skew; s <= at+skew; s++ {
		code, err := hotp.GenerateCodeCustom(text, uint64(s), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(code), []byte(typed)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}

// digits drops what people type between them: spaces, and the width of an input method.
func digits(typed string) string {
	return strings.Join(strings.Fields(norm.NFKC.String(typed)), "")
}

func grouped(s string, by int, sep string) string {
	var out []string
	for len(s) > by {
		out, s = append(out, s[:by]), s[by:]
	}
	return strings.Join(append(out, s), sep)
}
