package audit

import (
	"fmt"
	"iter"
	"time"

	"tonghu/vault/suite"
)

// Reason says what is wrong with a chain.
type Reason string

// The reasons.
const (
	Altered   Reason = "altered"   // the row's content does not give its hash
	Gap       Reason = "gap"       // a row is missing before this one, or the first is not number 1
	Unlinked  Reason = "unlinked"  // the row does not continue the one before it
	Foreign   Reason = "foreign"   // the row belongs to another chain
	Rewritten Reason = "rewritten" // the rows agree among themselves but not with a signed head: all after the horizon are in doubt
	Truncated Reason = "truncated" // rows up to a signed head are missing at the end
)

// Broken is the error of Verify.
type Broken struct {
	Chain   string
	Seq     int64 // first row that is broken, missing or in doubt
	Reason  Reason
	Horizon Signed // last signed head before it: up to there the rows are as they were when it was signed. Zero if there is none
	Until   Signed // the signed head that does not fit, for Rewritten and Truncated
}

func (b *Broken) Error() string {
	proven := "no signed head proves any of its rows"
	if b.Horizon.Seq > 0 {
		proven = fmt.Sprintf("rows up to %d are proven by the head signed at %s", b.Horizon.Seq, b.Horizon.At.Format(time.RFC3339))
	}
	return fmt.Sprintf("audit: chain %s is %s at row %d; %s", b.Chain, b.Reason, b.Seq, proven)
}

// Verify reads a chain in the order of Seq and holds it against its signed heads (Book.Heads). It gives *Broken at the first
// break, the error of rows if reading fails, or nil. Rows after the last signed head are checked among themselves only.
func Verify(chain string, rows iter.Seq2[Row, error], heads []Signed) error {
	w := NewWalk(chain, heads)
	for row, err := range rows {
		if err != nil {
			return fmt.Errorf("audit: read chain %s: %w", chain, err)
		}
		if broken := w.Step(row); broken != nil {
			return broken
		}
	}
	if broken := w.End(); broken != nil {
		return broken
	}
	return nil
}

// Walk verifies a chain row by row, in the order of Seq.
type Walk struct {
	chain   string
	prev    Row      // the last good row
	heads   []Signed // not reached yet
	horizon Signed
}

// NewWalk begins with a chain's first row. heads are those of Book.Heads.
func NewWalk(chain string, heads []Signed) *Walk {
	return &Walk{chain: chain, heads: heads, prev: Row{Hash: make([]byte, suite.HashSize)}}
}

// Step takes the next row; after a break there is nothing more to learn of the chain.
func (w *Walk) Step(row Row) *Broken {
	next := w.prev.Seq + 1
	switch {
	case row.Chain != w.chain:
		return w.broken(next, Foreign, Signed{})
	case row.Seq != next:
		return w.broken(next, Gap, Signed{})
	case !fits(row.Hash, row.canonical()):
		return w.broken(next, Altered, Signed{})
	case !sameHash(row.PrevHash, w.prev.Hash):
		return w.broken(next, Unlinked, Signed{})
	}
	for len(w.heads) > 0 && w.heads[0].Seq == row.Seq {
		if !sameHash(row.Hash, w.heads[0].Hash) {
			return w.broken(w.horizon.Seq+1, Rewritten, w.heads[0])
		}
		w.horizon, w.heads = w.heads[0], w.heads[1:]
	}
	w.prev = row
	return nil
}

// End looks whether rows that were signed are missing after the last.
func (w *Walk) End() *Broken {
	if len(w.heads) > 0 {
		return w.broken(w.prev.Seq+1, Truncated, w.heads[len(w.heads)-1])
	}
	return nil
}

// Newer tells how many rows came after the last signed head.
func (w *Walk) Newer() int64 { return w.prev.Seq - w.horizon.Seq }

func (w *Walk) broken(seq int64, reason Reason, until Signed) *Broken {
	return &Broken{Chain: w.chain, Seq: seq, Reason: reason, Horizon: w.horizon, Until: until}
}
