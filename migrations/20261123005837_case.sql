-- Cases, who works on them, and what is in them. Nothing of a case is anybody's but the agency's until it is shared.

CREATE TABLE "case" (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL REFERENCES organization (id),
    reference text NOT NULL CONSTRAINT case_reference_check CHECK (reference ~ '^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$'),
    kind text NOT NULL CONSTRAINT case_kind_check CHECK (kind ~ '^[a-z][a-z0-9_]{0,62}$'),
    status text NOT NULL DEFAULT 'open' CONSTRAINT case_status_check CHECK (status IN ('open', 'on_hold', 'closed')),
    version bigint NOT NULL DEFAULT 1,
    opened_at timestamptz NOT NULL DEFAULT app_now(),
    closed_at timestamptz,
    CONSTRAINT case_reference_key UNIQUE (organization_id, reference),
    CONSTRAINT case_organization_key UNIQUE (organization_id, id)
);
COMMENT ON TABLE "case" IS 'A case of an agency. What is confidential about it is in its items: this row is seen by everybody assigned.';
COMMENT ON COLUMN "case".reference IS 'The agency''s own key, shown to outside providers: no names in it.';
COMMENT ON COLUMN "case".kind IS 'surrogacy, egg_donation, ..., the agency''s word.';
COMMENT ON COLUMN "case".version IS 'Raised by every change of the row, for If-Match.';

CREATE TABLE case_provider (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL,
    case_id uuid NOT NULL,
    provider_id uuid NOT NULL,
    role text NOT NULL CONSTRAINT case_provider_role_check CHECK (role ~ '^[a-z][a-z0-9_]{0,62}$'),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    assigned_at timestamptz NOT NULL DEFAULT app_now(),
    assigned_by text NOT NULL DEFAULT app_actor(),
    CONSTRAINT case_provider_dates_check CHECK (ends_at >= starts_at),
    CONSTRAINT case_provider_case_fkey FOREIGN KEY (organization_id, case_id) REFERENCES "case" (organization_id, id),
    CONSTRAINT case_provider_provider_fkey FOREIGN KEY (organization_id, provider_id)
        REFERENCES agency_provider (organization_id, provider_id),
    CONSTRAINT case_provider_share_key UNIQUE (organization_id, case_id, id)
);
CREATE INDEX case_provider_provider_idx ON case_provider (organization_id, provider_id);
CREATE UNIQUE INDEX case_provider_open_key ON case_provider (case_id, provider_id, role) WHERE ends_at IS NULL;
COMMENT ON TABLE case_provider IS
    'The assignment of a provider to a case, seen through the portal. The third of the three.';
COMMENT ON COLUMN case_provider.role IS 'As what: ivf_clinic, attorney_intended_parents, ..., the agency''s word.';
COMMENT ON COLUMN case_provider.ends_at IS 'From this moment on it is over; null: open.';

CREATE TABLE case_provider_external (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL,
    case_id uuid NOT NULL,
    provider_id uuid NOT NULL,
    role text NOT NULL CONSTRAINT case_provider_external_role_check CHECK (role ~ '^[a-z][a-z0-9_]{0,62}$'),
    external_reference text CHECK (length(external_reference) BETWEEN 1 AND 200),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    assigned_at timestamptz NOT NULL DEFAULT app_now(),
    assigned_by text NOT NULL DEFAULT app_actor(),
    CONSTRAINT case_provider_external_dates_check CHECK (ends_at >= starts_at),
    CONSTRAINT case_provider_external_case_fkey FOREIGN KEY (organization_id, case_id) REFERENCES "case" (organization_id, id),
    CONSTRAINT case_provider_external_provider_fkey FOREIGN KEY (organization_id, provider_id)
        REFERENCES agency_provider (organization_id, provider_id),
    CONSTRAINT case_provider_external_share_key UNIQUE (organization_id, case_id, id)
);
CREATE INDEX case_provider_external_provider_idx ON case_provider_external (organization_id, provider_id);
CREATE UNIQUE INDEX case_provider_external_open_key ON case_provider_external (case_id, provider_id, role)
    WHERE ends_at IS NULL;
