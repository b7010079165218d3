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
