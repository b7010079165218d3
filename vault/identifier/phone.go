package identifier

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

// ErrPhone is returned for a number that is neither a mobile, a landline with its area code, nor a public short number.
var ErrPhone = errors.New("identifier: neither an 11-digit mobile nor a landline with its area code")

// PhoneKind tells what can be done with a number: only a mobile gets text messages.
type PhoneKind int

// The kinds of number.
const (
	Mobile PhoneKind = iota + 1
	Landline
	ShortCode
)

// Phone is a checked telephone number in digits.
type Phone struct {
	digits string
	kind   PhoneKind
}

var (
	mobile   = regexp.MustCompile(`^1[3-9]\d{9}$`)
	landline = regexp.MustCompile(`^0(10|2\d|[3-9]\d\d)\d{7,8}$`)
	weifang  = regexp.MustCompile(`^0536\d{7}$`) // 潍坊 has seven digits

	// shortCodes are 报警, 急救, 政务服务热线, 青少年服务台, 妇女维权, 检察服务, 法律援助.
	shortCodes = []string{"110", "120", "12345", "12355", "12338", "12309", "12348"}
)

// NormalisePhone makes what was typed comparable: full-width to ASCII, digits only, without +86. It checks nothing.
func NormalisePhone(s string) string {
	text := compact(s)
	for _, prefix := range []string{"+86", "0086"} {
		if rest, ok := strings.CutPrefix(text, prefix); ok {
			text = rest
			break
		}
	}
	if len(text) == 13 && strings.HasPrefix(text, "86") {
		text = text[2:]
	}
	return text
}

// ParsePhone checks a telephone number. The error is ErrPhone.
func ParsePhone(s string) (Phone, error) {
	digits := NormalisePhone(s)
	switch {
	case mobile.MatchString(digits):
		return Phone{digits, Mobile}, nil
	case strings.HasPrefix(digits, "0536"):
		if weifang.MatchString(digits) {
			return Phone{digits, Landline}, nil
		}
	case landline.MatchString(digits):
		return Phone{digits, Landline}, nil
	case slices.Contains(shortCodes, digits):
		return Phone{digits, ShortCode}, nil
	}
	return Phone{}, ErrPhone
}

// Reveal gives the digits.
func (p Phone) Reveal() string { return p.digits }

// Kind tells a mobile from a landline from a short number.
func (p Phone) Kind() PhoneKind { return p.kind }

// String gives the masked number; public short numbers stay as they are.
func (p Phone) String() string {
	if p.kind == ShortCode {
		return p.digits
	}
	return MaskPhone(p.digits)
}

// MaskPhone hides the middle of a number, whole or not: the first three and the last two digits stay.
func MaskPhone(s string) string { return mask(NormalisePhone(s), 3, 2) }

// MaskName keeps the first character of a name: 张**.
func MaskName(s string) string {
	r := []rune(strings.TrimSpace(s))
	if len(r) < 2 {
		return strings.Repeat("*", len(r))
	}
	return string(r[0]) + "**" // always two: the length of a name is telling
}