COMMENT ON TABLE case_provider_external IS
    'The assignment of a provider whose own system works on the case through the external API.';
COMMENT ON COLUMN case_provider_external.external_reference IS 'What the provider''s system calls the case.';

CREATE TABLE case_item (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL,
    case_id uuid NOT NULL,
    kind text NOT NULL
        CHECK (kind IN ('document', 'match_sheet', 'match_sheet_list', 'note', 'financial_item')),
    offered boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT app_now(),
    withdrawn_at timestamptz,
    CONSTRAINT case_item_case_fkey FOREIGN KEY (organization_id, case_id) REFERENCES "case" (organization_id, id),
    CONSTRAINT case_item_kind_key UNIQUE (id, kind),
    CONSTRAINT case_item_share_key UNIQUE (organization_id, case_id, id, kind)
);
CREATE INDEX case_item_case_idx ON case_item (case_id);
COMMENT ON TABLE case_item IS
    'One thing of a case that can be shared by itself. What it says never changes: a correction is a new item, so that what somebody saw stays provable.';
COMMENT ON COLUMN case_item.offered IS 'Whether a share of it counts. False for internal notes: no share shows them.';
COMMENT ON COLUMN case_item.withdrawn_at IS 'Taken back from everybody, the agency keeps it.';

CREATE TABLE case_document (
    id uuid PRIMARY KEY,
    kind text NOT NULL GENERATED ALWAYS AS ('document') STORED,
    organization_id uuid NOT NULL REFERENCES organization (id),
    name text NOT NULL CONSTRAINT case_document_name_check
        CHECK (length(name) BETWEEN 1 AND 200 AND name !~ '[/\\[:cntrl:]]' AND name !~ '^\.'),
    media_type text NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes BETWEEN 1 AND 26214400),
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
    content bytea NOT NULL,
    CONSTRAINT case_document_item_fkey FOREIGN KEY (id, kind) REFERENCES case_item (id, kind),
    CONSTRAINT case_document_whole_check CHECK (octet_length(content) = size_bytes AND sha256(content) = sha256)
);
ALTER TABLE case_document ALTER COLUMN content SET STORAGE EXTERNAL;
COMMENT ON TABLE case_document IS 'A file of a case.';
COMMENT ON COLUMN case_document.media_type IS 'As declared and as its first bytes say: they agree, or it is not taken.';
COMMENT ON COLUMN case_document.content IS 'Not compressed (EXTERNAL), so that a piece of it can be read without the rest.';

CREATE TABLE match_sheet (
    id uuid PRIMARY KEY,
    kind text NOT NULL GENERATED ALWAYS AS ('match_sheet') STORED,
    organization_id uuid NOT NULL REFERENCES organization (id),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    CONSTRAINT match_sheet_item_fkey FOREIGN KEY (id, kind) REFERENCES case_item (id, kind)
);
COMMENT ON TABLE match_sheet IS 'What is told about one side of a match, in sections of typed fields.';

CREATE TABLE match_sheet_field (
    match_sheet_id uuid NOT NULL REFERENCES match_sheet (id),
    section text NOT NULL CHECK (section ~ '^[a-z][a-z0-9_]{0,62}$'),
    key text NOT NULL CHECK (key ~ '^[a-z][a-z0-9_]{0,62}$'),
    organization_id uuid NOT NULL REFERENCES organization (id),
    position integer NOT NULL,
    section_title text NOT NULL,
    label text NOT NULL,
    type text NOT NULL CHECK (type IN ('text', 'number', 'date', 'boolean')),
    value jsonb NOT NULL,
    PRIMARY KEY (match_sheet_id, section, key)
);
COMMENT ON TABLE match_sheet_field IS 'One field of a match sheet: a row of its own, so that sharing by field is the database''s business too.';
COMMENT ON COLUMN match_sheet_field.position IS 'Order on the sheet.';

