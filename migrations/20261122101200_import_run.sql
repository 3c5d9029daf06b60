CREATE TABLE import_run (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    kind text NOT NULL,
    source text NOT NULL,
    source_digest bytea,
    state text NOT NULL DEFAULT 'RUNNING' CHECK (state IN ('RUNNING', 'DONE', 'FAILED')),
    done_rows bigint NOT NULL DEFAULT 0,
    counts jsonb NOT NULL DEFAULT '{}',
    started_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX import_run_source_idx ON import_run (kind, source_digest);
COMMENT ON TABLE import_run IS 'Imports and how far they got: each batch raises done_rows in its own transaction, so a run goes on where it stopped.';
COMMENT ON COLUMN import_run.kind IS 'nppes:main, nppes:practice_location, roster, ...';
COMMENT ON COLUMN import_run.source IS 'The file as given.';
COMMENT ON COLUMN import_run.source_digest IS 'Of the file: a run is resumed only on the same bytes.';
COMMENT ON COLUMN import_run.done_rows IS 'Data rows of the source that are stored or rejected for good.';
COMMENT ON COLUMN import_run.counts IS '{"inserted": n, "updated": n, "unchanged": n, "rejected": n, ...}';

GRANT SELECT, INSERT, UPDATE ON import_run TO provdir_app;
