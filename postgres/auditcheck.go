package postgres

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
	"tonghu/vault/audit"
)

// What is found beyond the breaks of a chain by itself (audit.Reason).
const (
	// Cut: a heads file ends before a batch that was written to it, or is gone.
	Cut audit.Reason = "heads_cut"
	// Damaged: a heads file was altered.
	Damaged audit.Reason = "heads_altered"
	// Timeline: what the timeline says of a change is not what was recorded.
	Timeline audit.Reason = "timeline_differs"
	// Unrecorded: a case has no chain, or its chain lacks a change.
	Unrecorded audit.Reason = "not_recorded"
	// Stranger: the chain is of a case that is not there.
	Stranger audit.Reason = "no_such_case"
)

// Finding is something wrong with the audit log, by chain and row.
type Finding struct {
	Chain  string       `json:"chain"`
	Seq    int64        `json:"seq,omitempty"` // the first row that is broken, missing or in doubt
	Reason audit.Reason `json:"reason"`
	// Proven is the last row before it that a signed head proves; Change is the
	// seq of the case's change, where the timeline is in question.
	Proven int64 `json:"proven,omitempty"`
	Change int64 `json:"change,omitempty"`
}

// String says it for a person.
func (f Finding) String() string {
	out := f.Chain + ": " + string(f.Reason)
	if f.Seq > 0 {
		out += " at row " + strconv.FormatInt(f.Seq, 10)
	}
	if f.Change > 0 {
		out += ", change " + strconv.FormatInt(f.Change, 10)
	}
	if f.Proven > 0 {
		out += fmt.Sprintf(" (rows 1 to %d are proven by a signed head)", f.Proven)
	}
	return out
}

// AuditCheck is what a verification of the whole log found.
type AuditCheck struct {
	At     time.Time
	Took   time.Duration
	Chains int64
	Rows   int64
	// Horizon is when the last heads were signed: up to then they prove that
	// nothing was changed since it was signed. Newer rows are proven by their hashes
	// only, which are not keyed.
	Horizon  time.Time
	Newer    int64
	Findings []Finding
}

// Good tells whether nothing is wrong.
func (c AuditCheck) Good() bool { return len(c.Findings) == 0 }

// Proof says for a person what the signed heads prove, and what they cannot.
func (c AuditCheck) Proof() string {
	if c.Horizon.IsZero() {
		return "horizon: none. No heads were signed outside the database: nothing proves that rows are not missing at the end of a chain, " +
			"nor that whoever can write the database did not compute a chain anew"
	}
	return fmt.Sprintf("horizon: %s. Up to then the signed heads prove that no chain was changed since it was signed; %d newer rows are proven by "+
		"their hashes only, which whoever can write the database can compute. A row that such a person added at the end of a chain is signed "+
		"with the next head: the heads prove what the log was, not who wrote it", c.Horizon.In(cases.Zone).Format(time.RFC3339), c.Newer)
}

// CheckAudit goes through every chain and holds it against the signed heads, its
// case and the case's timeline. The heads are to be read before, so that rows
// written meanwhile are newer than they. progress, if not nil, is called from time
// to time.
func (s *Store) CheckAudit(ctx context.Context, book *audit.Book, progress func(AuditCheck)) (AuditCheck, error) {
	w := check{store: s, book: book, out: AuditCheck{At: s.now(), Horizon: book.Horizon()}, progress: progress, seen: map[string]bool{}}
	began := time.Now()
	if err := w.chains(ctx); err != nil {
		return w.out, fault(err)
	}
	if err := w.cases(ctx); err != nil {
		return w.out, fault(err)
	}
	slices.SortStableFunc(w.out.Findings, func(a, b Finding) int { return strings.Compare(a.Chain, b.Chain) })
	w.out.Took = time.Since(began)
	return w.out, nil
}

// check is how far a verification came.
type check struct {
	store    *Store
	book     *audit.Book
	out      AuditCheck
	progress func(AuditCheck)
	seen     map[string]bool // chains of the book that are there
	walk     *audit.Walk
	name     string
	broken   bool
	named    []uuid.UUID // cases that chains name, not looked for yet
}

const checkPage = 2000

