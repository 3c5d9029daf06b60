//! The shapes of networks and plans: as they are listed, read and written.

use serde_json::{Map, Value};

use super::{
    body, date, flag, id, line, list, listed, map, object, of, one_of, optional, or_null, text, whole, with_optional,
};

/// By name.
pub fn shapes() -> Map<String, Value> {
    map(&[
        ("ListedNetwork", listed_network()),
        ("Networks", networks()),
        ("NewNetwork", new_network()),
        ("Network", network()),
        ("NetworkChange", network_change()),
        ("ListedPlan", listed_plan()),
        ("Plans", plans()),
        ("NewPlan", new_plan()),
        ("Plan", plan()),
        ("PlanChange", plan_change()),
        ("EarlierPolicies", earlier_policies()),
        ("UsedNetwork", used_network()),
    ])
}

/// Whose something is, as lists tell it.
fn organization() -> Value {
    object([("id", id()), ("name", text())])
}

fn listed_network() -> Value {
    object([
        ("id", id()),
        ("name", text()),
        ("organization", or_null(organization())),
        ("version", whole()),
        ("ends_on", or_null(date())),
    ])
}

fn networks() -> Value {
    listed("networks", "ListedNetwork")
}

fn new_network() -> Value {
    body(
        &["organization_id", "name"],
        [("organization_id", id()), ("name", line(200)), ("public", flag())],
    )
}

fn network() -> Value {
    object([
        ("id", id()),
        ("name", text()),
        ("organization_id", id()),
        ("public", flag()),
        ("version", whole()),
        ("ends_on", or_null(date())),
    ])
}

fn network_change() -> Value {
    body(
        &[],
        [("name", line(200)), ("public", flag()), ("ends_on", or_null(date()))],
    )
}

fn listed_plan() -> Value {
    object([
        ("id", id()),
        ("code", text()),
        ("name", text()),
        ("organization", or_null(organization())),
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
    ])
}

fn plans() -> Value {
    listed("plans", "ListedPlan")
}

fn new_plan() -> Value {
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
    )
}

/// What a plan said until a day.
fn earlier_policies() -> Value {
    object([
        ("ends_on", date()),
        ("oon_policy", one_of(vec!["PAY", "DENY"])),
        ("pending_policy", one_of(vec!["HOLD", "OON", "DENY"])),
    ])
}

fn plan() -> Value {
    let plan = object([
        ("id", id()),
        ("code", text()),
        ("name", text()),
        ("organization_id", id()),
        ("networks", list(of("UsedNetwork"))),
        ("oon_policy", one_of(vec!["PAY", "DENY"])),
        ("pending_policy", one_of(vec!["HOLD", "OON", "DENY"])),
        ("version", whole()),
        ("ends_on", or_null(date())),
    ]);
    with_optional(plan, "earlier_policies", list(of("EarlierPolicies")))
}

fn plan_change() -> Value {
    body(
        &[],
        [
            ("code", line(200)),
            ("name", line(200)),
            ("networks", list(of("UsedNetwork"))),
            ("oon_policy", one_of(vec!["PAY", "DENY"])),
            ("pending_policy", one_of(vec!["HOLD", "OON", "DENY"])),
            ("policies_from", or_null(date())),
            ("ends_on", or_null(date())),
        ],
    )
}

fn used_network() -> Value {
    body(
        &["network_id"],
        [
            ("network_id", id()),
            ("tier", optional()),
            ("begins_on", or_null(date())),
            ("ends_on", or_null(date())),
        ],
    )
}
