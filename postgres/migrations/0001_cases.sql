-- +goose Up

-- Cases and what hangs on them: events, obligations, facts, commands, sealed words, filings, letters, notices to be made.
-- The down migration is at the end; it is for development only.

-- tonghu_overdue is the one place in SQL that says what is late; cases.Obligation.Overdue says the same in Go.
CREATE FUNCTION tonghu_overdue(due timestamptz, paused_since timestamptz, at timestamptz) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN paused_since IS NULL AND due < at;

-- Rules that cases run by (规则快照). Exactly one row is what new cases start with.
CREATE TABLE rules (
    hash    text        PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'),
    policy  text        NOT NULL,
    version text        NOT NULL,
    body    jsonb       NOT NULL,
    current boolean     NOT NULL DEFAULT false,
    stored  timestamptz NOT NULL
);
CREATE UNIQUE INDEX rules_current ON rules (current) WHERE current;

-- Numbers of a year: of reports, guardianships, 转办函 and 督办单. A gap means nothing.
CREATE TABLE counter (
    name text NOT NULL,
    year int  NOT NULL,
    n    int  NOT NULL CHECK (n > 0),
    PRIMARY KEY (name, year)
);

-- One case each. state is the engine's; every other column repeats a part of it for lists, or belongs to the store.
CREATE TABLE cases (
    id           uuid        PRIMARY KEY,
    number       text        NOT NULL UNIQUE,
    kind         text        NOT NULL CHECK (kind IN ('report', 'guardianship')),
    seq          bigint      NOT NULL CHECK (seq >= 1),
    decision_seq bigint      NOT NULL CHECK (decision_seq >= 0),
    rules        text        NOT NULL REFERENCES rules,
    stage        text        NOT NULL,
    phase        text        NOT NULL CHECK (phase IN ('discovery', 'rescue', 'guidance', 'followup')),
    outcome      text        NOT NULL,
    colour       text        NOT NULL CHECK (colour IN ('red', 'yellow', 'blue', 'green')),
    owner        text        NOT NULL CHECK (owner <> ''),
    org          text        COLLATE "C" NOT NULL CHECK (org ~ '^[0-9]{12}$'),
    compartment  boolean     NOT NULL,
    opened       timestamptz NOT NULL,
    closed_at    timestamptz,
    -- The earliest thing owed whose clock does not stand.
    next_due     timestamptz,
    next_key     text,
    merged_into  uuid        REFERENCES cases DEFERRABLE INITIALLY DEFERRED,
    -- Set once the workflow is known to run; a case is never without one for long.
    started_at   timestamptz,
    state        jsonb       NOT NULL,
    CONSTRAINT cases_state_agrees CHECK (
        state->>'id' = id::text AND (state->>'seq')::bigint = seq AND state->>'kind' = kind
        AND state->>'stage' = stage AND state->>'owner' = owner AND state->>'org' = org),
    CONSTRAINT cases_closed_has_time CHECK ((stage = 'closed') = (closed_at IS NOT NULL)),
    CONSTRAINT cases_closed_owes_nothing CHECK (
        stage <> 'closed' OR (next_due IS NULL AND coalesce(jsonb_array_length(nullif(state->'obligations', 'null')), 0) = 0)),
    CONSTRAINT cases_next_is_whole CHECK ((next_due IS NULL) = (next_key IS NULL)),
    CONSTRAINT cases_owner_not_recused CHECK (NOT coalesce(state->'recused' ? owner, false)),
    CONSTRAINT cases_not_into_itself CHECK (merged_into <> id)
) WITH (fillfactor = 80);
CREATE INDEX cases_newest ON cases (opened DESC, id DESC);
CREATE INDEX cases_org ON cases (org, opened DESC, id DESC);
CREATE INDEX cases_next_due ON cases (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX cases_open ON cases (id) WHERE stage <> 'closed';
CREATE INDEX cases_not_started ON cases (opened) WHERE started_at IS NULL AND stage <> 'closed';
CREATE INDEX cases_merged ON cases (merged_into) WHERE merged_into IS NOT NULL;

-- Posts that see nothing of a case, not even that it exists (DOMAIN 8a.1).
CREATE TABLE case_recused (
    case_id uuid NOT NULL REFERENCES cases,
    post    text NOT NULL,
    PRIMARY KEY (case_id, post)
);

-- Posts that see a case outside of their area: on duty in it now, or once told of it.
CREATE TABLE case_grant (
    case_id uuid NOT NULL REFERENCES cases,
    post    text NOT NULL,
    why     text NOT NULL CHECK (why IN ('duty', 'told')),
    PRIMARY KEY (case_id, post, why)
);
CREATE INDEX case_grant_post ON case_grant (post, case_id);

-- What the asker of this transaction may see. WithActor sets the four settings; without them there is nothing. The village posts of
-- a case in the 性侵 compartment see it by no way. A person with any recused post sees nothing of the case, whatever else they hold.
CREATE VIEW visible_cases AS
SELECT c.* FROM cases c
WHERE (
        EXISTS (
            SELECT 1 FROM unnest(
                (SELECT nullif(current_setting('tonghu.lo', true), '')::text[]),
                (SELECT nullif(current_setting('tonghu.hi', true), '')::text[]),
                (SELECT nullif(current_setting('tonghu.deep', true), '')::boolean[])) AS s(lo, hi, deep)
            WHERE c.org >= s.lo COLLATE "C" AND c.org < s.hi COLLATE "C" AND (s.deep OR NOT c.compartment))
        OR EXISTS (
            SELECT 1 FROM case_grant g
            WHERE g.case_id = c.id AND g.post = ANY ((SELECT nullif(current_setting('tonghu.posts', true), '')::text[])::text[])
              AND NOT (c.compartment AND split_part(split_part(g.post, '/', 2), '#', 1) = 'director'))
    )
    AND NOT EXISTS (
        SELECT 1 FROM case_recused r
        WHERE r.case_id = c.id AND r.post = ANY ((SELECT nullif(current_setting('tonghu.posts', true), '')::text[])::text[]));

-- A case's timeline: what each change did, in ids, enums and times.
CREATE TABLE event (
    case_id uuid        NOT NULL REFERENCES cases,
    seq     bigint      NOT NULL CHECK (seq >= 1),
    idx     int         NOT NULL CHECK (idx >= 0),
    at      timestamptz NOT NULL,
    type    text        NOT NULL,
    body    jsonb       NOT NULL,
    PRIMARY KEY (case_id, seq, idx)
);

-- What is or was owed (待办). Overdue is computed, never stored.
CREATE TABLE obligation (
    id           uuid        PRIMARY KEY,
    case_id      uuid        NOT NULL REFERENCES cases,
    key          text        NOT NULL,
    occurrence   int         NOT NULL CHECK (occurrence >= 1),
    epoch        int         NOT NULL CHECK (epoch >= 1),
    rule         text        NOT NULL,
    owner        text        NOT NULL,
    due          timestamptz NOT NULL,
    provisional  boolean     NOT NULL,
    paused_since timestamptz,
    rung         int         NOT NULL,
    body         jsonb       NOT NULL,
    ended_at     timestamptz,
    how          text        CHECK (how IN ('met', 'released')),
    reason       text        NOT NULL DEFAULT '',
    UNIQUE (case_id, key, occurrence),
    CONSTRAINT obligation_end_is_whole CHECK ((ended_at IS NULL) = (how IS NULL))
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX obligation_owed_once ON obligation (case_id, key) WHERE ended_at IS NULL;
CREATE INDEX obligation_worklist ON obligation (owner, due, id) WHERE ended_at IS NULL;
CREATE INDEX obligation_due ON obligation (due, id) WHERE ended_at IS NULL;
CREATE INDEX obligation_provisional ON obligation (case_id) WHERE ended_at IS NULL AND provisional;

-- Each rung of each obligation once, for ever.
CREATE TABLE rung (
    case_id    uuid        NOT NULL REFERENCES cases,
    key        text        NOT NULL,
    occurrence int         NOT NULL,
    epoch      int         NOT NULL,
    rung       int         NOT NULL,
    due        timestamptz NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (case_id, key, occurrence, epoch, rung)
);

-- What happened outside the case, committed before the case learns of it. serial only breaks ties: a lower one can commit later.
CREATE TABLE fact (
    id          text        PRIMARY KEY CHECK (id <> ''),
    case_id     uuid        NOT NULL REFERENCES cases,
    kind        text        NOT NULL,
    occurred    timestamptz NOT NULL,
    received    timestamptz NOT NULL,
    by_person   text        NOT NULL,
    body        jsonb       NOT NULL,
    serial      bigint      GENERATED ALWAYS AS IDENTITY,
    applied_seq bigint      CHECK (applied_seq > 1)
);
CREATE INDEX fact_waiting ON fact (case_id, received, serial) WHERE applied_seq IS NULL;
CREATE INDEX fact_waiting_age ON fact (received) WHERE applied_seq IS NULL;

-- A decision on its way: pending, then recorded by the case's own change, then answered; or refused, and then its author's draft.
CREATE TABLE command (
    id        text        PRIMARY KEY CHECK (id <> ''),
    case_id   uuid        NOT NULL REFERENCES cases,
    kind      text        NOT NULL,
    step      text        NOT NULL,
    status    text        NOT NULL CHECK (status IN ('pending', 'recorded', 'answered', 'refused')),
    by_person text        NOT NULL,
    by_post   text        NOT NULL,
    body      jsonb       NOT NULL,
    -- The rules that it brings (step recalculate); body is without them.
    rules     text        REFERENCES rules,
    result    jsonb,
    refusal   jsonb,
    at        timestamptz NOT NULL,
    ended_at  timestamptz,
    -- The author threw the draft away, or its 30 days are over: its words are gone.
    dropped   boolean     NOT NULL DEFAULT false,
    CONSTRAINT command_recorded_has_result CHECK ((status IN ('recorded', 'answered')) = (result IS NOT NULL)),
    CONSTRAINT command_refused_has_refusal CHECK ((status = 'refused') = (refusal IS NOT NULL)),
    CONSTRAINT command_pending_has_no_end CHECK ((status = 'pending') = (ended_at IS NULL))
);
CREATE INDEX command_pending ON command (at, id) WHERE status = 'pending';
CREATE INDEX command_pending_of_case ON command (case_id) WHERE status = 'pending';
CREATE INDEX command_drafts ON command (by_person, ended_at) WHERE status = 'refused' AND NOT dropped;

-- Data keys, wrapped by the vault: one per subject (a case, a person) and compartment. Emptying wrapped erases what it sealed.
CREATE TABLE data_key (
    subject     text     NOT NULL CHECK (subject <> ''),
    compartment smallint NOT NULL CHECK (compartment BETWEEN 1 AND 5),
    wrapped     bytea    NOT NULL,
    PRIMARY KEY (subject, compartment)
);

-- The words of a form or a fact, sealed, by field. item is the command's or the fact's id.
CREATE TABLE sealed (
    item        text     NOT NULL,
    field       text     NOT NULL,
    case_id     uuid     NOT NULL REFERENCES cases,
    compartment smallint NOT NULL CHECK (compartment BETWEEN 1 AND 5),
    body        bytea    NOT NULL,
    PRIMARY KEY (item, field)
);
CREATE INDEX sealed_case ON sealed (case_id);

-- A report as it was filed. A merge leaves it with the case it opened.
CREATE TABLE filing (
    case_id      uuid        PRIMARY KEY REFERENCES cases,
    receipt_hash bytea       NOT NULL UNIQUE CHECK (octet_length(receipt_hash) >= 16),
    unit         text        NOT NULL,
    by_person    text        NOT NULL,
    found_at     timestamptz,
    filed_at     timestamptz NOT NULL,
    child        bytea,
    reporter     bytea,
    narrative    bytea
);
CREATE INDEX filing_by ON filing (by_person, filed_at DESC) WHERE by_person <> '';

-- Blind-index tokens of a child's name and numbers, one row each (vault.Tokens).
CREATE TABLE case_token (
    kind    smallint NOT NULL,
    token   bytea    NOT NULL CHECK (octet_length(token) = 16),
    case_id uuid     NOT NULL REFERENCES cases,
    PRIMARY KEY (kind, token, case_id)
);
CREATE INDEX case_token_case ON case_token (case_id);

-- Lines between reporters and the office. id is the fact's. case_id is the case whose key sealed the body.
CREATE TABLE message (
    id      text        PRIMARY KEY CHECK (id <> ''),
    case_id uuid        NOT NULL REFERENCES cases,
    at      timestamptz NOT NULL,
    sender  text        NOT NULL CHECK (sender IN ('reporter', 'office')),
    body    bytea       NOT NULL
);
CREATE INDEX message_case ON message (case_id, at);

-- Which filings' reporters read a line: merging two reports shows neither reporter the other's words.
CREATE TABLE message_filing (
    case_id    uuid NOT NULL REFERENCES filing,
    message_id text NOT NULL REFERENCES message,
    PRIMARY KEY (case_id, message_id)
);

-- One act per key. The row is written with the act, so a key in flight has none: it is told by an advisory lock.
CREATE TABLE idempotency (
    actor   text        NOT NULL,
    route   text        NOT NULL,
    key     text        NOT NULL CHECK (key <> ''),
    body    bytea       NOT NULL CHECK (octet_length(body) = 32),
    result  text        NOT NULL,
    created timestamptz NOT NULL,
    PRIMARY KEY (actor, route, key)
);
CREATE INDEX idempotency_created ON idempotency (created);

-- Numbered papers: a department's 转办函 (task) and a 督办单 (order).
CREATE TABLE letter (
    case_id uuid        NOT NULL REFERENCES cases,
    kind    text        NOT NULL CHECK (kind IN ('task', 'order')),
    n       int         NOT NULL CHECK (n >= 1),
    number  text        NOT NULL UNIQUE,
    post    text        NOT NULL,
    measure text        NOT NULL,
    -- The command that gave the task; '' for what the ladder drafted.
    command text        NOT NULL,
    issued  timestamptz NOT NULL,
    due     timestamptz,
    PRIMARY KEY (case_id, kind, n)
);

-- Who is to be told of what: one row for each post that an event names. The notice job resolves posts to persons.
CREATE TABLE notice_intent (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id    uuid        NOT NULL REFERENCES cases,
    seq        bigint      NOT NULL,
    idx        int         NOT NULL,
    post       text        NOT NULL,
    type       text        NOT NULL,
    key        text        NOT NULL,
    occurrence int         NOT NULL,
    epoch      int         NOT NULL,
    rung       int         NOT NULL,
    rung_name  text        NOT NULL,
    urgent     boolean     NOT NULL,
    due        timestamptz,
    at         timestamptz NOT NULL,
    -- Set when the notices to persons are made.
    resolved_at timestamptz,
    UNIQUE (case_id, seq, idx, post)
);
CREATE INDEX notice_intent_waiting ON notice_intent (id) WHERE resolved_at IS NULL;

-- The audit log: append-only, chained by hash (package vault/audit). A case has a chain, and so has what each actor read.
CREATE TABLE audit (
    chain     text        NOT NULL,
    seq       bigint      NOT NULL CHECK (seq >= 1),
    at        timestamptz NOT NULL,
    actor     text        NOT NULL,
    action    text        NOT NULL,
    object    text        NOT NULL,
    detail    text[]      NOT NULL,
    prev_hash bytea       NOT NULL CHECK (octet_length(prev_hash) = 32),
    hash      bytea       NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (chain, seq)
);

-- +goose Down
DROP TABLE audit, notice_intent, letter, idempotency, message_filing, message, case_token, filing, sealed, data_key, command, fact, rung,
    obligation, event, case_grant, case_recused, cases, counter, rules CASCADE;
DROP FUNCTION tonghu_overdue;
