package product

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tonghu/api"
	"tonghu/cases"
	"tonghu/jobs"
	"tonghu/pgcluster/pgtest"
	"tonghu/postgres"
	"tonghu/records"
	"tonghu/story"
	"tonghu/vault"
	"tonghu/vault/audit"
	"tonghu/web"
)

// looked are the operations that show something: who asks in this test, for what, and the row that it leaves.
var looked = map[string]struct{ login, path, action string }{
	"list-cases":             {"desk1", "/api/v1/cases", "list:cases"},
	"get-case":               {"desk1", "/api/v1/cases/{id}", "read:case"},
	"list-events":            {"desk1", "/api/v1/cases/{id}/events", "read:events"},
	"list-messages":          {"desk1", "/api/v1/cases/{id}/messages", "read:messages"},
	"list-files":             {"desk1", "/api/v1/cases/{id}/files", "list:files"},
	"list-alike":             {"desk1", "/api/v1/cases/{id}/alike", "list:alike"},
	"list-obligations":       {"desk1", "/api/v1/obligations?whose=area", "list:obligations"},
	"list-drafts":            {"desk1", "/api/v1/drafts", "list:drafts"},
	"list-posts":             {"desk1", "/api/v1/posts", "list:posts"},
	"list-appointments":      {"desk1", "/api/v1/appointments", "list:appointments"},
	"list-candidates":        {"head", "/api/v1/candidates", "list:candidates"},
	"get-organisation-sheet": {"sysadmin", "/api/v1/organisation/sheet", "export:organisation"},
	"list-people":            {"sysadmin", "/api/v1/people", "list:people"},
	"list-break-glass":       {"head", "/api/v1/break-glass", "list:glass"},
	"list-looks":             {"head", "/api/v1/cases/{id}/reads", "read:looks"},
	"list-audit":             {"auditadmin", "/api/v1/audit", "list:audit"},
	"print-task":             {"manager1", "/api/v1/cases/{id}/tasks/1/letter", "print:task"},
	"get-erasure":            {"head", "/api/v1/cases/{erased}/erasure", "read:erasure"},
	"print-erasure":          {"head", "/api/v1/cases/{erased}/erasure/letter", "read:erasure"},
	"get-figures":            {"head", "/api/v1/supervision", "list:figures"},
	"list-orders":            {"head", "/api/v1/supervision/orders", "list:orders"},
	"list-case-notices":      {"desk1", "/api/v1/cases/{id}/notices", "read:notices"},
	"print-chain":            {"desk1", "/api/v1/cases/{id}/chain.pdf?purpose=complaint", "export:chain"},
}

// notLooked are the operations that leave no row, and why.
var notLooked = map[string]string{
	"list-my-sessions": "of oneself", "get-my-second-factor": "of oneself", "get-me": "of oneself", "get-command": "of oneself, no words", "list-my-leave": "of oneself",
	"list-own-reports": "of oneself: a row would tell who reported", "list-unit-reports": "of one's unit: a row would tell who reported",
	"list-notices": "of oneself, ids and keys only", "count-notices": "of oneself", "stream": "ids only",
	"get-ladder": "posts and times of a row of the worklist, which was a look",
	"get-health": "counts", "get-calendar-reach": "counts", "list-rules": "no secret", "count-deadline": "no secret", "list-steps": "no secret", "get-directory": "no secret", "list-vacancies": "no person", "list-owed": "counts",
	"list-rule-versions": "no secret", "list-rule-drafts": "rows, no case", "get-rule-draft": "rows, no case",
	"get-rule-simulation": "leaves one where it shows case numbers: the tests of the simulation make one",
	"get-sign-in":         "no secret",
	"print-order":         "as print-task, which needs no ladder to fire", "get-file": "the tests of the files look at its row", "get-search": "the reporter's tests of the search look at its row",
	"get-export": "the test of exports looks at its row",
}

// served gives an API on an empty installation with the demonstration's county.
func served(t *testing.T) (*Product, string) {
	t.Helper()
	db := pgtest.New(t, pgtest.WithTemplate(pgtest.KeyOf(postgres.Migrations())+"/tonghu", postgres.Migrate))
	p := installation(t, db, t.TempDir())
	require.NoError(t, p.Seed(t.Context()))
	handler, err := p.Handler(t.Context(), func(c *api.Config) { c.SecondFactor = api.SecondFactorOffered })
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return p, server.URL
}

