-- Who reported stands in no column: not as a person, not as a post, not as a unit (意见 13).

-- +goose Up

-- The author's person and the duty unit in whose name a report was filed are sealed with the reporter. What is left of them here are
-- blind tokens (vault.Author, vault.Unit), by which an author finds the own reports and a unit those that are filed in its name.
ALTER TABLE filing
    DROP COLUMN by_person,
    DROP COLUMN unit,
    ADD COLUMN author bytea CHECK (octet_length(author) = 16),
    ADD COLUMN unit bytea CHECK (octet_length(unit) = 16);
CREATE INDEX filing_author ON filing (author, filed_at DESC, case_id) WHERE author IS NOT NULL;
CREATE INDEX filing_unit ON filing (unit, filed_at DESC, case_id) WHERE unit IS NOT NULL;

-- Reports that were filed before lose their authors: a token cannot be made in SQL. Only the desk is kept, which writes down what
-- others tell. The audit log cannot be changed; nothing was released before this, and an instance of then is to be made anew.
ALTER TABLE event NO FORCE ROW LEVEL SECURITY;
UPDATE event SET body = body - 'actor'
WHERE type = 'opened' AND body ->> 'from' = 'draft' AND split_part(split_part(body -> 'actor' ->> 'post', '/', 2), '#', 1) <> 'desk';
ALTER TABLE event FORCE ROW LEVEL SECURITY;

-- The actor of a report's key is a token too, and what every key stood for a keyed hash: older rows can be compared with nothing.
ALTER TABLE idempotency NO FORCE ROW LEVEL SECURITY;
DELETE FROM idempotency;
ALTER TABLE idempotency FORCE ROW LEVEL SECURITY;

-- asks: the line waits for the reporter's answer (请补充).
ALTER TABLE message ADD COLUMN asks boolean NOT NULL DEFAULT false;

-- The case that a case is now part of: itself, unless it was merged.
-- +goose StatementBegin
CREATE FUNCTION tonghu_now_part_of(of uuid) RETURNS uuid LANGUAGE sql STABLE AS $$
    WITH RECURSIVE way AS (
        SELECT c.id, c.merged_into, 0 AS depth FROM cases c WHERE c.id = of
        UNION ALL
        SELECT c.id, c.merged_into, way.depth + 1 FROM cases c JOIN way ON c.id = way.merged_into WHERE way.depth < 50
    )
    SELECT way.id FROM way ORDER BY way.depth DESC LIMIT 1
$$;
-- +goose StatementEnd

-- A case that another led to, or became part of, is found by that one's child too. source is where a token came from: with the
-- source's file it is erased.
ALTER TABLE case_token ADD COLUMN source uuid,
    ADD CONSTRAINT case_token_of_source FOREIGN KEY (kind, token, source) REFERENCES case_token (kind, token, case_id) ON DELETE CASCADE,
    ADD CONSTRAINT case_token_from_elsewhere CHECK (source <> case_id);
CREATE INDEX case_token_source ON case_token (kind, token, source) WHERE source IS NOT NULL;

-- Searches for a child: who, by what and why; never for what. It counts them too, so that nobody browses. words are sealed under
-- the searcher's own key.
CREATE TABLE search (
    id      uuid        PRIMARY KEY,
    person  text        NOT NULL CHECK (person <> ''),
    at      timestamptz NOT NULL,
    kind    text        NOT NULL,
    reason  text        NOT NULL,
    words   bytea,
    found   int         CHECK (found >= 0)
);
CREATE INDEX search_person ON search (person, at);

-- +goose Down
DROP TABLE search;
DELETE FROM case_token WHERE source IS NOT NULL;
ALTER TABLE case_token DROP COLUMN source;
DROP FUNCTION tonghu_now_part_of;
ALTER TABLE message DROP COLUMN asks;
ALTER TABLE idempotency NO FORCE ROW LEVEL SECURITY;
DELETE FROM idempotency;
ALTER TABLE idempotency FORCE ROW LEVEL SECURITY;
ALTER TABLE filing DROP COLUMN author, DROP COLUMN unit,
    ADD COLUMN unit text NOT NULL DEFAULT '', ADD COLUMN by_person text NOT NULL DEFAULT '';
CREATE INDEX filing_by ON filing (by_person, filed_at DESC) WHERE by_person <> '';
