-- +goose Up

-- The vault that seals this database, by the fingerprint of its key file, which never changes. A process with another key file stops
-- at its start, instead of writing what nobody else can read.
CREATE TABLE vault (
    one         boolean     PRIMARY KEY DEFAULT true CHECK (one),
    fingerprint bytea       NOT NULL CHECK (octet_length(fingerprint) = 16),
    suite       text        NOT NULL,
    since       timestamptz NOT NULL
);

-- Keys of the key file that rotation knows of. A process that lacks one of them has an older copy of the file, and stops at its start.
-- staged: in the file, seals nothing yet; sealing: in use; retired: opens what it has sealed, and seals nothing any more.
CREATE TABLE vault_key (
    purpose text        NOT NULL CHECK (purpose IN ('master', 'payload', 'audit')),
    id      text        NOT NULL CHECK (id ~ '^[0-9a-f]{8}$'),
    state   text        NOT NULL CHECK (state IN ('staged', 'sealing', 'retired')),
    at      timestamptz NOT NULL,
    PRIMARY KEY (purpose, id)
);
CREATE UNIQUE INDEX vault_key_one ON vault_key (purpose, state) WHERE state <> 'retired';

-- The processes that hold keys in memory, and which: by purpose and id, as "master:1a2b3c4d". Each says so every few seconds.
CREATE TABLE vault_process (
    id    uuid        PRIMARY KEY,
    name  text        NOT NULL,
    seen  timestamptz NOT NULL,
    knows text[]      NOT NULL,
    seals text[]      NOT NULL,
    -- It could not use the key file when it last looked at it.
    stuck boolean     NOT NULL
);

-- The id of the master key under which a data key stands (the vault's ciphertexts begin with a version byte and the key's id).
CREATE FUNCTION tonghu_master(wrapped bytea) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN encode(substring(wrapped FROM 2 FOR 4), 'hex');

-- A process that slept through a rotation would wrap new data keys under a retired master key, behind the back of the rewrapping. It is
-- stopped here, and looks at its key file.
-- +goose StatementBegin
CREATE FUNCTION tonghu_refuse_retired() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF octet_length(NEW.wrapped) > 0
       AND EXISTS (SELECT FROM vault_key k WHERE k.purpose = 'master' AND k.id = tonghu_master(NEW.wrapped) AND k.state = 'retired') THEN
        RAISE EXCEPTION USING ERRCODE = 'TG410', MESSAGE = 'retired master key';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER data_key_not_retired BEFORE INSERT OR UPDATE OF wrapped ON data_key FOR EACH ROW EXECUTE FUNCTION tonghu_refuse_retired();

-- The app makes data keys too. Ids of keys tell nothing.
CREATE POLICY app ON vault_key FOR SELECT TO tonghu_app USING ((SELECT cardinality(tonghu_posts())) > 0);
GRANT SELECT ON vault_key TO tonghu_app;

-- +goose Down
DROP TRIGGER data_key_not_retired ON data_key;
DROP FUNCTION tonghu_refuse_retired, tonghu_master;
DROP TABLE vault_process, vault_key, vault;
