package secondfactor

import (
	"crypto/rand"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// RecoveryCodes is how many a person is given.
const RecoveryCodes = 10

// alphabet has no letter that is taken for another (Crockford's base 32).
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// recoveryChars are 5 bits each: a code has 60.
const recoveryChars = 12

// NewRecoveryCodes makes recovery codes as they are shown: K7Q2-M0XA-9TRB.
func NewRecoveryCodes() []string {
	out := make([]string, RecoveryCodes)
	for i := range out {
		raw := make([]byte, recoveryChars)
		rand.Read(raw)
		for j, b := range raw {
			raw[j] = alphabet[b%32]
		}
		out[i] = grouped(string(raw), 4, "-")
	}
	return out
}

// Recovery gives the one form of a recovery code that was typed; "" if it cannot be one. It tells recovery codes from an app's.
func Recovery(typed string) string {
	var out strings.Builder
	for _, c := range strings.ToUpper(norm.NFKC.String(typed)) {
		switch {
		case c == '-' || c == ' ' || c == '–' || c == '—':
			continue
		case c == 'O':
			c = '0'
		case c == 'I' || c == 'L':
			c = '1'
		}
		if !strings.ContainsRune(alphabet, c) {
			return ""
		}
		out.WriteRune(c)
	}
	if out.Len() != recoveryChars {
		return ""
	}
	return out.String()
}
