-- +goose Up

-- every request of an attempt and its answer, as JSON
ALTER TABLE attempt ADD COLUMN exchanges text NOT NULL DEFAULT '';
