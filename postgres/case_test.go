package postgres_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

// sees tells in every way there is whether somebody may know of a case: the list,
// the case, its timeline, and the worklist of the area.
func (b *bundle) sees(a records.Access, id string) bool {
	b.t.Helper()
	rows, _, err := b.ListCases(b.t.Context(), a, records.CaseFilter{}, "", 200)
	require.NoError(b.t, err)
	listed := false
	for _, r := range rows {
		listed = listed || r.ID == id
	}
	_, err = b.GetCase(b.t.Context(), a, id)
	if listed {
		require.NoError(b.t, err)
	} else {
		requireCode(b.t, cases.CodeNotFound, err)
	}
	_, _, err = b.Events(b.t.Context(), a, id, "", 10)
	require.Equal(b.t, listed, err == nil)
	owed, _, err := b.Obligations(b.t.Context(), a, records.ObligationFilter{Whose: "area", Case: id}, "", 200)
	require.NoError(b.t, err)
	require.Equal(b.t, listed, len(owed) > 0)
	return listed
}

func TestPostsSeeTheirArea(t *testing.T) {
	b := setup(t)
	id := b.file()
	for post, want := range map[cases.Post]bool{
		director: true, town: true, desk: true, manager: true, head: true, police: true,
		"village:379999101204/director": false, "town:379999102000/supervisor": false, "city:379998000000/desk": false,
		"unit:procuratorate/procurator": true, schools: false,
		"city:379999000000/body": false, "city:379999000000/system_admin": false, "unit:school1/reporter": false,
		cases.SystemPost: true,
	} {
		require.Equal(t, want, b.sees(in(post), id), post)
	}
	require.False(t, b.sees(records.Access{Person: "nobody"}, id))
	require.True(t, b.sees(in("village:379999101204/director", town), id))
}

func TestARecusedPostSeesNoCaseAndNoCount(t *testing.T) {
	b := setup(t)
	id, other := b.file(), b.file()
	require.True(t, b.sees(in(director), id))
	b.step(id, "recuse", desk, cases.Fields{"post": string(director)})
	b.step(id, "recuse", desk, cases.Fields{"post": string(manager)})
	for _, who := range []records.Access{in(director), in(manager), in(director, town)} {
		require.False(t, b.sees(who, id), who.Posts)
		require.True(t, b.sees(who, other), who.Posts)
		rows, next, err := b.ListCases(t.Context(), who, records.CaseFilter{}, "", 1)
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.Empty(t, next) // no page that would tell of a second case
	}
	require.True(t, b.sees(in(town), id))

	// Recused from the start, by the reporter's own words.
	hidden := b.file(func(r *cases.Report) { r.Avoid = []string{"village", "town"} })
	require.False(t, b.sees(in(director), hidden))
	require.False(t, b.sees(in(town), hidden))
	require.True(t, b.sees(in(desk), hidden))
	require.Zero(t, b.count(`SELECT count(*) FROM notice_intent WHERE case_id = $1 AND post = ANY ($2)`, hidden, []string{string(director), string(town)}))
}

func TestARecusedPostLosesWhatItWasGranted(t *testing.T) {
	b := setup(t)
	id := b.file()
	triage(b, id, "yellow", "false")
	b.step(id, "task_assign", manager, cases.Fields{"post": string(schools), "measure": "schooling"})
	require.True(t, b.sees(in(schools), id))
	mine, _, err := b.Obligations(t.Context(), in(schools), records.ObligationFilter{}, "", 10)
	require.NoError(t, err)
	require.Len(t, mine, 2)
	b.step(id, "recuse", desk, cases.Fields{"post": string(schools)})
	require.False(t, b.sees(in(schools), id))
	mine, _, err = b.Obligations(t.Context(), in(schools), records.ObligationFilter{}, "", 10)
	require.NoError(t, err)
	require.Empty(t, mine)
	require.Zero(t, b.count(`SELECT count(*) FROM case_grant WHERE post = $1`, string(schools)))
}

