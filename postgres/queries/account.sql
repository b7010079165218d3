-- name: ChangePassword :execrows
UPDATE person SET password = @password::text, temporary_until = sqlc.narg(temporary_until) WHERE id = @id;

-- An owner who came in by their own second factor and chose another password has made the one that was given worthless.
-- name: TakeOver :exec
UPDATE person SET given_by = NULL, given_at = NULL, given_how = NULL
WHERE id = @id AND given_by IS NOT NULL AND NOT tonghu_unconfirmed(id);

-- GiveWay notes that an administrator gave a way into an account. What waits already waits from the first time: a second factor
-- that came between is no proof.
-- name: GiveWay :exec
UPDATE person SET given_by = @by::uuid, given_at = CASE WHEN tonghu_unconfirmed(id) THEN given_at ELSE @at::timestamptz END,
    given_how = CASE WHEN tonghu_unconfirmed(id) AND @how::text <> 'link' THEN given_how ELSE @how::text END
WHERE id = @id;

-- UnconfirmedForUpdate gives those of some accounts that wait for a second administrator.
-- name: UnconfirmedForUpdate :many
SELECT p.id, p.given_by::uuid AS given_by, coalesce(p.temporary_until > @at::timestamptz, false)::boolean AS temporary
FROM person p WHERE p.id = ANY(@ids::uuid[]) AND p.given_by IS NOT NULL ORDER BY p.id FOR UPDATE;

-- name: ConfirmAccounts :exec
UPDATE person SET given_by = NULL, given_at = NULL, given_how = NULL WHERE id = ANY(@ids::uuid[]);

-- Accounts gives those who can sign in, in the order of their logins.
-- name: Accounts :many
SELECT p.id, coalesce(p.login, '')::text AS login, p.sealed, p.active, p.temporary_until, (p.password IS NOT NULL)::boolean AS has_password, k.wrapped,
    EXISTS (SELECT FROM second_factor f WHERE f.person = p.id AND f.confirmed_at IS NOT NULL) AS second_factor,
    ARRAY(SELECT c.provider FROM provider_account c WHERE c.person = p.id ORDER BY c.provider)::text[] AS providers,
    coalesce((SELECT max(i.at) FROM sign_in i WHERE i.person = p.id AND i.ok AND i.reason = ''), '0001-01-01 00:00:00+00')::timestamptz AS last_seen,
    p.given_by, p.given_at, coalesce(p.given_how, '')::text AS given_how, g.sealed AS giver_sealed, gk.wrapped AS giver_wrapped,
    (p.given_by IS NOT NULL AND tonghu_unconfirmed(p.id))::boolean AS unconfirmed,
    ARRAY(SELECT DISTINCT h.post FROM holding h WHERE p.given_by IS NOT NULL AND h.person = p.id AND (h.until_at IS NULL OR h.until_at > @at::timestamptz) ORDER BY h.post)::text[] AS waiting_posts
FROM person p JOIN data_key k ON k.subject = p.id::text AND k.compartment = 1
LEFT JOIN person g ON g.id = p.given_by
LEFT JOIN data_key gk ON gk.subject = p.given_by::text AND gk.compartment = 1
WHERE p.login > @past::text AND p.id = coalesce(sqlc.narg(one)::uuid, p.id)
    AND (NOT @unconfirmed_only::boolean OR p.given_by IS NOT NULL AND tonghu_unconfirmed(p.id))
ORDER BY p.login LIMIT @most::int;

-- name: AddPerson :exec
INSERT INTO person (id, login, sealed, password, temporary_until) VALUES (@id, @login, @sealed, @password, @temporary_until);

-- name: SetActive :execrows
UPDATE person SET active = @active WHERE id = @id;

-- name: Authenticator :one
SELECT f.*, k.wrapped, (SELECT count(*) FROM recovery_code r WHERE r.person = f.person AND r.used_at IS NULL)::int AS recovery
FROM second_factor f JOIN data_key k ON k.subject = f.person::text AND k.compartment = 1 WHERE f.person = @person;

-- name: PrepareAuthenticator :exec
INSERT INTO second_factor (person, pending) VALUES (@person, @pending)
ON CONFLICT (person) DO UPDATE SET pending = excluded.pending;

-- The place in which a secret is sealed is part of its seal, and the same for both: enrolling moves it.
-- name: EnrolAuthenticator :execrows
UPDATE second_factor SET sealed = pending, pending = NULL, confirmed_at = @at::timestamptz, last_step = @step
WHERE person = @person AND pending = @pending;

-- name: UseStep :execrows
UPDATE second_factor SET last_step = @step WHERE person = @person AND last_step < @step AND confirmed_at IS NOT NULL;

-- name: DropRecovery :exec
DELETE FROM recovery_code WHERE person = @person;

-- name: PutRecovery :exec
INSERT INTO recovery_code (person, hash) SELECT @person, unnest(@hashes::bytea[]);

-- name: UseRecovery :execrows
UPDATE recovery_code SET used_at = @at::timestamptz WHERE person = @person AND hash = @hash AND used_at IS NULL;

-- name: DropAuthenticator :execrows
DELETE FROM second_factor WHERE person = @person;

-- name: Link :exec
INSERT INTO provider_account (provider, subject, person, linked_at, linked_by) VALUES (@provider, @subject, @person, @at, @by);

-- name: Unlink :execrows
DELETE FROM provider_account WHERE person = @person AND provider = @provider;

-- name: Linked :one
SELECT c.person FROM provider_account c JOIN person p ON p.id = c.person WHERE c.provider = @provider AND c.subject = @subject AND p.active;
