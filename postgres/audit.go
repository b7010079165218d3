package postgres

import (
	"context"
	"errors"
	"iter"

	"github.com/jackc/pgx/v5"

	"tonghu/postgres/internal/db"
	"tonghu/vault/audit"
)

// caseChain names the audit chain of a case.
func caseChain(id string) string { return "case:" + id }

// engine is the actor of what nobody asked for.
const engine = "engine"

// public is the actor without a name.
const public = "public"

// actorID is an actor's id in the audit log.
func actorID(person, otherwise string) string {
	if person == "" {
		return otherwise
	}
	return person
}

// writeAudit puts a row at the end of its chain. The chain is locked until the
// transaction ends.
func (s *Store) writeAudit(ctx context.Context, tx pgx.Tx, row audit.Row) error {
	last, err := s.chainEnd(ctx, tx, row.Chain)
	if err == nil {
		_, err = s.linkAudit(ctx, tx, last, row)
	}
	return err
}

// chainEnd locks a chain and gives its last row, as far as the next one needs it.
func (s *Store) chainEnd(ctx context.Context, tx pgx.Tx, chain string) (audit.Row, error) {
	last, err := db.New(tx).ChainEnd(ctx, chain)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return audit.Row{Seq: last.Seq, Hash: last.Hash}, err
}

// linkAudit puts a row after the last of a chain that is locked.
func (s *Store) linkAudit(ctx context.Context, tx pgx.Tx, last, row audit.Row) (audit.Row, error) {
	row = audit.Link(s.vault.Suite(), last, row)
	return row, later(tx).InsertAudit(ctx, db.InsertAuditParams{
		Chain: row.Chain, Seq: row.Seq, At: row.At, Actor: row.Actor, Action: row.Action, Object: row.Object,
		Detail: row.Detail, PrevHash: row.PrevHash, Hash: row.Hash,
	})
}

func auditRow(r db.AuditChainRow) audit.Row {
	return audit.Row{
		Chain: r.Chain, Seq: r.Seq, At: r.At.UTC(), Actor: r.Actor, Action: r.Action, Object: r.Object,
		Detail: r.Detail, PrevHash: r.PrevHash, Hash: r.Hash,
	}
}

// AuditRows reads a chain from its start, for audit.Verify.
func (s *Store) AuditRows(ctx context.Context, chain string) iter.Seq2[audit.Row, error] {
	const page = 500
	return func(yield func(audit.Row, error) bool) {
		for after := int64(0); ; {
			rows, err := db.New(s.pool).AuditChain(ctx, chain, after, page)
			if err != nil {
				yield(audit.Row{}, fault(err))
				return
			}
			for _, r := range rows {
				if !yield(auditRow(r), nil) {
					return
				}
				after = r.Seq
			}
			if len(rows) < page {
				return
			}
		}
	}
}
