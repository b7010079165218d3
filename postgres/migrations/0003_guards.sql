-- +goose Up

-- Checks that stop a transaction by themselves, so that a statement and its check travel together with what follows.

-- tonghu_must stops the transaction where something is not as it must be.
-- +goose StatementBegin
CREATE FUNCTION tonghu_must(holds boolean, what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF holds IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'TG500', MESSAGE = what;
    END IF;
END
$$;
-- +goose StatementEnd

-- tonghu_take_key keeps others off an Idempotency-Key until the transaction ends, and stops this one if another has it.
-- +goose StatementBegin
CREATE FUNCTION tonghu_take_key(key text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended(key, 7)) THEN
        RAISE EXCEPTION USING ERRCODE = 'TG409', MESSAGE = 'in flight';
    END IF;
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION tonghu_take_key;
DROP FUNCTION tonghu_must;
