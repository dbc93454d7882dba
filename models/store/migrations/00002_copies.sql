-- +goose Up
-- Many copies share one database. What only one of them may do has a lease by name, which is good as long as its owner's
-- own lease in nodes is. left_at is when the last owner gave it up.
CREATE TABLE leases (
    name    TEXT   NOT NULL PRIMARY KEY,
    owner   TEXT   NOT NULL,
    fence   BIGINT NOT NULL,
    left_at BIGINT NOT NULL
);
-- When the node came, by the database's clock; 0 when it takes no more leases.
ALTER TABLE nodes ADD COLUMN joined BIGINT NOT NULL DEFAULT 0;
