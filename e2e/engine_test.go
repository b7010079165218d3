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

func isRung(e api.Event) bool { return e.Type == cases.EventRung }

// dropEngine drops the engine's databases of a product that is stopped.
func dropEngine(t *testing.T, in *instance) {
	t.Helper()
	s := &spread{instance: in}
	s.startPostgres()
	conn := in.db("postgres")
	for _, name := range []string{"temporal", "temporal_visibility"} {
		_, err := conn.Exec(t.Context(), "DROP DATABASE "+name)
		require.NoError(t, err)
	}
	require.NoError(t, conn.Close(t.Context()))
	s.postgres.stop()
}

// Temporal's databases are gone: PostgreSQL has every case, with its deadlines.
func TestEngineDatabasesLost(t *testing.T) {
	t.Parallel()
	in := newInstance(t, "drill")
	in.start()
	as := in.signIn("desk1", "town")
	desk := as["desk1"]
	var open []string
	for range 3 {
		open = append(open, filed(t, desk, "yes").Case)
	}
	_, err := desk.Take(t.Context(), open[0], "triage", story.Step{Fields: triage()})
	require.NoError(t, err)
	_, err = desk.Take(t.Context(), open[1], "police_report", story.Step{Fields: policeReport()})
	require.NoError(t, err)

	in.stop()
	dropEngine(t, in)
	in.start("TONGHU_ROLES=api,worker") // without jobs nobody starts anything by itself
	out, err := in.tonghu("rebuild")
	require.NoError(t, err, out)
	require.Contains(t, out, "3 open cases, 3 workflows started")
	back := time.Now()
	for _, id := range open {
		_, err := as["town"].Take(t.Context(), id, "on_scene", story.Step{Fields: map[string]any{
			"at": time.Now(), "who": []string{"police", "town"}, "findings": "到校",
		}})
		require.NoError(t, err, "the case takes decisions")
	}
	for _, id := range open {
		awaitEvent(t, desk, id, "a rung fires", func(e api.Event) bool { return isRung(e) && e.At.After(back) })
	}
	in.requireSound(desk)

	in.stop()
	dropEngine(t, in)
	in.start() // the reconciler does it by itself
	in.requireSound(desk)
	_, err = desk.Take(t.Context(), open[2], "triage", story.Step{Fields: triage()})
	require.NoError(t, err)
}

// The engine is gone while people work: reports and facts are taken in as ever,
// steps are accepted and done once when it is back, or refused and kept as their
// author's drafts; what was due meanwhile fires late, and once.
func TestEngineGoneWhileRunning(t *testing.T) {
	t.Parallel()
	s := newSpread(t, "drill")
	desk, said := s.signInHeard("desk1")
	as := s.signIn("desk2", "town")
	a, b := filed(t, desk, "yes"), filed(t, desk, "yes")
	for _, f := range []api.Filed{a, b} {
		_, err := desk.Take(t.Context(), f.Case, "accept", story.Step{})
		require.NoError(t, err)
	}

	s.temporal["history"].kill()
	s.temporal["frontend"].kill()
	until(t, dies, "the API sees that the engine is gone", func() bool { h := s.health(); return h.Status == "ready" && !h.Engine })
	fired := howMany(timeline(t, desk, b.Case), isRung)

	c := filed(t, desk, "no") // 201
	m := write(t, s.instance, a.Receipt)
	before, err := desk.Case(t.Context(), a.Case)
	require.NoError(t, err)
	form, key := story.Step{Base: before.Base, Fields: policeReport()}, story.NewKey()
	var accepted, again api.Command
	for _, out := range []*api.Command{&accepted, &again} { // the same key, again
		status, err := desk.Do(t.Context(), http.MethodPost, "/api/v1/cases/"+a.Case+"/steps/police_report", key, form, out)
		require.NoError(t, err)
		require.Equal(t, http.StatusAccepted, status)
		require.Equal(t, "/api/v1/cases/"+a.Case+"/commands/"+out.Command, said.header("Location"))
	}
	require.Equal(t, accepted.Command, again.Command)
	// Two of the desk judge the same case from the same form: one comes too late.
	one, status := send(t, desk, b.Case, "triage", triage())
	require.Equal(t, http.StatusAccepted, status)
	two, status := send(t, as["desk2"], b.Case, "triage", triage())
	require.Equal(t, http.StatusAccepted, status)
	until(t, dies, "something is overdue", func() bool {
		c, err := desk.Case(t.Context(), b.Case)
		require.NoError(t, err)
		return c.Overdue
	})
	require.Equal(t, fired, howMany(timeline(t, desk, b.Case), isRung), "without the engine no rung fires")

	s.startTemporal("history", "frontend")
	s.awaitEngine()
	require.Equal(t, "answered", string(decided(t, desk, a.Case, accepted).Status))
	stands(t, desk, a.Case, accepted)
	awaitEvent(t, desk, a.Case, "the message is taken in", isFact(m.ID))
	one, two = decided(t, desk, b.Case, one), decided(t, as["desk2"], b.Case, two)
	late, author := two, as["desk2"]
	if one.Status == "refused" {
		late, author, one = one, desk, two
	}
	require.Equal(t, "answered", string(one.Status))
	stands(t, desk, b.Case, one)
	require.Equal(t, "refused", string(late.Status))
	require.Equal(t, 1, howMany(timeline(t, desk, b.Case), isStep("triage")))
	var drafts struct {
		Items []api.Draft `json:"items"`
	}
	_, err = author.Do(t.Context(), http.MethodGet, "/api/v1/drafts", "", nil, &drafts)
	require.NoError(t, err)
	require.Len(t, drafts.Items, 1)
	require.Equal(t, late.Command, drafts.Items[0].Command)
	require.Equal(t, triage()["reason"], drafts.Items[0].Sealed["reason"], "nothing typed is lost")
	awaitEvent(t, desk, b.Case, "the rung fires, late", isRung)
	_, err = desk.Take(t.Context(), c.Case, "accept", story.Step{})
	require.NoError(t, err, "the report that was filed meanwhile is a case like others")
	s.requireSound(desk)
}

