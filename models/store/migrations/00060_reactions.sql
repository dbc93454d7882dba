-- +goose Up
-- Customers' reactions stand on posts as marks do. wanted says which; NULL is none.
ALTER TABLE marks ADD COLUMN wanted TEXT;
-- An agent's reaction names the post alone.
CREATE INDEX messages_on_post ON messages (post) WHERE post <> '';
