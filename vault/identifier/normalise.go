// Package identifier checks, normalises and masks the numbers by which people are known: resident ID numbers and telephones.
package identifier

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// compact makes full-width characters plain (NFKC), drops spaces, dashes, brackets and invisible characters, and upper-cases.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("().·−", r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, norm.NFKC.String(s))
}

// Login gives the one form of a login that was typed: full-width letters and capitals are the same as plain small ones.
func Login(typed string) string {
	return strings.ToLower(norm.NFKC.String(strings.TrimSpace(typed)))
}
