package postgres

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
	"tonghu/vault"
	"tonghu/vault/audit"
)

var _ records.Searches = (*Store)(nil)

// tokenKinds are the blind indexes by what is looked for.
var tokenKinds = map[records.SearchBy]vault.Kind{
	records.ByName: vault.Name, records.ByPinyin: vault.Pinyin, records.ByInitials: vault.Initials,
	records.ByIDNumber: vault.IDNumber, records.ByPhone: vault.Phone, records.ByReporterPhone: vault.Contact,
}

// alikeBy are what two cases of one child share: a homophone is not alike.
var alikeBy = []records.SearchBy{records.ByName, records.ByIDNumber, records.ByPhone}

// mostFound bounds what is looked through for those that the asker may know.
const mostFound = 10 * records.MostHits

// searchWords is where the words of a search are sealed.
func searchWords(id string) vault.AAD { return vault.AAD{Table: "search", Field: "words", Row: id} }

// Search implements records.Searches. It is counted before it is made.
func (s *Store) Search(ctx context.Context, a records.Access, q records.Search) (records.Found, error) {
	kind, ok := tokenKinds[q.By]
	if !ok || a.Person == "" {
		return records.Found{}, cases.Refuse(records.CodeForbidden)
	}
	tokens := s.vault.Tokens(kind, q.Value)
	if len(tokens) == 0 {
		return records.Found{}, cases.Refuse(cases.CodeField, cases.FieldError{Field: "value", Reason: "required"})
	}
	id, key := uuid.New(), make([]byte, sha256.Size)
	rand.Read(key)
	if err := s.count(ctx, a, db.InsertSearchParams{
		ID: id, Person: a.Person, Kind: string(q.By), Reason: string(q.Reason), Tokens: tokens, DigestKey: key,
	}, q.Words); err != nil {
		return records.Found{}, err
	}
	var rows []db.FoundCasesRow
	err := s.as(ctx, a, func(queries *db.Queries) (err error) {
		rows, err = queries.FoundCases(ctx, int16(kind), tokens, mostFound+1)
		return err
	})
	if err != nil {
		return records.Found{}, err
	}
	out := records.Found{ID: id.String(), Hits: []records.Hit{}, More: len(rows) > mostFound}
	for _, r := range rows {
		hit, err := s.hit(r)
		if err != nil {
			return records.Found{}, err
		}
		if !s.mayRead(a, q.By.Tells(), hit.State) {
			continue
		}
		if len(out.Hits) == records.MostHits {
			out.More = true
			break
		}
		out.Hits = append(out.Hits, hit)
	}
	detail := []string{"by:" + string(q.By), "reason:" + string(q.Reason), "sought:" + sought(key, tokens)}
	return out, s.lookedFor(ctx, a, id, "search", detail, out.Hits)
}

