-- What says whether a provider is where the directory lists it: claims, calls, visits, what came back. Only what was noticed is
-- kept here; what follows from it is a rule of the program, so that a better rule judges the past anew.

CREATE TABLE listing_signal (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    provider_id uuid NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    signal text NOT NULL CHECK (signal IN ('claim_seen', 'appointment_kept', 'call_confirmed', 'visit_confirmed', 'call_denied',
        'visit_denied', 'phone_disconnected', 'mail_returned', 'email_bounced', 'no_answer')),
    observed_on date NOT NULL,
    source text NOT NULL CHECK (source <> ''),
    note text,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL DEFAULT app_actor()
);
CREATE INDEX listing_signal_provider_idx ON listing_signal (provider_id, observed_on DESC);
COMMENT ON TABLE listing_signal IS 'Something that was noticed about a listing. Never changed.';
COMMENT ON COLUMN listing_signal.source IS 'Who noticed it: a payer''s claims, a call centre, a post office.';
CREATE TRIGGER listing_signal_is_append_only BEFORE UPDATE OR TRUNCATE ON listing_signal
    FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();

ALTER TABLE listing_signal ENABLE ROW LEVEL SECURITY;
ALTER TABLE listing_signal FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON listing_signal TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_all ON listing_signal TO provdir_app
    USING ((SELECT app_is_platform())) WITH CHECK ((SELECT app_is_platform()));
GRANT SELECT, INSERT ON listing_signal TO provdir_app;
