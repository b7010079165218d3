package product

import (
	"bytes"
	"context"
	"crypto/sha256"
	"net"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/jobs"
	"tonghu/pgcluster/pgtest"
	"tonghu/postgres"
	"tonghu/records"
	"tonghu/vault/audit"
)

// installation is a product on a database of its own. Its engine is away.
func installation(t *testing.T, db *pgtest.DB, data string) *Product {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, free.Close())
	p, err := Open(t.Context(), Config{
		DSN: db.As(postgres.EngineRole), AppDSN: db.As(postgres.AppRole), Temporal: "127.0.0.1:1", DataDir: data, Listen: free.Addr().String(),
	})
	require.NoError(t, err)
	t.Cleanup(p.Close)
	queue, err := jobs.NewQueue(p.store.Pool())
	require.NoError(t, err)
	p.store.UseJobs(queue)
	return p
}

func (p *Product) file(t *testing.T) string {
	t.Helper()
	rules, err := p.store.CurrentRules(t.Context())
	require.NoError(t, err)
	open, refusal := cases.Open(cases.Report{ID: uuid.NewString(), Org: "379999101203", Situations: []cases.Situation{"MR05"}, Danger: cases.DangerNo}, rules, time.Now())
	require.Nil(t, refusal)
	hash := sha256.Sum256([]byte(open.State.ID))
	filed, err := p.store.File(t.Context(), records.Once{}, records.Filing{Open: open, ReceiptHash: hash[:], Child: records.Child{Name: "单小雨"}})
	require.NoError(t, err)
	return filed.Case
}

func (p *Product) step(t *testing.T, id string, step cases.StepName, by cases.Post, fields cases.Fields) cases.State {
	t.Helper()
	s, rules, err := p.store.Load(t.Context(), id)
	require.NoError(t, err)
	change, refusal := cases.Apply(s, rules, cases.Command{
		ID: uuid.NewString(), Case: id, Step: step, By: cases.Actor{Person: "person of " + string(by), Post: by}, Base: -1, Fields: fields,
	}, time.Now())
	require.Nil(t, refusal, "%s: %v", step, refusal)
	done, err := p.store.Record(t.Context(), change)
	require.NoError(t, err)
	require.True(t, done.Written)
	return change.State
}

const (
	desk cases.Post = "city:379999000000/desk"
	head cases.Post = "city:379999000000/head"
)

// destroy has two persons destroy a file, and lists it.
func (p *Product) destroy(t *testing.T, id string) {
	t.Helper()
	at := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
	p.step(t, id, "police_report", desk, cases.Fields{"reported_at": at})
	p.step(t, id, "police_end", "unit:police/police", cases.Fields{"at": at, "result": "no_offence"})
	p.step(t, id, "triage", desk, cases.Fields{
		"colour": "blue", "duplicate": "false", "jurisdiction": "own", "guardianship_needed": "false", "compartment": "false", "relation": "guardian",
	})
	p.step(t, id, "refer", desk, nil)
	s := p.step(t, id, "erase", head, cases.Fields{"cause": "filed_in_error"})
	p.step(t, id, "approve", "city:379999000000/bureau", cases.Fields{"proposal": s.Proposals[0].ID})
	list, err := p.store.Unlisted(t.Context(), 10)
	require.NoError(t, err)
	require.NoError(t, p.erasures().Add(list...))
	for _, e := range list {
		require.NoError(t, p.store.MarkListed(t.Context(), e.Decision))
	}
}

func (p *Product) child(t *testing.T, id string) *records.Child {
	t.Helper()
	seen, err := p.store.GetCase(t.Context(), records.Access{Person: "p", Posts: []cases.Post{desk, head}}, id)
	require.NoError(t, err)
	return seen.Child
}

// serve serves HTTP until the test ends, and gives what Serve answers if it does not.
func (p *Product) serve(t *testing.T) error {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- p.Serve(ctx, []Role{API}, func() { close(ready) }) }()
	t.Cleanup(stop)
	select {
	case err := <-done:
		return err
	case <-ready:
		t.Cleanup(func() { require.NoError(t, <-done) })
		t.Cleanup(stop)
		return nil
	}
}

func TestARestoredBackupIsHeldAgainstTheErasureListBeforeAnybodyIsAnswered(t *testing.T) {
	data := t.TempDir()
	db := pgtest.New(t, pgtest.WithTemplate(pgtest.KeyOf(postgres.Migrations())+"/tonghu", postgres.Migrate))
	p := installation(t, db, data)
	require.NoError(t, p.ensureRules(t.Context()))
	gone, kept := p.file(t), p.file(t)
	dump, err := exec.CommandContext(t.Context(), "pg_dump", db.DSN).Output()
	require.NoError(t, err)
	p.destroy(t, gone)
	require.Nil(t, p.child(t, gone))

	restored := pgtest.New(t)
	psql := exec.CommandContext(t.Context(), "psql", "--quiet", "--set", "ON_ERROR_STOP=1", restored.DSN)
	psql.Stdin = bytes.NewReader(dump)
	out, err := psql.CombinedOutput()
	require.NoError(t, err, string(out))
	again := installation(t, restored, data)
	require.NotNil(t, again.child(t, gone), "the backup brings it back")
	require.NoError(t, again.serve(t))
	require.Nil(t, again.child(t, gone))
	require.Equal(t, "单小雨", again.child(t, kept).Name)
	answer, err := http.Get("http://" + again.config.Listen + "/healthz")
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())

	done, err := again.ApplyErasures(t.Context())
	require.NoError(t, err)
	require.Equal(t, Reapplied{Listed: 1}, done, "once is enough")
}

func TestAnAlteredErasureListStopsTheProduct(t *testing.T) {
	data := t.TempDir()
	db := pgtest.New(t, pgtest.WithTemplate(pgtest.KeyOf(postgres.Migrations())+"/tonghu", postgres.Migrate))
	p := installation(t, db, data)
	require.NoError(t, p.ensureRules(t.Context()))
	first, second := p.file(t), p.file(t)
	p.destroy(t, first)
	p.destroy(t, second)
	path := p.erasures().Path()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, bytes.Replace(text, []byte(second), []byte(uuid.NewString()), 1), 0o600))
	require.ErrorIs(t, p.serve(t), audit.ErrErasures)
	_, err = net.Dial("tcp", p.config.Listen)
	require.Error(t, err, "nobody is answered")

	require.NoError(t, os.WriteFile(path, text, 0o600))
	require.NoError(t, p.serve(t))
}

func TestALostErasureListIsWrittenAgain(t *testing.T) {
	data := t.TempDir()
	db := pgtest.New(t, pgtest.WithTemplate(pgtest.KeyOf(postgres.Migrations())+"/tonghu", postgres.Migrate))
	p := installation(t, db, data)
	require.NoError(t, p.ensureRules(t.Context()))
	id := p.file(t)
	p.destroy(t, id)
	require.NoError(t, os.Remove(p.erasures().Path()))
	done, err := p.ApplyErasures(t.Context())
	require.NoError(t, err)
	require.Equal(t, Reapplied{Relisted: 1}, done)
	list, err := p.store.Unlisted(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, []string{id}, list[0].Cases)
}
