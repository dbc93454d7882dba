-- +goose Up
-- What came in a rush and is not in its lanes yet: a row a commit, with all that it brought. Rows are sorted by their places; those
-- of commits that ran side by side may share one.
CREATE TABLE arrivals (
    place BIGINT NOT NULL,
    tie   BIGINT NOT NULL,
    n     BIGINT NOT NULL,
    at    BIGINT NOT NULL,
    body  TEXT   NOT NULL,
    PRIMARY KEY (place, tie)
);
