package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/pgcluster/pgtest"
	"tonghu/postgres"
	"tonghu/records"
	"tonghu/vault"
)

// counters are the tables in which migrations count themselves: they hold nothing
// else, and whoever runs migrations must see them.
var counters = []string{"goose_db_version", "river_migration"}

// tables gives the columns of each table that the app may read; nil if it may none.
func (b *bundle) tables() map[string][]string {
	b.t.Helper()
	rows, err := b.Pool().Query(b.t.Context(), `
		SELECT c.relname, array_remove(array_agg(CASE WHEN has_column_privilege('tonghu_app', c.oid, a.attnum, 'SELECT') THEN quote_ident(a.attname) END), NULL)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') GROUP BY c.relname`)
	require.NoError(b.t, err)
	out := map[string][]string{}
	var name string
	var columns []string
	_, err = pgx.ForEachRow(rows, []any{&name, &columns}, func() error {
		out[name] = columns
		columns = nil
		return nil
	})
	require.NoError(b.t, err)
	require.Greater(b.t, len(out), 25)
	return out
}

// world is a database with rows in every table that the app reads.
type world struct {
	*bundle
	// The cases: one of neglect with a task for a department, one in the 性侵
	// compartment, one that town and village are recused from.
	own, sealed, recused string
	// left is one that posts have nothing to do with any more: from a social worker the
	// task was accepted, from a department it was withdrawn, the village lies elsewhere.
	left string
	anna string // holds the village's post
}

// former are posts that had a task in the case that is left.
var former = []cases.Post{cases.UnitPost("social_work", cases.RoleSocialWorker), cases.UnitPost("justice", cases.RoleLiaison)}

var education = cases.UnitPost("education", cases.RoleLiaison)

