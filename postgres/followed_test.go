package postgres_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

const (
	teacherID = "0b9f1a52-6c1e-4f0e-8a55-0d8f6f1c2a01"
	otherID   = "0b9f1a52-6c1e-4f0e-8a55-0d8f6f1c2a02"
)

var (
	teacher   = records.Access{Person: teacherID, Posts: []cases.Post{"unit:school1/reporter"}}
	colleague = records.Access{Person: otherID, Posts: []cases.Post{"unit:school1/reporter"}}
	principal = records.Access{Person: otherID, Posts: []cases.Post{"unit:school1/unit_head"}}
	others    = records.Access{Person: otherID, Posts: []cases.Post{"unit:school2/unit_head", director}}
)

// fileBy files as a teacher, in the name of a unit or of nobody.
func (b *bundle) fileBy(author, unit string) records.Filed {
	b.t.Helper()
	f := b.filing()
	f.Author, f.Unit = author, unit
	filed, err := b.File(b.t.Context(), records.Once{}, f)
	require.NoError(b.t, err)
	return filed
}

// receiptHash is the hash that bundle.filing keeps.
func receiptHash(id string) []byte {
	hash := sha256.Sum256([]byte(id))
	return hash[:]
}

func (b *bundle) own(a records.Access) []string {
	b.t.Helper()
	rows, _, err := b.OwnReports(b.t.Context(), a, "", 10)
	require.NoError(b.t, err)
	return numbers(rows)
}

func (b *bundle) ofUnit(a records.Access) []string {
	b.t.Helper()
	rows, _, err := b.UnitReports(b.t.Context(), a, "", 10)
	require.NoError(b.t, err)
	return numbers(rows)
}

func numbers(rows []records.Followed) []string {
	out := []string{}
	for _, r := range rows {
		out = append(out, r.Number)
	}
	return out
}

func TestWhoFollowsWhichReport(t *testing.T) {
	b := setup(t)
	named := b.fileBy(teacherID, "school1")
	b.now = b.now.Add(time.Minute)
	personal := b.fileBy(teacherID, "")
	b.now = b.now.Add(time.Minute)
	public := b.fileBy("", "")

	require.Equal(t, []string{personal.Number, named.Number}, b.own(teacher))
	require.Equal(t, []string{named.Number}, b.ofUnit(principal), "what is filed 以个人名义 is not for the unit's head")
	for _, who := range []records.Access{colleague, principal, others, in(desk), {}, {Posts: principal.Posts[:0]}} {
		require.Empty(t, b.own(who), who)
	}
	for _, who := range []records.Access{teacher, colleague, others, in(desk), {}} {
		require.Empty(t, b.ofUnit(who), who)
	}

	for _, c := range []struct {
		who    records.Access
		number string
		own    bool
		unit   bool
	}{
		{teacher, named.Number, true, false}, {teacher, personal.Number, true, false}, {teacher, public.Number, false, false},
		{principal, named.Number, false, true}, {principal, personal.Number, false, false}, {others, named.Number, false, false},
		{records.Access{}, public.Number, false, false}, {teacher, "", false, false},
	} {
		_, err := b.OwnReport(t.Context(), c.who, c.number)
		require.Equal(t, c.own, err == nil, c)
		if err != nil {
			requireCode(t, cases.CodeNotFound, err)
		}
		_, err = b.UnitReport(t.Context(), c.who, c.number)
		require.Equal(t, c.unit, err == nil, c)
		if err != nil {
			requireCode(t, cases.CodeNotFound, err)
		}
	}

	rows, next, err := b.OwnReports(t.Context(), teacher, "", 1)
	require.NoError(t, err)
	require.Equal(t, []string{personal.Number}, numbers(rows))
	rows, next, err = b.OwnReports(t.Context(), teacher, next, 1)
	require.NoError(t, err)
	require.Equal(t, []string{named.Number}, numbers(rows))
	require.Empty(t, next)
	_, _, err = b.OwnReports(t.Context(), teacher, "x", 1)
	requireCode(t, records.CodeCursor, err)
}

// tellFeedback lets the police give a 反馈单 in words.
func (b *bundle) tellFeedback(id, text string) {
	b.t.Helper()
	cmd := command(id, "police_feedback", police, cases.Fields{"at": b.now.Format(time.RFC3339)})
	_, err := b.PutCommand(b.t.Context(), records.Once{}, in(police), cases.MandatoryReport, cmd, map[string]string{"content": text})
	require.NoError(b.t, err)
	require.True(b.t, b.record(b.decide(cmd)).Written)
}

// policeFile lets the police take the case up, from when a 反馈单 is owed.
func (b *bundle) policeFile(id string) {
	b.t.Helper()
	b.step(id, "police_report", desk, cases.Fields{"reported_at": b.now.Format(time.RFC3339)})
	b.step(id, "police_accept", police, cases.Fields{"accepted_at": b.now.Format(time.RFC3339), "sort": "criminal"})
	b.step(id, "police_file", police, cases.Fields{"filed_at": b.now.Format(time.RFC3339)})
}

