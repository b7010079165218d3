-- How long files are kept, and which were destroyed.

-- +goose Up

-- When a closed case is to be appraised (鉴定). The row is there while the case is filed away; without a time it is kept for ever.
CREATE TABLE retention (
    case_id     uuid        PRIMARY KEY REFERENCES cases,
    -- The row of the retention schedule; '' where none names the file.
    rule        text        NOT NULL,
    -- Whole years from the first of January, so that it tells nobody's birthday.
    appraise_at timestamptz
);
CREATE INDEX retention_due ON retention (appraise_at) WHERE appraise_at IS NOT NULL;

-- What was destroyed (销毁): one row for each case, those merged into it with it. It is the certificate, and what still has to be
-- written to the list outside the database.
CREATE TABLE erasure (
    case_id     uuid        PRIMARY KEY REFERENCES cases,
    -- The command that two persons decided on, and the case in which they did.
    decision    text        NOT NULL CHECK (decision <> ''),
    decided_in  uuid        NOT NULL REFERENCES cases,
    at          timestamptz NOT NULL,
    cause       text        NOT NULL CHECK (cause <> ''),
    by_person   text        NOT NULL,
    by_post     text        NOT NULL,
    second      text        NOT NULL,
    second_post text        NOT NULL,
    -- The data keys that were destroyed: compartment, and the head of a hash over the wrapped key.
    keys        text[]      NOT NULL,
    -- Set when the decision stands in the erasure list on disk.
    listed_at   timestamptz,
    CONSTRAINT erasure_has_two_persons CHECK (by_person <> second)
);
CREATE INDEX erasure_decision ON erasure (decision);
CREATE INDEX erasure_unlisted ON erasure (at) WHERE listed_at IS NULL;

-- A destroyed key stays destroyed, whoever writes the table: a rotation that had read it before, or a program with a fault.
-- +goose StatementBegin
CREATE FUNCTION tonghu_stays_destroyed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF octet_length(OLD.wrapped) = 0 AND (TG_OP = 'DELETE' OR octet_length(NEW.wrapped) > 0) THEN
        RAISE EXCEPTION USING ERRCODE = 'TG500', MESSAGE = 'a destroyed data key stays destroyed';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;
-- +goose StatementEnd
CREATE TRIGGER stays_destroyed BEFORE UPDATE OR DELETE ON data_key FOR EACH ROW EXECUTE FUNCTION tonghu_stays_destroyed();

SELECT tonghu_lock_tables();
CREATE POLICY app ON retention FOR SELECT TO tonghu_app USING ((SELECT true FROM cases c WHERE c.id = retention.case_id));
CREATE POLICY app ON erasure FOR SELECT TO tonghu_app USING ((SELECT true FROM cases c WHERE c.id = erasure.case_id));
GRANT SELECT ON retention, erasure TO tonghu_app;

-- +goose Down
DROP TRIGGER stays_destroyed ON data_key;
DROP FUNCTION tonghu_stays_destroyed;
DROP TABLE erasure, retention;
