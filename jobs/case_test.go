package jobs

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"tonghu/cases"
	"tonghu/records"
)

func TestAFilingStartsItsWorkflow(t *testing.T) {
	b := setup(t)
	id := b.file()
	require.Equal(t, 1, b.counts().WithoutWorkflow)
	b.work()
	require.Equal(t, []string{id}, b.fake.ensured)
	require.Zero(t, b.counts().WithoutWorkflow)
}

func TestASweepStartsWhatItsJobCouldNot(t *testing.T) {
	b := setup(t)
	b.fake.ensure = func(cases.State) error { return unavailable() }
	id := b.file()
	err := run(b, []byte(`{"case":"`+id+`"}`), b.startCase)
	require.Equal(t, "unavailable", code(err))
	b.clearQueue()

	sweepNow := func() { require.NoError(t, run(b, []byte(`{}`), b.sweep)) }
	b.fake.ensure = nil
	sweepNow()
	require.Empty(t, b.fake.ensured, "its own job has its 30 seconds")
	b.now = b.now.Add(settled + time.Second)
	sweepNow()
	require.Equal(t, []string{id}, b.fake.ensured)
	require.Zero(t, b.counts().WithoutWorkflow)
}

func TestOnePoisonedCaseHoldsUpNoOther(t *testing.T) {
	b := setup(t)
	first, second := b.file(), b.file()
	b.clearQueue()
	b.now = b.now.Add(time.Minute)
	b.fake.ensure = func(s cases.State) error {
		if s.ID == first {
			return errors.New("broken")
		}
		return nil
	}
	require.NoError(t, run(b, []byte(`{}`), b.sweep))
	require.Equal(t, []string{second}, b.fake.ensured)
	require.Equal(t, 1, b.counts().WithoutWorkflow)
}

// clearQueue loses every job, as a dead process might.
func (b *bundle) clearQueue() {
	b.t.Helper()
	_, err := b.store.Pool().Exec(b.t.Context(), `DELETE FROM river_job`)
	require.NoError(b.t, err)
}

func (b *bundle) note(id string) {
	b.t.Helper()
	f := cases.Fact{ID: uuid.NewString(), Kind: cases.FactNote, Occurred: b.now, Received: b.now, By: cases.Actor{Post: cases.SystemPost}}
	_, err := b.store.AddFact(b.t.Context(), records.Once{}, records.Access{}, id, f, nil)
	require.NoError(b.t, err)
}

func TestANudgeEndsWhenTheFactIsTakenIn(t *testing.T) {
	b := setup(t)
	b.person("anna", desk, town) // nobody is missing
	id := b.file()
	b.work()
	b.note(id)
	require.Equal(t, []string{"nudge"}, b.work(), "the run has not taken it in yet")
	require.Equal(t, []string{id}, b.fake.nudged)

	b.pass(id, time.Second)
	args := []byte(`{"type":"report","case":"` + id + `"}`)
	require.NoError(t, run(b, args, b.Runner.nudge))
	require.Len(t, b.fake.nudged, 1, "nothing waits, nobody is nudged")
}

func TestANudgeGivesACaseItsMissingRun(t *testing.T) {
	b := setup(t)
	id := b.file()
	b.clearQueue()
	b.note(id)
	b.fake.nudge = func(string) error { return cases.Refuse(cases.CodeNotFound) }
	b.work()
	require.Equal(t, []string{id}, b.fake.ensured)
}

func TestASweepNudgesForALostJob(t *testing.T) {
	b := setup(t)
	b.person("anna", desk, town) // nobody is missing
	id := b.file()
	b.work()
	b.note(id)
	b.clearQueue()
	b.now = b.now.Add(settled + time.Second)
	require.NoError(t, run(b, []byte(`{}`), b.sweep))
	require.Equal(t, []string{id}, b.fake.nudged)
}

// command leaves a command of the desk pending.
func (b *bundle) command(id, person string) cases.Command {
	b.t.Helper()
	c := cases.Command{ID: uuid.NewString(), Case: id, Step: "triage", By: cases.Actor{Person: person, Post: desk}}
	a := records.Access{Person: person, Posts: []cases.Post{desk}}
	_, err := b.store.PutCommand(b.t.Context(), records.Once{}, a, cases.MandatoryReport, c, map[string]string{})
	require.NoError(b.t, err)
	return c
}

