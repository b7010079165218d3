-- name: InsertFact :execrows
INSERT INTO fact (id, case_id, kind, occurred, received, by_person, body)
VALUES (@id, @case_id, @kind, @occurred, @received, @by_person, @body)
ON CONFLICT (id) DO NOTHING;

-- name: GetFact :one
SELECT case_id, body FROM fact WHERE id = @id;

-- name: Unapplied :many
SELECT body FROM fact WHERE case_id = @case_id AND applied_seq IS NULL ORDER BY received, serial LIMIT @n;

-- name: UnappliedOfCases :many
SELECT case_id, body FROM fact WHERE case_id = ANY (@cases::uuid[]) AND applied_seq IS NULL ORDER BY received, serial;

-- name: ApplyFacts :execrows
UPDATE fact SET applied_seq = @seq WHERE case_id = @case_id AND id = ANY (@ids::text[]) AND applied_seq IS NULL;

-- name: NewestFact :one
SELECT id FROM fact WHERE case_id = @case_id AND by_person = @person AND applied_seq IS NULL ORDER BY received DESC, serial DESC LIMIT 1;

-- ForwardFacts gives a merged case's waiting facts to the case that it became part of.
-- name: ForwardFacts :execrows
UPDATE fact SET case_id = @target WHERE case_id = @source AND applied_seq IS NULL;
