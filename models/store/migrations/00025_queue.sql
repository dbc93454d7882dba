-- +goose Up
-- Handovers that somebody has to see to, by the place where they wait, the longest first.
CREATE INDEX handovers_open ON handovers (desk, place, opened_at) WHERE state IN ('waiting', 'claimed', 'promised');
