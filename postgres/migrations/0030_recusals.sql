-- From which cases a post is recused: the audit log leaves them out (DOMAIN 8a.1).

-- +goose Up

CREATE INDEX case_recused_post ON case_recused (post);

-- +goose Down
DROP INDEX case_recused_post;
