-- A confirmation lies in this century: a slip of the pen is not a listing that is good for thousands of years. That it does not lie
-- ahead is for whoever knows which day it is.

ALTER TABLE provider ADD CONSTRAINT provider_verified_at_check
    CHECK (verified_at BETWEEN DATE '1900-01-01' AND DATE '2099-12-31') NOT VALID;
ALTER TABLE provider_location ADD CONSTRAINT provider_location_verified_at_check
    CHECK (verified_at BETWEEN DATE '1900-01-01' AND DATE '2099-12-31') NOT VALID;

-- What was said otherwise so far nobody can have confirmed. After this the rows are fine, and need not be read once more.
UPDATE provider SET verified_at = NULL WHERE verified_at NOT BETWEEN DATE '1900-01-01' AND DATE '2099-12-31';
UPDATE provider_location SET verified_at = NULL WHERE verified_at NOT BETWEEN DATE '1900-01-01' AND DATE '2099-12-31';
