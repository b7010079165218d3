// Package blobs keeps sealed bytes under random names in a folder. A name tells
// nothing of what it holds, and nothing is kept beside the bytes.
package blobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/gcerrors"
)

// ErrNotFound is returned where there is no blob of a name.
var ErrNotFound = errors.New("blobs: there is none of this name")

// Bucket keeps blobs.
type Bucket struct {
	bucket *blob.Bucket
	dir    string
}

// Open opens a folder, made if it is not there with access for its owner only.
func Open(where string) (*Bucket, error) {
	dir, err := filepath.Abs(where)
	if err != nil {
		return nil, fmt.Errorf("blobs: %w", err)
	}
	b, err := fileblob.OpenBucket(dir, &fileblob.Options{
		CreateDir: true, DirFileMode: 0o700,
		NoTempDir: true,                       // a rename must not cross file systems
		Metadata:  fileblob.MetadataDontWrite, // no .attrs file beside each blob
	})
	if err != nil {
		return nil, fmt.Errorf("blobs: %w", err)
	}
	return &Bucket{bucket: b, dir: dir}, nil
}

// Close gives the bucket back.
func (b *Bucket) Close() error { return b.bucket.Close() }

// path spreads names over folders: one of a hundred thousand files is slow.
func path(name string) string {
	if len(name) < 3 {
		return name
	}
	return name[:2] + "/" + name[2:]
}

// Put keeps sealed bytes under a new name, of lower-case letters and digits. When it
// returns they survive a power cut.
func (b *Bucket) Put(ctx context.Context, name string, sealed []byte) error {
	err := b.bucket.WriteAll(ctx, path(name), sealed, &blob.WriterOptions{ContentType: "application/octet-stream"})
	if err != nil {
		return wrapped(err)
	}
	return wrapped(b.settle(path(name)))
}

// settle makes a file and its name durable.
func (b *Bucket) settle(path string) error {
	file := filepath.Join(b.dir, filepath.FromSlash(path))
	for at := file; len(at) >= len(b.dir); at = filepath.Dir(at) {
		f, err := os.Open(at)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Get gives what was kept under a name, or ErrNotFound.
func (b *Bucket) Get(ctx context.Context, name string) ([]byte, error) {
	sealed, err := b.bucket.ReadAll(ctx, path(name))
	return sealed, wrapped(err)
}

// Delete takes a name away; that it is not there is no error.
func (b *Bucket) Delete(ctx context.Context, name string) error {
	err := b.bucket.Delete(ctx, path(name))
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil
	}
	return wrapped(err)
}

// Each gives the names of what was written before a time, in order, until fn fails.
// What a killed process left half-written is among them.
func (b *Bucket) Each(ctx context.Context, before time.Time, fn func(name string) error) error {
	list := b.bucket.List(nil)
	for {
		o, err := list.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return wrapped(err)
		}
		if o.IsDir || !o.ModTime.Before(before) {
			continue
		}
		if err := fn(strings.Replace(o.Key, "/", "", 1)); err != nil {
			return err
		}
	}
}

func wrapped(err error) error {
	switch {
	case err == nil:
		return nil
	case gcerrors.Code(err) == gcerrors.NotFound:
		return ErrNotFound
	}
	return fmt.Errorf("blobs: %w", err)
}
