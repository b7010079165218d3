package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/postgres"
	"tonghu/records"
	"tonghu/vault/audit"
)

// chain gives the rows of a chain, which must hold.
func (b *bundle) chain(name string) (rows []audit.Row) {
	b.t.Helper()
	require.NoError(b.t, audit.Verify(name, b.AuditRows(b.t.Context(), name), nil))
	for row, err := range b.AuditRows(b.t.Context(), name) {
		require.NoError(b.t, err)
		rows = append(rows, row)
	}
	return rows
}

// asOwner runs statements as the superuser that owns the schema.
func (b *bundle) asOwner(sql string) error {
	b.t.Helper()
	conn, err := pgx.Connect(b.t.Context(), b.dsn)
	require.NoError(b.t, err)
	defer func() { require.NoError(b.t, conn.Close(context.WithoutCancel(b.t.Context()))) }()
	_, err = conn.Exec(b.t.Context(), sql)
	return err
}

// looks are the ways to read something that the audit log keeps.
func looks(s *postgres.Store, a records.Access, id string) map[string]func(context.Context) (any, error) {
	return map[string]func(context.Context) (any, error){
		"read:case": func(ctx context.Context) (any, error) { return s.GetCase(ctx, a, id) },
		"read:events": func(ctx context.Context) (any, error) {
			rows, _, err := s.Events(ctx, a, id, "", 50)
			return rows, err
		},
		"read:messages": func(ctx context.Context) (any, error) { return s.Messages(ctx, a, id) },
		"list:files":    func(ctx context.Context) (any, error) { return s.Files(ctx, a, id) },
		"print:task":    func(ctx context.Context) (any, error) { return s.TaskLetter(ctx, a, id, 1) },
		"list:cases": func(ctx context.Context) (any, error) {
			rows, _, err := s.ListCases(ctx, a, records.CaseFilter{Kind: cases.MandatoryReport, Overdue: true}, "", 10)
			return rows, err
		},
		"list:obligations": func(ctx context.Context) (any, error) {
			rows, _, err := s.Obligations(ctx, a, records.ObligationFilter{Whose: "area", Case: id}, "", 10)
			return rows, err
		},
		"list:drafts": func(ctx context.Context) (any, error) { return s.Drafts(ctx, a) },
		"list:posts": func(ctx context.Context) (any, error) {
			rows, _, err := s.Holdings(ctx, a, "town:", "", 10)
			return rows, err
		},
	}
}

// withTask files a report on which a department has a task.
func (b *bundle) withTask() string {
	b.t.Helper()
	id := b.file()
	triage(b, id, "yellow", "false")
	cmd := command(id, "task_assign", manager, cases.Fields{"post": string(schools), "measure": "schooling"})
	_, err := b.PutCommand(b.t.Context(), records.Once{}, in(manager), cases.MandatoryReport, cmd, map[string]string{"content": "请安排返校"})
	require.NoError(b.t, err)
	b.record(b.decide(cmd))
	return id
}

func TestALookIsARowWithWhoAndWhichParts(t *testing.T) {
	b := setup(t)
	id := b.withTask()
	a := in(desk, manager)
	a.Purpose = "handling"
	for name, look := range looks(b.Store, a, id) {
		_, err := look(t.Context())
		require.NoError(t, err, name)
	}
	byAction := map[string]audit.Row{}
	for _, row := range append(b.chain("read:"+id), b.chain("actor:"+a.Person)...) {
		require.NotContains(t, byAction, row.Action, "one row for each")
		byAction[row.Action] = row
		require.Equal(t, a.Person, row.Actor)
		require.Equal(t, b.now, row.At)
		require.Equal(t, []string{"post:" + string(desk), "post:" + string(manager)}, row.Detail[:2])
		require.NotContains(t, row.Detail, audit.Redacted)
	}
	require.Len(t, byAction, len(looks(b.Store, a, id)))
	require.Len(t, b.chain("read:"+id), 5)

	require.Equal(t, []string{"part:child", "part:narrative", "part:reporter", "for:handling"}, byAction["read:case"].Detail[2:])
	require.Equal(t, id, byAction["read:case"].Object)
	require.Contains(t, byAction["read:events"].Detail, "part:ordinary")
	require.Equal(t, "task:1", byAction["print:task"].Object)
	require.Contains(t, byAction["print:task"].Detail, "part:ordinary")
	require.Subset(t, byAction["list:cases"].Detail, []string{"kind:report", "overdue:true", "items:0"})
	require.Subset(t, byAction["list:obligations"].Detail, []string{"whose:area", "case:" + id})
}

