//! The shapes of searches and what answers them: cards, completions, comparisons, why somebody was not found.

use serde_json::{Map, Value, json};

use super::{
    access, date, flag, gender, id, kind, list, map, number, object, of, one_of, optional, or_null, quality, status,
    text, whole, with_optional,
};
use crate::interfaces::http::search_parameters::search_parameter;
use crate::query::request::PARAMETERS;

/// By name.
pub fn shapes() -> Map<String, Value> {
    map(&[
        ("SearchRequest", search_request()),
        ("SearchAnswer", search_answer()),
        ("Interpreted", interpreted()),
        ("Course", course()),
        ("Card", card()),
        ("WhyHere", why_here()),
        ("Suggestions", suggestions()),
        ("Comparison", comparison()),
        ("WhyNot", why_not()),
    ])
}

fn search_request() -> Value {
    let search = PARAMETERS.iter().map(|name| {
        let schema = search_parameter(name).0;
        let schema = match schema.get("items") {
            Some(one) => json!({"oneOf": [one, schema]}),
            None => schema,
        };
        ((*name).to_owned(), schema)
    });
    let excluded = json!({"^exclude\\.": {}});
    json!({
        "type": "object", "properties": search.collect::<Map<_, _>>(), "patternProperties": excluded, "additionalProperties": false,
    })
}

fn total() -> Value {
    object([("value", whole()), ("relation", one_of(vec!["eq", "gte"]))])
}

fn search_answer() -> Value {
    json!({
        "type": "object",
        "required": ["total", "took_us", "position", "interpreted", "results", "facets", "expanded_radius_miles", "did_you_mean", "next_cursor"],
        "properties": {
            "total": or_null(total()),
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
                    or_null(total()),
                ),
                ("results", list(of("Card"))),
            ])),
            "next_cursor": optional(),
            "explain": of("Course"),
        },
    })
}

fn interpreted() -> Value {
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
    ])
}

fn course() -> Value {
    object([
        ("plan", text()),
        ("order", text()),
        ("segments", whole()),
        ("looked_at", json!({"type": "object", "additionalProperties": whole()})),
        ("stages_us", json!({"type": "object", "additionalProperties": number()})),
        ("budget", json!({"type": "object"})),
    ])
}

fn card() -> Value {
    let card = object([
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
                with_optional(
                    with_optional(object([("name", optional())]), "text", text()),
                    "highlights",
                    list(list(whole())),
                ),
                "former_npi",
                text(),
            ),
        ),
    ]);
    with_optional(card, "explain", of("WhyHere"))
}

fn why_here() -> Value {
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
    ])
}

fn suggestions() -> Value {
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
    )])
}

fn comparison() -> Value {
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
    ])
}

fn why_not() -> Value {
    object([
        ("matches", flag()),
        (
            "causes",
            list(object([("cause", text()), ("parameter", text()), ("detail", text())])),
        ),
        ("position", optional()),
    ])
}