func newWorld(t *testing.T) *world {
	w := &world{bundle: setup(t), anna: uuid.NewString()}
	ctx := t.Context()
	require.NoError(t, w.Seed(ctx, postgres.County{
		Orgs:  []postgres.Org{{Code: village, Name: "村"}},
		Units: []postgres.Unit{{Name: "education", Title: "教育局", Duty: "就学", Department: true}},
		Posts: []cases.Post{director, education},
		People: []postgres.SeedPerson{
			{Person: records.Person{ID: w.anna, Login: "anna", Name: "安娜"}},
		},
		Holdings: []records.Holding{{Post: director, Person: w.anna}},
	}))
	_, err := w.AddLeave(ctx, records.Access{Person: w.anna}, records.Leave{Person: w.anna, From: w.now, Until: w.now.Add(time.Hour)})
	require.NoError(t, err)
	w.own, w.sealed, w.recused = w.file(), w.file(func(r *cases.Report) { r.Situations = []cases.Situation{"MR01"} }), w.file()
	triage(w.bundle, w.own, "yellow", "false")
	w.step(w.own, "task_assign", desk, cases.Fields{"post": string(education), "measure": "schooling"})
	triage(w.bundle, w.sealed, "red", "true")
	w.left = w.file()
	triage(w.bundle, w.left, "yellow", "false")
	for i, post := range former {
		task := cases.Fields{"task": strconv.Itoa(i + 1)}
		w.step(w.left, "task_assign", desk, cases.Fields{"post": string(post), "measure": "psychology"})
		if post.Role() == cases.RoleLiaison {
			w.step(w.left, "task_withdraw", manager, task)
			continue
		}
		w.step(w.left, "task_sign", post, task)
		w.step(w.left, "task_report", post, cases.Fields{"task": task["task"], "result": "done"})
		w.step(w.left, "task_accept", manager, task)
	}
	w.step(w.left, "relocate", manager, cases.Fields{"org": string(otherVillage)})
	for _, p := range []cases.Post{town, director} {
		w.step(w.recused, "recuse", desk, cases.Fields{"post": string(p)})
	}
	for _, id := range []string{w.own, w.sealed, w.recused} {
		once := records.Once{Key: "k-" + id, Route: "steps", Actor: in(desk).Person}
		_, err := w.PutCommand(ctx, once, in(desk), cases.MandatoryReport, command(id, "recolour", desk, nil), map[string]string{"reason": "因为"})
		require.NoError(t, err)
		note := cases.Fact{ID: uuid.NewString(), Kind: cases.FactNote, Occurred: w.now, Received: w.now, By: cases.Actor{Person: in(desk).Person, Post: desk}}
		_, err = w.AddFact(ctx, records.Once{}, in(desk), id, note, map[string]string{"text": "记录"})
		require.NoError(t, err)
		_, err = w.Pool().Exec(ctx, `
			WITH n AS (
				INSERT INTO notice (id, person, posts, case_id, seq, idx, type, key, occurrence, epoch, rung, rung_name, urgent, at, state, next_at)
				VALUES (gen_random_uuid(), $1, '{}', $2, 99, 0, 'owed', 'visit', 1, 1, 1, '', false, now(), 'told', now()) RETURNING id, person
			), d AS (
				INSERT INTO notice_delivery (id, person, channel, urgency, count, reason, state, next_at, made_at)
				SELECT gen_random_uuid(), person, 'email', 'now', 1, 'single', 'delivered', now(), now() FROM n RETURNING id
			)
			INSERT INTO notice_cover (delivery, notice) SELECT d.id, n.id FROM d, n`, w.anna, id)
		require.NoError(t, err)
		for _, sql := range []string{
			`INSERT INTO retention (case_id, rule) VALUES ($1, '')`,
			`INSERT INTO reached (case_id, obligation, post, epoch, due)
				SELECT case_id, id, '` + string(director) + `', epoch, due FROM obligation WHERE case_id = $1 AND ended_at IS NULL`,
			`INSERT INTO erasure (case_id, decision, decided_in, at, cause, by_person, by_post, second, second_post, keys) VALUES ($1, 'd', $1, now(), 'c', 'a', '', 'b', '', '{}')`,
			`INSERT INTO break_glass (id, case_id, person, post, compartments, grounds, began, until, approver, recused)
			 SELECT gen_random_uuid(), id, 'a', 'p', '{medical}', 'other', now(), now() + interval '1 hour', 'b', recused FROM cases WHERE id = $1`,
			`WITH f AS (
				INSERT INTO file (id, case_id, compartment, purpose, media, document, width, height, by_person, by_post, uploaded_at)
				VALUES (gen_random_uuid(), $1, 1, 'photo', 'image/jpeg', '', 1, 1, 'a', 'p', now()) RETURNING id
			 ) INSERT INTO file_blob (name, file_id, part, bytes, digest) SELECT md5(id::text), id, 'shown', 1, sha256('') FROM f`,
			`INSERT INTO vault_key (purpose, id, state, at) SELECT 'audit', '0123abcd', 'staged', now() WHERE $1 <> '' ON CONFLICT DO NOTHING`,
		} {
			_, err := w.Pool().Exec(ctx, sql, id)
			require.NoError(t, err, sql)
		}
	}
	for _, sql := range []string{
		`INSERT INTO rule_version (n, policy, rules, document, basis, effective_from, by_person, by_post, second, second_post, at)
		 SELECT 1, 'anqiu', min(hash), '', '', now(), '', '', '', '', now() FROM rules`,
		`INSERT INTO rule_draft (id, base, document, basis, effective_from, rows, revision, status, by_person, by_post, created, changed)
		 VALUES (gen_random_uuid(), 1, 'd', 'b', now(), '[]', 1, 'draft', 'a', 'p', now(), now())`,
		`INSERT INTO rule_simulation (id, draft, revision, before, after, from_at, until_at, status, total, by_person, by_post, at)
		 SELECT gen_random_uuid(), id, 1, v.rules, v.rules, now(), now() + interval '1 hour', 'running', 0, 'a', 'p', now() FROM rule_draft, rule_version v`,
		`INSERT INTO calendar_import (at, by_person, by_post, version, from_day, to_day, sources, rules)
		 SELECT now(), '', '', 'v', now(), now(), '{}', rules FROM rule_version`,
	} {
		_, err := w.Pool().Exec(ctx, sql)
		require.NoError(t, err, sql)
	}
	return w
}

