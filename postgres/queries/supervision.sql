-- Figures of supervision, and the lists behind them: what is counted in one is listed by the other with the same words.

-- DueFigures counts what is owed now, by town and by the post that owes it.
-- name: DueFigures :many
SELECT left(c.org, 9)::text AS town, o.owner, count(*)::int AS owed,
    (count(*) FILTER (WHERE o.paused_since IS NULL AND o.due >= @at::timestamptz AND o.due < @day_end::timestamptz))::int AS today,
    (count(*) FILTER (WHERE tonghu_at_risk(o.started, o.due, o.paused_since, @at)))::int AS at_risk,
    (count(*) FILTER (WHERE tonghu_overdue(o.due, o.paused_since, @at)))::int AS overdue,
    (count(*) FILTER (WHERE o.paused_since IS NOT NULL))::int AS paused
FROM visible_obligations o JOIN visible_cases c ON c.id = o.case_id
WHERE o.ended_at IS NULL AND (@lo::text = '' OR (c.org >= @lo AND c.org < @hi::text))
GROUP BY 1, 2;

-- CaseFigures counts the open cases by colour and phase.
-- name: CaseFigures :many
SELECT c.colour, c.phase, count(*)::int AS n, (count(*) FILTER (WHERE tonghu_overdue(c.next_due, NULL, @at::timestamptz)
    AND ((SELECT tonghu_whole()) OR tonghu_late(c.id, @at))))::int AS overdue
FROM visible_cases c
WHERE c.stage <> 'closed' AND (@lo::text = '' OR (c.org >= @lo AND c.org < @hi::text))
GROUP BY 1, 2;

-- PromiseFigures counts what became of obligations whose deadlines are counted from within a time.
-- name: PromiseFigures :many
SELECT o.base, count(*)::int AS total,
    (count(*) FILTER (WHERE o.how = 'met' AND o.ended_at <= o.due))::int AS in_time,
    (count(*) FILTER (WHERE o.how = 'met' AND o.ended_at > o.due))::int AS late,
    (count(*) FILTER (WHERE o.ended_at IS NULL AND tonghu_overdue(o.due, o.paused_since, @at::timestamptz)))::int AS overdue,
    (count(*) FILTER (WHERE o.ended_at IS NULL AND NOT tonghu_overdue(o.due, o.paused_since, @at)))::int AS running,
    (count(*) FILTER (WHERE o.how = 'released'))::int AS released,
    coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM o.ended_at - o.started)::float8) FILTER (WHERE o.how = 'met'), 0)::float8 AS median,
    coalesce(percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM o.ended_at - o.started)::float8) FILTER (WHERE o.how = 'met'), 0)::float8 AS p90
FROM visible_obligations o JOIN visible_cases c ON c.id = o.case_id
WHERE o.base = ANY (@bases::text[]) AND o.started >= @from_at::timestamptz AND o.started < @to_at::timestamptz
    AND (@lo::text = '' OR (c.org >= @lo AND c.org < @hi::text))
GROUP BY 1;

-- LadderFigures counts the obligations of which a rung was told within a time, and what followed: somebody acknowledged, it ended
-- without, or neither yet. waited is until the first of the two, in seconds.
-- name: LadderFigures :many
WITH fired AS (
    SELECT e.case_id, (e.body ->> 'key')::text AS key, (e.body ->> 'occurrence')::int AS occurrence, (e.body ->> 'rung_name')::text AS name,
        min(e.at) AS at, min((e.body ->> 'rung')::int) AS rung
    FROM event e WHERE e.type = 'rung' AND e.at >= @from_at::timestamptz AND e.at < @to_at::timestamptz GROUP BY 1, 2, 3, 4
), followed AS (
    SELECT f.name, f.rung, f.at, o.ended_at, (SELECT min(a.at) FROM event a WHERE a.case_id = f.case_id AND a.type = 'acknowledged' AND a.at >= f.at
        AND a.body ->> 'key' = f.key AND (a.body ->> 'occurrence')::int = f.occurrence)::timestamptz AS acked
    FROM fired f JOIN visible_obligations o ON o.case_id = f.case_id AND o.key = f.key AND o.occurrence = f.occurrence
    JOIN visible_cases c ON c.id = f.case_id
    WHERE @lo::text = '' OR (c.org >= @lo AND c.org < @hi::text)
)
SELECT w.name::text AS name, min(w.rung)::int AS rung, count(*)::int AS reached, count(w.acked)::int AS acknowledged,
    (count(*) FILTER (WHERE w.acked IS NULL AND w.ended_at IS NOT NULL))::int AS ended,
    (count(*) FILTER (WHERE w.acked IS NULL AND w.ended_at IS NULL))::int AS waiting,
    coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM least(w.acked, w.ended_at) - w.at)::float8)
        FILTER (WHERE w.acked IS NOT NULL OR w.ended_at IS NOT NULL), 0)::float8 AS median