func (b *bundle) status(c cases.Command) records.CommandRow {
	b.t.Helper()
	row, err := b.store.CommandByID(b.t.Context(), c.ID)
	require.NoError(b.t, err)
	return row
}

// sweepCommands lets the sweep send what has waited.
func (b *bundle) sweepCommands() {
	b.t.Helper()
	b.clearQueue()
	b.now = b.now.Add(settled + time.Second)
	require.NoError(b.t, run(b, []byte(`{}`), b.sweep))
	b.work()
}

func TestAPendingCommandIsSentAgainUnderItsID(t *testing.T) {
	b := setup(t)
	id, person := b.file(), b.person("anna", desk)
	c := b.command(id, person)
	var sent []string
	b.fake.decide = func(k cases.Kind, c cases.Command) error {
		require.Equal(t, cases.MandatoryReport, k)
		sent = append(sent, c.ID)
		return unavailable()
	}
	b.sweepCommands()
	require.Equal(t, []string{c.ID}, sent)
	require.Equal(t, records.CommandPending, b.status(c).Status, "nothing is known yet")

	b.sweepCommands()
	require.Equal(t, []string{c.ID, c.ID}, sent)

	b.fake.decide = func(cases.Kind, cases.Command) error { return cases.Refuse(cases.CodeStale) }
	b.sweepCommands()
	require.Equal(t, records.CommandRefused, b.status(c).Status)
	require.Equal(t, cases.CodeStale, b.status(c).Refusal.Code)
	notices, _, err := b.store.Notices(t.Context(), records.Access{Person: person, Posts: []cases.Post{desk}}, true, "", 50)
	require.NoError(t, err)
	told := slices.DeleteFunc(notices, func(n records.NoticeRow) bool { return n.Type != "refused" })
	require.Len(t, told, 1, "the author was told 待执行 and must learn of the refusal")
	require.Equal(t, "triage", told[0].Key)
	require.Equal(t, id, told[0].Case)
}

func TestACommandOfWhichNothingIsKnownStaysPending(t *testing.T) {
	b := setup(t)
	c := b.command(b.file(), b.person("anna", desk))
	for _, code := range []cases.Code{cases.CodeUnavailable, cases.CodeMoving, cases.CodeInternal} {
		b.fake.decide = func(cases.Kind, cases.Command) error { return cases.Refuse(code) }
		b.sweepCommands()
		require.Equal(t, records.CommandPending, b.status(c).Status, code)
	}
}

func TestWhoLeftThePostNoLongerDecides(t *testing.T) {
	b := setup(t)
	id := b.file()
	anna := b.person("anna", desk)
	c := b.command(id, anna)
	admin := records.Access{Posts: []cases.Post{head}}
	require.NoError(t, b.store.Release(t.Context(), admin, desk, anna))
	b.fake.decide = func(cases.Kind, cases.Command) error {
		t.Error("it must not be sent")
		return nil
	}
	b.sweepCommands()
	require.Equal(t, records.CommandRefused, b.status(c).Status)
	require.Equal(t, cases.CodeRole, b.status(c).Refusal.Code)
	drafts, err := b.store.Drafts(t.Context(), records.Access{Person: anna, Posts: []cases.Post{desk}})
	require.NoError(t, err)
	require.Len(t, drafts, 1, "nothing typed is lost")
}

func TestRebuildStartsWhatTheEngineLost(t *testing.T) {
	b := setup(t)
	kept, lost := b.file(), b.file()
	b.work()
	b.fake.ensured = nil
	b.fake.running = func(id string) (bool, error) { return id == kept, nil }
	checked, started, err := b.Rebuild(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int{2, 1}, []int{checked, started})
	require.Equal(t, []string{lost}, b.fake.ensured)

	b.fake.ensured = nil
	require.NoError(t, run(b, []byte(`{}`), b.reconcile))
	require.Equal(t, []string{lost}, b.fake.ensured, "the job does what the command does")

	b.fake.running = func(string) (bool, error) { return false, unavailable() }
	_, _, err = b.Rebuild(t.Context())
	require.Equal(t, "unavailable", code(err))
}

