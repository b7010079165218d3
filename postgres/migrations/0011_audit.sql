-- +goose Up

-- The audit log is append-only for everyone, its owner too. Who lifts this (a superuser can) is found by `tonghu audit verify`.
-- +goose StatementBegin
CREATE FUNCTION tonghu_audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'TG500', MESSAGE = 'the audit log is append-only';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION tonghu_audit_stays();
ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_stays;

-- tx tells which rows are new since a snapshot: those whose transaction had not ended then. No hash covers it; it only says where to look first.
ALTER TABLE audit ADD COLUMN tx xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX audit_tx ON audit (tx);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_actor ON audit (actor, at);
CREATE INDEX audit_denied ON audit (object, at) WHERE action = 'denied';

-- The engine adds to it and reads it; the app has no part in it: who asks does not write what they did.
REVOKE UPDATE, DELETE ON audit FROM tonghu_engine;

-- tonghu_chain_end locks a chain until the transaction ends and gives its last row; no row for a chain that has not begun. The row is
-- read once the lock is held: each statement of a volatile function sees what is committed by then.
-- +goose StatementBegin
CREATE FUNCTION tonghu_chain_end(name text) RETURNS TABLE (last_seq bigint, last_hash bytea)
LANGUAGE plpgsql VOLATILE STRICT ROWS 1 AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(name, 11));
    RETURN QUERY SELECT a.seq, a.hash FROM audit a WHERE a.chain = name ORDER BY a.seq DESC LIMIT 1;
END
$$;
-- +goose StatementEnd

-- How far each heads file outside the database goes, and when its writer last looked: a file that was cut back or put away is missed.
CREATE TABLE audit_mark (
    file   text        PRIMARY KEY,
    batch  bigint      NOT NULL CHECK (batch >= 1),
    at     timestamptz NOT NULL,
    tail   text        NOT NULL,
    host   text        NOT NULL,
    looked timestamptz NOT NULL
);

-- What verifications of the whole log found; findings name chain, row and reason.
CREATE TABLE audit_check (
    id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL,
    took_ms  bigint      NOT NULL,
    chains   bigint      NOT NULL,
    rows     bigint      NOT NULL,
    newer    bigint      NOT NULL,
    horizon  timestamptz,
    findings jsonb       NOT NULL
);

-- +goose Down
DROP TABLE audit_check, audit_mark;
DROP FUNCTION tonghu_chain_end;
DROP INDEX audit_denied, audit_actor, audit_at, audit_tx;
ALTER TABLE audit DROP COLUMN tx;
GRANT UPDATE, DELETE ON audit TO tonghu_engine;
DROP TRIGGER audit_stays ON audit;
DROP FUNCTION tonghu_audit_stays;