func TestWhatIsLentToOnePersonIsNotTheirColleagues(t *testing.T) {
	b := setup(t)
	id := b.file()
	triage(b, id, "yellow", "false")
	anna, bella := in(shelter), in(shelter)
	anna.Person, bella.Person = uuid.NewString(), uuid.NewString()
	shown := func(who records.Access) bool {
		rows, _, err := b.ListCases(t.Context(), who, records.CaseFilter{}, "", 10)
		require.NoError(t, err)
		require.Equal(t, b.sees(who, id), len(rows) == 1, "the list and the page say the same")
		return len(rows) == 1
	}
	lend := func(person string) {
		fields := cases.Fields{"post": string(shelter), "compartments": "ordinary", "until": b.now.Add(48 * time.Hour).Format(time.RFC3339), "purpose": "counselling"}
		if person != "" {
			fields["person"] = person
		}
		b.step(id, "grant_access", manager, fields)
	}
	lend(anna.Person)
	require.True(t, shown(anna))
	require.False(t, shown(bella))
	lend(bella.Person)
	require.True(t, shown(bella))
	lend("")
	require.True(t, shown(in(shelter)))
	b.now = b.now.Add(48 * time.Hour)
	b.record(cases.Tick(b.state(id), b.rules, b.now))
	require.False(t, shown(anna))
}

func TestTheCompartmentIsClosedToTheVillage(t *testing.T) {
	b := setup(t)
	fromStart := b.file(func(r *cases.Report) { r.Situations = []cases.Situation{"MR01"} })
	require.False(t, b.sees(in(director), fromStart))
	require.True(t, b.sees(in(town), fromStart))
	later := b.file()
	require.True(t, b.sees(in(director), later))
	triage(b, later, "red", "true")
	require.False(t, b.sees(in(director), later))
	v, err := b.GetCase(t.Context(), in(town), later)
	require.NoError(t, err)
	require.Nil(t, v.Narrative)
}

func TestListsGoOnWhereTheyStopped(t *testing.T) {
	b := setup(t)
	var want []string
	for range 5 {
		want = append([]string{b.file()}, want...)
		b.now = b.now.Add(time.Hour)
	}
	var got []string
	var after records.Cursor
	for {
		rows, next, err := b.ListCases(t.Context(), in(desk), records.CaseFilter{}, after, 2)
		require.NoError(t, err)
		for _, r := range rows {
			got = append(got, r.ID)
		}
		if next == "" {
			break
		}
		after = next
	}
	require.Equal(t, want, got)

	var dues []time.Time
	after = ""
	for {
		rows, next, err := b.Obligations(t.Context(), in(desk), records.ObligationFilter{Whose: "area"}, after, 3)
		require.NoError(t, err)
		for _, r := range rows {
			dues = append(dues, r.Obligation.Due)
		}
		if next == "" {
			break
		}
		after = next
	}
	require.Len(t, dues, b.count(`SELECT count(*) FROM obligation`))
	require.IsNonDecreasing(t, micros(dues))

	_, _, err := b.ListCases(t.Context(), in(desk), records.CaseFilter{}, "tampered", 2)
	requireCode(t, records.CodeCursor, err)
}

func micros(times []time.Time) (out []int64) {
	for _, at := range times {
		out = append(out, at.UnixMicro())
	}
	return out
}

