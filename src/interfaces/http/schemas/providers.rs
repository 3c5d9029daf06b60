//! The shapes of a provider: as it is read, as it is written, and what hangs on it.

use serde_json::{Map, Value, json};

use super::{
    accepting, access, body, date, flag, gender, id, kind, line, list, map, number, object, of, optional, or_null,
    quality, some_of, status, text, up_to, whole, whole_of, with_optional,
};

/// By name.
pub fn shapes() -> Map<String, Value> {
    map(&[
        ("Provider", provider()),
        ("NewProvider", new_provider()),
        ("ProviderChange", provider_change()),
        ("Name", name()),
        ("OtherName", other_name()),
        ("Specialty", specialty()),
        ("NewSpecialty", new_specialty()),
        ("Location", location()),
        ("NewLocation", new_location()),
        ("OpeningHours", opening_hours()),
        ("Identifier", identifier()),
        ("Affiliation", affiliation()),
        ("NetworkHere", network_here()),
        ("Participations", participations()),
        ("Participation", participation()),
        ("Deactivation", deactivation()),
        ("Delegated", delegated()),
        ("Approved", approved()),
    ])
}

fn provider() -> Value {
    with_optional(
        with_optional(
            object([
                ("id", id()),
                ("locator", text()),
                ("npi", optional()),
                ("party_id", id()),
                ("kind", kind()),
                ("category", text()),
                ("name", text()),
                ("name_parts", of("Name")),
                ("other_names", list(of("OtherName"))),
                ("specialty", optional()),
                ("specialties", list(of("Specialty"))),
                ("languages", list(text())),
                ("gender", gender()),
                ("network_status", status()),
                ("networks", list(of("NetworkHere"))),
                ("accepting_new_patients", or_null(flag())),
                ("telehealth", flag()),
                ("address", or_null(json!({"type": "object"}))),
                ("phone", optional()),
                ("email", optional()),
                ("locations", list(of("Location"))),
                ("identifiers", list(of("Identifier"))),
                ("affiliations", list(of("Affiliation"))),
                (
                    "activated_at",
                    or_null(json!({"type": "string", "format": "date-time"})),
                ),
                ("verified_at", or_null(date())),
                ("version", whole()),
            ]),
            "sources",
            json!({"type": "object", "additionalProperties": object([
                ("source", text()),
                ("verified_at", or_null(date())),
                ("confidence", number()),
            ])}),
        ),
        "roles",
        list(object([
            ("organization", text()),
            ("clinic", text()),
            ("line1", optional()),
            ("line2", optional()),
            ("city", optional()),
            ("state", optional()),
            ("postal_code", optional()),
            ("phone", optional()),
            ("is_primary", flag()),
        ])),
    )
}

/// The parts of a name, all of which may be missing.
fn parts_of_a_name() -> Vec<(&'static str, Value)> {
    let parts = [
        "prefix",
        "first",
        "middle",
        "last",
        "suffix",
        "credential",
        "organization",
    ];
    parts.map(|part| (part, optional())).to_vec()
}

fn name() -> Value {
    whole_of(&parts_of_a_name())
}

fn other_name() -> Value {
    let mut parts = parts_of_a_name();
    parts.push(("type_code", whole()));
    some_of(&["type_code"], &parts)
}

fn specialty() -> Value {
    object([
        ("code", text()),
        ("name", optional()),
        ("primary", flag()),
        ("license_number", optional()),
        ("license_state", optional()),
    ])
}

fn new_specialty() -> Value {
    body(
        &["code"],
        [
            ("code", text()),
            ("primary", flag()),
            ("license_number", optional()),
            ("license_state", optional()),
        ],
    )
}

/// What a location has, but for its id.
fn parts_of_a_location() -> Vec<(&'static str, Value)> {
    vec![
        ("line1", optional()),
        ("line2", optional()),
        ("city", optional()),
        ("state", optional()),
        ("postal_code", optional()),
        ("county", optional()),
        ("country", optional()),
        ("lat", or_null(number())),
        ("lon", or_null(number())),
        ("position_quality", or_null(quality())),
        ("phone", optional()),
        ("fax", optional()),
        ("time_zone", optional()),
        ("hours", list(of("OpeningHours"))),
        ("telehealth", flag()),
        ("accessibility", access()),
        ("primary", flag()),
    ]
}

fn with_id(mut parts: Vec<(&'static str, Value)>) -> Vec<(&'static str, Value)> {
    parts.push(("id", id()));
    parts
}

fn location() -> Value {
    whole_of(&with_id(parts_of_a_location()))
}

fn new_location() -> Value {
    some_of(&[], &with_id(parts_of_a_location()))
}

fn opening_hours() -> Value {
    object([("weekday", whole()), ("opens", whole()), ("closes", whole())])
}

fn identifier() -> Value {
    object([
        ("type_code", text()),
        ("value", text()),
        ("state", optional()),
        ("issuer", optional()),
    ])
}

fn affiliation() -> Value {
    object([("to", id()), ("role", text())])
}

fn network_here() -> Value {
    object([
        ("id", id()),
        ("name", text()),
        ("status", status()),
        ("tier", optional()),
        ("location_id", or_null(id())),
        ("effective", date()),
        ("termination", or_null(date())),
        ("accepting", accepting()),
        ("characteristics", optional()),
        ("participation_id", id()),
    ])
}

fn participations() -> Value {
    object([("participations", list(of("Participation")))])
}

fn participation() -> Value {
    body(
        &["network_id", "status", "effective"],
        [
            ("network_id", id()),
            ("location_id", or_null(id())),
            ("tier", optional()),
            ("status", status()),
            ("effective", date()),
            ("termination", or_null(date())),
            ("accepting", accepting()),
            ("characteristics", optional()),
        ],
    )
}

fn deactivation() -> Value {
    object([("reason", json!({"type": "string", "minLength": 1, "maxLength": 1000}))])
}

fn delegated() -> Value {
    object([("npis", list(text())), ("source", line(200)), ("decided", date())])
}

fn approved() -> Value {
    object([("approved", whole()), ("source", text()), ("decided", date())])
}

/// What can be written of a provider at any time.
fn writable() -> Vec<(&'static str, Value)> {
    vec![
        ("kind", kind()),
        ("category", text()),
        ("npi", or_null(json!({"type": "string", "pattern": "^[12][0-9]{9}$"}))),
        ("prefix", or_null(up_to(60))),
        ("first_name", or_null(up_to(100))),
        ("middle_name", or_null(up_to(100))),
        ("last_name", or_null(up_to(100))),
        ("suffix", or_null(up_to(60))),
        ("credential", or_null(up_to(100))),
        ("organization_name", or_null(up_to(300))),
        ("other_names", list(of("OtherName"))),
        ("specialty", text()),
        ("specialties", list(of("NewSpecialty"))),
        ("languages", list(text())),
        ("gender", gender()),
        ("address", or_null(json!({"type": "object"}))),
        ("phone", or_null(up_to(40))),
        ("email", or_null(up_to(254))),
        ("verified_at", or_null(date())),
        ("locations", list(of("NewLocation"))),
        ("identifiers", list(of("Identifier"))),
        ("affiliations", list(of("Affiliation"))),
    ]
}

fn new_provider() -> Value {
    let mut parts = writable();
    parts.push(("party_id", or_null(id())));
    some_of(&["kind", "category"], &parts)
}

fn provider_change() -> Value {
    some_of(&[], &writable())
}
