-- TryKey tells whether this transaction may work on a key; false while another does.
-- name: TryKey :one
SELECT pg_try_advisory_xact_lock(hashtextextended(@key::text, 7));

-- name: KeyUsed :one
SELECT body, result FROM idempotency WHERE actor = @actor AND route = @route AND key = @key;

-- name: UseKey :exec
INSERT INTO idempotency (actor, route, key, body, result, created) VALUES (@actor, @route, @key, @body, @result, @created);

-- name: DropOldKeys :exec
DELETE FROM idempotency WHERE created < @before;
