-- +goose Up
-- When an agent first answered since the handover was opened last; 0 while nobody did.
ALTER TABLE handovers ADD COLUMN answered_at BIGINT NOT NULL DEFAULT 0;
-- For the figures of a day.
CREATE INDEX handovers_opened ON handovers (desk, opened_at);
CREATE INDEX handovers_ended ON handovers (desk, ended_at) WHERE ended_at > 0;

-- By what customers are found: the rest of the name from each of its words on, and the platform's id. Keys are the hexadecimal
-- digits of folded text, which every collation orders alike.
CREATE TABLE names (
    key          TEXT   NOT NULL,
    conversation BIGINT NOT NULL,
    PRIMARY KEY (key, conversation)
);
CREATE INDEX names_conversation ON names (conversation);

-- The agents who look at the page of their own on the desk. shown tells what stands there.
CREATE TABLE homes (
    desk   TEXT   NOT NULL,
    person TEXT   NOT NULL,
    opened BIGINT NOT NULL,
    shown  TEXT   NOT NULL,
    PRIMARY KEY (desk, person)
);
