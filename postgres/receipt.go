package postgres

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
	"tonghu/vault"
)

var _ records.Receipts = (*Store)(nil)

// messagePart is the compartment of what reporters and the office write to each
// other: it may tell as much as the narrative.
const messagePart = vault.Narrative

func messageAt(id string) vault.AAD { return vault.AAD{Table: "message", Field: "body", Row: id} }

// ByReceipt finds what lies behind a 查询码. Case is the one that the report
// opened; State is that of the case it is part of by now.
func (s *Store) ByReceipt(ctx context.Context, hash []byte) (records.ReceiptView, error) {
	var v records.ReceiptView
	err := s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		row, err := q.FilingByReceipt(ctx, hash)
		if errors.Is(err, pgx.ErrNoRows) {
			return cases.Refuse(records.CodeReceiptWrong)
		}
		if err != nil {
			return err
		}
		now, err := q.MergedInto(ctx, row.CaseID)
		if err != nil {
			return err
		}
		stored, err := q.CaseState(ctx, now)
		if err != nil {
			return err
		}
		v = records.ReceiptView{Case: row.CaseID.String(), Number: row.Number, FiledAt: row.FiledAt.UTC()}
		if v.State, err = readState(stored.State); err != nil {
			return err
		}
		v.Messages, _, err = s.messages(ctx, q, row.CaseID)
		return err
	})
	return v, err
}

// AddMessage commits a line as a fact of the case that the report is now part of,
// with its sealed text, and sets off the nudge. caseID is that of the filing, or,
// for an officer's reply, of the case: it reaches every reporter whose filing is
// part of it, or only the one whose case f.Fields names under "case". A reply
// needs access to the case; a reporter's line needs the code, which the caller has
// asked for.
func (s *Store) AddMessage(ctx context.Context, once records.Once, a records.Access, id string, f cases.Fact, text string) (records.Message, error) {
	key, err := caseID(id)
	if err != nil {
		return records.Message{}, err
	}
	if f.Kind == cases.FactReply {
		now, err := db.New(s.pool).MergedInto(ctx, key)
		if err != nil {
			return records.Message{}, fault(err)
		}
		if err := s.sees(ctx, a, now); err != nil {
			return records.Message{}, err
		}
	}
	var out records.Message
	err = s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		stored, err := s.once(ctx, tx, once, func() (string, error) {
			to, _, err := s.target(ctx, q, key)
			if err == nil {
				err = refuseErased(ctx, q, to)
			}
			if err != nil {
				return "", err
			}
			filings, sender := []uuid.UUID{key}, "reporter"
			if f.Kind == cases.FactReply {
				if filings, err = addressees(ctx, q, to.id, f); err != nil {
					return "", err
				}
				sender = "office"
			}
			written, err := s.putFact(ctx, tx, to, f)
			if err != nil || !written {
				return f.ID, err
			}
			data, err := s.dataKey(ctx, q, key.String(), messagePart)
			if err != nil {
				return "", err
			}
			body, err := s.vault.Seal(data, messageAt(f.ID), []byte(text))
			if err != nil {
				return "", err
			}
			if err := q.InsertMessage(ctx, db.InsertMessageParams{ID: f.ID, CaseID: key, At: f.Received, Sender: sender, Asks: sender == "office" && f.Fields.Bool("asks"), Body: body}); err != nil {
				return "", err
			}
			if err := q.AddressMessage(ctx, filings, f.ID); err != nil {
				return "", err
			}
			return f.ID, s.auditFact(ctx, tx, to.id, f)
		})
		if err != nil {
			return err
		}
		row, err := q.GetMessage(ctx, stored)
		if err != nil {
			return err
		}
		out, err = s.openMessage(ctx, &keyring{store: s, q: q}, row)
		return err
	})
	return out, err
}

// addressees gives the filings whose reporters a reply is for.
func addressees(ctx context.Context, q *db.Queries, to uuid.UUID, f cases.Fact) ([]uuid.UUID, error) {
	filings, err := q.FilingsOf(ctx, to)
	if err != nil {
		return nil, err
	}
	if only := f.Fields["case"]; only != "" {
		one, err := caseID(only)
		if err != nil || !slices.Contains(filings, one) {
			return nil, cases.Refuse(cases.CodeNotFound)
		}
		return []uuid.UUID{one}, nil
	}
	if len(filings) == 0 {
		return nil, cases.Refuse(cases.CodeNotFound)
	}
	return filings, nil
}

// Messages gives the lines with every reporter of a case to an officer who talks
// with reporters; CodeForbidden to one who only sees the case.
func (s *Store) Messages(ctx context.Context, a records.Access, id string) ([]records.Message, error) {
	key, err := caseID(id)
	if err != nil {
		return nil, err
	}
	var st cases.State
	err = s.ask(ctx, a, func(q *db.Queries) (err error) {
		_, st, err = visible(ctx, q, key)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(a.Posts, func(p cases.Post) bool { return p.Role().Can(cases.AnswerReporters) && st.Reaches(p) }) {
		return nil, cases.Refuse(records.CodeForbidden)
	}
	// The reports that were merged into it may be of places that the asker does not see.
	var out []records.Message
	err = s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		filings, err := q.FilingsOf(ctx, key)
		if err != nil {
			return err
		}
		var of map[string]int
		if out, of, err = s.messages(ctx, q, filings...); err != nil {
			return err
		}
		of[id] = len(out)
		for _, file := range slices.Sorted(maps.Keys(of)) { // in one order: those who look at once wait for each other's chains
			look := records.Look{Case: file, Action: "read:messages", Object: id, Parts: []string{messagePart.String()}, Detail: []string{"items:" + strconv.Itoa(of[file])}}
			if err := s.writeAudit(ctx, tx, s.lookRow(a, look)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// messages opens the lines that are for filings; an erased one is left out. of counts
// them by the case in whose file they lie.
func (s *Store) messages(ctx context.Context, q *db.Queries, filings ...uuid.UUID) (out []records.Message, of map[string]int, err error) {
	rows, err := q.MessagesOfFilings(ctx, filings)
	if err != nil {
		return nil, nil, err
	}
	keys := keyring{store: s, q: q}
	out, of = []records.Message{}, map[string]int{}
	for _, r := range rows {
		m, err := s.openMessage(ctx, &keys, r)
		if errors.Is(err, vault.ErrNoKey) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		out = append(out, m)
		of[r.CaseID.String()]++
	}
	return out, of, nil
}

func (s *Store) openMessage(ctx context.Context, keys *keyring, r db.Message) (records.Message, error) {
	text, err := keys.open(ctx, r.CaseID.String(), messagePart, messageAt(r.ID), r.Body)
	return records.Message{ID: r.ID, At: r.At.UTC(), From: r.Sender, Text: string(text), Asks: r.Asks}, err
}