// mentions counts the rows of every table that somebody can read and in which a text
// stands; "" is in every row.
func (w *world) mentions(tx pgx.Tx, text string) map[string]int {
	w.t.Helper()
	out := map[string]int{}
	for table, columns := range w.tables() {
		if len(columns) == 0 {
			continue
		}
		var n int
		err := tx.QueryRow(w.t.Context(), fmt.Sprintf(`SELECT count(*) FROM (SELECT %s FROM %s) x WHERE x::text LIKE '%%' || $1 || '%%'`, strings.Join(columns, ", "), table), text).Scan(&n)
		require.NoError(w.t, err, table)
		if n > 0 {
			out[table] = n
		}
	}
	return out
}

// seenBy is mentions for an asker.
func (w *world) seenBy(a records.Access, text string) (out map[string]int) {
	w.t.Helper()
	require.NoError(w.t, w.WithActor(w.t.Context(), a, func(tx pgx.Tx) error {
		out = w.mentions(tx, text)
		return nil
	}))
	return out
}

func TestEveryTableIsLocked(t *testing.T) {
	b := setup(t)
	for table, columns := range b.tables() {
		var locked, forced, engine, backup bool
		var owner string
		require.NoError(t, b.Pool().QueryRow(t.Context(), `
			SELECT c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner),
				EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'engine'),
				has_table_privilege('tonghu_backup', c.oid, 'SELECT')
			FROM pg_class c WHERE c.oid = $1::regclass`, table).Scan(&locked, &forced, &owner, &engine, &backup))
		require.NotContains(t, []string{postgres.AppRole, postgres.EngineRole, postgres.BackupRole}, owner, table)
		require.True(t, backup, "a dump leaves out %s", table)
		if slices.Contains(counters, table) {
			require.Empty(t, columns, table)
			continue
		}
		require.True(t, locked && forced && engine, "%s is open: let tonghu_lock_tables see it", table)
	}
	for _, role := range postgres.Roles() {
		var powerful bool
		require.NoError(t, b.Pool().QueryRow(t.Context(),
			`SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication FROM pg_roles WHERE rolname = $1`, role[0]).Scan(&powerful))
		require.False(t, powerful, role[0])
	}
	require.Equal(t, 0, b.count(`SELECT count(*) FROM pg_auth_members m WHERE m.member = 'tonghu_app'::regrole`), "the app can become nobody else")
}

func TestTheAppSeesNothingWithoutAnAsker(t *testing.T) {
	w := newWorld(t)
	conn, err := pgx.Connect(t.Context(), w.app)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	for table, columns := range w.tables() {
		if len(columns) == 0 {
			_, err := conn.Exec(t.Context(), `SELECT FROM `+table)
			require.ErrorContains(t, err, "42501", "the app reads %s, which has nothing for it", table)
			continue
		}
		require.NotZero(t, w.count(`SELECT count(*) FROM `+table), "the app reads %s: put a row into it (newWorld)", table)
		var n int
		require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM `+table).Scan(&n), table)
		require.Zero(t, n, table)
	}
	require.Empty(t, w.seenBy(records.Access{}, ""), "the public")
	_, err = conn.Exec(t.Context(), `SET ROLE tonghu_engine`)
	require.ErrorContains(t, err, "42501")
}

func TestNobodyWrapsADataKeyUnderARetiredMasterKey(t *testing.T) {
	w := newWorld(t)
	retired := w.vault.Sealing(vault.Master)
	dk, err := w.vault.NewDataKey(w.own, vault.Medical)
	require.NoError(t, err)
	put := func(wrapped []byte) error {
		return w.WithActor(t.Context(), in(desk), func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO data_key (subject, compartment, wrapped) VALUES ($1, $2, $3)`, w.own, dk.Compartment, wrapped)
			return err
		})
	}
	require.NoError(t, w.SealWith(t.Context(), vault.Master, "00c0ffee"))
	requireCode(t, cases.CodeUnavailable, put(dk.Wrapped))
	states, err := w.KeyStates(t.Context())
	require.NoError(t, err)
	require.Equal(t, postgres.KeyRetired, states["master:"+retired])
	require.NoError(t, put(append([]byte{1, 0, 0xc0, 0xff, 0xee}, dk.Wrapped[5:]...)))
}

