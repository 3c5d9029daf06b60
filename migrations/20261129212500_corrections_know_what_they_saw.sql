-- A correction replaces whole lists: what it was made from is kept, so that nothing that has changed since is lost with it.

ALTER TABLE listing_change ADD COLUMN seen jsonb;
COMMENT ON COLUMN listing_change.seen IS
    'What the change replaces, as it was when the change was proposed; none: proposed before this was kept.';
