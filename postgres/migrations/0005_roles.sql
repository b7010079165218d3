-- +goose Up

-- Who may touch what, kept by PostgreSQL itself. The roles exist before this runs (postgres.Migrate makes them):
--   tonghu_app     what a signed-in person asks for; sees by the settings of its transaction, and nothing without them
--   tonghu_engine  what the product does by itself: filing, deciding, telling, the job queue, sessions
--   tonghu_backup  reads everything, for a dump
-- The owner reads no row, but while migrations run: row-level security is forced. A new table is locked for all but engine and
-- backup by tonghu_lock_tables, which every run of migrations ends with; what the app may see of it is for its own migration to say.

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO tonghu_app, tonghu_engine, tonghu_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO tonghu_engine;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO tonghu_backup;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO tonghu_engine;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO tonghu_backup;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO tonghu_engine;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO tonghu_backup;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO tonghu_engine;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON SEQUENCES TO tonghu_backup;

-- What the policies need beside the rows that they guard: who is recused, so that nobody learns of a case by being recused from it,
-- and when the case was opened, so that the cases of a post are found in order.
CREATE FUNCTION tonghu_recused(state jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY(SELECT jsonb_array_elements_text(CASE jsonb_typeof(state->'recused') WHEN 'array' THEN state->'recused' ELSE '[]' END));
ALTER TABLE cases ADD COLUMN recused text[] NOT NULL GENERATED ALWAYS AS (tonghu_recused(state)) STORED;
ALTER TABLE case_grant ADD COLUMN opened timestamptz, ADD COLUMN recused text[] NOT NULL DEFAULT '{}';
UPDATE case_grant g SET opened = c.opened, recused = c.recused FROM cases c WHERE c.id = g.case_id;
ALTER TABLE case_grant ALTER COLUMN opened SET NOT NULL;
DROP INDEX case_grant_post;
CREATE INDEX case_grant_post ON case_grant (post, opened DESC, case_id DESC);

-- The asker of this transaction: WithActor sets who it is, the posts held, and the areas that these see (from lo, before hi;
-- deep ones with the 性侵 compartment, and without those that another manager has where own is a manager's post). dir_lo and dir_hi are the places whose posts may be looked through.

CREATE FUNCTION tonghu_asker() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('tonghu.person', true), '');
CREATE FUNCTION tonghu_asker_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN current_setting('tonghu.person', true) ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN current_setting('tonghu.person', true)::uuid END;
CREATE FUNCTION tonghu_posts() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('tonghu.posts', true), '')::text[];
CREATE FUNCTION tonghu_lo() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('tonghu.lo', true), '')::text[];
CREATE FUNCTION tonghu_hi() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('tonghu.hi', true), '')::text[];
CREATE FUNCTION tonghu_deep() RETURNS boolean[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('tonghu.deep', true), '')::boolean[];

CREATE FUNCTION tonghu_own() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('tonghu.own', true), '')::text[];

-- tonghu_lock_tables puts row-level security on every table that has none, and lets engine and backup through. The two tables
-- in which migrations keep their own count stay as they are.
-- +goose StatementBegin
CREATE FUNCTION tonghu_lock_tables() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    t regclass;
BEGIN
    FOR t IN
        SELECT c.oid FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            AND c.relname NOT IN ('goose_db_version', 'river_migration')
        ORDER BY c.relname
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
        IF NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t AND p.polname = 'engine') THEN
            EXECUTE format('CREATE POLICY engine ON %s TO tonghu_engine USING (true)', t);
        END IF;
        IF NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t AND p.polname = 'backup') THEN
            EXECUTE format('CREATE POLICY backup ON %s FOR SELECT TO tonghu_backup USING (true)', t);
        END IF;
    END LOOP;
END
$$;
-- +goose StatementEnd
SELECT tonghu_lock_tables();

-- What the app sees. A scalar subquery is asked once for each row that gets that far, by an index, and never turned into a scan of
-- all: an EXISTS or IN may be.

-- A case: by its area, or by a post that has to do with it; the village posts never see one in the compartment; a person with any
-- recused post sees nothing of it, whatever else they hold (DOMAIN 8a.1, 8a.8).
CREATE POLICY app ON cases FOR SELECT TO tonghu_app USING (
    (
        (SELECT true FROM unnest((SELECT tonghu_lo()), (SELECT tonghu_hi()), (SELECT tonghu_deep()), (SELECT tonghu_own())) AS s (lo, hi, deep, own)
         WHERE cases.org >= s.lo COLLATE "C" AND cases.org < s.hi COLLATE "C" AND (s.deep OR NOT cases.compartment)
             AND (s.own = '' OR cases.owner = s.own OR split_part(split_part(cases.owner, '/', 2), '#', 1) <> 'manager') LIMIT 1)
        OR (SELECT true FROM case_grant g
            WHERE g.case_id = cases.id AND g.post = ANY ((SELECT tonghu_posts())::text[])
                AND NOT (cases.compartment AND split_part(split_part(g.post, '/', 2), '#', 1) = 'director') LIMIT 1)
    )
    AND NOT cases.recused && (SELECT tonghu_posts())::text[]
);
CREATE POLICY app ON case_grant FOR SELECT TO tonghu_app USING (
    post = ANY ((SELECT tonghu_posts())::text[]) AND NOT recused && (SELECT tonghu_posts())::text[]);
