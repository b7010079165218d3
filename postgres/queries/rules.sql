-- name: PutRules :exec
INSERT INTO rules (hash, policy, version, body, stored) VALUES (@hash, @policy, @version, @body, @stored)
ON CONFLICT (hash) DO NOTHING;

-- name: UnsetCurrentRules :exec
UPDATE rules SET current = false WHERE current AND hash <> @hash;

-- name: SetCurrentRules :exec
UPDATE rules SET current = true WHERE hash = @hash AND NOT current;

-- name: CurrentRules :one
SELECT body FROM rules WHERE current;

-- name: RulesByHash :one
SELECT body FROM rules WHERE hash = @hash;
