package jobs

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

// step takes a step in a case, as its run would.
func (b *bundle) step(id string, step cases.StepName, by cases.Post, fields cases.Fields) cases.State {
	b.t.Helper()
	s, rules, err := b.store.Load(b.t.Context(), id)
	require.NoError(b.t, err)
	change, refusal := cases.Apply(s, rules, cases.Command{
		ID: uuid.NewString(), Case: id, Step: step, By: cases.Actor{Person: "person of " + string(by), Post: by}, Base: -1, Fields: fields,
	}, b.now)
	require.Nil(b.t, refusal, "%s: %v", step, refusal)
	done, err := b.store.Record(b.t.Context(), change)
	require.NoError(b.t, err)
	require.True(b.t, done.Written)
	return change.State
}

// filedAway files a report, refers it and files its papers.
func (b *bundle) filedAway() string {
	b.t.Helper()
	id := b.file()
	at := b.now.Format(time.RFC3339)
	b.step(id, "police_report", desk, cases.Fields{"reported_at": at})
	b.step(id, "police_end", "unit:police/police", cases.Fields{"at": at, "result": "no_offence"})
	b.step(id, "triage", desk, cases.Fields{
		"colour": "blue", "duplicate": "false", "jurisdiction": "own", "guardianship_needed": "false", "compartment": "false", "relation": "guardian",
	})
	b.step(id, "refer", desk, nil)
	b.step(id, "archive", desk, cases.Fields{"documents": "catalogue"})
	return id
}

func TestAFileWhoseRetentionIsOverIsTakenOutOnce(t *testing.T) {
	b := setup(t)
	b.person("hanna", head)
	id, other := b.filedAway(), b.file()
	sweepNow := func() { require.NoError(t, run(b, []byte(`{}`), b.sweep)) }
	sweepNow()
	require.Empty(t, b.facts(id, cases.FactRetentionDue))

	b.now = time.Date(2057, 1, 1, 0, 0, 1, 0, cases.Zone)
	sweepNow()
	sweepNow()
	require.Len(t, b.facts(id, cases.FactRetentionDue), 1)
	require.Empty(t, b.facts(other, cases.FactRetentionDue))
	s := b.pass(id, time.Second)
	require.Equal(t, cases.Archiving, s.Stage)
	o, ok := s.Obligation("appraise")
	require.True(t, ok)
	require.Equal(t, head, o.Owner)
	b.clearQueue()
	sweepNow()
	require.Empty(t, b.facts(id, cases.FactRetentionDue), "it is being looked at")

	b.step(id, "keep", head, cases.Fields{"years": "1"})
	b.now = b.now.AddDate(2, 0, 0)
	sweepNow()
	require.Len(t, b.facts(id, cases.FactRetentionDue), 1, "and again when the new time is over")
}

func TestErasuresAreListedHoweverTheProcessDies(t *testing.T) {
	b := setup(t)
	id := b.filedAway()
	b.step(id, "retrieve", desk, cases.Fields{"cause": "erasure"})
	s := b.step(id, "erase", head, cases.Fields{"cause": "filed_in_error"})
	decision := s.Proposals[0].ID
	b.step(id, "approve", "city:379999000000/bureau", cases.Fields{"proposal": decision})

	b.list.fail = errors.New("the disk is full")
	require.Error(t, b.listErasures(t.Context()), "the job is tried again")
	require.Empty(t, b.list.got)
	b.list.fail = nil
	b.clearQueue() // the job is lost with its process
	require.NoError(t, run(b, []byte(`{}`), b.sweep))
	require.Len(t, b.list.got, 1)
	require.Equal(t, decision, b.list.got[0].Decision)
	require.Equal(t, []string{id}, b.list.got[0].Cases)
	require.NoError(t, run(b, []byte(`{}`), b.sweep))
	require.Len(t, b.list.got, 1, "once")
}

func TestAnErasureSetsItsListingOff(t *testing.T) {
	b := setup(t)
	b.person("hanna", head, "city:379999000000/bureau", desk, town, manager)
	id := b.filedAway()
	b.step(id, "retrieve", desk, cases.Fields{"cause": "erasure"})
	s := b.step(id, "erase", head, cases.Fields{"cause": "filed_in_error"})
	b.step(id, "approve", "city:379999000000/bureau", cases.Fields{"proposal": s.Proposals[0].ID})
	b.work()
	require.Len(t, b.list.got, 1)
	left, err := b.store.Unlisted(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestFilesOfBeforeTheScheduleAreCounted(t *testing.T) {
	b := setup(t)
	b.filedAway()
	_, err := b.store.Pool().Exec(t.Context(), `DELETE FROM retention`) // as a database of before has none
	require.NoError(t, err)
	require.NoError(t, run(b, []byte(`{}`), b.prune))
	over, err := b.store.RetentionOver(t.Context(), time.Date(2057, 1, 1, 0, 0, 0, 0, cases.Zone), 10)
	require.NoError(t, err)
	require.Len(t, over, 1)
}
