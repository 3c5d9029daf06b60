//! Providers of the directory that may be one and the same: each of them asked for as if it were a record.
//!
//! NPIs say nothing here: two providers never share one, and one person may have been given two.

use serde_json::Value;

use super::{
    Asked, Options,
    compare::View,
    evidence,
    given::Given,
    outcome::Evidence,
    record::{Address, Record},
};
use crate::query::{
    Error,
    candidates::{Candidate, Candidates, Directory, Parts},
};
use crate::vocab::terms::ProviderKind;

/// The profile by which they are compared.
const PROFILE: &str = "duplicates";

/// Two providers that may be one.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The first, as a record.
    pub record: Value,
    /// The first.
    pub provider: uuid::Uuid,
    /// The other.
    pub other: uuid::Uuid,
    /// That they are one.
    pub probability: f64,
    /// Why.
    pub evidence: Vec<Evidence>,
    /// By which rules.
    pub rule_version: String,
}

/// Who may be the same as the provider with a number of the directory, at least so likely.
///
/// # Errors
/// If the index cannot be read.
pub fn of(directory: &Directory<'_>, number: u64, at_least: f64) -> Result<Vec<Pair>, Error> {
    let Some(own) = directory.nth(number) else {
        return Ok(Vec::new());
    };
    let lexicon = directory.lexicon();
    let model = &lexicon.match_model;
    let profile = model
        .profiles
        .get(PROFILE)
        .or_else(|| model.profiles.get(&Options::default().profile));
    let Some(profile) = profile else {
        return Ok(Vec::new());
    };
    let record = as_record(&own);
    let given = Given::of(&record, lexicon);
    if !given.is_telling() {
        return Ok(Vec::new());
    }
    let asked = Asked::of(directory, &given, profile)?;
    let id = own.records[0].provider;
    let mut candidates = Candidates::default();
    let weighed = asked.weigh(Some(id), &mut candidates)?;
    let mut pairs = Vec::new();
    for at in &weighed.order {
        let probability = weighed.posterior.probabilities[*at];
        if probability < at_least {
            break;
        }
        let (view, findings) = (View::of(weighed.candidates[*at]), &weighed.compared[*at]);
        pairs.push(Pair {
            record: serde_json::to_value(&record).unwrap_or_default(),
            provider: uuid::Uuid::from_u128(id),
            other: uuid::Uuid::from_u128(view.candidate.records[0].provider),
            probability,
            evidence: evidence::of(&weighed.scales, &view, findings, &weighed.posterior, *at),
            rule_version: model.rule_version(),
        });
    }
    Ok(pairs)
}

/// A provider as somebody would ask for it.
fn as_record(own: &Candidate<'_>) -> Record {
    let main = &own.records[0];
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    let mut record = Record {
        other_names: main.other_names.iter().map(str::to_owned).collect(),
        specialty: main.specialties.first().map(str::to_owned),
        gender: main.gender.map(|gender| gender.code().to_owned()),
        languages: main.languages.iter().map(str::to_owned).collect(),
        ..Record::default()
    };
    if main.kind == ProviderKind::Organization {
        record.organization_name = Some(main.name.to_owned());
    } else {
        let parts = Parts::of(main);
        record.first_name = parts.given.first().cloned();
        record.middle_name = some(parts.given.iter().skip(1).cloned().collect::<Vec<_>>().join(" "));
        record.last_name = some(parts.last.join(" "));
        record.suffix = parts.suffix;
        record.credential = parts.credential;
    }
    if let Some(place) = &main.place {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        record.phone = owned(place.phone);
        record.address = Some(Address {
            line1: owned(place.line1),
            line2: owned(place.line2),
            city: owned(place.city),
            state: owned(place.state),
            postal_code: owned(place.postal_code),
        });
    }
    record
}
