-- What supervision (督办) counts by, and the book of what was taken out of the product.

-- +goose Up

-- A time as cases writes it into JSON: RFC 3339 with its zone, so that it is the same in every session.
CREATE FUNCTION tonghu_instant(written text) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN written::timestamptz;

-- tonghu_at_risk is the one place in SQL that says what may soon be late; cases.Obligation.AtRisk says the same in Go.
CREATE FUNCTION tonghu_at_risk(started timestamptz, due timestamptz, paused_since timestamptz, at timestamptz) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN paused_since IS NULL AND due >= at AND due - at < interval '72 hours' AND (due - at) * 4 <= due - started;

-- What a key is of ("task" of "task:3"), and from when its deadline is counted. Columns and not expressions: behind row-level
-- security an index is used for plain comparisons only.
ALTER TABLE obligation
    ADD COLUMN base text NOT NULL GENERATED ALWAYS AS (split_part(key, ':', 1)) STORED,
    ADD COLUMN started timestamptz NOT NULL GENERATED ALWAYS AS (tonghu_instant(body ->> 'start')) STORED;
CREATE INDEX obligation_started ON obligation (base, started);
CREATE INDEX event_rung ON event (at) WHERE type = 'rung';
CREATE INDEX letter_issued ON letter (kind, issued DESC, case_id, n);

-- What was taken out: by whom, what, for which purpose and why. reason is sealed under the person's own key; the audit log holds
-- the id, and so does the workbook.
CREATE TABLE export (
    id      uuid        PRIMARY KEY,
    person  text        NOT NULL CHECK (person <> ''),
    at      timestamptz NOT NULL,
    what    text        NOT NULL,
    purpose text        NOT NULL,
    reason  bytea       NOT NULL,
    rows    int         NOT NULL CHECK (rows >= 0)
);
CREATE INDEX export_at ON export (at);

-- +goose Down
DROP TABLE export;
DROP INDEX letter_issued, event_rung, obligation_started;
ALTER TABLE obligation DROP COLUMN base, DROP COLUMN started;
DROP FUNCTION tonghu_at_risk, tonghu_instant;