func TestARowNamesOnlyThePartsThatWereOpened(t *testing.T) {
	b := setup(t)
	id := b.file()
	_, err := b.GetCase(t.Context(), in(director), id)
	require.NoError(t, err)
	require.Equal(t, []string{"post:" + string(director)}, b.chain("read:" + id)[0].Detail)
}

func TestWhatIsReadThroughAnotherCaseIsALookAtTheCaseWhoseFileItIs(t *testing.T) {
	b := setup(t)
	report := b.file()
	triage(b, report, "yellow", "false")
	guardianship := b.step(report, "open_guardianship", manager, cases.Fields{"ground": "TG4"}).Links[0].Case
	v, err := b.GetCase(t.Context(), in(manager), guardianship)
	require.NoError(t, err)
	require.NotNil(t, v.Child)
	found, err := b.Looks(t.Context(), in(head), report, false, "", 10)
	require.NoError(t, err)
	require.Len(t, found.Rows, 1)
	row := found.Rows[0]
	require.Equal(t, []string{in(manager).Person, "read:case", guardianship}, []string{row.Actor, row.Action, row.Object})
	require.Contains(t, row.Detail, "part:child")
	require.Contains(t, b.chain("read:" + guardianship)[0].Detail, "part:child")

	// Who may not know the child opens nothing of the report.
	v, err = b.GetCase(t.Context(), in(director), guardianship)
	require.NoError(t, err)
	require.Nil(t, v.Child)
	require.Len(t, b.chain("read:"+report), 2, "the one look, and the question who looked")

	// So it is with what a reporter wrote before a report was merged into another.
	source := b.file()
	_, err = b.AddMessage(t.Context(), records.Once{}, records.Access{}, source, cases.Fact{ID: uuid.NewString(), Kind: cases.FactMessage, Occurred: b.now, Received: b.now}, "孩子现在怎么样")
	require.NoError(t, err)
	facts, err := b.Unapplied(t.Context(), source, 10)
	require.NoError(t, err)
	b.record(cases.Absorb(b.state(source), b.rules, facts, b.now))
	triage(b, source, "yellow", "false")
	b.step(source, "merge", desk, cases.Fields{"into": report})
	lines, err := b.Messages(t.Context(), in(desk), report)
	require.NoError(t, err)
	require.Len(t, lines, 1)
	rows := b.chain("read:" + source)
	require.Len(t, rows, 1)
	require.Equal(t, []string{"read:messages", report}, []string{rows[0].Action, rows[0].Object})
	require.Contains(t, rows[0].Detail, "items:1")
}

func TestADecisionIsNoLook(t *testing.T) {
	b := setup(t)
	id := b.file()
	v, err := b.PeekCase(t.Context(), in(desk), id)
	require.NoError(t, err)
	require.Equal(t, b.state(id), v.State)
	require.Nil(t, v.Child)
	require.Nil(t, v.Narrative)
	require.Nil(t, v.Reporter)
	require.Empty(t, b.chain("read:"+id))
	_, err = b.PeekCase(t.Context(), in("village:379999101204/director"), id)
	requireCode(t, cases.CodeNotFound, err)
}

