-- name: InsertFile :exec
INSERT INTO file (id, case_id, compartment, purpose, media, document, width, height, filing_id, by_person, by_post, uploaded_at)
VALUES (@id, @case_id, @compartment, @purpose, @media, @document, @width, @height, @filing_id, @by_person, @by_post, @uploaded_at);

-- name: InsertFileBlobs :exec
INSERT INTO file_blob (name, file_id, part, bytes, digest)
SELECT unnest(@names::text[]), @file_id, unnest(@parts::text[]), unnest(@bytes::bigint[]), unnest(@digests::bytea[]);

-- CountFiles counts what a case has of its own, and what one report brought with its 查询码.
-- name: CountFiles :one
SELECT count(*) FILTER (WHERE filing_id IS NULL) AS own, count(*) FILTER (WHERE filing_id = @filing_id) AS added
FROM file WHERE case_id = @case_id AND state = 'kept' OR filing_id = @filing_id;

-- name: FilesOfCase :many
SELECT sqlc.embed(f), coalesce(shown.bytes, 0)::bigint AS bytes, (preview.name IS NOT NULL)::boolean AS has_preview,
    (original.name IS NOT NULL)::boolean AS has_original
FROM file f
LEFT JOIN file_blob shown ON shown.file_id = f.id AND shown.part = 'shown'
LEFT JOIN file_blob preview ON preview.file_id = f.id AND preview.part = 'preview'
LEFT JOIN file_blob original ON original.file_id = f.id AND original.part = 'original'
WHERE f.case_id = @case_id AND f.state IN ('kept', 'withdrawn')
ORDER BY f.uploaded_at DESC, f.id LIMIT @n;

-- name: GetFile :one
SELECT sqlc.embed(f), coalesce(shown.bytes, 0)::bigint AS bytes, (preview.name IS NOT NULL)::boolean AS has_preview,
    (original.name IS NOT NULL)::boolean AS has_original
FROM file f
LEFT JOIN file_blob shown ON shown.file_id = f.id AND shown.part = 'shown'
LEFT JOIN file_blob preview ON preview.file_id = f.id AND preview.part = 'preview'
LEFT JOIN file_blob original ON original.file_id = f.id AND original.part = 'original'
WHERE f.id = @id;

-- name: FileBlob :one
SELECT name, digest FROM file_blob WHERE file_id = @file_id AND part = @part;

-- FileRows gives what the audit log keeps of a case's files: among it the SHA-256 of an original.
-- name: FileRows :many
SELECT object, detail FROM audit WHERE chain = @chain AND object = ANY (@files::text[]) ORDER BY seq;

-- name: WithdrawFile :execrows
UPDATE file SET state = @state, withdrawn_at = @at WHERE id = @id AND state = 'kept';

-- name: DropFileBlobs :many
DELETE FROM file_blob WHERE file_id = ANY (@files::uuid[]) RETURNING name;

-- EraseFiles marks the files whose data key was destroyed, and gives them.
-- name: EraseFiles :many
UPDATE file SET state = 'erased'
WHERE id IN (
    SELECT f.id FROM file f JOIN data_key k ON k.subject = f.case_id::text AND k.compartment = f.compartment
    WHERE f.state <> 'erased' AND octet_length(k.wrapped) = 0 LIMIT @n)
RETURNING id;

-- UnknownBlobs gives those names that no file has.
-- name: UnknownBlobs :many
SELECT n.name::text FROM unnest(@names::text[]) AS n (name) WHERE NOT EXISTS (SELECT FROM file_blob b WHERE b.name = n.name);

-- name: CountBlobs :one
SELECT count(*) FROM file_blob;
