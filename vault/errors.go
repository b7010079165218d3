package vault

import "errors"

var (
	// ErrNoKey is returned when the data key is empty: it was never made or it was destroyed, and with it what it sealed.
	ErrNoKey = errors.New("vault: no data key, the record was erased or never sealed")
	// ErrSealed is returned when a data key or ciphertext does not open: altered, moved from another row, or made under another master key.
	ErrSealed = errors.New("vault: does not open, it was altered, moved or made under another key")
	// ErrKeyFile is wrapped by every error about the key file itself; its text says what to do.
	ErrKeyFile = errors.New("vault: key file")
	// ErrCompartment is returned for a compartment outside the list.
	ErrCompartment = errors.New("vault: unknown compartment")
	// ErrSubject is returned for a data key without a subject.
	ErrSubject = errors.New("vault: a data key needs a subject")
)
