-- name: PutRules :exec
INSERT INTO rules (hash, policy, version, body, stored) VALUES (@hash, @policy, @version, @body, @stored)
ON CONFLICT (hash) DO NOTHING;

-- name: UnsetCurrentRules :exec
UPDATE rules SET current = false WHERE current AND hash <> @hash;

-- name: SetCurrentRules :exec
UPDATE rules SET current = true WHERE hash = @hash AND NOT current;

-- name: CurrentRules :one
SELECT body FROM rules WHERE current;

-- name: RulesByHash :one
SELECT body FROM rules WHERE hash = @hash;

-- LockRules keeps others from changing the present rules until the transaction ends.
-- name: LockRules :exec
SELECT pg_advisory_xact_lock(hashtextextended('tonghu rules', 14));

-- name: RuleVersions :many
SELECT * FROM rule_version WHERE policy = (SELECT r.policy FROM rules r WHERE r.current) ORDER BY n DESC LIMIT @most;

-- name: RuleVersion :one
SELECT * FROM rule_version WHERE n = @n;

-- LastVersion gives the newest version of a policy: 0 where there is none.
-- name: LastVersion :one
SELECT coalesce(max(n), 0)::int AS n FROM rule_version WHERE policy = @policy;

-- name: VersionByPeople :one
SELECT * FROM rule_version WHERE policy = @policy AND draft IS NOT NULL ORDER BY n DESC LIMIT 1;

-- name: PutRuleVersion :exec
INSERT INTO rule_version (n, policy, rules, document, basis, effective_from, undoes, draft, by_person, by_post, second, second_post, at)
SELECT coalesce(max(v.n), 0) + 1, @policy, @rules, @document, @basis, @effective_from, sqlc.narg('undoes'), sqlc.narg('draft'),
       @by_person, @by_post, @second, @second_post, @at
FROM rule_version v;

-- OpenByRules counts the open cases of each rules.
-- name: OpenByRules :many
SELECT c.rules, count(*)::int AS n FROM cases c WHERE c.stage <> 'closed' GROUP BY c.rules;

-- name: RuleDrafts :many
SELECT * FROM rule_draft ORDER BY changed DESC LIMIT @most;

-- name: RuleDraft :one
SELECT * FROM rule_draft WHERE id = @id;

-- name: HoldRuleDraft :one
SELECT * FROM rule_draft WHERE id = @id FOR UPDATE;

-- name: PutRuleDraft :exec
INSERT INTO rule_draft (id, base, undoes, document, basis, effective_from, rows, revision, status, by_person, by_post, created, changed)
VALUES (@id, @base, sqlc.narg('undoes'), @document, @basis, @effective_from, @rows, 1, 'draft', @by_person, @by_post, @at, @at);

-- name: ChangeRuleDraft :exec
UPDATE rule_draft SET base = @base, document = @document, basis = @basis, effective_from = @effective_from, rows = @rows,
    revision = revision + 1, changed = @at
WHERE id = @id;

-- name: MoveRuleDraft :exec
UPDATE rule_draft SET status = @status, second = @second, second_post = @second_post, remark = @remark, changed = @at,
    version = sqlc.narg('version')
WHERE id = @id;

-- DraftsTakingEffect gives the approved drafts whose day has come.
-- name: DraftsTakingEffect :many
SELECT id FROM rule_draft WHERE status = 'approved' AND effective_from <= @today::date;

-- name: PutSimulation :exec
INSERT INTO rule_simulation (id, draft, revision, before, after, from_at, until_at, status, total, by_person, by_post, at)
SELECT @id, @draft, @revision, @before, @after, @from_at, @until_at, 'running',
       (SELECT count(*) FROM cases c WHERE c.opened >= @from_at AND c.opened < @until_at), @by_person, @by_post, @at;

-- name: Simulation :one
SELECT * FROM rule_simulation WHERE id = @id;

-- name: HoldSimulation :one
SELECT * FROM rule_simulation WHERE id = @id FOR UPDATE;

-- name: SimulationsOf :many
SELECT * FROM rule_simulation WHERE draft = @draft ORDER BY at DESC LIMIT 20;

-- name: CountSimulation :exec
UPDATE rule_simulation SET done = @done, past = @past, result = @result, status = @status, ended_at = sqlc.narg('ended_at') WHERE id = @id;

-- name: CancelSimulation :execrows
UPDATE rule_simulation SET status = 'cancelled', ended_at = @at::timestamptz WHERE id = @id AND status = 'running';

-- SimulatedCases gives the cases of a period after one, in the order of their ids.
-- name: SimulatedCases :many
SELECT c.id, c.state FROM cases c
WHERE c.opened >= @from_at AND c.opened < @until_at AND (sqlc.narg('past')::uuid IS NULL OR c.id > sqlc.narg('past')::uuid)
ORDER BY c.id LIMIT @most;

-- name: SimulatedObligations :many
SELECT o.case_id, o.key, o.occurrence, o.owner, o.body, o.ended_at FROM obligation o WHERE o.case_id = ANY(@cases::uuid[])
ORDER BY o.case_id, o.key, o.occurrence;

-- name: SimulatedEvents :many
SELECT e.case_id, e.body FROM event e
WHERE e.case_id = ANY(@cases::uuid[]) AND e.type IN ('owed', 'paused', 'resumed', 'acknowledged', 'unreached', 'handed_over')
ORDER BY e.case_id, e.seq, e.idx;

-- name: VisibleNumbers :many
SELECT v.id, v.number FROM visible_cases v WHERE v.id = ANY(@cases::uuid[]);

-- name: PutCalendarImport :exec
INSERT INTO calendar_import (at, by_person, by_post, version, from_day, to_day, sources, rules)
VALUES (@at, @by_person, @by_post, @version, @from_day, @to_day, @sources, @rules);

-- name: CalendarImports :many
SELECT * FROM calendar_import ORDER BY id DESC LIMIT 50;

-- ProvisionalOwed gives what is owed on a calendar that is not published.
-- name: ProvisionalOwed :many
SELECT o.body, c.rules FROM obligation o JOIN cases c ON c.id = o.case_id WHERE o.ended_at IS NULL AND o.provisional LIMIT @most;
