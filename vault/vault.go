package vault

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/tink-crypto/tink-go/v2/core/registry"
	"github.com/tink-crypto/tink-go/v2/tink"

	"tonghu/vault/suite"
)

// Options say where the keys are.
type Options struct {
	// KeyFile is the path of the key file. It is made on first use, readable by its owner only. Required.
	KeyFile string
	// KMSURI names the key that protects the key file, as "hcvault://…". Empty: the key file itself is the secret, or says the key. It is
	// asked when the file is read, never per data key.
	KMSURI string
	// KMS is its client; nil means those that are registered with tink.
	KMS registry.KMSClient
	// Suite is the choice of algorithms for a key file that is made now; empty means suite.Standard. A file that exists says its own,
	// and one of another suite than asked for is refused.
	Suite suite.Suite
	// MustExist refuses to make a new key file: for a process that finds a database already filled.
	MustExist bool

	// CacheKeys is how many unwrapped data keys are remembered; 0 means 4096.
	CacheKeys int
	// CacheFor is how long one is remembered; 0 means five minutes. A destroyed key is forgotten everywhere after this long.
	CacheFor time.Duration
	// Now is the clock of the cache and of keys' ages; nil means time.Now.
	Now func() time.Time
}

// Vault seals, opens and indexes. It is safe for concurrent use. After Open it does no I/O but Refresh's.
type Vault struct {
	options Options
	cache   *cache
	keys    atomic.Pointer[keys]
	file    reader
}

// Open reads the key file, or makes it on first use. Errors about the file wrap ErrKeyFile and say what to do.
func Open(o Options) (*Vault, error) {
	v := &Vault{options: o, cache: newCache(o.CacheKeys, o.CacheFor, o.Now)}
	ring, mark, err := openRing(o)
	if err != nil {
		return nil, err
	}
	k, err := ring.open()
	if err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrKeyFile, o.KeyFile, err)
	}
	v.file.read = mark
	v.keys.Store(k)
	return v, nil
}

// Suite is the choice of algorithms that the key file was made with.
func (v *Vault) Suite() suite.Suite { return v.keys.Load().suite }

// KMSURI is the key that protects the key file; "" if none does.
func (v *Vault) KMSURI() string { return v.keys.Load().kmsURI }

// Keys lists the keys of the file, by purpose and age.
func (v *Vault) Keys() []Key { return slices.Clone(v.keys.Load().list) }

// Fingerprint identifies the key file without telling anything about it. It never changes, through rotations included. A database
// keeps it, so that a process with another key file stops instead of writing what nobody else can read.
func (v *Vault) Fingerprint() []byte { return slices.Clone(v.keys.Load().fingerprint) }

// PayloadAEAD is the cipher of Temporal payloads: it seals under the newest key and opens under every key of the file.
func (v *Vault) PayloadAEAD() tink.AEAD { return payloads{v} }

// Sealing gives the id of the key that is in use for a purpose.
func (v *Vault) Sealing(p Purpose) string { return v.keys.Load().sealing(p) }

// PayloadKeyID names the key under which payloads are sealed now, in hexadecimal.
func (v *Vault) PayloadKeyID() string { return v.keys.Load().sealing(Payload) }

// payloads goes with the key file.
type payloads struct{ v *Vault }

func (p payloads) Encrypt(plaintext, associatedData []byte) ([]byte, error) {
	return p.v.keys.Load().payload.Encrypt(plaintext, associatedData)
}

func (p payloads) Decrypt(ciphertext, associatedData []byte) ([]byte, error) {
	k := p.v.keysFor(Payload, ciphertext)
	return k.payload.Decrypt(ciphertext, associatedData)
}

// AuditSigner signs what is kept outside the database: audit heads, erasure lists.
func (v *Vault) AuditSigner() tink.Signer { return signer{v} }

// AuditVerifier verifies what any audit key of the file has signed.
func (v *Vault) AuditVerifier() tink.Verifier { return verifier{v} }

// AuditPublicKey is the public keyset (tink JSON) to hand to an auditor, who can then verify without the vault.
func (v *Vault) AuditPublicKey() []byte { return slices.Clone(v.keys.Load().public) }

type signer struct{ v *Vault }

func (s signer) Sign(data []byte) ([]byte, error) { return s.v.keys.Load().signer.Sign(data) }

type verifier struct{ v *Vault }

func (f verifier) Verify(signature, data []byte) error {
	return f.v.keysFor(Audit, signature).verifier.Verify(signature, data)
}
