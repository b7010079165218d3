package audit

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tonghu/vault/suite"
)

// Head is the newest row of a chain.
type Head struct {
	Chain string
	Seq   int64
	Hash  []byte
}

// Signed is a head from a verified batch of the heads file, with the time of its signature.
type Signed struct {
	Head
	At       time.Time
	Restored bool // the database was restored to this head: what was signed beyond it before is void
}

// Signer signs batches; the vault's AuditSigner is one.
type Signer interface {
	Sign(data []byte) ([]byte, error)
}

// Verifier checks signatures; the vault's AuditVerifier is one, or one made from its public key by an auditor.
type Verifier interface {
	Verify(signature, data []byte) error
}

// batch is one line of the heads file. Each names its number and the sum of the one before, so that none can be taken out.
type batch struct {
	Number   int64
	At       time.Time
	Restored bool
	Prev     []byte
	Heads    []Head
	// Chains is how many chains there are with this batch, Root the hash over the head of each: a copy of one line
	// answers for every chain, also those that it does not name.
	Chains int64
	Root   []byte
	Sig    []byte
}

// line is the batch as JSON on one line; the signature is not over this text but over canonical().
type line struct {
	Number   int64      `json:"n"` // first, so that a half line still shows it
	At       int64      `json:"at_us"`
	Restored bool       `json:"restored,omitempty"`
	Prev     string     `json:"prev"`
	Heads    []headLine `json:"heads"`
	Chains   int64      `json:"chains"`
	Root     string     `json:"root"`
	Sig      string     `json:"sig"`
}

type headLine struct {
	Chain string `json:"c"`
	Seq   int64  `json:"s"`
	Hash  string `json:"h"`
}

var b64 = base64.RawURLEncoding.Strict()

func (b batch) canonical() []byte {
	out := text(nil, "tonghu/audit/heads/1")
	out = number(out, b.Number)
	out = number(out, b.At.UnixMicro())
	restored := int64(0)
	if b.Restored {
		restored = 1
	}
	out = number(out, restored)
	out = text(out, string(b.Prev))
	out = number(out, int64(len(b.Heads)))
	for _, h := range b.Heads {
		out = text(number(text(out, h.Chain), h.Seq), string(h.Hash))
	}
	return text(number(out, b.Chains), string(b.Root))
}

// next is the Prev of the batch after b: a hash over b, or zeros if b is none.
func (b batch) next(s suite.Suite) []byte {
	if b.Number == 0 {
		return make([]byte, suite.HashSize)
	}
	return hash(s, b.whole())
}

// precedes tells whether next is the batch after b.
func (b batch) precedes(next batch) bool {
	if b.Number == 0 {
		return next.Number == 1 && sameHash(next.Prev, b.next(""))
	}
	return next.Number == b.Number+1 && fits(next.Prev, b.whole())
}

func (b batch) whole() []byte { return text(b.canonical(), string(b.Sig)) }

func (b batch) marshal() ([]byte, error) {
	l := line{Number: b.Number, At: b.At.UnixMicro(), Restored: b.Restored, Prev: b64.EncodeToString(b.Prev), Chains: b.Chains, Root: b64.EncodeToString(b.Root), Sig: b64.EncodeToString(b.Sig), Heads: []headLine{}}
	for _, h := range b.Heads {
		l.Heads = append(l.Heads, headLine{h.Chain, h.Seq, b64.EncodeToString(h.Hash)})
	}
	data, err := json.Marshal(l)
	return append(data, '\n'), err
}

func unmarshalBatch(data []byte) (batch, error) {
	var l line
	if err := json.Unmarshal(data, &l); err != nil {
		return batch{}, fmt.Errorf("audit: no batch: %w", err)
	}
	prev, err1 := b64.DecodeString(l.Prev)
	sig, err2 := b64.DecodeString(l.Sig)
	root, err3 := b64.DecodeString(l.Root)
	b := batch{Number: l.Number, At: time.UnixMicro(l.At).UTC(), Restored: l.Restored, Prev: prev, Chains: l.Chains, Root: root, Sig: sig}
	err := errors.Join(err1, err2, err3)
	for _, h := range l.Heads {
		hash, herr := b64.DecodeString(h.Hash)
		err = errors.Join(err, herr)
		b.Heads = append(b.Heads, Head{h.Chain, h.Seq, hash})
	}
	return b, err
}
