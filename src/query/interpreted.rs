//! What was understood of a request, as its answer tells it: parameters and the text of the box together.

use chrono::NaiveDate;
use serde::Serialize;

use super::{plan::Plan, request::Request, text::Term};
use crate::index::geometry::KM_PER_MILE;
use crate::vocab::place::Place;

/// What was understood, as the answer tells it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Interpreted {
    /// NUCC codes.
    pub specialty: Option<Vec<String>>,
    /// A profession, where no kind of doctor is named.
    pub profession: Option<&'static str>,
    /// Language codes.
    pub language: Option<Vec<String>>,
    /// The place.
    pub place: Option<PlaceUnderstood>,
    /// The radius asked for.
    pub radius_miles: Option<f64>,
    /// The first gender asked for.
    pub gender: Option<&'static str>,
    /// New patients.
    pub accepting_new_patients: Option<bool>,
    /// Telehealth.
    pub telehealth: Option<bool>,
    /// Network ids.
    pub network: Option<Vec<String>>,
    /// Plan ids.
    pub plan: Option<Vec<String>>,
    /// Codes of accessibility, one of which it must have.
    pub accessibility: Option<Vec<&'static str>>,
    /// A moment at which it must be open.
    pub open_at: Option<String>,
    /// The day before which it must have a free slot.
    pub available_before: Option<NaiveDate>,
    /// The words of the name.
    pub name: Option<String>,
    /// The NPI.
    pub npi: Option<String>,
    /// A telephone number, ten digits.
    pub phone: Option<String>,
    /// What each piece of the box was taken for, from left to right. A piece is undone by leaving `start` to `end` out of
    /// `q`, or by naming its words in `literal`, which makes them words of a name.
    pub terms: Vec<Term>,
}

/// A place as it was understood.
#[derive(Clone, Debug, Serialize)]
pub struct PlaceUnderstood {
    /// For people.
    pub label: String,
    /// Its ZIP, if it is one.
    pub postal_code: Option<String>,
    /// Latitude of its middle.
    pub lat: f64,
    /// Longitude of its middle.
    pub lon: f64,
}

impl Interpreted {
    pub(super) fn of(plan: &Plan<'_>, request: &Request) -> Self {
        let conditions = &plan.conditions;
        let some = |list: &[String]| (!list.is_empty()).then(|| list.to_vec());
        let place = |place: &Place| PlaceUnderstood {
            label: place.label.clone(),
            postal_code: place.postal_code.clone(),
            lat: place.point.lat(),
            lon: place.point.lon(),
        };
        let networks = conditions
            .networks
            .iter()
            .map(|n| uuid::Uuid::from_u128(n.id).to_string());
        Self {
            specialty: some(&conditions.specialty),
            profession: conditions.profession.first().map(|profession| profession.code()),
            language: some(&conditions.language),
            place: request.near.as_ref().or(plan.reading.state.as_ref()).map(place),
            radius_miles: request.radius_km.map(|km| (km / KM_PER_MILE * 1000.0).round() / 1000.0),
            gender: conditions.gender.first().map(|gender| gender.code()),
            accepting_new_patients: conditions.accepting,
            telehealth: conditions.telehealth,
            network: (!conditions.networks.is_empty()).then(|| networks.collect()),
            plan: (!conditions.plan_ids.is_empty())
                .then(|| conditions.plan_ids.iter().map(ToString::to_string).collect()),
            accessibility: (!conditions.accessibility.is_empty())
                .then(|| conditions.accessibility.iter().map(|access| access.code()).collect()),
            open_at: conditions.open_at.map(|at| at.to_string()),
            available_before: conditions.available_before,
            name: conditions.names.first().map(|name| name.words.join(" ")),
            npi: conditions.npi.first().map(|npi| {
                let former = conditions.former_npi.iter().find(|(_, now)| now == npi);
                format!("{:010}", former.map_or(*npi, |(asked, _)| *asked))
            }),
            phone: conditions.phone.clone(),
            terms: plan.reading.terms.clone(),
        }
    }
}