func TestEveryOperationThatShowsSomethingLeavesARow(t *testing.T) {
	t.Parallel()
	p, url := served(t)
	id, erased := p.file(t), p.file(t)
	at := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
	p.step(t, id, "police_report", desk, cases.Fields{"reported_at": at})
	p.step(t, id, "triage", desk, cases.Fields{
		"colour": "blue", "duplicate": "false", "jurisdiction": "own", "guardianship_needed": "false", "compartment": "false", "relation": "guardian",
	})
	p.step(t, id, "task_assign", "city:379999000000/manager", cases.Fields{"post": "unit:education/liaison", "measure": "schooling"})
	p.destroy(t, erased)

	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
		}
	}
	src, err := api.Document()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(src, &doc))
	as := map[string]*story.Client{}
	found := 0
	for path, methods := range doc.Paths {
		op, ok := methods["get"]
		if !ok {
			continue
		}
		look, ok := looked[op.OperationID]
		if !ok {
			require.NotEmpty(t, notLooked[op.OperationID], "GET %s shows something or does not: say which, and if it does, keep the look (records.Audit)", path)
			continue
		}
		found++
		if op.OperationID == "print-chain" && len(web.PaperFont()) == 0 {
			continue // the console is not built: make build-web
		}
		if as[look.login] == nil {
			in, err := story.SignInAll(t.Context(), url, look.login)
			require.NoError(t, err)
			as[look.login] = in[look.login]
		}
		me := as[look.login].Me.Person
		before := p.rows(t, me, look.action)
		status, err := as[look.login].Do(t.Context(), http.MethodGet, strings.NewReplacer("{id}", id, "{erased}", erased).Replace(look.path), "", nil, nil)
		require.NoError(t, err, op.OperationID)
		require.Equal(t, http.StatusOK, status, op.OperationID)
		require.Equal(t, before+1, p.rows(t, me, look.action), "%s leaves one row", op.OperationID)
	}
	require.Len(t, looked, found, "each is in the document")
	c, err := p.CheckAudit(t.Context(), nil, "", nil)
	require.NoError(t, err)
	require.Empty(t, c.Findings)
}

