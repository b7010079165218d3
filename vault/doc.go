// Package vault keeps what is personal unreadable at rest: envelope encryption, sealed fields, blind indexes.
//
// A key file holds the master key and, wrapped by it, the keys of the blind indexes, of the Temporal payloads and of the audit
// signatures. Every subject (a case, a child, a person) has one data key per Compartment, wrapped by the master key and stored by the
// caller next to its rows. What the data key seals is bound to its table, field, row, subject and compartment, so a ciphertext
// that is moved opens nowhere. Destroying the wrapped data key erases all that was sealed with it (个保法 47).
//
// All of it exists twice (package suite): with the world's algorithms, or with those of 商用密码. The key file says which.
//
// The package does no SQL: callers store WrappedKey, ciphertexts and tokens as bytes.
package vault
