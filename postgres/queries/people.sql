-- name: PersonByLogin :one
SELECT p.*, k.wrapped FROM person p JOIN data_key k ON k.subject = p.id::text AND k.compartment = 1 WHERE p.login = $1 AND p.active;

-- name: Persons :many
SELECT p.*, k.wrapped FROM person p JOIN data_key k ON k.subject = p.id::text AND k.compartment = 1 WHERE p.id = ANY(@ids::uuid[]);

-- Where an account is unconfirmed its posts are not in force: its person is told of what they owe, and acts in none.
-- PersonNow gives a person with the posts of PostsNow.
-- name: PersonNow :one
SELECT p.*, k.wrapped, ARRAY(
    SELECT n.post FROM tonghu_present(@at::timestamptz) n
    WHERE n.person = p.id AND (p.given_by IS NULL OR NOT tonghu_unconfirmed(p.id))
      AND (NOT n.deputy OR NOT EXISTS (
            SELECT FROM tonghu_present(@at::timestamptz) o WHERE o.post = n.post AND NOT o.deputy AND NOT o.away))
    GROUP BY n.post ORDER BY n.post)::text[] AS posts
FROM person p JOIN data_key k ON k.subject = p.id::text AND k.compartment = 1 WHERE p.id = @id;

-- name: SetPassword :execrows
UPDATE person SET password = @password::text WHERE id = @id;

-- Posts that a person holds now, or stands in for: a deputy does where no holder is present.
-- name: PostsNow :many
SELECT p.post::text AS post FROM tonghu_present(@at::timestamptz) p
WHERE p.person = @person::uuid AND NOT tonghu_unconfirmed(p.person)
  AND (NOT p.deputy OR NOT EXISTS (
        SELECT FROM tonghu_present(@at::timestamptz) o WHERE o.post = p.post AND NOT o.deputy AND NOT o.away))
GROUP BY p.post ORDER BY p.post;

-- Everybody in a post now, holders first.
-- name: Present :many
SELECT p.person::uuid AS person, p.deputy::boolean AS deputy, p.away::boolean AS away
FROM tonghu_present(@at::timestamptz) p
WHERE p.post = @post::text ORDER BY p.deputy, p.person;

-- Holdings that have not ended, of posts in [lo, hi), in the order of their posts. Who is in them is looked up for those that are
-- shown: behind the policies a join may read every key of every case.
-- name: Holdings :many
SELECT h.id, h.post, h.person, h.deputy, h.from_at, h.until_at, k.wrapped, p.sealed,
       EXISTS (SELECT FROM leave l WHERE l.person = h.person AND l.from_at <= @at::timestamptz AND l.until_at > @at::timestamptz) AS on_leave
FROM (
    SELECT i.id, i.post, i.person, i.deputy, i.from_at, i.until_at FROM holding i CROSS JOIN LATERAL (
        SELECT FROM post o WHERE o.name = i.post AND (o.org >= @org_lo AND o.org < @org_hi OR i.post = ANY(@own::text[])) OFFSET 0
    ) o
    WHERE i.post >= @lo AND i.post < @hi AND (i.until_at IS NULL OR i.until_at > @at::timestamptz) AND (i.post, i.id) > (@after_post::text, @after_id::bigint)
    ORDER BY i.post, i.id LIMIT @most::int
) h
CROSS JOIN LATERAL (SELECT x.sealed FROM person x WHERE x.id = h.person OFFSET 0) p
CROSS JOIN LATERAL (SELECT x.wrapped FROM data_key x WHERE x.subject = h.person::text AND x.compartment = 1 OFFSET 0) k
ORDER BY h.post, h.id;

-- name: PutPost :exec
INSERT INTO post (name, org, role) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING;

-- name: PostsOfRoles :many
SELECT name FROM post WHERE role = ANY(@roles::text[]) ORDER BY name;

-- name: EndHolding :execrows
UPDATE holding SET until_at = greatest(@at::timestamptz, from_at + interval '1 microsecond')
WHERE post = @post AND person = @person AND (until_at IS NULL OR until_at > @at::timestamptz);

-- name: PutHolding :exec
INSERT INTO holding (post, person, deputy, from_at, until_at) VALUES ($1, $2, $3, $4, $5);

-- name: PostsOfPerson :many
SELECT DISTINCT post FROM holding WHERE person = $1 AND (until_at IS NULL OR until_at > @at::timestamptz);

-- PostsBetween gives the posts that a person holds at some time of a span.
-- name: PostsBetween :many
SELECT DISTINCT post FROM holding
WHERE person = @person AND tstzrange(from_at, until_at) && tstzrange(@from_at::timestamptz, sqlc.narg('until_at')::timestamptz);

-- name: PutLeave :exec
INSERT INTO leave (id, person, from_at, until_at) VALUES ($1, $2, $3, $4);

-- name: Leave :one
SELECT * FROM leave WHERE id = $1;

-- LeavesOf gives a person's leave that is not over, the first first.
-- name: LeavesOf :many
SELECT * FROM leave WHERE person = @person AND until_at > @at::timestamptz AND until_at > from_at ORDER BY from_at, id;

-- name: EndLeave :exec
UPDATE leave SET until_at = greatest(from_at, least(until_at, @at::timestamptz)) WHERE id = @id;

-- name: Vacancies :many
SELECT o.name FROM post o
WHERE o.org >= @org_lo AND o.org < @org_hi
  AND NOT EXISTS (SELECT FROM tonghu_present(@at::timestamptz) p WHERE p.post = o.name AND NOT p.deputy)
ORDER BY o.name;

-- name: PutSignIn :exec
INSERT INTO sign_in (at, login, person, ok, reason) VALUES ($1, $2, $3, $4, $5);

-- name: Orgs :many
SELECT code, name FROM org WHERE code >= @lo AND code < @hi ORDER BY code;

-- name: OrgName :one
SELECT name FROM org WHERE code = $1;

-- name: Units :many
SELECT * FROM unit ORDER BY position, name;

-- The seed's tables in one statement each; what is there stays as it is.

-- name: SeedOrgs :exec
INSERT INTO org (code, name) SELECT unnest(@codes::text[]), unnest(@names::text[]) ON CONFLICT DO NOTHING;

-- name: SeedUnit :exec
INSERT INTO unit (name, title, duty, department, position) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING;

-- name: SeedPosts :exec
INSERT INTO post (name, org, role)
SELECT unnest(@names::text[]), unnest(@orgs::text[]), unnest(@roles::text[]) ON CONFLICT DO NOTHING;

-- name: SeedPersons :exec
INSERT INTO person (id, login, sealed, password)
SELECT unnest(@ids::uuid[]), nullif(unnest(@logins::text[]), ''), unnest(@sealed::bytea[]), nullif(unnest(@passwords::text[]), '');

-- name: SeedKeys :exec
INSERT INTO data_key (subject, compartment, wrapped) SELECT unnest(@ids::uuid[])::text, 1, unnest(@wrapped::bytea[]);

-- name: SeedHoldings :exec
INSERT INTO holding (post, person, deputy, from_at)
SELECT s.post, s.person, s.deputy, @from_at::timestamptz
FROM (SELECT unnest(@posts::text[]) AS post, unnest(@persons::uuid[]) AS person, unnest(@deputies::boolean[]) AS deputy) s
WHERE NOT EXISTS (SELECT FROM holding h WHERE h.post = s.post AND h.person = s.person);

-- SeedLock lets one process seed at a time.
-- name: SeedLock :exec
SELECT pg_advisory_xact_lock(5117);

-- name: PersonIDs :many
SELECT id FROM person;
