package jobs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"tonghu/postgres"
	"tonghu/records"
	"tonghu/vault/audit"
)

// signing is a heads file in a folder of its own.
func (b *bundle) signing() *heads {
	b.t.Helper()
	h := newHeads(HeadsOptions{
		File: filepath.Join(b.t.TempDir(), "audit", "heads.log"), Suite: b.vault.Suite(), Signer: b.vault.AuditSigner(), Verifier: b.vault.AuditVerifier(),
		Every: time.Millisecond,
	}, b.store, zap.NewNop(), func() time.Time { return b.now })
	h.file, h.odd = audit.OpenHeads(h.File, h.Suite, h.Signer, h.Verifier), map[string]bool{}
	return h
}

// check verifies the log against the heads file.
func (b *bundle) check(h *heads) postgres.AuditCheck {
	b.t.Helper()
	found, err := CheckAudit(b.t.Context(), b.store, []string{h.File}, "", h.Verifier, nil)
	require.NoError(b.t, err)
	return found
}

// asOwner runs a statement as the superuser that owns the schema.
func (b *bundle) asOwner(sql string, args ...any) {
	b.t.Helper()
	conn, err := pgx.Connect(b.t.Context(), b.dsn)
	require.NoError(b.t, err)
	defer func() { require.NoError(b.t, conn.Close(context.WithoutCancel(b.t.Context()))) }()
	_, err = conn.Exec(b.t.Context(), sql, args...)
	require.NoError(b.t, err, sql)
}

func (b *bundle) look(id string) {
	b.t.Helper()
	require.NoError(b.t, b.store.Look(b.t.Context(), records.Access{Person: "p1"}, records.Look{Case: id, Action: "read:case"}))
}

func TestWhatGrewIsSigned(t *testing.T) {
	b := setup(t)
	h := b.signing()
	require.NoError(t, h.sign(t.Context()))
	require.NoFileExists(t, h.File, "there is nothing to sign yet")
	id := b.file()
	b.look(id)
	require.NoError(t, h.sign(t.Context()))
	first := h.file.Mark()
	require.EqualValues(t, 1, first.Batch)
	require.EqualValues(t, 1, h.file.End("case:"+id).Seq)
	require.EqualValues(t, 1, h.file.End("read:"+id).Seq)

	require.NoError(t, h.sign(t.Context()))
	require.Equal(t, first, h.file.Mark(), "nothing grew")
	b.look(id)
	require.NoError(t, h.sign(t.Context()))
	require.EqualValues(t, 2, h.file.Mark().Batch)
	require.EqualValues(t, 2, h.file.End("read:"+id).Seq)

	info, err := os.Stat(h.File)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	marks, err := b.store.Marks(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, []audit.Mark{h.file.Mark()}, marks)

	again := b.signing()
	again.File, again.file = h.File, audit.OpenHeads(h.File, h.Suite, h.Signer, h.Verifier)
	require.NoError(t, again.sign(t.Context()))
	require.EqualValues(t, 2, again.file.Mark().Batch, "a process that starts signs only what is new")
	require.True(t, b.check(h).Good())
}

