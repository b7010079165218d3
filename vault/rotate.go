package vault

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"

	"github.com/tink-crypto/tink-go/v2/keyset"
)

// Rotation takes two steps, because processes read the key file only at Open: Stage adds a key that nobody uses yet; once every
// process was restarted and knows it, Promote makes it the one that seals; once they were restarted again, the caller runs Rewrap
// over the stored data keys. Old keys stay in the file and go on opening what they sealed.

// Stage adds a key to one keyset of the file. Index cannot be rotated.
func Stage(o Options, p Purpose) error {
	return edit(o, p, func(r *ring, m *keyset.Manager) error {
		_, err := m.Add(template(r.suite, p))
		return err
	})
}

// Promote makes the newest key of a keyset the one that seals. Without a staged key it changes nothing.
func Promote(o Options, p Purpose) error {
	return edit(o, p, func(r *ring, m *keyset.Manager) error {
		h := r.handles[p]
		newest, err := h.Entry(h.Len() - 1)
		if err != nil {
			return err
		}
		return m.SetPrimary(newest.KeyID())
	})
}

func edit(o Options, p Purpose, change func(*ring, *keyset.Manager) error) error {
	r, err := readRing(o)
	if err != nil {
		return err
	}
	if r.handles[p] == nil || p == Index {
		return fmt.Errorf("vault: keyset %q cannot be rotated", p)
	}
	m := keyset.NewManagerFromHandle(r.handles[p])
	if err := change(r, m); err != nil {
		return fmt.Errorf("vault: rotate %s: %w", p, err)
	}
	if r.handles[p], err = m.Handle(); err != nil {
		return fmt.Errorf("vault: rotate %s: %w", p, err)
	}
	return writeRing(o.KeyFile, r, os.Rename)
}

// prefix knows with which bytes a ciphertext of the primary key begins: tink's version byte and the key id.
type prefix struct{ primary []byte }

func prefixOf(h *keyset.Handle) prefix {
	return prefix{binary.BigEndian.AppendUint32([]byte{1}, h.KeysetInfo().GetPrimaryKeyId())}
}

func (p prefix) isPrimary(ciphertext []byte) bool { return bytes.HasPrefix(ciphertext, p.primary) }
