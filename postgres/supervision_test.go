package postgres_test

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

const (
	otherVillage = cases.Org("379999102201")
	leader       = cases.Post("town:379999101000/town_leader")
)

// fill makes cases as they happen: some seen to in time and some not, over half a
// year, with ladders that climb, acknowledgements, 督办单, recusals and closed ones.
func (b *bundle) fill(n int, seed uint64) {
	b.t.Helper()
	r := rand.New(rand.NewPCG(seed, 7))
	places := []cases.Org{village, "379999101204", otherVillage, "379999103201", "379999101000", "379999000000"}
	try := func(id string, step cases.StepName, by cases.Post, fields cases.Fields) bool {
		tr, refusal := cases.Apply(b.state(id), b.rules, command(id, step, by, fields), b.now)
		if refusal != nil {
			return false
		}
		b.record(tr)
		return true
	}
	tick := func(id string) {
		for range 12 {
			tr := cases.Tick(b.state(id), b.rules, b.now)
			if !tr.Changed() {
				return
			}
			b.record(tr)
		}
	}
	for range n {
		b.now = b.now.Add(time.Duration(r.IntN(40)) * time.Hour)
		id := b.file(func(rep *cases.Report) {
			rep.Org = places[r.IntN(len(places))]
			rep.Danger = []cases.Danger{cases.DangerYes, cases.DangerNo}[r.IntN(2)]
			if r.IntN(6) == 0 {
				rep.Situations = []cases.Situation{"MR01"}
			}
		})
		for range r.IntN(5) {
			b.now = b.now.Add(time.Duration(r.IntN(300)) * time.Minute)
			switch r.IntN(7) {
			case 0:
				try(id, "accept", desk, nil)
				try(id, "triage", desk, cases.Fields{
					"colour": []string{"red", "yellow", "blue"}[r.IntN(3)], "duplicate": "false", "jurisdiction": "own", "guardianship_needed": "false",
					"compartment": "false", "relation": "guardian", "manager": string(manager),
				})
			case 1:
				try(id, "police_report", desk, cases.Fields{"reported_at": b.now.Add(-time.Minute).Format(time.RFC3339)})
				try(id, "police_accept", "unit:police/police", cases.Fields{"accepted_at": b.now.Format(time.RFC3339), "sort": "criminal"})
			case 2:
				try(id, "accept", desk, nil)
				try(id, "task_assign", manager, cases.Fields{"post": string(schools), "measure": "schooling"})
			case 3:
				for range 6 { // nobody does anything for days
					b.now = b.now.Add(14 * time.Hour)
					tick(id)
				}
			case 4:
				for _, o := range b.state(id).Obligations {
					if o.Rung > 0 {
						f, err := b.AddFact(b.t.Context(), records.Once{}, in(o.Owner), id, cases.Fact{
							ID: uuid.NewString(), Kind: cases.FactAck, Occurred: b.now, Received: b.now, By: cases.Actor{Person: "p", Post: o.Owner}, Fields: cases.Fields{
								"key": o.Key, "occurrence": strconv.Itoa(o.Occurrence), "epoch": strconv.Itoa(o.Epoch), "by": b.now.Add(time.Hour).Format(time.RFC3339),
							},
						}, nil)
						require.NoError(b.t, err)
						tr, refusal := cases.Act(b.state(id), b.rules, cases.Input{Facts: []cases.Fact{f}}, b.now)
						require.Nil(b.t, refusal)
						b.record(tr)
						break
					}
				}
			case 5:
				try(id, "recuse", desk, cases.Fields{"post": string([]cases.Post{town, leader, bureau, body}[r.IntN(4)])})
			case 6:
				for _, o := range b.state(id).Orders {
					try(id, "sign_order", head, cases.Fields{"order": strconv.Itoa(o.N)})
					if r.IntN(2) == 0 {
						try(id, "reply_order", b.state(id).Orders[o.N-1].To, cases.Fields{"order": strconv.Itoa(o.N)})
					}
				}
			}
		}
		if r.IntN(2) == 0 {
			try(id, "pause", head, cases.Fields{"key": "task:1", "cause": "weather"})
		}
		tick(id)
	}
}

