-- An NPI belongs to the public row that has it, or will have it once NPPES is imported. A tenant's private row that carried one
-- would keep the public one out: it carries none, and is tied to the public row by an affiliation.
UPDATE provider SET npi = NULL WHERE owner_organization_id IS NOT NULL AND npi IS NOT NULL;
ALTER TABLE provider ADD CONSTRAINT provider_private_npi_check CHECK (owner_organization_id IS NULL OR npi IS NULL);
