//go:build e2e

package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/api"
	"tonghu/cases"
	"tonghu/story"
)

// These tests kill the worker between Record's commit and the completion of the
// workflow task, so that PostgreSQL knows what the run does not, and let something
// else come first before there is a worker again.

// dies is how long a worker may take to reach its fail point.
const dies = 2 * time.Minute

// apart starts a product without a worker, and signs the desk in.
func apart(t *testing.T) (*instance, people) {
	t.Helper()
	in := newInstance(t, "drill")
	in.start("TONGHU_ROLES=api,jobs")
	return in, in.signIn("desk1", "desk2", "town")
}

// send takes a step without waiting for more than its answer: done, or accepted.
func send(t *testing.T, as *story.Client, id string, name cases.StepName, fields map[string]any) (api.Command, int) {
	t.Helper()
	c, err := as.Case(t.Context(), id)
	require.NoError(t, err)
	var out api.Command
	status, err := as.Do(t.Context(), http.MethodPost, "/api/v1/cases/"+id+"/steps/"+string(name), story.NewKey(),
		story.Step{Base: c.Base, Fields: fields}, &out)
	require.NoError(t, err, "%s", name)
	return out, status
}

// write writes by receipt, as the reporter would.
func write(t *testing.T, in *instance, receipt string) api.Message {
	t.Helper()
	var out api.Message
	status, err := in.stranger().Do(t.Context(), http.MethodPost, "/api/v1/receipts/messages", story.NewKey(),
		map[string]any{"code": receipt, "text": "孩子今天没来上学。"}, &out)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status)
	return out
}

// stands tells whether a step is recorded, whatever its run knows.
func stands(t *testing.T, desk *story.Client, id string, command api.Command) {
	t.Helper()
	require.Equal(t, 1, howMany(timeline(t, desk, id), func(e api.Event) bool {
		return e.Type == cases.EventStep && e.Command == command.Command
	}), "the step %s stands, once", command.Step)
}

// decided waits for what becomes of an accepted step.
func decided(t *testing.T, as *story.Client, id string, command api.Command) api.Command {
	t.Helper()
	until(t, dies, "the command is decided", func() bool {
		_, err := as.Do(t.Context(), http.MethodGet, "/api/v1/cases/"+id+"/commands/"+command.Command, "", nil, &command)
		require.NoError(t, err)
		return command.Status != "pending"
	})
	return command
}

// goesOn takes further steps on a case and looks at everything.
func goesOn(t *testing.T, in *instance, as people, id string) {
	t.Helper()
	_, err := as["desk1"].Take(t.Context(), id, "police_report", story.Step{Fields: policeReport()})
	require.NoError(t, err, "the case goes on")
	in.requireSound(as["desk1"])
}

func TestWorkerDiesAfterAStepAndAFactComesFirst(t *testing.T) {
	t.Parallel()
	in, as := apart(t)
	desk := as["desk1"]
	dying := in.worker("TONGHU_FAILPOINT=step:triage")
	f := filed(t, desk, "yes")
	command, _ := send(t, desk, f.Case, "triage", triage())
	require.True(t, dying.awaitEnd(dies), "the worker was killed at its fail point")
	stands(t, desk, f.Case, command)

	m := write(t, in, f.Receipt)
	require.Zero(t, howMany(timeline(t, desk, f.Case), isFact(m.ID)), "nobody has taken it in")
	in.worker()
	awaitEvent(t, desk, f.Case, "the message is taken in", isFact(m.ID))
	require.Equal(t, "answered", string(decided(t, desk, f.Case, command).Status))
	stands(t, desk, f.Case, command)
	goesOn(t, in, as, f.Case)
}

