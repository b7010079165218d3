package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/postgres"
	"tonghu/records"
	"tonghu/seed"
	"tonghu/vault/audit"
)

// filled is a county with cases of half a year, and who looks at them.
type filled struct {
	*bundle
	askers map[string]records.Access
}

func fillCounty(t *testing.T, n int, open float64) *filled {
	t.Helper()
	b := setup(t)
	b.now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	require.NoError(t, seed.Run(t.Context(), b.Store))
	require.NoError(t, seed.Fill(t.Context(), b.Store, b.rules, seed.Filling{Cases: n, Open: open, Over: 180 * 24 * time.Hour, Seed: 7, Now: b.now, Batch: 250}))
	require.Equal(t, n, b.count(`SELECT count(*) FROM cases`))
	_, err := b.superuser().Exec(t.Context(), `VACUUM ANALYZE`)
	require.NoError(t, err)
	f := &filled{b, map[string]records.Access{}}
	var village cases.Org
	require.NoError(t, b.Pool().QueryRow(t.Context(), `SELECT org FROM cases GROUP BY org ORDER BY count(*) DESC LIMIT 1`).Scan(&village))
	other := cases.NewPost("379999112000", cases.RoleSupervisor)
	for name, posts := range map[string][]cases.Post{
		"director":             {cases.NewPost(village, cases.RoleDirector)},
		"supervisor":           {cases.NewPost(village.Town(), cases.RoleSupervisor)},
		"town leader":          {cases.NewPost(village.Town(), cases.RoleTownLeader)},
		"desk":                 {cases.NewPost(seed.City, cases.RoleDesk)},
		"manager":              {cases.NewPost(seed.City, cases.RoleManager), "city:379999000000/manager#1"},
		"head":                 {cases.NewPost(seed.City, cases.RoleHead)},
		"bureau":               {cases.NewPost(seed.City, cases.RoleBureau)},
		"body":                 {cases.NewPost(seed.City, cases.RoleBody)},
		"police":               {cases.UnitPost("police", cases.RolePolice)},
		"procurator":           {cases.UnitPost("procuratorate", cases.RoleProcurator)},
		"shelter":              {cases.UnitPost("shelter", cases.RoleShelter)},
		"liaison":              {cases.UnitPost("education", cases.RoleLiaison)},
		"social worker":        {cases.UnitPost("social_work", cases.RoleSocialWorker)},
		"reporter":             {cases.UnitPost("experimental_school", cases.RoleReporter)},
		"two villages, a town": {cases.NewPost(village, cases.RoleDirector), cases.NewPost(village[:9]+"201", cases.RoleDirector), other},
		"village and liaison":  {cases.NewPost(village, cases.RoleDirector), cases.UnitPost("health", cases.RoleLiaison)},
		"nobody":               {},
	} {
		f.askers[name] = records.Access{Person: seed.PersonID(name), Posts: posts}
	}
	return f
}

