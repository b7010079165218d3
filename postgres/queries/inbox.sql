-- LockIntents gives the intents that are not resolved yet, for this transaction alone.
-- name: LockIntents :many
SELECT id, case_id, seq, idx, post, type, key, occurrence, epoch, rung, rung_name, urgent, at FROM notice_intent
WHERE id = ANY(@ids::bigint[]) AND resolved_at IS NULL ORDER BY id FOR UPDATE;

-- name: ResolveIntents :exec
UPDATE notice_intent SET resolved_at = @at::timestamptz WHERE id = ANY(@ids::bigint[]);

-- name: WaitingIntents :many
SELECT id FROM notice_intent WHERE resolved_at IS NULL AND at < @before ORDER BY id LIMIT @n;

-- name: RecusedPosts :many
SELECT post FROM case_recused WHERE case_id = $1;

-- PutNotice tells a person of an event once, in however many posts.
-- name: PutNotice :exec
INSERT INTO notice (id, person, posts, case_id, seq, idx, type, key, occurrence, epoch, rung, rung_name, urgent, at, state, next_at)
VALUES (@id, @person, ARRAY[@post::text], @case_id, @seq, @idx, @type, @key, @occurrence, @epoch, @rung, @rung_name, @urgent, @at, 'pending', @next_at)
ON CONFLICT (case_id, seq, idx, person) DO UPDATE SET posts = notice.posts || excluded.posts
WHERE NOT notice.posts @> excluded.posts;

-- PutOverload is a supervisor's notice of a person who has too many.
-- name: PutOverload :exec
INSERT INTO notice (id, person, posts, type, key, occurrence, epoch, rung, rung_name, urgent, at, state, next_at, told_at)
VALUES (@id, @person, '{}', 'overload', 'overload', 0, 0, 0, '', false, @at, 'told', @at, @at) ON CONFLICT DO NOTHING;

-- PutCalendarAlarm tells whoever imports calendars that one is wanted, once under an id.
-- name: PutCalendarAlarm :exec
INSERT INTO notice (id, person, posts, type, key, occurrence, epoch, rung, rung_name, urgent, at, state, next_at)
VALUES (@id, @person, @posts::text[], 'calendar', 'calendar', 0, 0, -1, '', false, @at, 'pending', @at) ON CONFLICT DO NOTHING;

-- PutRefused tells an author that a command which could not be answered at once has been refused.
-- name: PutRefused :exec
INSERT INTO notice (id, person, posts, case_id, type, key, occurrence, epoch, rung, rung_name, urgent, at, state, next_at, told_at)
SELECT @id, c.by_person::uuid, ARRAY[c.by_post], c.case_id, 'refused', c.step, 0, 0, -1, '', false, @at, 'told', @at, @at
FROM command c WHERE c.id = @command AND c.status = 'refused' AND c.by_person <> ''
ON CONFLICT DO NOTHING;

-- LockPerson lets one plan at a time be made for a person.
-- name: LockPerson :exec
SELECT id FROM person WHERE id = $1 FOR UPDATE;

-- name: PendingNotices :many
SELECT id, type, key, rung_name, urgent FROM notice WHERE person = $1 AND state = 'pending' ORDER BY at, id;

-- name: PeoplePending :many
SELECT DISTINCT person FROM notice WHERE state = 'pending' AND next_at < @before LIMIT @n;

-- ToldSince counts what a person was told of: what one change of a case brought is told together.
-- name: ToldSince :one
SELECT count(DISTINCT (case_id, seq)) FROM notice WHERE person = @person AND case_id IS NOT NULL AND told_at >= @since::timestamptz;

-- name: LastDigest :one
SELECT made_at FROM notice_delivery WHERE person = @person AND reason = 'digest' ORDER BY made_at DESC LIMIT 1;

-- name: OverloadToldSince :one
SELECT EXISTS (SELECT FROM notice_delivery WHERE reason = 'overload' AND about = @about::uuid AND made_at >= @since::timestamptz);

-- name: TellNotices :exec
UPDATE notice SET state = 'told', told_at = @at::timestamptz WHERE id = ANY(@ids::uuid[]) AND state = 'pending';

