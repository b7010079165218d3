-- name: StartSession :exec
INSERT INTO session (id, token, person, method, proved_at, started_at, seen_at, ends_at, device, browser, address)
VALUES (@id, @token, @person, @method, @proved_at, @started_at, @started_at, @ends_at, @device, @browser, @address);

-- SessionByToken gives a session with the posts of PostsNow, and the roles of every post held or deputised.
-- name: SessionByToken :one
SELECT s.*, p.login, p.temporary_until,
    EXISTS (SELECT FROM second_factor f WHERE f.person = s.person AND f.confirmed_at IS NOT NULL) AS enrolled,
    (p.given_by IS NOT NULL AND tonghu_unconfirmed(p.id))::boolean AS unconfirmed,
    ARRAY(
        SELECT n.post FROM tonghu_present(@at::timestamptz) n
        WHERE n.person = p.id AND (p.given_by IS NULL OR NOT tonghu_unconfirmed(p.id))
          AND (NOT n.deputy OR NOT EXISTS (
                SELECT FROM tonghu_present(@at::timestamptz) o WHERE o.post = n.post AND NOT o.deputy AND NOT o.away))
        GROUP BY n.post ORDER BY n.post)::text[] AS posts,
    ARRAY(
        SELECT DISTINCT o.role FROM holding h JOIN post o ON o.name = h.post
        WHERE h.person = p.id AND h.from_at <= @at::timestamptz AND (h.until_at IS NULL OR h.until_at > @at::timestamptz))::text[] AS roles
FROM session s JOIN person p ON p.id = s.person
WHERE s.token = @token AND s.ends_at > @at::timestamptz AND p.active;

-- name: SeeSession :exec
UPDATE session SET seen_at = greatest(seen_at, @at::timestamptz) WHERE id = @id;

-- name: ProveSession :execrows
UPDATE session SET proved_at = @at::timestamptz, seen_at = greatest(seen_at, @at::timestamptz) WHERE id = @id;

-- name: SessionsOf :many
SELECT * FROM session WHERE person = @person AND ends_at > @at::timestamptz ORDER BY started_at DESC, id;

-- name: EndSession :execrows
DELETE FROM session WHERE person = @person AND id = @id;

-- name: EndSessions :execrows
DELETE FROM session WHERE person = @person AND id <> @but;

-- name: DropEndedSessions :exec
DELETE FROM session WHERE ends_at < @before;

-- name: Take :one
SELECT t.wait::double precision AS wait, t.first::boolean AS first
FROM tonghu_take(@keys::bytea[], @spacings::double precision[], @spans::double precision[], @at::timestamptz) t;

-- name: GiveBack :exec
UPDATE throttle t SET full_at = t.full_at - make_interval(secs => u.spacing)
FROM (SELECT unnest(@keys::bytea[]) AS key, unnest(@spacings::double precision[]) AS spacing) u WHERE t.key = u.key;

-- name: DropLeaked :exec
DELETE FROM throttle WHERE full_at < @before;

-- name: KnownBy :many
SELECT k.mark FROM known_mark k JOIN person p ON p.id = k.person WHERE p.login = @login::text AND k.mark = ANY(@marks::bytea[]);

-- name: Know :exec
INSERT INTO known_mark (person, mark, seen_at) SELECT @person, unnest(@marks::bytea[]), @at::timestamptz
ON CONFLICT (person, mark) DO UPDATE SET seen_at = excluded.seen_at;

-- name: DropUnseenMarks :exec
DELETE FROM known_mark WHERE seen_at < @before;
