// Package receipt makes and reads 查询码: the opaque code with which a reporter follows up without an account.
//
// A code is 26 characters of Crockford base32 (130 random bits) and a check character, shown in nine groups of three so that it
// can be read over the telephone. Only its Digest is kept; the code itself is shown once, to its reporter.
package receipt

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	alphabet   = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // Crockford: no I, L, O, U
	dataChars  = 26
	codeChars  = dataChars + 1
	groupChars = 3
	maxInput   = 200 // bytes of what is typed or pasted; a shown code has 35
)

var (
	// ErrLength is returned for a code with missing or extra characters.
	ErrLength = errors.New("receipt: a code has 27 letters and digits")
	// ErrCharacter is returned for a character that no code contains.
	ErrCharacter = errors.New("receipt: a character that no code contains")
	// ErrCheck is returned when one character was misread or two were swapped.
	ErrCheck = errors.New("receipt: check character does not fit, one character was misread")
)

// Code is a 查询码. It hides itself in logs, errors and JSON; Reveal is the only way to its text.
type Code struct{ text string }

// New draws a code from the system's random source.
func New() Code {
	var raw [dataChars]byte
	rand.Read(raw[:])
	text := make([]byte, dataChars, codeChars)
	for i, b := range raw {
		text[i] = alphabet[b&31]
	}
	return Code{string(append(text, alphabet[check(text)]))}
}

// From gives the code of a secret: 26 bytes that nobody else can compute, such as a keyed hash of the case's id. The same secret gives
// the same code again, so that a repeated filing is answered alike though only the Digest is kept.
func From(secret [26]byte) Code {
	text := make([]byte, dataChars, codeChars)
	for i, b := range secret {
		text[i] = alphabet[b&31]
	}
	return Code{string(append(text, alphabet[check(text)]))}
}

// Parse reads what a person typed: lower case, full-width letters, spaces, dashes and dots are accepted, O is read as 0, I and L as 1.
// The error is ErrLength, ErrCharacter or ErrCheck and does not repeat what was typed.
func Parse(typed string) (Code, error) {
	if len(typed) > maxInput {
		return Code{}, ErrLength
	}
	text := make([]byte, 0, codeChars)
	for _, r := range norm.NFKC.String(typed) {
		if separates(r) {
			continue
		}
		c, ok := read(r)
		if !ok {
			return Code{}, ErrCharacter
		}
		if len(text) == codeChars {
			return Code{}, ErrLength
		}
		text = append(text, c)
	}
	if len(text) != codeChars {
		return Code{}, ErrLength
	}
	if alphabet[check(text[:dataChars])] != text[dataChars] {
		return Code{}, ErrCheck
	}
	return Code{string(text)}, nil
}

// Reveal gives the code as it is shown to its reporter: ABC-DEF-….
func (c Code) Reveal() string {
	var b strings.Builder
	for i := 0; i < len(c.text); i++ {
		if i > 0 && i%groupChars == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(c.text[i])
	}
	return b.String()
}

// Digest is what is stored and looked up: SHA-256 over the code. With 130 random bits it needs neither salt nor key.
func (c Code) Digest() [sha256.Size]byte {
	return sha256.Sum256([]byte("tonghu/receipt/1\x00" + c.text))
}

// IsZero tells a code that was never made or parsed.
func (c Code) IsZero() bool { return c.text == "" }

// Format hides the code in every verb of fmt.
func (c Code) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, "查询码(***)") }

func separates(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("_.,·、。−", r)
}

func read(r rune) (byte, bool) {
	if r >= 'a' && r <= 'z' {
		r -= 'a' - 'A'
	}
	switch r {
	case 'O':
		return '0', true
	case 'I', 'L':
		return '1', true
	}
	if r > unicode.MaxASCII || strings.IndexByte(alphabet, byte(r)) < 0 {
		return 0, false
	}
	return byte(r), true
}

// check folds the characters as digits of GF(32) (x⁵+x²+1), multiplying by x at each step. x has order 31, more than the code is
// long, so every single misread character and every swap of two characters changes the result.
func check(text []byte) byte {
	var sum byte
	for _, c := range text {
		sum = timesX(sum) ^ byte(strings.IndexByte(alphabet, c))
	}
	return timesX(sum)
}

func timesX(v byte) byte {
	v <<= 1
	if v&0x20 != 0 {
		v ^= 0x25
	}
	return v
}
