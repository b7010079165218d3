-- What was looked for is kept with the search and no longer in the audit log, which forgets nothing: with a destroyed file go the
-- tokens by which people looked for its child. The log keeps a digest under a key of the search's own, which goes with them. Rows of
-- the log from before have the tokens still: whoever must be rid of them makes the instance anew.

-- +goose Up

ALTER TABLE search
    ADD COLUMN tokens bytea[],
    ADD COLUMN digest_key bytea,
    ADD CHECK ((tokens IS NULL) = (digest_key IS NULL));

-- +goose Down

ALTER TABLE search DROP COLUMN tokens, DROP COLUMN digest_key;