// listed counts what a list shows, a page at a time.
func (b *bundle) listed(a records.Access, f records.ObligationFilter) (n int) {
	b.t.Helper()
	f.Whose = "area"
	for after := records.Cursor(""); ; {
		rows, next, err := b.Obligations(b.t.Context(), a, f, after, 200)
		require.NoError(b.t, err)
		n += len(rows)
		if next == "" {
			return n
		}
		after = next
	}
}

func (b *bundle) listedCases(a records.Access, f records.CaseFilter) (n int) {
	b.t.Helper()
	open := true
	f.Open = &open
	for after := records.Cursor(""); ; {
		rows, next, err := b.ListCases(b.t.Context(), a, f, after, 200)
		require.NoError(b.t, err)
		n += len(rows)
		if next == "" {
			return n
		}
		after = next
	}
}

func (b *bundle) listedOrders(a records.Access, f records.OrderFilter) (n int) {
	b.t.Helper()
	for after := records.Cursor(""); ; {
		rows, next, err := b.Orders(b.t.Context(), a, f, after, 2)
		require.NoError(b.t, err)
		for _, r := range rows {
			require.Equal(b.t, f.Stand, r.Stand)
		}
		n += len(rows)
		if next == "" {
			return n
		}
		after = next
	}
}

func figuresIn(p cases.Period, at time.Time, town cases.Org) records.FigureFilter {
	from, to, ok := p.Around(at)
	if !ok {
		from, to = at.AddDate(0, 0, -20), at.AddDate(0, 0, -3)
	}
	return records.FigureFilter{From: from, To: to, Period: p, Town: town}
}

func TestEveryNumberIsThatOfTheListBehindIt(t *testing.T) {
	b := setup(t)
	b.fill(30, 1)
	closed := b.file()
	closeCase(b, closed)
	var told struct{ today, risk, late, stopped, inTime, past, acked, waiting, orders int }
	for _, who := range []records.Access{in(desk), in(town, schools), in(leader)} {
		for _, p := range cases.Periods {
			for _, at := range []cases.Org{"", village.Town()} {
				f := figuresIn(p, b.now, at)
				n, err := b.Figures(t.Context(), who, f)
				require.NoError(t, err)
				require.False(t, n.Whole)
				same := func(want int, got records.Figure, what ...any) {
					t.Helper()
					require.False(t, got.Hidden)
					require.Equal(t, want, got.N, append([]any{"%v %s %s: %v", who.Posts, p, at}, what))
				}
				if p == cases.ThisMonth {
					b.owedIsListed(who, at, n, same)
					told.today, told.risk, told.late, told.stopped = told.today+n.Now.Today.N, told.risk+n.Now.AtRisk.N, told.late+n.Now.Overdue.N, told.stopped+n.Now.Stopped.N
				}
				for _, m := range n.Promised {
					for result, got := range map[string]records.Figure{
						"any": m.Total, "in_time": m.InTime, "late": m.Late, "overdue": m.Overdue, "running": m.Running, "released": m.Released,
					} {
						same(b.listed(who, records.ObligationFilter{Key: m.Key, Result: result, From: f.From, To: f.To, Town: at}), got, m.Key, result)
					}
					told.inTime, told.past = told.inTime+m.InTime.N, told.past+m.Late.N
				}
				for _, c := range n.Ladder {
					for followed, got := range map[string]records.Figure{"": c.Reached, "acknowledged": c.Acknowledged, "ended": c.Ended, "waiting": c.Waiting} {
						same(b.listed(who, records.ObligationFilter{Rung: c.Rung, Followed: followed, From: f.From, To: f.To, Town: at}), got, c.Rung, followed)
					}
					told.acked, told.waiting = told.acked+c.Acknowledged.N, told.waiting+c.Waiting.N
				}
				for _, o := range n.Orders {
					same(b.listedOrders(who, records.OrderFilter{From: f.From, To: f.To, Stand: o.Key, Town: at}), o.N, "order", o.Key)
					told.orders += o.N.N
				}
			}
		}
	}
	require.NotZero(t, told.today)
	require.NotZero(t, told.risk)
	require.NotZero(t, told.late)
	require.NotZero(t, told.stopped)
	require.NotZero(t, told.inTime)
	require.NotZero(t, told.past)
	require.NotZero(t, told.acked)
	require.NotZero(t, told.waiting)
	require.NotZero(t, told.orders)
}

