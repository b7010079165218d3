-- +goose Up

-- The versions of the rules, for ever (时限版本): n grows; the newest of a policy is what new cases start with, with the calendar as it
-- is. A version that the program brought has no persons.
CREATE TABLE rule_version (
    n              int         PRIMARY KEY CHECK (n >= 1),
    policy         text        NOT NULL,
    rules          text        NOT NULL REFERENCES rules,
    document       text        NOT NULL,
    basis          text        NOT NULL,
    effective_from date        NOT NULL,
    -- The version that it brings back, if it is an undoing.
    undoes         int         REFERENCES rule_version,
    draft          uuid        UNIQUE,
    by_person      text        NOT NULL,
    by_post        text        NOT NULL,
    second         text        NOT NULL,
    second_post    text        NOT NULL,
    at             timestamptz NOT NULL,
    CONSTRAINT rule_version_two_persons CHECK ((draft IS NULL) = (by_person = '') AND (by_person = '') = (second = '') AND (by_person = '' OR by_person <> second)),
    CONSTRAINT rule_version_has_basis CHECK (draft IS NULL OR (document <> '' AND basis <> ''))
);

-- Drafts: rows are the amendments. base is the version that it was written on: a draft of an older one is not published.
CREATE TABLE rule_draft (
    id             uuid        PRIMARY KEY,
    base           int         NOT NULL CHECK (base >= 0),
    undoes         int         REFERENCES rule_version,
    document       text        NOT NULL,
    basis          text        NOT NULL,
    effective_from date        NOT NULL,
    rows           jsonb       NOT NULL,
    revision       int         NOT NULL CHECK (revision >= 1),
    status         text        NOT NULL CHECK (status IN ('draft', 'submitted', 'approved', 'published', 'withdrawn')),
    by_person      text        NOT NULL CHECK (by_person <> ''),
    by_post        text        NOT NULL CHECK (by_post <> ''),
    created        timestamptz NOT NULL,
    changed        timestamptz NOT NULL,
    -- Who looked at it as the second person, and what they said where they sent it back.
    second         text        NOT NULL DEFAULT '',
    second_post    text        NOT NULL DEFAULT '',
    remark         text        NOT NULL DEFAULT '',
    version        int         REFERENCES rule_version,
    CONSTRAINT rule_draft_not_own CHECK (second <> by_person),
    CONSTRAINT rule_draft_agreed CHECK (status NOT IN ('approved', 'published') OR second <> ''),
    CONSTRAINT rule_draft_published CHECK ((status = 'published') = (version IS NOT NULL))
);
CREATE INDEX rule_draft_newest ON rule_draft (changed DESC);
-- One at most waits for its day.
CREATE UNIQUE INDEX rule_draft_approved ON rule_draft (status) WHERE status = 'approved';

-- What a draft would have made of past cases. Cases from which somebody who reads drafts is kept are left out.
CREATE TABLE rule_simulation (
    id        uuid        PRIMARY KEY,
    draft     uuid        NOT NULL REFERENCES rule_draft,
    revision  int         NOT NULL,
    -- The rules that are compared.
    before    text        NOT NULL REFERENCES rules,
    after     text        NOT NULL REFERENCES rules,
    from_at   timestamptz NOT NULL,
    until_at  timestamptz NOT NULL,
    status    text        NOT NULL CHECK (status IN ('running', 'done', 'cancelled')),
    total     int         NOT NULL,
    done      int         NOT NULL DEFAULT 0,
    -- The last case that is counted in.
    past      uuid,
    result    jsonb       NOT NULL DEFAULT '{}',
    by_person text        NOT NULL,
    by_post   text        NOT NULL,
    at        timestamptz NOT NULL,
    ended_at  timestamptz,
    CONSTRAINT rule_simulation_span CHECK (until_at > from_at),
    CONSTRAINT rule_simulation_end CHECK ((status = 'running') = (ended_at IS NULL))
);
CREATE INDEX rule_simulation_draft ON rule_simulation (draft, at DESC);

-- Who imported which working calendar; the command line has no person.
CREATE TABLE calendar_import (
    id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL,
    by_person text        NOT NULL,
    by_post   text        NOT NULL,
    version   text        NOT NULL,
    from_day  date        NOT NULL,
    to_day    date        NOT NULL,
    sources   text[]      NOT NULL,
    rules     text        NOT NULL REFERENCES rules
);

-- What is published stays as it was.
-- +goose StatementBegin
CREATE FUNCTION tonghu_stays_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'TG500', MESSAGE = 'a published version stays as it is';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER stays_published BEFORE UPDATE OR DELETE ON rule_version FOR EACH ROW EXECUTE FUNCTION tonghu_stays_published();

SELECT tonghu_lock_tables();

-- Versions and calendars are for everyone who is signed in; drafts for those who write, agree to, or administer them (cases.DraftRules).
CREATE FUNCTION tonghu_drafts_rules() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN EXISTS (SELECT FROM unnest(tonghu_posts()) AS p (name) WHERE split_part(split_part(p.name, '/', 2), '#', 1) IN ('head', 'bureau', 'system_admin'));
CREATE POLICY app ON rule_version FOR SELECT TO tonghu_app USING ((SELECT cardinality(tonghu_posts())) > 0);
CREATE POLICY app ON calendar_import FOR SELECT TO tonghu_app USING ((SELECT cardinality(tonghu_posts())) > 0);
CREATE POLICY app ON rule_draft FOR SELECT TO tonghu_app USING ((SELECT tonghu_drafts_rules()));
CREATE POLICY app ON rule_simulation FOR SELECT TO tonghu_app USING ((SELECT tonghu_drafts_rules()));
GRANT SELECT ON rule_version, rule_draft, rule_simulation, calendar_import TO tonghu_app;

-- +goose Down
DROP TABLE calendar_import, rule_simulation, rule_draft, rule_version;
DROP FUNCTION tonghu_stays_published, tonghu_drafts_rules;
