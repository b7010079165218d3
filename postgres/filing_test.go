package postgres_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
	"tonghu/vault"
)

func onceFor(key, body string) records.Once {
	return records.Once{Key: key, Route: "/api/v1/reports", Actor: "public", Body: sha256.Sum256([]byte(body))}
}

func TestFileCommitsAReportWhole(t *testing.T) {
	b := setup(t)
	f := b.filing()
	filed, err := b.File(t.Context(), onceFor("k", "body"), f)
	require.NoError(t, err)
	require.Equal(t, records.Filed{Case: f.Open.State.ID, Number: "强报〔2026〕000001", At: start}, filed)
	require.Equal(t, f.Open.State, b.state(filed.Case))
	require.Equal(t, []string{filed.Case}, b.jobs.starts)
	b.requireOwed(filed.Case)

	n, err := b.CountWithoutWorkflow(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n)
	waiting, err := b.WithoutWorkflow(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, filed.Case, waiting[0].ID)
	require.NoError(t, b.MarkStarted(t.Context(), filed.Case))
	n, err = b.CountWithoutWorkflow(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestTheSameKeyFilesOnce(t *testing.T) {
	b := setup(t)
	first, err := b.File(t.Context(), onceFor("k", "body"), b.filing())
	require.NoError(t, err)
	b.now = b.now.Add(80 * 24 * time.Hour)
	again, err := b.File(t.Context(), onceFor("k", "body"), b.filing())
	require.NoError(t, err)
	require.True(t, again.Replayed)
	again.Replayed = false
	require.Equal(t, first, again)
	_, err = b.File(t.Context(), onceFor("k", "other body"), b.filing())
	requireCode(t, records.CodeKeyReused, err)
	other := onceFor("k", "other body")
	other.Actor = "somebody"
	_, err = b.File(t.Context(), other, b.filing())
	require.NoError(t, err)
	require.Equal(t, 2, b.count(`SELECT count(*) FROM cases`))

	require.NoError(t, b.Prune(t.Context(), start.Add(91*24*time.Hour)))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM idempotency`))
}

func TestAnIdempotencyKeyIsNotKeptAsItIs(t *testing.T) {
	b := setup(t)
	once := onceFor("13900001234-zhousijia", "body")
	_, err := b.File(t.Context(), once, b.filing())
	require.NoError(t, err)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM idempotency`))
	require.Zero(t, b.count(`SELECT count(*) FROM idempotency i WHERE i::text LIKE '%1234%zhou%'`))
	again, err := b.File(t.Context(), once, b.filing())
	require.NoError(t, err)
	require.True(t, again.Replayed)
}

func TestOneKeyFromManyPhonesFilesOnce(t *testing.T) {
	b := setup(t)
	const phones = 12
	filings := make([]records.Filing, phones)
	for i := range filings {
		filings[i] = b.filing()
	}
	got := make([]records.Filed, phones)
	errs := make([]error, phones)
	var all sync.WaitGroup
	for i := range filings {
		all.Go(func() { got[i], errs[i] = b.File(context.WithoutCancel(t.Context()), onceFor("k", "body"), filings[i]) })
	}
	all.Wait()
	var ids []string
	for i := range got {
		if errs[i] != nil {
			requireCode(t, records.CodeInFlight, errs[i])
			continue
		}
		ids = append(ids, got[i].Case)
	}
	require.NotEmpty(t, ids)
	for _, id := range ids {
		require.Equal(t, ids[0], id)
	}
	require.Equal(t, 1, b.count(`SELECT count(*) FROM cases`))
	require.Len(t, b.jobs.starts, 1)
}

// failing is a queue that is out of order.
type failing struct{ queue }

func (*failing) StartCase(context.Context, pgx.Tx, cases.Kind, string) error {
	return io.ErrUnexpectedEOF
}

func TestAFilingThatFailsLeavesNothingAndMayBeTriedAgain(t *testing.T) {
	b := setup(t)
	b.UseJobs(&failing{})
	_, err := b.File(t.Context(), onceFor("k", "body"), b.filing())
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	for _, table := range []string{"cases", "filing", "data_key", "case_token", "obligation", "event", "notice_intent", "idempotency", "audit", "counter"} {
		require.Zero(t, b.count(`SELECT count(*) FROM `+table), table)
	}
	b.UseJobs(b.jobs)
	filed, err := b.File(t.Context(), onceFor("k", "body"), b.filing())
	require.NoError(t, err)
	require.False(t, filed.Replayed)
}

