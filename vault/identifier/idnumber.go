package identifier

import (
	"errors"
	"strings"
	"time"
)

// Why an ID number was refused. None of them repeats the number.
var (
	ErrIDLength = errors.New("identifier: an ID number has 18 characters")
	ErrIDDigits = errors.New("identifier: an ID number is 17 digits and a digit or X")
	ErrIDDate   = errors.New("identifier: digits 7 to 14 are no date of birth")
	ErrIDCheck  = errors.New("identifier: the last character does not fit, one digit was mistyped")
)

// IDNumber is a checked 公民身份号码 (GB 11643-1999): six digits of area, eight of birth, three of order, one check character.
// Residence permits of 港澳台 residents (810000, 820000, 830000) have the same form.
// Make one with ParseID; the zero value is no number.
type IDNumber struct{ text string }

// NormaliseID makes what was typed comparable: full-width to ASCII, x to X, no spaces or dashes. It checks nothing.
func NormaliseID(s string) string { return compact(s) }

// ParseID checks an ID number. The area code is not looked up: areas were renamed and dissolved, and it is where the person was
// first registered, not where they live. The error is one of ErrID….
func ParseID(s string) (IDNumber, error) {
	text := NormaliseID(s)
	if len(text) != 18 {
		return IDNumber{}, ErrIDLength
	}
	if strings.Trim(text[:17], "0123456789") != "" || !strings.Contains("0123456789X", text[17:]) {
		return IDNumber{}, ErrIDDigits
	}
	birth, err := time.Parse("20060102", text[6:14])
	if err != nil || birth.Year() < 1850 {
		return IDNumber{}, ErrIDDate
	}
	if idCheck(text[:17]) != text[17] {
		return IDNumber{}, ErrIDCheck
	}
	return IDNumber{text}, nil
}

// idCheck is ISO 7064 MOD 11-2.
func idCheck(digits string) byte {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += w * int(digits[i]-'0')
	}
	return "10X98765432"[sum%11]
}

// Reveal gives the 18 characters.
func (n IDNumber) Reveal() string { return n.text }

// String gives the masked number, so that a log or an error never holds the whole one.
func (n IDNumber) String() string { return MaskID(n.text) }

// Area gives the six digits of the place of first registration (GB/T 2260).
func (n IDNumber) Area() string { return n.text[:6] }

// Male tells the sex in the number: an odd order number is male.
func (n IDNumber) Male() bool { return (n.text[16]-'0')%2 == 1 }

// Birth gives the date of birth at midnight UTC; only year, month and day mean something.
func (n IDNumber) Birth() time.Time {
	birth, _ := time.Parse("20060102", n.text[6:14])
	return birth
}

// Age gives the full years on a day (its year, month and day in its own zone). A year of age is completed on the day after the
// birthday (法释〔2006〕1号 第二条), so that on the eighteenth birthday itself a person is still a minor. 0 before birth.
func (n IDNumber) Age(day time.Time) int {
	birth := n.Birth()
	years := day.Year() - birth.Year()
	if day.Month() < birth.Month() || day.Month() == birth.Month() && day.Day() <= birth.Day() {
		years--
	}
	return max(years, 0)
}

// MaskID hides the middle of an ID number, whole or not: province and city, and the last two characters stay.
func MaskID(s string) string { return mask(NormaliseID(s), 4, 2) }

// mask keeps the given number of characters at both ends, or none where that would show more than half.
func mask(s string, head, tail int) string {
	r := []rune(s)
	if len(r) < 2*(head+tail) {
		return strings.Repeat("*", len(r))
	}
	return string(r[:head]) + strings.Repeat("*", len(r)-head-tail) + string(r[len(r)-tail:])
}
