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
	path   string
	suite  suite.Suite
	signer Signer
}

// OpenHeads gives the writer of a heads file, which links batches by the suite's hash; the file is made at the first Append,
// readable by its owner only.
func OpenHeads(path string, s suite.Suite, signer Signer) *Heads {
	return &Heads{path: path, suite: s, signer: signer}
}

// Append signs heads and returns once they are on disk. A crash while it writes leaves half a line, which the next Append closes
// and readers skip. No heads, nothing written. Errors wrap ErrHeads if the file is not a heads file.
func (h *Heads) Append(at time.Time, heads []Head) error {
	return h.append(batch{At: at, Heads: heads})
}

// AppendRestored declares that the database was restored from a backup and its chains now end at heads (Seq 0 for a chain that
// is gone). What was signed beyond them stays in the file for everyone to see, but no longer counts as missing.
func (h *Heads) AppendRestored(at time.Time, heads []Head) error {
	return h.append(batch{At: at, Heads: heads, Restored: true})
}

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
	last, torn, err := lastBatch(f)
	if err != nil {
		return err
	}
	data, err := h.sign(last, b)
	if err != nil {
		return err
	}
	if torn {
		data = append([]byte{'\n'}, data...)
	}
	return h.write(f, data, last.Number == 0)
}

func (h *Heads) sign(last, b batch) (_ []byte, err error) {
	b.Number = last.Number + 1
	b.At = b.At.UTC().Truncate(time.Microsecond)
	b.Prev = last.next(h.suite)
	if b.Sig, err = h.signer.Sign(b.canonical()); err != nil {
		return nil, fmt.Errorf("audit: sign heads: %w", err)
	}
	return b.marshal()
}

func (h *Heads) write(f *os.File, data []byte, first bool) error {
	if _, err := f.Write(data); err != nil {
		return fmt.Errorf("audit: write heads: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("audit: sync heads: %w", err)
	}
	if !first {
		return nil
	}
	dir, err := os.Open(filepath.Dir(h.path))
	if err != nil {
		return fmt.Errorf("audit: sync heads folder: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// lastBatch finds the last whole batch, reading from the end in growing pieces. torn tells that the file does not end in a line end.
func lastBatch(f *os.File) (last batch, torn bool, err error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil || size == 0 {
		return batch{}, false, err
	}
	for piece := int64(64 << 10); ; piece *= 4 {
		start := max(size-piece, 0)
		buf := make([]byte, size-start)
		if _, err := f.ReadAt(buf, start); err != nil {
			return batch{}, false, fmt.Errorf("audit: read heads file: %w", err)
		}
		torn = buf[len(buf)-1] != '\n'
		lines := bytes.Split(buf, []byte{'\n'})
		if start > 0 {
			lines = lines[1:] // may begin within a line
		}
		for i := len(lines) - 1; i >= 0; i-- {
			if b, err := unmarshalBatch(lines[i]); err == nil {
				return b, torn, nil
			}
		}
		if start == 0 {
			return startOver(lines, torn)
		}
	}
}

// startOver allows a file with nothing but the half lines of crashes at its very first batch.
func startOver(lines [][]byte, torn bool) (batch, bool, error) {
	first := []byte(`{"n":1,`)
	for _, l := range lines {
		if !bytes.HasPrefix(l, first) && !bytes.HasPrefix(first, l) {
			return batch{}, torn, fmt.Errorf("%w: no batch in it; move it away if it is another file", ErrHeads)
		}
	}
	return batch{}, torn, nil
}

// ReadHeads verifies a heads file: every batch's signature, number and link to the one before. skipped counts the half lines that
// crashes left. The heads come in the order they were signed; those verified before a break are returned with the error, which wraps ErrHeads.
// That batches are missing at the end only another witness can tell: keep a copy of the file, or of its last line, elsewhere.
func ReadHeads(r io.Reader, v Verifier) (heads []Signed, skipped int, err error) {
	var last batch
	in := bufio.NewReader(r)
	for {
		data, readErr := in.ReadBytes('\n')
		if readErr != nil && readErr != io.EOF {
			return heads, skipped, fmt.Errorf("audit: read heads file: %w", readErr)
		}
		if data = bytes.TrimSpace(data); len(data) > 0 {
			b, err := unmarshalBatch(data)
			if err != nil {
				skipped++
			} else if err := follows(last, b, v); err != nil {
				return heads, skipped, err
			} else {
				last = b
				heads = appendSigned(heads, b)
			}
		}
		if readErr == io.EOF {
			return heads, skipped, nil
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

func appendSigned(heads []Signed, b batch) []Signed {
	for _, h := range b.Heads {
		heads = append(heads, Signed{Head: h, At: b.At, Restored: b.Restored})
	}
	return heads
}
