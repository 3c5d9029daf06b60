//! The shapes of bodies and answers, for the OpenAPI document.

use serde_json::{Map, Value, json};

use super::{openapi::search_parameter, problem::Kind};
use crate::query::request::PARAMETERS;
use crate::vocab::terms::{Accepting, Accessibility, Gender, NetworkStatus, PositionQuality, ProviderKind};

/// A reference to a shape.
pub fn of(shape: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{shape}")})
}

pub(super) fn text() -> Value {
    json!({"type": "string"})
}

/// A text of so many characters at most; whoever keeps one refuses a longer one.
fn line(most: u32) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": most})
}

/// The same where one that says nothing is taken for none.
fn up_to(most: u32) -> Value {
    json!({"type": "string", "maxLength": most})
}

fn flag() -> Value {
    json!({"type": "boolean"})
}

pub(super) fn whole() -> Value {
    json!({"type": "integer"})
}

fn number() -> Value {
    json!({"type": "number"})
}

pub(super) fn id() -> Value {
    json!({"type": "string", "format": "uuid"})
}

fn date() -> Value {
    json!({"type": "string", "format": "date"})
}

pub(super) fn list(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

pub(super) fn or_null(mut schema: Value) -> Value {
    match schema.get("type").cloned() {
        Some(Value::String(kind)) => {
            schema["type"] = json!([kind, "null"]);
            if let Some(codes) = schema.get_mut("enum").and_then(Value::as_array_mut) {
                codes.push(Value::Null);
            }
            schema
        }
        _ => json!({"oneOf": [schema, {"type": "null"}]}),
    }
}

pub(super) fn one_of(codes: Vec<&'static str>) -> Value {
    json!({"type": "string", "enum": codes})
}

/// An object that has all of these and nothing else.
pub(super) fn object<const N: usize>(properties: [(&str, Value); N]) -> Value {
    let names = properties.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    json!({"type": "object", "required": names, "properties": map(&properties), "additionalProperties": false})
}

/// The same with a property more, which need not be there.
fn with_optional(mut object: Value, name: &str, property: Value) -> Value {
    object["properties"][name] = property;
    object
}

/// An object of which only some must be there, and nothing else may.
fn body<const N: usize>(required: &[&str], properties: [(&str, Value); N]) -> Value {
    json!({"type": "object", "required": required, "properties": map(&properties), "additionalProperties": false})
}

fn map(properties: &[(&str, Value)]) -> Map<String, Value> {
    properties
        .iter()
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()))
        .collect()
}

fn listed(name: &str, item: &str) -> Value {
    object([("total", whole()), (name, list(of(item)))])
}

