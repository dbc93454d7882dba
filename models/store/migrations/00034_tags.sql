-- +goose Up
-- Tags that agents of a desk gave customers, for the next one who looks for them.
CREATE TABLE tags (
    desk TEXT   NOT NULL,
    tag  TEXT   NOT NULL,
    at   BIGINT NOT NULL,
    PRIMARY KEY (desk, tag)
);
CREATE INDEX tags_at ON tags (desk, at);
