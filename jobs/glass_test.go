package jobs

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/notify"
	"tonghu/records"
)

const (
	bureau cases.Post = "city:379999000000/bureau"
	body   cases.Post = "city:379999000000/body"
)

// breakGlass lets the head read who reported, and gives the reading's id.
func (b *bundle) breakGlass(id, name string, in ...cases.Post) string {
	b.t.Helper()
	g, err := b.store.BreakGlass(b.t.Context(), records.Once{}, records.Access{Person: b.people[name], Posts: in}, records.BreakGlass{
		ID: uuid.NewString(), Case: id, Post: in[0], Compartments: []cases.Compartment{cases.Reporter}, Grounds: "reporter_in_danger", Reason: "有人扬言报复",
	})
	require.NoError(b.t, err)
	return g.ID
}

// reviews are the notices of a reading's review in somebody's inbox.
func (b *bundle) reviews(name string, glass string, posts ...cases.Post) (out []records.NoticeRow) {
	b.t.Helper()
	for after := records.Cursor(""); ; {
		rows, next, err := b.store.Notices(b.t.Context(), records.Access{Person: b.people[name], Posts: posts}, false, after, 100)
		require.NoError(b.t, err)
		out = append(out, rungOf(rows, cases.GlassReviewKey(glass))...)
		if after = next; next == "" {
			return out
		}
	}
}

func TestTheSupervisorLearnsAtOnceOfAnEmergencyReadingWhileTheEngineIsAway(t *testing.T) {
	b := setup(t)
	b.person("hua", head)
	b.person("ning", bureau)
	id := b.file()
	b.clearQueue()
	b.now = time.Date(2026, 11, 23, 19, 0, 0, 0, time.UTC) // 03:00 in the county
	glass := b.breakGlass(id, "hua", head)
	_, err := b.store.Pool().Exec(t.Context(), `DELETE FROM river_job WHERE kind = $1`, nudge{}.Kind()) // nobody takes the fact in
	require.NoError(t, err)
	b.work()
	got := b.reviews("ning", glass, bureau)
	require.Len(t, got, 1)
	require.True(t, got[0].Urgent)
	require.Equal(t, "owed", got[0].Type)
	require.Len(t, b.sms.sent, 1, "at night too")
	require.Equal(t, notify.Red, b.sms.sent[0].Urgency)
	require.Equal(t, b.people["ning"], b.sms.sent[0].Recipient.Person)

	b.pass(id, time.Second)
	b.work()
	require.Len(t, b.reviews("ning", glass, bureau), 1, "and once")
}

func TestTheReaderIsNotToldInTheSupervisorsPlace(t *testing.T) {
	b := setup(t)
	b.person("hua", head, bureau) // stands in for the bureau
	b.person("mei", body)
	id := b.file()
	b.clearQueue()
	glass := b.breakGlass(id, "hua", head, bureau)
	b.work()
	require.Empty(t, b.reviews("hua", glass, head, bureau))
	vacant := b.facts(id, cases.FactVacant)
	require.Len(t, vacant, 1, "as if nobody held the post")
	require.Equal(t, cases.GlassReviewKey(glass), vacant[0].Fields["key"])
	b.untilRung(id, cases.GlassReviewKey(glass))
	for range 4 { // each rung that reaches nobody gives way to the next at once
		b.work()
		b.pass(id, time.Second)
	}
	require.NotEmpty(t, b.reviews("mei", glass, body))
	require.Empty(t, b.reviews("hua", glass, head, bureau))
}

func TestAReviewThatNobodyMakesClimbs(t *testing.T) {
	b := setup(t)
	b.person("hua", head)
	b.person("ning", bureau)
	b.person("mei", body)
	id := b.file()
	b.clearQueue()
	glass := b.breakGlass(id, "hua", head)
	b.work()
	b.pass(id, time.Second)
	for b.now.Before(start.Add(29 * time.Hour)) {
		b.pass(id, 30*time.Minute)
		b.work()
	}
	rungs := map[string]bool{}
	for _, n := range append(b.reviews("ning", glass, bureau), b.reviews("mei", glass, body)...) {
		rungs[n.RungName] = true
		require.True(t, n.Urgent)
	}
	for _, name := range []string{"remind", "due", "level2", "level3"} {
		require.True(t, rungs[name], name)
	}
	require.Empty(t, b.reviews("hua", glass, head), "not the reader")
	require.Positive(t, b.counts().Overdue)
}
