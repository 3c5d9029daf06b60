//! Findings told as evidence: what was given, what was found, where, and what it is worth.

use super::{
    chance::Chances,
    compare::{Finding, Scales, Source, View},
    given::GivenNpi,
    outcome::{Evidence, Where, Who},
    posterior::Posterior,
};
use crate::vocab::{Locator, Npi, keys::legal_form};

/// The evidence of one candidate: its bits add up to the log2 odds of its probability.
pub fn of(
    scales: &Scales<'_>,
    view: &View<'_, '_>,
    findings: &[Finding],
    posterior: &Posterior,
    at: usize,
) -> Vec<Evidence> {
    let mut all = Vec::with_capacity(findings.len() + 3);
    let bare = |field, level, bits: f64, source: &str| Evidence {
        field,
        level,
        given: None,
        found: None,
        bits: rounded(bits),
        source: source.to_owned(),
    };
    all.push(bare("prior", "prior", posterior.prior_bits, "directory.size"));
    for finding in findings {
        let (given, found) = sides(scales, view, finding);
        all.push(Evidence {
            field: finding.field,
            level: finding.level,
            given,
            found,
            bits: rounded(finding.bits[0]),
            source: source(finding.source),
        });
    }
    let sum = posterior.prior_bits + findings.iter().map(|finding| finding.bits[0]).sum::<f64>();
    let calibration = posterior.weights[at].meant.log2() - sum;
    if calibration.abs() > 1e-9 {
        all.push(bare("calibration", "calibration", calibration, "model.temperature"));
    }
    all.push(bare(
        "rivals",
        "rivals",
        -posterior.rivals(at).log2(),
        "directory.candidates",
    ));
    all
}

/// Six decimals: the same on every machine, and exact enough to add up.
pub fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

fn source(source: Source) -> String {
    match source {
        Source::Name => "directory.name".to_owned(),
        Source::OtherName(number) => format!("directory.other_names[{number}]"),
        Source::Provider => "directory.provider".to_owned(),
        Source::Location(number) => format!("directory.locations[{number}]"),
    }
}

/// Both sides of a finding in words.
fn sides(scales: &Scales<'_>, view: &View<'_, '_>, finding: &Finding) -> (Option<String>, Option<String>) {
    let (given, record) = (scales.given, &view.candidate.records[0]);
    let reading = given.readings.get(finding.reading);
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let other = |number: usize| record.other_names.iter().nth(number).map(str::to_owned);
    let named = match finding.source {
        Source::OtherName(number) => other(number),
        _ => some(record.name),
    };
    let list = |texts: &mut dyn Iterator<Item = &str>| some(&texts.collect::<Vec<_>>().join(" "));
    match finding.field {
        "last" => {
            let own = match finding.source {
                Source::OtherName(number) => other(number),
                _ => some(&view.parts.last.join(" ")),
            };
            (reading.and_then(|reading| some(&reading.last)), own)
        }
        "first" => (
            reading.and_then(|reading| some(&reading.first)),
            list(&mut view.parts.given.iter().map(String::as_str)),
        ),
        "middle" => (
            reading.and_then(|reading| some(&reading.middles.join(" "))),
            list(&mut view.parts.given.iter().skip(1).map(String::as_str)),
        ),
        "suffix" => (
            reading.and_then(|reading| reading.suffix.clone()),
            view.parts.suffix.clone(),
        ),
        "reading" => (
            reading.and_then(|reading| some(&format!("{} {}", reading.first, reading.last))),
            None,
        ),
        "organization" => (
            given
                .organizations
                .get(finding.reading)
                .and_then(|words| some(&words.join(" "))),
            named,
        ),
        "legal_form" => (
            given
                .legal_forms
                .get(finding.reading)
                .copied()
                .flatten()
                .map(str::to_owned),
            named.as_deref().and_then(legal_form).map(str::to_owned),
        ),
        "kind" => (None, some(record.kind.code())),
        "npi" => {
            let given = given.npi.as_ref().map(|npi| match npi {
                GivenNpi::Valid(number) => format!("{number:010}"),
                GivenNpi::Damaged(digits) => digits.clone(),
            });
            (given, record.npi.map(|number| format!("{number:010}")))
        }
        "license" => {
            let found = matches!(finding.level, "exact" | "number_only");
            let given = given.license.as_ref().map(|(state, number)| {
                format!("{} {number}", state.as_deref().unwrap_or_default().to_uppercase())
                    .trim()
                    .to_owned()
            });
            let own = if found {
                given.clone()
            } else {
                list(&mut record.licensed_in.iter())
            };
            (given, own)
        }
        "specialty" => (
            list(&mut given.specialties.iter().take(5).map(String::as_str)),
            list(&mut record.specialties.iter()),
        ),
        "credential" => (
            list(&mut given.credentials.iter().copied()),
            view.parts.credential.clone(),
        ),
        "gender" => (
            given.gender.map(|gender| gender.code().to_owned()),
            record.gender.map(|gender| gender.code().to_owned()),
        ),
        "language" => (
            list(&mut given.languages.iter().map(String::as_str)),
            list(&mut record.languages.iter()),
        ),
        "place" => (
            given_place(scales),
            place_of(view, finding.source).map(|place| shown(&place)),
        ),
        "phone" => (
            given.phone.clone(),
            place_of(view, finding.source).and_then(|place| place.phone),
        ),
        _ => (None, None),
    }
}

