package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"tonghu/vault/suite"
)

// ErrHeads is wrapped by every error that means: the heads file itself was altered.
var ErrHeads = errors.New("audit: heads file")

// Heads appends signed batches of chain heads to a file. Keep it where the database's administrator cannot write (another disk or
// user, `chattr +a`). Processes that share the file take turns by a lock on it. Not safe for concurrent use within a process.
type Heads struct {
	path     string
	suite    suite.Suite
	signer   Signer
	verifier Verifier

	// How far the file was read, and what it said up to there.
	offset int64
	torn   bool // it did not end in a line end
	last   batch
	first  batch
	ends   ends
}

// OpenHeads gives the writer of a heads file, which links batches by the suite's hash; the file is made at the first Append,
// readable by its owner only. What it holds already is verified before anything is added to it.
func OpenHeads(path string, s suite.Suite, signer Signer, v Verifier) *Heads {
	return &Heads{path: path, suite: s, signer: signer, verifier: v}
}

// Append signs heads and returns once they are on disk. A crash while it writes leaves half a line, which the next Append closes
// and readers skip. No heads, nothing written. Errors wrap ErrHeads if the file is not a heads file, or was altered.
func (h *Heads) Append(at time.Time, heads []Head) error {
	return h.append(batch{At: at, Heads: heads})
}

// AppendRestored declares that the database was restored from a backup and its chains now end at heads (Seq 0 for a chain that
// is gone). What was signed beyond them stays in the file for everyone to see, but no longer counts as missing.
func (h *Heads) AppendRestored(at time.Time, heads []Head) error {
	return h.append(batch{At: at, Heads: heads, Restored: true})
}

// Load reads what others have appended, or all of it the first time. No file is an empty one.
func (h *Heads) Load() error {
	f, err := os.Open(h.path)
	if errors.Is(err, os.ErrNotExist) && h.offset == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("audit: open heads file: %w", err)
	}
	defer func() { _ = f.Close() }()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH); err != nil {
		return fmt.Errorf("audit: lock heads file: %w", err)
	}
	return h.catchUp(f)
}

// Ends gives the newest head of every chain, as of Load or Append.
func (h *Heads) Ends() []Head {
	out := make([]Head, 0, len(h.ends))
	for _, head := range h.ends {
		out = append(out, head)
	}
	return out
}

// End gives the newest head of a chain; Seq 0 if there is none.
func (h *Heads) End(chain string) Head { return h.ends[chain] }

// Mark tells how far the file goes, as of Load or Append.
func (h *Heads) Mark() Mark { return markOf(h.first, h.last) }

func (h *Heads) append(b batch) (err error) {
	if len(b.Heads) == 0 {
		return nil
	}
	f, err := os.OpenFile(h.path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("audit: open heads file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("audit: lock heads file: %w", err)
	}
	if err := h.catchUp(f); err != nil {
		return err
	}
	h.ends.take(b)
	if err = h.sign(&b); err == nil {
		err = h.write(f, b)
	}
	if err != nil {
		h.forget() // it may be in the file, or half of it
		return err
	}
	h.took(b)
	return nil
}

func (h *Heads) forget() { h.offset, h.torn, h.last, h.first, h.ends = 0, false, batch{}, batch{}, nil }

func (h *Heads) took(b batch) {
	if b.Number == 1 {
		h.first = b
	}
	h.last = b
}

func (h *Heads) sign(b *batch) (err error) {
	b.Number = h.last.Number + 1
	b.At = b.At.UTC().Truncate(time.Microsecond)
	b.Prev = h.last.next(h.suite)
	b.Chains, b.Root = int64(len(h.ends)), hash(h.suite, h.ends.root())
	if b.Sig, err = h.signer.Sign(b.canonical()); err != nil {
		return fmt.Errorf("audit: sign heads: %w", err)
	}
	return nil
}

func (h *Heads) write(f *os.File, b batch) error {
	data, err := b.marshal()
	if err != nil {
		return err
	}
	if h.torn {
		data = append([]byte{'\n'}, data...)
	}
	h.offset, h.torn = h.offset+int64(len(data)), false
	return onDisk(f, data, b.Number == 1)
}

// onDisk appends and returns once it is on disk; with the first lines the file itself is.
func onDisk(f *os.File, data []byte, first bool) error {
	if _, err := f.Write(data); err != nil {
		return fmt.Errorf("audit: write %s: %w", filepath.Base(f.Name()), err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("audit: sync %s: %w", filepath.Base(f.Name()), err)
	}
	if !first {
		return nil
	}
	dir, err := os.Open(filepath.Dir(f.Name()))
	if err != nil {
		return fmt.Errorf("audit: sync the folder of %s: %w", filepath.Base(f.Name()), err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// catchUp reads from where the last reading ended.
func (h *Heads) catchUp(f *os.File) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("audit: read heads file: %w", err)
	}
	if size < h.offset {
		return fmt.Errorf("%w: it is shorter than it was: batch %d was its last", ErrHeads, h.last.Number)
	}
	if h.ends == nil {
		h.ends = ends{}
	}
	last, err := eachLine(io.NewSectionReader(f, h.offset, size-h.offset), func(line []byte) error {
		b, err := unmarshalBatch(line)
		if err != nil {
			return h.half(line)
		}
		if err := follows(h.last, b, h.verifier); err != nil {
			return err
		}
		h.ends.take(b)
		h.took(b)
		return nil
	})
	if err != nil {
		h.forget()
		return err
	}
	if size > h.offset && h.last.Number > 0 && !h.ends.rooted(h.last) {
		number := h.last.Number
		h.forget()
		return fmt.Errorf("%w: the root of batch %d is not that of its chains", ErrHeads, number)
	}
	if size > h.offset {
		h.offset, h.torn = size, last != '\n'
	}
	return nil
}

// half allows the half line that a crash leaves. Before the first batch it must look like the beginning of one: or it is another
// file, which nothing may be appended to.
func (h *Heads) half(line []byte) error {
	first := []byte(`{"n":1,`)
	if h.last.Number == 0 && !bytes.HasPrefix(line, first) && !bytes.HasPrefix(first, line) {
		return fmt.Errorf("%w: no batch in it; move it away if it is another file", ErrHeads)
	}
	return nil
}

// eachLine calls do for every line that is not empty. last is the last byte read.
func eachLine(r io.Reader, do func(line []byte) error) (last byte, err error) {
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		line, readErr := in.ReadBytes('\n')
		if readErr != nil && readErr != io.EOF {
			return last, fmt.Errorf("audit: read heads file: %w", readErr)
		}
		if len(line) > 0 {
			last = line[len(line)-1]
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			if err := do(line); err != nil {
				return last, err
			}
		}
		if readErr == io.EOF {
			return last, nil
		}
	}
}

func follows(last, b batch, v Verifier) error {
	if !last.precedes(b) {
		return fmt.Errorf("%w: batch %d does not continue batch %d", ErrHeads, b.Number, last.Number)
	}
	if err := v.Verify(b.Sig, b.canonical()); err != nil {
		return fmt.Errorf("%w: batch %d was not signed by the vault's audit key: %w", ErrHeads, b.Number, err)
	}
	return nil
}
