-- +goose Up
-- What the card shows of a handover beside its state, as JSON: it grows without further columns.
ALTER TABLE handovers ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
