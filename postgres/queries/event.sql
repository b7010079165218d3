-- name: InsertEvents :exec
INSERT INTO event (case_id, seq, idx, at, type, body)
SELECT @case_id, @seq, r.idx, (r.body->>'at')::timestamptz, r.body->>'type', r.body
FROM (SELECT unnest(@idx::int[]) AS idx, unnest(@bodies::jsonb[]) AS body) r;

-- name: ListEvents :many
SELECT seq, idx, body FROM event
WHERE case_id = @case_id AND (seq, idx) > (@after_seq::bigint, @after_idx::int)
ORDER BY seq, idx LIMIT @n;

-- ListEventsBack is ListEvents, the newest first.
-- name: ListEventsBack :many
SELECT seq, idx, body FROM event
WHERE case_id = @case_id AND (seq, idx) < (@before_seq::bigint, @before_idx::int)
ORDER BY seq DESC, idx DESC LIMIT @n;

-- name: InsertRungs :exec
INSERT INTO rung (case_id, key, occurrence, epoch, rung, due, at)
SELECT @case_id, r.body->>'key', (r.body->>'occurrence')::int, (r.body->>'epoch')::int, (r.body->>'rung')::int,
    (r.body->>'due')::timestamptz, (r.body->>'at')::timestamptz
FROM (SELECT unnest(@bodies::jsonb[]) AS body) r;

-- name: InsertIntents :many
INSERT INTO notice_intent (case_id, seq, idx, post, type, key, occurrence, epoch, rung, rung_name, urgent, due, at)
SELECT @case_id, @seq, @idx, unnest(@posts::text[]), @type, @key, @occurrence, @epoch, @rung, @rung_name, @urgent, @due, @at
RETURNING id;

-- name: Notify :exec
SELECT pg_notify('tonghu_change', @payload::text);
