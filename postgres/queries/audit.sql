-- LockChain makes writers of one chain take turns until their transactions end.
-- name: LockChain :exec
SELECT pg_advisory_xact_lock(hashtextextended(@chain::text, 11));

-- ChainEnd locks a chain and gives its last row; no row if it has none.
-- name: ChainEnd :one
SELECT e.last_seq::bigint AS seq, e.last_hash::bytea AS hash FROM tonghu_chain_end(@chain::text) e;

-- name: InsertAudit :exec
INSERT INTO audit (chain, seq, at, actor, action, object, detail, prev_hash, hash)
VALUES (@chain, @seq, @at, @actor, @action, @object, @detail, @prev_hash, @hash);

-- name: AuditChain :many
SELECT chain, seq, at, actor, action, object, detail, prev_hash, hash FROM audit WHERE chain = @chain AND seq > @after ORDER BY seq LIMIT @n;

-- AllAudit gives the rows of every chain, chain by chain, from after one on.
-- name: AllAudit :many
SELECT chain, seq, at, actor, action, object, detail, prev_hash, hash FROM audit
WHERE (chain, seq) > (@chain::text, @seq::bigint) ORDER BY chain, seq LIMIT @n;

-- Strangers gives the ids that no case has.
-- name: Strangers :many
SELECT i.id::uuid FROM unnest(@ids::uuid[]) AS i (id) WHERE NOT EXISTS (SELECT FROM cases c WHERE c.id = i.id::uuid);

-- CaseTrails gives, of the cases after one, what their rows, timelines and audit chains say of each change: the case's seq, the
-- events, the chain's actions with their details (idx -1). One statement sees one moment of all three.
-- name: CaseTrails :many
WITH page AS MATERIALIZED (SELECT c.id, c.seq FROM cases c WHERE c.id > @after ORDER BY c.id LIMIT @n)
SELECT p.id, 'case'::text AS what, p.seq, 0::int AS idx, NULL::jsonb AS body, NULL::text[] AS detail FROM page p
UNION ALL SELECT e.case_id, 'event', e.seq, e.idx, e.body, NULL FROM event e JOIN page p ON p.id = e.case_id
UNION ALL SELECT p.id, a.action, a.seq, -1, NULL, a.detail FROM page p JOIN audit a ON a.chain = 'case:' || p.id
ORDER BY 1, 2, 3, 4;

-- name: PutMark :exec
INSERT INTO audit_mark (file, batch, at, tail, host, looked) VALUES (@file, @batch, @at, @tail, @host, @looked)
ON CONFLICT (file) DO UPDATE SET batch = excluded.batch, at = excluded.at, tail = excluded.tail, host = excluded.host, looked = excluded.looked;

-- name: Marks :many
SELECT file, batch, at, tail FROM audit_mark WHERE @host::text = '' OR host = @host ORDER BY file;

-- name: PutCheck :exec
INSERT INTO audit_check (at, took_ms, chains, rows, newer, horizon, findings)
VALUES (@at, @took_ms, @chains, @rows, @newer, @horizon, @findings);

-- name: LastCheck :one
SELECT at, rows, horizon, jsonb_array_length(findings)::int AS findings FROM audit_check ORDER BY id DESC LIMIT 1;

-- name: LastLooked :one
SELECT coalesce(max(looked), '0001-01-01 00:00:00Z')::timestamptz FROM audit_mark;

-- Reads gives who looked at a case, the newest first.
-- name: Reads :many
SELECT chain, seq, at, actor, action, object, detail FROM audit
WHERE chain = @chain AND seq < @before ORDER BY seq DESC LIMIT @n;

-- ReadsUp is Reads, the oldest first.
-- name: ReadsUp :many
SELECT chain, seq, at, actor, action, object, detail FROM audit
WHERE chain = @chain AND seq > @after ORDER BY seq LIMIT @n;

-- Denials gives who was refused a case, the newest first.
-- name: Denials :many
SELECT chain, seq, at, actor, action, object, detail FROM audit
WHERE action = 'denied' AND object = @object AND (at, chain, seq) < (@before::timestamptz, @before_chain::text, @before_seq::bigint)
ORDER BY at DESC, chain DESC, seq DESC LIMIT @n;

-- RecusedFrom gives the cases from which somebody with some posts is recused.
-- name: RecusedFrom :many
SELECT DISTINCT case_id FROM case_recused WHERE post = ANY (@posts::text[]);

-- AuditLog gives rows of all chains but what is hidden, the newest first.
-- name: AuditLog :many
SELECT chain, seq, at, actor, action, object, detail FROM audit
WHERE at >= @from_at AND at < @to_at AND (at, chain, seq) < (@before::timestamptz, @before_chain::text, @before_seq::bigint)
    AND starts_with(action, @action::text) AND NOT (chain = ANY (@hidden::text[]) OR object = ANY (@hidden::text[]) OR detail && @hidden::text[])
ORDER BY at DESC, chain DESC, seq DESC LIMIT @n;

-- AuditLogOf is AuditLog of one actor.
-- name: AuditLogOf :many
SELECT chain, seq, at, actor, action, object, detail FROM audit
WHERE actor = @actor AND at >= @from_at AND at < @to_at AND (at, chain, seq) < (@before::timestamptz, @before_chain::text, @before_seq::bigint)
    AND starts_with(action, @action::text) AND NOT (chain = ANY (@hidden::text[]) OR object = ANY (@hidden::text[]) OR detail && @hidden::text[])
ORDER BY at DESC, chain DESC, seq DESC LIMIT @n;

-- name: CaseNumbers :many
SELECT id, number FROM cases WHERE id = ANY (@ids::uuid[]);

-- name: CaseByNumber :one
SELECT id FROM cases WHERE number = @number;

-- InsertNext puts a row after the one that it names, if that is still the last of its chain.
-- name: InsertNext :execrows
INSERT INTO audit (chain, seq, at, actor, action, object, detail, prev_hash, hash)
SELECT p.chain, p.seq + 1, @at, @actor, @action, @object, @detail::text[], p.hash, @hash
FROM audit p WHERE p.chain = @chain AND p.seq = @after::bigint AND p.hash = @prev_hash
ON CONFLICT DO NOTHING;

-- HashesAt gives the hashes of some rows, as far as they are there.
-- name: HashesAt :many
SELECT a.chain, a.seq, a.hash FROM audit a
JOIN (SELECT unnest(@chains::text[]) AS chain, unnest(@seqs::bigint[]) AS seq) h ON h.chain = a.chain AND h.seq = a.seq;