func TestWorkerDiesAfterAStepAndARungComesFirst(t *testing.T) {
	t.Parallel()
	in, as := apart(t)
	desk := as["desk1"]
	dying := in.worker("TONGHU_FAILPOINT=step:triage")
	f := filed(t, desk, "yes")
	command, _ := send(t, desk, f.Case, "triage", triage())
	require.True(t, dying.awaitEnd(dies), "the worker was killed at its fail point")
	stands(t, desk, f.Case, command)

	until(t, dies, "something is overdue", func() bool {
		c, err := desk.Case(t.Context(), f.Case)
		require.NoError(t, err)
		return c.Overdue
	})
	rung := func(e api.Event) bool { return e.Type == cases.EventRung }
	silent := howMany(timeline(t, desk, f.Case), rung)
	in.worker()
	until(t, dies, "the rung fires, late", func() bool { return howMany(timeline(t, desk, f.Case), rung) > silent })
	require.Equal(t, "answered", string(decided(t, desk, f.Case, command).Status))
	stands(t, desk, f.Case, command)
	goesOn(t, in, as, f.Case)
}

// Another step is asked of the case before its run has learned of the first: the
// officer has seen the first, so the run must not judge by what it knew.
func TestWorkerDiesAfterAStepAndAStepComesFirst(t *testing.T) {
	t.Parallel()
	in, as := apart(t)
	desk := as["desk1"]
	dying := in.worker("TONGHU_FAILPOINT=step:triage")
	f := filed(t, desk, "yes")
	first, _ := send(t, desk, f.Case, "triage", triage())
	require.True(t, dying.awaitEnd(dies), "the worker was killed at its fail point")
	stands(t, desk, f.Case, first)

	// Only a triaged case has tasks.
	second, status := send(t, as["desk2"], f.Case, "task_assign", map[string]any{"post": schoolPost, "measure": "schooling", "content": "安置"})
	require.Equal(t, http.StatusAccepted, status)
	in.worker()
	require.Equal(t, "answered", string(decided(t, as["desk2"], f.Case, second).Status))
	require.Equal(t, "answered", string(decided(t, desk, f.Case, first).Status))
	stands(t, desk, f.Case, first)
	stands(t, desk, f.Case, second)
	goesOn(t, in, as, f.Case)
}

func TestWorkerDiesAfterARung(t *testing.T) {
	t.Parallel()
	in, as := apart(t)
	desk := as["desk1"]
	dying := in.worker("TONGHU_FAILPOINT=rung")
	f := filed(t, desk, "yes")
	require.True(t, dying.awaitEnd(dies), "the worker was killed at its fail point")
	rung := func(e api.Event) bool { return e.Type == cases.EventRung }
	fired := howMany(timeline(t, desk, f.Case), rung)
	require.Positive(t, fired)

	m := write(t, in, f.Receipt)
	command, _ := send(t, desk, f.Case, "accept", map[string]any{})
	in.worker()
	awaitEvent(t, desk, f.Case, "the message is taken in", isFact(m.ID))
	until(t, dies, "the next rung fires", func() bool { return howMany(timeline(t, desk, f.Case), rung) > fired })
	require.Equal(t, "answered", string(decided(t, desk, f.Case, command).Status))
	stands(t, desk, f.Case, command)
	goesOn(t, in, as, f.Case)
}

func TestWorkerDiesAfterAFact(t *testing.T) {
	t.Parallel()
	in, as := apart(t)
	desk := as["desk1"]
	dying := in.worker("TONGHU_FAILPOINT=fact")
	f := filed(t, desk, "yes")
	first := write(t, in, f.Receipt)
	require.True(t, dying.awaitEnd(dies), "the worker was killed at its fail point")
	require.Equal(t, 1, howMany(timeline(t, desk, f.Case), isFact(first.ID)))

	second := write(t, in, f.Receipt)
	command, _ := send(t, desk, f.Case, "accept", map[string]any{})
	in.worker()
	awaitEvent(t, desk, f.Case, "the second message is taken in", isFact(second.ID))
	require.Equal(t, "answered", string(decided(t, desk, f.Case, command).Status))
	stands(t, desk, f.Case, command)
	require.Equal(t, 1, howMany(timeline(t, desk, f.Case), isFact(first.ID)))
	goesOn(t, in, as, f.Case)
}
