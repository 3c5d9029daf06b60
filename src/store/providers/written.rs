//! What people may write about a provider. Lists from outside are taken as they are: they name people who exist, however odd the
//! number beside them is. What a record has already may be said again, so that whoever reads it can send it back.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use super::input::{NewLocation, NewProvider, ProviderChange};
use crate::domain::{
    line::{check_line, check_phone},
    person::is_email,
    provider::{Identifier, Location, OtherName, Provider},
};
use crate::store::Error;
use crate::vocab::{Fault, place::Point};

/// Most bytes of an address, written down: it comes with every reading of the provider.
const ADDRESS: usize = 16 << 10;

/// Everything that is wrong with a new provider, on a day.
pub(in crate::store) fn check_new(new: &NewProvider, today: NaiveDate) -> Result<(), Error> {
    let mut faults = Faults::default();
    let names = [
        ("prefix", &new.prefix, 60),
        ("first_name", &new.first_name, 100),
        ("middle_name", &new.middle_name, 100),
        ("last_name", &new.last_name, 100),
        ("suffix", &new.suffix, 60),
        ("credential", &new.credential, 100),
        ("organization_name", &new.organization_name, 300),
    ];
    for (field, text, most) in names {
        faults.line(field, text.as_deref(), None, most);
    }
    faults.phone("phone", new.phone.as_deref(), None);
    faults.email(new.email.as_deref(), None);
    faults.address(new.address.as_ref());
    faults.verified(new.verified_at, None, today);
    faults.other_names(&new.other_names, &[]);
    faults.identifiers(&new.identifiers, &[]);
    faults.locations(&new.locations, &[]);
    faults.refused()
}