func TestAHandlerThatForgetsItsCheckSeesNothing(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		who   string
		as    records.Access
		hides []string
	}{
		{"another village", in("village:379999101204/director"), []string{w.own, w.sealed, w.recused}},
		{"another town", in("town:379999102000/supervisor"), []string{w.own, w.sealed, w.recused}},
		{"another city", in("city:370101000000/head"), []string{w.own, w.sealed, w.recused}},
		{"the village, of 性侵 and where it is recused", in(director), []string{w.sealed, w.recused}},
		{"the town, where it is recused", in(town), []string{w.recused}},
		{"a recused post beside the head's", in(head, town), []string{w.recused}},
		{"another manager", in("city:379999000000/manager#2"), []string{w.own, w.sealed}},
		{"a department without a task", in(cases.UnitPost("health", cases.RoleLiaison)), []string{w.own, w.sealed, w.recused}},
		{"a department, beside its task", in(education), []string{w.sealed, w.recused}},
		{"a third party", in(cases.UnitPost("social", cases.RoleSocialWorker)), []string{w.own, w.sealed, w.recused}},
		{"the coordination body", in("city:379999000000/body"), []string{w.own, w.sealed, w.recused}},
		{"the shelter, of reports", in(cases.UnitPost("shelter", cases.RoleShelter)), []string{w.own, w.sealed, w.recused}},
		{"a reporter", in(cases.UnitPost("school", cases.RoleReporter)), []string{w.own, w.sealed, w.recused}},
		{"the system administrator", in("city:379999000000/system_admin"), []string{w.own, w.sealed, w.recused}},
		{"the security administrator", in("city:379999000000/security_admin"), []string{w.own, w.sealed, w.recused}},
		{"an administrator, where recused", in("city:379999000000/audit_admin", town), []string{w.recused}},
		{"the audit administrator", in("city:379999000000/audit_admin"), []string{w.own, w.sealed, w.recused}},
		{"a social worker whose task was accepted", in(former[0]), []string{w.left}},
		{"a department whose task was withdrawn", in(former[1]), []string{w.left}},
		{"a village whose case was moved away, and its town", in(director, town), []string{w.left}},
	} {
		t.Run(c.who, func(t *testing.T) {
			for _, id := range c.hides {
				seen := w.seenBy(c.as, id)
				if id == w.left {
					require.Positive(t, seen["case_grant"])
					delete(seen, "case_grant") // that they were told of it, and nothing of it
				}
				if c.as.Has(cases.RoleSecAdmin, cases.RoleAuditAdmin) && !c.as.Holds(town) {
					delete(seen, "break_glass") // that a file was read in an emergency, and nothing of it
				}
				require.Empty(t, seen)
			}
		})
	}
}

func TestWhoMaySeeACaseSeesWhatHangsOnIt(t *testing.T) {
	w := newWorld(t)
	hanging := []string{"cases", "event", "obligation", "fact", "command", "sealed", "filing", "letter", "data_key"}
	for _, c := range []struct {
		as   cases.Post
		sees []string
	}{
		{desk, []string{w.own, w.sealed, w.recused}}, {head, []string{w.own, w.sealed, w.recused}}, {manager, []string{w.own, w.sealed}},
		{town, []string{w.own, w.sealed}}, {director, []string{w.own}}, {police, []string{w.own, w.sealed, w.recused}}, {education, []string{w.own}},
	} {
		for _, id := range c.sees {
			seen := w.seenBy(in(c.as), id)
			for _, table := range hanging {
				if table == "letter" && id != w.own {
					continue
				}
				require.NotZero(t, seen[table], "%s in %s", c.as, table)
			}
		}
	}
	// A person's own notices are theirs, and beside them those of the cases that they see.
	anna := records.Access{Person: w.anna, Posts: []cases.Post{director}}
	require.Equal(t, 3, w.seenBy(anna, "")["notice"])
	require.Equal(t, 3, w.seenBy(anna, "")["notice_cover"])
	require.Equal(t, 3, w.seenBy(in(head), "")["notice"])
	require.Equal(t, 1, w.seenBy(in(education), "")["notice"], "of the case that it has a task of")
	require.Zero(t, w.seenBy(in(cases.UnitPost("health", cases.RoleLiaison)), "")["notice"])
}

