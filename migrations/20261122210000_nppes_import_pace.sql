-- What keeps a set-based import of thousands of rows linear.
--
-- Provider and primary taxonomy arrive together: the copy of the code is written with the row, and the trigger that keeps
-- it in step finds nothing to do, where it would write every new provider a second time.
GRANT INSERT (specialty) ON provider TO provdir_app;

-- Within a trigger function a plan is kept from one call to the next. Made when the transition tables had one row each,
-- it joins them row by row, which takes the square of their size when they have thousands.
ALTER FUNCTION provider_keeps_status() SET enable_nestloop = off;
ALTER FUNCTION provider_updated_to_outbox() SET enable_nestloop = off;
ALTER FUNCTION languages_from_address() SET enable_nestloop = off;
