package vault

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/signature"
	"github.com/tink-crypto/tink-go/v2/tink"

	"tonghu/vault/suite"
)

// Key is one key of the key file.
type Key struct {
	Purpose Purpose
	ID      string    // eight hexadecimal digits, unique within its purpose
	Seals   bool      // it is the one in use; the others open what they have sealed
	Made    time.Time // zero for a key of before this was written down
}

// Name is the key's purpose and id: "master:1a2b3c4d".
func (k Key) Name() string { return string(k.Purpose) + ":" + k.ID }

// keys is the key file at work. It is never changed: a file that was replaced gives another.
type keys struct {
	suite       suite.Suite
	kmsURI      string
	list        []Key
	fingerprint []byte
	master      tink.AEAD
	index       *prf.Set
	payload     tink.AEAD
	signer      tink.Signer
	verifier    tink.Verifier
	public      []byte
}

func (r *ring) open() (k *keys, err error) {
	k = &keys{suite: r.suite, kmsURI: r.kmsURI, list: r.list()}
	if k.master, err = aead.New(r.handles[Master]); err != nil {
		return nil, err
	}
	if k.index, err = prf.NewPRFSet(r.handles[Index]); err != nil {
		return nil, err
	}
	if k.fingerprint, err = k.index.ComputePrimaryPRF([]byte("tonghu/vault/fingerprint/1"), tokenBytes); err != nil {
		return nil, err
	}
	if k.payload, err = aead.New(r.handles[Payload]); err != nil {
		return nil, err
	}
	return k, k.openAudit(r.handles[Audit])
}

func (k *keys) openAudit(h *keyset.Handle) (err error) {
	if k.signer, err = signature.NewSigner(h); err != nil {
		return err
	}
	public, err := h.Public()
	if err != nil {
		return err
	}
	if k.verifier, err = signature.NewVerifier(public); err != nil {
		return err
	}
	k.public, err = publicJSON(public)
	return err
}

// sealing gives the id of the key that is in use for a purpose.
func (k *keys) sealing(p Purpose) string {
	for _, key := range k.list {
		if key.Purpose == p && key.Seals {
			return key.ID
		}
	}
	return ""
}

func (k *keys) has(p Purpose, id string) bool {
	for _, key := range k.list {
		if key.Purpose == p && key.ID == id {
			return true
		}
	}
	return false
}

// follows tells whether k may take the place of before: the same vault, with all its keys.
func (k *keys) follows(before *keys) error {
	if !bytes.Equal(k.fingerprint, before.fingerprint) {
		return fmt.Errorf("it belongs to another vault than this process was started with; put the right file back, or restart")
	}
	for _, key := range before.list {
		if !k.has(key.Purpose, key.ID) {
			return fmt.Errorf("it lacks key %s, which this process has: it is an older copy; put the newest one there", key.Name())
		}
	}
	return nil
}

// tink's ciphertexts and signatures begin with a version byte and the key's id.
const keyIDEnd = 5

// keyIDOf gives the id of the key that made a ciphertext or signature; "" if it shows none.
func keyIDOf(made []byte) string {
	if len(made) < keyIDEnd || made[0] != 1 {
		return ""
	}
	return hex.EncodeToString(made[1:keyIDEnd])
}

// list gives the ring's keys in the order of the file: oldest first within a purpose.
func (r *ring) list() []Key {
	var out []Key
	for _, p := range purposes {
		info := r.handles[p].KeysetInfo()
		for _, k := range info.GetKeyInfo() {
			key := Key{Purpose: p, ID: fmt.Sprintf("%08x", k.GetKeyId()), Seals: k.GetKeyId() == info.GetPrimaryKeyId()}
			key.Made = r.made[key.Name()]
			out = append(out, key)
		}
	}
	return out
}
