-- name: SetRetention :exec
INSERT INTO retention (case_id, rule, appraise_at) VALUES (@case_id, @rule, @appraise_at)
ON CONFLICT (case_id) DO UPDATE SET rule = excluded.rule, appraise_at = excluded.appraise_at;

-- name: DropRetention :exec
DELETE FROM retention WHERE case_id = ANY (@cases::uuid[]);

-- name: Retention :one
SELECT rule, appraise_at FROM retention WHERE case_id = @case_id;

-- RetentionOver gives the closed cases whose time is over, the longest first, but for those that have been told and have not taken it in.
-- name: RetentionOver :many
SELECT c.id, c.kind, c.seq FROM retention r JOIN cases c ON c.id = r.case_id
WHERE r.appraise_at <= @at::timestamptz AND c.stage = 'closed'
    AND NOT EXISTS (SELECT FROM fact f WHERE f.case_id = c.id AND f.kind = 'retention_due' AND f.applied_seq IS NULL)
ORDER BY r.appraise_at, c.id LIMIT @n;

-- WithoutRetention gives the closed cases that nobody has counted the time of: filed away before there was a schedule.
-- name: WithoutRetention :many
SELECT c.id FROM cases c
WHERE c.stage = 'closed' AND c.merged_into IS NULL
    AND NOT EXISTS (SELECT FROM retention r WHERE r.case_id = c.id) AND NOT EXISTS (SELECT FROM erasure e WHERE e.case_id = c.id)
ORDER BY c.id LIMIT @n;

-- HoldClosed keeps a closed case from changing; no row if it is not closed.
-- name: HoldClosed :one
SELECT state, rules FROM cases WHERE id = @id AND stage = 'closed' FOR NO KEY UPDATE;

-- PartsOf gives a case and those merged into it, the case itself first.
-- name: PartsOf :many
WITH RECURSIVE part AS (
    SELECT c.id, 0 AS depth FROM cases c WHERE c.id = @id
    UNION ALL
    SELECT c.id, part.depth + 1 FROM cases c JOIN part ON c.merged_into = part.id WHERE part.depth < 50
)
SELECT part.id FROM part ORDER BY part.depth, part.id;

-- name: HoldKeys :many
SELECT subject, compartment, wrapped FROM data_key WHERE subject = ANY (@subjects::text[]) ORDER BY subject, compartment FOR UPDATE;

-- DestroyKeys empties every key of some subjects, and puts an empty one where there was none: nothing is sealed for them again.
-- name: DestroyKeys :exec
INSERT INTO data_key (subject, compartment, wrapped)
SELECT s, c, ''::bytea FROM unnest(@subjects::text[]) s, unnest(@compartments::smallint[]) c
ON CONFLICT (subject, compartment) DO UPDATE SET wrapped = excluded.wrapped WHERE octet_length(data_key.wrapped) > 0;

-- name: EraseSealed :exec
DELETE FROM sealed WHERE case_id = ANY (@cases::uuid[]);

-- name: EraseTokens :exec
DELETE FROM case_token WHERE case_id = ANY (@cases::uuid[]);

-- name: EraseDrafts :exec
UPDATE command SET dropped = true WHERE case_id = ANY (@cases::uuid[]) AND status = 'refused' AND NOT dropped;

-- EraseAddresses and EraseMessages take the lines between reporters and the office that were sealed with the keys.
-- name: EraseAddresses :exec
DELETE FROM message_filing WHERE case_id = ANY (@cases::uuid[])
    OR message_id IN (SELECT m.id FROM message m WHERE m.case_id = ANY (@cases));

-- name: EraseMessages :exec
DELETE FROM message WHERE case_id = ANY (@cases::uuid[]);

-- EraseFilings leaves the hash of the 查询码, by which the code page still answers.
-- name: EraseFilings :exec
UPDATE filing SET child = NULL, address = NULL, reporter = NULL, narrative = NULL, author = NULL, unit = NULL, found_at = NULL
WHERE case_id = ANY (@cases::uuid[]);

-- EraseSearches takes what people looked for these children by, and the words by which they said why: of searches that showed the
-- cases, and of those that would have. It comes before their own tokens go.
-- name: EraseSearches :exec
UPDATE search SET words = NULL, tokens = NULL, digest_key = NULL WHERE (words IS NOT NULL OR tokens IS NOT NULL) AND (
    id::text IN (SELECT a.object FROM audit a WHERE a.action = 'search' AND a.chain IN (SELECT 'read:' || c::text FROM unnest(@cases::uuid[]) c))
    OR tokens && ARRAY(SELECT t.token FROM case_token t WHERE t.case_id = ANY (@cases::uuid[])));

-- What was answered in forms, without which a timeline still says who did which step when.
-- name: EraseEventFields :exec
UPDATE event SET body = body - 'fields' WHERE case_id = ANY (@cases::uuid[]) AND body ? 'fields';

-- name: EraseFactFields :exec
UPDATE fact SET body = body - 'fields' WHERE case_id = ANY (@cases::uuid[]) AND body ? 'fields' AND applied_seq IS NOT NULL;

-- name: EraseCommandFields :exec
UPDATE command SET body = body - 'fields' WHERE case_id = ANY (@cases::uuid[]) AND body ? 'fields' AND status <> 'pending';

-- name: InsertErasure :exec
INSERT INTO erasure (case_id, decision, decided_in, at, cause, by_person, by_post, second, second_post, keys, listed_at)
VALUES (@case_id, @decision, @decided_in, @at, @cause, @by_person, @by_post, @second, @second_post, @keys, @listed_at)
ON CONFLICT (case_id) DO NOTHING;

-- name: Erasure :one
SELECT e.case_id, e.decision, e.decided_in, e.at, e.cause, e.by_person, e.by_post, e.second, e.second_post, e.keys, e.listed_at, c.number, c.kind,
    d.number AS decided_number
FROM erasure e JOIN cases c ON c.id = e.case_id LEFT JOIN cases d ON d.id = e.decided_in
WHERE e.case_id = @case_id;

-- name: IsErased :one
SELECT EXISTS (SELECT FROM erasure WHERE case_id = @case_id);

-- name: UnlistedErasures :many
SELECT e.decision, e.at, e.cause, e.by_person, e.by_post, e.second, e.second_post,
    array_agg(e.case_id ORDER BY e.case_id <> e.decided_in, e.case_id)::uuid[] AS cases
FROM erasure e WHERE e.decision IN (SELECT u.decision FROM erasure u WHERE u.listed_at IS NULL)
GROUP BY e.decision, e.at, e.cause, e.by_person, e.by_post, e.second, e.second_post
ORDER BY e.at LIMIT @n;

-- name: MarkListed :exec
UPDATE erasure SET listed_at = @at WHERE decision = ANY (@decisions::text[]) AND listed_at IS NULL;

-- Unlist makes every erasure that is not among some decisions one that is still to be listed.
-- name: Unlist :execrows
UPDATE erasure SET listed_at = NULL WHERE listed_at IS NOT NULL AND NOT decision = ANY (@decisions::text[]);

-- Readable gives the cases among some that are not erased, or of which a key is left.
-- name: Readable :many
SELECT c.id, c.kind, c.stage, c.merged_into FROM cases c
WHERE c.id = ANY (@cases::uuid[])
    AND (NOT EXISTS (SELECT FROM erasure e WHERE e.case_id = c.id)
        OR EXISTS (SELECT FROM data_key k WHERE k.subject = c.id::text AND octet_length(k.wrapped) > 0))
ORDER BY c.id;