// chains walks through every row in the order of chains.
func (c *check) chains(ctx context.Context) error {
	q := db.New(c.store.pool)
	for chain, seq := "", int64(0); ; {
		rows, err := q.AllAudit(ctx, chain, seq, checkPage)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if c.walk == nil || r.Chain != c.name {
				c.end()
				if err := c.begin(ctx, r.Chain); err != nil {
					return err
				}
			}
			c.out.Rows++
			if !c.broken {
				c.found(c.walk.Step(auditRow(db.AuditChainRow(r))))
			}
			chain, seq = r.Chain, r.Seq
		}
		if c.progress != nil {
			c.progress(c.out)
		}
		if len(rows) < checkPage {
			break
		}
	}
	c.end()
	for name := range c.book.Chains() {
		if !c.seen[name] { // the whole chain was removed
			c.found(audit.NewWalk(name, c.book.Heads(name)).End())
		}
	}
	return c.strangers(ctx, 1)
}

func (c *check) begin(ctx context.Context, chain string) error {
	c.out.Chains++
	c.name, c.walk, c.broken, c.seen[chain] = chain, audit.NewWalk(chain, c.book.Heads(chain)), false, true
	kind, id, _ := strings.Cut(chain, ":")
	if kind != "case" && kind != "read" {
		return nil
	}
	key, err := uuid.Parse(id)
	if err != nil {
		c.out.Findings = append(c.out.Findings, Finding{Chain: chain, Reason: Stranger})
		return nil //nolint:nilerr // it is what was found
	}
	c.named = append(c.named, key)
	return c.strangers(ctx, 500)
}

func (c *check) end() {
	if c.walk == nil {
		return
	}
	if !c.broken {
		c.found(c.walk.End())
	}
	if !c.broken {
		c.out.Newer += c.walk.Newer()
	}
	c.walk = nil
}

func (c *check) found(b *audit.Broken) {
	if b == nil {
		return
	}
	c.broken = true
	c.out.Findings = append(c.out.Findings, Finding{Chain: b.Chain, Seq: b.Seq, Reason: b.Reason, Proven: b.Horizon.Seq})
}

// strangers looks, some at a time, for cases that chains name and that are not there.
func (c *check) strangers(ctx context.Context, least int) error {
	if len(c.named) < least {
		return nil
	}
	none, err := db.New(c.store.pool).Strangers(ctx, c.named)
	c.named = c.named[:0]
	for _, id := range none {
		for _, chain := range []string{caseChain(id.String()), readChain(id.String())} {
			if c.seen[chain] && !slices.ContainsFunc(c.out.Findings, func(f Finding) bool { return f.Chain == chain && f.Reason == Stranger }) {
				c.out.Findings = append(c.out.Findings, Finding{Chain: chain, Reason: Stranger})
			}
		}
	}
	return err
}

// cases holds every case and its timeline against its chain.
func (c *check) cases(ctx context.Context) error {
	const page = 100
	for after := uuid.Nil; ; {
		rows, err := db.New(c.store.pool).CaseTrails(ctx, after, page)
		if err != nil {
			return err
		}
		trails := map[uuid.UUID]*trail{}
		for _, r := range rows {
			if trails[r.ID] == nil {
				trails[r.ID] = &trail{told: map[int64][]json.RawMessage{}, kept: map[int64]digests{}, at: map[int64]int64{}}
			}
			trails[r.ID].take(r)
			after = r.ID
		}
		for _, id := range slices.SortedFunc(maps.Keys(trails), func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }) {
			found, err := trails[id].compare(caseChain(id.String()))
			if err != nil {
				return err
			}
			c.out.Findings = append(c.out.Findings, found...)
		}
		if c.progress != nil {
			c.progress(c.out)
		}
		if len(trails) < page {
			return nil
		}
	}
}

// trail is what is said of a case's changes: by the timeline and by the chain.
type trail struct {
	seq  int64                       // the case's
	told map[int64][]json.RawMessage // events by change
	kept map[int64]digests           // of the chain by change
	at   map[int64]int64             // rows of the chain by change
	// erased is the row by which the answers in forms were destroyed; the timeline
	// still says who did what when.
	erased int64
}

// digests are those of a change's events, and of the same without the answers in
// forms; "" where a row has none.
type digests struct{ whole, bare string }

