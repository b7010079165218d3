-- name: TakeKey :exec
SELECT tonghu_take_key(@key::text);

-- name: KeyUsed :one
SELECT body, result FROM idempotency WHERE actor = @actor AND route = @route AND key = @key;

-- name: UseKey :exec
INSERT INTO idempotency (actor, route, key, body, result, created) VALUES (@actor, @route, @key, @body, @result, @created);

-- name: DropOldKeys :exec
DELETE FROM idempotency WHERE created < @before;