func TestNumbersRunThroughTheYearOfTheOffice(t *testing.T) {
	b := setup(t)
	number := func() string {
		filed, err := b.File(t.Context(), records.Once{}, b.filing())
		require.NoError(t, err)
		return filed.Number
	}
	b.now = time.Date(2026, 12, 31, 15, 59, 0, 0, time.UTC)
	require.Equal(t, "强报〔2026〕000001", number())
	require.Equal(t, "强报〔2026〕000002", number())
	b.now = time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC) // midnight in the office
	require.Equal(t, "强报〔2027〕000001", number())
}

func TestSealedPartsOpenForThoseWhoMayReadThem(t *testing.T) {
	b := setup(t)
	id := b.file()
	for _, c := range []struct {
		who                        records.Access
		child, narrative, reporter bool
	}{
		{in(desk), true, true, true},
		{in(manager), true, true, false},
		{in(head), true, true, false},
		{in("city:379999000000/bureau"), true, false, false},
		{in(town), true, true, false}, // owes the visit to the scene
		{in("town:379999101000/town_leader"), false, false, false},
		{in(director), false, false, false},
		{in(police), true, true, false},
		{in("unit:procuratorate/procurator"), true, true, false},
		{in(cases.SystemPost), false, false, false},
	} {
		v, err := b.GetCase(t.Context(), c.who, id)
		require.NoError(t, err, c.who.Posts)
		require.Equal(t, []bool{c.child, c.narrative, c.reporter}, []bool{v.Child != nil, v.Narrative != nil, v.Reporter != nil}, c.who.Posts)
	}
	v, err := b.GetCase(t.Context(), in(desk), id)
	require.NoError(t, err)
	require.Equal(t, "单小雨", v.Child.Name)
	require.Equal(t, "周老师", v.Reporter.Name)
	require.Equal(t, "孩子几天没有吃饭", v.Narrative.Text)
	require.Equal(t, 1, v.Receipts)
}

func TestWhatIsSealedIsNowhereInTheDatabase(t *testing.T) {
	b := setup(t)
	id := b.file()
	triage(b, id, "yellow", "false")
	cmd := command(id, "task_assign", manager, cases.Fields{"post": string(schools), "measure": "schooling"})
	_, err := b.PutCommand(t.Context(), records.Once{}, in(manager), cases.MandatoryReport, cmd, map[string]string{"content": "请联系单小雨的班主任"})
	require.NoError(t, err)
	_, err = b.AddMessage(t.Context(), records.Once{}, records.Access{}, id, cases.Fact{ID: uuid.NewString(), Kind: cases.FactMessage, Occurred: b.now, Received: b.now}, "周老师又来了")
	require.NoError(t, err)
	dump, err := exec.CommandContext(t.Context(), "pg_dump", "--data-only", b.dsn).Output()
	require.NoError(t, err)
	require.Contains(t, string(dump), id)
	for _, canary := range []string{"单小雨", "周老师", "没有吃饭", "班主任", "379999201503071232", "13900001234"} {
		require.False(t, bytes.Contains(dump, []byte(canary)), canary)
	}
}

func TestNothingJoinsAReportToItsAuthor(t *testing.T) {
	b := setup(t)
	const author = "0b9f1a52-6c1e-4f0e-8a55-0d8f6f1c2a01"
	by := records.Access{Person: author, Posts: []cases.Post{"unit:school1/reporter"}}
	once := onceFor("k", "body")
	once.Actor = author
	f := b.filing()
	f.Author, f.Unit, f.Reporter.DutyUnit, f.Reporter.Post = author, "school1", "school1", by.Posts[0]
	filed, err := b.File(t.Context(), once, f)
	require.NoError(t, err)
	for _, kind := range []cases.FactKind{cases.FactMessage, cases.FactUnresolved} {
		_, err = b.AddMessage(t.Context(), records.Once{}, records.Access{}, filed.Case, cases.Fact{ID: uuid.NewString(), Kind: kind, Occurred: b.now, Received: b.now}, "还没解决")
		require.NoError(t, err)
	}
	triage(b, filed.Case, "yellow", "false")

	dump, err := exec.CommandContext(t.Context(), "pg_dump", "--data-only", "--inserts", b.dsn).Output()
	require.NoError(t, err)
	require.Contains(t, string(dump), filed.Case)
	for _, clear := range []string{author, strings.ReplaceAll(author, "-", ""), "school1"} {
		require.False(t, bytes.Contains(dump, []byte(clear)), clear)
	}

	again, err := b.File(t.Context(), once, f)
	require.NoError(t, err)
	require.True(t, again.Replayed, "the key is still known by its author")
	v, err := b.GetCase(t.Context(), in(desk), filed.Case)
	require.NoError(t, err)
	require.Equal(t, author, v.Reporter.Account)
	require.Equal(t, "school1", v.Reporter.DutyUnit)
	require.Equal(t, by.Posts[0], v.Reporter.Post)
	v, err = b.GetCase(t.Context(), in(manager), filed.Case)
	require.NoError(t, err)
	require.Nil(t, v.Reporter)
}