-- name: WithholdNotices :exec
UPDATE notice SET state = 'withheld' WHERE id = ANY(@ids::uuid[]) AND state = 'pending';

-- name: PostponeNotices :exec
UPDATE notice SET next_at = @at::timestamptz WHERE id = ANY(@ids::uuid[]) AND state = 'pending';

-- name: FailNotices :exec
UPDATE notice SET failed = true WHERE id = ANY(@ids::uuid[]);

-- name: PutDelivery :execrows
INSERT INTO notice_delivery (id, person, channel, urgency, count, reason, about, state, next_at, made_at)
VALUES (@id, @person, @channel, @urgency, @count, @reason, @about, 'due', @next_at, @made_at) ON CONFLICT DO NOTHING;

-- name: PutCovers :exec
INSERT INTO notice_cover (delivery, notice) SELECT @delivery::uuid, unnest(@notices::uuid[]) ON CONFLICT DO NOTHING;

-- PeopleOf gives who waits to be told because of intents.
-- name: PeopleOf :many
SELECT DISTINCT n.person FROM notice n JOIN notice_intent i ON i.case_id = n.case_id AND i.seq = n.seq AND i.idx = n.idx
WHERE i.id = ANY(@ids::bigint[]) AND n.state = 'pending' ORDER BY n.person;

-- ClaimDelivery gives one that is due to one caller, until another may have it.
-- name: ClaimDelivery :one
UPDATE notice_delivery SET next_at = @until WHERE id = @id AND state = 'due' AND next_at <= @at::timestamptz RETURNING *;

-- name: Delivery :one
SELECT * FROM notice_delivery WHERE id = $1;

-- name: Delivered :exec
UPDATE notice_delivery SET state = 'delivered', delivered_at = @at::timestamptz, ref = @ref::text WHERE id = @id AND state = 'due';

-- name: RetryDelivery :exec
UPDATE notice_delivery SET attempts = attempts + 1, code = @code::text, next_at = @next_at WHERE id = @id AND state = 'due';

-- name: FailDelivery :execrows
UPDATE notice_delivery SET state = 'failed', attempts = attempts + 1, code = @code::text WHERE id = @id AND state = 'due';

-- name: DueDeliveries :many
SELECT id FROM notice_delivery WHERE state = 'due' AND next_at < @before ORDER BY next_at LIMIT @n;

-- GiveUpNotices marks those that no channel reached beside the inbox, though one should have, and gives them.
-- name: GiveUpNotices :many
UPDATE notice n SET state = 'undelivered'
WHERE n.id = ANY(@ids::uuid[]) AND n.state = 'told' AND n.case_id IS NOT NULL
  AND (n.failed OR EXISTS (
        SELECT FROM notice_cover c JOIN notice_delivery d ON d.id = c.delivery WHERE c.notice = n.id AND d.state = 'failed'))
  AND NOT EXISTS (
        SELECT FROM notice_cover c JOIN notice_delivery d ON d.id = c.delivery
        WHERE c.notice = n.id AND d.state IN ('due', 'delivered'))
RETURNING n.id, n.case_id, n.seq, n.idx, n.posts, n.type, n.key, n.occurrence, n.epoch, n.rung;

-- name: NoticesOf :many
SELECT notice FROM notice_cover WHERE delivery = $1;

-- Reached tells whether somebody in a post was told of an event, or still may be.
-- name: Reached :one
SELECT EXISTS (
    SELECT FROM notice WHERE case_id = @case_id AND seq = @seq AND idx = @idx AND posts @> ARRAY[@post::text] AND state IN ('pending', 'told'));

