package vault

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"tonghu/vault/suite"
)

// openRing reads the key file, or makes it. Two processes that start at once end up with the same file: only one link succeeds.
func openRing(o Options) (*ring, mark, error) {
	if o.KeyFile == "" {
		return nil, mark{}, fmt.Errorf("%w: no path given", ErrKeyFile)
	}
	s, err := suite.Parse(string(o.Suite))
	if err != nil {
		return nil, mark{}, fmt.Errorf("%w %s: %w", ErrKeyFile, o.KeyFile, err)
	}
	if _, err := os.Stat(o.KeyFile); !errors.Is(err, fs.ErrNotExist) {
		return readRing(o)
	}
	if o.MustExist {
		return nil, mark{}, fmt.Errorf("%w %s is missing, and there are records that only it can open; restore it from its copy", ErrKeyFile, o.KeyFile)
	}
	r, err := newRing(s, o)
	if err != nil {
		return nil, mark{}, err
	}
	if err := writeRing(o, r, os.Link); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, mark{}, err
	}
	return readRing(o)
}

// maxKeyFile is more than a key file grows to in a thousand rotations, in bytes.
const maxKeyFile = 4 << 20

func readRing(o Options) (*ring, mark, error) {
	f, err := os.Open(o.KeyFile)
	if err != nil {
		return nil, mark{}, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, mark{}, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, mark{}, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	r, err := unmarshalRing(data, o)
	if err != nil {
		return nil, mark{}, fmt.Errorf("%w %s: %w", ErrKeyFile, o.KeyFile, err)
	}
	return r, mark{info}, checkMode(o.KeyFile, info.Mode().Perm(), r.kmsURI != "")
}

// checkMode refuses a file that others can read. With a KMS the file alone opens nothing, and mounted secrets are often readable by a
// group; but who can write it can name another KMS.
func checkMode(path string, mode fs.FileMode, kms bool) error {
	if kms && mode&0o022 != 0 {
		return fmt.Errorf("%w %s can be written by others (mode %04o): run `chmod go-w %[2]s`", ErrKeyFile, path, mode)
	}
	if !kms && mode&0o077 != 0 {
		return fmt.Errorf("%w %s can be read by others (mode %04o): run `chmod 600 %[2]s`, and if someone may have read it, rotate the keys", ErrKeyFile, path, mode)
	}
	return nil
}

// writeRing writes a temporary file, syncs it and puts it in place with place: os.Link to make it, os.Rename to replace it.
func writeRing(o Options, r *ring, place func(from, to string) error) error {
	path := o.KeyFile
	data, err := r.marshal(o)
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
