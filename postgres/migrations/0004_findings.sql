-- +goose Up

-- A finding opens a temporary guardianship without a report (未保法 92): it is a filing that has no reporter, and so no 查询码.
ALTER TABLE filing ALTER COLUMN receipt_hash DROP NOT NULL;

-- +goose Down
DELETE FROM filing WHERE receipt_hash IS NULL;
ALTER TABLE filing ALTER COLUMN receipt_hash SET NOT NULL;
