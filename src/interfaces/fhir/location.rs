//! `/fhir/Location`: the clinics of a tenant.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    resource::{Parameter, Resource, Told},
    search::{self, one},
    types::{ContactPoint, Reference},
};
use crate::domain::{
    access::Permission,
    clinic::{Clinic, Details, Hours},
};
use crate::store::{Error, Tx, clinics, conditions::Changed};
use crate::vocab::{ClinicId, Fault};

/// The system of the codes by which R4 tells where locations stand.
const STATUS: &str = "http://hl7.org/fhir/location-status";

/// A location of R4.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FhirLocation")]
pub struct Location {
    resource_type: &'static str,
    id: ClinicId,
    /// `active` or `inactive`.
    status: &'static str,
    name: String,
    /// A place, and not a kind of places.
    mode: &'static str,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    telecom: Vec<ContactPoint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<Position>,
    managing_organization: Reference,
    /// Each week; holidays are not told here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hours_of_operation: Vec<HoursOfOperation>,
}

/// Where it is.
#[derive(PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FhirAddress")]
struct Address {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    line: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postal_code: Option<String>,
}

/// In degrees (WGS 84).
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FhirLocationPosition")]
struct Position {
    longitude: f64,
    latitude: f64,
}

/// When it is open on a weekday; an end that is not after the begin is on the next day.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FhirLocationHours")]
struct HoursOfOperation {
    days_of_week: [&'static str; 1],
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    all_day: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    opening_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closing_time: Option<String>,
}

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl HoursOfOperation {
    fn of(hours: Hours) -> Option<Self> {
        let weekday = usize::from(hours.weekday).checked_sub(1)?;
        // R4 has no 24:00.
        let time = |minutes: u16| format!("{:02}:{:02}:00", minutes / 60 % 24, minutes % 60);
        let all_day = hours.opens == 0 && hours.closes == 1440;
        Some(Self {
            days_of_week: [*WEEKDAYS.get(weekday)?],
            all_day,
            opening_time: (!all_day).then(|| time(hours.opens)),
            closing_time: (!all_day).then(|| time(hours.closes)),
        })
    }
}

impl Resource for Location {
    const TOLD: Told = Told {
        of: "Location",
        path: "/fhir/Location",
        path_of_search: "/fhir/Location/_search",
        path_of_one: "/fhir/Location/{id}",
        mandatory: &[],
        called: "clinic",
        reads: "One clinic",
        finds: "Clinics that fit, by name",
        sorted_by: "name",
        parameters: &[
            Parameter::new("_id", "token", "With one of these ids, commas between."),
            Parameter::LAST_UPDATED,
            Parameter::new("name", "string", "How the name begins."),
            Parameter::new("status", "token", "`active`, `inactive`, commas between."),
        ],
        who: "Members with clinics:read.",
        permission: Permission::ClinicsRead,
    };
    type Key = ClinicId;
    type Filter = Filter;
    type Known = Clinic;
    type Place = ClinicId;

    fn narrow(filter: &mut Filter, name: &str, value: &str) -> Result<bool, Fault> {
        match name {
            "_id" => search::narrow(&mut filter.ids, search::references(name, value, "Location")?),
            "_lastUpdated" => filter.changed = filter.changed.and(search::changed(name, value)?),
            "name" => one(&mut filter.name, name, value.to_lowercase())?,
            "status" => {
                let read = |code: &str| ["active", "inactive"].into_iter().find(|known| *known == code);
                search::narrow(
                    &mut filter.statuses,
                    search::codes((name, value), STATUS, read, "active, inactive")?,
                );
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn only(key: ClinicId) -> Filter {
        Filter {
            ids: Some(vec![key]),
            ..Filter::default()
        }
    }

    async fn count(tx: &mut Tx, filter: &Filter, _now: DateTime<Utc>) -> Result<i64, Error> {
        Ok(i64::try_from(filter.read(tx).await?.len()).unwrap_or(i64::MAX))
    }

    async fn page(
        tx: &mut Tx,
        filter: Filter,
        after: Option<ClinicId>,
        limit: i64,
        _now: DateTime<Utc>,
    ) -> Result<Vec<Clinic>, Error> {
        // All are read: a tenant has few.
        let mut found = filter.read(tx).await?;
        if let Some(last) = after {
            let behind = found.iter().position(|clinic| clinic.id == last);
            found.drain(..behind.map_or(0, |n| n + 1));
        }
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found)
    }

    fn place(known: &Clinic) -> ClinicId {
        known.id
    }

    fn changed_at(known: &Clinic) -> Option<DateTime<Utc>> {
        Some(known.changed_at)
    }

    fn of(known: Clinic, _today: NaiveDate) -> (String, Self) {
        let Details {
            name,
            line1,
            line2,
            city,
            state,
            postal_code,
            lat,
            lon,
            phone,
            email,
            operating_hours,
            ..
        } = known.details;
        let point = |system| move |value| ContactPoint { system, value };
        let address = Address {
            line: line1.into_iter().chain(line2).collect(),
            city,
            state,
            postal_code,
        };
        let is_known = !address.line.is_empty()
            || [&address.city, &address.state, &address.postal_code]
                .iter()
                .any(|part| part.is_some());
        let told = Self {
            resource_type: "Location",
            id: known.id,
            status: status(known.is_active),
            name,
            mode: "instance",
            telecom: phone
                .map(point("phone"))
                .into_iter()
                .chain(email.map(point("email")))
                .collect(),
            address: is_known.then_some(address),
            position: lat
                .zip(lon)
                .map(|(latitude, longitude)| Position { longitude, latitude }),
            managing_organization: Reference::by_key("Organization", known.organization_id),
            hours_of_operation: operating_hours.into_iter().filter_map(HoursOfOperation::of).collect(),
        };
        (known.id.to_string(), told)
    }
}

fn status(is_active: bool) -> &'static str {
    if is_active { "active" } else { "inactive" }
}

/// Which clinics.
#[derive(Default)]
pub struct Filter {
    ids: Option<Vec<ClinicId>>,
    changed: Changed,
    /// How the name begins, in small letters.
    name: Option<String>,
    statuses: Option<Vec<&'static str>>,
}

impl Filter {
    fn fits(&self, clinic: &Clinic) -> bool {
        self.ids.as_ref().is_none_or(|ids| ids.contains(&clinic.id))
            && self.changed.has(clinic.changed_at)
            && self
                .name
                .as_ref()
                .is_none_or(|name| clinic.details.name.to_lowercase().starts_with(name))
            && self
                .statuses
                .as_ref()
                .is_none_or(|list| list.contains(&status(clinic.is_active)))
    }

    /// Those that fit, by name.
    async fn read(&self, tx: &mut Tx) -> Result<Vec<Clinic>, Error> {
        let mut found = match self.ids.as_deref() {
            Some([id]) => clinics::find(tx, *id).await?.into_iter().collect(),
            _ => clinics::list(tx, true).await?,
        };
        found.retain(|clinic| self.fits(clinic));
        Ok(found)
    }
}
