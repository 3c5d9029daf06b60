-- Provider and primary taxonomy arrive together in an import: the copy of the code is written with the row, and the trigger
-- that keeps it in step finds nothing to do, where it would write every new provider a second time.
GRANT INSERT (specialty) ON provider TO provdir_app;
