//! `/fhir/Slot`: slots with where they stand. Beside the parameters of R4 there is `end`, so that those that overlap a time can be
//! asked for: `start=lt<end of it>&end=gt<begin of it>`.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    resource::{Parameter, Resource, Told},
    search, service_types,
    types::{CodeableConcept, Reference},
};
use crate::domain::{access::Permission, slot};
use crate::store::{
    Error, Tx,
    slot_search::{self, Edge, Filter, Known},
};
use crate::vocab::{Fault, ids::SlotId};

/// The system of the codes by which R4 tells where slots stand.
const STATUS: &str = "http://hl7.org/fhir/slotstatus";

/// A slot of R4.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FhirSlot")]
pub struct Slot {
    resource_type: &'static str,
    id: SlotId,
    /// What may be booked; left out: anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    service_type: Vec<CodeableConcept>,
    schedule: Reference,
    /// `free`, `busy`, `busy-unavailable` or `busy-tentative`.
    status: &'static str,
    /// By the clinic's clock.
    start: String,
    end: String,
}

impl Resource for Slot {
    const TOLD: Told = Told {
        of: "Slot",
        path: "/fhir/Slot",
        path_of_search: "/fhir/Slot/_search",
        path_of_one: "/fhir/Slot/{id}",
        mandatory: &["schedule", "status", "start", "end"],
        called: "slot",
        reads: "One slot",
        finds: "Slots that fit, in the order of time",
        sorted_by: "start",
        parameters: &[
            Parameter::new("_id", "token", "With one of these ids."),
            Parameter::new(
                "schedule",
                "reference",
                "Of these schedules: `Schedule/<id>`, commas between.",
            ),
            Parameter::new(
                "schedule.actor",
                "reference",
                "With this practitioner (`Practitioner/<id>`) or at this clinic (`Location/<id>`).",
            ),
            Parameter::new(
                "status",
                "token",
                "`free`, `busy`, `busy-unavailable`, `busy-tentative`, commas between.",
            ),
            Parameter::new(
                "start",
                "date",
                "That begin so: a date with a prefix (`ge2026-11-23`), by the clinic's clock where it has no zone. Repeated: all hold.",
            ),
            Parameter::new(
                "end",
                "date",
                "That end so. `start=lt..&end=gt..` are those that overlap.",
            ),
        ],
        who: "Members with schedules:read.",
        permission: Permission::SchedulesRead,
    };
    type Key = SlotId;
    type Filter = Filter;
    type Known = Known;
    type Place = (DateTime<Utc>, SlotId);

    fn narrow(filter: &mut Filter, name: &str, value: &str) -> Result<bool, Fault> {
        match name {
            "_id" => search::narrow(&mut filter.ids, search::references(name, value, "Slot")?),
            "schedule" => search::narrow(&mut filter.schedules, search::references(name, value, "Schedule")?),
            "schedule.actor" if value.contains("Location/") => {
                search::narrow(&mut filter.clinics, search::references(name, value, "Location")?);
            }
            "schedule.actor" => {
                search::narrow(
                    &mut filter.practitioners,
                    search::references(name, value, "Practitioner")?,
                );
            }
            "status" => {
                let read = |code: &str| slot::State::ALL.into_iter().find(|state| state.code() == code);
                let known = "free, busy, busy-unavailable, busy-tentative";
                search::narrow(&mut filter.states, search::codes((name, value), STATUS, read, known)?);
            }
            "start" => filter.bounds.extend(search::bounds(name, value, Edge::Start)?),
            "end" => filter.bounds.extend(search::bounds(name, value, Edge::End)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn only(key: SlotId) -> Filter {
        Filter {
            ids: Some(vec![key]),
            ..Filter::default()
        }
    }

    async fn count(tx: &mut Tx, filter: &Filter, now: DateTime<Utc>) -> Result<i64, Error> {
        slot_search::count(tx, filter, now).await
    }

    async fn page(
        tx: &mut Tx,
        filter: Filter,
        after: Option<Self::Place>,
        limit: i64,
        now: DateTime<Utc>,
    ) -> Result<Vec<Known>, Error> {
        slot_search::list(tx, &Filter { after, ..filter }, limit, now).await
    }

    fn place(known: &Known) -> Self::Place {
        (known.slot.span.starts_at, known.slot.id)
    }

    fn of(known: Known, _today: NaiveDate) -> (String, Self) {
        let Known { slot, state } = known;
        let told = Self {
            resource_type: "Slot",
            id: slot.id,
            service_type: service_types(&slot.appointment_types),
            schedule: Reference::here("Schedule", slot.schedule_id),
            status: state.code(),
            start: instant(slot.span.starts_at, &slot.time_zone),
            end: instant(slot.span.ends_at, &slot.time_zone),
        };
        (slot.id.to_string(), told)
    }
}

/// A moment with how far the clinic's clock is ahead of UTC.
fn instant(at: DateTime<Utc>, zone: &str) -> String {
    match zone.parse::<Tz>() {
        Ok(zone) => at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::AutoSi, true),
        Err(_) => at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
    }
}