/// Everything that is wrong with what a change says anew.
pub(in crate::store) fn check_change(
    change: &ProviderChange,
    before: &Provider,
    today: NaiveDate,
) -> Result<(), Error> {
    let mut faults = Faults::default();
    let name = &before.name;
    let names = [
        ("prefix", &change.prefix, &name.prefix, 60),
        ("first_name", &change.first_name, &name.first, 100),
        ("middle_name", &change.middle_name, &name.middle, 100),
        ("last_name", &change.last_name, &name.last, 100),
        ("suffix", &change.suffix, &name.suffix, 60),
        ("credential", &change.credential, &name.credential, 100),
        ("organization_name", &change.organization_name, &name.organization, 300),
    ];
    for (field, text, was, most) in names {
        faults.line(field, text.as_ref().and_then(Option::as_deref), was.as_deref(), most);
    }
    let said = |text: &Option<Option<String>>| text.clone().flatten();
    faults.phone("phone", said(&change.phone).as_deref(), before.phone.as_deref());
    faults.email(said(&change.email).as_deref(), before.email.as_deref());
    let address = change.address.as_ref().and_then(Option::as_ref);
    faults.address(address.filter(|address| before.address.as_ref() != Some(*address)));
    faults.verified(change.verified_at.flatten(), before.verified_at, today);
    faults.other_names(change.other_names.as_deref().unwrap_or_default(), &before.other_names);
    faults.identifiers(change.identifiers.as_deref().unwrap_or_default(), &before.identifiers);
    faults.locations(change.locations.as_deref().unwrap_or_default(), &before.locations);
    faults.refused()
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn refused(self) -> Result<(), Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Error::RefusedAll(self.0))
    }

    /// A text that is as empty as none says nothing; one that is required is refused elsewhere.
    fn line(&mut self, field: impl Into<String>, text: Option<&str>, was: Option<&str>, most: usize) {
        if let Some(text) = text.filter(|text| !text.is_empty() && was != Some(*text)) {
            self.0.extend(check_line(field, text, most).err());
        }
    }

    fn phone(&mut self, field: impl Into<String>, text: Option<&str>, was: Option<&str>) {
        if let Some(text) = text.filter(|text| !text.is_empty() && was != Some(*text)) {
            self.0.extend(check_phone(field, text).err());
        }
    }

    fn email(&mut self, text: Option<&str>, was: Option<&str>) {
        let new = text.filter(|text| !text.is_empty() && was != Some(*text));
        if new.is_some_and(|text| !is_email(text)) {
            let message = "an address such as office@example.org";
            self.0.push(Fault::new("email", "format", message));
        }
    }

    fn address(&mut self, address: Option<&serde_json::Value>) {
        let Some(text) = address.map(ToString::to_string) else {
            return;
        };
        if text.len() > ADDRESS {
            let message = format!("at most {ADDRESS} bytes of JSON");
            self.0.push(Fault::new("address", "length", message));
        } else if text.contains("\\u0000") {
            let message = "no text has the character U+0000";
            self.0.push(Fault::new("address", "characters", message));
        }
    }

    /// Nobody has confirmed what is to come. Somewhere it is tomorrow already.
    fn verified(&mut self, day: Option<NaiveDate>, was: Option<NaiveDate>, today: NaiveDate) {
        if day.is_some_and(|day| day > today + Days::new(1)) && day != was {
            let message = format!("a listing is confirmed on a day that has come: {today} at the latest");
            self.0.push(Fault::new("verified_at", "future", message));
        }
    }

    fn other_names(&mut self, names: &[OtherName], were: &[OtherName]) {
        let new = names.iter().enumerate().filter(|(_, name)| !were.contains(name));
        for (n, OtherName { name, .. }) in new {
            let parts = [
                ("prefix", &name.prefix),
                ("first", &name.first),
                ("middle", &name.middle),
                ("last", &name.last),
                ("suffix", &name.suffix),
                ("credential", &name.credential),
                ("organization", &name.organization),
            ];
            for (part, text) in parts {
                self.line(format!("other_names[{n}].{part}"), text.as_deref(), None, 300);
            }
        }
    }

    fn identifiers(&mut self, identifiers: &[Identifier], were: &[Identifier]) {
        let new = identifiers.iter().enumerate().filter(|(_, one)| !were.contains(one));
        for (n, identifier) in new {
            self.line(format!("identifiers[{n}].value"), Some(&identifier.value), None, 200);
        }
    }

    fn locations(&mut self, locations: &[NewLocation], were: &[Location]) {
        for (n, location) in locations.iter().enumerate() {
            let was = were.iter().find(|was| Some(was.id) == location.id);
            let at = |field: &str| format!("locations[{n}].{field}");
            let lines = [
                ("line1", &location.line1, was.and_then(|was| was.line1.as_deref()), 200),
                ("line2", &location.line2, was.and_then(|was| was.line2.as_deref()), 200),
                ("city", &location.city, was.and_then(|was| was.city.as_deref()), 100),
                (
                    "county",
                    &location.county,
                    was.and_then(|was| was.county.as_deref()),
                    100,
                ),
            ];
            for (field, text, was, most) in lines {
                self.line(at(field), text.as_deref(), was, most);
            }
            self.phone(
                at("phone"),
                location.phone.as_deref(),
                was.and_then(|was| was.phone.as_deref()),
            );
            self.phone(
                at("fax"),
                location.fax.as_deref(),
                was.and_then(|was| was.fax.as_deref()),
            );
            let zone = location.time_zone.as_deref();
            if zone.is_some_and(|zone| zone.parse::<Tz>().is_err()) {
                let message = "an IANA time zone such as America/Chicago";
                self.0.push(Fault::new(at("time_zone"), "unknown_zone", message));
            }
            if location.point == Some(Point { lat_e7: 0, lon_e7: 0 }) {
                let message = "0, 0 is in the sea: leave both out where the point is not known";
                self.0.push(Fault::new(at("lat"), "range", message));
            }
            if was.is_none() && !is_anywhere(location) {
                let message = "a place has an address, a point or a number, or is for telehealth";
                self.0.push(Fault::new(format!("locations[{n}]"), "required", message));
            }
        }
    }
}

/// Whether a place says how anybody gets to it.
fn is_anywhere(location: &NewLocation) -> bool {
    let texts = [
        &location.line1,
        &location.city,
        &location.state,
        &location.postal_code,
        &location.county,
        &location.phone,
    ];
    let says = |text: &&Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    location.point.is_some() || location.telehealth || texts.iter().any(says)
}
