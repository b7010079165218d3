package postgres_test

import (
	"bytes"
	"crypto/sha256"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/pgcluster/pgtest"
	"tonghu/postgres"
	"tonghu/records"
	"tonghu/vault"
	"tonghu/vault/audit"
)

const (
	bureau     cases.Post = "city:379999000000/bureau"
	procurator cases.Post = "unit:procuratorate/procurator"
)

// referred files a report and refers it: its papers are to be filed away.
func (b *bundle) referred(edits ...func(*cases.Report)) string {
	b.t.Helper()
	id := b.file(edits...)
	triage(b, id, "blue", "false")
	b.step(id, "police_report", desk, cases.Fields{"reported_at": b.now.Format(time.RFC3339)})
	b.step(id, "police_end", police, cases.Fields{"result": "no_offence", "at": b.now.Format(time.RFC3339)})
	b.step(id, "refer", desk, nil)
	return id
}

// filed files a report away.
func (b *bundle) filedAway(edits ...func(*cases.Report)) string {
	b.t.Helper()
	id := b.referred(edits...)
	b.step(id, "archive", desk, cases.Fields{"documents": "catalogue"})
	return id
}

// erase has two persons destroy a file that is in the archive, and gives the decision.
func (b *bundle) erase(id string) string {
	b.t.Helper()
	if b.state(id).Stage == cases.Closed {
		b.step(id, "retrieve", desk, cases.Fields{"cause": "erasure"})
	}
	st := b.step(id, "erase", head, cases.Fields{"cause": "filed_in_error"})
	decision := st.Proposals[0].ID
	st = b.step(id, "approve", bureau, cases.Fields{"proposal": decision})
	require.True(b.t, st.Erased())
	return decision
}

// write leaves words in every table that can hold some.
func (b *bundle) write(id string) {
	b.t.Helper()
	cmd := command(id, "task_assign", manager, cases.Fields{"post": string(schools), "measure": "schooling"})
	_, err := b.PutCommand(b.t.Context(), records.Once{}, in(manager), cases.MandatoryReport, cmd, map[string]string{"content": "请联系单小雨的班主任"})
	require.NoError(b.t, err)
	_, err = b.RefuseCommand(b.t.Context(), cmd.ID, cases.Refuse(cases.CodeStage))
	require.NoError(b.t, err)
	msg := cases.Fact{ID: uuid.NewString(), Kind: cases.FactMessage, Occurred: b.now, Received: b.now}
	_, err = b.AddMessage(b.t.Context(), records.Once{}, records.Access{}, id, msg, "周老师又来了")
	require.NoError(b.t, err)
	note := cases.Fact{ID: uuid.NewString(), Kind: cases.FactNote, Occurred: b.now, Received: b.now, By: cases.Actor{Person: in(manager).Person, Post: manager}}
	_, err = b.AddFact(b.t.Context(), records.Once{}, in(manager), id, note, map[string]string{"text": "孩子说想回家"})
	require.NoError(b.t, err)
	reply := cases.Fact{ID: uuid.NewString(), Kind: cases.FactReply, Occurred: b.now, Received: b.now, By: cases.Actor{Person: in(desk).Person, Post: desk}}
	_, err = b.AddMessage(b.t.Context(), records.Once{}, in(desk), id, reply, "谢谢周老师")
	require.NoError(b.t, err)
	found, err := b.Search(b.t.Context(), in(desk), records.Search{By: records.ByName, Value: "单小雨", Reason: records.SearchFamily, Words: "单小雨的奶奶来问"})
	require.NoError(b.t, err)
	require.True(b.t, slices.ContainsFunc(found.Hits, func(h records.Hit) bool { return h.ID == id }))
	facts, err := b.Unapplied(b.t.Context(), id, 100)
	require.NoError(b.t, err)
	b.record(cases.Absorb(b.state(id), b.rules, facts, b.now))
}