// sought proves what was looked for, for as long as the search's row has the tokens and
// the key. A token in the audit log would outlive the file that it leads to.
func sought(key []byte, tokens [][]byte) string {
	mac := hmac.New(sha256.New, key)
	for _, t := range tokens {
		mac.Write(t)
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// count keeps a search with its words, and refuses one too many.
func (s *Store) count(ctx context.Context, a records.Access, p db.InsertSearchParams, words string) error {
	return s.within(ctx, func(tx pgx.Tx) error {
		if err := later(tx).TakeTurnAtSearch(ctx, a.Person); err != nil {
			return err
		}
		now, queries := s.now(), db.New(tx)
		n, err := queries.RecentSearches(ctx, a.Person, now.Add(-time.Hour))
		if err != nil {
			return err
		}
		if n >= records.SearchesAHour {
			return cases.Refuse(records.CodeThrottled)
		}
		p.At = now
		if words != "" {
			key, err := s.dataKey(ctx, queries, a.Person, vault.Ordinary)
			if err != nil {
				return err
			}
			if p.Words, err = s.vault.Seal(key, searchWords(p.ID.String()), []byte(words)); err != nil {
				return err
			}
		}
		return queries.InsertSearch(ctx, p)
	})
}

// lookedFor puts a search into the audit log: a row of the asker, and one with the
// readers of each case that it shows. It is committed before anything is shown.
func (s *Store) lookedFor(ctx context.Context, a records.Access, id uuid.UUID, action string, detail []string, hits []records.Hit) error {
	rows := []audit.Row{s.lookRow(a, records.Look{
		Action: action, Object: id.String(), Detail: append(slices.Clone(detail), "items:"+strconv.Itoa(len(hits))),
	})}
	for _, h := range hits {
		rows = append(rows, s.lookRow(a, records.Look{Case: h.ID, Action: action, Object: id.String(), Detail: detail}))
	}
	// Two that search at once take the chains in the same order.
	slices.SortFunc(rows, func(a, b audit.Row) int { return strings.Compare(a.Chain, b.Chain) })
	return s.within(ctx, func(tx pgx.Tx) error {
		for _, row := range rows {
			if err := s.writeAudit(ctx, tx, row); err != nil {
				return err
			}
		}
		return later(tx).SearchFound(ctx, int32(len(hits)), id)
	})
}

func (s *Store) hit(r db.FoundCasesRow) (records.Hit, error) {
	st, err := readState(r.State)
	return records.Hit{State: st, CaseRow: caseRow(db.ListCasesRow{
		ID: r.ID, Number: r.Number, Kind: r.Kind, Seq: r.Seq, Stage: r.Stage, Phase: r.Phase, Outcome: r.Outcome, Colour: r.Colour,
		Owner: r.Owner, Org: r.Org, Opened: r.Opened, NextDue: r.NextDue, NextKey: r.NextKey, NextProvisional: r.NextProvisional,
	}, s.now())}, err
}

// Alike implements records.Searches. The look is one at the case that is compared.
func (s *Store) Alike(ctx context.Context, a records.Access, id string) ([]records.Hit, error) {
	key, err := caseID(id)
	if err != nil {
		return nil, err
	}
	var kinds []int16
	for _, by := range alikeBy {
		kinds = append(kinds, int16(tokenKinds[by]))
	}
	var rows []db.AlikeRow
	err = s.as(ctx, a, func(q *db.Queries) error {
		_, st, err := visible(ctx, q, key)
		if err != nil {
			return err
		}
		if !s.mayRead(a, cases.Ordinary, st) {
			return cases.Refuse(records.CodeForbidden)
		}
		rows, err = q.Alike(ctx, key, kinds, records.MostHits)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := []records.Hit{}
	detail := []string{}
	for _, r := range rows {
		hit, err := s.hit(db.FoundCasesRow{
			ID: r.ID, Number: r.Number, Kind: r.Kind, Seq: r.Seq, Stage: r.Stage, Phase: r.Phase, Outcome: r.Outcome, Colour: r.Colour,
			Owner: r.Owner, Org: r.Org, Opened: r.Opened, NextDue: r.NextDue, NextKey: r.NextKey, NextProvisional: r.NextProvisional, State: r.State,
		})
		if err != nil {
			return nil, err
		}
		if !s.mayRead(a, cases.Ordinary, hit.State) {
			continue
		}
		for _, by := range alikeBy {
			if slices.Contains(r.Shared, int16(tokenKinds[by])) {
				hit.Shared = append(hit.Shared, by)
			}
		}
		out, detail = append(out, hit), append(detail, "hit:"+hit.ID)
	}
	return out, s.Look(ctx, a, records.Look{Case: id, Action: "list:alike", Detail: detail})
}

// Searched implements records.Searches: for those who answer for the office.
func (s *Store) Searched(ctx context.Context, a records.Access, id string) (records.Searched, error) {
	if !a.Has(cases.RolesThat(cases.ReadSearches)...) {
		return records.Searched{}, cases.Refuse(records.CodeForbidden)
	}
	key, err := uuid.Parse(id)
	if err != nil {
		return records.Searched{}, cases.Refuse(cases.CodeNotFound)
	}
	var out records.Searched
	err = s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		r, err := q.GetSearch(ctx, key)
		if err != nil {
			return err
		}
		out = records.Searched{
			ID: r.ID.String(), Person: r.Person, At: r.At.UTC(), By: records.SearchBy(r.Kind), Reason: records.SearchReason(r.Reason),
		}
		if r.Found != nil {
			out.Found = int(*r.Found)
		}
		if r.Words == nil {
			return nil
		}
		words, err := (&keyring{store: s, q: q}).open(ctx, r.Person, vault.Ordinary, searchWords(out.ID), r.Words)
		out.Words = string(words)
		return err
	})
	if err != nil {
		return records.Searched{}, err
	}
	return out, s.Look(ctx, a, records.Look{Action: "read:search", Object: out.ID})
}