/// All shapes, by name.
pub fn all() -> Map<String, Value> {
    let status = || one_of(NetworkStatus::ALL.iter().map(|s| s.code()).collect());
    let kind = || one_of(ProviderKind::ALL.iter().map(|k| k.code()).collect());
    let gender = || or_null(one_of(Gender::ALL.iter().map(|g| g.code()).collect()));
    let accepting = || or_null(one_of(Accepting::ALL.iter().map(|a| a.code()).collect()));
    let quality = || one_of(PositionQuality::ALL.iter().map(|q| q.code()).collect());
    let access = || list(one_of(Accessibility::ALL.iter().map(|a| a.code()).collect()));
    let optional = || or_null(text());
    let location = || {
        [
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
    };
    let writable = || {
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
    };
    let mut new = writable();
    new.push(("party_id", or_null(id())));
    let mut place = location().to_vec();
    place.push(("id", id()));
    let names = [
        "prefix",
        "first",
        "middle",
        "last",
        "suffix",
        "credential",
        "organization",
    ];
    let name = names.map(|part| (part, optional()));
    let mut other_name = name.to_vec();
    other_name.push(("type_code", whole()));
    let network = || object([("id", id()), ("name", text())]);
    let search = PARAMETERS.iter().map(|name| {
        let schema = search_parameter(name).0;
        let schema = match schema.get("items") {
            Some(one) => json!({"oneOf": [one, schema]}),
            None => schema,
        };
        ((*name).to_owned(), schema)
    });
    let excluded = json!({"^exclude\\.": {}});
    let mut all = map(&[
        ("Object", json!({"type": "object"})),
        (
            "SearchRequest",
            json!({
                "type": "object", "properties": search.collect::<Map<_, _>>(), "patternProperties": excluded, "additionalProperties": false,
            }),
        ),
        (
            "SearchAnswer",
            json!({
                "type": "object",
                "required": ["total", "took_us", "position", "interpreted", "results", "facets", "expanded_radius_miles", "did_you_mean", "next_cursor"],
                "properties": {
                    "total": or_null(object([("value", whole()), ("relation", one_of(vec!["eq", "gte"]))])),
                    "took_us": whole(),
                    "position": optional(),
                    "interpreted": of("Interpreted"),
                    "results": list(of("Card")),
                    "facets": {"type": "object", "additionalProperties": list(object([("value", text()), ("label", text()), ("count", whole())]))},
                    "clusters": list(object([("lat", number()), ("lon", number()), ("count", whole())])),
                    "expanded_radius_miles": or_null(number()),
                    "did_you_mean": {},
                    "hint": text(),
                    "other_readings": list(object([
                        ("interpreted", of("Interpreted")),
                        ("parameters", json!({"type": "object", "additionalProperties": list(text())})),
                        (
                            "total",
                            or_null(object([("value", whole()), ("relation", one_of(vec!["eq", "gte"]))])),
                        ),
                        ("results", list(of("Card"))),
                    ])),
                    "next_cursor": optional(),
                    "explain": of("Course"),
                },
            }),
        ),
        (
            "Interpreted",
            object([
                ("specialty", or_null(list(text()))),
                ("profession", optional()),
                ("language", or_null(list(text()))),
                (
                    "place",
                    or_null(object([
                        ("label", text()),
                        ("postal_code", optional()),
                        ("lat", number()),
                        ("lon", number()),
                    ])),
                ),
                ("radius_miles", or_null(number())),
                ("gender", optional()),
                ("accepting_new_patients", or_null(flag())),
                ("telehealth", or_null(flag())),
                ("network", or_null(list(id()))),
                ("plan", or_null(list(id()))),
                ("accessibility", or_null(access())),
                ("open_at", optional()),
                ("available_before", optional()),
                ("name", optional()),
                ("npi", optional()),
                ("phone", optional()),
                (
                    "terms",
                    list(object([
                        ("text", text()),
                        ("start", whole()),
                        ("end", whole()),
                        ("kind", text()),
                        ("value", text()),
                    ])),
                ),
            ]),
        ),
        (
            "Course",
            object([
                ("plan", text()),
                ("order", text()),
                ("segments", whole()),
                ("looked_at", json!({"type": "object", "additionalProperties": whole()})),
                ("stages_us", json!({"type": "object", "additionalProperties": number()})),
                ("budget", json!({"type": "object"})),
            ]),
        ),
        (
            "WhyHere",
            object([
                ("score", list(object([("part", text()), ("value", number())]))),
                ("order", text()),
                ("distance_miles", or_null(number())),
                (
                    "matched",
                    list(object([
                        ("parameter", text()),
                        ("asked", text()),
                        ("found", text()),
                        ("how", text()),
                    ])),
                ),
                ("read_from", one_of(vec!["segment", "overlay"])),
            ]),
        ),
        (
            "Card",
            object([
                ("id", id()),
                ("locator", text()),
                ("npi", optional()),
                ("name", text()),
                ("kind", kind()),
                ("category", text()),
                (
                    "specialties",
                    list(object([("code", text()), ("name", text()), ("primary", flag())])),
                ),
                ("languages", list(text())),
                ("gender", gender()),
                ("network_status", status()),
                (
                    "networks",
                    list(object([
                        ("id", id()),
                        ("name", text()),
                        ("status", status()),
                        ("tier", optional()),
                    ])),
                ),
                ("accepting_new_patients", or_null(flag())),
                ("telehealth", flag()),
                ("accessibility", access()),
                (
                    "location",
                    or_null(object([
                        ("id", id()),
                        ("line1", optional()),
                        ("line2", optional()),
                        ("city", optional()),
                        ("state", optional()),
                        ("postal_code", optional()),
                        ("lat", or_null(number())),
                        ("lon", or_null(number())),
                        ("position_quality", quality()),
                        ("phone", optional()),
                    ])),
                ),
                ("other_locations", whole()),
                ("distance_miles", or_null(number())),
                ("next_available", optional()),
                ("verified_at", or_null(date())),
                ("score", or_null(number())),
                (
                    "matched",
                    with_optional(
                        with_optional(object([("name", optional())]), "text", text()),
                        "highlights",
                        list(list(whole())),
                    ),
                ),
            ]),
        ),
        (
            "Suggestions",
            object([(
                "suggestions",
                list(object([
                    (
                        "type",
                        one_of(vec![
                            "specialty",
                            "condition",
                            "language",
                            "wish",
                            "place",
                            "network",
                            "plan",
                            "provider",
                            "organization",
                        ]),
                    ),
                    ("text", text()),
                    ("value", optional()),
                    ("detail", optional()),
                    ("distance_miles", or_null(number())),
                    ("highlights", list(list(whole()))),
                ])),
            )]),
        ),
        (
            "Comparison",
            object([
                ("providers", list(json!({"type": "object"}))),
                (
                    "properties",
                    list(object([
                        ("property", text()),
                        ("values", list(json!({}))),
                        ("same", flag()),
                    ])),
                ),
            ]),
        ),
        (
            "WhyNot",
            object([
                ("matches", flag()),
                (
                    "causes",
                    list(object([("cause", text()), ("parameter", text()), ("detail", text())])),
                ),
                ("position", optional()),
            ]),
        ),
        (
            "Provider",
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
            ),
        ),
        ("Name", object(name)),
        (
            "Specialty",
            object([
                ("code", text()),
                ("name", optional()),
                ("primary", flag()),
                ("license_number", optional()),
                ("license_state", optional()),
            ]),
        ),
        (
            "NewSpecialty",
            body(
                &["code"],
                [
                    ("code", text()),
                    ("primary", flag()),
                    ("license_number", optional()),
                    ("license_state", optional()),
                ],
            ),
        ),
        (
            "NewLocation",
            json!({"type": "object", "properties": map(&place), "additionalProperties": false}),
        ),
        (
            "OpeningHours",
            object([("weekday", whole()), ("opens", whole()), ("closes", whole())]),
        ),
        (
            "Identifier",
            object([
                ("type_code", text()),
                ("value", text()),
                ("state", optional()),
                ("issuer", optional()),
            ]),
        ),
        ("Affiliation", object([("to", id()), ("role", text())])),
        (
            "NetworkHere",
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
            ]),
        ),
        (
            "Deactivation",
            object([("reason", json!({"type": "string", "minLength": 1, "maxLength": 1000}))]),
        ),
        (
            "Participations",
            object([("participations", list(of("Participation")))]),
        ),
        (
            "Participation",
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
            ),
        ),
        (
            "SpecialtyTerm",
            object([
                ("code", text()),
                ("name", text()),
                ("grouping", text()),
                ("classification", text()),
                ("specialization", text()),
                ("organizational", flag()),
            ]),
        ),
        ("Specialties", listed("specialties", "SpecialtyTerm")),
        ("LanguageTerm", object([("code", text()), ("name", text())])),
        ("Languages", listed("languages", "LanguageTerm")),
        (
            "ListedNetwork",
            object([
                ("id", id()),
                ("name", text()),
                ("organization", or_null(network())),
                ("version", whole()),
                ("ends_on", or_null(date())),
            ]),
        ),
        ("Networks", listed("networks", "ListedNetwork")),
        (
            "ListedPlan",
            object([
                ("id", id()),
                ("code", text()),
                ("name", text()),
                ("organization", or_null(network())),
                (
                    "networks",
                    list(object([
                        ("id", id()),
                        ("name", text()),
                        ("tier", optional()),
                        ("begins_on", or_null(date())),
                        ("ends_on", or_null(date())),
                    ])),
                ),
                ("version", whole()),
                ("ends_on", or_null(date())),
            ]),
        ),
        ("Plans", listed("plans", "ListedPlan")),
        (
            "NewNetwork",
            body(
                &["organization_id", "name"],
                [("organization_id", id()), ("name", line(200)), ("public", flag())],
            ),
        ),
        (
            "Network",
            object([
                ("id", id()),
                ("name", text()),
                ("organization_id", id()),
                ("public", flag()),
                ("version", whole()),
                ("ends_on", or_null(date())),
            ]),
        ),
        (
            "NetworkChange",
            body(
                &[],
                [("name", line(200)), ("public", flag()), ("ends_on", or_null(date()))],
            ),
        ),
        (
            "UsedNetwork",
            body(
                &["network_id"],
                [
                    ("network_id", id()),
                    ("tier", optional()),
                    ("begins_on", or_null(date())),
                    ("ends_on", or_null(date())),
                ],
            ),
        ),
        (
            "PlanChange",
            body(
                &[],
                [
                    ("code", line(200)),
                    ("name", line(200)),
                    ("networks", list(of("UsedNetwork"))),
                    ("oon_policy", one_of(vec!["PAY", "DENY"])),
                    ("pending_policy", one_of(vec!["HOLD", "OON", "DENY"])),
                    ("ends_on", or_null(date())),
                ],
            ),
        ),
        (
            "NewPlan",
            body(
                &["organization_id", "code", "name", "networks"],
                [
                    ("organization_id", id()),
                    ("code", line(200)),
                    ("name", line(200)),
                    ("networks", list(of("UsedNetwork"))),
                    ("oon_policy", or_null(one_of(vec!["PAY", "DENY"]))),
                    ("pending_policy", or_null(one_of(vec!["HOLD", "OON", "DENY"]))),
                ],
            ),
        ),
        (
            "Plan",
            object([
                ("id", id()),
                ("code", text()),
                ("name", text()),
                ("organization_id", id()),
                ("networks", list(of("UsedNetwork"))),
                ("oon_policy", one_of(vec!["PAY", "DENY"])),
                ("pending_policy", one_of(vec!["HOLD", "OON", "DENY"])),
                ("version", whole()),
                ("ends_on", or_null(date())),
            ]),
        ),
        (
            "Delegated",
            object([("npis", list(text())), ("source", line(200)), ("decided", date())]),
        ),
        (
            "Approved",
            object([("approved", whole()), ("source", text()), ("decided", date())]),
        ),
        (
            "IndexStatus",
            json!({
                "type": "object", "required": ["alias", "generation", "position", "providers", "locations", "schema_refused", "feed"],
                "properties": {"alias": {"const": "provider.providers"}, "generation": whole(), "position": optional(), "providers": whole(),
                    "locations": whole(), "schema_refused": optional(), "feed": {"type": "object"}},
            }),
        ),
        (
            "Problem",
            object([
                ("type", one_of_uris()),
                ("title", text()),
                ("status", whole()),
                ("detail", text()),
                (
                    "errors",
                    list(object([("field", text()), ("code", text()), ("message", text())])),
                ),
                ("request_id", optional()),
            ]),
        ),
    ]);
    all["Card"]["properties"]["explain"] = of("WhyHere"); // Only where it is asked for.
    let mut told = location().to_vec();
    told.push(("id", id()));
    let names = told.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    let whole_location =
        json!({"type": "object", "required": names, "properties": map(&told), "additionalProperties": false});
    all.insert("Location".to_owned(), whole_location);
    all.insert(
        "OtherName".to_owned(),
        json!({
            "type": "object", "required": ["type_code"], "properties": map(&other_name), "additionalProperties": false,
        }),
    );
    let new = json!({"type": "object", "required": ["kind", "category"], "properties": map(&new), "additionalProperties": false});
    all.insert("NewProvider".to_owned(), new);
    let change = json!({"type": "object", "properties": map(&writable()), "additionalProperties": false});
    all.insert("ProviderChange".to_owned(), change);
    all
}

fn one_of_uris() -> Value {
    json!({"type": "string", "enum": Kind::ALL.iter().map(|kind| kind.uri()).collect::<Vec<_>>()})
}
