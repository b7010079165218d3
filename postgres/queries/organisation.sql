-- Posts of the asker's area and their own, with when the last of their holders left.
-- name: PostsPage :many
SELECT o.name,
    (NOT EXISTS (SELECT FROM tonghu_present(@at::timestamptz) p WHERE p.post = o.name AND NOT p.deputy))::boolean AS vacant,
    coalesce((SELECT max(h.until_at) FROM holding h WHERE h.post = o.name AND NOT h.deputy AND h.until_at <= @at::timestamptz), '0001-01-01 00:00:00+00')::timestamptz AS last_end
FROM post o
WHERE o.name > @past::text AND (o.org >= @org_lo AND o.org < @org_hi OR o.name = ANY(@own::text[]))
    AND (@town_lo::text = '' OR o.org >= @town_lo AND o.org < @town_hi::text)
    AND CASE @state::text
        WHEN 'vacant' THEN NOT EXISTS (SELECT FROM tonghu_present(@at::timestamptz) p WHERE p.post = o.name AND NOT p.deputy)
        WHEN 'away' THEN EXISTS (SELECT FROM tonghu_present(@at::timestamptz) p WHERE p.post = o.name AND NOT p.deputy AND p.away)
        WHEN 'undeputised' THEN NOT EXISTS (SELECT FROM tonghu_present(@at::timestamptz) p WHERE p.post = o.name AND p.deputy)
        ELSE true END
ORDER BY o.name LIMIT @most::int;

-- Everybody in some posts now or later, holders first, with their leave now or next.
-- name: Incumbents :many
SELECT h.post, h.person, h.deputy, h.from_at, h.until_at, p.active, p.sealed, k.wrapped,
    coalesce(l.id, '00000000-0000-0000-0000-000000000000')::uuid AS leave_id,
    coalesce(l.from_at, '0001-01-01 00:00:00+00')::timestamptz AS leave_from, coalesce(l.until_at, '0001-01-01 00:00:00+00')::timestamptz AS leave_until
FROM holding h JOIN person p ON p.id = h.person
JOIN data_key k ON k.subject = h.person::text AND k.compartment = 1
LEFT JOIN LATERAL (SELECT * FROM leave v WHERE v.person = h.person AND v.until_at > @at::timestamptz ORDER BY v.from_at LIMIT 1) l ON true
WHERE h.post = ANY(@posts::text[]) AND (h.until_at IS NULL OR h.until_at > @at::timestamptz)
ORDER BY h.post, h.deputy, h.from_at, h.id;

-- name: OwedBy :many
SELECT o.owner, count(*) AS open, (count(*) FILTER (WHERE tonghu_overdue(o.due, o.paused_since, @at::timestamptz)))::bigint AS overdue, min(o.due)::timestamptz AS next,
    (array_agg(o.provisional ORDER BY o.due, o.id))[1]::boolean AS provisional
FROM visible_obligations o JOIN visible_cases c ON c.id = o.case_id
WHERE o.ended_at IS NULL AND o.owner = ANY(@posts::text[])
GROUP BY o.owner;

-- name: OwnedBy :many
SELECT c.owner, count(*) AS owned FROM visible_cases c WHERE c.stage <> 'closed' AND c.owner = ANY(@posts::text[]) GROUP BY c.owner;

-- Those of a range of places, and those who are nowhere.
-- name: Candidates :many
SELECT p.id, p.sealed, k.wrapped, ARRAY(
    SELECT DISTINCT h.post FROM holding h
    WHERE h.person = p.id AND NOT h.deputy AND h.from_at <= @at::timestamptz AND (h.until_at IS NULL OR h.until_at > @at::timestamptz)
    ORDER BY h.post)::text[] AS posts
FROM person p JOIN data_key k ON k.subject = p.id::text AND k.compartment = 1
WHERE p.active AND p.id > @past::uuid AND (
    EXISTS (SELECT FROM holding h JOIN post o ON o.name = h.post WHERE h.person = p.id AND o.org >= @org_lo AND o.org < @org_hi)
    OR NOT EXISTS (SELECT FROM holding h WHERE h.person = p.id AND (h.until_at IS NULL OR h.until_at > @at::timestamptz)))
ORDER BY p.id LIMIT @most::int;

-- name: HoldingsOf :many
SELECT h.post, h.deputy FROM holding h WHERE h.person = @person AND (h.until_at IS NULL OR h.until_at > @at::timestamptz) ORDER BY h.post;

-- name: AllPosts :many
SELECT name FROM post ORDER BY name;

-- name: AllPersons :many
SELECT p.id, coalesce(p.login, '')::text AS login, p.sealed, p.active, k.wrapped
FROM person p JOIN data_key k ON k.subject = p.id::text AND k.compartment = 1 ORDER BY p.id;

-- name: AllHoldings :many
SELECT post, person, deputy, from_at, until_at FROM holding
WHERE from_at <= @at::timestamptz AND (until_at IS NULL OR until_at > @at::timestamptz) ORDER BY post, deputy, from_at, id;

-- name: RenamePlaces :exec
UPDATE org SET name = n.name FROM (SELECT unnest(@codes::text[]) AS code, unnest(@names::text[]) AS name) n WHERE org.code = n.code;

-- name: AddUnit :exec
INSERT INTO unit (name, title, duty, department, position)
SELECT @name, @title, @duty, @department, coalesce(max(position), -1) + 1 FROM unit;

-- name: ChangeUnit :exec
UPDATE unit SET title = @title, duty = @duty, department = @department WHERE name = @name;

-- name: ChangePerson :execrows
UPDATE person SET login = nullif(@login::text, ''), sealed = @sealed WHERE id = @id;

-- name: EndHoldings :exec
UPDATE holding h SET until_at = greatest(@at::timestamptz, h.from_at + interval '1 microsecond')
FROM (SELECT unnest(@posts::text[]) AS post, unnest(@persons::uuid[]) AS person) e
WHERE h.post = e.post AND h.person = e.person AND (h.until_at IS NULL OR h.until_at > @at::timestamptz);

-- name: PutHoldings :exec
INSERT INTO holding (post, person, deputy, from_at)
SELECT unnest(@posts::text[]), unnest(@persons::uuid[]), unnest(@deputies::boolean[]), @at::timestamptz;

-- OrganisationLock lets one change of the whole at a time.
-- name: OrganisationLock :exec
SELECT pg_advisory_xact_lock(5118);
