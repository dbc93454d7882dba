-- +goose Up
-- The same statements run on SQLite and on PostgreSQL. Instants are milliseconds since 1970.
CREATE TABLE conversations (
    id           BIGINT  NOT NULL PRIMARY KEY,
    channel      TEXT    NOT NULL,
    account      TEXT    NOT NULL,
    address      TEXT    NOT NULL,
    contact      TEXT    NOT NULL,
    language     TEXT    NOT NULL,
    mode         TEXT    NOT NULL,
    epoch        BIGINT  NOT NULL,
    handover     TEXT    NOT NULL,
    holder       TEXT    NOT NULL,
    memory       TEXT    NOT NULL,
    blocked      BOOLEAN NOT NULL,
    last_inbound BIGINT  NOT NULL,
    messages     BIGINT  NOT NULL,
    created_at   BIGINT  NOT NULL,
    updated_at   BIGINT  NOT NULL
);
CREATE INDEX conversations_open ON conversations (channel) WHERE mode <> 'bot';
CREATE INDEX conversations_idle ON conversations (updated_at);

-- By which names a platform knows a conversation.
CREATE TABLE addresses (
    account      TEXT   NOT NULL,
    address      TEXT   NOT NULL,
    conversation BIGINT NOT NULL,
    PRIMARY KEY (account, address)
);
CREATE INDEX addresses_conversation ON addresses (conversation);

-- What was delivered already.
CREATE TABLE seen (
    key TEXT   NOT NULL PRIMARY KEY,
    at  BIGINT NOT NULL
);
CREATE INDEX seen_at ON seen (at);

-- A conversation's queues. Work waits exactly where head < seq.
CREATE TABLE lanes (
    conversation BIGINT   NOT NULL,
    lane         SMALLINT NOT NULL,
    account      TEXT     NOT NULL,
    seq          BIGINT   NOT NULL,
    head         BIGINT   NOT NULL,
    ready_at     BIGINT   NOT NULL,
    attempt      BIGINT   NOT NULL,
    since        BIGINT   NOT NULL,
    paced        BIGINT   NOT NULL,
    owner        TEXT     NOT NULL,
    fence        BIGINT   NOT NULL,
    PRIMARY KEY (conversation, lane)
);
CREATE INDEX lanes_due ON lanes (lane, account, ready_at) WHERE head < seq;

CREATE TABLE entries (
    conversation BIGINT   NOT NULL,
    lane         SMALLINT NOT NULL,
    seq          BIGINT   NOT NULL,
    at           BIGINT   NOT NULL,
    body         TEXT     NOT NULL,
    PRIMARY KEY (conversation, lane, seq)
);
CREATE INDEX entries_at ON entries (at);

-- Who may own lanes. The lease is the node's, so that one row is renewed however many lanes it owns.
CREATE TABLE nodes (
    id          TEXT   NOT NULL PRIMARY KEY,
    lease_until BIGINT NOT NULL
);

CREATE TABLE messages (
    id           TEXT    NOT NULL PRIMARY KEY,
    conversation BIGINT  NOT NULL,
    num          BIGINT  NOT NULL,
    handover     TEXT    NOT NULL,
    author       TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    person       TEXT    NOT NULL,
    content      TEXT    NOT NULL,
    platform_id  TEXT    NOT NULL,
    post         TEXT    NOT NULL,
    place        BIGINT  NOT NULL,
    parts        BIGINT  NOT NULL,
    state        TEXT    NOT NULL,
    title        TEXT    NOT NULL,
    about        TEXT    NOT NULL,
    broadcast    BOOLEAN NOT NULL,
    edited       BOOLEAN NOT NULL,
    deleted      BOOLEAN NOT NULL,
    at           BIGINT  NOT NULL
);
CREATE UNIQUE INDEX messages_num ON messages (conversation, num);
CREATE INDEX messages_platform ON messages (conversation, platform_id) WHERE platform_id <> '';
CREATE INDEX messages_post ON messages (conversation, post) WHERE post <> '';
CREATE INDEX messages_at ON messages (at);

CREATE TABLE parts (
    message     TEXT   NOT NULL,
    n           BIGINT NOT NULL,
    account     TEXT   NOT NULL,
    platform_id TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    error       TEXT   NOT NULL,
    hash        TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (message, n)
);
CREATE INDEX parts_platform ON parts (account, platform_id) WHERE platform_id <> '';

CREATE TABLE receipts (
    account     TEXT   NOT NULL,
    platform_id TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    error       TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (account, platform_id)
);
CREATE INDEX receipts_at ON receipts (at);

CREATE TABLE handovers (
    id           TEXT   NOT NULL PRIMARY KEY,
    conversation BIGINT NOT NULL,
    desk         TEXT   NOT NULL,
    place        TEXT   NOT NULL,
    thread       TEXT   NOT NULL,
    previous     TEXT   NOT NULL,
    reason       TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    agent        TEXT   NOT NULL,
    first_num    BIGINT NOT NULL,
    opened_at    BIGINT NOT NULL,
    claimed_at   BIGINT NOT NULL,
    ended_at     BIGINT NOT NULL,
    reopened     BIGINT NOT NULL,
    card         BIGINT NOT NULL,
    shown        BIGINT NOT NULL
);
CREATE INDEX handovers_thread ON handovers (desk, thread) WHERE thread <> '';
CREATE INDEX handovers_conversation ON handovers (conversation, opened_at);
CREATE INDEX handovers_dirty ON handovers (desk) WHERE shown < card AND thread <> '';

-- Replies under a thread that is not recorded yet.
CREATE TABLE orphans (
    id     TEXT   NOT NULL PRIMARY KEY,
    desk   TEXT   NOT NULL,
    thread TEXT   NOT NULL,
    body   TEXT   NOT NULL,
    at     BIGINT NOT NULL
);
CREATE INDEX orphans_thread ON orphans (desk, thread);

CREATE TABLE alarms (
    conversation BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    due          BIGINT NOT NULL,
    epoch        BIGINT NOT NULL,
    PRIMARY KEY (conversation, kind)
);
CREATE INDEX alarms_due ON alarms (due);

-- Events that could not be decided, kept for the operator.
CREATE TABLE set_aside (
    conversation BIGINT   NOT NULL,
    lane         SMALLINT NOT NULL,
    seq          BIGINT   NOT NULL,
    body         TEXT     NOT NULL,
    error        TEXT     NOT NULL,
    at           BIGINT   NOT NULL,
    PRIMARY KEY (conversation, lane, seq)
);
-- Small things that have one value.
CREATE TABLE facts (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