func TestListsAreNarrowed(t *testing.T) {
	b := setup(t)
	red := b.file(func(r *cases.Report) { r.Danger = cases.DangerYes })
	yellow := b.file()
	elsewhere := b.file(func(r *cases.Report) { r.Org = "379999102001" })
	closed := b.file()
	closeCase(b, closed)
	yes, no := true, false
	ids := func(f records.CaseFilter) (out []string) {
		rows, _, err := b.ListCases(t.Context(), in(desk), f, "", 50)
		require.NoError(t, err)
		for _, r := range rows {
			out = append(out, r.ID)
		}
		return out
	}
	require.ElementsMatch(t, []string{red}, ids(records.CaseFilter{Colour: cases.Red}))
	require.ElementsMatch(t, []string{elsewhere}, ids(records.CaseFilter{Town: "379999102000"}))
	require.ElementsMatch(t, []string{red, yellow, elsewhere}, ids(records.CaseFilter{Open: &yes}))
	require.ElementsMatch(t, []string{closed}, ids(records.CaseFilter{Open: &no}))
	require.ElementsMatch(t, []string{red, yellow, elsewhere}, ids(records.CaseFilter{Stage: cases.ReportReported}))
	require.ElementsMatch(t, []string{closed}, ids(records.CaseFilter{Phase: cases.FollowUp}))
	require.ElementsMatch(t, []string{closed}, ids(records.CaseFilter{Owner: manager}))
	require.Empty(t, ids(records.CaseFilter{Overdue: true}))
	require.Empty(t, ids(records.CaseFilter{Kind: cases.Guardianship}))
	b.step(yellow, "police_report", desk, cases.Fields{"reported_at": b.now.Format(time.RFC3339)})
	b.step(elsewhere, "police_report", desk, cases.Fields{"reported_at": b.now.Format(time.RFC3339)})
	b.now = b.now.Add(90 * time.Minute) // the red report's first hour is over, the others owe nothing yet
	require.ElementsMatch(t, []string{red}, ids(records.CaseFilter{Overdue: true}))
}

func TestOverdueIsTheSameInSQLAndInGo(t *testing.T) {
	b := setup(t)
	at := start
	for _, due := range []time.Time{at, at.Add(-time.Microsecond), at.Add(time.Hour), at.Add(-time.Hour)} {
		for _, paused := range []time.Time{{}, at.Add(-2 * time.Hour)} {
			var since *time.Time
			if !paused.IsZero() {
				since = &paused
			}
			var late bool
			require.NoError(t, b.Pool().QueryRow(t.Context(), `SELECT tonghu_overdue($1, $2, $3)`, due, since, at).Scan(&late))
			require.Equal(t, cases.Obligation{Due: due, PausedSince: paused}.Overdue(at), late, "%s %s", due, paused)
		}
	}
}

func TestAWorklistIsNarrowed(t *testing.T) {
	b := setup(t)
	red := b.file(func(r *cases.Report) { r.Danger = cases.DangerYes })
	far := b.file(func(r *cases.Report) {
		r.Danger, r.Situations, r.Org = cases.DangerNo, []cases.Situation{"MR09"}, "379999102201"
	})
	owed := func(f records.ObligationFilter) (of []string, dues []time.Time) {
		f.Whose = "area"
		rows, _, err := b.Obligations(t.Context(), in(desk), f, "", 200)
		require.NoError(t, err)
		for _, r := range rows {
			if !slices.Contains(of, r.Case) {
				of = append(of, r.Case)
			}
			dues = append(dues, r.Obligation.Due)
		}
		return of, dues
	}
	all, dues := owed(records.ObligationFilter{})
	require.ElementsMatch(t, []string{red, far}, all)
	of, _ := owed(records.ObligationFilter{Colour: cases.Red})
	require.Equal(t, []string{red}, of)
	of, _ = owed(records.ObligationFilter{Town: "379999102000"})
	require.Equal(t, []string{far}, of)
	of, _ = owed(records.ObligationFilter{Kind: cases.Guardianship})
	require.Empty(t, of)
	of, _ = owed(records.ObligationFilter{Owner: "village:379999104404/director"})
	require.Empty(t, of)
	_, sooner := owed(records.ObligationFilter{Before: dues[2]})
	require.NotEmpty(t, sooner)
	require.Less(t, len(sooner), len(dues))
	_, _, err := b.Obligations(t.Context(), in(desk), records.ObligationFilter{Town: "379"}, "", 10)
	requireCode(t, cases.CodeField, err)
}

