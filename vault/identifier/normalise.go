// Package identifier checks, normalises and masks the numbers by which people are known: resident ID numbers and telephones.
package identifier

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// compact makes full-width characters plain (NFKC), drops spaces, dashes, brackets and invisible characters, and upper-cases.
// What is left is normalised once more: marks that a dropped character kept apart now stand beside each other.
// Bytes that are no UTF-8 become U+FFFD first, since norm leaves what follows them as it is.
func compact(s string) string {
	return norm.NFKC.String(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("().·−", r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, norm.NFKC.String(strings.ToValidUTF8(s, "\ufffd"))))
}

// Login gives the one form of a login that was typed: full-width letters and capitals are the same as plain small ones.
func Login(typed string) string {
	return strings.ToLower(norm.NFKC.String(strings.TrimSpace(typed)))
}

// IsNumber tells that a login is a telephone's or an ID card's number. Such a login is no good: it is personal, and logins are kept in
// clear.
func IsNumber(login string) bool {
	if _, err := ParseID(login); err == nil {
		return true
	}
	p, err := ParsePhone(login)
	return err == nil && p.Kind() != ShortCode
}
