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

-- MyObligations is what posts owe, and what a rung has told them of: the first of each post and way, together in order.
-- name: MyObligations :many
SELECT DISTINCT ON (due, id) m.* FROM (SELECT unnest(@posts::text[]) AS post) a CROSS JOIN LATERAL (
    (SELECT o.id, o.case_id, o.due, o.paused_since, o.body, c.number, c.kind, c.colour, c.stage, c.org, c.rules
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
        ORDER BY o.due, o.id LIMIT @n)
    UNION ALL
    (SELECT o.id, o.case_id, o.due, o.paused_since, o.body, c.number, c.kind, c.colour, c.stage, c.org, c.rules
        FROM reached r CROSS JOIN LATERAL (SELECT b.* FROM visible_obligations b WHERE b.id = r.obligation AND b.ended_at IS NULL OFFSET 0) o CROSS JOIN LATERAL (
            SELECT v.number, v.kind, v.colour, v.stage, v.org, v.rules FROM visible_cases v
            WHERE v.id = o.case_id AND (@kind::text = '' OR v.kind = @kind) AND (@colour::text = '' OR v.colour = @colour)
                AND (@lo::text = '' OR (v.org >= @lo AND v.org < @hi::text)) OFFSET 0
        ) c
        WHERE r.post = a.post AND (r.due, r.obligation) > (@after::timestamptz, @after_id::uuid)
            AND (@key::text = '' OR o.key = @key OR (o.key COLLATE "C" >= @key || ':' AND o.key COLLATE "C" < @key || ';'))
            AND (sqlc.narg('case_id')::uuid IS NULL OR o.case_id = sqlc.narg('case_id')::uuid)
            AND (NOT @overdue::boolean OR tonghu_overdue(o.due, o.paused_since, @at::timestamptz))
            AND (@owner::text = '' OR o.owner = @owner OR r.post = @owner)
            AND (sqlc.narg('before')::timestamptz IS NULL OR r.due < sqlc.narg('before')::timestamptz)
        ORDER BY r.due, r.obligation LIMIT @n)
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

-- name: OwedObligationsByID :many
SELECT o.id, o.case_id, o.due, o.paused_since, o.body, c.number, c.kind, c.colour, c.stage, c.org, c.rules
FROM visible_obligations o JOIN visible_cases c ON c.id = o.case_id
WHERE o.id = ANY(@ids::uuid[]) AND o.ended_at IS NULL;

-- AnyObligation is VisibleObligation, also of what is done.
-- name: AnyObligation :one
SELECT o.id, o.case_id, o.due, o.paused_since, o.body, c.number, c.kind, c.colour, c.stage, c.org, c.rules, o.ended_at
FROM visible_obligations o JOIN visible_cases c ON c.id = o.case_id
WHERE o.id = @id;

-- Alerts gives by what it is told who may acknowledge an obligation (a part of its case's state), and which of the asker's posts a rung reached.
-- name: Alerts :many
SELECT o.id, jsonb_build_object('org', c.org, 'owner', c.owner, 'compartment', c.compartment, 'recused', to_jsonb(c.recused),
        'guardianship', c.state->'guardianship', 'glasses', c.state->'glasses')::jsonb AS standing,
    ARRAY(SELECT r.post FROM reached r WHERE r.case_id = o.case_id AND r.obligation = o.id ORDER BY r.post)::text[] AS reached
FROM visible_obligations o JOIN visible_cases c ON c.id = o.case_id
WHERE o.id = ANY(@ids::uuid[]) AND o.rung > 0 AND o.ended_at IS NULL;

-- PutReached keeps whom the rungs of a change told of what is owed.
-- name: PutReached :exec
INSERT INTO reached (case_id, obligation, post, epoch, due)
SELECT DISTINCT o.case_id, o.id, r.post, o.epoch, o.due FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@posts::text[]) AS post) r
JOIN obligation o ON o.id = r.id AND o.case_id = @case_id
WHERE o.ended_at IS NULL
ON CONFLICT (case_id, obligation, post) DO UPDATE SET epoch = excluded.epoch, due = excluded.due;

-- DropReached forgets who was told of what has ended, or of a deadline that has moved.
-- name: DropReached :exec
DELETE FROM reached r USING obligation o
WHERE r.case_id = @case_id AND o.id = r.obligation AND (o.ended_at IS NOT NULL OR o.epoch <> r.epoch);

-- Climb gives who was told of an obligation, who took it on, and where nobody was reached, in order.
-- name: Climb :many
SELECT seq, idx, body FROM event
WHERE case_id = @case_id AND type IN ('rung', 'acknowledged', 'unreached')
    AND body->>'key' = @key::text AND coalesce((body->>'occurrence')::int, @occurrence::int) = @occurrence::int
ORDER BY seq, idx;