GRANT SELECT ON cases, case_grant TO tonghu_app;

-- visible_cases are the cases of the asker. It is for the app alone: where row-level security lets more through, it shows nothing.
DROP VIEW visible_cases;
CREATE VIEW visible_cases WITH (security_invoker = true) AS
SELECT c.* FROM cases c WHERE (SELECT NOT pg_has_role('tonghu_engine', 'USAGE') AND pg_has_role('tonghu_app', 'USAGE'));
GRANT SELECT ON visible_cases TO tonghu_app;

-- What hangs on a case is seen with it.
CREATE POLICY app ON event FOR SELECT TO tonghu_app USING ((SELECT true FROM cases c WHERE c.id = event.case_id));
CREATE POLICY app ON obligation FOR SELECT TO tonghu_app USING ((SELECT true FROM cases c WHERE c.id = obligation.case_id));
CREATE POLICY app ON fact FOR SELECT TO tonghu_app USING ((SELECT true FROM cases c WHERE c.id = fact.case_id));
CREATE POLICY app ON letter FOR SELECT TO tonghu_app USING ((SELECT true FROM cases c WHERE c.id = letter.case_id));
CREATE POLICY app ON filing FOR SELECT TO tonghu_app USING ((SELECT true FROM cases c WHERE c.id = filing.case_id));
CREATE POLICY app ON case_token FOR SELECT TO tonghu_app USING ((SELECT true FROM cases c WHERE c.id = case_token.case_id));
GRANT SELECT ON event, obligation, fact, letter, filing, case_token TO tonghu_app;

-- A command is put by the person who asks, in a post that they hold, and waits for its case. Its author may drop the draft.
CREATE POLICY app ON command FOR SELECT TO tonghu_app USING ((SELECT true FROM cases c WHERE c.id = command.case_id));
CREATE POLICY app_puts ON command FOR INSERT TO tonghu_app WITH CHECK (
    status = 'pending' AND by_person = (SELECT coalesce(tonghu_asker(), '')) AND by_post = ANY ((SELECT tonghu_posts())::text[])
    AND (SELECT true FROM cases c WHERE c.id = command.case_id));
CREATE POLICY app_drops ON command FOR UPDATE TO tonghu_app USING (by_person = (SELECT tonghu_asker()));
GRANT SELECT, INSERT, UPDATE (dropped) ON command TO tonghu_app;

CREATE POLICY app ON sealed FOR SELECT TO tonghu_app USING ((SELECT true FROM cases c WHERE c.id = sealed.case_id));
CREATE POLICY app_puts ON sealed FOR INSERT TO tonghu_app WITH CHECK ((SELECT true FROM cases c WHERE c.id = sealed.case_id));
CREATE POLICY app_drops ON sealed FOR DELETE TO tonghu_app
    USING ((SELECT c.by_person = (SELECT tonghu_asker()) FROM command c WHERE c.id = sealed.item));
GRANT SELECT, INSERT, DELETE ON sealed TO tonghu_app;

CREATE POLICY app ON idempotency FOR SELECT TO tonghu_app USING (actor = (SELECT tonghu_asker()));
CREATE POLICY app_puts ON idempotency FOR INSERT TO tonghu_app WITH CHECK (actor = (SELECT tonghu_asker()));
GRANT SELECT, INSERT ON idempotency TO tonghu_app;

-- What is no secret among those who are signed in.
CREATE POLICY app ON rules FOR SELECT TO tonghu_app USING ((SELECT cardinality(tonghu_posts())) > 0);
CREATE POLICY app ON org FOR SELECT TO tonghu_app USING ((SELECT cardinality(tonghu_posts())) > 0);
CREATE POLICY app ON unit FOR SELECT TO tonghu_app USING ((SELECT cardinality(tonghu_posts())) > 0);
GRANT SELECT ON rules, org, unit TO tonghu_app;

