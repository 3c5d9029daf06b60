-- An address that the trigger on provider_language has just written says what the table says: it needs no second look, row by
-- row. That trigger is the only one that writes addresses; everybody else writes them from outside of triggers.
DROP TRIGGER provider_c_languages_updated ON provider;
CREATE TRIGGER provider_c_languages_updated AFTER UPDATE ON provider
    FOR EACH ROW WHEN (pg_trigger_depth() = 0
        AND OLD.address #> '{extension,languages}' IS DISTINCT FROM NEW.address #> '{extension,languages}')
    EXECUTE FUNCTION languages_from_changed_address();