// requireShell requires that nothing of a child can be found or opened.
func requireShell(t *testing.T, b *bundle, id string) {
	t.Helper()
	everybody := in(desk, manager, head, bureau, police)
	seen, err := b.GetCase(t.Context(), everybody, id)
	require.NoError(t, err)
	require.Nil(t, seen.Child)
	require.Nil(t, seen.Narrative)
	require.Nil(t, seen.Reporter)
	require.False(t, seen.ErasedAt.IsZero())
	require.Equal(t, cases.Closed, seen.Stage)
	require.Zero(t, seen.Retention)
	rows, _, err := b.Events(t.Context(), everybody, id, "", 500)
	require.NoError(t, err)
	require.NotEmpty(t, rows, "what was done when still stands")
	for _, r := range rows {
		require.Empty(t, r.Sealed)
		require.Empty(t, r.Event.Fields)
	}
	hash := sha256.Sum256([]byte(id))
	v, err := b.ByReceipt(t.Context(), hash[:])
	require.NoError(t, err, "the code page still answers")
	require.Empty(t, v.Messages)
	require.Equal(t, cases.Closed, v.State.Stage)
	for sql, want := range map[string]int{
		`SELECT count(*) FROM data_key WHERE subject = $1::uuid::text AND octet_length(wrapped) > 0`:                                                                  0,
		`SELECT count(*) FROM data_key WHERE subject = $1::uuid::text`:                                                                                                len(vault.Compartments),
		`SELECT count(*) FROM sealed WHERE case_id = $1`:                                                                                                              0,
		`SELECT count(*) FROM case_token WHERE case_id = $1`:                                                                                                          0,
		`SELECT count(*) FROM message WHERE case_id = $1`:                                                                                                             0,
		`SELECT count(*) FROM filing WHERE case_id = $1 AND coalesce(child, address, reporter, narrative, author, unit) IS NOT NULL`:                                  0,
		`SELECT count(*) FROM command WHERE case_id = $1 AND status = 'refused' AND NOT dropped`:                                                                      0,
		`SELECT count(*) FROM event WHERE case_id = $1 AND body ? 'fields'`:                                                                                           0,
		`SELECT count(*) FROM fact WHERE case_id = $1 AND body ? 'fields'`:                                                                                            0,
		`SELECT count(*) FROM search s JOIN audit a ON a.object = s.id::text WHERE a.chain = 'read:' || $1::uuid AND s.words IS NOT NULL`:                             0,
		`SELECT count(*) FROM search s JOIN audit a ON a.object = s.id::text WHERE a.chain = 'read:' || $1::uuid AND coalesce(s.tokens[1], s.digest_key) IS NOT NULL`: 0,
		`SELECT count(*) FROM retention WHERE case_id = $1`:                                                                                                           0,
		`SELECT count(*) FROM audit WHERE chain = 'case:' || $1::uuid AND action = 'erase'`:                                                                           1,
		`SELECT count(*) FROM obligation WHERE case_id = $1 AND ended_at IS NULL`:                                                                                     0,
	} {
		require.Equal(t, want, b.count(sql, id), sql)
	}
	require.NoError(t, audit.Verify("case:"+id, b.AuditRows(t.Context(), "case:"+id), nil))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM cases WHERE id = $1 AND org = $2`, id, village.Town()))
}

func TestTheTimelineOfAnErasedCaseIsStillProven(t *testing.T) {
	b := setup(t)
	id := b.referred()
	b.write(id)
	b.erase(id)
	require.NoError(t, b.asOwner(`CREATE TABLE saved AS TABLE event`))
	findings := func() []postgres.Finding {
		c, err := b.CheckAudit(t.Context(), &audit.Book{}, nil)
		require.NoError(t, err)
		return c.Findings
	}
	require.Empty(t, findings())
	for _, sql := range []string{
		`UPDATE event SET body = jsonb_set(body, '{at}', '"2020-01-01T00:00:00Z"') WHERE seq = 2 AND idx = 0`,
		`UPDATE event SET body = jsonb_set(body, '{fields}', '{"colour": "green"}') WHERE seq = 3 AND idx = 0`,
		`DELETE FROM event WHERE seq = (SELECT max(seq) FROM event) AND idx = 0`,
	} {
		require.NoError(t, b.asOwner(sql))
		require.Len(t, findings(), 1, sql)
		require.NoError(t, b.asOwner(`DELETE FROM event; INSERT INTO event TABLE saved`))
	}
}

func TestErasureLeavesAShell(t *testing.T) {
	b := setup(t)
	id, other := b.referred(), b.filedAway()
	b.write(id)
	require.ElementsMatch(t, []string{id, other}, b.search(in(desk), records.ByName, "单小雨"))
	decision := b.erase(id)
	requireShell(t, b, id)
	require.Equal(t, 1, b.jobs.lists)
	for by, value := range map[records.SearchBy]string{records.ByName: "单小雨", records.ByIDNumber: "379999201503071232"} {
		require.Equal(t, []string{other}, b.search(in(desk), by, value), "nobody finds it any more")
	}

	seen, err := b.GetCase(t.Context(), in(head), other)
	require.NoError(t, err)
	require.Equal(t, "单小雨", seen.Child.Name, "another file stays as it is")
	require.True(t, seen.ErasedAt.IsZero())

	e, err := b.Erasure(t.Context(), in(head), id)
	require.NoError(t, err)
	require.Equal(t, decision, e.Decision)
	require.Equal(t, id, e.DecidedIn)
	require.Equal(t, "filed_in_error", e.Cause)
	require.Equal(t, cases.Actor{Person: in(head).Person, Post: head}, e.By)
	require.Equal(t, cases.Actor{Person: in(bureau).Person, Post: bureau}, e.Second)
	require.True(t, e.ListedAt.IsZero(), "it is not in the list yet")
	require.Len(t, e.Keys, 3)
	for i, part := range []string{"ordinary", "reporter", "narrative"} {
		require.True(t, strings.HasPrefix(e.Keys[i], part+":"), e.Keys[i])
	}
	_, err = b.Erasure(t.Context(), in(head), other)
	requireCode(t, cases.CodeNotFound, err)
	_, err = b.Erasure(t.Context(), in(schools), id)
	requireCode(t, cases.CodeNotFound, err)

	unlisted := func() int {
		n, err := b.Counts(t.Context())
		require.NoError(t, err)
		return n.Unlisted
	}
	require.Equal(t, 1, unlisted())
	list, err := b.Unlisted(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, []audit.Erasure{{
		Decision: decision, At: e.At, Cases: []string{id}, Cause: "filed_in_error", By: e.By.Person, ByPost: string(head), Second: e.Second.Person, SecondPost: string(bureau),
	}}, list)
	require.NoError(t, b.MarkListed(t.Context(), decision))
	list, err = b.Unlisted(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, list)
	require.Zero(t, unlisted())
}

func TestTheTokensOfADestroyedFileAreNowhere(t *testing.T) {
	b := setup(t)
	require.Empty(t, b.search(in(desk), records.ByName, "单小雨"), "somebody asked before the report came")
	id := b.referred()
	b.write(id)
	require.Equal(t, []string{id}, b.search(in(desk), records.ByIDNumber, "379999201503071232"))
	tokens := `SELECT encode(token, 'hex') FROM case_token`
	require.Positive(t, b.count(`SELECT count(*) FROM search WHERE tokens IS NOT NULL`))
	require.Zero(t, b.count(`SELECT count(*) FROM audit a, (`+tokens+`) t(hex) WHERE a.detail::text LIKE '%' || t.hex || '%'`))
	require.Equal(t, b.count(`SELECT count(*) FROM search`), b.count(`SELECT count(DISTINCT object) FROM audit WHERE action = 'search' AND detail::text LIKE '%sought:%'`))
	b.erase(id)
	require.Zero(t, b.count(`SELECT count(*) FROM search WHERE tokens IS NOT NULL OR digest_key IS NOT NULL`))
	require.Positive(t, b.count(`SELECT count(*) FROM search`), "that somebody searched stays")
}

func TestADumpAfterAnErasureHoldsNothingThatOpens(t *testing.T) {
	b := setup(t)
	id := b.referred()
	b.write(id)
	sealed := func() (out [][]byte) {
		rows, err := b.Pool().Query(t.Context(), `SELECT child FROM filing WHERE child IS NOT NULL UNION SELECT body FROM sealed UNION SELECT body FROM message UNION SELECT words FROM search WHERE words IS NOT NULL
			UNION SELECT wrapped FROM data_key WHERE octet_length(wrapped) > 0 AND subject = $1 -- the searcher's own stays`, id)
		require.NoError(t, err)
		defer rows.Close()
		for rows.Next() {
			var body []byte
			require.NoError(t, rows.Scan(&body))
			out = append(out, body)
		}
		return out
	}
	require.NotEmpty(t, sealed())
	b.erase(id)
	require.Empty(t, sealed())
}

