-- LockChain makes writers of one chain take turns until their transactions end.
-- name: LockChain :exec
SELECT pg_advisory_xact_lock(hashtextextended(@chain::text, 11));

-- name: LastAudit :one
SELECT chain, seq, at, actor, action, object, detail, prev_hash, hash FROM audit WHERE chain = @chain ORDER BY seq DESC LIMIT 1;

-- name: InsertAudit :exec
INSERT INTO audit (chain, seq, at, actor, action, object, detail, prev_hash, hash)
VALUES (@chain, @seq, @at, @actor, @action, @object, @detail, @prev_hash, @hash);

-- name: AuditChain :many
SELECT chain, seq, at, actor, action, object, detail, prev_hash, hash FROM audit WHERE chain = @chain AND seq > @after ORDER BY seq LIMIT @n;