func TestAWaitingFactShowsAsSubmitted(t *testing.T) {
	b := setup(t)
	id := b.file()
	st := b.state(id)
	o := st.Obligations[0]
	_, err := b.AddFact(t.Context(), records.Once{}, in(desk), id, cases.Fact{
		ID: uuid.NewString(), Kind: cases.FactAck, Occurred: b.now, Received: b.now, By: cases.Actor{Person: in(desk).Person, Post: desk},
		Fields: cases.Fields{"key": o.Key, "occurrence": "1", "epoch": "1"},
	}, nil)
	require.NoError(t, err)
	rows, _, err := b.Obligations(t.Context(), in(desk), records.ObligationFilter{Whose: "area"}, "", 50)
	require.NoError(t, err)
	for _, r := range rows {
		require.Equal(t, r.Obligation.Key == o.Key, r.Submitted, r.Obligation.Key)
		require.NotEmpty(t, r.Deadline.ID)
		one, err := b.Obligation(t.Context(), in(desk), r.ID)
		require.NoError(t, err)
		require.Equal(t, r, one)
		_, err = b.Obligation(t.Context(), in("village:379999101204/director"), r.ID)
		requireCode(t, cases.CodeNotFound, err)
	}
	waiting, err := b.CasesWithUnapplied(t.Context(), b.now.Add(time.Second), 10)
	require.NoError(t, err)
	require.Len(t, waiting, 1)
	waiting, err = b.CasesWithUnapplied(t.Context(), b.now, 10)
	require.NoError(t, err)
	require.Empty(t, waiting)
}

func TestACommandGoesFromPendingToAnswered(t *testing.T) {
	b := setup(t)
	id := b.file()
	cmd := command(id, "accept", desk, nil)
	row, err := b.PutCommand(t.Context(), records.Once{}, in(desk), cases.MandatoryReport, cmd, nil)
	require.NoError(t, err)
	require.True(t, row.New)
	row.New = false
	again, err := b.PutCommand(t.Context(), records.Once{}, in(desk), cases.MandatoryReport, cmd, nil)
	require.NoError(t, err)
	require.Equal(t, row, again)
	v, err := b.GetCase(t.Context(), in(head), id)
	require.NoError(t, err)
	require.Equal(t, []records.CommandRow{row}, v.Pending)
	b.record(b.decide(cmd))
	refused, err := b.RefuseCommand(t.Context(), cmd.ID, cases.Refuse(cases.CodeStale))
	require.NoError(t, err)
	require.Equal(t, records.CommandRecorded, refused.Status)
	require.NoError(t, b.AnswerCommand(t.Context(), cmd.ID))
	row, err = b.Command(t.Context(), in(desk), cmd.ID)
	require.NoError(t, err)
	require.Equal(t, records.CommandAnswered, row.Status)
	_, err = b.Command(t.Context(), in(schools), cmd.ID)
	requireCode(t, cases.CodeNotFound, err)
}

func TestARefusedFormIsItsAuthorsDraftForThirtyDays(t *testing.T) {
	b := setup(t)
	id := b.file()
	cmd := command(id, "triage", desk, cases.Fields{"colour": "blue"})
	words := map[string]string{"reason": "家长已到场"}
	_, err := b.PutCommand(t.Context(), records.Once{}, in(desk), cases.MandatoryReport, cmd, words)
	require.NoError(t, err)
	row, err := b.RefuseCommand(t.Context(), cmd.ID, cases.Refuse(cases.CodeStale, cases.FieldError{Field: "base", Reason: "range"}))
	require.NoError(t, err)
	require.Equal(t, records.CommandRefused, row.Status)
	require.Equal(t, cases.CodeStale, row.Refusal.Code)
	drafts, err := b.Drafts(t.Context(), in(desk))
	require.NoError(t, err)
	require.Equal(t, []records.Draft{{Command: cmd, Sealed: words, Refusal: row.Refusal, At: b.now}}, drafts)
	others, err := b.Drafts(t.Context(), in(head))
	require.NoError(t, err)
	require.Empty(t, others)
	requireCode(t, cases.CodeNotFound, b.DropDraft(t.Context(), in(head), cmd.ID))

	b.now = b.now.Add(31 * 24 * time.Hour)
	drafts, err = b.Drafts(t.Context(), in(desk))
	require.NoError(t, err)
	require.Empty(t, drafts)
	require.NoError(t, b.Prune(t.Context(), b.now))
	require.Zero(t, b.count(`SELECT count(*) FROM sealed`))
}

