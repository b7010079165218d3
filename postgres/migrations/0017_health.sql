-- +goose Up

-- Restore drills (恢复演练): a backup was restored somewhere else and looked at. Times and lengths only.
CREATE TABLE restore_drill (
    id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL,
    -- The moment that the restored database stood at, and how long it took from the decision to the first answer.
    restored  timestamptz NOT NULL CHECK (restored <= at),
    took_ms   bigint      NOT NULL CHECK (took_ms > 0),
    -- What the drill found wanting: tonghu verify, or the audit log, was not in order.
    good      boolean     NOT NULL
);

-- How late reminders went out in the last day.
CREATE INDEX rung_at ON rung (at);

-- +goose Down
DROP INDEX rung_at;
DROP TABLE restore_drill;