FROM followed w GROUP BY w.name ORDER BY 2, 1;

-- OwedObligations is the list behind DueFigures.
-- name: OwedObligations :many
SELECT o.id, o.case_id, o.due, o.paused_since, o.body, c.number, c.kind, c.colour, c.stage, c.org, c.rules, o.ended_at, o.how
FROM visible_obligations o JOIN visible_cases c ON c.id = o.case_id
WHERE o.ended_at IS NULL AND (o.due, o.id) > (@after::timestamptz, @after_id::uuid) AND o.due >= @due_from::timestamptz AND o.due < @due_to::timestamptz
    AND (sqlc.narg('paused')::boolean IS NULL OR (o.paused_since IS NOT NULL) = sqlc.narg('paused')::boolean)
    AND (NOT @at_risk::boolean OR tonghu_at_risk(o.started, o.due, o.paused_since, @at::timestamptz))
    AND (@base::text = '' OR o.base = @base OR o.key = @base)
    AND (@kind::text = '' OR c.kind = @kind) AND (@colour::text = '' OR c.colour = @colour)
    AND (@owner::text = '' OR o.owner = @owner) AND (@unit::text = '' OR split_part(o.owner, '/', 1) = 'unit:' || @unit)
    AND (@lo::text = '' OR (c.org >= @lo AND c.org < @hi::text))
ORDER BY o.due, o.id LIMIT @n;

-- PromisedObligations is the list behind PromiseFigures.
-- name: PromisedObligations :many
SELECT o.id, o.case_id, o.due, o.paused_since, o.body, c.number, c.kind, c.colour, c.stage, c.org, c.rules, o.ended_at, o.how
FROM visible_obligations o JOIN visible_cases c ON c.id = o.case_id
WHERE o.base = @base AND o.started >= @from_at::timestamptz AND o.started < @to_at::timestamptz AND (o.due, o.id) > (@after::timestamptz, @after_id::uuid)
    AND CASE @result::text
        WHEN 'in_time' THEN o.how = 'met' AND o.ended_at <= o.due
        WHEN 'late' THEN o.how = 'met' AND o.ended_at > o.due
        WHEN 'overdue' THEN o.ended_at IS NULL AND tonghu_overdue(o.due, o.paused_since, @at::timestamptz)
        WHEN 'running' THEN o.ended_at IS NULL AND NOT tonghu_overdue(o.due, o.paused_since, @at)
        WHEN 'released' THEN o.how = 'released'
        ELSE true END
    AND (@kind::text = '' OR c.kind = @kind) AND (@colour::text = '' OR c.colour = @colour) AND (@owner::text = '' OR o.owner = @owner)
    AND (@lo::text = '' OR (c.org >= @lo AND c.org < @hi::text))
ORDER BY o.due, o.id LIMIT @n;

-- RungObligations is the list behind LadderFigures.
-- name: RungObligations :many
WITH fired AS (
    SELECT e.case_id, (e.body ->> 'key')::text AS key, (e.body ->> 'occurrence')::int AS occurrence, min(e.at) AS at
    FROM event e WHERE e.type = 'rung' AND e.at >= @from_at::timestamptz AND e.at < @to_at::timestamptz AND e.body ->> 'rung_name' = @rung::text
    GROUP BY 1, 2, 3
)
SELECT o.id, o.case_id, o.due, o.paused_since, o.body, c.number, c.kind, c.colour, c.stage, c.org, c.rules, o.ended_at, o.how
FROM fired f JOIN visible_obligations o ON o.case_id = f.case_id AND o.key = f.key AND o.occurrence = f.occurrence
JOIN visible_cases c ON c.id = o.case_id
WHERE (o.due, o.id) > (@after::timestamptz, @after_id::uuid)
    AND (@followed::text = '' OR @followed = CASE
        WHEN EXISTS (SELECT FROM event a WHERE a.case_id = f.case_id AND a.type = 'acknowledged' AND a.at >= f.at
            AND a.body ->> 'key' = f.key AND (a.body ->> 'occurrence')::int = f.occurrence) THEN 'acknowledged'
        WHEN o.ended_at IS NOT NULL THEN 'ended' ELSE 'waiting' END)
    AND (@base::text = '' OR o.base = @base)
    AND (@kind::text = '' OR c.kind = @kind) AND (@colour::text = '' OR c.colour = @colour) AND (@owner::text = '' OR o.owner = @owner)
    AND (@lo::text = '' OR (c.org >= @lo AND c.org < @hi::text))
