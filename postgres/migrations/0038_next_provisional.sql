-- A list of cases says whether the day that is next in each is only provisional, without a look at what the case owes.

-- +goose Up

-- next_provisional is that of what next_key names: it was counted on a calendar that is not published.
ALTER TABLE cases ADD COLUMN next_provisional boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT cases_next_provisional CHECK (next_due IS NOT NULL OR NOT next_provisional);
UPDATE cases c SET next_provisional = true FROM obligation o
WHERE o.case_id = c.id AND o.key = c.next_key AND o.ended_at IS NULL AND o.provisional;
CREATE OR REPLACE VIEW visible_cases WITH (security_invoker = true) AS
SELECT c.* FROM cases c WHERE (SELECT NOT pg_has_role('tonghu_engine', 'USAGE') AND pg_has_role('tonghu_app', 'USAGE'));

-- +goose Down
DROP VIEW visible_cases;
ALTER TABLE cases DROP COLUMN next_provisional;
CREATE VIEW visible_cases WITH (security_invoker = true) AS
SELECT c.* FROM cases c WHERE (SELECT NOT pg_has_role('tonghu_engine', 'USAGE') AND pg_has_role('tonghu_app', 'USAGE'));
GRANT SELECT ON visible_cases TO tonghu_app;