// PostgreSQL is gone: everything is refused as unavailable and nothing is half
// done; when it is back, whoever asks again with the same key gets it once.
func TestPostgresGone(t *testing.T) {
	t.Parallel()
	s := newSpread(t, "drill")
	desk, said := s.signInHeard("desk1")
	f := filed(t, desk, "yes")
	before, err := desk.Take(t.Context(), f.Case, "accept", story.Step{})
	require.NoError(t, err)
	reports := len(allCases(t, desk))

	s.postgres.kill()
	s.killPostgres()
	until(t, dies, "the API sees that PostgreSQL is gone", func() bool { return s.health().Status == "no database" })
	asked := []struct {
		method, path, key string
		in                any
	}{
		{http.MethodPost, "/api/v1/reports", story.NewKey(), report("yes")},
		{http.MethodPost, "/api/v1/cases/" + f.Case + "/steps/police_report", story.NewKey(), story.Step{Base: before.Case.Base, Fields: policeReport()}},
		{http.MethodPost, "/api/v1/receipts/messages", story.NewKey(), map[string]any{"code": f.Receipt, "text": "有新情况。"}},
		{http.MethodGet, "/api/v1/cases/" + f.Case, "", nil},
		{http.MethodGet, "/api/v1/cases", "", nil},
		{http.MethodGet, "/api/v1/obligations", "", nil},
		{http.MethodPost, "/api/v1/session", "", map[string]string{"login": "desk2", "password": passwordOf(t, "desk2")}},
	}
	for _, q := range asked {
		status, err := desk.Do(t.Context(), q.method, q.path, q.key, q.in, nil)
		require.Equal(t, http.StatusServiceUnavailable, status, "%s %s: %v", q.method, q.path, err)
		require.Equal(t, "unavailable", story.CodeOf(err), "%s %s", q.method, q.path)
		require.Equal(t, "application/problem+json", said.header("Content-Type"), "%s %s", q.method, q.path)
	}
	require.False(t, s.main.ended(), "the API waits")
	require.False(t, s.worker.ended(), "the worker waits")

	for _, p := range s.temporal { // what runs on PostgreSQL ends without it
		p.kill()
	}
	s.startPostgres()
	s.startTemporal(services...)
	s.awaitReady()
	s.awaitEngine()
	require.Len(t, allCases(t, desk), reports, "nothing was half done")
	for _, q := range asked[:3] {
		for range 2 {
			_, err := insist(t.Context(), desk, q.method, q.path, q.key, q.in, nil)
			require.NoError(t, err, "%s %s", q.method, q.path)
		}
	}
	require.Len(t, allCases(t, desk), reports+1)
	awaitEvent(t, desk, f.Case, "the message is taken in", func(e api.Event) bool { return e.FactKind == cases.FactMessage })
	events := timeline(t, desk, f.Case)
	require.Equal(t, 1, howMany(events, isStep("police_report")))
	require.Equal(t, 1, howMany(events, func(e api.Event) bool { return e.FactKind == cases.FactMessage }))
	s.requireSound(desk)
}