func TestColleaguesAreSeenByWhoLooksThroughTheirPlaces(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		as   records.Access
		sees bool
	}{
		{in(head), true},
		{in("city:379999000000/system_admin"), true},
		{in(town), true},
		{in("town:379999102000/supervisor"), false},
		{in("village:379999101204/director"), false},
		{in(police), false},
		{in("city:379999000000/audit_admin"), false},
		{records.Access{Person: w.anna}, true},
	} {
		seen := w.seenBy(c.as, w.anna)
		for _, table := range []string{"person", "holding", "leave", "data_key"} {
			require.Equal(t, c.sees, seen[table] > 0, "%v in %s", c.as.Posts, table)
		}
	}
	err := w.WithActor(t.Context(), in(head), func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `SELECT password FROM person`)
		return err
	})
	require.ErrorContains(t, err, "42501", "the app reads no password's hash")
}

func TestTheAppWritesInTheNameOfItsAskerOnly(t *testing.T) {
	w := newWorld(t)
	put := `INSERT INTO command (id, case_id, kind, step, status, by_person, by_post, body, at) VALUES (gen_random_uuid(), $1, 'report', 'x', $2, $3, $4, '{}', now())`
	me := in(desk)
	for _, c := range []struct {
		what string
		as   records.Access
		sql  string
		args []any
		ok   bool
	}{
		{"a command of one's own", me, put, []any{w.own, "pending", me.Person, desk}, true},
		{"one of somebody else", me, put, []any{w.own, "pending", in(town).Person, desk}, false},
		{"one in a post not held", me, put, []any{w.own, "pending", me.Person, head}, false},
		{"one of a hidden case", in(director), put, []any{w.sealed, "pending", in(director).Person, director}, false},
		{"words for a hidden case", in(director), `INSERT INTO sealed (item, field, case_id, compartment, body) VALUES ('i', 'f', $1, 1, '')`, []any{w.sealed}, false},
		{"a key for a hidden case", in(director), `INSERT INTO data_key (subject, compartment, wrapped) VALUES ($1, 5, '')`, []any{w.sealed}, false},
		{"somebody else's key", me, `INSERT INTO idempotency (actor, route, key, body, result, created) VALUES ('x', 'r', 'k', $1, '', now())`, []any{make([]byte, 32)}, false},
		{"a case", me, `UPDATE cases SET owner = owner WHERE id = $1`, []any{w.own}, false},
		{"an event", me, `DELETE FROM event WHERE case_id = $1`, []any{w.own}, false},
		{"a fact", me, `INSERT INTO fact (id, case_id, kind, occurred, received, by_person, body) VALUES ('f', $1, 'note', now(), now(), '', '{}')`, []any{w.own}, false},
		{"a holding", me, `INSERT INTO holding (post, person, deputy, from_at) VALUES ($1, $2, false, now())`, []any{desk, w.anna}, false},
		{"the audit log", me, `INSERT INTO audit (chain, seq, at, actor, action, object, detail, prev_hash, hash) VALUES ('c', 1, now(), '', '', '', '{}', $1, $1)`, []any{make([]byte, 32)}, false},
		{"a job", me, `DELETE FROM river_job`, nil, false},
	} {
		err := w.WithActor(t.Context(), c.as, func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), c.sql, c.args...)
			return err
		})
		if c.ok {
			require.NoError(t, err, c.what)
			continue
		}
		var pg *pgconn.PgError
		require.True(t, errors.As(err, &pg) && pg.Code == "42501", "%s: %v", c.what, err)
	}
	// Rows that are not theirs are not there to be changed.
	require.NoError(t, w.WithActor(t.Context(), in(town), func(tx pgx.Tx) error {
		for _, sql := range []string{`UPDATE command SET dropped = true`, `DELETE FROM sealed`, `UPDATE notice SET read_at = now()`} {
			tag, err := tx.Exec(t.Context(), sql)
			if err != nil || tag.RowsAffected() != 0 {
				return fmt.Errorf("%s: %d rows, %w", sql, tag.RowsAffected(), err)
			}
		}
		return nil
	}))
}

