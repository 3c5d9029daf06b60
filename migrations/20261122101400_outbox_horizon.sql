CREATE TABLE outbox_horizon (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    xid xid8 NOT NULL,
    id bigint NOT NULL
);
COMMENT ON TABLE outbox_horizon IS
    'The last row that pruning took from the outbox: a reader that stands before it has missed something and rebuilds.';
INSERT INTO outbox_horizon (xid, id) VALUES ('0', 0);
GRANT SELECT, UPDATE ON outbox_horizon TO provdir_feed;
