package vault

import (
	"fmt"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/signature"
	"github.com/tink-crypto/tink-go/v2/tink"

	"tonghu/vault/suite"
)

// Options say where the keys are.
type Options struct {
	// KeyFile is the path of the key file. It is made on first use, readable by its owner only. Required.
	KeyFile string
	// KMSURI names the key that protects the key file, as "gcp-kms://…" or "hcvault://…"; its tink client must be registered
	// before. Empty: the key file itself is the secret. It is asked once, at Open; never per data key.
	KMSURI string
	// Suite is the choice of algorithms for a key file that is made now; empty means suite.Standard. A file that exists says its own,
	// and one of another suite than asked for is refused.
	Suite suite.Suite
	// MustExist refuses to make a new key file: for a process that finds a database already filled.
	MustExist bool

	// CacheKeys is how many unwrapped data keys are remembered; 0 means 4096.
	CacheKeys int
	// CacheFor is how long one is remembered; 0 means five minutes. A destroyed key is forgotten everywhere after this long.
	CacheFor time.Duration
	// Now is the clock of the cache; nil means time.Now.
	Now func() time.Time
}

// Vault seals, opens and indexes. It is safe for concurrent use and does no I/O after Open.
type Vault struct {
	suite     suite.Suite
	master    tink.AEAD
	masterIDs prefix
	index     *prf.Set
	payload   tink.AEAD
	payloadID string
	signer    tink.Signer
	verifier  tink.Verifier
	public    []byte
	cache     *cache
}

// Open reads the key file, or makes it on first use. Errors about the file wrap ErrKeyFile and say what to do.
func Open(o Options) (*Vault, error) {
	ring, err := openRing(o)
	if err != nil {
		return nil, err
	}
	v, err := fromRing(ring)
	if err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrKeyFile, o.KeyFile, err)
	}
	v.cache = newCache(o.CacheKeys, o.CacheFor, o.Now)
	return v, nil
}

func fromRing(r *ring) (v *Vault, err error) {
	v = &Vault{suite: r.suite}
	if v.master, err = aead.New(r.handles[Master]); err != nil {
		return nil, err
	}
	v.masterIDs = prefixOf(r.handles[Master])
	if v.index, err = prf.NewPRFSet(r.handles[Index]); err != nil {
		return nil, err
	}
	if v.payload, err = aead.New(r.handles[Payload]); err != nil {
		return nil, err
	}
	v.payloadID = fmt.Sprintf("%08x", r.handles[Payload].KeysetInfo().GetPrimaryKeyId())
	return v, v.openAuditKeys(r.handles[Audit])
}

func (v *Vault) openAuditKeys(h *keyset.Handle) (err error) {
	if v.signer, err = signature.NewSigner(h); err != nil {
		return err
	}
	public, err := h.Public()
	if err != nil {
		return err
	}
	if v.verifier, err = signature.NewVerifier(public); err != nil {
		return err
	}
	v.public, err = publicJSON(public)
	return err
}

// Suite is the choice of algorithms that the key file was made with.
func (v *Vault) Suite() suite.Suite { return v.suite }

// PayloadAEAD is the cipher of Temporal payloads: it seals under the newest key and opens under every key of the file.
func (v *Vault) PayloadAEAD() tink.AEAD { return v.payload }

// PayloadKeyID names the key under which payloads are sealed now, in hexadecimal.
func (v *Vault) PayloadKeyID() string { return v.payloadID }

// AuditSigner signs what is kept outside the database: audit heads, erasure lists.
func (v *Vault) AuditSigner() tink.Signer { return v.signer }

// AuditVerifier verifies what any audit key of the file has signed.
func (v *Vault) AuditVerifier() tink.Verifier { return v.verifier }

// AuditPublicKey is the public keyset (tink JSON) to hand to an auditor, who can then verify without the vault.
func (v *Vault) AuditPublicKey() []byte { return append([]byte(nil), v.public...) }

// Fingerprint identifies the key file without telling anything about it. It never changes, through rotations included. A database
// keeps it, so that a process with another key file stops instead of writing what nobody else can read.
func (v *Vault) Fingerprint() []byte {
	f, err := v.index.ComputePrimaryPRF([]byte("tonghu/vault/fingerprint/1"), tokenBytes)
	if err != nil {
		panic(err) // an HMAC of 32 bytes gives 16
	}
	return f
}