func TestAMergedCaseIsDestroyedWithTheOneItIsPartOf(t *testing.T) {
	b := setup(t)
	source, goal := b.file(), b.file()
	triage(b, source, "blue", "false")
	b.step(source, "merge", desk, cases.Fields{"into": goal})
	triage(b, goal, "blue", "false")
	facts, err := b.Unapplied(t.Context(), goal, 100)
	require.NoError(t, err)
	b.record(cases.Absorb(b.state(goal), b.rules, facts, b.now))
	b.step(goal, "police_report", desk, cases.Fields{"reported_at": b.now.Format(time.RFC3339)})
	b.step(goal, "police_end", police, cases.Fields{"result": "no_offence", "at": b.now.Format(time.RFC3339)})
	b.step(goal, "review", desk, cases.Fields{"result": "no_change"})
	b.step(goal, "refer", desk, nil)
	require.Zero(t, b.count(`SELECT count(*) FROM retention WHERE case_id = $1`, source), "its papers are with the other case")

	decision := b.erase(goal)
	for _, id := range []string{source, goal} {
		e, err := b.Erasure(t.Context(), in(head), id)
		require.NoError(t, err)
		require.Equal(t, decision, e.Decision)
		require.Equal(t, goal, e.DecidedIn)
		seen, err := b.GetCase(t.Context(), in(desk, head), id)
		require.NoError(t, err)
		require.Nil(t, seen.Child)
		require.Nil(t, seen.Reporter)
		require.False(t, seen.ErasedAt.IsZero())
		require.Zero(t, b.count(`SELECT count(*) FROM data_key WHERE subject = $1 AND octet_length(wrapped) > 0`, id))
	}
	list, err := b.Unlisted(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, []string{goal, source}, list[0].Cases)
}