// owedIsListed holds what is owed now against the lists.
func (b *bundle) owedIsListed(who records.Access, at cases.Org, n records.Figures, same func(int, records.Figure, ...any)) {
	b.t.Helper()
	columns := func(o records.OwedNow, f records.ObligationFilter) {
		b.t.Helper()
		for due, got := range map[string]records.Figure{"all": o.Open, "today": o.Today, "at_risk": o.AtRisk, "overdue": o.Overdue, "stopped": o.Stopped} {
			f.Due = due
			same(b.listed(who, f), got, o.Key, due)
		}
	}
	columns(n.Now, records.ObligationFilter{Town: at})
	if at == "" {
		for _, o := range n.Towns {
			columns(o, records.ObligationFilter{Town: cases.Org(o.Key), Exact: cases.Org(o.Key) == cases.Org(o.Key).City()})
		}
	}
	for _, o := range n.Posts {
		columns(o, records.ObligationFilter{Owner: cases.Post(o.Key), Town: at})
	}
	for _, o := range n.Departments {
		columns(o, records.ObligationFilter{Unit: o.Key, Town: at})
	}
	same(b.listedCases(who, records.CaseFilter{Town: at}), n.Cases, "cases")
	same(b.listedCases(who, records.CaseFilter{Town: at, Overdue: true}), n.CasesLate, "cases overdue")
	for _, c := range n.Colours {
		same(b.listedCases(who, records.CaseFilter{Town: at, Colour: cases.Colour(c.Key)}), c.N, c.Key)
	}
	for _, c := range n.Phases {
		same(b.listedCases(who, records.CaseFilter{Town: at, Phase: cases.Phase(c.Key)}), c.N, c.Key)
	}
}

func TestWhatIsAtRiskIsTheSameInSQLAndInGo(t *testing.T) {
	b := setup(t)
	for _, span := range []time.Duration{time.Hour, 24 * time.Hour, 400 * time.Hour} {
		for _, left := range []time.Duration{-time.Microsecond, 0, span/4 - time.Microsecond, span / 4, span/4 + time.Microsecond, 72 * time.Hour, span} {
			for _, paused := range []*time.Time{nil, &start} {
				o := cases.Obligation{Start: start.Add(left - span), Due: start.Add(left)}
				if paused != nil {
					o.PausedSince = *paused
				}
				var risk bool
				require.NoError(t, b.Pool().QueryRow(t.Context(), `SELECT tonghu_at_risk($1, $2, $3, $4)`, o.Start, o.Due, paused, start).Scan(&risk))
				require.Equal(t, o.AtRisk(start), risk, "%s left of %s, paused %v", left, span, paused)
			}
		}
	}
}

