// Package password turns passwords into argon2id strings and checks them.
package password

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"runtime"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// MaxBytes is the longest password that is hashed, in bytes of UTF-8. A longer one is refused before any work is done.
const MaxBytes = 1024

var (
	// ErrTooLong is returned for a password over MaxBytes.
	ErrTooLong = errors.New("password: longer than 1024 bytes")
	// ErrNotText is returned for a password that is not UTF-8 text.
	ErrNotText = errors.New("password: not text")
	// ErrFormat is returned when the stored string is not one this package made, or asks for more work than Ceiling.
	ErrFormat = errors.New("password: stored hash is not a readable argon2id string")
)

// Params is the cost of one hash.
type Params struct {
	MemoryKiB uint32 // memory, KiB
	Time      uint32 // passes over the memory
	Threads   uint8  // lanes
}

// Default is the cost of new hashes: 19 MiB, two passes, one lane (OWASP's first choice for argon2id; about 30 ms of one core).
var Default = Params{MemoryKiB: 19 << 10, Time: 2, Threads: 1}

// Ceiling is the most that a stored string may ask for, so that a planted one cannot exhaust the machine.
var Ceiling = Params{MemoryKiB: 256 << 10, Time: 16, Threads: 8}

const (
	saltBytes = 16
	hashBytes = 32
)

// slots bounds how many hashes run at once: each holds its memory, and more than one per core gains nothing.
var slots = make(chan struct{}, runtime.GOMAXPROCS(0))

// Hash gives the PHC string of a password under Default, with a fresh salt.
// Passwords are compared after NFKC, so that an input method's full-width letters are the same as plain ones.
func Hash(pw string) (string, error) { return Default.Hash(pw) }

// Hash gives the PHC string of a password at this cost.
func (p Params) Hash(pw string) (string, error) {
	text, err := normalise(pw)
	if err != nil {
		return "", err
	}
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	return encode(p, salt, derive(p, text, salt, hashBytes)), nil
}

// Check tells whether pw is the password of the stored string, in time that does not depend on where they differ.
// rehash is true for a right password whose stored cost differs from Default: the caller stores a new Hash.
// The error is ErrFormat, ErrTooLong or ErrNotText; a wrong password is no error.
func Check(pw, stored string) (ok, rehash bool, err error) {
	text, err := normalise(pw)
	if err != nil {
		return false, false, err
	}
	p, salt, want, err := decode(stored)
	if err != nil {
		return false, false, err
	}
	got := derive(p, text, salt, uint32(len(want)))
	if subtle.ConstantTimeCompare(got, want) != 1 {
		return false, false, nil
	}
	return true, p != Default || len(salt) != saltBytes || len(want) != hashBytes, nil
}

// CheckNobody does the work of Check for an account that does not exist, so that the answer's time does not tell which accounts do.
func CheckNobody(pw string) {
	if text, err := normalise(pw); err == nil {
		derive(Default, text, make([]byte, saltBytes), hashBytes)
	}
}

func derive(p Params, text, salt []byte, size uint32) []byte {
	slots <- struct{}{}
	defer func() { <-slots }()
	return argon2.IDKey(text, salt, p.Time, p.MemoryKiB, p.Threads, size)
}

func normalise(pw string) ([]byte, error) {
	if len(pw) > MaxBytes {
		return nil, ErrTooLong
	}
	if !utf8.ValidString(pw) {
		return nil, ErrNotText
	}
	return norm.NFKC.Bytes([]byte(pw)), nil
}