func TestNothingIsKeptForAnErasedCase(t *testing.T) {
	b := setup(t)
	id := b.filedAway()
	other := b.file()
	triage(b, other, "blue", "false")
	b.erase(id)

	_, err := b.AddMessage(t.Context(), records.Once{}, records.Access{}, id, cases.Fact{ID: uuid.NewString(), Kind: cases.FactMessage, Occurred: b.now, Received: b.now}, "还有")
	requireCode(t, cases.CodeErased, err)
	note := cases.Fact{ID: uuid.NewString(), Kind: cases.FactNote, Occurred: b.now, Received: b.now, By: cases.Actor{Person: in(head).Person, Post: head}}
	_, err = b.AddFact(t.Context(), records.Once{}, in(head), id, note, map[string]string{"text": "单小雨"})
	requireCode(t, cases.CodeErased, err)
	_, err = b.PutCommand(t.Context(), records.Once{}, in(head), cases.MandatoryReport, command(id, "reopen", head, cases.Fields{"cause": "other"}), map[string]string{"reason": "单小雨"})
	requireCode(t, cases.CodeErased, err)
	require.Zero(t, b.count(`SELECT count(*) FROM sealed WHERE case_id = $1`, id))

	// A report that would become part of it would be lost.
	tr := b.decide(command(other, "merge", desk, cases.Fields{"into": id}))
	got := b.record(tr)
	require.False(t, got.Written)
	require.Equal(t, cases.CodeErased, got.Refused.Code)

	// So would a guardianship that is to go on in it as a report.
	f := b.finding()
	guardianship, err := b.File(t.Context(), records.Once{}, f)
	require.NoError(t, err)
	got = b.record(b.decide(command(guardianship.Case, "to_report", desk, cases.Fields{"report": id})))
	require.False(t, got.Written)
	require.Equal(t, cases.CodeErased, got.Refused.Code)
}