func TestARowThatIsCommittedLateIsSignedLate(t *testing.T) {
	b := setup(t)
	h := b.signing()
	early, late := b.file(), b.file()
	tx, err := b.store.Pool().Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	row := audit.Link(b.vault.Suite(), audit.Row{}, audit.Row{Chain: "read:" + late, At: b.now, Actor: "p1", Action: "read:case", Object: late})
	_, err = tx.Exec(t.Context(), `INSERT INTO audit (chain, seq, at, actor, action, object, detail, prev_hash, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		row.Chain, row.Seq, row.At, row.Actor, row.Action, row.Object, row.Detail, row.PrevHash, row.Hash)
	require.NoError(t, err)
	b.look(early) // a younger transaction ends first
	require.NoError(t, h.sign(t.Context()))
	require.Zero(t, h.file.End("read:"+late).Seq)
	require.NoError(t, tx.Commit(t.Context()))
	b.look(early)
	require.NoError(t, h.sign(t.Context()))
	require.EqualValues(t, 1, h.file.End("read:"+late).Seq)
}

func TestOneProcessSignsAndAnotherTakesOver(t *testing.T) {
	b := setup(t)
	lead, err := b.store.LeadHeads(t.Context())
	require.NoError(t, err)
	require.NotNil(t, lead)
	other, err := b.store.LeadHeads(t.Context())
	require.NoError(t, err)
	require.Nil(t, other)
	require.NoError(t, lead.Held(t.Context()))

	id, h := b.file(), b.signing()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); h.run(ctx) }()
	lead.Close()
	require.Eventually(t, func() bool {
		found, err := CheckAudit(t.Context(), b.store, []string{h.File}, "", h.Verifier, nil)
		return err == nil && !found.Horizon.IsZero() && found.Newer == 0
	}, 20*time.Second, 20*time.Millisecond)
	b.look(id)
	stop()
	<-ended
	require.Zero(t, b.check(h).Newer, "what came in before the end is signed at the end")
	lead, err = b.store.LeadHeads(t.Context())
	require.NoError(t, err)
	require.NotNil(t, lead, "given up")
	lead.Close()
}

// endsMeanwhile is a context that ends right after it was asked the first time.
type endsMeanwhile struct {
	context.Context
	end context.CancelFunc
}

func (c endsMeanwhile) Err() error {
	defer c.end()
	return c.Context.Err()
}

func TestWhatCameInIsSignedAlsoWhenTheEndComesWhileTheLeadIsLookedAt(t *testing.T) {
	b := setup(t)
	id, h := b.file(), b.signing()
	lead, err := b.store.LeadHeads(t.Context())
	require.NoError(t, err)
	ctx, end := context.WithCancel(t.Context())
	h.lead(endsMeanwhile{ctx, end}, lead)
	lead.Close()
	require.EqualValues(t, 1, h.file.End("case:"+id).Seq)
}

// forge alters a row and computes its hash anew, as someone does who can write the database and knows how the log is made.
func (b *bundle) forge(chain string, seq int64) {
	b.t.Helper()
	var prev audit.Row
	for row, err := range b.store.AuditRows(b.t.Context(), chain) {
		require.NoError(b.t, err)
		if row.Seq == seq {
			row.Actor = "nobody"
			row = audit.Link(b.vault.Suite(), prev, row)
			b.asOwner(`ALTER TABLE audit DISABLE TRIGGER ALL`)
			b.asOwner(`UPDATE audit SET actor = $3, hash = $4 WHERE chain = $1 AND seq = $2`, chain, seq, row.Actor, row.Hash)
			return
		}
		prev = row
	}
	require.Fail(b.t, "no such row")
}

func TestAChainWhoseSignedRowWasForgedIsNotSignedOnAndIsVerifiedAtOnce(t *testing.T) {
	b := setup(t)
	core, log := observer.New(zap.ErrorLevel)
	h := b.signing()
	h.log = zap.New(core)
	id := b.file()
	b.look(id)
	b.look(id)
	require.NoError(t, h.sign(t.Context()))
	h.checkDaily(t.Context())
	b.forge("read:"+id, 2)
	for range 3 {
		b.look(id)
		require.NoError(t, h.sign(t.Context()))
	}
	require.EqualValues(t, 2, h.file.End("read:"+id).Seq, "what continues a forged row is not signed")
	require.Equal(t, 1, log.FilterMessageSnippet("not as it was signed").Len(), "told once")
	h.checkDaily(t.Context())
	counts, err := b.store.Counts(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, counts.Audit.Findings, "the health page has it the same day")
	require.Equal(t, []postgres.Finding{{Chain: "read:" + id, Seq: 1, Reason: audit.Rewritten}}, b.check(h).Findings)
}

func TestAForgedRowIsNamedHoweverMuchWasSignedAfterIt(t *testing.T) {
	b := setup(t)
	h := b.signing()
	id := b.file()
	for range 5 {
		b.look(id)
		require.NoError(t, h.sign(t.Context()))
	}
	chain := "read:" + id
	b.forge(chain, 5)
	for range 200 { // by a writer that looks at nothing but how far a chain goes
		b.look(id)
		ends, _, err := b.store.ChangedHeads(t.Context(), "")
		require.NoError(t, err)
		require.NoError(t, h.file.Append(b.now, ends))
	}
	require.Equal(t, []postgres.Finding{{Chain: chain, Seq: 5, Reason: audit.Rewritten, Proven: 4}}, b.check(h).Findings)
}

func TestAVerificationSaysWhatHeadsCannotProve(t *testing.T) {
	b := setup(t)
	h := b.signing()
	id := b.file()
	require.Contains(t, b.check(h).Proof(), "horizon: none")
	require.NoError(t, h.sign(t.Context()))
	b.look(id)
	b.forge("read:"+id, 1) // before any head is signed over it
	require.Contains(t, b.check(h).Proof(), "1 newer rows are proven by their hashes only, which whoever can write the database can compute")
	require.NoError(t, h.sign(t.Context()))
	found := b.check(h)
	require.True(t, found.Good())
	require.Contains(t, found.Proof(), "what the log was, not who wrote it")
}

func TestAChainThatWentBackIsNotSignedAgain(t *testing.T) {
	b := setup(t)
	core, log := observer.New(zap.ErrorLevel)
	h := b.signing()
	h.log = zap.New(core)
	id := b.file()
	b.look(id)
	b.look(id)
	require.NoError(t, h.sign(t.Context()))
	b.asOwner(`ALTER TABLE audit DISABLE TRIGGER ALL`)
	b.asOwner(`DELETE FROM audit WHERE chain = $1 AND seq = 2`, "read:"+id)
	h.since = ""
	for range 2 {
		require.NoError(t, h.sign(t.Context()))
	}
	require.EqualValues(t, 2, h.file.End("read:"+id).Seq)
	require.Equal(t, 1, log.FilterMessageSnippet("not as it was signed").Len(), "told once")
	require.Equal(t, []postgres.Finding{{Chain: "read:" + id, Seq: 2, Reason: audit.Truncated}}, b.check(h).Findings)
}

func TestAHeadsFileThatIsCutPutAwayOrAlteredIsFound(t *testing.T) {
	b := setup(t)
	h := b.signing()
	id := b.file()
	require.NoError(t, h.sign(t.Context()))
	cut, err := os.ReadFile(h.File)
	require.NoError(t, err)
	b.look(id)
	require.NoError(t, h.sign(t.Context()))
	whole, err := os.ReadFile(h.File)
	require.NoError(t, err)
	require.True(t, b.check(h).Good())
	reasons := func() (out []audit.Reason) {
		for _, f := range b.check(h).Findings {
			out = append(out, f.Reason)
		}
		return out
	}
	require.NoError(t, os.WriteFile(h.File, cut, 0o600))
	require.Equal(t, []audit.Reason{postgres.Cut}, reasons())
	require.NoError(t, os.WriteFile(h.File, []byte(strings.Replace(string(whole), `"s":1`, `"s":2`, 1)), 0o600))
	require.Contains(t, reasons(), postgres.Damaged)
	require.NoError(t, os.Remove(h.File))
	require.Equal(t, []audit.Reason{postgres.Cut}, reasons())
	require.NoError(t, os.WriteFile(h.File, whole, 0o600))
	require.Empty(t, reasons())
}

func TestTheLogIsVerifiedOnceADay(t *testing.T) {
	b := setup(t)
	h := b.signing()
	id := b.file()
	require.NoError(t, h.sign(t.Context()))
	checks := func() (n int) {
		require.NoError(t, b.store.Pool().QueryRow(t.Context(), `SELECT count(*) FROM audit_check`).Scan(&n))
		return n
	}
	h.checkDaily(t.Context())
	h.checkDaily(t.Context())
	require.Equal(t, 1, checks())
	b.asOwner(`ALTER TABLE audit DISABLE TRIGGER ALL`)
	b.asOwner(`UPDATE audit SET actor = 'nobody' WHERE chain = $1`, "case:"+id)
	b.now = b.now.Add(checkEvery)
	h.checkDaily(t.Context())
	require.Equal(t, 2, checks())
	counts, err := b.store.Counts(t.Context())
	require.NoError(t, err)
	require.Equal(t, records.AuditState{HeadsAt: start, CheckedAt: b.now, CheckedRows: 1, Findings: 1, Horizon: counts.Audit.Horizon}, counts.Audit)
	require.Equal(t, start, counts.Audit.Horizon)
}

// tampering is a way to tamper with the row n of a chain. It gives the chain as it then is.
type tampering struct {
	name string
	do   func(rows []audit.Row, n int) []audit.Row
	// whole recomputes every hash, as someone does who can write the database and knows how the log is made.
	whole bool
}

func changed(change func(*audit.Row)) func([]audit.Row, int) []audit.Row {
	return func(rows []audit.Row, n int) []audit.Row {
		change(&rows[n-1])
		return rows
	}
}

func without(rows []audit.Row, n int) []audit.Row { return append(rows[:n-1], rows[n:]...) }

func inserted(rows []audit.Row, n int) []audit.Row {
	extra := rows[n-1]
	extra.Action = "inserted"
	return append(rows[:n-1:n-1], append([]audit.Row{extra}, rows[n-1:]...)...)
}

var tamperings = []tampering{
	{name: "at", do: changed(func(r *audit.Row) { r.At = r.At.Add(time.Microsecond) })},
	{name: "actor", do: changed(func(r *audit.Row) { r.Actor += "x" })},
	{name: "action", do: changed(func(r *audit.Row) { r.Action = "nothing" })},
	{name: "object", do: changed(func(r *audit.Row) { r.Object += "x" })},
	{name: "detail more", do: changed(func(r *audit.Row) { r.Detail = append(r.Detail, "x") })},
	{name: "detail less", do: changed(func(r *audit.Row) { r.Detail = r.Detail[:len(r.Detail)-1] })},
	{name: "hash", do: changed(func(r *audit.Row) { r.Hash = append([]byte{r.Hash[0] ^ 1}, r.Hash[1:]...) })},
	{name: "prev hash", do: changed(func(r *audit.Row) { r.PrevHash = append([]byte{r.PrevHash[0] ^ 1}, r.PrevHash[1:]...) })},
	{name: "seq", do: changed(func(r *audit.Row) { r.Seq += 100_000 })},
	{name: "removed", do: without},
	{name: "removed and renumbered", do: func(rows []audit.Row, n int) []audit.Row { return renumbered(without(rows, n)) }},
	{name: "inserted", do: func(rows []audit.Row, n int) []audit.Row { return renumbered(inserted(rows, n)) }},
	{name: "swapped", do: func(rows []audit.Row, n int) []audit.Row {
		if n < len(rows) {
			rows[n-1], rows[n] = rows[n], rows[n-1]
		} else {
			rows = rows[:n-1]
		}
		return renumbered(rows)
	}},
	{name: "cut", do: func(rows []audit.Row, n int) []audit.Row { return rows[:n-1] }},
	{name: "altered and recomputed", whole: true, do: changed(func(r *audit.Row) { r.Actor = "nobody" })},
	{name: "removed and recomputed", whole: true, do: without},
	{name: "inserted and recomputed", whole: true, do: inserted},
}

func renumbered(rows []audit.Row) []audit.Row {
	for i := range rows {
		rows[i].Seq = int64(i + 1)
	}
	return rows
}

// filled has cases, looks at them, denials and failed sign-ins, with heads signed in between and at the end.
func (b *bundle) filled(h *heads) map[string][]audit.Row {
	b.t.Helper()
	ctx := b.t.Context()
	for i := range 12 {
		id := b.file()
		a := records.Access{Person: fmt.Sprintf("person-%d", i)}
		for range 5 {
			b.pass(id, time.Hour)
			require.NoError(b.t, b.store.Look(ctx, a, records.Look{Case: id, Action: "read:case", Parts: []string{"child"}}))
			require.NoError(b.t, b.store.Look(ctx, a, records.Look{Action: "list:cases", Detail: []string{"items:3"}}))
			require.NoError(b.t, b.store.Denied(ctx, a, records.Denial{Operation: "get-case", Code: "not_found", Object: id}))
		}
		require.NoError(b.t, b.store.RecordSignIn(ctx, "nobody", "", false, "unknown_login"))
		if i%4 == 1 {
			require.NoError(b.t, h.sign(ctx))
		}
	}
	require.NoError(b.t, h.sign(ctx))
	return b.rows()
}

func (b *bundle) rows() map[string][]audit.Row {
	b.t.Helper()
	out := map[string][]audit.Row{}
	heads, _, err := b.store.ChangedHeads(b.t.Context(), "")
	require.NoError(b.t, err)
	for _, h := range heads {
		for row, err := range b.store.AuditRows(b.t.Context(), h.Chain) {
			require.NoError(b.t, err)
			out[h.Chain] = append(out[h.Chain], row)
		}
	}
	return out
}

// TestTamperingWithAnySingleRowIsFound tampers with every row of a filled instance in every way, one row of each chain at a time,
// directly in the database.
func TestTamperingWithAnySingleRowIsFound(t *testing.T) {
	b := setup(t)
	h := b.signing()
	chains := b.filled(h)
	all, longest := 0, 0
	for _, rows := range chains {
		all, longest = all+len(rows), max(longest, len(rows))
	}
	require.GreaterOrEqual(t, all, 200)
	require.Empty(t, b.check(h).Findings)
	book := &audit.Book{}
	require.NoError(t, readHeads(book, h.File, h.Verifier))

	conn, err := pgx.Connect(t.Context(), b.dsn)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) }()
	_, err = conn.Exec(t.Context(), `ALTER TABLE audit DISABLE TRIGGER ALL; CREATE TABLE saved AS TABLE audit`)
	require.NoError(t, err)
	for _, kind := range tamperings {
		for n := 1; n <= longest; n++ {
			touched := map[string]int{}
			var write [][]any
			for name, rows := range chains {
				if n > len(rows) {
					continue
				}
				touched[name] = n
				for _, r := range tampered(b, kind, rows, n) {
					write = append(write, []any{name, r.Seq, r.At, r.Actor, r.Action, r.Object, r.Detail, r.PrevHash, r.Hash})
				}
			}
			var names []string
			for name := range touched {
				names = append(names, name)
			}
			_, err = conn.Exec(t.Context(), `DELETE FROM audit WHERE chain = ANY ($1)`, names)
			require.NoError(t, err)
			_, err = conn.CopyFrom(t.Context(), pgx.Identifier{"audit"},
				[]string{"chain", "seq", "at", "actor", "action", "object", "detail", "prev_hash", "hash"}, pgx.CopyFromRows(write))
			require.NoError(t, err)

			found, err := b.store.CheckAudit(t.Context(), book, nil)
			require.NoError(t, err)
			named := map[string]bool{}
			for _, f := range found.Findings {
				at, ok := touched[f.Chain]
				require.True(t, ok, "%s of row %d: %s is untouched", kind.name, n, f)
				if f.Change > 0 {
					continue // the case misses the row too
				}
				named[f.Chain] = true
				switch {
				case kind.whole:
					require.Contains(t, []audit.Reason{audit.Rewritten, audit.Truncated}, f.Reason, "%s of row %d: %s", kind.name, n, f)
					require.Less(t, f.Proven, int64(at), "%s of row %d: %s", kind.name, n, f)
				default:
					require.EqualValues(t, at, f.Seq, "%s of row %d: %s", kind.name, n, f)
				}
			}
			require.Len(t, named, len(touched), "%s of row %d", kind.name, n)
			_, err = conn.Exec(t.Context(), `DELETE FROM audit; INSERT INTO audit TABLE saved`)
			require.NoError(t, err)
		}
	}
	require.Empty(t, b.check(h).Findings, "as it was")
}

// tampered gives a copy of a chain with the row n tampered with.
func tampered(b *bundle, kind tampering, rows []audit.Row, n int) []audit.Row {
	out := make([]audit.Row, len(rows))
	for i, r := range rows {
		r.Detail = append([]string{}, r.Detail...)
		out[i] = r
	}
	out = kind.do(out, n)
	if kind.whole {
		var prev audit.Row
		for i := range out {
			prev = audit.Link(b.vault.Suite(), prev, out[i])
			out[i] = prev
		}
	}
	return out
}

func TestAWholeChainThatIsRemovedIsFound(t *testing.T) {
	b := setup(t)
	h := b.signing()
	chains := b.filled(h)
	b.asOwner(`ALTER TABLE audit DISABLE TRIGGER ALL; CREATE TABLE saved AS TABLE audit`)
	for name := range chains {
		b.asOwner(`DELETE FROM audit WHERE chain = $1`, name)
		require.Contains(t, b.check(h).Findings, postgres.Finding{Chain: name, Seq: 1, Reason: audit.Truncated}, name)
		b.asOwner(`DELETE FROM audit`)
		b.asOwner(`INSERT INTO audit TABLE saved`)
	}
	b.asOwner(`DELETE FROM audit`)
	require.GreaterOrEqual(t, len(b.check(h).Findings), len(chains))
}

func TestACaseAndItsTimelineAreHeldAgainstTheChain(t *testing.T) {
	b := setup(t)
	h := b.signing()
	id := b.file()
	b.pass(id, time.Hour)
	b.pass(id, time.Hour)
	seq := b.pass(id, time.Hour).Seq
	require.Greater(t, seq, int64(1))
	require.True(t, b.check(h).Good(), "also before any heads are signed")
	b.asOwner(`CREATE TABLE saved AS TABLE event; CREATE TABLE saved_audit AS TABLE audit; ALTER TABLE audit DISABLE TRIGGER ALL; ALTER TABLE event DISABLE TRIGGER ALL`)
	chain := "case:" + id
	for name, c := range map[string]struct {
		sql  string
		want postgres.Finding
	}{
		"an event altered":       {`UPDATE event SET body = jsonb_set(body, '{reason}', '"other"') WHERE seq = 1 AND idx = 0`, postgres.Finding{Chain: chain, Seq: 1, Reason: postgres.Timeline, Change: 1}},
		"an event removed":       {`DELETE FROM event WHERE seq = 1 AND idx = 0`, postgres.Finding{Chain: chain, Seq: 1, Reason: postgres.Timeline, Change: 1}},
		"an event added":         {`INSERT INTO event SELECT case_id, seq, 99, at, type, body FROM event WHERE seq = 2 AND idx = 0`, postgres.Finding{Chain: chain, Seq: 2, Reason: postgres.Timeline, Change: 2}},
		"a change's events gone": {`DELETE FROM event WHERE seq = 2`, postgres.Finding{Chain: chain, Seq: 2, Reason: postgres.Timeline, Change: 2}},
		"a change nobody made": {`INSERT INTO event SELECT case_id, seq + 1, idx, at, type, body FROM event e WHERE seq = (SELECT max(seq) FROM event)`,
			postgres.Finding{Chain: chain, Reason: postgres.Unrecorded, Change: seq + 1}},
		"the chain gone, unsigned": {`DELETE FROM audit`, postgres.Finding{Chain: chain, Reason: postgres.Unrecorded, Change: 1}},
		"a chain of no case": {`INSERT INTO audit (chain, seq, at, actor, action, object, detail, prev_hash, hash)
			SELECT 'case:00000000-0000-4000-8000-000000000000', seq, at, actor, action, object, detail, prev_hash, hash FROM audit WHERE seq = 1`,
			postgres.Finding{Chain: "case:00000000-0000-4000-8000-000000000000", Reason: postgres.Stranger}},
	} {
		b.asOwner(c.sql)
		require.Contains(t, b.check(h).Findings, c.want, name)
		b.asOwner(`DELETE FROM event; DELETE FROM audit`)
		b.asOwner(`INSERT INTO event TABLE saved`)
		b.asOwner(`INSERT INTO audit TABLE saved_audit`)
	}
	require.True(t, b.check(h).Good())
}

func TestAHeadsFileThatIsBegunAnewGoesOnFromTheOld(t *testing.T) {
	b := setup(t)
	h := b.signing()
	id := b.file()
	require.NoError(t, h.sign(t.Context()))
	old := strings.TrimSuffix(h.File, ".log") + "-2026.log"
	require.NoError(t, os.Rename(h.File, old))
	require.Error(t, h.sign(t.Context()), "its writer misses it")

	again := b.signing()
	again.File, again.file = h.File, audit.OpenHeads(h.File, h.Suite, h.Signer, h.Verifier)
	b.look(id)
	require.NoError(t, again.sign(t.Context()))
	require.EqualValues(t, 1, again.file.End("case:"+id).Seq, "all chains are in the new one")
	files, err := HeadsFiles(h.File)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{h.File, old}, files)
	again.checkDaily(t.Context())
	counts, err := b.store.Counts(t.Context())
	require.NoError(t, err)
	require.Zero(t, counts.Audit.Findings)
	require.EqualValues(t, 2, counts.Audit.CheckedRows)
	require.Equal(t, postgres.Cut, b.check(again).Findings[0].Reason, "without the old one")
	_, err = CheckAudit(t.Context(), b.store, []string{h.File}, "another machine", h.Verifier, nil)
	require.NoError(t, err)
}
