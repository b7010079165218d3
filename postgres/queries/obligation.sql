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

-- name: MyObligations :many
SELECT o.id, o.case_id, o.due, o.paused_since, o.body, c.number, c.kind, c.colour, c.stage, c.org, c.rules
FROM obligation o JOIN visible_cases c ON c.id = o.case_id
WHERE o.ended_at IS NULL AND o.owner = ANY (@posts::text[]) AND (o.due, o.id) > (@after::timestamptz, @after_id::uuid)
    AND (@key::text = '' OR o.key = @key OR split_part(o.key, ':', 1) = @key)
    AND (sqlc.narg('case_id')::uuid IS NULL OR o.case_id = sqlc.narg('case_id')::uuid)
    AND (NOT @overdue::boolean OR tonghu_overdue(o.due, o.paused_since, @at::timestamptz))
    AND (@kind::text = '' OR c.kind = @kind) AND (@colour::text = '' OR c.colour = @colour)
    AND (@owner::text = '' OR o.owner = @owner) AND (@lo::text = '' OR (c.org >= @lo AND c.org < @hi::text))
    AND (sqlc.narg('before')::timestamptz IS NULL OR o.due < sqlc.narg('before')::timestamptz)
ORDER BY o.due, o.id LIMIT @n;

-- name: AreaObligations :many
SELECT o.id, o.case_id, o.due, o.paused_since, o.body, c.number, c.kind, c.colour, c.stage, c.org, c.rules
FROM obligation o JOIN visible_cases c ON c.id = o.case_id
WHERE o.ended_at IS NULL AND (o.due, o.id) > (@after::timestamptz, @after_id::uuid)
    AND (@key::text = '' OR o.key = @key OR split_part(o.key, ':', 1) = @key)
    AND (sqlc.narg('case_id')::uuid IS NULL OR o.case_id = sqlc.narg('case_id')::uuid)
    AND (NOT @overdue::boolean OR tonghu_overdue(o.due, o.paused_since, @at::timestamptz))
    AND (@kind::text = '' OR c.kind = @kind) AND (@colour::text = '' OR c.colour = @colour)
    AND (@owner::text = '' OR o.owner = @owner) AND (@lo::text = '' OR (c.org >= @lo AND c.org < @hi::text))
    AND (sqlc.narg('before')::timestamptz IS NULL OR o.due < sqlc.narg('before')::timestamptz)
ORDER BY o.due, o.id LIMIT @n;

-- name: VisibleObligation :one
SELECT o.id, o.case_id, o.due, o.paused_since, o.body, c.number, c.kind, c.colour, c.stage, c.org, c.rules
FROM obligation o JOIN visible_cases c ON c.id = o.case_id
WHERE o.id = @id AND o.ended_at IS NULL;
