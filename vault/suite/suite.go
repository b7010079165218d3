// Package suite is the choice of algorithms: what the world uses, or the commercial cryptography of the People's Republic (商用密码).
// A suite is chosen when a key file is made, and recorded there; every build opens what either has sealed.
package suite

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"hash"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/prf"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/signature"
)

// Suite names a choice of algorithms, as in the key file and on the command line.
type Suite string

// The suites.
const (
	Standard Suite = "standard" // AES-256-GCM, SHA-256, HMAC-SHA256, Ed25519
	SM       Suite = "sm"       // SM4-GCM, SM3, HMAC-SM3, SM2 with SM3 (GB/T 32907, 32905, 32918)
)

// All lists the suites.
var All = []Suite{Standard, SM}

// Parse reads a suite's name; the empty one is Standard.
func Parse(name string) (Suite, error) {
	switch s := Suite(name); s {
	case "":
		return Standard, nil
	case Standard, SM:
		return s, nil
	}
	return "", fmt.Errorf("no suite %q: there are %q", name, All)
}

// HashSize is the length of every suite's hash, in bytes.
const HashSize = 32

// NewHash is the suite's hash: SHA-256 or SM3.
func (s Suite) NewHash() hash.Hash {
	if s == SM {
		return sm3.New()
	}
	return sha256.New()
}

// Sum hashes data.
func (s Suite) Sum(data []byte) [HashSize]byte {
	if s == SM {
		return sm3.Sum(data)
	}
	return sha256.Sum256(data)
}

// Wrapping is the kind of key that wraps keys and seals payloads. AES takes 192-bit nonces, so that one key may seal without a
// practical limit. SM4-GCM takes 96-bit ones drawn at random: rotate such a key before it has sealed 2^32 times.
func (s Suite) Wrapping() *tinkpb.KeyTemplate {
	if s == SM {
		return template(sm4GCM, tinkpb.OutputPrefixType_TINK)
	}
	return aead.XAES256GCM192BitNonceKeyTemplate()
}

// PRF is the kind of key of blind indexes.
func (s Suite) PRF() *tinkpb.KeyTemplate {
	if s == SM {
		return template(hmacSM3, tinkpb.OutputPrefixType_RAW)
	}
	return prf.HMACSHA256PRFKeyTemplate()
}

// Signature is the kind of key that signs.
func (s Suite) Signature() *tinkpb.KeyTemplate {
	if s == SM {
		return template(sm2Private, tinkpb.OutputPrefixType_TINK)
	}
	return signature.ED25519KeyTemplate()
}

// Cipher is how a data key seals fields. The number is stored, as the first byte of a wrapped data key and of every ciphertext:
// never reuse one.
type Cipher byte

// The ciphers.
const (
	AES256GCM Cipher = 1
	SM4GCM    Cipher = 2
)

// Cipher is the one under which the suite makes new data keys.
func (s Suite) Cipher() Cipher {
	if s == SM {
		return SM4GCM
	}
	return AES256GCM
}

// KeySize is the length of a data key in bytes; 0 for a cipher outside the list.
func (c Cipher) KeySize() int {
	switch c {
	case AES256GCM:
		return 32
	case SM4GCM:
		return 16
	}
	return 0
}

// New gives the AEAD of a data key. It draws a nonce by itself and puts it before the ciphertext: NonceSize is 0, Overhead is 28.
func (c Cipher) New(key []byte) (cipher.AEAD, error) {
	if len(key) != c.KeySize() || len(key) == 0 {
		return nil, fmt.Errorf("suite: cipher %d takes no key of %d bytes", c, len(key))
	}
	if c == SM4GCM {
		return newSM4GCM(key)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func newSM4GCM(key []byte) (cipher.AEAD, error) {
	block, err := sm4.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return randomNonce{gcm}, nil
}

// randomNonce is for SM4 what cipher.NewGCMWithRandomNonce, which takes AES only, is for AES.
type randomNonce struct{ gcm cipher.AEAD }

func (r randomNonce) NonceSize() int { return 0 }

func (r randomNonce) Overhead() int { return r.gcm.NonceSize() + r.gcm.Overhead() }

func (r randomNonce) Seal(dst, nonce, plaintext, additionalData []byte) []byte {
	if len(nonce) != 0 {
		panic("suite: the nonce is drawn here")
	}
	drawn := make([]byte, r.gcm.NonceSize())
	rand.Read(drawn)
	return r.gcm.Seal(append(dst, drawn...), drawn, plaintext, additionalData)
}

func (r randomNonce) Open(dst, nonce, ciphertext, additionalData []byte) ([]byte, error) {
	if len(nonce) != 0 {
		panic("suite: the nonce is within the ciphertext")
	}
	n := r.gcm.NonceSize()
	if len(ciphertext) < r.Overhead() {
		return nil, errOpen
	}
	return r.gcm.Open(dst, ciphertext[:n], ciphertext[n:], additionalData)
}