func TestTheFileOfAGuardianshipStaysWhileItsReportIsEvidence(t *testing.T) {
	b := setup(t)
	report := b.file()
	triage(b, report, "yellow", "false")
	b.step(report, "police_report", desk, cases.Fields{"reported_at": b.now.Format(time.RFC3339)})
	id := b.step(report, "open_guardianship", manager, cases.Fields{"ground": "TG7"}).Links[0].Case
	asked := b.step(id, "reject", manager, nil)
	b.step(id, "approve", bureau, cases.Fields{"proposal": asked.Proposals[0].ID})

	st := b.step(id, "erase", head, cases.Fields{"cause": "filed_in_error"})
	agree := func() cases.Transition {
		return b.decide(command(id, "approve", bureau, cases.Fields{"proposal": st.Proposals[0].ID}))
	}
	got := b.record(agree())
	require.False(t, got.Written)
	require.Equal(t, cases.CodePoliceTrack, got.Refused.Code)

	b.step(report, "hold", head, cases.Fields{"cause": "court"})
	require.Equal(t, cases.CodeHold, b.record(agree()).Refused.Code)
	asked = b.step(report, "release_hold", manager, cases.Fields{"cause": "court"})
	b.step(report, "approve", head, cases.Fields{"proposal": asked.Proposals[len(asked.Proposals)-1].ID})
	b.step(report, "police_end", police, cases.Fields{"result": "no_offence", "at": b.now.Format(time.RFC3339)})
	require.True(t, b.record(agree()).Written)
	require.True(t, b.state(id).Erased())
}

func TestADestroyedKeyStaysDestroyed(t *testing.T) {
	b := setup(t)
	id := b.filedAway()
	var wrapped []byte
	require.NoError(t, b.Pool().QueryRow(t.Context(), `SELECT wrapped FROM data_key WHERE subject = $1 AND compartment = 1`, id).Scan(&wrapped))
	b.erase(id)
	for _, sql := range []string{
		`UPDATE data_key SET wrapped = $2 WHERE subject = $1 AND compartment = 1`, // a rotation that read it before
		`DELETE FROM data_key WHERE subject = $1 AND $2::bytea IS NOT NULL`,
	} {
		_, err := b.Pool().Exec(t.Context(), sql, id, wrapped)
		require.ErrorContains(t, err, "stays destroyed")
	}
}

func TestAWordThatComesMeanwhileIsReadFirst(t *testing.T) {
	b := setup(t)
	id := b.filedAway()
	b.step(id, "retrieve", desk, cases.Fields{"cause": "erasure"})
	st := b.step(id, "erase", head, cases.Fields{"cause": "filed_in_error"})
	tr := b.decide(command(id, "approve", bureau, cases.Fields{"proposal": st.Proposals[0].ID}))
	_, err := b.AddMessage(t.Context(), records.Once{}, records.Access{}, id, cases.Fact{ID: uuid.NewString(), Kind: cases.FactUnresolved, Occurred: b.now, Received: b.now}, "没解决")
	require.NoError(t, err)
	got := b.record(tr)
	require.False(t, got.Written)
	require.Equal(t, cases.CodeStale, got.Refused.Code)
	seen, err := b.GetCase(t.Context(), in(head), id)
	require.NoError(t, err)
	require.Equal(t, "单小雨", seen.Child.Name)
}

