-- +goose Up
-- The marks on agents' own posts. due is when they may have to change, 0 while nothing is to be done.
CREATE TABLE marks (
    message TEXT   NOT NULL PRIMARY KEY,
    desk    TEXT   NOT NULL,
    post    TEXT   NOT NULL,
    shown   TEXT,
    trying  TEXT   NOT NULL DEFAULT '',
    since   BIGINT NOT NULL,
    due     BIGINT NOT NULL,
    dirty   BIGINT NOT NULL,
    tries   BIGINT NOT NULL,
    at      BIGINT NOT NULL
);
CREATE INDEX marks_due ON marks (due) WHERE due > 0;
CREATE INDEX marks_post ON marks (desk, post);
CREATE INDEX marks_at ON marks (at);
