-- +goose Up

-- Signing in: sessions, second factors, accounts elsewhere, what a person is known by, and how often somebody tried.

DROP TABLE sessions;

-- Who is signed in where. The cookie's token is kept as its SHA-256 only.
CREATE TABLE session (
    id         uuid PRIMARY KEY,
    token      bytea NOT NULL UNIQUE CHECK (length(token) = 32),
    person     uuid NOT NULL REFERENCES person,
    method     text NOT NULL CHECK (method IN ('password', 'provider')),
    -- When a second factor was proved in it; NULL: none was.
    proved_at  timestamptz,
    started_at timestamptz NOT NULL,
    -- Of the last request, to the minute.
    seen_at    timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    -- What the browser says it is, by class only, and a coarse part of its address.
    device     text NOT NULL,
    browser    text NOT NULL,
    address    text NOT NULL
);
CREATE INDEX session_person ON session (person);
CREATE INDEX session_ends ON session (ends_at);

-- Set where an administrator gave the password: until when it opens the door, and that its owner must choose another.
ALTER TABLE person ADD COLUMN temporary_until timestamptz;

CREATE INDEX sign_in_person ON sign_in (person, at DESC) WHERE ok;

-- The secret that a person's authenticator app shares (TOTP, RFC 6238), sealed under the person's data key.
CREATE TABLE second_factor (
    person       uuid PRIMARY KEY REFERENCES person,
    -- NULL until the first code has been right.
    sealed       bytea,
    confirmed_at timestamptz,
    -- A new secret that no right code has been given for yet.
    pending      bytea,
    -- The time step of the last code that was used: none is used twice.
    last_step    bigint NOT NULL DEFAULT 0,
    CHECK ((sealed IS NULL) = (confirmed_at IS NULL))
);

CREATE TABLE recovery_code (
    person  uuid NOT NULL REFERENCES second_factor ON DELETE CASCADE,
    -- A keyed hash of the code.
    hash    bytea NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (person, hash)
);

-- A person's account at an office's OpenID provider; the provider's subject is kept as a blind index.
CREATE TABLE provider_account (
    provider  text NOT NULL,
    subject   bytea NOT NULL,
    person    uuid NOT NULL REFERENCES person,
    linked_at timestamptz NOT NULL,
    linked_by uuid NOT NULL REFERENCES person,
    PRIMARY KEY (provider, subject)
);
-- One account of each provider to a person.
CREATE UNIQUE INDEX provider_account_person ON provider_account (person, provider);

-- Browsers and addresses from which a person has signed in before, as blind indexes. Guesses from elsewhere do not keep the
-- person out there.
CREATE TABLE known_mark (
    person  uuid NOT NULL REFERENCES person,
    mark    bytea NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (person, mark)
);
CREATE INDEX known_mark_seen ON known_mark (seen_at);

-- How often somebody tried, as a leaky bucket: full_at is when all that was counted will have leaked away. key is a blind index.
CREATE TABLE throttle (
    key     bytea PRIMARY KEY,
    full_at timestamptz NOT NULL,
    -- Attempts refused since the last one that was let through.
    refused integer NOT NULL DEFAULT 0
);
CREATE INDEX throttle_full ON throttle (full_at);

-- tonghu_take counts one attempt in each bucket, or in none if one of them is full. A bucket leaks one attempt in each spacing and
-- is full when it would take longer than its span to empty. It gives how long to wait before another attempt fits (0: this one
-- was counted) and whether this is the first refusal since an attempt was let through. The buckets stand in one order for
-- everybody, so that nobody waits in a circle, and one that is full keeps those after it from being made.
-- +goose StatementBegin
CREATE FUNCTION tonghu_take(keys bytea[], spacings double precision[], spans double precision[], at timestamptz, OUT wait double precision, OUT first boolean)
LANGUAGE plpgsql AS $$
DECLARE
    until timestamptz;
BEGIN
    wait := 0;
    first := false;
    FOR i IN 1 .. coalesce(array_length(keys, 1), 0) LOOP
        INSERT INTO throttle AS t (key, full_at) VALUES (keys[i], at) ON CONFLICT DO NOTHING;
        SELECT greatest(t.full_at, at) + make_interval(secs => spacings[i]) INTO until FROM throttle t WHERE t.key = keys[i] FOR UPDATE;
        IF until > at + make_interval(secs => spans[i]) THEN
            wait := extract(epoch FROM until - at) - spans[i];
            UPDATE throttle t SET refused = t.refused + 1 WHERE t.key = keys[i] RETURNING t.refused = 1 INTO first;
            RETURN;
        END IF;
    END LOOP;
    FOR i IN 1 .. coalesce(array_length(keys, 1), 0) LOOP
        UPDATE throttle t SET full_at = greatest(t.full_at, at) + make_interval(secs => spacings[i]), refused = 0 WHERE t.key = keys[i];
    END LOOP;
END
$$;
-- +goose StatementEnd

-- +goose Down

DROP FUNCTION tonghu_take;
DROP TABLE throttle, known_mark, provider_account, recovery_code, second_factor;
DROP INDEX sign_in_person;
ALTER TABLE person DROP COLUMN temporary_until;
DROP TABLE session;
CREATE TABLE sessions (
    token  text PRIMARY KEY,
    data   bytea NOT NULL,
    expiry timestamptz NOT NULL
);
CREATE INDEX sessions_expiry_idx ON sessions (expiry);
