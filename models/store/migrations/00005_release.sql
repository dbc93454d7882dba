-- +goose Up
-- The last migration that the node's program knows: while it runs, the tables go no further from it than one release.
ALTER TABLE nodes ADD COLUMN knows BIGINT NOT NULL DEFAULT 0;
