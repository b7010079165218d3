-- name: EndObligations :exec
INSERT INTO obligation (id, case_id, key, occurrence, epoch, rule, owner, due, provisional, rung, body, ended_at, how, reason)
SELECT r.id, @case_id, r.body->>'key', (r.body->>'occurrence')::int, (r.body->>'epoch')::int, r.body->>'rule', r.body->>'owner',
    (r.body->>'due')::timestamptz, coalesce((r.body->>'provisional')::boolean, false), (r.body->>'rung')::int, r.body, r.at, r.how, r.reason
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@bodies::jsonb[]) AS body, unnest(@ats::timestamptz[]) AS at, unnest(@hows::text[]) AS how,
    unnest(@reasons::text[]) AS reason) r
ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, how = excluded.how, reason = excluded.reason, paused_since = NULL
WHERE obligation.ended_at IS NULL;

-- PutObligations writes what is new or has changed, and touches nothing else: a conflict would lock the row.
-- name: PutObligations :exec
INSERT INTO obligation (id, case_id, key, occurrence, epoch, rule, owner, due, provisional, paused_since, rung, body)
SELECT r.id, @case_id, r.body->>'key', (r.body->>'occurrence')::int, (r.body->>'epoch')::int, r.body->>'rule', r.body->>'owner',
    (r.body->>'due')::timestamptz, coalesce((r.body->>'provisional')::boolean, false), (r.body->>'paused_since')::timestamptz,
    (r.body->>'rung')::int, r.body
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@bodies::jsonb[]) AS body) r
WHERE NOT EXISTS (SELECT FROM obligation o WHERE o.id = r.id AND o.body = r.body)
ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, rule = excluded.rule, owner = excluded.owner, due = excluded.due,
    provisional = excluded.provisional, paused_since = excluded.paused_since, rung = excluded.rung, body = excluded.body;

-- The worklists go through obligations in the order of an index and look at the case of each: OFFSET 0 and the array keep the planner
-- from going through all cases instead, which it takes for cheaper where it does not know what is asked for. Filters are plain comparisons:
-- those are leakproof, and come before the policies, which cost more.

-- name: MyObligations :many
SELECT m.* FROM (SELECT unnest(@posts::text[]) AS post) a CROSS JOIN LATERAL (
    SELECT o.id, o.case_id, o.due, o.paused_since, o.body, c.number, c.kind, c.colour, c.stage, c.org, c.rules
    FROM visible_obligations o CROSS JOIN LATERAL (
        SELECT v.number, v.kind, v.colour, v.stage, v.org, v.rules FROM visible_cases v
        WHERE v.id = o.case_id AND (@kind::text = '' OR v.kind = @kind) AND (@colour::text = '' OR v.colour = @colour)
            AND (@lo::text = '' OR (v.org >= @lo AND v.org < @hi::text)) OFFSET 0
    ) c
    WHERE o.ended_at IS NULL AND o.owner = a.post AND (o.due, o.id) > (@after::timestamptz, @after_id::uuid)
        AND (@key::text = '' OR o.key = @key OR (o.key COLLATE "C" >= @key || ':' AND o.key COLLATE "C" < @key || ';'))
        AND (sqlc.narg('case_id')::uuid IS NULL OR o.case_id = sqlc.narg('case_id')::uuid)
        AND (NOT @overdue::boolean OR tonghu_overdue(o.due, o.paused_since, @at::timestamptz))
        AND (@owner::text = '' OR o.owner = @owner)
        AND (sqlc.narg('before')::timestamptz IS NULL OR o.due < sqlc.narg('before')::timestamptz)
    ORDER BY o.due, o.id LIMIT @n
) m
ORDER BY due, id LIMIT @n;

