package vault

import (
	"crypto/cipher"
	"crypto/rand"
	"strconv"

	"tonghu/vault/suite"
)

// WrappedKey is the data key of one compartment of one subject, as it is stored: only the vault can use it.
// Wrapped is empty once the key was destroyed.
type WrappedKey struct {
	Subject     string      // id of the case, child or person; never a name
	Compartment Compartment // which part of the file
	Wrapped     []byte
}

// NewDataKey makes a data key. The caller stores it, once per subject and compartment, in the transaction that first seals with it.
// The error is ErrSubject or ErrCompartment.
func (v *Vault) NewDataKey(subject string, c Compartment) (WrappedKey, error) {
	dk := WrappedKey{Subject: subject, Compartment: c}
	if err := dk.check(); err != nil {
		return WrappedKey{}, err
	}
	k := v.keys.Load()
	sealing := k.suite.Cipher()
	raw := make([]byte, 1+sealing.KeySize()) // first the cipher's number, as in every ciphertext
	raw[0] = byte(sealing)
	rand.Read(raw[1:])
	defer clear(raw)
	var err error
	dk.Wrapped, err = k.master.Encrypt(raw, dk.aad())
	return dk, err
}

// Rewrap wraps a data key under the newest master key. changed is false if it already is, and then dk is returned as it was.
// What the data key has sealed stays as it is. The error is ErrNoKey or ErrSealed.
func (v *Vault) Rewrap(dk WrappedKey) (_ WrappedKey, changed bool, _ error) {
	raw, err := v.unwrap(dk)
	if err != nil {
		return dk, false, err
	}
	defer clear(raw)
	k := v.keys.Load()
	if keyIDOf(dk.Wrapped) == k.sealing(Master) {
		return dk, false, nil
	}
	dk.Wrapped, err = k.master.Encrypt(raw, dk.aad())
	return dk, err == nil, err
}

// Forget drops a destroyed key from this process's memory; other processes drop it when Options.CacheFor is over.
func (v *Vault) Forget(dk WrappedKey) { v.cache.drop(dk) }

func (v *Vault) unwrap(dk WrappedKey) ([]byte, error) {
	if err := dk.check(); err != nil {
		return nil, err
	}
	if len(dk.Wrapped) == 0 {
		return nil, ErrNoKey
	}
	raw, err := v.keysFor(Master, dk.Wrapped).master.Decrypt(dk.Wrapped, dk.aad())
	if err != nil || len(raw) == 0 || len(raw) != 1+suite.Cipher(raw[0]).KeySize() {
		return nil, ErrSealed
	}
	return raw, nil
}

// fieldCipher is a data key at work. Its ciphertexts begin with its number.
type fieldCipher struct {
	number byte
	cipher.AEAD
}

// open gives the cipher of a data key, from the cache if it was used lately.
func (v *Vault) open(dk WrappedKey) (fieldCipher, error) {
	if c, ok := v.cache.get(dk); ok {
		return c, nil
	}
	raw, err := v.unwrap(dk)
	if err != nil {
		return fieldCipher{}, err
	}
	defer clear(raw)
	c := fieldCipher{number: raw[0]}
	if c.AEAD, err = suite.Cipher(raw[0]).New(raw[1:]); err != nil {
		return fieldCipher{}, err
	}
	v.cache.put(dk, c)
	return c, nil
}

func (dk WrappedKey) check() error {
	if dk.Subject == "" {
		return ErrSubject
	}
	if !dk.Compartment.Valid() {
		return ErrCompartment
	}
	return nil
}

func (dk WrappedKey) aad() []byte {
	return bind("tonghu/vault/data-key/1", dk.Subject, strconv.Itoa(int(dk.Compartment)))
}
