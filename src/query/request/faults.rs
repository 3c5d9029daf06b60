//! What is said of a parameter that is wrong, with what may have been meant.

use crate::vocab::Fault;

/// All parameters, for hints, for the documents of the interface and for tests.
pub const PARAMETERS: &[&str] = &[
    "q",
    "literal",
    "name",
    "npi",
    "specialty",
    "language",
    "network_status",
    "network",
    "plan",
    "near",
    "radius",
    "unit",
    "bbox",
    "polygon",
    "city",
    "state",
    "postal_code",
    "county",
    "gender",
    "accepting_new_patients",
    "telehealth",
    "kind",
    "profession",
    "category",
    "accessibility",
    "open_at",
    "available_before",
    "organization",
    "affiliation",
    "match",
    "nicknames",
    "sort",
    "group",
    "limit",
    "cursor",
    "facets",
    "clusters",
    "count",
    "fields",
    "format",
    "explain",
    "min_position",
];

/// That there is no such parameter, and which may have been meant.
pub(super) fn unknown_parameter(field: &str) -> Fault {
    if field.is_empty() {
        return Fault::new("body", "unknown_parameter", "a parameter has a name");
    }
    // Three letters of three are no slip but another word.
    let slips = (field.len() / 2).min(3);
    let near = PARAMETERS
        .iter()
        .filter(|known| known.len().abs_diff(field.len()) <= slips)
        .map(|known| (strsim::osa_distance(known, field), known));
    let nearest = near.min_by_key(|(distance, _)| *distance);
    let hint = nearest.filter(|(distance, _)| *distance <= slips);
    let hint = hint.map_or(String::new(), |(_, known)| format!("; did you mean `{known}`?"));
    let shown = shown(field);
    Fault::new(
        &shown,
        "unknown_parameter",
        format!("there is no parameter `{shown}`{hint}"),
    )
}

pub(super) fn shown(value: &str) -> String {
    value.chars().take(60).collect()
}

pub(super) fn unknown(what: &str, value: &str, near: &[String]) -> String {
    let hint = if near.is_empty() {
        String::new()
    } else {
        format!("; did you mean {}?", near.join(", "))
    };
    format!("there is no {what} `{}`{hint}", shown(value))
}

pub(super) fn near_fault(value: &str) -> String {
    let numbers: Vec<_> = value.split(',').map(|part| part.trim().parse::<f64>()).collect();
    match numbers.as_slice() {
        [Ok(lat), Ok(_)] if !(-90.0..=90.0).contains(lat) => format!("latitude {lat} is not between -90 and 90"),
        [Ok(_), Ok(lon)] if !(-180.0..=180.0).contains(lon) => format!("longitude {lon} is not between -180 and 180"),
        _ => format!("`{}` is no place: use `lat,lon`, a ZIP or `City, ST`", shown(value)),
    }
}
