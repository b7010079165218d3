package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tonghu/vault/suite"
)

// openRing reads the key file, or makes it. Two processes that start at once end up with the same file: only one link succeeds.
func openRing(o Options) (*ring, error) {
	if o.KeyFile == "" {
		return nil, fmt.Errorf("%w: no path given", ErrKeyFile)
	}
	made, err := suite.Parse(string(o.Suite))
	if err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrKeyFile, o.KeyFile, err)
	}
	r, err := readRing(o)
	if !errors.Is(err, fs.ErrNotExist) {
		return r, err
	}
	if o.MustExist {
		return nil, fmt.Errorf("%w %s is missing, and there are records that only it can open; restore it from its copy", ErrKeyFile, o.KeyFile)
	}
	if r, err = newRing(made, o.KMSURI); err != nil {
		return nil, err
	}
	err = writeRing(o.KeyFile, r, os.Link)
	if errors.Is(err, fs.ErrExist) {
		return readRing(o)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

func readRing(o Options) (*ring, error) {
	info, err := os.Stat(o.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	data, err := os.ReadFile(o.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	r, err := unmarshalRing(data, o)
	if err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrKeyFile, o.KeyFile, err)
	}
	// With a KMS the file alone opens nothing, and mounted secrets are often readable by a group.
	if mode := info.Mode().Perm(); r.kmsURI == "" && mode&0o077 != 0 {
		return nil, fmt.Errorf("%w %s can be read by others (mode %04o): run `chmod 600 %[2]s`, and if someone may have read it, rotate the keys", ErrKeyFile, o.KeyFile, mode)
	}
	return r, nil
}

// writeRing writes a temporary file, syncs it and puts it in place with place: os.Link to make it, os.Rename to replace it.
func writeRing(path string, r *ring, place func(from, to string) error) error {
	data, err := r.marshal()
	if err != nil {
		return fmt.Errorf("%w %s: %w", ErrKeyFile, path, err)
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	temp, err := writeTemp(dir, append(data, '\n'))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	defer func() { _ = os.Remove(temp) }() // gone already if it was renamed
	if err := place(temp, path); err != nil {
		return fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	return syncDir(dir)
}

// writeTemp leaves a synced file of mode 0600 (as os.CreateTemp makes it).
func writeTemp(dir string, data []byte) (string, error) {
	f, err := os.CreateTemp(dir, ".keys-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return f.Name(), err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	return nil
}
