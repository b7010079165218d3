package postgres

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
)

// Looks implements records.Audit.
func (s *Store) Looks(ctx context.Context, a records.Access, id string, denials bool, after records.Cursor, limit int) (records.CaseLooks, error) {
	at, err := readAuditCursor(after)
	if err != nil {
		return records.CaseLooks{}, err
	}
	if denials {
		return s.lookedAt(ctx, a, id, "read:denials", limit, func(q *db.Queries, n int32) ([]records.AuditRow, error) {
			rows, err := q.Denials(ctx, db.DenialsParams{Object: id, Before: at.at, BeforeChain: at.chain, BeforeSeq: at.seq, N: n})
			return logRows(rows, func(r db.DenialsRow) records.AuditRow { return logRow(db.ReadsRow(r)) }), err
		})
	}
	return s.lookedAt(ctx, a, id, "read:looks", limit, func(q *db.Queries, n int32) ([]records.AuditRow, error) {
		rows, err := q.Reads(ctx, readChain(id), at.seq, n)
		return logRows(rows, logRow), err
	})
}

// LooksUp implements records.Audit.
func (s *Store) LooksUp(ctx context.Context, a records.Access, id string, after records.Cursor, limit int) (records.CaseLooks, error) {
	at, err := readAuditCursor(after)
	if err != nil {
		return records.CaseLooks{}, err
	}
	if after == "" {
		at.seq = 0
	}
	return s.lookedAt(ctx, a, id, "read:looks", limit, func(q *db.Queries, n int32) ([]records.AuditRow, error) {
		rows, err := q.ReadsUp(ctx, readChain(id), at.seq, n)
		return logRows(rows, func(r db.ReadsUpRow) records.AuditRow { return logRow(db.ReadsRow(r)) }), err
	})
}

// lookedAt gives a page of rows about a case to who may ask, and keeps that they did.
func (s *Store) lookedAt(ctx context.Context, a records.Access, id, action string, limit int, list func(q *db.Queries, n int32) ([]records.AuditRow, error)) (records.CaseLooks, error) {
	key, err := caseID(id)
	if err != nil {
		return records.CaseLooks{}, err
	}
	n := pageSize(limit)
	var out records.CaseLooks
	err = s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		row, err := q.CaseState(ctx, key)
		if err != nil {
			return err
		}
		out = records.CaseLooks{Number: row.Number}
		if out.State, err = readState(row.State); err != nil {
			return err
		}
		names, ok := out.State.TellsLooks(a.Posts)
		if !ok && !slices.Contains(a.Posts, cases.SystemPost) { // an administrator's shell
			return cases.Refuse(cases.CodeNotFound)
		}
		if out.Rows, err = list(q, n+1); err != nil {
			return err
		}
		out.Rows, out.Next = pageOf(out.Rows, n)
		for i := range out.Rows {
			out.Rows[i].Number = out.Number
		}
		if names {
			return s.nameActors(ctx, q, out.Rows)
		}
		return nil
	})
	if err == nil {
		err = s.Look(ctx, a, records.Look{Case: id, Action: action, Detail: []string{"items:" + strconv.Itoa(len(out.Rows))}})
	}
	if err != nil {
		return records.CaseLooks{}, err
	}
	return out, nil
}

// CaseNamed gives the id of a case that is named by its id or its number.
func (s *Store) CaseNamed(ctx context.Context, name string) (string, error) {
	if id, err := uuid.Parse(name); err == nil {
		return id.String(), nil
	}
	id, err := db.New(s.pool).CaseByNumber(ctx, name)
	return id.String(), fault(err)
}