func TestTheFeedbackIsForTheAuthorAndTheUnitInWhoseNameItWasFiled(t *testing.T) {
	b := setup(t)
	filed := b.fileBy(teacherID, "school1")
	b.policeFile(filed.Case)
	b.now = b.now.Add(time.Hour)
	b.tellFeedback(filed.Case, "已立案侦查")
	_, err := b.AddMessage(t.Context(), records.Once{}, records.Access{}, filed.Case, cases.Fact{ID: uuid.NewString(), Kind: cases.FactMessage, Occurred: b.now, Received: b.now}, "谢谢")
	require.NoError(t, err)

	got, err := b.OwnReport(t.Context(), teacher, filed.Number)
	require.NoError(t, err)
	require.Equal(t, []records.Feedback{{At: b.now, Text: "已立案侦查"}}, got.Feedback)
	require.Equal(t, "谢谢", got.Messages[0].Text)
	require.Equal(t, filed.Case, got.Case)

	got, err = b.UnitReport(t.Context(), principal, filed.Number)
	require.NoError(t, err)
	require.Equal(t, []records.Feedback{{At: b.now, Text: "已立案侦查"}}, got.Feedback)
	require.Empty(t, got.Messages, "what the author wrote is the author's")

	code, err := b.ByReceipt(t.Context(), receiptHash(filed.Case))
	require.NoError(t, err)
	require.Len(t, code.Messages, 1, "a code shows no 反馈单")

	// Erased, it is gone for all.
	_, err = b.Pool().Exec(t.Context(), `UPDATE data_key SET wrapped = '' WHERE subject = $1`, filed.Case)
	require.NoError(t, err)
	got, err = b.OwnReport(t.Context(), teacher, filed.Number)
	require.NoError(t, err)
	require.Empty(t, got.Feedback)
	require.Empty(t, got.Messages)
	code, err = b.ByReceipt(t.Context(), receiptHash(filed.Case))
	require.NoError(t, err)
	require.Empty(t, code.Messages)
}

func TestAfterAMergeTheFeedbackIsTheOtherCases(t *testing.T) {
	b := setup(t)
	first, second := b.fileBy(otherID, ""), b.fileBy(teacherID, "")
	b.policeFile(first.Case)
	b.tellFeedback(first.Case, "给第一位报告人")
	triage(b, second.Case, "yellow", "false")
	b.now = b.now.Add(time.Hour)
	b.step(second.Case, "merge", desk, cases.Fields{"into": first.Case})
	facts, err := b.Unapplied(t.Context(), first.Case, 10)
	require.NoError(t, err)
	require.True(t, b.record(cases.Absorb(b.state(first.Case), b.rules, facts, b.now)).Written)
	b.now = b.now.Add(time.Hour)
	b.step(first.Case, "police_investigated", police, cases.Fields{"at": b.now.Format(time.RFC3339)})
	b.tellFeedback(first.Case, "给两位报告人")

	got, err := b.OwnReport(t.Context(), teacher, second.Number)
	require.NoError(t, err)
	require.Equal(t, []records.Feedback{{At: b.now, Text: "给两位报告人"}}, got.Feedback)
	require.Equal(t, first.Case, got.State.ID)
	got, err = b.OwnReport(t.Context(), colleague, first.Number)
	require.NoError(t, err)
	require.Len(t, got.Feedback, 2)
}

func TestAQuestionOfTheOfficeWaitsForTheReporter(t *testing.T) {
	b := setup(t)
	filed := b.fileBy(teacherID, "school1")
	asked := func() bool {
		t.Helper()
		rows, _, err := b.OwnReports(t.Context(), teacher, "", 10)
		require.NoError(t, err)
		view, err := b.ByReceipt(t.Context(), receiptHash(filed.Case))
		require.NoError(t, err)
		require.Equal(t, rows[0].Asked, records.Asked(view.Messages))
		rows, _, err = b.UnitReports(t.Context(), principal, "", 10)
		require.NoError(t, err)
		require.False(t, rows[0].Asked)
		return records.Asked(view.Messages)
	}
	say := func(who records.Access, kind cases.FactKind, fields cases.Fields) {
		t.Helper()
		b.now = b.now.Add(time.Minute)
		_, err := b.AddMessage(t.Context(), records.Once{}, who, filed.Case, cases.Fact{ID: uuid.NewString(), Kind: kind, Occurred: b.now, Received: b.now, Fields: fields}, "…")
		require.NoError(t, err)
	}
	require.False(t, asked())
	say(in(desk), cases.FactReply, nil)
	require.False(t, asked(), "an answer is no question")
	say(in(desk), cases.FactReply, cases.Fields{"asks": "true"})
	require.True(t, asked())
	say(in(desk), cases.FactReply, nil)
	require.True(t, asked())
	say(records.Access{}, cases.FactMessage, nil)
	require.False(t, asked())
}