func (p *Product) rows(t *testing.T, actor, action string) (n int) {
	t.Helper()
	require.NoError(t, p.store.Pool().QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE actor = $1 AND action = $2`, actor, action).Scan(&n))
	return n
}

func TestTheAuditLogAsItsAdministratorsUseIt(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, pgtest.WithTemplate(pgtest.KeyOf(postgres.Migrations())+"/tonghu", postgres.Migrate))
	data := t.TempDir()
	p := installation(t, db, data)
	require.NoError(t, p.ensureRules(t.Context()))
	id := p.file(t)
	p.child(t, id)
	key := filepath.Join(t.TempDir(), "public.json")
	require.NoError(t, os.WriteFile(key, p.AuditPublicKey(), 0o600))

	// Before the first heads nothing proves the ends of the chains, and it says so.
	c, err := p.CheckAudit(t.Context(), nil, key, nil)
	require.NoError(t, err)
	require.True(t, c.Good())
	require.True(t, c.Horizon.IsZero())
	require.EqualValues(t, 2, c.Newer)

	require.NoError(t, os.MkdirAll(filepath.Dir(p.AuditHeads()), 0o700))
	file := audit.OpenHeads(p.AuditHeads(), p.vault.Suite(), p.vault.AuditSigner(), p.vault.AuditVerifier())
	ends, _, err := p.store.ChangedHeads(t.Context(), "")
	require.NoError(t, err)
	require.NoError(t, file.Append(time.Now(), ends))
	require.NoError(t, p.store.PutMark(t.Context(), file.Mark(), "here", time.Now()))
	p.child(t, id)
	c, err = p.CheckAudit(t.Context(), nil, key, nil)
	require.NoError(t, err)
	require.True(t, c.Good())
	require.EqualValues(t, 1, c.Newer)
	require.WithinDuration(t, time.Now(), c.Horizon, time.Minute)

	stranger, err := vault.Open(vault.Options{KeyFile: filepath.Join(t.TempDir(), "keys.json")})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(key, stranger.AuditPublicKey(), 0o600))
	c, err = p.CheckAudit(t.Context(), nil, key, nil)
	require.NoError(t, err)
	require.False(t, c.Good(), "signed by somebody else")
	_, err = p.CheckAudit(t.Context(), nil, p.KeyFile(), nil)
	require.Error(t, err, "no public key")

	var actions []string
	seen, err := p.store.GetCase(t.Context(), records.Access{Person: "p", Posts: []cases.Post{desk}}, id)
	require.NoError(t, err)
	for range 2 {
		actions = nil
		require.NoError(t, p.WhoLooked(t.Context(), seen.Number, false, func(r records.AuditRow) { actions = append(actions, r.Actor+" "+r.Action) }))
	}
	require.Equal(t, []string{"operator read:looks", "p read:case", "p read:case", "p read:case"}, actions)
	require.Error(t, p.WhoLooked(t.Context(), "强报〔1999〕000001", false, nil))
}

func TestARestoreIsDeclared(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, pgtest.WithTemplate(pgtest.KeyOf(postgres.Migrations())+"/tonghu", postgres.Migrate))
	data := t.TempDir()
	p := installation(t, db, data)
	require.NoError(t, p.ensureRules(t.Context()))
	kept := p.file(t)
	p.child(t, kept)
	dump, err := exec.CommandContext(t.Context(), "pg_dump", db.DSN).Output()
	require.NoError(t, err)

	p.child(t, kept)
	p.child(t, kept)
	lost := p.file(t)
	require.NoError(t, os.MkdirAll(filepath.Dir(p.AuditHeads()), 0o700))
	file := audit.OpenHeads(p.AuditHeads(), p.vault.Suite(), p.vault.AuditSigner(), p.vault.AuditVerifier())
	ends, _, err := p.store.ChangedHeads(t.Context(), "")
	require.NoError(t, err)
	require.NoError(t, file.Append(time.Now(), ends))

	old := pgtest.New(t)
	psql := exec.CommandContext(t.Context(), "psql", "--quiet", "--set", "ON_ERROR_STOP=1", old.DSN)
	psql.Stdin = bytes.NewReader(dump)
	said, err := psql.CombinedOutput()
	require.NoError(t, err, string(said))
	again := installation(t, old, data)
	findings := func() []postgres.Finding {
		c, err := jobs.CheckAudit(t.Context(), again.store, []string{again.AuditHeads()}, "", again.vault.AuditVerifier(), nil)
		require.NoError(t, err)
		return c.Findings
	}
	again.child(t, kept) // somebody looks before it is declared: row 2 of the chain is another one now
	want := []audit.Head{{Chain: "case:" + lost}, {Chain: "read:" + kept, Seq: 2}}
	require.Len(t, findings(), 2)
	back, err := again.AuditRestored(t.Context(), false)
	require.NoError(t, err)
	require.Len(t, findings(), 2, "it only looked")
	for i := range back {
		back[i].Hash = nil
	}
	require.Equal(t, want, back)
	_, err = again.AuditRestored(t.Context(), true)
	require.NoError(t, err)
	require.Empty(t, findings())
	back, err = again.AuditRestored(t.Context(), true)
	require.NoError(t, err)
	require.Empty(t, back, "there is nothing more to declare")
	again.child(t, kept)
	again.child(t, kept) // beyond what was once signed
	require.Empty(t, findings())
}

func TestARestoreIsDeclaredAlsoWhenTheChainsHaveGrownPastIt(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, pgtest.WithTemplate(pgtest.KeyOf(postgres.Migrations())+"/tonghu", postgres.Migrate))
	p := installation(t, db, t.TempDir())
	require.NoError(t, p.ensureRules(t.Context()))
	id := p.file(t)
	require.NoError(t, os.MkdirAll(filepath.Dir(p.AuditHeads()), 0o700))
	file := audit.OpenHeads(p.AuditHeads(), p.vault.Suite(), p.vault.AuditSigner(), p.vault.AuditVerifier())
	signed := func() {
		ends, _, err := p.store.ChangedHeads(t.Context(), "")
		require.NoError(t, err)
		require.NoError(t, file.Append(time.Now(), ends))
	}
	p.child(t, id)
	signed()
	p.child(t, id)
	signed()
	owner, err := pgx.Connect(t.Context(), db.DSN)
	require.NoError(t, err)
	defer func() { require.NoError(t, owner.Close(context.WithoutCancel(t.Context()))) }()
	_, err = owner.Exec(t.Context(), `ALTER TABLE audit DISABLE TRIGGER ALL; DELETE FROM audit WHERE chain LIKE 'read:%' AND seq = 2; ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_stays`)
	require.NoError(t, err)
	p.child(t, id)
	p.child(t, id)
	back, err := p.AuditRestored(t.Context(), true)
	require.NoError(t, err)
	require.Len(t, back, 1)
	require.EqualValues(t, 1, back[0].Seq, "the last row that is as it was signed")
	c, err := p.CheckAudit(t.Context(), nil, "", nil)
	require.NoError(t, err)
	require.Empty(t, c.Findings)
}
