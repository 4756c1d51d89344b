-- +goose Up

-- every request of an attempt and its answer, as JSON
ALTER TABLE attempt ADD COLUMN exchanges text NOT NULL DEFAULT '';

-- what waits is counted every few seconds, without its contents
CREATE INDEX action_age ON action(site, state, queued_at) WHERE state IN ('queued', 'sending');
