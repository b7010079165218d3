package blobs_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/files/blobs"
)

const (
	name  = "0123456789abcdef0123456789abcdef"
	other = "fedcba9876543210fedcba9876543210"
)

func TestAFolderHoldsTheBytesAndNothingBeside(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "blobs")
	b, err := blobs.Open(dir)
	require.NoError(t, err)
	require.NoError(t, b.Put(t.Context(), name, []byte("sealed")))
	got, err := b.Get(t.Context(), name)
	require.NoError(t, err)
	require.Equal(t, "sealed", string(got))
	var paths []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		if d.IsDir() {
			info, err := d.Info()
			require.NoError(t, err)
			require.Equal(t, fs.FileMode(0o700), info.Mode().Perm(), path)
			return nil
		}
		paths = append(paths, path)
		return nil
	}))
	require.Equal(t, []string{filepath.Join(dir, "01", name[2:])}, paths, "no file of attributes, no half-written one")
	require.NoError(t, b.Close())

	b, err = blobs.Open(dir)
	require.NoError(t, err)
	got, err = b.Get(t.Context(), name)
	require.NoError(t, err)
	require.Equal(t, "sealed", string(got))
}

func TestABlobThatIsNotThere(t *testing.T) {
	b, err := blobs.Open(t.TempDir())
	require.NoError(t, err)
	_, err = b.Get(t.Context(), name)
	require.ErrorIs(t, err, blobs.ErrNotFound)
	require.NoError(t, b.Delete(t.Context(), name))
	require.NoError(t, b.Put(t.Context(), name, []byte("x")))
	require.NoError(t, b.Delete(t.Context(), name))
	_, err = b.Get(t.Context(), name)
	require.ErrorIs(t, err, blobs.ErrNotFound)
}

func TestEachGivesWhatIsOldEnough(t *testing.T) {
	dir := t.TempDir()
	b, err := blobs.Open(dir)
	require.NoError(t, err)
	require.NoError(t, b.Put(t.Context(), name, []byte("x")))
	require.NoError(t, b.Put(t.Context(), other, []byte("y")))
	old := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(dir, other[:2], other[2:]), old, old))
	half := filepath.Join(dir, "01", name[2:]+".17f.tmp") // of a process that was killed
	require.NoError(t, os.WriteFile(half, []byte("z"), 0o600))
	require.NoError(t, os.Chtimes(half, old, old))
	var names []string
	gather := func(name string) error { names = append(names, name); return nil }
	require.NoError(t, b.Each(t.Context(), time.Now().Add(-time.Minute), gather))
	slices.Sort(names)
	require.Equal(t, []string{name + ".17f.tmp", other}, names)
	for _, n := range names {
		require.NoError(t, b.Delete(t.Context(), n))
	}
	require.NoFileExists(t, half)
	enough := errors.New("enough")
	require.ErrorIs(t, b.Each(t.Context(), time.Now().Add(time.Minute), func(string) error { return enough }), enough)
}

func TestAFolderThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := blobs.Open(filepath.Join(file, "blobs"))
	require.Error(t, err)
}