func TestADroppedDraftIsGoneWithItsWords(t *testing.T) {
	b := setup(t)
	id := b.file()
	cmd := command(id, "triage", desk, nil)
	_, err := b.PutCommand(t.Context(), records.Once{}, in(desk), cases.MandatoryReport, cmd, map[string]string{"reason": "x"})
	require.NoError(t, err)
	_, err = b.RefuseCommand(t.Context(), cmd.ID, cases.Refuse(cases.CodeStale))
	require.NoError(t, err)
	require.NoError(t, b.DropDraft(t.Context(), in(desk), cmd.ID))
	drafts, err := b.Drafts(t.Context(), in(desk))
	require.NoError(t, err)
	require.Empty(t, drafts)
	require.Zero(t, b.count(`SELECT count(*) FROM sealed`))
}

func TestTimelinesShowWordsToThoseWhoMayRead(t *testing.T) {
	b := setup(t)
	id := b.file()
	b.step(id, "accept", desk, nil)
	cmd := command(id, "triage", desk, cases.Fields{
		"colour": "yellow", "duplicate": "false", "jurisdiction": "own", "guardianship_needed": "false", "compartment": "false", "relation": "guardian",
	})
	_, err := b.PutCommand(t.Context(), records.Once{}, in(desk), cases.MandatoryReport, cmd, map[string]string{"reason": "邻居也听到哭声"})
	require.NoError(t, err)
	b.record(b.decide(cmd))
	reasons := func(a records.Access) (out []string) {
		var after records.Cursor
		for {
			rows, next, err := b.Events(t.Context(), a, id, after, 2)
			require.NoError(t, err)
			for _, r := range rows {
				if r.Sealed["reason"] != "" {
					out = append(out, r.Sealed["reason"])
				}
			}
			if next == "" {
				return out
			}
			after = next
		}
	}
	require.Equal(t, []string{"邻居也听到哭声"}, reasons(in(desk)))
	require.Equal(t, []string{"邻居也听到哭声"}, reasons(in(head)))
	require.Empty(t, reasons(in(director)))
}

func TestWhoReportedIsNotInTheTimeline(t *testing.T) {
	b := setup(t)
	teacher := cases.Actor{Person: "person of school", Post: "unit:school1/reporter"}
	id := b.file(func(r *cases.Report) { r.By = teacher })
	opened := func(a records.Access) cases.Actor {
		rows, _, err := b.Events(t.Context(), a, id, "", 1)
		require.NoError(t, err)
		require.Equal(t, cases.EventOpened, rows[0].Event.Type)
		return rows[0].Event.Actor
	}
	require.Equal(t, teacher, opened(in(desk)))
	require.Equal(t, cases.Actor{}, opened(in(head)))
	require.Equal(t, cases.Actor{}, opened(in(director)))
}