ORDER BY o.due, o.id LIMIT @n;

-- OrderFigures counts 督办单 by where they stand: those that wait for somebody, and of the rest those drafted within a time.
-- name: OrderFigures :many
WITH stands AS (
    SELECT l.issued, CASE
        WHEN d.body ? 'replied' THEN 'answered'
        WHEN c.stage = 'closed' OR (d.body ->> 'lapsed')::boolean THEN 'lapsed'
        WHEN NOT d.body ? 'signed' THEN 'draft'
        WHEN r.id IS NULL THEN 'lapsed'
        WHEN tonghu_overdue(r.due, r.paused_since, @at::timestamptz) THEN 'overdue'
        ELSE 'open' END AS stand
    FROM letter l JOIN visible_cases c ON c.id = l.case_id
    CROSS JOIN LATERAL (SELECT c.state -> 'orders' -> (l.n - 1) AS body) d
    LEFT JOIN obligation r ON r.case_id = l.case_id AND r.key = 'order_reply:' || l.n AND r.ended_at IS NULL
    WHERE l.kind = 'order' AND (@lo::text = '' OR (c.org >= @lo AND c.org < @hi::text))
)
SELECT s.stand::text AS stand, count(*)::int AS n FROM stands s
WHERE s.stand IN ('draft', 'open', 'overdue') OR (s.issued >= @from_at::timestamptz AND s.issued < @to_at::timestamptz)
GROUP BY 1;

-- ListOrders is the list behind OrderFigures, the newest first.
-- name: ListOrders :many
WITH stands AS (
    SELECT l.case_id, l.n, l.number, l.issued, l.measure, l.post, c.number AS case_number, c.org, c.colour, d.body, r.due, r.provisional, CASE
        WHEN d.body ? 'replied' THEN 'answered'
        WHEN c.stage = 'closed' OR (d.body ->> 'lapsed')::boolean THEN 'lapsed'
        WHEN NOT d.body ? 'signed' THEN 'draft'
        WHEN r.id IS NULL THEN 'lapsed'
        WHEN tonghu_overdue(r.due, r.paused_since, @at::timestamptz) THEN 'overdue'
        ELSE 'open' END AS stand
    FROM letter l JOIN visible_cases c ON c.id = l.case_id
    CROSS JOIN LATERAL (SELECT c.state -> 'orders' -> (l.n - 1) AS body) d
    LEFT JOIN obligation r ON r.case_id = l.case_id AND r.key = 'order_reply:' || l.n AND r.ended_at IS NULL
    WHERE l.kind = 'order' AND (@lo::text = '' OR (c.org >= @lo AND c.org < @hi::text))
        AND (l.issued, l.case_id, l.n) < (@before::timestamptz, @before_id::uuid, @before_n::int)
)
SELECT s.case_id, s.n, s.number, s.issued, s.measure, s.post, s.case_number, s.org, s.colour, s.body::jsonb AS body, s.due, coalesce(s.provisional, false) AS provisional, s.stand::text AS stand FROM stands s
WHERE (s.stand IN ('draft', 'open', 'overdue') OR (s.issued >= @from_at::timestamptz AND s.issued < @to_at::timestamptz))
    AND (@wanted::text = '' OR s.stand = @wanted)
ORDER BY s.issued DESC, s.case_id DESC, s.n DESC LIMIT @most;

-- name: InsertExport :exec
INSERT INTO export (id, person, at, what, purpose, reason, rows) VALUES (@id, @person, @at, @what, @purpose, @reason, @rows);

-- name: GetExport :one
SELECT id, person, at, what, purpose, reason, rows FROM export WHERE id = @id;
