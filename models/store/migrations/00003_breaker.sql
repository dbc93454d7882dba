-- +goose Up
-- What is known of bots that break. A row is written while one does, never while all is well.
CREATE TABLE breakers (
    bot      TEXT   NOT NULL PRIMARY KEY,
    failures TEXT,
    incident TEXT   NOT NULL,
    tries    BIGINT NOT NULL,
    probe_at BIGINT NOT NULL
);

-- Outages of bots. The latest of a bot is alive until nobody waits because of it.
CREATE TABLE incidents (
    id        TEXT   NOT NULL PRIMARY KEY,
    bot       TEXT   NOT NULL,
    desk      TEXT   NOT NULL,
    place     TEXT   NOT NULL,
    post      TEXT   NOT NULL,
    cause     TEXT   NOT NULL,
    error     TEXT   NOT NULL,
    chats     BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    ended_at  BIGINT NOT NULL,
    handed_at BIGINT NOT NULL,
    handed_by TEXT   NOT NULL,
    handed    BIGINT NOT NULL,
    shown     TEXT   NOT NULL,
    done_at   BIGINT NOT NULL
);
CREATE INDEX incidents_alive ON incidents (opened_at) WHERE done_at = 0;

-- Chats whose question waits for their bot to be back.
CREATE TABLE waits (
    conversation BIGINT NOT NULL PRIMARY KEY,
    bot          TEXT   NOT NULL,
    since        BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    asked        BIGINT NOT NULL
);
CREATE INDEX waits_at ON waits (bot, at);