-- AreaObligations is for those who see most cases.
-- name: AreaObligations :many
SELECT o.id, o.case_id, o.due, o.paused_since, o.body, c.number, c.kind, c.colour, c.stage, c.org, c.rules
FROM visible_obligations o CROSS JOIN LATERAL (
    SELECT v.number, v.kind, v.colour, v.stage, v.org, v.rules FROM visible_cases v
    WHERE v.id = o.case_id AND (@kind::text = '' OR v.kind = @kind) AND (@colour::text = '' OR v.colour = @colour)
        AND (@lo::text = '' OR (v.org >= @lo AND v.org < @hi::text)) OFFSET 0
) c
WHERE o.ended_at IS NULL AND (o.due, o.id) > (@after::timestamptz, @after_id::uuid)
    AND (@key::text = '' OR o.key = @key OR (o.key COLLATE "C" >= @key || ':' AND o.key COLLATE "C" < @key || ';'))
    AND (sqlc.narg('case_id')::uuid IS NULL OR o.case_id = sqlc.narg('case_id')::uuid)
    AND (NOT @overdue::boolean OR tonghu_overdue(o.due, o.paused_since, @at::timestamptz))
    AND (@owner::text = '' OR o.owner = @owner)
    AND (sqlc.narg('before')::timestamptz IS NULL OR o.due < sqlc.narg('before')::timestamptz)
ORDER BY o.due, o.id LIMIT @n;

-- NearObligations is AreaObligations for those who see few: those of some places, and those that posts have to do with.
-- name: NearObligations :many
SELECT o.id, o.case_id, o.due, o.paused_since, o.body, c.number, c.kind, c.colour, c.stage, c.org, c.rules
FROM visible_obligations o CROSS JOIN LATERAL (
    SELECT v.number, v.kind, v.colour, v.stage, v.org, v.rules FROM visible_cases v
    WHERE v.id = o.case_id AND (@kind::text = '' OR v.kind = @kind) AND (@colour::text = '' OR v.colour = @colour)
        AND (@lo::text = '' OR (v.org >= @lo AND v.org < @hi::text)) OFFSET 0
) c
WHERE o.ended_at IS NULL AND (o.due, o.id) > (@after::timestamptz, @after_id::uuid)
    AND o.case_id = ANY (ARRAY(
        SELECT n.id FROM (SELECT unnest(@towns::text[]) AS town, unnest(@los::text[]) AS lo, unnest(@his::text[]) AS hi) a
        CROSS JOIN LATERAL (
            SELECT v.id FROM visible_cases v WHERE v.town = a.town AND v.org >= a.lo AND v.org < a.hi AND v.stage <> 'closed' OFFSET 0
        ) n
        UNION
        SELECT g.case_id FROM case_grant g WHERE g.why = 'duty' AND g.post = ANY (@posts::text[]) AND NOT g.closed))
    AND (@key::text = '' OR o.key = @key OR (o.key COLLATE "C" >= @key || ':' AND o.key COLLATE "C" < @key || ';'))
    AND (sqlc.narg('case_id')::uuid IS NULL OR o.case_id = sqlc.narg('case_id')::uuid)
    AND (NOT @overdue::boolean OR tonghu_overdue(o.due, o.paused_since, @at::timestamptz))
    AND (@owner::text = '' OR o.owner = @owner)
    AND (sqlc.narg('before')::timestamptz IS NULL OR o.due < sqlc.narg('before')::timestamptz)
ORDER BY o.due, o.id LIMIT @n;

-- name: VisibleObligation :one
SELECT o.id, o.case_id, o.due, o.paused_since, o.body, c.number, c.kind, c.colour, c.stage, c.org, c.rules
FROM visible_obligations o JOIN visible_cases c ON c.id = o.case_id
WHERE o.id = @id AND o.ended_at IS NULL;

-- AnyObligation is VisibleObligation, also of what is done.
-- name: AnyObligation :one
SELECT o.id, o.case_id, o.due, o.paused_since, o.body, c.number, c.kind, c.colour, c.stage, c.org, c.rules, o.ended_at
FROM visible_obligations o JOIN visible_cases c ON c.id = o.case_id
WHERE o.id = @id;

-- Climb gives who was told of an obligation, who took it on, and where nobody was reached, in order.
-- name: Climb :many
SELECT seq, idx, body FROM event
WHERE case_id = @case_id AND type IN ('rung', 'acknowledged', 'unreached')
    AND body->>'key' = @key::text AND coalesce((body->>'occurrence')::int, @occurrence::int) = @occurrence::int
ORDER BY seq, idx;
