-- +goose Up
-- What kind of failure a platform reported, so that a reply that came too late is told from one that failed for good.
ALTER TABLE receipts ADD COLUMN kind TEXT NOT NULL DEFAULT '';