// TestARestoredBackupIsErasedAgain dumps the database, destroys files, restores the
// dump, and holds it against the list: with what is decided and with what is not.
func TestARestoredBackupIsErasedAgain(t *testing.T) {
	b := setup(t)
	ctx := t.Context()
	gone, open, kept := b.filedAway(), b.file(), b.filedAway()
	before, source := b.file(), b.file()
	triage(b, open, "blue", "false")
	for _, id := range []string{before, source} {
		triage(b, id, "blue", "false")
	}
	b.step(before, "merge", desk, cases.Fields{"into": open})
	b.write(open)
	dump, err := exec.CommandContext(ctx, "pg_dump", b.dsn).Output()
	require.NoError(t, err)

	// After the backup one case is merged, and its whole is ended and destroyed.
	b.erase(gone)
	b.step(source, "merge", desk, cases.Fields{"into": open})
	facts, err := b.Unapplied(ctx, open, 100)
	require.NoError(t, err)
	b.record(cases.Absorb(b.state(open), b.rules, facts, b.now))
	b.step(open, "police_report", desk, cases.Fields{"reported_at": b.now.Format(time.RFC3339)})
	b.step(open, "police_end", police, cases.Fields{"result": "no_offence", "at": b.now.Format(time.RFC3339)})
	b.step(open, "review", desk, cases.Fields{"result": "no_change"})
	b.step(open, "refer", desk, nil)
	b.erase(open)
	list, err := b.Unlisted(ctx, 10)
	require.NoError(t, err)
	require.Len(t, list, 2)

	restored := pgtest.New(t)
	psql := exec.CommandContext(ctx, "psql", "--quiet", "--set", "ON_ERROR_STOP=1", restored.DSN)
	psql.Stdin = bytes.NewReader(dump)
	out, err := psql.CombinedOutput()
	require.NoError(t, err, string(out))
	after := *b
	after.dsn = restored.DSN
	after.Store, err = postgres.Open(ctx, restored.As(postgres.EngineRole), postgres.Options{
		AppDSN: restored.As(postgres.AppRole), Vault: b.vault, Jobs: b.jobs, Now: func() time.Time { return b.now }, MaxConns: 16,
	})
	require.NoError(t, err)
	t.Cleanup(after.Close)
	for _, id := range []string{gone, open, before, source} {
		seen, err := after.GetCase(ctx, in(head), id)
		require.NoError(t, err)
		require.Equal(t, "单小雨", seen.Child.Name, "the backup brings it back")
	}

	var starting sync.WaitGroup // several processes, each of which finds what is to be done
	for range 3 {
		starting.Go(func() {
			for _, e := range list {
				_, err := after.EraseAgain(ctx, e)
				require.NoError(t, err)
			}
		})
	}
	starting.Wait()
	for _, e := range list {
		n, err := after.EraseAgain(ctx, e)
		require.NoError(t, err)
		require.Zero(t, n, "once is enough")
	}
	for _, id := range []string{gone, open, before, source} {
		requireShell(t, &after, id)
	}
	e, err := after.Erasure(ctx, in(head), source)
	require.NoError(t, err)
	require.Equal(t, open, e.DecidedIn)
	require.Equal(t, cases.Actor{Person: in(bureau).Person, Post: bureau}, e.Second, "the certificate is that of the list")
	require.False(t, e.ListedAt.IsZero())
	seen, err := after.GetCase(ctx, in(head), kept)
	require.NoError(t, err)
	require.Equal(t, "单小雨", seen.Child.Name)

	// Nothing to do for cases that the backup does not hold.
	n, err := after.EraseAgain(ctx, audit.Erasure{Decision: "d", Cases: []string{uuid.NewString()}})
	require.NoError(t, err)
	require.Zero(t, n)
	// A list that was lost is written again.
	relisted, err := after.ListAgain(ctx, nil)
	require.NoError(t, err)
	require.Equal(t, 4, relisted)
}

func TestRetentionIsCountedAsACaseIsFiledAway(t *testing.T) {
	b := setup(t)
	id := b.filedAway()
	seen, err := b.GetCase(t.Context(), in(head), id)
	require.NoError(t, err)
	due := time.Date(2057, 1, 1, 0, 0, 0, 0, cases.Zone).UTC() // 30 years from the end of 2026; the child is born in 2015
	require.Equal(t, records.Retention{Rule: "report", AppraiseAt: due}, seen.Retention)

	b.step(id, "retrieve", desk, cases.Fields{"cause": "inspection"})
	require.Zero(t, b.count(`SELECT count(*) FROM retention`), "a file that is out of the archive is not due")
	b.now = b.now.AddDate(2, 0, 0)
	b.step(id, "archive", desk, cases.Fields{"documents": "catalogue"})
	seen, err = b.GetCase(t.Context(), in(head), id)
	require.NoError(t, err)
	require.Equal(t, due, seen.Retention.AppraiseAt, "a reader does not make it new")

	over, err := b.RetentionOver(t.Context(), due.Add(-time.Second), 10)
	require.NoError(t, err)
	require.Empty(t, over)
	over, err = b.RetentionOver(t.Context(), due, 10)
	require.NoError(t, err)
	require.Len(t, over, 1)
	b.now = due
	fact := cases.Fact{ID: uuid.NewString(), Kind: cases.FactRetentionDue, Occurred: due, Received: due, By: cases.Actor{Post: cases.SystemPost}}
	_, err = b.AddFact(t.Context(), records.Once{}, records.Access{}, id, fact, nil)
	require.NoError(t, err)
	over, err = b.RetentionOver(t.Context(), due, 10)
	require.NoError(t, err)
	require.Empty(t, over, "it is told once")
	b.record(cases.Absorb(b.state(id), b.rules, []cases.Fact{fact}, b.now))
	b.requireOwed(id)

	b.step(id, "keep", head, cases.Fields{"years": "10"})
	seen, err = b.GetCase(t.Context(), in(head), id)
	require.NoError(t, err)
	require.Equal(t, time.Date(2068, 1, 1, 0, 0, 0, 0, cases.Zone).UTC(), seen.Retention.AppraiseAt)
}