// superuser is a connection to which row-level security does not apply.
func (b *bundle) superuser() *pgx.Conn {
	b.t.Helper()
	conn, err := pgx.Connect(b.t.Context(), b.dsn)
	require.NoError(b.t, err)
	b.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// multiply adds copies of the cases as lists see them, so that PostgreSQL has reason to use an index.
func (f *filled) multiply(times int) {
	f.t.Helper()
	conn := f.superuser()
	for _, sql := range []string{
		`INSERT INTO cases (id, number, kind, seq, decision_seq, rules, stage, phase, outcome, colour, owner, org, compartment, opened, closed_at, next_due, next_key, started_at, state)
		 SELECT md5(c.id::text || n)::uuid, c.number || '-' || n, c.kind, c.seq, c.decision_seq, c.rules, c.stage, c.phase, c.outcome, c.colour, c.owner, c.org, c.compartment,
			c.opened - n * interval '1 minute', c.closed_at, c.next_due, c.next_key, c.started_at, c.state || jsonb_build_object('id', md5(c.id::text || n)::uuid)
		 FROM cases c, generate_series(1, $1) n`,
		`INSERT INTO case_grant (case_id, post, why, opened, recused, closed)
		 SELECT md5(g.case_id::text || n)::uuid, g.post, g.why, g.opened - n * interval '1 minute', g.recused, g.closed FROM case_grant g, generate_series(1, $1) n`,
		`INSERT INTO obligation (id, case_id, key, occurrence, epoch, rule, owner, due, provisional, rung, body, ended_at, how, reason)
		 SELECT md5(o.id::text || n)::uuid, md5(o.case_id::text || n)::uuid, o.key, o.occurrence, o.epoch, o.rule, o.owner, o.due, o.provisional, o.rung, o.body, o.ended_at, o.how, o.reason
		 FROM obligation o, generate_series(1, $1) n`,
		`INSERT INTO reached (case_id, obligation, post, epoch, due)
		 SELECT md5(r.case_id::text || n)::uuid, md5(r.obligation::text || n)::uuid, r.post, r.epoch, r.due FROM reached r, generate_series(1, $1) n`,
	} {
		_, err := conn.Exec(f.t.Context(), sql, times)
		require.NoError(f.t, err)
	}
	_, err := conn.Exec(f.t.Context(), `VACUUM ANALYZE cases, case_grant, obligation, reached`)
	require.NoError(f.t, err)
}

// whole gives all that somebody sees, by asking for nothing less.
func whole[T any](t *testing.T, f *filled, a records.Access, sql string) (out []T) {
	t.Helper()
	require.NoError(t, f.WithActor(t.Context(), a, func(tx pgx.Tx) error {
		rows, err := tx.Query(t.Context(), sql)
		if err == nil {
			out, err = pgx.CollectRows(rows, pgx.RowToStructByPos[T])
		}
		return err
	}))
	return out
}

type plainCase struct {
	ID, Kind, Stage, Phase, Owner, Colour, Org string
	State                                      cases.State
}

// shown gives those of the open obligations that the case's own page shows an asker.
func (c plainCase) shown(a records.Access) (out []cases.Obligation) {
	var reading []cases.Post
	for _, p := range a.Posts {
		if c.State.Reaches(p) {
			reading = append(reading, p)
		}
	}
	for _, o := range c.State.Obligations {
		if c.State.Shows(reading, o.Key, o.Owner) {
			out = append(out, o)
		}
	}
	return out
}

// nextDue gives when the first of what an asker is shown is due.
func (c plainCase) nextDue(a records.Access) time.Time {
	first, _ := cases.FirstDue(c.shown(a))
	return first.Due.UTC()
}

type plainOwed struct {
	ID, Case, Key, Owner string
	Due                  time.Time
	Paused               bool
	Kind, Colour, Org    string
	Reached              []string
}

// mine tells whether it stands in the worklist of who holds posts: of one of them, if it
// is named.
func (o plainOwed) mine(a records.Access, one cases.Post) bool {
	if one != "" {
		return a.Holds(one) && (o.Owner == string(one) || slices.Contains(o.Reached, string(one)))
	}
	return a.Holds(cases.Post(o.Owner)) || len(o.Reached) > 0
}

func within(org string, town cases.Org) bool {
	switch {
	case town == "":
		return true
	case town.IsVillage():
		return org == string(town)
	case town.IsTown():
		return org[:9] == string(town[:9])
	}
	return org[:6] == string(town[:6])
}

func or[T ~string](filter T, value string) bool { return filter == "" || string(filter) == value }

// pages gives the ids of a list, page by page.
func pages(t *testing.T, list func(records.Cursor) ([]string, records.Cursor, error)) []string {
	t.Helper()
	var out []string
	for after := records.Cursor(""); ; {
		ids, next, err := list(after)
		require.NoError(t, err)
		out = append(out, ids...)
		if next == "" {
			return out
		}
		require.NotEqual(t, after, next)
		after = next
	}
}

// someTimes gives "" mostly, and otherwise one of the values.
func someTimes[T ~string](rng *rand.Rand, values ...T) T {
	if rng.IntN(4) > 0 {
		return ""
	}
	return values[rng.IntN(len(values))]
}

// TestListsOfAFilledCounty fills a county once for all that is asked of it.
func TestListsOfAFilledCounty(t *testing.T) {
	f := fillCounty(t, 240, 25)
	t.Run("what was filled in is in order", func(t *testing.T) { f.isInOrder(t) })
	t.Run("every list shows what its asker sees and nothing else", func(t *testing.T) { f.listsAreRight(t) })
	f.multiply(60)
	t.Run("lists are found by index", func(t *testing.T) { f.listsUseIndexes(t) })
}

// listsAreRight holds the ways that lists go, by place, by post and by time, against a plain look at everything that row-level
// security lets through, with what is owed as the case's own page shows it.
func (f *filled) listsAreRight(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	towns := []cases.Org{"379999101000", "379999001000", "379999101203", seed.City, "379998000000"}
	shown, hides := map[string]int{}, map[string]int{}
	for name, a := range f.askers {
		all := whole[plainCase](t, f, a, `SELECT id::text, kind, stage, phase, owner, colour, org, state FROM visible_cases ORDER BY opened DESC, id DESC`)
		owed := whole[plainOwed](t, f, a, `SELECT o.id::text, o.case_id::text, o.key, o.owner, o.due, o.paused_since IS NOT NULL, c.kind, c.colour, c.org,
			ARRAY(SELECT r.post FROM reached r WHERE r.obligation = o.id)
			FROM obligation o JOIN visible_cases c ON c.id = o.case_id WHERE o.ended_at IS NULL ORDER BY o.due, o.id`)
		shows, due := map[string]bool{}, map[string]time.Time{}
		for _, c := range all {
			for _, o := range c.shown(a) {
				shows[c.ID+o.Key] = true
			}
			due[c.ID] = c.nextDue(a)
		}
		every := len(owed)
		owed = slices.DeleteFunc(owed, func(o plainOwed) bool { return !shows[o.Case+o.Key] })
		hides[name] = every - len(owed)
		for try := range 10 {
			filter := records.CaseFilter{}
			if try > 0 {
				filter = records.CaseFilter{
					Kind: someTimes(rng, cases.Kinds...), Stage: someTimes(rng, cases.ReportFollowUp, cases.Closed), Phase: someTimes(rng, cases.FollowUp),
					Owner: someTimes(rng, cases.Post("city:379999000000/manager#1"), "city:379999000000/desk"), Town: someTimes(rng, towns...),
					Colour: someTimes(rng, cases.Yellow, cases.Blue), Overdue: rng.IntN(6) == 0,
				}
				if open := rng.IntN(3); open > 0 {
					is := open == 1
					filter.Open = &is
				}
			}
			var want []string
			for _, c := range all {
				if or(filter.Kind, c.Kind) && or(filter.Stage, c.Stage) && or(filter.Phase, c.Phase) && or(filter.Owner, c.Owner) && or(filter.Colour, c.Colour) &&
					within(c.Org, filter.Town) && (!filter.Overdue || !due[c.ID].IsZero() && due[c.ID].Before(f.now)) && (filter.Open == nil || *filter.Open == (c.Stage != "closed")) {
					want = append(want, c.ID)
				}
			}
			got := pages(t, func(after records.Cursor) (ids []string, next records.Cursor, err error) {
				rows, next, err := f.ListCases(t.Context(), a, filter, after, 60)
				for _, r := range rows {
					ids = append(ids, r.ID)
					require.WithinDuration(t, due[r.ID], r.NextDue, time.Microsecond, "%s, of %s", name, r.Number)
					require.True(t, r.NextKey == "" || shows[r.ID+r.NextKey], "%s, of %s: %s", name, r.Number, r.NextKey)
				}
				return ids, next, err
			})
			require.Equal(t, want, got, "%s %+v", name, filter)
			shown[name] += len(want)

			work := records.ObligationFilter{Whose: []string{"mine", "area"}[try%2]}
			if try > 1 {
				work.Kind, work.Owner, work.Town, work.Colour = filter.Kind, filter.Owner, filter.Town, filter.Colour
				work.Key, work.Overdue = someTimes(rng, "visit", "archive"), filter.Overdue
				if rng.IntN(4) == 0 {
					work.Before = f.now.Add(3 * 24 * time.Hour)
				}
				if len(owed) > 0 && rng.IntN(5) == 0 {
					work.Case = owed[rng.IntN(len(owed))].Case
				}
			}
			want = nil
			for _, o := range owed {
				if or(work.Kind, o.Kind) && or(work.Colour, o.Colour) && or(work.Case, o.Case) && within(o.Org, work.Town) &&
					(work.Key == "" || cases.KeyBase(o.Key) == work.Key) && (!work.Overdue || !o.Paused && o.Due.Before(f.now)) &&
					(work.Before.IsZero() || o.Due.Before(work.Before)) && (work.Whose == "area" && or(work.Owner, o.Owner) || work.Whose == "mine" && o.mine(a, work.Owner)) {
					want = append(want, o.ID)
				}
			}
			got = pages(t, func(after records.Cursor) (ids []string, next records.Cursor, err error) {
				rows, next, err := f.Obligations(t.Context(), a, work, after, 60)
				for _, r := range rows {
					ids = append(ids, r.ID)
				}
				return ids, next, err
			})
			require.Equal(t, want, got, "%s %+v", name, work)
		}
	}
	for name := range f.askers {
		partly := slices.Contains([]string{"liaison", "body", "village and liaison"}, name)
		require.Equal(t, partly, hides[name] > 0, "from %s %d were hidden", name, hides[name])
		blind := slices.Contains([]string{"nobody", "reporter", "social worker"}, name)
		require.Equal(t, blind, shown[name] == 0, "%s saw %d", name, shown[name])
	}
}

// listsUseIndexes: with many closed cases, no main list reads through all of them.
func (f *filled) listsUseIndexes(t *testing.T) {
	open := true
	var late time.Time
	require.NoError(t, f.Pool().QueryRow(t.Context(), `SELECT opened FROM cases ORDER BY opened OFFSET 200 LIMIT 1`).Scan(&late))
	for name, a := range f.askers {
		plans := map[string][]string{}
		for how, filter := range map[string]records.CaseFilter{"all": {}, "open": {Open: &open}, "town": {Town: "379999101000"}} {
			for page, before := range map[string]time.Time{"first": f.now, "deep": late} {
				plan, err := postgres.PlanOfCases(t.Context(), f.Store, a, filter, before)
				require.NoError(t, err)
				plans[fmt.Sprintf("cases, %s, %s page", how, page)] = plan
			}
		}
		for _, whose := range []string{"mine", "area"} {
			plan, err := postgres.PlanOfObligations(t.Context(), f.Store, a, records.ObligationFilter{Whose: whose})
			require.NoError(t, err)
			plans["obligations, "+whose] = plan
		}
		for list, plan := range plans {
			text := strings.Join(plan, "\n")
			for _, table := range []string{"cases", "obligation", "case_grant", "reached"} {
				require.NotContains(t, text, "Seq Scan on "+table, "%s: %s\n%s", name, list, text)
			}
			require.Contains(t, text, "Index", "%s: %s", name, list)
		}
	}
}

// isInOrder: what was filled in is as if the product had recorded it.
func (f *filled) isInOrder(t *testing.T) {
	ctx := t.Context()
	again := seed.Filling{Cases: 250, Open: 25, Over: 180 * 24 * time.Hour, Seed: 7, Now: f.now, Batch: 50}
	var written int
	again.Progress = func(_, n int) { written = n }
	require.NoError(t, seed.Fill(ctx, f.Store, f.rules, again))
	require.Equal(t, 10, written, "what is there is left as it is")

	faults, err := f.Faults(ctx)
	require.NoError(t, err)
	require.Zero(t, faults)
	check, err := f.CheckAudit(ctx, &audit.Book{}, nil)
	require.NoError(t, err)
	require.Empty(t, check.Findings)
	require.Greater(t, check.Chains, int64(260), "of cases and of those who looked")

	require.Equal(t, f.count(`SELECT count(*) FROM cases WHERE stage <> 'closed'`), f.count(`SELECT count(*) FROM cases WHERE started_at IS NULL`))
	require.Zero(t, f.count(`SELECT count(*) FROM cases c WHERE (SELECT count(*) FROM obligation o WHERE o.case_id = c.id AND o.ended_at IS NULL)
		<> coalesce(jsonb_array_length(nullif(c.state->'obligations', 'null')), 0)`))
	require.Zero(t, f.count(`SELECT count(*) FROM cases WHERE stage = 'closed' AND id NOT IN (SELECT case_id FROM retention)`))
	require.Zero(t, f.count(`SELECT count(*) FROM case_grant g JOIN cases c ON c.id = g.case_id WHERE g.closed <> (c.stage = 'closed')`))
	require.Positive(t, f.count(`SELECT count(*) FROM rung`))
	require.Positive(t, f.count(`SELECT count(*) FROM reached`))
	require.Positive(t, f.count(`SELECT count(*) FROM letter`))

	// A case that is taken up again is found among what is under way.
	var reopened string
	require.NoError(t, f.Pool().QueryRow(ctx, `SELECT id FROM cases WHERE stage = 'closed' AND kind = 'report' LIMIT 1`).Scan(&reopened))
	f.step(reopened, "reopen", head, cases.Fields{"cause": "other"})
	require.Zero(t, f.count(`SELECT count(*) FROM case_grant g JOIN cases c ON c.id = g.case_id WHERE g.closed <> (c.stage = 'closed')`))

	// Its files open, and its children are found.
	desk := f.askers["desk"]
	rows, _, err := f.ListCases(ctx, desk, records.CaseFilter{Kind: cases.MandatoryReport}, "", 60)
	require.NoError(t, err)
	found := 0
	for _, r := range rows {
		v, err := f.GetCase(ctx, desk, r.ID)
		require.NoError(t, err)
		require.NotEmpty(t, v.Child.Name)
		require.NotEmpty(t, v.Child.Address)
		require.NotEmpty(t, v.Narrative.Text)
		events, _, err := f.Events(ctx, desk, r.ID, "", 200)
		require.NoError(t, err)
		require.NotEmpty(t, events)
		if v.Child.IDNumber != "" {
			found++
		}
		// It goes on by itself from where it stands.
		st, rules, err := f.Load(ctx, r.ID)
		require.NoError(t, err)
		t1, refusal := cases.Act(st, rules, cases.Input{}, f.now.Add(time.Hour))
		require.Nil(t, refusal)
		_, err = f.Record(ctx, t1)
		require.NoError(t, err)
	}
	require.Positive(t, found)
	require.Zero(t, f.count(`SELECT count(*) FROM (SELECT body FROM event UNION ALL SELECT state FROM cases) x WHERE x.body::text ~ '安和市|1390000'`))
}