func TestAChildIsFoundByBlindIndex(t *testing.T) {
	b := setup(t)
	b.file()
	for kind, n := range map[vault.Kind]int{vault.Name: 1, vault.IDNumber: 1} {
		require.Equal(t, n, b.count(`SELECT count(*) FROM case_token WHERE kind = $1`, int16(kind)))
	}
	require.Positive(t, b.count(`SELECT count(*) FROM case_token WHERE kind = $1`, int16(vault.Pinyin)))
}

func TestAReceiptThatIsNoneIsRefused(t *testing.T) {
	b := setup(t)
	b.file()
	_, err := b.ByReceipt(t.Context(), make([]byte, 32))
	requireCode(t, records.CodeReceiptWrong, err)
}

func TestAMessageIsAFactAndALine(t *testing.T) {
	b := setup(t)
	id := b.file()
	b.jobs.nudges = nil
	hash := sha256.Sum256([]byte(id))
	f := cases.Fact{ID: uuid.NewString(), Kind: cases.FactMessage, Occurred: b.now, Received: b.now}
	o := records.Once{Key: "m", Route: "/api/v1/receipts/messages", Actor: id, Body: sha256.Sum256([]byte("x"))}
	for range 2 {
		m, err := b.AddMessage(t.Context(), o, records.Access{}, id, f, "孩子现在怎么样")
		require.NoError(t, err)
		require.Equal(t, records.Message{ID: f.ID, At: b.now, From: "reporter", Text: "孩子现在怎么样"}, m)
		f.ID = uuid.NewString() // the second send of the same key
		require.NotEqual(t, m.ID, f.ID)
		f.ID = m.ID
	}
	require.Equal(t, []string{id}, b.jobs.nudges)
	view, err := b.ByReceipt(t.Context(), hash[:])
	require.NoError(t, err)
	require.Len(t, view.Messages, 1)
	_, err = b.AddMessage(t.Context(), records.Once{}, in(director), id, cases.Fact{ID: "r", Kind: cases.FactReply, Occurred: b.now, Received: b.now}, "平安")
	require.NoError(t, err)
	_, err = b.AddMessage(t.Context(), records.Once{}, in("village:379999101204/director"), id, cases.Fact{ID: "s", Kind: cases.FactReply, Occurred: b.now, Received: b.now}, "平安")
	requireCode(t, cases.CodeNotFound, err)
}

