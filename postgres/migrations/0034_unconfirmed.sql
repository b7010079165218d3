-- A way into an account that one administrator gave alone: until a second one has confirmed the account, its posts are not in force.

-- +goose Up

ALTER TABLE person
    -- The administrator who gave it last; NULL: none did, or a second one has confirmed the account since.
    ADD COLUMN given_by  uuid REFERENCES person,
    ADD COLUMN given_at  timestamptz,
    -- account: with a first password; password: another one; link: an account at a provider.
    ADD COLUMN given_how text CHECK (given_how IN ('account', 'password', 'link')),
    ADD CHECK ((given_by IS NULL) = (given_at IS NULL) AND (given_by IS NULL) = (given_how IS NULL));
CREATE INDEX person_given ON person (login) WHERE given_by IS NOT NULL;

-- A second factor that stood before keeps out whoever knows the password alone; one that came after may be anybody's. A provider
-- may vouch for a second factor of its own.
CREATE FUNCTION tonghu_unconfirmed(who uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM person p WHERE p.id = who AND p.given_by IS NOT NULL
            AND (p.given_how = 'link' OR NOT EXISTS (SELECT FROM second_factor f WHERE f.person = p.id AND f.confirmed_at < p.given_at)))
$$;

-- +goose Down

DROP FUNCTION tonghu_unconfirmed;
ALTER TABLE person DROP COLUMN given_by, DROP COLUMN given_at, DROP COLUMN given_how;