-- Delivered is when a channel that wakes people took it over or, where there is none for it, when it was in the inbox.
-- Of a case that the person has nothing to do with any more, the notice alone is left.
-- name: Notices :many
SELECT n.id, v.id AS case_id, n.type, coalesce(v.number, '')::text AS number, n.key, n.rung, n.rung_name, n.urgent, n.at, n.read_at,
    coalesce((SELECT min(d.delivered_at) FROM notice_cover c JOIN notice_delivery d ON d.id = c.delivery WHERE c.notice = n.id),
        CASE WHEN NOT n.failed AND NOT EXISTS (SELECT FROM notice_cover c WHERE c.notice = n.id) THEN n.told_at END,
        '0001-01-01 00:00:00Z')::timestamptz AS delivered_at,
    coalesce((SELECT min(f.received) FROM fact f
     WHERE f.case_id = n.case_id AND f.kind = 'ack' AND f.by_person = n.person::text AND f.body->'fields'->>'key' = n.key
       AND f.body->'fields'->>'occurrence' = n.occurrence::text AND f.body->'fields'->>'epoch' = n.epoch::text
       AND f.received >= n.at), '0001-01-01 00:00:00Z')::timestamptz AS acked_at,
    n.posts, o.id AS obligation, coalesce(o.owner, '')::text AS owner, o.due, coalesce(o.provisional, false) AS provisional, o.ended_at
FROM notice n LEFT JOIN visible_cases v ON v.id = n.case_id
LEFT JOIN visible_obligations o ON o.case_id = v.id AND o.key = n.key AND o.occurrence = n.occurrence
WHERE n.person = @person::uuid AND n.state <> 'withheld' AND (n.case_id IS NULL OR v.id IS NOT NULL
    OR EXISTS (SELECT FROM case_grant g WHERE g.case_id = n.case_id AND g.why = 'told' AND g.post = ANY (n.posts)))
  AND (NOT @unread::boolean OR n.read_at IS NULL)
  AND (n.at, n.id) < (@before::timestamptz, @before_id::uuid)
ORDER BY n.at DESC, n.id DESC LIMIT @most::int;

-- CaseNotices gives who was told of a case, the newest first. owner is the post that owed then.
-- name: CaseNotices :many
SELECT n.id, n.person, n.posts, n.type, n.key, n.rung, n.rung_name, n.urgent, n.at, n.state, n.told_at, n.read_at,
    coalesce(e.body->>'owner', '')::text AS owner,
    coalesce((SELECT min(f.received) FROM fact f
     WHERE f.case_id = n.case_id AND f.kind = 'ack' AND f.by_person = n.person::text AND f.body->'fields'->>'key' = n.key
       AND f.body->'fields'->>'occurrence' = n.occurrence::text AND f.body->'fields'->>'epoch' = n.epoch::text
       AND f.received >= n.at), '0001-01-01 00:00:00Z')::timestamptz AS acked_at
FROM notice n LEFT JOIN event e ON e.case_id = n.case_id AND e.seq = n.seq AND e.idx = n.idx
WHERE n.case_id = @case_id::uuid AND n.seq IS NOT NULL AND n.state <> 'withheld'
  AND (n.at, n.id) < (@before::timestamptz, @before_id::uuid)
ORDER BY n.at DESC, n.id DESC LIMIT @most::int;

-- CaseNoticesUp is CaseNotices, the oldest first.
-- name: CaseNoticesUp :many
SELECT n.id, n.person, n.posts, n.type, n.key, n.rung, n.rung_name, n.urgent, n.at, n.state, n.told_at, n.read_at,
    coalesce(e.body->>'owner', '')::text AS owner,
    coalesce((SELECT min(f.received) FROM fact f
     WHERE f.case_id = n.case_id AND f.kind = 'ack' AND f.by_person = n.person::text AND f.body->'fields'->>'key' = n.key
       AND f.body->'fields'->>'occurrence' = n.occurrence::text AND f.body->'fields'->>'epoch' = n.epoch::text
       AND f.received >= n.at), '0001-01-01 00:00:00Z')::timestamptz AS acked_at
FROM notice n LEFT JOIN event e ON e.case_id = n.case_id AND e.seq = n.seq AND e.idx = n.idx
WHERE n.case_id = @case_id::uuid AND n.seq IS NOT NULL AND n.state <> 'withheld'
  AND (n.at, n.id) > (@after::timestamptz, @after_id::uuid)
ORDER BY n.at, n.id LIMIT @most::int;

