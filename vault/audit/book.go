package audit

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"time"
)

// Mark tells how far a heads file goes. It is kept elsewhere, so that a file that was cut back, or put away, is missed.
type Mark struct {
	File  string    // names the file, as long as its first line stands
	Batch int64     // number of its last batch; 0 for an empty file
	At    time.Time // when that was signed
	Tail  string    // of its signature
}

func markOf(first, last batch) Mark {
	if last.Number == 0 {
		return Mark{}
	}
	return Mark{File: tail(first.Sig), Batch: last.Number, At: last.At, Tail: tail(last.Sig)}
}

// tail is the end of a signature: its beginning names the key.
func tail(sig []byte) string { return hex.EncodeToString(sig[max(0, len(sig)-8):]) }

// Book is what heads files say: the signed heads of every chain.
type Book struct {
	// Stands tells of each head whether its row has the hash that was signed. With it, a book leaves out what it has no more need
	// of when a chain has many heads: those that stand, and others than the first that does not. Without it, it keeps all.
	Stands func(heads []Head) ([]bool, error)
	// Marks are how far the files go; Skipped counts the half lines that crashes left in them.
	Marks   []Mark
	Skipped int
	files   int // that were begun
	chains  map[string][]Signed
	tails   map[string][]string // of every batch of a file, in order
}

// Read takes in a heads file: every batch's signature, number and link to the one before, and the last one's root. What was read
// before a break is in the book when it gives an error, which wraps ErrHeads. That batches are missing at the end only a mark of
// them tells, or a copy of the file's last line.
func (b *Book) Read(r io.Reader, v Verifier) error {
	if b.chains == nil {
		b.chains, b.tails = map[string][]Signed{}, map[string][]string{}
	}
	b.files++
	var first, last batch
	known := ends{}
	_, err := eachLine(r, func(line []byte) error {
		next, err := unmarshalBatch(line)
		if err != nil {
			b.Skipped++
			return nil //nolint:nilerr // half a line of a crash
		}
		if err := follows(last, next, v); err != nil {
			return err
		}
		if last = next; next.Number == 1 {
			first = next
		}
		known.take(next)
		b.tails[tail(first.Sig)] = append(b.tails[tail(first.Sig)], tail(next.Sig))
		return b.take(next)
	})
	if err == nil && last.Number > 0 && !known.rooted(last) {
		err = fmt.Errorf("%w: the root of batch %d is not that of its chains", ErrHeads, last.Number)
	}
	if last.Number > 0 {
		b.Marks = append(b.Marks, markOf(first, last))
	}
	return err
}

// mostHeads bounds what is kept of a chain's heads that stand: beyond it every second but the last is left out, which only makes the
// horizon of a break coarser.
const mostHeads = 64

func (b *Book) take(next batch) (err error) {
	for _, h := range next.Heads {
		list := append(b.chains[h.Chain], Signed{Head: h, At: next.At, Restored: next.Restored})
		if len(list) > mostHeads && b.Stands != nil {
			if list, err = b.thinned(list); err != nil {
				return err
			}
		}
		b.chains[h.Chain] = list
	}
	return nil
}

// thinned leaves out every second head. What shows that a row was altered stays: the first head that does not stand, and the one
// before it, up to which the rows are proven.
func (b *Book) thinned(list []Signed) ([]Signed, error) {
	list = b.live(list)
	heads := make([]Head, len(list))
	for i, h := range list {
		heads[i] = h.Head
	}
	stands, err := b.Stands(heads)
	if err != nil {
		return nil, err
	}
	telling := -1
	for i, ok := range slices.Backward(stands) {
		if !ok && list[i].Seq > 0 {
			telling = i
		}
	}
	i := -1
	return slices.DeleteFunc(list, func(s Signed) bool {
		i++
		shows := telling >= 0 && (i == telling || i == telling-1)
		return i%2 == 1 && i < len(stands)-1 && !s.Restored && !shows
	}), nil
}

// live leaves out the heads that a restore made void. The list is then in the order of their signatures.
func (b *Book) live(list []Signed) []Signed {
	list = slices.Clone(list)
	if b.files > 1 { // a restore that one file declares holds for those before it
		slices.SortStableFunc(list, func(x, y Signed) int { return x.At.Compare(y.At) })
	}
	var out []Signed
	for _, h := range list {
		if h.Restored {
			out = slices.DeleteFunc(out, func(s Signed) bool { return s.Seq > h.Seq })
		}
		out = append(out, h)
	}
	return out
}

// Chains gives the names of the chains that were signed, in order.
func (b *Book) Chains() iter.Seq[string] { return slices.Values(slices.Sorted(maps.Keys(b.chains))) }

// Horizon is when the last batch was signed: up to then the heads prove that nothing is missing. Zero if there is none.
func (b *Book) Horizon() (at time.Time) {
	for _, m := range b.Marks {
		if m.At.After(at) {
			at = m.At
		}
	}
	return at
}

// Holds tells whether the batch of a mark is in the book.
func (b *Book) Holds(m Mark) bool {
	tails := b.tails[m.File]
	return m.Batch == 0 || m.Batch <= int64(len(tails)) && tails[m.Batch-1] == m.Tail
}

// Heads gives the signed heads of a chain that count, by Seq: without those that a restore made void.
func (b *Book) Heads(chain string) []Signed {
	out := slices.DeleteFunc(b.live(b.chains[chain]), func(s Signed) bool { return s.Seq == 0 }) // the whole chain was gone
	slices.SortStableFunc(out, func(x, y Signed) int { return cmp.Compare(x.Seq, y.Seq) })
	return out
}