func TestTheCoordinationBodyIsShownNoSmallNumber(t *testing.T) {
	b := setup(t)
	b.fill(30, 2)
	city, err := b.Figures(t.Context(), in(head), figuresIn(cases.ThisYear, b.now, ""))
	require.NoError(t, err)
	for _, p := range cases.Spans {
		n, err := b.Figures(t.Context(), in(body), figuresIn(p, b.now, ""))
		require.NoError(t, err)
		require.True(t, n.Whole)
		require.Empty(t, n.Posts)
		require.LessOrEqual(t, len(n.Towns), len(city.Towns))
		shown := []records.Figure{n.Cases, n.CasesLate, n.Now.Open, n.Now.Today, n.Now.AtRisk, n.Now.Overdue, n.Now.Stopped}
		for _, rows := range [][]records.OwedNow{n.Towns, n.Departments} {
			for _, o := range rows {
				shown = append(shown, o.Open, o.Today, o.AtRisk, o.Overdue, o.Stopped)
			}
		}
		for _, rows := range [][]records.Counted{n.Colours, n.Phases} {
			for _, c := range rows {
				shown = append(shown, c.N)
			}
		}
		for _, m := range n.Promised {
			shown = append(shown, m.Total, m.InTime, m.Late, m.Overdue, m.Running, m.Released)
			if m.Share != nil {
				require.False(t, m.InTime.Hidden || m.Late.Hidden || m.Overdue.Hidden, "a share tells the number that is hidden")
			}
		}
		for _, c := range n.Ladder {
			shown = append(shown, c.Reached, c.Acknowledged, c.Ended, c.Waiting)
		}
		hidden, told := 0, 0
		for _, f := range shown {
			if f.Hidden {
				require.Zero(t, f.N, "it does not even leave the store")
				hidden++
				continue
			}
			require.False(t, cases.Small(f.N))
			if f.N > 0 {
				told++
			}
		}
		require.NotZero(t, hidden)
		require.NotZero(t, told)
		for _, o := range n.Orders { // of these it sees each
			require.Equal(t, b.listedOrders(in(body), records.OrderFilter{From: figuresIn(p, b.now, "").From, To: figuresIn(p, b.now, "").To, Stand: o.Key}), o.N.N)
		}
	}
	for _, f := range []records.FigureFilter{figuresIn(cases.ThisWeek, b.now, ""), figuresIn(cases.AnyDays, b.now, ""), figuresIn(cases.ThisYear, b.now, village.Town())} {
		_, err := b.Figures(t.Context(), in(body), f)
		requireCode(t, cases.CodeField, err)
	}
	for _, post := range []cases.Post{director, police, schools, "city:379999000000/system_admin"} {
		_, err := b.Figures(t.Context(), in(post), figuresIn(cases.ThisYear, b.now, ""))
		requireCode(t, records.CodeForbidden, err)
	}
}

func TestWhatIsTakenOutIsKeptWithItsReasonSealed(t *testing.T) {
	b := setup(t)
	who := in(head)
	e := records.TakenOut{ID: uuid.NewString(), What: "obligations", Purpose: "report", Reason: "十一月督办例会", Rows: 12, Filter: []string{"due:overdue"}}
	require.NoError(t, b.PutExport(t.Context(), who, e))
	rows := b.chain("actor:" + who.Person)
	require.Len(t, rows, 1)
	require.Equal(t, "export:obligations", rows[0].Action)
	require.Equal(t, e.ID, rows[0].Object)
	require.Subset(t, rows[0].Detail, []string{"for:report", "due:overdue", "rows:12"})
	require.Zero(t, b.count(`SELECT count(*) FROM export WHERE encode(reason, 'escape') LIKE '%' || encode(convert_to('督办', 'UTF8'), 'escape') || '%'`))

	got, err := b.Export(t.Context(), in(bureau), e.ID)
	require.NoError(t, err)
	require.Equal(t, e.Reason, got.Reason)
	require.Equal(t, who.Person, got.Person)
	require.Equal(t, 12, got.Rows)
	require.Equal(t, "read:export", b.chain("actor:" + in(bureau).Person)[0].Action)
	for _, post := range []cases.Post{desk, town, body} {
		_, err := b.Export(t.Context(), in(post), e.ID)
		requireCode(t, records.CodeForbidden, err)
	}
	_, err = b.Export(t.Context(), in(head), uuid.NewString())
	requireCode(t, cases.CodeNotFound, err)
	requireCode(t, records.CodeForbidden, b.PutExport(t.Context(), records.Access{}, e))
}
