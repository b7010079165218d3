-- name: InsertFiling :exec
INSERT INTO filing (case_id, receipt_hash, author, unit, found_at, filed_at, child, reporter, narrative)
VALUES (@case_id, @receipt_hash, @author, @unit, @found_at, @filed_at, @child, @reporter, @narrative);

-- name: GetFiling :one
SELECT case_id, filed_at, child, reporter, narrative FROM filing WHERE case_id = @case_id;

-- name: Filed :one
SELECT c.number, f.filed_at FROM filing f JOIN cases c ON c.id = f.case_id WHERE f.case_id = @case_id;

-- name: FilingByReceipt :one
SELECT f.case_id, c.number, f.filed_at FROM filing f JOIN cases c ON c.id = f.case_id WHERE f.receipt_hash = @receipt_hash;

-- name: InsertTokens :exec
INSERT INTO case_token (kind, token, case_id) SELECT unnest(@kinds::smallint[]), unnest(@tokens::bytea[]), @case_id ON CONFLICT DO NOTHING;

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
