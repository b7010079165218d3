package postgres

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
	"tonghu/vault"
)

var _ records.Filings = (*Store)(nil)

// The compartments of a filing's parts.
const (
	childPart     = vault.Ordinary
	reporterPart  = vault.Reporter
	narrativePart = vault.Narrative
	addressPart   = vault.Address
)

// place is where a child lives and goes to school, sealed apart from who it is.
type place struct {
	Address string `json:"address,omitempty"`
	School  string `json:"school,omitempty"`
}

func filingAt(field string) vault.AAD { return vault.AAD{Table: "filing", Field: field} }

// File commits a report or a finding whole, in one transaction. The rules that it was opened by
// must be kept (PutRules).
func (s *Store) File(ctx context.Context, once records.Once, f records.Filing) (records.Filed, error) {
	var filed records.Filed
	if f.Author != "" { // a key's row would tell who filed what
		once.Actor = "author:" + hex.EncodeToString(s.token(vault.Author, f.Author))
	}
	err := s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		id, again, err := s.onceOrAgain(ctx, tx, once, func() (string, error) {
			return f.Open.State.ID, s.file(ctx, tx, f)
		})
		if err != nil {
			return err
		}
		key, err := caseID(id)
		if err != nil {
			return err
		}
		row, err := q.Filed(ctx, key)
		filed = records.Filed{Case: id, Number: row.Number, Replayed: again, At: row.FiledAt.UTC()}
		return err
	})
	return filed, err
}

func (s *Store) file(ctx context.Context, tx pgx.Tx, f records.Filing) error {
	c, err := s.change(tx, f.Open)
	if err != nil {
		return err
	}
	p, keys, err := s.sealFiling(f, c.id)
	if err != nil {
		return err
	}
	if err := s.putKeys(ctx, c.q, keys); err != nil {
		return err
	}
	if _, err := c.open(ctx); err != nil {
		return err
	}
	if err := c.q.InsertFiling(ctx, p); err != nil {
		return err
	}
	kinds, tokens := s.tokensOf(f.Child, f.Reporter)
	if len(tokens) == 0 {
		return nil
	}
	return c.q.InsertTokens(ctx, kinds, tokens, c.id)
}

// sealFiling seals the parts of a filing under keys that are made for it, and are to be
// put before it.
func (s *Store) sealFiling(f records.Filing, id uuid.UUID) (p db.InsertFilingParams, keys []vault.WrappedKey, err error) {
	p = db.InsertFilingParams{
		CaseID: id, ReceiptHash: f.ReceiptHash, Author: s.token(vault.Author, f.Author), Unit: s.token(vault.Unit, f.Unit),
		FoundAt: orNil(f.FoundAt), FiledAt: f.Open.State.Opened,
	}
	child, at := f.Child, place{f.Child.Address, f.Child.School}
	parts := []vault.Compartment{childPart, reporterPart, narrativePart}
	if at != (place{}) {
		parts = append(parts, addressPart)
	}
	if keys, err = s.newKeys(id.String(), parts...); err != nil {
		return p, nil, err
	}
	if at != (place{}) {
		if p.Address, err = s.vault.SealJSON(keys[3], filingAt("address"), at); err != nil {
			return p, nil, err
		}
		child.Address, child.School = "", ""
	}
	if p.Child, err = s.vault.SealJSON(keys[0], filingAt("child"), child); err != nil {
		return p, nil, err
	}
	if f.ReceiptHash != nil { // a finding has no reporter
		f.Reporter.Account = f.Author
		if p.Reporter, err = s.vault.SealJSON(keys[1], filingAt("reporter"), f.Reporter); err != nil {
			return p, nil, err
		}
	}
	p.Narrative, err = s.vault.SealJSON(keys[2], filingAt("narrative"), f.Narrative)
	return p, keys, err
}

// token gives the one blind token of a value, nil for "".
func (s *Store) token(kind vault.Kind, value string) []byte {
	if tokens := s.vault.Tokens(kind, value); len(tokens) > 0 {
		return tokens[0]
	}
	return nil
}

// tokensOf gives what a child can be found by, and a report by its reporter's
// number, which is of a kind of its own.
func (s *Store) tokensOf(c records.Child, r records.Reporter) (kinds []int16, tokens [][]byte) {
	for _, by := range []struct {
		kind  vault.Kind
		value string
	}{
		{vault.Name, c.Name}, {vault.Pinyin, c.Name}, {vault.Initials, c.Name}, {vault.IDNumber, c.IDNumber},
		{vault.Phone, c.Phone}, {vault.Phone, c.GuardPhone}, {vault.Contact, r.Phone},
	} {
		for _, token := range s.vault.Tokens(by.kind, by.value) {
			kinds, tokens = append(kinds, int16(by.kind)), append(tokens, token)
		}
	}
	return kinds, tokens
}

// filedParts are the sealed parts of a filing.
type filedParts struct {
	of                                  uuid.UUID
	child, address, narrative, reporter []byte
	// hidden: where the child is is not shown with who it is.
	hidden bool
}

// open opens the parts of a filing that may lets be read; a part that is erased
// stays nil.
func (f filedParts) open(ctx context.Context, keys *keyring, may func(cases.Compartment) bool) (child *records.Child, narrative *records.Narrative, reporter *records.Reporter, err error) {
	if may(cases.Ordinary) {
		if child, err = openPart[records.Child](ctx, keys, f.of, childPart, "child", f.child); err != nil {
			return nil, nil, nil, err
		}
		if child != nil && (!f.hidden || may(cases.Address)) {
			at, err := openPart[place](ctx, keys, f.of, addressPart, "address", f.address)
			if err != nil {
				return nil, nil, nil, err
			}
			if at != nil {
				child.Address, child.School = at.Address, at.School
			}
		}
	}
	if may(cases.Narrative) {
		if narrative, err = openPart[records.Narrative](ctx, keys, f.of, narrativePart, "narrative", f.narrative); err != nil {
			return nil, nil, nil, err
		}
	}
	if may(cases.Reporter) {
		if reporter, err = openPart[records.Reporter](ctx, keys, f.of, reporterPart, "reporter", f.reporter); err != nil {
			return nil, nil, nil, err
		}
	}
	return child, narrative, reporter, nil
}

func openPart[T any](ctx context.Context, keys *keyring, id uuid.UUID, c vault.Compartment, field string, body []byte) (*T, error) {
	if body == nil {
		return nil, nil
	}
	text, err := keys.open(ctx, id.String(), c, filingAt(field), body)
	if errors.Is(err, vault.ErrNoKey) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	into := new(T)
	return into, json.Unmarshal(text, into)
}

// openedBy gives the case that a guardianship came from, "" if it came from none:
// the child of both is the same.
func openedBy(st cases.State) string {
	for _, l := range st.Links {
		if l.Relation == "opened_by" {
			return l.Case
		}
	}
	return ""
}
