package vault

import (
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// reader is how far a process has read the key file.
type reader struct {
	mu sync.Mutex
	// read is the file that the keys are from; failed is the last one that could not be used, with when that was tried.
	read   mark
	failed mark
	at     time.Time
	err    error
}

// mark tells one state of a file from another: the file is only ever replaced whole.
type mark struct{ info fs.FileInfo }

func markOf(path string) (mark, error) {
	info, err := os.Stat(path)
	return mark{info}, err
}

func (m mark) same(other mark) bool {
	return m.info != nil && other.info != nil && os.SameFile(m.info, other.info) &&
		m.info.ModTime().Equal(other.info.ModTime()) && m.info.Size() == other.info.Size()
}

// retry is how long a file that could not be used is left alone by those who meet an unknown key. Refresh itself always tries.
const retry = time.Second

// Refresh reads the key file again if it was replaced, and tells whether it was. A process calls it every few seconds, so that a
// rotation needs no restart. The vault keeps the keys that it has when the file cannot be used: it is gone or damaged, belongs to
// another vault, or is a copy from before a rotation. The error wraps ErrKeyFile and says what to do.
func (v *Vault) Refresh() (changed bool, err error) {
	v.file.mu.Lock()
	defer v.file.mu.Unlock()
	return v.refresh()
}

func (v *Vault) refresh() (bool, error) {
	now, err := markOf(v.options.KeyFile)
	if err == nil && now.same(v.file.read) {
		v.file.failed, v.file.err = mark{}, nil
		return false, nil
	}
	if err != nil {
		err = fmt.Errorf("%w: %w; this process goes on with the keys that it has", ErrKeyFile, err)
	} else {
		err = v.reread()
	}
	v.file.failed, v.file.at, v.file.err = now, v.cache.now(), err
	return err == nil, err
}

func (v *Vault) reread() error {
	ring, read, err := readRing(v.options)
	if err != nil {
		return err
	}
	k, err := ring.open()
	if err == nil {
		err = k.follows(v.keys.Load())
	}
	if err != nil {
		return fmt.Errorf("%w %s: %w", ErrKeyFile, v.options.KeyFile, err)
	}
	v.keys.Store(k)
	v.file.read = read
	return nil
}

// keysFor gives the keys that may open what begins as made does. If it is of a key that this process does not know, another process
// is ahead of it: the file is looked at again.
func (v *Vault) keysFor(p Purpose, made []byte) *keys {
	k := v.keys.Load()
	if id := keyIDOf(made); id == "" || k.has(p, id) {
		return k
	}
	v.file.mu.Lock()
	defer v.file.mu.Unlock()
	now, err := markOf(v.options.KeyFile)
	tried := v.file.err != nil && now.same(v.file.failed) && v.cache.now().Sub(v.file.at) < retry
	if err == nil && !tried {
		_, _ = v.refresh() // whoever calls Refresh learns of it
	}
	return v.keys.Load()
}