func TestWithoutItsRowALookDoesNotHappen(t *testing.T) {
	b := setup(t)
	id := b.withTask()
	require.NoError(t, b.asOwner(`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
		'BEGIN RAISE EXCEPTION USING ERRCODE = ''53100'', MESSAGE = ''no space left''; END';
		CREATE TRIGGER full_disk BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION full_disk()`))
	for name, look := range looks(b.Store, in(desk, manager), id) {
		got, err := look(t.Context())
		requireCode(t, cases.CodeUnavailable, err)
		require.Empty(t, got, name)
	}
	requireCode(t, cases.CodeUnavailable, b.Look(t.Context(), in(desk), records.Look{Case: id, Action: "read:file"}))
	requireCode(t, cases.CodeUnavailable, b.Denied(t.Context(), in(desk), records.Denial{Operation: "get-case", Object: id}))
	requireCode(t, cases.CodeUnavailable, b.RecordSignIn(t.Context(), "anna", "", false, "unknown_login"))
	require.Zero(t, b.count(`SELECT count(*) FROM sign_in`))
}

func TestReadersOfOneCaseTakeTurns(t *testing.T) {
	b := setup(t)
	id := b.file()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				if _, err := b.GetCase(t.Context(), in(desk), id); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	require.Equal(t, 80, len(b.chain("read:"+id)))
}

