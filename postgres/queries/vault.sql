-- name: ClaimVault :execrows
INSERT INTO vault (fingerprint, suite, since) VALUES (@fingerprint, @suite, now()) ON CONFLICT DO NOTHING;

-- name: KnowKeys :exec
INSERT INTO vault_key (purpose, id, state, at)
SELECT unnest(@purposes::text[]), unnest(@ids::text[]), 'sealing', now() ON CONFLICT DO NOTHING;

-- HasVault tells whether anything was sealed into this database.
-- name: HasVault :one
SELECT EXISTS (SELECT FROM vault);

-- ShareVault keeps a rotation from going on while a process joins.
-- name: ShareVault :one
SELECT fingerprint FROM vault FOR SHARE;

-- LockVault keeps processes from joining.
-- name: LockVault :one
SELECT fingerprint FROM vault FOR UPDATE;

-- name: VaultKeys :many
SELECT purpose, id, state, at FROM vault_key ORDER BY purpose, at, id;

-- name: PutProcess :exec
INSERT INTO vault_process (id, name, seen, knows, seals, stuck) VALUES (@id, @name, now(), @knows, @seals, @stuck)
ON CONFLICT (id) DO UPDATE SET seen = now(), knows = @knows, seals = @seals, stuck = @stuck;

-- name: DropProcess :exec
DELETE FROM vault_process WHERE id = @id;

-- name: DropGoneProcesses :exec
DELETE FROM vault_process WHERE seen < now() - interval '1 day';

-- name: Processes :many
SELECT id, name, seen, knows, seals, stuck, (seen < now() - make_interval(secs => @silence::float8))::boolean AS gone
FROM vault_process ORDER BY name, id;

-- name: StageKey :exec
INSERT INTO vault_key (purpose, id, state, at) VALUES (@purpose, @id, 'staged', now()) ON CONFLICT DO NOTHING;

-- LockDataKeys waits for everyone who writes data keys, and keeps others off until the transaction ends. Reading goes on.
-- name: LockDataKeys :exec
LOCK TABLE data_key IN SHARE ROW EXCLUSIVE MODE;

-- RetireKeys retires the keys of the file, also those that the database did not know.
-- name: RetireKeys :exec
INSERT INTO vault_key (purpose, id, state, at) SELECT @purpose, unnest(@ids::text[]), 'retired', now()
ON CONFLICT (purpose, id) DO UPDATE SET state = 'retired', at = now() WHERE vault_key.state <> 'retired';

-- name: SealWith :exec
INSERT INTO vault_key (purpose, id, state, at) VALUES (@purpose, @id, 'sealing', now())
ON CONFLICT (purpose, id) DO UPDATE SET state = 'sealing', at = now();

-- DataKeysByMaster counts data keys; those that were destroyed have the id ''.
-- name: DataKeysByMaster :many
SELECT tonghu_master(wrapped)::text AS master, count(*) AS n FROM data_key GROUP BY 1 ORDER BY 1;

-- DataKeysNotUnder gives data keys under other master keys than this.
-- name: DataKeysNotUnder :many
SELECT subject, compartment, wrapped FROM data_key
WHERE octet_length(wrapped) > 0 AND tonghu_master(wrapped) <> @master::text AND (subject, compartment) > (@after_subject::text, @after_compartment::smallint)
ORDER BY subject, compartment LIMIT @most::int;

-- RewrapDataKeys writes only what is still as it was read: a key destroyed meanwhile stays destroyed.
-- name: RewrapDataKeys :execrows
UPDATE data_key d SET wrapped = n.fresh
FROM (SELECT unnest(@subjects::text[]) AS subject, unnest(@compartments::smallint[]) AS compartment, unnest(@olds::bytea[]) AS old, unnest(@fresh::bytea[]) AS fresh) n
WHERE d.subject = n.subject AND d.compartment = n.compartment AND d.wrapped = n.old;