fn given_place(scales: &Scales<'_>) -> Option<String> {
    let given = scales.given;
    let street = given
        .street
        .as_ref()
        .map(|street| format!("{} {}", street.house, street.words.join(" ")));
    let parts = [
        street,
        given.city.clone(),
        given.state.as_ref().map(|state| state.to_uppercase()),
        given.zip.clone(),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn shown(place: &Where) -> String {
    let parts = [&place.line1, &place.city, &place.state, &place.postal_code];
    parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(", ")
}

fn place_of(view: &View<'_, '_>, source: Source) -> Option<Where> {
    let number = if let Source::Location(number) = source {
        number
    } else {
        0
    };
    let place = view.candidate.records.get(number)?.place.as_ref()?;
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Some(Where {
        line1: owned(place.line1),
        line2: owned(place.line2),
        city: owned(place.city),
        state: owned(place.state),
        postal_code: owned(place.postal_code),
        phone: owned(place.phone),
    })
}

/// Who a candidate is; the place is the one that agrees best.
pub fn who(view: &View<'_, '_>, findings: &[Finding]) -> Who {
    let record = &view.candidate.records[0];
    let placed = findings.iter().find(|finding| finding.field == "place");
    let locator = Locator {
        year: record.locator.0,
        number: record.locator.1,
    };
    Who {
        npi: record.npi.and_then(|number| Npi::from_number(number).ok()),
        id: uuid::Uuid::from_u128(record.provider),
        locator: locator.to_string(),
        name: record.name.to_owned(),
        other_names: record.other_names.iter().map(str::to_owned).collect(),
        kind: record.kind,
        specialties: record.specialties.iter().map(str::to_owned).collect(),
        gender: record.gender,
        network_status: record.status,
        location: place_of(view, placed.map_or(Source::Location(0), |finding| finding.source)),
        verified_at: record.verified.and_then(chrono::NaiveDate::from_num_days_from_ce_opt),
    }
}

/// The shares of the record's values among all providers, for an explanation.
pub fn frequencies(chances: &Chances) -> std::collections::BTreeMap<String, f64> {
    let mut all = std::collections::BTreeMap::new();
    for (number, name) in chances.names.iter().enumerate() {
        all.insert(format!("last[{number}]"), name.last);
        all.insert(format!("first[{number}]"), name.first);
    }
    for (number, share) in chances.organizations.iter().enumerate() {
        all.insert(format!("organization[{number}]"), *share);
    }
    let others = [
        ("address", chances.address),
        ("postal_code", chances.zip),
        ("city", chances.city),
        ("state", chances.state),
        ("phone", chances.phone),
        ("specialty", chances.specialty),
    ];
    all.extend(
        others
            .into_iter()
            .filter(|(_, share)| *share < 1.0)
            .map(|(field, share)| (field.to_owned(), share)),
    );
    all
}
