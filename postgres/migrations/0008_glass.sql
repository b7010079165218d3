-- +goose Up

-- Emergency readings (紧急调阅): what of whose file was opened to whom, until when, and who has judged it. id is that of the fact, or of
-- the step that a second person approved. The words of its reason are sealed under it.
CREATE TABLE break_glass (
    id            uuid        PRIMARY KEY,
    -- The number of its notice, which is made before the case has taken it in.
    n             bigint      NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE,
    case_id       uuid        NOT NULL REFERENCES cases,
    person        text        NOT NULL CHECK (person <> ''),
    post          text        NOT NULL CHECK (post <> ''),
    compartments  text[]      NOT NULL CHECK (cardinality(compartments) > 0),
    grounds       text        NOT NULL,
    began         timestamptz NOT NULL,
    until         timestamptz NOT NULL,
    -- The second person who agreed before; empty where it is reviewed after.
    approver      text        NOT NULL DEFAULT '',
    approver_post text        NOT NULL DEFAULT '',
    -- Who owes the review now, by when; then who made it.
    reviewer      text        NOT NULL DEFAULT '',
    review_due    timestamptz,
    reviewed_at   timestamptz,
    reviewed_by   text        NOT NULL DEFAULT '',
    verdict       text        NOT NULL DEFAULT '',
    -- The posts that the case is kept from.
    recused       text[]      NOT NULL,
    CONSTRAINT break_glass_is_short CHECK (until > began),
    CONSTRAINT break_glass_not_own CHECK (approver <> person AND reviewed_by <> person),
    CONSTRAINT break_glass_two_or_review CHECK ((approver <> '') <> (review_due IS NOT NULL)),
    CONSTRAINT break_glass_review_is_whole CHECK ((reviewed_at IS NULL) = (verdict = '') AND (reviewed_at IS NULL) = (reviewed_by = ''))
);
CREATE INDEX break_glass_reader ON break_glass (case_id, person, until);
CREATE INDEX break_glass_newest ON break_glass (began DESC, id DESC);

-- The app sees those of its cases. The security and the audit administrator, who see no case, see all but those of a case from
-- which they are recused: no name, no word of the file is in them.
CREATE POLICY app ON break_glass FOR SELECT TO tonghu_app USING (
    (SELECT true FROM cases c WHERE c.id = break_glass.case_id)
    OR (SELECT true FROM unnest((SELECT tonghu_posts())) AS p (name) WHERE split_part(split_part(p.name, '/', 2), '#', 1) IN ('security_admin', 'audit_admin') LIMIT 1)
        AND NOT recused && (SELECT tonghu_posts())::text[]
);
GRANT SELECT ON break_glass TO tonghu_app;

-- Where the child lives and goes to school is sealed apart from who it is: a protection order takes it from those who read the rest.
ALTER TABLE filing ADD COLUMN address bytea;

-- +goose Down
ALTER TABLE filing DROP COLUMN address;
DROP TABLE break_glass;
