-- +goose Up

-- the last number under which the development panel was told of the repository
ALTER TABLE repository ADD COLUMN sequence bigint NOT NULL DEFAULT 0;
