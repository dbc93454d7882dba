-- +goose Up
-- Agents who are away, or were. away is since when, passed when an agent gave all his chats to the team, 0 while there is
-- nothing to do; handed are the handovers that the team was not told of yet, as JSON.
CREATE TABLE agents (
    desk    TEXT   NOT NULL,
    person  TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    away    BIGINT NOT NULL,
    passed  BIGINT NOT NULL,
    handed  TEXT   NOT NULL,
    PRIMARY KEY (desk, person)
);
CREATE INDEX agents_away ON agents (desk) WHERE away > 0;
CREATE INDEX agents_passed ON agents (passed) WHERE passed > 0;