func TestReadersInSeveralProcessesTakeTurns(t *testing.T) {
	b := setup(t)
	id := b.file()
	other := b.open()
	for i := range 9 { // each remembers an end of the chain that the other has moved
		_, err := []*postgres.Store{b.Store, b.Store, other}[i%3].GetCase(t.Context(), in(desk), id)
		require.NoError(t, err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 10 {
				if _, err := []*postgres.Store{b.Store, other}[i%2].GetCase(t.Context(), in(desk), id); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	require.Equal(t, 89, len(b.chain("read:"+id)))
}

func TestAChainGoesOnFromWhereTheDatabaseHasIt(t *testing.T) {
	b := setup(t)
	id := b.file()
	for range 3 {
		_, err := b.GetCase(t.Context(), in(desk), id)
		require.NoError(t, err)
	}
	require.NoError(t, b.asOwner(`ALTER TABLE audit DISABLE TRIGGER ALL; DELETE FROM audit WHERE chain LIKE 'read:%' AND seq > 1`)) // as a restore does
	_, err := b.GetCase(t.Context(), in(desk), id)
	require.NoError(t, err)
	require.Len(t, b.chain("read:"+id), 2)
}

// typed are personal numbers and dates that somebody may type into an address.
var typed = []string{"13900009371", "86-13900009371", "379999201103170021", "37999920110317002x", "2011-03-17", "2011-3-17", "20110317", "05361234567", "8901234"}

func TestWhatIsTypedIntoAListIsNotKeptIfItCouldBeAPersons(t *testing.T) {
	b := setup(t)
	a := in("city:379999000000/audit_admin", head, desk)
	for _, v := range typed {
		for _, owner := range []string{v, "unit:police/" + v, "town:" + v + "/supervisor"} {
			_, _, err := b.ListCases(t.Context(), a, records.CaseFilter{Owner: cases.Post(owner)}, "", 10)
			requireCode(t, cases.CodeField, err)
			for _, f := range []records.ObligationFilter{{}, {Due: "all", Whose: "area"}} {
				f.Owner = cases.Post(owner)
				_, _, err = b.Obligations(t.Context(), a, f, "", 10)
				requireCode(t, cases.CodeField, err)
			}
		}
		unit := cases.Post("unit:" + v + "/police")
		_, _, err := b.ListCases(t.Context(), a, records.CaseFilter{Owner: unit}, "", 10)
		require.NoError(t, err)
		for _, f := range []records.ObligationFilter{{Owner: unit, Key: v}, {Owner: unit, Due: "all", Whose: "area", Unit: v}, {Whose: "area", Rung: v, From: start, To: start}} {
			_, _, err = b.Obligations(t.Context(), a, f, "", 10)
			require.NoError(t, err)
		}
		_, _, err = b.Holdings(t.Context(), a, v, "", 10)
		require.NoError(t, err)
		_, _, err = b.AuditLog(t.Context(), a, records.AuditFilter{Actor: v, Action: v}, "", 10)
		require.NoError(t, err)
		require.NoError(t, b.PutExport(t.Context(), a, records.TakenOut{ID: uuid.NewString(), What: "cases", Purpose: "report", Reason: "例会", Filter: []string{"owner:" + string(unit)}}))
		require.NoError(t, b.Denied(t.Context(), a, records.Denial{Operation: "get-case", Code: "not_found", Object: v}))
	}
	for _, row := range b.chain("actor:" + a.Person) {
		said := strings.Join(append(row.Detail, row.Object), " ")
		require.Contains(t, said, audit.Redacted)
		for _, v := range typed {
			require.NotContains(t, said, v)
		}
	}
}

func TestTheCodesOfAFilterAreKept(t *testing.T) {
	b := setup(t)
	a := in(head)
	_, _, err := b.ListCases(t.Context(), a, records.CaseFilter{Owner: "village:379999101203/director", Town: "379999101000"}, "", 10)
	require.NoError(t, err)
	_, _, err = b.Obligations(t.Context(), a, records.ObligationFilter{Owner: manager + "#2", Key: "task:12"}, "", 10)
	require.NoError(t, err)
	_, _, err = b.Holdings(t.Context(), a, "town:379999101", "", 10)
	require.NoError(t, err)
	require.NoError(t, b.PutExport(t.Context(), a, records.TakenOut{
		ID: uuid.NewString(), What: "obligations", Purpose: "report", Reason: "例会", Filter: []string{"from:2026-11-01T00:00:00Z", "due:overdue", "overdue:true"},
	}))
	var kept []string
	for _, row := range b.chain("actor:" + a.Person) {
		kept = append(kept, row.Detail...)
	}
	require.Subset(t, kept, []string{
		"owner:village:379999101203/director", "town:379999101000", "owner:" + string(manager) + "#2", "key:task:12", "prefix:town:379999101",
		"from:2026-11-01T00:00:00Z", "due:overdue", "overdue:true",
	})
	require.NotContains(t, strings.Join(kept, " "), audit.Redacted)
}

func TestACaseIsNamedInOneWayOnly(t *testing.T) {
	b := setup(t)
	id := b.file()
	for _, name := range []string{strings.ToUpper(id), strings.ReplaceAll(id, "-", ""), "{" + id + "}", "urn:uuid:" + id} {
		for action, look := range looks(b.Store, in(desk, manager), name) {
			if strings.HasPrefix(action, "list:") && action != "list:files" && action != "list:obligations" {
				continue // of no case
			}
			_, err := look(t.Context())
			requireCode(t, cases.CodeNotFound, err)
		}
		require.Empty(t, b.chain("read:"+name), "it would be looked at and nobody be told")
		require.NoError(t, b.Denied(t.Context(), in(desk), records.Denial{Operation: "get-case", Code: "not_found", Object: name}))
	}
	for _, row := range b.chain("actor:" + in(desk).Person) {
		require.Equal(t, id, row.Object)
	}
}

func TestADenialTellsTheLogAndNotTheAsker(t *testing.T) {
	b := setup(t)
	id := b.file()
	stranger := in("village:379999101204/director")
	for _, object := range []string{id, uuid.NewString(), "张三", ""} {
		require.NoError(t, b.Denied(t.Context(), stranger, records.Denial{Operation: "get-case", Code: "not_found", Object: object}))
	}
	rows := b.chain("actor:" + stranger.Person)
	require.Equal(t, []string{"post:village:379999101204/director", "op:get-case", "code:not_found", "case:true"}, rows[0].Detail)
	require.Equal(t, id, rows[0].Object)
	require.Contains(t, rows[1].Detail, "case:false")
	require.Equal(t, audit.Redacted, rows[2].Object)
	require.Empty(t, rows[3].Object)
	require.Empty(t, b.chain("read:"+id))
}

func TestWhoOnlyReportsIsNotNamedBesideACase(t *testing.T) {
	b := setup(t)
	id := b.file()
	reporter := in("unit:education/reporter")
	require.NoError(t, b.Look(t.Context(), reporter, records.Look{Case: id, Action: "read:feedback"}))
	require.Equal(t, "public", b.chain("read:" + id)[0].Actor)
	require.NoError(t, b.Denied(t.Context(), reporter, records.Denial{Operation: "get-case", Code: "not_found", Object: id}))
	require.Empty(t, b.chain("actor:" + reporter.Person)[0].Object)
	require.Zero(t, b.count(`SELECT count(*) FROM audit WHERE actor = $1 AND (object = $2 OR chain LIKE '%' || $2)`, reporter.Person, id))
}

func TestAFailedSignInIsARowOfItsDay(t *testing.T) {
	b := setup(t)
	require.NoError(t, b.RecordSignIn(t.Context(), "13900001234", "", false, "unknown_login"))
	require.NoError(t, b.RecordSignIn(t.Context(), "13900001234", "", false, "unknown_login"))
	require.NoError(t, b.RecordSignIn(t.Context(), "anna", "", true, ""))
	rows := b.chain("signin:2026-11-23")
	require.Len(t, rows, 2)
	require.Equal(t, []string{"reason:unknown_login"}, rows[0].Detail)
	require.Len(t, rows[0].Object, 32)
	require.Equal(t, rows[0].Object, rows[1].Object, "the same was typed")
	require.NotContains(t, rows[0].Object, "13900001234")
}

func TestTheAuditLogIsAppendOnlyForItsOwnerToo(t *testing.T) {
	b := setup(t)
	b.file()
	for _, sql := range []string{
		`UPDATE audit SET actor = 'nobody'`, `DELETE FROM audit`, `TRUNCATE audit`, `UPDATE audit SET actor = 'nobody' WHERE false`,
		`SET session_replication_role = replica; DELETE FROM audit`,
	} {
		require.ErrorContains(t, b.asOwner(sql), "append-only", sql)
	}
	for _, sql := range []string{`UPDATE audit SET actor = 'nobody'`, `DELETE FROM audit`, `TRUNCATE audit`} {
		_, err := b.Pool().Exec(t.Context(), sql)
		require.ErrorContains(t, err, "permission denied", "the engine, "+sql)
	}
	require.ErrorContains(t, b.WithActor(t.Context(), in(head), func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `SELECT FROM audit`)
		return err
	}), "permission denied", "who asks")
	require.Positive(t, b.count(`SELECT count(*) FROM audit`))
}

func TestWhoLookedIsToldNewestFirstAndIsALookItself(t *testing.T) {
	b := setup(t)
	id := b.file()
	for i := range 5 {
		a := in(desk)
		a.Purpose = []string{"", "handling"}[i%2]
		_, err := b.GetCase(t.Context(), a, id)
		require.NoError(t, err)
		b.now = b.now.Add(time.Minute)
	}
	first, err := b.Looks(t.Context(), in(head), id, false, "", 3)
	require.NoError(t, err)
	require.Equal(t, "强报〔2026〕000001", first.Number)
	require.Len(t, first.Rows, 3)
	require.EqualValues(t, 5, first.Rows[0].Seq)
	second, err := b.Looks(t.Context(), in(head), id, false, first.Next, 3)
	require.NoError(t, err)
	require.Len(t, second.Rows, 2)
	require.Empty(t, second.Next)
	require.EqualValues(t, 1, second.Rows[1].Seq)
	all, err := b.Looks(t.Context(), in(head), id, false, "", 10)
	require.NoError(t, err)
	require.Equal(t, "read:looks", all.Rows[0].Action)
	require.Equal(t, in(head).Person, all.Rows[0].Actor)
	require.Equal(t, "强报〔2026〕000001", all.Rows[0].Number)

	named, err := b.CaseNamed(t.Context(), "强报〔2026〕000001")
	require.NoError(t, err)
	require.Equal(t, id, named)
	_, err = b.CaseNamed(t.Context(), "强报〔2026〕000002")
	requireCode(t, cases.CodeNotFound, err)
}

func TestWhoMayAskWhoLooked(t *testing.T) {
	b := setup(t)
	id := b.file()
	auditor := in("city:379999000000/audit_admin")
	for _, a := range []records.Access{in(head), in(bureau), auditor} {
		_, err := b.Looks(t.Context(), a, id, false, "", 10)
		require.NoError(t, err, a)
	}
	for _, a := range []records.Access{in(desk), in(manager), in(town), in(director), in(police), in("city:379998000000/head"), in("city:379999000000/system_admin")} {
		_, err := b.Looks(t.Context(), a, id, false, "", 10)
		requireCode(t, cases.CodeNotFound, err)
	}
	b.step(id, "recuse", desk, cases.Fields{"post": string(bureau)})
	_, err := b.Looks(t.Context(), in(bureau), id, false, "", 10)
	requireCode(t, cases.CodeNotFound, err)
	_, err = b.Looks(t.Context(), in(head), uuid.NewString(), false, "", 10)
	requireCode(t, cases.CodeNotFound, err)

	// Whoever holds a recused post learns nothing by another.
	for _, a := range []records.Access{in(head, bureau), in(bureau, head)} {
		for _, denials := range []bool{false, true} {
			_, err = b.Looks(t.Context(), a, id, denials, "", 10)
			requireCode(t, cases.CodeNotFound, err)
		}
		_, err = b.LooksUp(t.Context(), a, id, "", 10)
		requireCode(t, cases.CodeNotFound, err)
	}
	_, err = b.Looks(t.Context(), in(head, desk), id, false, "", 10)
	require.NoError(t, err)
}

func TestTheLogSaysNothingOfACaseToWhoIsRecusedFromIt(t *testing.T) {
	b := setup(t)
	const other cases.Post = "city:379999000000/audit_admin#2"
	id, beside := b.file(), b.file()
	for _, of := range []string{id, beside} {
		_, err := b.GetCase(t.Context(), in(desk), of)
		require.NoError(t, err)
		_, _, err = b.Obligations(t.Context(), in(desk), records.ObligationFilter{Case: of}, "", 10)
		require.NoError(t, err)
		require.NoError(t, b.Denied(t.Context(), in(town), records.Denial{Operation: "get-case", Code: "not_found", Object: of}))
	}
	b.step(id, "recuse", desk, cases.Fields{"post": "city:379999000000/audit_admin"})
	told := func(a records.Access, f records.AuditFilter) (said string) {
		rows, _, err := b.AuditLog(t.Context(), a, f, "", 200)
		require.NoError(t, err)
		for _, r := range rows {
			said += fmt.Sprintln(r)
		}
		return said
	}
	for _, f := range []records.AuditFilter{{}, {Actor: in(desk).Person}, {Actor: in(town).Person}} {
		for _, a := range []records.Access{in("city:379999000000/audit_admin"), in(other, "city:379999000000/audit_admin")} {
			said := told(a, f)
			require.NotContains(t, said, id)
			require.Contains(t, said, beside)
		}
		require.Contains(t, told(in(other), f), id)
	}
}

func TestNamesAreForWhoKnowsTheOffice(t *testing.T) {
	b := setup(t)
	id := b.file()
	anna := uuid.NewString()
	require.NoError(t, b.Seed(t.Context(), postgres.County{People: []postgres.SeedPerson{{Person: records.Person{ID: anna, Login: "anna", Name: "安娜"}}}}))
	_, err := b.GetCase(t.Context(), records.Access{Person: anna, Posts: []cases.Post{desk}}, id)
	require.NoError(t, err)
	for a, want := range map[cases.Post]string{head: "安娜", "city:379999000000/audit_admin": ""} {
		got, err := b.Looks(t.Context(), in(a), id, false, "", 10)
		require.NoError(t, err)
		require.Equal(t, anna, got.Rows[len(got.Rows)-1].Actor)
		require.Equal(t, want, got.Rows[len(got.Rows)-1].Name)
	}
}

func TestWhoWasRefusedIsTold(t *testing.T) {
	b := setup(t)
	id := b.file()
	stranger := in("village:379999101204/director")
	for range 3 {
		require.NoError(t, b.Denied(t.Context(), stranger, records.Denial{Operation: "get-case", Code: "not_found", Object: id}))
	}
	first, err := b.Looks(t.Context(), in(head), id, true, "", 2)
	require.NoError(t, err)
	require.Len(t, first.Rows, 2)
	rest, err := b.Looks(t.Context(), in(head), id, true, first.Next, 2)
	require.NoError(t, err)
	require.Len(t, rest.Rows, 1)
	require.Empty(t, rest.Next)
	require.Equal(t, stranger.Person, rest.Rows[0].Actor)
	require.Contains(t, rest.Rows[0].Detail, "op:get-case")
}

func TestTheLogIsListedByActorActionAndDay(t *testing.T) {
	b := setup(t)
	id := b.file()
	_, err := b.GetCase(t.Context(), in(desk), id)
	require.NoError(t, err)
	b.now = b.now.Add(time.Second)
	_, _, err = b.ListCases(t.Context(), in(desk), records.CaseFilter{}, "", 10)
	require.NoError(t, err)
	b.now = b.now.AddDate(0, 0, 1)
	_, err = b.GetCase(t.Context(), in(desk, manager), id)
	require.NoError(t, err)
	auditor := in("city:379999000000/audit_admin")
	actions := func(f records.AuditFilter) (out []string) {
		rows, _, err := b.AuditLog(t.Context(), auditor, f, "", 200)
		require.NoError(t, err)
		for _, r := range rows {
			out = append(out, r.Action)
		}
		return out
	}
	require.Equal(t, []string{"read:case", "list:cases", "read:case", "open"}, actions(records.AuditFilter{}))
	require.Equal(t, []string{"read:case", "read:case"}, actions(records.AuditFilter{Actor: in(desk).Person, Action: "read:"}))
	require.Equal(t, []string{"list:cases", "read:case"}, actions(records.AuditFilter{Actor: in(desk).Person, To: start.Add(time.Hour)}))
	require.Empty(t, actions(records.AuditFilter{Actor: "nobody"}))

	var seen []string
	for after := records.Cursor(""); ; {
		rows, next, err := b.AuditLog(t.Context(), auditor, records.AuditFilter{Actor: in(desk).Person}, after, 1)
		require.NoError(t, err)
		for _, r := range rows {
			seen = append(seen, r.Action)
			if r.Action == "read:case" {
				require.Equal(t, "强报〔2026〕000001", r.Number)
			}
		}
		if after = next; after == "" {
			break
		}
	}
	require.Equal(t, []string{"read:case", "list:cases", "read:case"}, seen)
	require.Contains(t, b.chain("actor:" + auditor.Person)[0].Action, "list:audit")

	_, _, err = b.AuditLog(t.Context(), in(head), records.AuditFilter{}, "", 10)
	requireCode(t, records.CodeForbidden, err)
	_, _, err = b.AuditLog(t.Context(), auditor, records.AuditFilter{}, "bm9uc2Vuc2U", 10)
	requireCode(t, records.CodeCursor, err)
}