func TestTheChildsAgeCanMakeRetentionLonger(t *testing.T) {
	b := setup(t)
	b.rules.Policy, b.rules.Retention = "short", []cases.Retention{{
		ID: "short", Kind: cases.MandatoryReport, Span: cases.Span{Value: 10, Unit: cases.Year}, UntilAge: 18, Plus: 10, Class: cases.Local,
	}}
	require.NoError(t, b.PutRules(t.Context(), b.rules))
	nine := 9
	for name, tt := range map[string]struct {
		child records.Child
		year  int
	}{
		"by the number":             {records.Child{IDNumber: "379999201503071235"}, 2015 + 28},
		"by the age that was told":  {records.Child{Age: &nine}, 2026 - 9 + 28},
		"nothing is known":          {records.Child{Name: "单小雨"}, 2026 + 28},
		"a number that is none":     {records.Child{IDNumber: "37999920150307"}, 2026 + 28},
		"grown up when it was told": {records.Child{IDNumber: "379999200001010016"}, 2026 + 10},
	} {
		f := b.filing()
		f.Child = tt.child
		filed, err := b.File(t.Context(), records.Once{}, f)
		require.NoError(t, err, name)
		id := filed.Case
		triage(b, id, "blue", "false")
		b.step(id, "police_report", desk, cases.Fields{"reported_at": b.now.Format(time.RFC3339)})
		b.step(id, "refer", desk, nil)
		b.step(id, "archive", desk, cases.Fields{"documents": "catalogue"})
		seen, err := b.GetCase(t.Context(), in(head), id)
		require.NoError(t, err)
		require.Equal(t, time.Date(tt.year+1, 1, 1, 0, 0, 0, 0, cases.Zone).UTC(), seen.Retention.AppraiseAt, name)
	}
}

func TestCasesFiledAwayBeforeTheScheduleAreCountedToo(t *testing.T) {
	b := setup(t)
	schedule := b.rules
	b.rules.Retention = nil
	require.NoError(t, b.PutRules(t.Context(), b.rules))
	id := b.filedAway()
	require.Equal(t, 1, b.count(`SELECT count(*) FROM retention WHERE rule = '' AND appraise_at IS NULL`), "no row: kept for ever")
	_, err := b.Pool().Exec(t.Context(), `DELETE FROM retention`)
	require.NoError(t, err)
	require.NoError(t, b.PutRules(t.Context(), schedule))
	for _, want := range []int{1, 0} {
		n, err := b.CountRetention(t.Context(), 10)
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	seen, err := b.GetCase(t.Context(), in(head), id)
	require.NoError(t, err)
	require.Equal(t, "report", seen.Retention.Rule)
}

// Whatever is added later to hold sealed bytes of a case is erased with it, or is
// named here with the reason why it stays.
func TestNoSealedBytesOfAnErasedCaseAreLeft(t *testing.T) {
	b := setup(t)
	id := b.referred()
	b.write(id)
	b.erase(id)
	stays := map[string]bool{
		"filing.receipt_hash": true, // a hash, by which the code page answers
		"file_blob.digest":    true, // of the sealed bytes; the blob is swept
	}
	rows, err := b.Pool().Query(t.Context(), `
		SELECT c.table_name, c.column_name FROM information_schema.columns c
		WHERE c.table_schema = 'public' AND c.data_type = 'bytea'
			AND EXISTS (SELECT FROM information_schema.columns k WHERE k.table_schema = 'public' AND k.table_name = c.table_name AND k.column_name = 'case_id')`)
	require.NoError(t, err)
	var table, column string
	looked := 0
	_, err = pgx.ForEachRow(rows, []any{&table, &column}, func() error {
		looked++
		if !stays[table+"."+column] {
			require.Zero(t, b.count(`SELECT count(*) FROM `+table+` WHERE case_id = $1 AND `+column+` IS NOT NULL`, id), "%s.%s", table, column)
		}
		return nil
	})
	require.NoError(t, err)
	require.GreaterOrEqual(t, looked, 7)
}
