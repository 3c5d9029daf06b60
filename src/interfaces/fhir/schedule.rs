//! `/fhir/Schedule`: weekly hours of practitioners at their clinics.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    resource::{Parameter, Resource, Told},
    search::{self, one},
    service_types,
    types::{CodeableConcept, Period, Reference},
};
use crate::domain::{access::Permission, schedule};
use crate::store::{
    Error, Tx,
    schedules::{self, Filter},
};
use crate::vocab::{Fault, ids::ScheduleId};

/// A schedule of R4.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FhirSchedule")]
pub struct Schedule {
    resource_type: &'static str,
    id: ScheduleId,
    active: bool,
    /// What may be booked; left out: anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    service_type: Vec<CodeableConcept>,
    /// The practitioner and the clinic.
    actor: [Reference; 2],
    /// The days that there are slots for; left out: none yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    planning_horizon: Option<Period>,
    /// The hours in words: R4 has no place for them.
    comment: String,
}

const WEEKDAYS: [&str; 7] = [
    "Mondays",
    "Tuesdays",
    "Wednesdays",
    "Thursdays",
    "Fridays",
    "Saturdays",
    "Sundays",
];

impl Resource for Schedule {
    const TOLD: Told = Told {
        of: "Schedule",
        path: "/fhir/Schedule",
        path_of_search: "/fhir/Schedule/_search",
        path_of_one: "/fhir/Schedule/{id}",
        mandatory: &["actor"],
        called: "schedule",
        reads: "One schedule",
        finds: "Schedules that fit, by practitioner, weekday and time",
        sorted_by: "actor",
        parameters: &[
            Parameter::new("_id", "token", "With one of these ids, commas between."),
            Parameter::LAST_UPDATED,
            Parameter::new(
                "actor",
                "reference",
                "Of these practitioners (`Practitioner/<id>`, commas between), or at these clinics (`Location/<id>`). Repeated: both hold.",
            ),
            Parameter::new("active", "token", "Active ones, or those that are not.").one_of(&["true", "false"]),
        ],
        who: "Members with schedules:read.",
        permission: Permission::SchedulesRead,
    };
    type Key = ScheduleId;
    type Filter = Filter;
    type Known = schedule::Schedule;
    type Place = schedules::Place;

    fn narrow(filter: &mut Filter, name: &str, value: &str) -> Result<bool, Fault> {
        match name {
            "_id" => search::narrow(&mut filter.ids, search::references(name, value, "Schedule")?),
            "_lastUpdated" => filter.changed = filter.changed.and(search::changed(name, value)?),
            "actor" if value.contains("Location/") => {
                search::narrow(&mut filter.clinics, search::references(name, value, "Location")?);
            }
            "actor" => search::narrow(
                &mut filter.practitioners,
                search::references(name, value, "Practitioner")?,
            ),
            "active" => {
                let is_active = value
                    .parse()
                    .map_err(|_| Fault::new(name, "malformed", "true or false"))?;
                one(&mut filter.is_active, name, is_active)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn only(key: ScheduleId) -> Filter {
        Filter {
            ids: Some(vec![key]),
            ..Filter::default()
        }
    }

    async fn count(tx: &mut Tx, filter: &Filter, _now: DateTime<Utc>) -> Result<i64, Error> {
        schedules::count(tx, filter).await
    }

    async fn page(
        tx: &mut Tx,
        filter: Filter,
        after: Option<Self::Place>,
        limit: i64,
        _now: DateTime<Utc>,
    ) -> Result<Vec<Self::Known>, Error> {
        schedules::page(tx, &filter, after, limit).await
    }

    fn place(known: &Self::Known) -> Self::Place {
        schedules::place(known)
    }

    fn changed_at(known: &Self::Known) -> Option<DateTime<Utc>> {
        Some(known.changed_at)
    }

    fn of(known: schedule::Schedule, _today: NaiveDate) -> (String, Self) {
        let weekly = known.weekly;
        let open = [Some(known.materialized_through), known.open_through];
        let end = weekly.valid_until.into_iter().chain(open.into_iter().flatten()).min();
        let weekday = usize::from(weekly.day_of_week).checked_sub(1);
        let weekday = weekday.and_then(|n| WEEKDAYS.get(n)).copied().unwrap_or_default();
        let told = Self {
            resource_type: "Schedule",
            id: known.id,
            active: known.is_active,
            service_type: service_types(&weekly.appointment_types),
            actor: [
                Reference::here("Practitioner", known.practitioner_id),
                Reference::here("Location", known.clinic_id),
            ],
            planning_horizon: end
                .filter(|end| *end >= weekly.valid_from)
                .map(|end| Period::of(Some(weekly.valid_from), Some(end))),
            comment: format!(
                "{weekday} {} to {} ({}), slots of {} minutes for {}",
                weekly.start_time.format("%H:%M"),
                weekly.end_time.format("%H:%M"),
                known.time_zone,
                weekly.slot_minutes,
                weekly.max_bookings,
            ),
        };
        (known.id.to_string(), told)
    }
}
