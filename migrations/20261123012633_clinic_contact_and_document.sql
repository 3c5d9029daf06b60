-- What is kept about a clinic: its people to talk to, and its papers. A clinic is a tenant's own site, or an outside provider
-- of an agency's network.
CREATE TABLE clinic_contact (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL,
    clinic_id uuid,
    provider_id uuid,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    role text CHECK (length(role) <= 100),
    phone text CHECK (length(phone) <= 50),
    email text CONSTRAINT clinic_contact_email_check CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(email) <= 254),
    created_at timestamptz NOT NULL DEFAULT app_now(),
    CONSTRAINT clinic_contact_one_clinic_check CHECK (num_nonnulls(clinic_id, provider_id) = 1),
    CONSTRAINT clinic_contact_clinic_fkey FOREIGN KEY (organization_id, clinic_id) REFERENCES clinic (organization_id, id)
        ON DELETE CASCADE,
    CONSTRAINT clinic_contact_provider_fkey FOREIGN KEY (organization_id, provider_id)
        REFERENCES agency_provider (organization_id, provider_id)
);
CREATE INDEX clinic_contact_clinic_idx ON clinic_contact (organization_id, clinic_id);
CREATE INDEX clinic_contact_provider_idx ON clinic_contact (organization_id, provider_id);
COMMENT ON TABLE clinic_contact IS 'Somebody to talk to at a clinic.';
COMMENT ON COLUMN clinic_contact.provider_id IS 'The clinic, where it is an outside provider; its own people see it in the portal.';

CREATE TABLE clinic_document (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    organization_id uuid NOT NULL,
    clinic_id uuid,
    provider_id uuid,
    name text NOT NULL CONSTRAINT clinic_document_name_check
        CHECK (length(name) BETWEEN 1 AND 200 AND name !~ '[/\\[:cntrl:]]' AND name !~ '^\.'),
    media_type text NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes BETWEEN 1 AND 26214400),
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
    content bytea NOT NULL,
    shareable boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT app_now(),
    CONSTRAINT clinic_document_one_clinic_check CHECK (num_nonnulls(clinic_id, provider_id) = 1),
    CONSTRAINT clinic_document_whole_check CHECK (octet_length(content) = size_bytes AND sha256(content) = sha256),
    CONSTRAINT clinic_document_clinic_fkey FOREIGN KEY (organization_id, clinic_id) REFERENCES clinic (organization_id, id)
        ON DELETE CASCADE,
    CONSTRAINT clinic_document_provider_fkey FOREIGN KEY (organization_id, provider_id)
        REFERENCES agency_provider (organization_id, provider_id)
);
ALTER TABLE clinic_document ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX clinic_document_clinic_idx ON clinic_document (organization_id, clinic_id);
CREATE INDEX clinic_document_provider_idx ON clinic_document (organization_id, provider_id);
COMMENT ON TABLE clinic_document IS 'A paper of a clinic: a contract, a price list, a licence.';
COMMENT ON COLUMN clinic_document.shareable IS 'Of an outside provider: whether its own people see it in the portal; else it is internal.';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['clinic_contact', 'clinic_document'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format($p$CREATE POLICY app_agency ON %I TO provdir_app
            USING (organization_id = (SELECT app_organization_id()) AND (SELECT app_is_agency()))
            WITH CHECK (organization_id = (SELECT app_organization_id()) AND (SELECT app_is_agency()))$p$, name);
        EXECUTE format('GRANT SELECT, INSERT, DELETE ON %I TO provdir_app', name);
    END LOOP;
END
$$;
GRANT UPDATE (shareable) ON clinic_document TO provdir_app;
CREATE POLICY portal_read ON clinic_contact FOR SELECT TO provdir_app
    USING ((SELECT app_role()) = 'provider_user'
        AND (organization_id, provider_id) IN (SELECT s.organization_id, s.provider_id FROM portal_standing() s));
CREATE POLICY portal_read ON clinic_document FOR SELECT TO provdir_app
    USING ((SELECT app_role()) = 'provider_user' AND shareable
        AND (organization_id, provider_id) IN (SELECT s.organization_id, s.provider_id FROM portal_standing() s));
