//go:build e2e

package e2e

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/api"
	"tonghu/cases"
	"tonghu/story"
)

// unfounded brings a report to its 查否: seen by the town, ended by the police, agreed
// to by a second person. Its papers are filed away.
func (as people) unfounded(t *testing.T) api.Filed {
	t.Helper()
	f := filed(t, as["desk1"], "no")
	take := func(login string, step cases.StepName, fields map[string]any) api.Command {
		done, err := as[login].Take(t.Context(), f.Case, step, story.Step{Fields: fields})
		require.NoError(t, err, step)
		return done
	}
	take("desk1", "police_report", policeReport())
	take("desk1", "triage", with(triage(), "colour", "blue"))
	take("town", "child_seen", map[string]any{
		"seen_at": time.Now(), "place": "school", "with": []string{"police"}, "suspect_absent": true, "condition": "安好",
	})
	take("police", "police_end", map[string]any{"at": time.Now(), "result": "no_offence"})
	proposed := take("desk1", "unfounded", map[string]any{"reason": "查无此事"})
	require.True(t, proposed.Proposed)
	take("head", "approve", map[string]any{"proposal": proposed.Command, "opinion": "同意"})
	take("desk1", "archive", map[string]any{"volume": "卷1", "documents": []string{"catalogue"}})
	return f
}

// A file whose retention is over comes back by itself, is held, kept from being
// destroyed by one person or under the hold, destroyed by two, and destroyed again
// where a backup is restored that still had it: the procedure is that of
// docs/operations.md.
func TestAFileIsAppraisedHeldDestroyedAndStaysSo(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	in := newInstance(t, "drill")
	in.start()
	as := in.signIn("desk1", "head", "bureau", "town", "police", "procurator")
	head, bureau := as["head"], as["bureau"]
	gone, kept := as.unfounded(t), filed(t, as["desk1"], "no")
	code := gone.Receipt

	// The drill's retention of what was unfounded is 20 seconds.
	awaitEvent(t, head, gone.Case, "the appraisal", func(e api.Event) bool { return e.Type == cases.EventOwed && e.Key == "appraise" })
	c, err := head.Case(ctx, gone.Case)
	require.NoError(t, err)
	require.Equal(t, cases.Archiving, c.Stage)

	erase := map[string]any{"cause": "retention_over", "reason": "已鉴定，无保存价值"}
	_, err = as["procurator"].Take(ctx, gone.Case, "hold", story.Step{Fields: map[string]any{"cause": "prosecution", "reason": "复核"}})
	require.NoError(t, err)
	_, err = head.Take(ctx, gone.Case, "erase", story.Step{Fields: erase})
	require.Equal(t, "legal_hold", story.CodeOf(err))
	approve := func(by *story.Client, proposed api.Command) error {
		_, err := by.Take(ctx, gone.Case, "approve", story.Step{Fields: map[string]any{"proposal": proposed.Command}})
		return err
	}
	released, err := head.Take(ctx, gone.Case, "release_hold", story.Step{Fields: map[string]any{"cause": "prosecution", "reason": "复核完毕"}})
	require.NoError(t, err)
	require.NoError(t, approve(bureau, released))

	backup := filepath.Join(in.dir, "tonghu.dump")
	run(t, pgProgram(t, "pg_dump"), "-Fc", "-d", in.dsn("tonghu"), "-f", backup)

	proposed, err := head.Take(ctx, gone.Case, "erase", story.Step{Fields: erase})
	require.NoError(t, err)
	require.Equal(t, "second_person_needed", story.CodeOf(approve(head, proposed)))
	require.NoError(t, approve(bureau, proposed))
	in.requireShell(t, as, gone, code)

	// The decision stands in the list outside the database, and the certificate says so.
	list := filepath.Join(in.data, "audit", "erasures.log")
	until(t, readyWithin, "the erasure is listed", func() bool {
		text, _ := os.ReadFile(list)
		return strings.Contains(string(text), proposed.Command)
	})
	until(t, readyWithin, "the certificate says so", func() bool {
		var e api.Erasure
		_, err := head.Do(ctx, http.MethodGet, "/api/v1/cases/"+gone.Case+"/erasure", "", nil, &e)
		return err == nil && e.ListedAt != nil && e.Decision == proposed.Command
	})
	out, err := in.tonghu("erasures", "list")
	require.NoError(t, err, out)
	require.Contains(t, out, gone.Case)
	in.verify()

	// A backup from before is restored: nobody sees what was destroyed.
	dsn := in.dsn("tonghu")
	in.stop()
	cluster := launch(t, in.log, in.env, in.bin, "postgres")
	until(t, readyWithin, "PostgreSQL answers", func() bool {
		return exec.CommandContext(ctx, pgProgram(t, "psql"), "-d", dsn, "-c", "select 1").Run() == nil
	})
	run(t, pgProgram(t, "pg_restore"), "-d", dsn, "--clean", "--if-exists", backup)
	require.Positive(t, in.count("tonghu", `SELECT count(*) FROM data_key WHERE subject = $1 AND octet_length(wrapped) > 0`, gone.Case), "the backup brings it back")
	cluster.stop()
	dropEngine(t, in) // its runs are newer than the backup: they are made anew from it
	in.start()
	as = in.signIn("desk1", "head", "bureau", "police")
	in.requireShell(t, as, gone, code)
	c, err = as["head"].Case(ctx, kept.Case)
	require.NoError(t, err)
	require.NotNil(t, c.Narrative)
	out, err = in.tonghu("audit", "verify")
	require.Error(t, err, "chains that a restore cut are findings until somebody declares the restore")
	require.Contains(t, out, "truncated")
	out, err = in.tonghu("audit", "restored", "--yes")
	require.NoError(t, err, out)
	in.verify()
	_, err = as["desk1"].Take(ctx, kept.Case, "police_report", story.Step{Fields: policeReport()})
	require.NoError(t, err, "the others go on")
}

// requireShell requires that nothing of a destroyed file can be read or done.
func (in *instance) requireShell(t *testing.T, as people, f api.Filed, code string) {
	t.Helper()
	ctx := t.Context()
	for _, login := range []string{"desk1", "head", "bureau", "police"} {
		c, err := as[login].Case(ctx, f.Case)
		require.NoError(t, err, login)
		require.Nil(t, c.Child)
		require.Nil(t, c.Narrative)
		require.Nil(t, c.Reporter)
		require.NotNil(t, c.ErasedAt)
		require.Equal(t, cases.Closed, c.Stage)
		require.Empty(t, c.Allowed)
		require.Empty(t, c.Obligations)
	}
	_, err := as["head"].Take(ctx, f.Case, "reopen", story.Step{Fields: map[string]any{"cause": "other"}})
	require.Equal(t, "file_erased", story.CodeOf(err))
	require.Zero(t, in.count("tonghu", `SELECT count(*) FROM data_key WHERE subject = $1 AND octet_length(wrapped) > 0`, f.Case))
	var shown api.ReceiptAnswer
	_, err = in.stranger().Do(ctx, http.MethodPost, "/api/v1/receipts/lookup", "", map[string]any{"code": code}, &shown)
	require.NoError(t, err)
	require.EqualValues(t, api.ProgressHandled, shown.Progress)
	require.Empty(t, shown.Messages)
}

func run(t *testing.T, program string, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	require.NoError(t, err, "%s: %s", program, out)
}

// pgProgram gives one of PostgreSQL's own programs, of the newest version installed.
func pgProgram(t *testing.T, name string) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	require.NoError(t, err)
	if len(found) == 0 {
		return name
	}
	return found[len(found)-1]
}
