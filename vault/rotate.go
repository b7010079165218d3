package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/tink-crypto/tink-go/v2/keyset"
)

// Rotation takes two steps: Stage adds a key that nobody uses yet; once every process knows it (Refresh), Promote makes it the one
// that seals. For the master key the caller then runs Rewrap over the stored data keys. Old keys stay in the file and go on opening
// what they have sealed.

// Stage adds a key to one keyset of the file and gives its id. A key that is staged already is that key. Index cannot be rotated.
func Stage(o Options, p Purpose) (id string, err error) {
	err = edit(o, p, func(r *ring) error {
		if staged, ok := r.staged(p); ok {
			id = staged.ID
			return errUnchanged
		}
		m := keyset.NewManagerFromHandle(r.handles[p])
		if _, err := m.Add(template(r.suite, p)); err != nil {
			return err
		}
		if r.handles[p], err = m.Handle(); err != nil {
			return err
		}
		staged, _ := r.staged(p)
		id = staged.ID
		r.date(o, staged)
		return nil
	})
	return id, err
}

// Promote makes the staged key of a keyset the one that seals. Without a staged key it changes nothing.
func Promote(o Options, p Purpose) error {
	return edit(o, p, func(r *ring) error {
		if _, ok := r.staged(p); !ok {
			return errUnchanged
		}
		h := r.handles[p]
		newest, err := h.Entry(h.Len() - 1)
		if err != nil {
			return err
		}
		m := keyset.NewManagerFromHandle(h)
		if err := m.SetPrimary(newest.KeyID()); err != nil {
			return err
		}
		r.handles[p], err = m.Handle()
		return err
	})
}

// Staged gives the key that Stage has added and Promote has not yet put to use; false if there is none.
func (v *Vault) Staged(p Purpose) (Key, bool) { return staged(v.keys.Load().list, p) }

func (r *ring) staged(p Purpose) (Key, bool) { return staged(r.list(), p) }

// staged is the newest key, if it does not seal.
func staged(keys []Key, p Purpose) (Key, bool) {
	var newest Key
	for _, k := range keys {
		if k.Purpose == p {
			newest = k
		}
	}
	return newest, newest.ID != "" && !newest.Seals
}

// errUnchanged ends an edit that has nothing to do.
var errUnchanged = errors.New("unchanged")

// edit changes the key file. Whoever else edits it waits: a key must never get lost.
func edit(o Options, p Purpose, change func(*ring) error) error {
	if p != Master && p != Payload && p != Audit {
		return fmt.Errorf("vault: keyset %q cannot be rotated", p)
	}
	return rewrite(o, func(r *ring) error {
		err := change(r)
		if err != nil && !errors.Is(err, errUnchanged) {
			return fmt.Errorf("vault: rotate %s: %w", p, err)
		}
		return err
	})
}

// rewrite replaces the key file by a changed one, under a lock on its folder.
func rewrite(o Options, change func(*ring) error) error {
	folder, err := os.Open(filepath.Dir(o.KeyFile))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	defer func() { _ = folder.Close() }() // gives the lock up
	if err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("%w: lock its folder: %w", ErrKeyFile, err)
	}
	r, old, err := readRing(o)
	if err != nil {
		return err
	}
	if err := change(r); errors.Is(err, errUnchanged) {
		return nil
	} else if err != nil {
		return err
	}
	return writeRing(o, r, func(from, to string) error {
		if err := alike(from, old.info); err != nil {
			return err
		}
		return os.Rename(from, to)
	})
}

// alike gives a new file the owner and the mode of the one that it replaces: an administrator may edit what a service reads.
func alike(path string, old fs.FileInfo) error {
	owner, ok := old.Sys().(*syscall.Stat_t)
	if ok && (int(owner.Uid) != os.Geteuid() || int(owner.Gid) != os.Getegid()) {
		if err := os.Chown(path, int(owner.Uid), int(owner.Gid)); err != nil {
			return fmt.Errorf("its owner cannot be kept; run this as the owner or as root: %w", err)
		}
	}
	return os.Chmod(path, old.Mode().Perm())
}