-- Posts of the places that the asker looks through, and their own; who is in them; how these are called. Passwords are not read.
CREATE POLICY app ON post FOR SELECT TO tonghu_app USING (
    org >= (SELECT current_setting('tonghu.dir_lo', true)) AND org < (SELECT nullif(current_setting('tonghu.dir_hi', true), ''))
    OR name = ANY ((SELECT tonghu_posts())::text[]));
CREATE POLICY app ON holding FOR SELECT TO tonghu_app USING (
    person = (SELECT tonghu_asker_id()) OR (SELECT true FROM post p WHERE p.name = holding.post));
CREATE POLICY app ON person FOR SELECT TO tonghu_app USING (
    id = (SELECT tonghu_asker_id()) OR (SELECT true FROM holding h WHERE h.person = person.id LIMIT 1));
CREATE POLICY app ON leave FOR SELECT TO tonghu_app USING ((SELECT true FROM person p WHERE p.id = leave.person));
GRANT SELECT ON post, holding, leave TO tonghu_app;
GRANT SELECT (id, login, sealed, channels, active) ON person TO tonghu_app;

-- The keys of what is seen. Who opens what with them is for the vault's callers to say.
CREATE POLICY app ON data_key FOR SELECT TO tonghu_app USING (
    CASE WHEN subject ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
        (SELECT true FROM cases c WHERE c.id = subject::uuid) OR (SELECT true FROM person p WHERE p.id = subject::uuid)
    END);
CREATE POLICY app_puts ON data_key FOR INSERT TO tonghu_app WITH CHECK (
    CASE WHEN subject ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN (SELECT true FROM cases c WHERE c.id = subject::uuid) END);
GRANT SELECT, INSERT ON data_key TO tonghu_app;

-- A person's own notices, and how far they came.
CREATE POLICY app ON notice FOR SELECT TO tonghu_app USING (person = (SELECT tonghu_asker_id()));
CREATE POLICY app_reads ON notice FOR UPDATE TO tonghu_app USING (person = (SELECT tonghu_asker_id()));
CREATE POLICY app ON notice_delivery FOR SELECT TO tonghu_app USING (person = (SELECT tonghu_asker_id()));
CREATE POLICY app ON notice_cover FOR SELECT TO tonghu_app USING ((SELECT true FROM notice n WHERE n.id = notice_cover.notice));
GRANT SELECT, UPDATE (read_at) ON notice TO tonghu_app;
GRANT SELECT ON notice_delivery, notice_cover TO tonghu_app;

-- 三权分立: who holds an administrator's post holds no other role at the same time, and nobody holds the product's own. cases.Separate
-- says the same in Go.
CREATE FUNCTION tonghu_administrator(post text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT r FROM (SELECT split_part(split_part(post, '/', 2), '#', 1) AS r) x WHERE r IN ('system_admin', 'security_admin', 'audit_admin'));
-- +goose StatementBegin
CREATE FUNCTION tonghu_separate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(NEW.person::text, 13));
    IF NEW.post = 'system/system' OR EXISTS (
        SELECT FROM holding h
        WHERE h.person = NEW.person AND tstzrange(h.from_at, h.until_at) && tstzrange(NEW.from_at, NEW.until_at)
            AND tonghu_administrator(h.post) IS DISTINCT FROM tonghu_administrator(NEW.post))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'TG403', MESSAGE = 'the posts are to be separate persons';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER holding_separate AFTER INSERT OR UPDATE OF post, person, from_at, until_at ON holding
    FOR EACH ROW EXECUTE FUNCTION tonghu_separate();

-- +goose Down
DROP TRIGGER holding_separate ON holding;
DROP FUNCTION tonghu_separate, tonghu_administrator;

-- +goose StatementBegin
DO $$
DECLARE
    p record;
BEGIN
    FOR p IN SELECT polname, polrelid::regclass AS t FROM pg_policy WHERE polroles && ARRAY['tonghu_app'::regrole::oid, 'tonghu_engine'::regrole::oid, 'tonghu_backup'::regrole::oid]
    LOOP
        EXECUTE format('DROP POLICY %I ON %s', p.polname, p.t);
        EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY', p.t);
    END LOOP;
END
$$;
-- +goose StatementEnd
DROP VIEW visible_cases;
DROP INDEX case_grant_post;
ALTER TABLE case_grant DROP COLUMN opened, DROP COLUMN recused;
CREATE INDEX case_grant_post ON case_grant (post, case_id);
ALTER TABLE cases DROP COLUMN recused;
DROP FUNCTION tonghu_recused;
CREATE VIEW visible_cases AS SELECT * FROM cases WHERE false;
DROP FUNCTION tonghu_lock_tables, tonghu_asker, tonghu_asker_id, tonghu_posts, tonghu_lo, tonghu_hi, tonghu_deep, tonghu_own;
