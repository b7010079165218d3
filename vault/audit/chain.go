// Package audit makes a log whose alteration shows: rows chained by hash, and the chains' heads signed and kept outside the database.
//
// Whoever can write the database can recompute a chain; what they cannot do is change the heads file behind the signatures. So
// Verify walks the rows and holds them against the signed heads: it names the first broken row, and the horizon, the last signed
// head up to which the rows are proven.
package audit

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"slices"
	"time"

	"tonghu/vault/suite"
)

// Row is one entry of a chain. A case has a chain, and each actor has one for what they read.
type Row struct {
	Chain    string    // "case:<id>", "actor:<id>"
	Seq      int64     // 1, 2, 3 … without a gap
	At       time.Time // UTC, whole microseconds, as PostgreSQL keeps it
	Actor    string    // id of the person or "engine"; never a name
	Action   string    // code of what was done
	Object   string    // id of what it was done to
	Detail   []string  // codes only; see Code
	PrevHash []byte    // Hash of row Seq-1; 32 zero bytes for the first
	Hash     []byte    // over all of the above: SHA-256 or SM3, whichever fits
}

// Redacted stands for a detail that was no code.
const Redacted = "redacted"

var code = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.:/=+#-]{0,99}$`)

// Code tells whether s may stand in Detail: up to 100 ASCII letters, digits and _.:/=+#- . Names and sentences do not fit.
func Code(s string) bool { return code.MatchString(s) }

// Link makes row the successor of prev: it sets Seq, At (microseconds, UTC), PrevHash and Hash, and replaces a detail that is no
// code by Redacted. prev is the zero Row for the first of a chain; it may have been linked under another suite. The caller holds the
// chain's lock.
func Link(s suite.Suite, prev, row Row) Row {
	row.Seq = prev.Seq + 1
	row.At = row.At.UTC().Truncate(time.Microsecond)
	row.Detail = codesOf(row.Detail)
	row.PrevHash = prev.Hash
	if prev.Seq == 0 {
		row.PrevHash = make([]byte, suite.HashSize)
	}
	row.Hash = hash(s, row.canonical())
	return row
}

func codesOf(details []string) []string {
	out := make([]string, len(details))
	for i, d := range details {
		out[i] = d
		if !Code(d) {
			out[i] = Redacted
		}
	}
	return out
}

// canonical is what is hashed: every text with its length before it, numbers in eight bytes.
func (r Row) canonical() []byte {
	b := text(nil, "tonghu/audit/row/1")
	b = text(b, r.Chain)
	b = number(b, r.Seq)
	b = number(b, r.At.UnixMicro())
	for _, s := range []string{r.Actor, r.Action, r.Object} {
		b = text(b, s)
	}
	b = number(b, int64(len(r.Detail)))
	for _, d := range r.Detail {
		b = text(b, d)
	}
	return text(b, string(r.PrevHash))
}

func (r Row) head() Head { return Head{Chain: r.Chain, Seq: r.Seq, Hash: r.Hash} }

func text(b []byte, s string) []byte {
	return append(number(b, int64(len(s))), s...)
}

func number(b []byte, n int64) []byte { return binary.BigEndian.AppendUint64(b, uint64(n)) }

func hash(s suite.Suite, data []byte) []byte {
	h := s.Sum(data)
	return h[:]
}

// fits tells whether a hash is that of data under some suite: a log keeps what it has when its key file is replaced by one of another suite.
func fits(sum, data []byte) bool {
	return slices.ContainsFunc(suite.All, func(s suite.Suite) bool { return sameHash(sum, hash(s, data)) })
}

// Digest is a hash of something that lies beside the log, in the form of a detail.
func Digest(s suite.Suite, data []byte) string { return b64.EncodeToString(hash(s, data)) }

// Digests tells whether a Digest is that of data, under whichever suite it was made.
func Digests(digest string, data []byte) bool {
	sum, err := b64.DecodeString(digest)
	return err == nil && fits(sum, data)
}

func sameHash(a, b []byte) bool { return len(a) == suite.HashSize && bytes.Equal(a, b) }
