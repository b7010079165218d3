-- A post that is on duty in a case and was told of it too is passed once on the way through its cases, not once for each reason.

-- +goose Up

DROP INDEX case_grant_post;
CREATE INDEX case_grant_post ON case_grant (post, opened DESC, case_id DESC);

-- +goose Down
DROP INDEX case_grant_post;
CREATE INDEX case_grant_post ON case_grant (post, why, opened DESC, case_id DESC);
