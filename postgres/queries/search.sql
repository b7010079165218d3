-- RecentSearches counts what a person has searched since a time; two searches of one person take turns.
-- name: RecentSearches :one
SELECT count(*) FROM search WHERE person = @person AND at > @since;

-- name: TakeTurnAtSearch :exec
SELECT pg_advisory_xact_lock(hashtextextended(@person::text, 13));

-- name: InsertSearch :exec
INSERT INTO search (id, person, at, kind, reason, words, tokens, digest_key) VALUES (@id, @person, @at, @kind, @reason, @words, @tokens::bytea[], @digest_key::bytea);

-- name: SearchFound :exec
UPDATE search SET found = @found::int WHERE id = @id;

-- name: GetSearch :one
SELECT id, person, at, kind, reason, words, found FROM search WHERE id = @id;

-- FoundCases gives the cases that the asker may see and that a token leads to, the newest first.
-- name: FoundCases :many
SELECT id, number, kind, seq, stage, phase, outcome, colour, owner, org, opened, next_due, next_key, next_provisional, state FROM visible_cases
WHERE id IN (SELECT t.case_id FROM case_token t WHERE t.kind = @token_kind AND t.token = ANY (@tokens::bytea[]))
ORDER BY opened DESC, id DESC LIMIT @n;

-- Alike gives the other open cases that the asker may see and that have a token of a case, with the kinds of token that they share.
-- name: Alike :many
SELECT v.id, v.number, v.kind, v.seq, v.stage, v.phase, v.outcome, v.colour, v.owner, v.org, v.opened, v.next_due, v.next_key, v.next_provisional, v.state,
    (SELECT array_agg(DISTINCT a.kind ORDER BY a.kind) FROM case_token a JOIN case_token b ON b.kind = a.kind AND b.token = a.token
        WHERE a.case_id = v.id AND b.case_id = @id AND a.kind = ANY (@kinds::smallint[]))::smallint[] AS shared
FROM visible_cases v
WHERE v.id <> @id AND v.stage <> 'closed' AND v.id IN (
    SELECT a.case_id FROM case_token a JOIN case_token b ON b.kind = a.kind AND b.token = a.token
    WHERE b.case_id = @id AND a.kind = ANY (@kinds::smallint[]))
ORDER BY v.opened DESC, v.id DESC LIMIT @n;