// AuditLog implements records.Audit. What concerns a case from which the asker is
// recused is left out: rows of its chains, those about it, and those that name it.
func (s *Store) AuditLog(ctx context.Context, a records.Access, f records.AuditFilter, after records.Cursor, limit int) ([]records.AuditRow, records.Cursor, error) {
	if !a.Has(cases.RolesThat(cases.ReadAudit)...) {
		return nil, "", cases.Refuse(records.CodeForbidden)
	}
	at, err := readAuditCursor(after)
	if err != nil {
		return nil, "", err
	}
	if f.To.IsZero() {
		f.To = afterAll
	}
	n := pageSize(limit)
	p := db.AuditLogParams{FromAt: f.From, ToAt: f.To, Before: at.at, BeforeChain: at.chain, BeforeSeq: at.seq, Action: f.Action, N: n + 1}
	q := db.New(s.pool)
	if p.Hidden, err = recusedNames(ctx, q, a); err != nil {
		return nil, "", fault(err)
	}
	var out []records.AuditRow
	if f.Actor == "" {
		rows, err := q.AuditLog(ctx, p)
		if err != nil {
			return nil, "", fault(err)
		}
		out = logRows(rows, func(r db.AuditLogRow) records.AuditRow { return logRow(db.ReadsRow(r)) })
	} else {
		rows, err := q.AuditLogOf(ctx, db.AuditLogOfParams{
			Actor: f.Actor, FromAt: p.FromAt, ToAt: p.ToAt, Before: p.Before, BeforeChain: p.BeforeChain, BeforeSeq: p.BeforeSeq,
			Action: p.Action, Hidden: p.Hidden, N: p.N,
		})
		if err != nil {
			return nil, "", fault(err)
		}
		out = logRows(rows, func(r db.AuditLogOfRow) records.AuditRow { return logRow(db.ReadsRow(r)) })
	}
	out, next := pageOf(out, n)
	if err := numberCases(ctx, q, out); err != nil {
		return nil, "", fault(err)
	}
	filter := filterOf("actor", f.Actor, "action", f.Action, "from", dayOf(f.From), "to", dayOf(f.To), "cursor", string(after), "items", strconv.Itoa(len(out)))
	if err := s.Look(ctx, a, records.Look{Action: "list:audit", Detail: filter}); err != nil {
		return nil, "", err
	}
	return out, next, nil
}

// recusedNames gives how the cases from which the asker is recused are named in the
// log: as chains, objects and details.
func recusedNames(ctx context.Context, q *db.Queries, a records.Access) ([]string, error) {
	ids, err := q.RecusedFrom(ctx, texts(a.Posts))
	out := []string{}
	for _, id := range ids {
		out = append(out, id.String(), caseChain(id.String()), readChain(id.String()))
	}
	return out, err
}

func dayOf(t time.Time) string {
	if t.IsZero() || t.Equal(afterAll) {
		return ""
	}
	return t.In(cases.Zone).Format("2006-01-02")
}

func logRows[T any](rows []T, of func(T) records.AuditRow) []records.AuditRow {
	out := make([]records.AuditRow, len(rows))
	for i, r := range rows {
		out[i] = of(r)
	}
	return out
}

func logRow(r db.ReadsRow) records.AuditRow {
	return records.AuditRow{Chain: r.Chain, Seq: r.Seq, At: r.At.UTC(), Actor: r.Actor, Action: r.Action, Object: r.Object, Detail: r.Detail}
}

func pageOf(rows []records.AuditRow, n int32) ([]records.AuditRow, records.Cursor) {
	if len(rows) <= int(n) {
		return rows, ""
	}
	rows = rows[:n]
	last := rows[n-1]
	return rows, encode(fmt.Sprintf("%d %d %s", last.At.UnixMicro(), last.Seq, last.Chain))
}

// auditPlace is a place in the log, the newest first.
type auditPlace struct {
	at    time.Time
	seq   int64
	chain string
}

func readAuditCursor(c records.Cursor) (auditPlace, error) {
	const last = 1 << 62
	if c == "" {
		return auditPlace{afterAll, last, ""}, nil
	}
	text, err := decode(c)
	micros, rest, _ := strings.Cut(text, " ")
	seq, chain, ok := strings.Cut(rest, " ")
	at, err1 := strconv.ParseInt(micros, 10, 64)
	n, err2 := strconv.ParseInt(seq, 10, 64)
	if err != nil || err1 != nil || err2 != nil || !ok || at < 0 || at > afterAll.UnixMicro() || n < 1 || strings.ContainsRune(chain, 0) {
		return auditPlace{}, cases.Refuse(records.CodeCursor)
	}
	return auditPlace{time.UnixMicro(at).UTC(), n, chain}, nil
}

// nameActors puts in who the actors are.
func (s *Store) nameActors(ctx context.Context, q *db.Queries, rows []records.AuditRow) error {
	var ids []uuid.UUID
	for _, r := range rows {
		if id, err := uuid.Parse(r.Actor); err == nil && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	people, err := s.persons(ctx, q, ids)
	for _, p := range people {
		for i := range rows {
			if rows[i].Actor == p.ID {
				rows[i].Name = p.Name
			}
		}
	}
	return err
}

// numberCases puts in the numbers of the cases whose chains the rows are of.
func numberCases(ctx context.Context, q *db.Queries, rows []records.AuditRow) error {
	of := make([]uuid.UUID, len(rows))
	var ids []uuid.UUID
	for i, r := range rows {
		kind, id, _ := strings.Cut(r.Chain, ":")
		if key, err := uuid.Parse(id); err == nil && (kind == "case" || kind == "read") {
			of[i] = key
			ids = append(ids, key)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	numbers, err := q.CaseNumbers(ctx, ids)
	for _, n := range numbers {
		for i := range rows {
			if of[i] == n.ID {
				rows[i].Number = n.Number
			}
		}
	}
	return err
}