func TestTheEnginesConnectionsSeeNoCaseAsVisible(t *testing.T) {
	w := newWorld(t)
	require.Positive(t, w.count(`SELECT count(*) FROM cases`))
	require.Zero(t, w.count(`SELECT count(*) FROM visible_cases`), "a query for askers that the engine runs by mistake")
}

func TestOneAddressAsksAsTheAppToo(t *testing.T) {
	w := newWorld(t)
	one, err := postgres.Open(t.Context(), w.dsn, postgres.Options{Vault: w.vault, Now: func() time.Time { return w.now }})
	require.NoError(t, err)
	t.Cleanup(one.Close)
	_, err = one.GetCase(t.Context(), in(desk), w.sealed)
	require.NoError(t, err)
	_, err = one.GetCase(t.Context(), in(director), w.sealed)
	requireCode(t, cases.CodeNotFound, err)
	var role string
	require.NoError(t, one.WithActor(t.Context(), in(desk), func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT current_user`).Scan(&role)
	}))
	require.Equal(t, postgres.AppRole, role)
	require.NoError(t, one.Pool().QueryRow(t.Context(), `SELECT current_user`).Scan(&role))
	require.NotEqual(t, postgres.AppRole, role, "the connection is the engine's again")
}

func TestAnAddressOfTheWrongRoleIsRefused(t *testing.T) {
	b := setup(t)
	for _, c := range []struct{ engine, app string }{
		{b.app, b.app},       // the app cannot do the engine's work
		{b.engine, b.engine}, // the engine sees too much
		{b.engine, b.dsn},    // a superuser sees everything
	} {
		_, err := postgres.Open(t.Context(), c.engine, postgres.Options{AppDSN: c.app, Vault: b.vault})
		require.ErrorContains(t, err, "does not fit")
	}
}

func TestAnOwnerWithoutPowersMigratesAndReadsNothing(t *testing.T) {
	db := pgtest.New(t)
	owner := "owner_" + db.Name
	admin, err := pgx.Connect(t.Context(), db.DSN)
	require.NoError(t, err)
	exec := func(sql string) {
		_, err := admin.Exec(context.Background(), sql)
		require.NoError(t, err, sql)
	}
	exec(`CREATE ROLE ` + owner + ` LOGIN`)
	exec(`ALTER DATABASE ` + db.Name + ` OWNER TO ` + owner)
	t.Cleanup(func() {
		exec(`REASSIGN OWNED BY ` + owner + ` TO postgres; DROP OWNED BY ` + owner + `; DROP ROLE ` + owner)
		require.NoError(t, admin.Close(context.Background()))
	})
	for range 2 {
		require.NoError(t, postgres.Migrate(t.Context(), db.As(owner)))
	}
	exec(`SET ROLE tonghu_engine; INSERT INTO org (code, name) VALUES ('379999000000', '市'); RESET ROLE`)
	count := func(role string) (n int) {
		conn, err := pgx.Connect(t.Context(), db.As(role))
		require.NoError(t, err)
		defer func() { _ = conn.Close(context.Background()) }()
		require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM org`).Scan(&n))
		return n
	}
	require.Zero(t, count(owner))
	require.Equal(t, 1, count(postgres.EngineRole))
	require.Equal(t, 1, count(postgres.BackupRole))
	require.Zero(t, count(postgres.AppRole))
}
