package postgres

import (
	"context"
	"encoding/json"
	"math"
	"strconv"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
)

// Chain implements records.Cases.
func (s *Store) Chain(ctx context.Context, a records.Access, id string, parts []string) (records.Chain, error) {
	key, err := caseID(id)
	if err != nil {
		return records.Chain{}, err
	}
	var out records.Chain
	err = s.as(ctx, a, func(q *db.Queries) error {
		row, st, err := visible(ctx, q, key)
		if err != nil {
			return err
		}
		if out.Rules, err = s.rulesOf(ctx, q, row.Rules); err != nil {
			return err
		}
		rows, err := q.ListEvents(ctx, db.ListEventsParams{CaseID: key, AfterIdx: math.MaxInt32, N: records.MostChain})
		if err != nil {
			return err
		}
		out.Events = make([]records.EventRow, len(rows))
		for i, r := range rows {
			out.Events[i] = records.EventRow{Seq: r.Seq, Index: int(r.Idx)}
			if err := json.Unmarshal(r.Body, &out.Events[i].Event); err != nil {
				return broken("event", err)
			}
			out.Events[i].Event.Actor = s.shownActor(a, st, out.Events[i].Event.Actor)
		}
		told, err := q.CaseNoticesUp(ctx, db.CaseNoticesUpParams{CaseID: key, After: beforeAll, Most: records.MostChain})
		if err != nil {
			return err
		}
		out.Notices = make([]records.CaseNotice, len(told))
		for i, r := range told {
			out.Notices[i] = noticeOf(db.CaseNoticesRow(r))
		}
		return nil
	})
	if err == nil && a.Has(cases.RolesThat(cases.CityDirectory)...) {
		err = s.nameTold(ctx, out.Notices)
	}
	if err == nil {
		err = s.Look(ctx, a, records.Look{Case: id, Action: "export:chain", Parts: parts, Detail: []string{"items:" + strconv.Itoa(len(out.Events))}})
	}
	if err != nil {
		return records.Chain{}, err
	}
	return out, nil
}
