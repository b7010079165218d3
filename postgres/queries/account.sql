-- name: ChangePassword :execrows
UPDATE person SET password = @password::text, temporary_until = sqlc.narg(temporary_until) WHERE id = @id;