-- DeliveriesOf gives the messages that carried notices.
-- name: DeliveriesOf :many
SELECT c.notice, d.channel, d.state, d.made_at, d.delivered_at FROM notice_cover c JOIN notice_delivery d ON d.id = c.delivery
WHERE c.notice = ANY (@notices::uuid[]) ORDER BY d.made_at, d.id;

-- name: MarkRead :execrows
UPDATE notice SET read_at = coalesce(read_at, @at::timestamptz) WHERE id = @id AND person = @person;

-- MarkAllRead marks what a person could have seen until a time.
-- name: MarkAllRead :exec
UPDATE notice SET read_at = @at::timestamptz WHERE person = @person AND read_at IS NULL AND notice.at <= @until::timestamptz;

-- CountUnread counts those that Notices shows, to a bound.
-- name: CountUnread :one
SELECT count(*)::int FROM (
    SELECT FROM notice n WHERE n.person = @person::uuid AND n.state <> 'withheld' AND n.read_at IS NULL
        AND (n.case_id IS NULL OR EXISTS (SELECT FROM visible_cases v WHERE v.id = n.case_id)
            OR EXISTS (SELECT FROM case_grant g WHERE g.case_id = n.case_id AND g.why = 'told' AND g.post = ANY (n.posts)))
    LIMIT @most::int) u;

-- name: SeenCases :many
SELECT id FROM visible_cases WHERE id = ANY(@ids::uuid[]);

-- name: CountHouse :one
SELECT
    (SELECT count(*) FROM cases WHERE started_at IS NULL AND stage <> 'closed')::int AS without_workflow,
    (SELECT count(*) FROM fact f JOIN cases c ON c.id = f.case_id WHERE f.applied_seq IS NULL AND c.stage <> 'closed')::int AS unapplied,
    coalesce((SELECT min(f.received) FROM fact f JOIN cases c ON c.id = f.case_id WHERE f.applied_seq IS NULL AND c.stage <> 'closed'), '0001-01-01 00:00:00Z')::timestamptz AS oldest,
    (SELECT count(*) FROM command WHERE status = 'pending')::int AS pending,
    (SELECT count(*) FROM notice n JOIN cases c ON c.id = n.case_id WHERE n.state = 'undelivered' AND n.read_at IS NULL AND c.stage <> 'closed')::int AS undelivered,
    (SELECT count(*) FROM obligation WHERE ended_at IS NULL AND provisional)::int AS provisional,
    (SELECT count(*) FROM cases WHERE stage <> 'closed')::int AS open_cases,
    (SELECT count(*) FROM obligation WHERE ended_at IS NULL AND tonghu_overdue(due, paused_since, @at::timestamptz))::int AS overdue,
    coalesce((SELECT body->'calendar'->>'to' FROM rules WHERE current), '')::text AS calendar_to,
    (SELECT count(DISTINCT decision) FROM erasure WHERE listed_at IS NULL)::int AS unlisted,
    (SELECT count(*) FROM rung r WHERE r.at > @since::timestamptz)::int AS rungs,
    coalesce((SELECT max(extract(epoch FROM r.at - r.due)) FROM rung r WHERE r.at > @since::timestamptz), 0)::float8 AS lateness;

-- name: CalendarReach :one
SELECT
    coalesce((SELECT body->'calendar'->>'to' FROM rules WHERE current), '')::text AS calendar_to,
    (SELECT count(*) FROM obligation WHERE ended_at IS NULL AND provisional)::int AS provisional,
    (SELECT count(*) FROM cases WHERE stage <> 'closed')::int AS open_cases;

-- FailedChannels counts what channels could not deliver in the last day, by their last code.
-- name: FailedChannels :many
SELECT channel, code, count(*)::int AS n FROM notice_delivery
WHERE state = 'failed' AND made_at > @since::timestamptz GROUP BY channel, code ORDER BY channel, code;

-- name: PutDrill :exec
INSERT INTO restore_drill (at, restored, took_ms, good) VALUES (@at, @restored, @took_ms, @good);

-- name: LastDrill :one
SELECT at, restored, took_ms, good FROM restore_drill ORDER BY at DESC, id DESC LIMIT 1;
