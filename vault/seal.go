package vault

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// AAD says where a ciphertext stands. It opens only there, and only with its subject's key of its compartment.
type AAD struct {
	Table string // table or blob folder
	Field string // column
	Row   string // row id within the subject, where one subject has several rows; may be empty
}

// Seal encrypts plaintext for one place. The output is 29 bytes longer. The error is ErrNoKey, ErrSealed, ErrSubject or ErrCompartment.
func (v *Vault) Seal(dk WrappedKey, at AAD, plaintext []byte) ([]byte, error) {
	c, err := v.open(dk)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 1, 1+len(plaintext)+c.Overhead())
	out[0] = c.number
	return c.Seal(out, nil, plaintext, at.bind(dk)), nil
}

// Unseal opens what Seal made for the same place. The error is ErrNoKey, or ErrSealed if anything about it differs.
func (v *Vault) Unseal(dk WrappedKey, at AAD, sealed []byte) ([]byte, error) {
	c, err := v.open(dk)
	if err != nil {
		return nil, err
	}
	if len(sealed) < 1+c.Overhead() || sealed[0] != c.number {
		return nil, ErrSealed
	}
	plaintext, err := c.Open(nil, nil, sealed[1:], at.bind(dk))
	if err != nil {
		return nil, ErrSealed
	}
	return plaintext, nil
}

// SealJSON seals a record with several fields, such as a form or a person. Errors as Seal's, or json.Marshal's.
func (v *Vault) SealJSON(dk WrappedKey, at AAD, record any) ([]byte, error) {
	plaintext, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("vault: seal %s.%s: %w", at.Table, at.Field, err)
	}
	defer clear(plaintext)
	return v.Seal(dk, at, plaintext)
}

// UnsealJSON opens what SealJSON made into record, a pointer. Errors as Unseal's; a record of another shape is reported without its content.
func (v *Vault) UnsealJSON(dk WrappedKey, at AAD, sealed []byte, record any) error {
	plaintext, err := v.Unseal(dk, at, sealed)
	if err != nil {
		return err
	}
	defer clear(plaintext)
	if err := json.Unmarshal(plaintext, record); err != nil {
		return fmt.Errorf("vault: %s.%s is not a %T (%T)", at.Table, at.Field, record, err) // json's text may quote the content
	}
	return nil
}

func (at AAD) bind(dk WrappedKey) []byte {
	return bind("tonghu/vault/field/1", at.Table, at.Field, at.Row, dk.Subject, strconv.Itoa(int(dk.Compartment)))
}