func (t *trail) take(r db.CaseTrailsRow) {
	switch {
	case r.Idx < 0:
		if r.What == "erase" {
			t.erased = r.Seq
		}
		var change int64
		var of digests
		for _, d := range r.Detail {
			if n, ok := strings.CutPrefix(d, "seq:"); ok {
				change, _ = strconv.ParseInt(n, 10, 64)
			}
			if sum, ok := strings.CutPrefix(d, eventsDetail); ok {
				of.whole = sum
			}
			if sum, ok := strings.CutPrefix(d, bareDetail); ok {
				of.bare = sum
			}
		}
		if change > 0 {
			t.kept[change], t.at[change] = of, r.Seq
		}
	case r.What == "case":
		t.seq = r.Seq
	default:
		t.told[r.Seq] = append(t.told[r.Seq], r.Body)
	}
}

// compare names the first change that timeline and chain do not agree on.
func (t *trail) compare(chain string) ([]Finding, error) {
	last := max(t.seq, int64(len(t.told)), int64(len(t.kept)))
	for change := int64(1); change <= last; change++ {
		kept, known := t.kept[change]
		switch {
		case !known:
			return []Finding{{Chain: chain, Reason: Unrecorded, Change: change}}, nil
		case len(t.told[change]) == 0 || change > t.seq:
			return []Finding{{Chain: chain, Seq: t.at[change], Reason: Timeline, Change: change}}, nil
		case kept.whole == "":
			continue // of a release that kept none
		}
		told, bare, err := canonicalEvents(t.told[change])
		if err != nil {
			return nil, broken("event", err)
		}
		same := audit.Digests(kept.whole, told)
		if !same && t.erased > t.at[change] {
			same = bytes.Equal(told, bare) && audit.Digests(kept.bare, bare)
		}
		if !same {
			return []Finding{{Chain: chain, Seq: t.at[change], Reason: Timeline, Change: change}}, nil
		}
	}
	return nil, nil
}

// What stands before the digests of a change's events in the case's chain: the
// timeline is proven with them.
const (
	eventsDetail = "events:"
	bareDetail   = "bare:"
)

// canonicalEvents gives the events of a change in one form, however PostgreSQL or a
// later release writes their JSON; and the same without the answers in forms, which
// an erasure takes.
func canonicalEvents(bodies []json.RawMessage) (told, bare []byte, err error) {
	told, bare = []byte("tonghu/audit/events/1"), []byte("tonghu/audit/events/1")
	for _, body := range bodies {
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		var event map[string]any
		if err := d.Decode(&event); err != nil {
			return nil, nil, err
		}
		before := len(told)
		if told, err = appendJSON(told, event); err != nil {
			return nil, nil, err
		}
		if _, ok := event["fields"]; !ok {
			bare = append(bare, told[before:]...)
			continue
		}
		delete(event, "fields")
		if bare, err = appendJSON(bare, event); err != nil {
			return nil, nil, err
		}
	}
	return told, bare, nil
}

// appendJSON appends with the length before it; keys are in order.
func appendJSON(b []byte, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	return append(binary.BigEndian.AppendUint64(b, uint64(len(text))), text...), err
}

// PutCheck keeps what a verification found.
func (s *Store) PutCheck(ctx context.Context, c AuditCheck) error {
	findings, err := json.Marshal(append([]Finding{}, c.Findings...))
	if err != nil {
		return err
	}
	return fault(db.New(s.pool).PutCheck(ctx, db.PutCheckParams{
		At: c.At, TookMs: c.Took.Milliseconds(), Chains: c.Chains, Rows: c.Rows, Newer: c.Newer, Horizon: orNil(c.Horizon), Findings: findings,
	}))
}

// LastCheck is when the log was last verified; zero for never.
func (s *Store) LastCheck(ctx context.Context) (time.Time, error) {
	r, err := db.New(s.pool).LastCheck(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		return time.Time{}, nil
	}
	return r.At.UTC(), fault(err)
}

// auditState is how the log stands.
func auditState(ctx context.Context, q *db.Queries) (out records.AuditState, err error) {
	looked, err := q.LastLooked(ctx)
	if err != nil {
		return out, err
	}
	if looked = looked.UTC(); !looked.IsZero() {
		out.HeadsAt = looked
	}
	r, err := q.LastCheck(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		return out, nil
	}
	out.CheckedAt, out.CheckedRows, out.Findings, out.Horizon = r.At.UTC(), r.Rows, int(r.Findings), orZero(r.Horizon)
	return out, err
}