// TestACodeGivesNothingOfWhatWasFiled: docs/decisions/0019.
func TestACodeGivesNothingOfWhatWasFiled(t *testing.T) {
	b := setup(t)
	filed := func(mark string) string {
		f := b.filing(func(r *cases.Report) { r.By = cases.Actor{Person: "person of " + mark, Post: "unit:school1/reporter"} })
		age := 7
		f.Child = records.Child{
			Name: mark + "child", IDNumber: "379999201503071232", Sex: "female", Age: &age, Phone: "13900009999", Address: mark + "home", School: mark + "school",
			Guardian: mark + "guardian", GuardPhone: "13900008888", Contact: "via_school",
		}
		f.Reporter = records.Reporter{Name: mark + "reporter", Phone: "13900007777", Unit: mark + "unit", Position: mark + "position", When: mark + "when"}
		f.Narrative = records.Narrative{Text: mark + "text", Place: mark + "place", Suspect: mark + "suspect", PoliceReceipt: mark + "police", PoliceReason: mark + "reason"}
		got, err := b.File(t.Context(), records.Once{}, f)
		require.NoError(t, err)
		return got.Case
	}
	first, second := filed("first-"), filed("second-")
	write := func(id string, kind cases.FactKind, a records.Access, text string) {
		_, err := b.AddMessage(t.Context(), records.Once{}, a, id, cases.Fact{ID: uuid.NewString(), Kind: kind, Occurred: b.now, Received: b.now}, text)
		require.NoError(t, err)
		b.now = b.now.Add(time.Minute)
	}
	shown := func(id string) (lines []string) {
		hash := sha256.Sum256([]byte(id))
		v, err := b.ByReceipt(t.Context(), hash[:])
		require.NoError(t, err)
		all, err := json.Marshal(v)
		require.NoError(t, err)
		for _, canary := range []string{"first-", "second-", "379999201503071232", "1390000"} {
			require.NotContains(t, string(all), canary)
		}
		for _, m := range v.Messages {
			lines = append(lines, m.From+": "+m.Text)
		}
		return lines
	}
	require.Empty(t, shown(first))
	write(first, cases.FactMessage, records.Access{}, "今天又看到了")
	write(second, cases.FactUnresolved, records.Access{}, "还是没人管")
	triage(b, second, "blue", "false")
	b.step(second, "merge", desk, cases.Fields{"into": first})
	write(first, cases.FactReply, in(desk), "正在了解")
	require.Equal(t, []string{"reporter: 今天又看到了", "office: 正在了解"}, shown(first), "both ways, and nobody else's")
	require.Equal(t, []string{"reporter: 还是没人管", "office: 正在了解"}, shown(second))
}

// finding makes a child without care, found in the village with nobody's report.
func (b *bundle) finding() records.Filing {
	b.t.Helper()
	by := cases.Actor{Person: "person of " + string(police), Post: police}
	open, refusal := cases.OpenGuardianship(cases.Finding{
		ID: uuid.NewString(), Org: village, Ground: "TG1", Danger: cases.DangerNo, By: by,
	}, b.rules, b.now)
	require.Nil(b.t, refusal)
	return records.Filing{
		Open: open, Child: records.Child{Name: "单小雨"}, Narrative: records.Narrative{Text: "独自在车站过夜"},
	}
}

func TestFileCommitsAFindingWhole(t *testing.T) {
	b := setup(t)
	f := b.finding()
	filed, err := b.File(t.Context(), onceFor("k", "body"), f)
	require.NoError(t, err)
	require.Equal(t, records.Filed{Case: f.Open.State.ID, Number: "监护〔2026〕000001", At: start}, filed)
	require.Equal(t, f.Open.State, b.state(filed.Case))
	require.Equal(t, []string{filed.Case}, b.jobs.starts)
	require.NotEmpty(t, b.jobs.told)
	b.requireOwed(filed.Case)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM audit WHERE actor = $1 AND action = 'open'`, f.Open.Events[0].Actor.Person))

	again, err := b.File(t.Context(), onceFor("k", "body"), b.finding())
	require.NoError(t, err)
	require.Equal(t, records.Filed{Case: filed.Case, Number: filed.Number, At: start, Replayed: true}, again)
	_, err = b.File(t.Context(), onceFor("k", "other body"), b.finding())
	requireCode(t, records.CodeKeyReused, err)

	second, err := b.File(t.Context(), records.Once{}, b.finding())
	require.NoError(t, err)
	require.Equal(t, "监护〔2026〕000002", second.Number)
}

func TestAFindingHasNoReporter(t *testing.T) {
	b := setup(t)
	filed, err := b.File(t.Context(), records.Once{}, b.finding())
	require.NoError(t, err)
	v, err := b.GetCase(t.Context(), in(desk), filed.Case)
	require.NoError(t, err)
	require.Equal(t, "单小雨", v.Child.Name)
	require.Equal(t, "独自在车站过夜", v.Narrative.Text)
	require.Nil(t, v.Reporter)
	require.Zero(t, v.Receipts)
	require.Positive(t, b.count(`SELECT count(*) FROM case_token WHERE case_id = $1`, uuid.MustParse(filed.Case)))

	_, err = b.ByReceipt(t.Context(), nil)
	requireCode(t, records.CodeReceiptWrong, err)
	reply := cases.Fact{ID: uuid.NewString(), Kind: cases.FactReply, Occurred: b.now, Received: b.now}
	_, err = b.AddMessage(t.Context(), records.Once{}, in(desk), filed.Case, reply, "已送到救助站")
	requireCode(t, cases.CodeNotFound, err)
}
