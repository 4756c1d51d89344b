-- +goose Up

-- time that makes no action old: pauses that only a person could end
ALTER TABLE site ADD COLUMN excused bigint NOT NULL DEFAULT 0;
-- what stood there when the action was queued, less the time that its lane was parked
ALTER TABLE action ADD COLUMN excused bigint NOT NULL DEFAULT 0;
-- since when the lane waits for credentials that are barred
ALTER TABLE lane ADD COLUMN parked_at bigint NOT NULL DEFAULT 0;