func TestAnImportedCalendarIsAskedOfEveryOpenCaseOnce(t *testing.T) {
	b := setup(t)
	first, second := b.file(), b.file()
	b.clearQueue()
	newer := b.rules
	newer.Calendar.To = "2027-12-31"
	newer.Calendar.Version = "2027"
	require.NoError(t, b.store.PutRules(t.Context(), newer))
	asked := map[string]int{}
	b.fake.decide = func(k cases.Kind, c cases.Command) error {
		asked[c.Case]++
		require.Equal(t, "2027", c.Rules.Calendar.Version)
		s, rules, err := b.store.Load(t.Context(), c.Case)
		require.NoError(t, err)
		change, refusal := cases.Apply(s, rules, c, b.now)
		require.Nil(t, refusal)
		_, err = b.store.Record(t.Context(), change)
		return err
	}
	require.NoError(t, b.queue.Recalculate(t.Context()))
	var later int
	require.NoError(t, b.store.Pool().QueryRow(t.Context(),
		`SELECT count(*) FROM river_job WHERE kind = 'recalculate' AND state = 'scheduled' AND queue = 'slow'`).Scan(&later))
	require.Equal(t, 1, later, "for reports that were being filed meanwhile")
	b.work()
	require.NoError(t, b.queue.Recalculate(t.Context()))
	b.work()
	require.Equal(t, map[string]int{first: 1, second: 1}, asked)
	require.Equal(t, "2027-12-31", b.counts().CalendarTo)
	s, _, err := b.store.Load(t.Context(), first)
	require.NoError(t, err)
	require.Equal(t, newer.Hash(), s.Rules)
}

func TestStoredErrorsAreCodes(t *testing.T) {
	b := setup(t)
	const canary = "单小雨 13900001234"
	b.fake.ensure = func(cases.State) error { return errors.New(canary) }
	poisoned := b.file()
	b.fake.running = func(string) (bool, error) { panic(canary) }
	failed, unsubscribe := b.client.Subscribe(river.EventKindJobFailed)
	defer unsubscribe()
	require.NoError(t, b.Start(t.Context()))
	stored := map[string]string{}
	for len(stored) < 2 {
		e := <-failed
		require.NotEmpty(t, e.Job.Errors)
		stored[e.Job.Kind] = e.Job.Errors[0].Error
	}
	require.NoError(t, b.Stop(t.Context()))
	require.Equal(t, map[string]string{"start_case": "internal", "reconcile": "panic"}, stored)
	var dump string
	require.NoError(t, b.store.Pool().QueryRow(t.Context(), `SELECT string_agg(j::text, ' ') FROM river_job j`).Scan(&dump))
	require.NotContains(t, dump, "单小雨")
	require.Contains(t, dump, poisoned)
}

func TestAPartOutOfReachUsesUpNoAttempts(t *testing.T) {
	job := &rivertype.JobRow{Kind: "nudge", MaxAttempts: 25, Metadata: []byte(`{"snoozes":3}`)}
	err := guard(zap.NewNop())(t.Context(), job, func(context.Context) error { return unavailable() })
	var snooze *river.JobSnoozeError
	require.ErrorAs(t, err, &snooze)
	require.Equal(t, 8*time.Second, snooze.Duration)
	job.Metadata = []byte(`{"snoozes":300}`)
	require.Equal(t, longestSnooze, patience(job, time.Second))
}

func TestARunnerWorksWhatWasCommittedBeforeItStarted(t *testing.T) {
	b := setup(t)
	id := b.file()
	done, unsubscribe := b.client.Subscribe(river.EventKindJobCompleted)
	defer unsubscribe()
	require.NoError(t, b.Start(t.Context()))
	seen := map[string]bool{}
	for !seen["start_case"] || !seen["sweep"] || !seen["reconcile"] || !seen["prune"] {
		e := <-done
		seen[e.Job.Kind] = true
	}
	require.NoError(t, b.Stop(t.Context()))
	require.Equal(t, []string{id}, b.fake.ensured)
}