func TestATaskIsANumberedLetter(t *testing.T) {
	b := setup(t)
	id := b.file()
	triage(b, id, "yellow", "false")
	cmd := command(id, "task_assign", manager, cases.Fields{"post": string(schools), "measure": "schooling"})
	_, err := b.PutCommand(t.Context(), records.Once{}, in(manager), cases.MandatoryReport, cmd, map[string]string{"content": "请安排返校"})
	require.NoError(t, err)
	b.record(b.decide(cmd))
	due, ok := b.state(id).Obligation("task:1")
	require.True(t, ok)
	for _, who := range []records.Access{in(schools), in(manager)} {
		l, err := b.TaskLetter(t.Context(), who, id, 1)
		require.NoError(t, err)
		require.Equal(t, records.Letter{
			Kind: "task", Number: "童护转〔2026〕0001", Case: id, CaseNo: "强报〔2026〕000001", To: schools, Issued: b.now, Due: due.Due,
			Measure: "schooling", Text: "请安排返校",
		}, l)
	}
	_, err = b.TaskLetter(t.Context(), in("unit:health/liaison"), id, 1)
	requireCode(t, cases.CodeNotFound, err)
	l, err := b.TaskLetter(t.Context(), in(director), id, 1)
	require.NoError(t, err)
	require.Empty(t, l.Text)
}

func TestADepartmentReadsTheWordsOfItsOwnTask(t *testing.T) {
	b := setup(t)
	id := b.file()
	triage(b, id, "yellow", "true") // in a 性侵 case they are as secret as its narrative
	health := cases.Post("unit:health/liaison")
	say := func(step cases.StepName, by cases.Post, fields cases.Fields, words map[string]string) {
		t.Helper()
		cmd := command(id, step, by, fields)
		_, err := b.PutCommand(t.Context(), records.Once{}, in(by), cases.MandatoryReport, cmd, words)
		require.NoError(t, err)
		b.record(b.decide(cmd))
	}
	task := func(n string) cases.Fields { return cases.Fields{"task": n} }
	say("task_assign", manager, cases.Fields{"post": string(schools), "measure": "schooling"}, map[string]string{"content": "请安排返校"})
	say("task_assign", manager, cases.Fields{"post": string(health), "measure": "medical"}, map[string]string{"content": "请安排体检"})
	say("task_sign", schools, task("1"), nil)
	say("task_report", schools, cases.Fields{"task": "1", "result": "done"}, map[string]string{"content": "已返校"})
	say("task_return", manager, task("1"), map[string]string{"reason": "请附学校证明"})

	read := func(who records.Access) (words []string) {
		rows, _, err := b.Events(t.Context(), who, id, "", 200)
		require.NoError(t, err)
		for _, r := range rows {
			for _, text := range r.Sealed {
				words = append(words, text)
			}
		}
		return words
	}
	colleague := in(schools)
	colleague.Person = "person of the next school liaison"
	require.Equal(t, []string{"请安排返校", "已返校", "请附学校证明"}, read(colleague))
	require.Equal(t, []string{"请安排体检"}, read(in(health)))
	b.step(id, "recuse", desk, cases.Fields{"post": string(schools)})
	_, _, err := b.Events(t.Context(), colleague, id, "", 200)
	requireCode(t, cases.CodeNotFound, err)
}

func TestTheLadderDraftsANumberedOrder(t *testing.T) {
	b := setup(t)
	id := b.file()
	for len(b.state(id).Orders) == 0 {
		wake, ok := cases.NextWake(b.state(id), b.rules)
		require.True(t, ok)
		b.now = wake
		b.record(cases.Tick(b.state(id), b.rules, b.now))
	}
	l, err := b.OrderLetter(t.Context(), in(head), id, 1)
	require.NoError(t, err)
	require.Equal(t, "童护督〔2026〕0001", l.Number)
	require.Equal(t, b.state(id).Orders[0].To, l.To)
	require.Zero(t, b.count(`SELECT count(*) FROM letter WHERE kind = 'task'`))
}

func TestOpenCasesArePagedById(t *testing.T) {
	b := setup(t)
	for range 3 {
		b.file()
	}
	closed := b.file()
	closeCase(b, closed)
	seen := map[string]bool{}
	after := ""
	for {
		rows, err := b.OpenCases(t.Context(), after, 2)
		require.NoError(t, err)
		if len(rows) == 0 {
			break
		}
		for _, r := range rows {
			seen[r.ID] = true
			after = r.ID
		}
	}
	require.Len(t, seen, 3)
	require.False(t, seen[closed])
}
