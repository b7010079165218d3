package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"tonghu/vault/suite"
)

// ErrErasures is wrapped by every error that means: the erasure list itself was altered.
var ErrErasures = errors.New("audit: erasure list")

// Erasure is one decision to destroy files: ids, posts and codes, nothing of what was in them.
type Erasure struct {
	Decision   string    `json:"decision"` // id of the command that two persons decided on
	At         time.Time `json:"at"`
	Cases      []string  `json:"cases"` // the case in which it was decided first, then those merged into it
	Cause      string    `json:"cause"`
	By         string    `json:"by"` // person who proposed it, and in which post
	ByPost     string    `json:"by_post"`
	Second     string    `json:"second"` // person who approved it, and in which post
	SecondPost string    `json:"second_post"`
}

// Erasures is the list of everything that was destroyed, kept outside the database: a restored backup brings files back, and the
// list says which must go again. Each line is signed and names the one before. Keep the file with the key file, and copy it off the
// machine: it grows by one line per decision. Not safe for concurrent use within a process; processes take turns by a lock.
type Erasures struct {
	path     string
	suite    suite.Suite
	signer   Signer
	verifier Verifier
}

// OpenErasures gives the list; the file is made at the first Add, readable by its owner only.
func OpenErasures(path string, s suite.Suite, signer Signer, v Verifier) *Erasures {
	return &Erasures{path, s, signer, v}
}

// Path is where the list is.
func (l *Erasures) Path() string { return l.path }

// erasureLine is a line of the file. The signature is over canonical().
type erasureLine struct {
	Number int64 `json:"n"` // first, so that a half line still shows it
	Erasure
	Prev string `json:"prev"`
	Sig  string `json:"sig"`
}

func (e erasureLine) canonical() []byte {
	b := text(nil, "tonghu/audit/erasure/1")
	b = number(b, e.Number)
	b = number(b, e.At.UnixMicro())
	for _, s := range []string{e.Decision, e.Cause, e.By, e.ByPost, e.Second, e.SecondPost, e.Prev} {
		b = text(b, s)
	}
	b = number(b, int64(len(e.Cases)))
	for _, c := range e.Cases {
		b = text(b, c)
	}
	return b
}

func (e erasureLine) whole() []byte { return text(e.canonical(), e.Sig) }

// Read verifies the list and gives what it holds, the oldest first. Lines verified before a break are given with the error, which
// wraps ErrErasures. Half lines, which crashes leave, are passed over. No file is an empty list.
func (l *Erasures) Read() ([]Erasure, error) {
	data, err := os.ReadFile(l.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("audit: read erasure list: %w", err)
	}
	out, _, err := l.verify(data)
	return out, err
}

func (l *Erasures) verify(data []byte) (out []Erasure, last erasureLine, err error) {
	for i, text := range bytes.Split(data, []byte{'\n'}) {
		var e erasureLine
		if len(text) == 0 || json.Unmarshal(text, &e) != nil {
			continue
		}
		if broken := l.follows(last, e); broken != "" {
			return out, last, fmt.Errorf("%w %s, line %d: %s; put its copy back", ErrErasures, l.path, i+1, broken)
		}
		last, out = e, append(out, e.Erasure)
	}
	if len(out) == 0 && len(bytes.TrimSpace(data)) > 0 && !bytes.HasPrefix(data, []byte(`{"n":1,`)) {
		return nil, last, fmt.Errorf("%w %s: no line of it is one; move it away if it is another file", ErrErasures, l.path)
	}
	return out, last, nil
}

func (l *Erasures) follows(last, e erasureLine) string {
	prev, err1 := b64.DecodeString(e.Prev)
	sig, err2 := b64.DecodeString(e.Sig)
	first := last.Number == 0 && sameHash(prev, make([]byte, suite.HashSize))
	switch {
	case err1 != nil || err2 != nil:
		return "it is damaged"
	case e.Number != last.Number+1 || !first && !fits(prev, last.whole()):
		return fmt.Sprintf("number %d does not continue number %d", e.Number, last.Number)
	case l.verifier.Verify(sig, e.canonical()) != nil:
		return "it was not signed by the vault's audit key"
	}
	return ""
}

// Add signs erasures and returns once they are on disk. A decision that is in the list already is not written again, so that whoever
// crashed after writing may ask again.
func (l *Erasures) Add(list ...Erasure) (err error) {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return fmt.Errorf("audit: erasure list: %w", err)
	}
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("audit: open erasure list: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("audit: lock erasure list: %w", err)
	}
	data, err := os.ReadFile(l.path)
	if err != nil {
		return fmt.Errorf("audit: read erasure list: %w", err)
	}
	have, last, err := l.verify(data)
	if err != nil {
		return err
	}
	first := last.Number == 0
	var more []byte
	if len(data) > 0 && data[len(data)-1] != '\n' {
		more = append(more, '\n')
	}
	for _, e := range list {
		if slices.ContainsFunc(have, func(h Erasure) bool { return h.Decision == e.Decision }) {
			continue
		}
		if last, err = l.sign(last, e); err != nil {
			return err
		}
		text, err := json.Marshal(last)
		if err != nil {
			return err
		}
		more, have = append(append(more, text...), '\n'), append(have, e)
	}
	return onDisk(f, more, first)
}

func (l *Erasures) sign(last erasureLine, e Erasure) (erasureLine, error) {
	e.At = e.At.UTC().Truncate(time.Microsecond)
	next := erasureLine{Number: last.Number + 1, Erasure: e, Prev: b64.EncodeToString(make([]byte, suite.HashSize))}
	if last.Number > 0 {
		next.Prev = b64.EncodeToString(hash(l.suite, last.whole()))
	}
	sig, err := l.signer.Sign(next.canonical())
	if err != nil {
		return next, fmt.Errorf("audit: sign erasure list: %w", err)
	}
	next.Sig = b64.EncodeToString(sig)
	return next, nil
}
