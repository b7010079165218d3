-- BeforeCommand gives what a new command depends on: what its key was used for, whether its id is taken, and the keys of the case's
-- words. No row if the asker may not see the case.
-- name: BeforeCommand :one
SELECT v.compartment, coalesce(i.result, '')::text AS used, i.body AS used_body,
    EXISTS (SELECT FROM command c WHERE c.id = @id) AS taken,
    (SELECT array_agg(k.compartment ORDER BY k.compartment) FROM data_key k WHERE k.subject = v.id::text)::smallint[] AS parts,
    (SELECT array_agg(k.wrapped ORDER BY k.compartment) FROM data_key k WHERE k.subject = v.id::text)::bytea[] AS keys
FROM visible_cases v LEFT JOIN idempotency i ON i.actor = @actor AND i.route = @route AND i.key = @key
WHERE v.id = @case_id;

-- NewCommand is for an id that is not taken.
-- name: NewCommand :exec
INSERT INTO command (id, case_id, kind, step, status, by_person, by_post, body, rules, at)
VALUES (@id, @case_id, @kind, @step, 'pending', @by_person, @by_post, @body, @rules, @at);

-- name: GetCommand :one
SELECT id, case_id, kind, status, by_person, body, rules, result, refusal, at FROM command WHERE id = @id;

-- name: CommandOutcome :one
SELECT status, result FROM command WHERE id = @id;

-- RecordCommand belongs to Record only: what the case's own change carries stands, whatever was told before.
-- name: RecordCommand :exec
INSERT INTO command (id, case_id, kind, step, status, by_person, by_post, body, result, at, ended_at)
VALUES (@id, @case_id, @kind, @step, 'recorded', @by_person, @by_post, @body, @result, @at, @at)
ON CONFLICT (id) DO UPDATE SET status = 'recorded', result = excluded.result, refusal = NULL, ended_at = excluded.at;

-- name: RefuseCommand :execrows
UPDATE command SET status = 'refused', refusal = @refusal, ended_at = @at WHERE id = @id AND status = 'pending';

-- Unflushed lets the transaction's commit be lost in a crash of the database, with nothing after it kept either.
-- name: Unflushed :exec
SELECT set_config('synchronous_commit', 'off', true);

-- name: AnswerCommand :exec
UPDATE command SET status = 'answered' WHERE id = @id AND status = 'recorded';

-- name: PendingOfCase :many
SELECT id, case_id, kind, status, by_person, body, rules, result, refusal, at FROM command
WHERE case_id = @case_id AND status = 'pending' ORDER BY at, id;

-- name: PendingCommands :many
SELECT id, case_id, kind, status, by_person, body, rules, result, refusal, at FROM command
WHERE status = 'pending' AND at < @before ORDER BY at, id LIMIT @n;

-- name: Drafts :many
SELECT d.id, d.case_id, d.kind, d.status, d.by_person, d.body, d.rules, d.result, d.refusal, d.ended_at AS at FROM command d
JOIN visible_cases c ON c.id = d.case_id
WHERE d.by_person = @person AND d.status = 'refused' AND NOT d.dropped AND d.ended_at > @since
ORDER BY d.ended_at DESC, d.id;

-- name: DropDraft :execrows
UPDATE command SET dropped = true WHERE id = @id AND by_person = @person AND status = 'refused' AND NOT dropped;

-- name: DropOldDrafts :many
UPDATE command SET dropped = true WHERE status = 'refused' AND NOT dropped AND ended_at < @before RETURNING id;
