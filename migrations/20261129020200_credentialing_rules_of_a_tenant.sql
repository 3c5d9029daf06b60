-- Whose rules they are, under the name by which a tenant's rows are found when it is exported and deleted. The older column
-- stays, for programs of the version before.

ALTER TABLE credentialing_rules ADD COLUMN organization_id uuid GENERATED ALWAYS AS (tenant) STORED;
COMMENT ON COLUMN credentialing_rules.organization_id IS
    'The same as tenant: tenant_tables() and whatever else goes by the catalogue find the rows by it.';
