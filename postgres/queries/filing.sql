-- name: InsertFiling :exec
INSERT INTO filing (case_id, receipt_hash, author, unit, found_at, filed_at, child, address, reporter, narrative)
VALUES (@case_id, @receipt_hash, @author, @unit, @found_at, @filed_at, @child, @address, @reporter, @narrative);

-- name: GetFiling :one
SELECT case_id, filed_at, child, address, reporter, narrative FROM filing WHERE case_id = @case_id;

-- name: Filed :one
SELECT c.number, f.filed_at FROM filing f JOIN cases c ON c.id = f.case_id WHERE f.case_id = @case_id;

-- name: FilingByReceipt :one
SELECT f.case_id, c.number, f.filed_at FROM filing f JOIN cases c ON c.id = f.case_id WHERE f.receipt_hash = @receipt_hash;

-- name: InsertTokens :exec
INSERT INTO case_token (kind, token, case_id) SELECT unnest(@kinds::smallint[]), unnest(@tokens::bytea[]), @case_id ON CONFLICT DO NOTHING;

-- ShareTokens lets a case be found by the child of another.
-- name: ShareTokens :exec
INSERT INTO case_token (kind, token, case_id, source) SELECT t.kind, t.token, @to_case::uuid, t.case_id FROM case_token t WHERE t.case_id = @from_case
ON CONFLICT DO NOTHING;

-- name: PutDataKey :execrows
INSERT INTO data_key (subject, compartment, wrapped) VALUES (@subject, @compartment, @wrapped) ON CONFLICT DO NOTHING;

-- name: PutDataKeys :exec
INSERT INTO data_key (subject, compartment, wrapped) SELECT @subject, unnest(@compartments::smallint[]), unnest(@wrapped::bytea[]);

-- name: DataKey :one
SELECT wrapped FROM data_key WHERE subject = @subject AND compartment = @compartment;

-- name: InsertSealed :exec
INSERT INTO sealed (item, field, case_id, compartment, body) VALUES (@item, @field, @case_id, @compartment, @body) ON CONFLICT DO NOTHING;

-- name: SealedOf :many
SELECT item, field, case_id, compartment, body FROM sealed WHERE item = ANY (@of::text[]) ORDER BY item, field;

-- name: DropSealed :exec
DELETE FROM sealed WHERE item = ANY (@of::text[]);

-- name: InsertMessage :exec
INSERT INTO message (id, case_id, at, sender, asks, body) VALUES (@id, @case_id, @at, @sender, @asks, @body);

-- name: AddressMessage :exec
INSERT INTO message_filing (case_id, message_id) SELECT unnest(@cases::uuid[]), @message_id;

-- name: GetMessage :one
SELECT id, case_id, at, sender, body, asks FROM message WHERE id = @id;

-- name: MessagesOfFilings :many
SELECT m.id, m.case_id, m.at, m.sender, m.body, m.asks FROM message m
WHERE m.id IN (SELECT mf.message_id FROM message_filing mf WHERE mf.case_id = ANY (@cases::uuid[]))
ORDER BY m.at, m.id;

-- Followed gives the reports of an author, or those filed in the name of one of some units, the newest first, each with the state of
-- the case that it is now part of. asked tells whether the office's last question to the reporter waits for an answer.
-- name: Followed :many
SELECT f.case_id, c.number, f.filed_at, (f.unit IS NOT NULL)::boolean AS in_unit_name, p.state,
    coalesce((SELECT m.asks FROM message m JOIN message_filing mf ON mf.message_id = m.id
        WHERE mf.case_id = f.case_id AND (m.asks OR m.sender = 'reporter') ORDER BY m.at DESC, m.id DESC LIMIT 1), false)::boolean AS asked
FROM filing f JOIN cases c ON c.id = f.case_id JOIN cases p ON p.id = tonghu_now_part_of(f.case_id)
WHERE (f.author = @author OR f.unit = ANY (@units::bytea[])) AND (@number::text = '' OR c.number = @number)
    AND (f.filed_at, f.case_id) < (@before::timestamptz, @before_id::uuid)
ORDER BY f.filed_at DESC, f.case_id DESC LIMIT @n;

-- FeedbackTo gives the 反馈单 that are for the reporter of a filing: those of the case that it opened and, from a merge on, those of the
-- case that it became part of.
-- name: FeedbackTo :many
WITH RECURSIVE way AS (
    SELECT c.id, c.merged_into, c.closed_at, c.opened AS since, 0 AS depth FROM cases c WHERE c.id = @id
    UNION ALL
    SELECT c.id, c.merged_into, c.closed_at, coalesce(way.closed_at, way.since), way.depth + 1
    FROM cases c JOIN way ON c.id = way.merged_into WHERE way.depth < 50
)
SELECT e.at, (e.body->>'command')::text AS command FROM way JOIN event e ON e.case_id = way.id
WHERE e.type = 'step' AND e.body->>'step' = 'police_feedback' AND e.at >= way.since
ORDER BY e.at, e.seq, e.idx;