CREATE TABLE match_sheet_list (
    id uuid PRIMARY KEY,
    kind text NOT NULL GENERATED ALWAYS AS ('match_sheet_list') STORED,
    organization_id uuid NOT NULL REFERENCES organization (id),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    CONSTRAINT match_sheet_list_item_fkey FOREIGN KEY (id, kind) REFERENCES case_item (id, kind)
);
COMMENT ON TABLE match_sheet_list IS 'Match sheets offered together. Each sheet of it still needs a share of its own.';

CREATE TABLE match_sheet_list_entry (
    match_sheet_list_id uuid NOT NULL REFERENCES match_sheet_list (id),
    match_sheet_id uuid NOT NULL CONSTRAINT match_sheet_list_entry_sheet_fkey REFERENCES match_sheet (id),
    organization_id uuid NOT NULL REFERENCES organization (id),
    position integer NOT NULL,
    PRIMARY KEY (match_sheet_list_id, match_sheet_id)
);
COMMENT ON TABLE match_sheet_list_entry IS 'A sheet of a list.';

CREATE TABLE case_note (
    id uuid PRIMARY KEY,
    kind text NOT NULL GENERATED ALWAYS AS ('note') STORED,
    organization_id uuid NOT NULL REFERENCES organization (id),
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 20000),
    CONSTRAINT case_note_item_fkey FOREIGN KEY (id, kind) REFERENCES case_item (id, kind)
);
COMMENT ON TABLE case_note IS 'A note about a case; internal while its item is not offered.';

CREATE TABLE financial_item (
    id uuid PRIMARY KEY,
    kind text NOT NULL GENERATED ALWAYS AS ('financial_item') STORED,
    organization_id uuid NOT NULL REFERENCES organization (id),
    label text NOT NULL CHECK (length(label) BETWEEN 1 AND 200),
    amount_cents bigint NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    due_on date,
    CONSTRAINT financial_item_item_fkey FOREIGN KEY (id, kind) REFERENCES case_item (id, kind)
);
COMMENT ON TABLE financial_item IS 'An amount of a case: a fee, an escrow payment.';
COMMENT ON COLUMN financial_item.amount_cents IS 'In hundredths of the currency; negative: paid back.';

CREATE TABLE provider_note (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL,
    provider_id uuid NOT NULL,
    case_id uuid,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 20000),
    shareable boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT app_now(),
    CONSTRAINT provider_note_provider_fkey FOREIGN KEY (organization_id, provider_id)
        REFERENCES agency_provider (organization_id, provider_id),
    CONSTRAINT provider_note_case_fkey FOREIGN KEY (organization_id, case_id) REFERENCES "case" (organization_id, id)
);
CREATE INDEX provider_note_provider_idx ON provider_note (organization_id, provider_id);
COMMENT ON TABLE provider_note IS 'What the agency notes about an outside provider.';
COMMENT ON COLUMN provider_note.case_id IS 'The case that it is about; null: the provider as such.';
COMMENT ON COLUMN provider_note.shareable IS 'Whether the provider''s own people see it (with a case: those assigned to it); else it is internal.';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['case', 'case_provider', 'case_provider_external', 'case_item', 'case_document', 'match_sheet',
        'match_sheet_field', 'match_sheet_list', 'match_sheet_list_entry', 'case_note', 'financial_item', 'provider_note'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format($p$CREATE POLICY app_agency ON %I TO provdir_app
            USING (organization_id = (SELECT app_organization_id()) AND (SELECT app_is_agency()))
            WITH CHECK (organization_id = (SELECT app_organization_id()) AND (SELECT app_is_agency()))$p$, name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO provdir_app', name);
    END LOOP;
END
$$;
GRANT UPDATE (kind, status, version, closed_at) ON "case" TO provdir_app;
GRANT UPDATE (ends_at) ON case_provider, case_provider_external TO provdir_app;
GRANT UPDATE (offered, withdrawn_at) ON case_item TO provdir_app;
GRANT UPDATE (shareable) ON provider_note TO provdir_app;
