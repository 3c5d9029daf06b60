-- Lists from a moment on look back a day for what has begun and is not over. With its end in the index, what is over by then is
-- passed there, without its row. Slots of any status at one clinic, and appointments in one state, have an index of their own:
-- in that of the whole tenant most rows are somebody else's.

DROP INDEX time_slot_organization_idx;
CREATE INDEX time_slot_organization_idx ON time_slot (organization_id, starts_at, id, ends_at);
CREATE INDEX time_slot_clinic_idx ON time_slot (clinic_id, starts_at, id, ends_at);
DROP INDEX appointment_organization_idx;
CREATE INDEX appointment_organization_idx ON appointment (organization_id, starts_at, id, ends_at);
DROP INDEX appointment_clinic_idx;
CREATE INDEX appointment_clinic_idx ON appointment (clinic_id, starts_at, id, ends_at);
CREATE INDEX appointment_status_idx ON appointment (organization_id, status, starts_at, id, ends_at);
