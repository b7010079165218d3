package password

import (
	"crypto/rand"
	_ "embed" // the block list
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MinChars is the fewest characters of a new password, counted after NFKC.
const MinChars = 12

// own is how many characters of a password must be neither the account's own words
// nor on the block list.
const own = 6

// Reasons why a new password is refused. Nothing asks for capitals, digits or signs
// (NIST SP 800-63B-4, 3.1.1.2): length counts, and not being what is tried first.
const (
	TooShort = "too_few"  // fewer than MinChars
	Common   = "common"   // what is tried first: known passwords, words of the county, runs and repetitions
	Personal = "personal" // little more than the login, the name or the telephone number
	Unusable = "format"   // longer than MaxBytes, or not text
)

//go:embed common.txt
var commonWords string

// common are the words of the block list, the longest first.
var common = func() []string {
	var out []string
	for line := range strings.Lines(commonWords) {
		if word := folded(strings.TrimSpace(line)); word != "" && !strings.HasPrefix(word, "#") {
			out = append(out, word)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return len(b) - len(a) })
	return out
}()

// Weak tells why a new password is refused; "" if it is not. personal are the login,
// the name and the telephone number of whom it is for.
func Weak(pw string, personal ...string) string {
	text, err := normalise(pw)
	if err != nil {
		return Unusable
	}
	if utf8.RuneCount(text) < MinChars {
		return TooShort
	}
	left := folded(string(text))
	if substance(left) < own {
		return Common
	}
	for _, word := range personal {
		if word = folded(word); utf8.RuneCountInString(word) >= 2 {
			left = strings.ReplaceAll(left, word, "\n")
		}
	}
	if substance(left) < own {
		return Personal
	}
	for _, word := range common {
		left = strings.ReplaceAll(left, word, "\n")
	}
	if substance(left) < own {
		return Common
	}
	return ""
}

// Temporary makes a password of 80 bits that can be read out and typed: kq3m-7xav-p2dn-yt5c.
func Temporary() string {
	text := strings.ToLower(rand.Text())
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:16]
}

// TemporaryFor is how long one opens the door, to choosing another.
const TemporaryFor = 72 * time.Hour

// folded makes what only looks different the same: full-width, capitals, and the
// signs that stand for letters.
func folded(s string) string {
	return lookalikes.Replace(strings.ToLower(norm.NFKC.String(s)))
}

var lookalikes = strings.NewReplacer("@", "a", "$", "s")

// substance counts the letters and digits, without what only goes on: the third and
// later of a run such as 1234, dcba or a row of keys, and a pair that was there before.
func substance(s string) int {
	n, run := 0, 0
	seen := map[[2]rune]bool{}
	var before rune
	for _, c := range s {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			before, run = 0, 0
			continue
		}
		pair := [2]rune{before, c}
		if run++; !beside(before, c) {
			run = 1
		}
		if before == 0 || run < 3 && before != c && !seen[pair] {
			n++
		}
		seen[pair] = true
		before = c
	}
	return n
}

// keys are the rows of a keyboard.
var keys = []string{"qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890"}

// beside tells whether two characters are the same, or neighbours in the alphabet,
// among the digits or on the keyboard.
func beside(a, b rune) bool {
	if d := a - b; a < 128 && b < 128 && -1 <= d && d <= 1 || a == b {
		return true
	}
	return slices.ContainsFunc(keys, func(row string) bool {
		i, j := strings.IndexRune(row, a), strings.IndexRune(row, b)
		return i >= 0 && j >= 0 && (i-j == 1 || j-i == 1)
	})
}
