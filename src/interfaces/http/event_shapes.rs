//! What is published, for the OpenAPI document: the events and their shapes, as webhooks get them. The stream, Kafka and NATS
//! carry the same.

use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::schemas::{id, list, object, of, one_of, or_null, text, whole};
use crate::domain::{
    event::{ALL_REASONS, APPOINTMENT_UPDATED, DECISION_CHANGED, NETWORK_UPDATED, PLAN_UPDATED, PROVIDER_UPDATED},
    network::Decision,
};
use crate::vocab::terms::{AppointmentStatus, NetworkStatus};

/// The section `webhooks`: what receivers are sent.
pub fn webhooks() -> Value {
    let posted = |summary: &str, shape: &str| {
        json!({"post": {
            "tags": ["events"],
            "summary": summary,
            "description": "Signed by the rules of Standard Webhooks: `webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over `webhook-id.webhook-timestamp.body`, by the bytes that the secret without `whsec_` is the base64 of. In order for each `partitionkey`; the same `id` may come more than once. Anything but a 2xx is tried again, later each time, for about a day; then the delivery is DEAD until it is replayed.",
            "parameters": [header("webhook-id"), header("webhook-timestamp"), header("webhook-signature")],
            "requestBody": {
                "required": true,
                "content": {"application/cloudevents+json": {"schema": of(shape)}},
            },
            "responses": {"2XX": {"description": "Taken."}},
        }})
    };
    json!({
        PROVIDER_UPDATED: posted("A provider has a new version", "ProviderUpdated"),
        DECISION_CHANGED: posted("A held claim can go on", "NetworkDecisionChanged"),
        NETWORK_UPDATED: posted("A network was changed or ends", "NetworkUpdated"),
        PLAN_UPDATED: posted("A plan or the networks that it pays in were changed or end", "PlanUpdated"),
        APPOINTMENT_UPDATED: posted("An appointment of the organisation was changed", "AppointmentUpdated"),
    })
}

fn header(name: &str) -> Value {
    json!({"name": name, "in": "header", "required": true, "schema": text()})
}

/// The shapes of the events, by name.
pub fn all(generator: &mut SchemaGenerator) -> Map<String, Value> {
    let decision = generator.subschema_for::<Decision>().to_value();
    let shapes = [
        ("ProviderUpdated", cloud_event(PROVIDER_UPDATED, provider_updated())),
        (
            "NetworkDecisionChanged",
            cloud_event(DECISION_CHANGED, decision_changed(&decision)),
        ),
        (
            "NetworkUpdated",
            cloud_event(NETWORK_UPDATED, reference_updated(NETWORK_UPDATED, "network_id")),
        ),
        (
            "PlanUpdated",
            cloud_event(PLAN_UPDATED, reference_updated(PLAN_UPDATED, "plan_id")),
        ),
        (
            "AppointmentUpdated",
            cloud_event(APPOINTMENT_UPDATED, appointment_updated()),
        ),
    ];
    shapes
        .map(|(name, shape)| (name.to_owned(), shape))
        .into_iter()
        .collect()
}

/// A CloudEvent of a type in its JSON form.
fn cloud_event(kind: &str, data: Value) -> Value {
    object([
        ("specversion", json!({"type": "string", "const": "1.0"})),
        (
            "id",
            described(id(), "The same for the same event, however often it comes."),
        ),
        ("source", json!({"type": "string", "format": "uri-reference"})),
        ("type", json!({"type": "string", "const": kind})),
        (
            "subject",
            described(
                text(),
                "The provider's locator, the caller's reference of the claim, or the id of the appointment, network or plan.",
            ),
        ),
        ("time", moment()),
        (
            "datacontenttype",
            json!({"type": "string", "const": "application/json"}),
        ),
        (
            "partitionkey",
            described(
                text(),
                "The id of the provider, appointment, network or plan: events with the same key come in order. Kafka's key.",
            ),
        ),
        ("sequence", described(text(), "Sorts as text in the order of the feed.")),
        ("data", data),
    ])
}

fn provider_updated() -> Value {
    let values = json!({"type": "object", "additionalProperties": true});
    let status = one_of(NetworkStatus::ALL.iter().map(|s| s.code()).collect());
    object([
        ("event", json!({"type": "string", "const": PROVIDER_UPDATED})),
        ("provider_id", id()),
        ("npi", or_null(text())),
        (
            "version",
            described(whole(), "One more with each event of a provider; from 1."),
        ),
        (
            "reason",
            described(one_of(ALL_REASONS.to_vec()), "The weightiest of the reasons."),
        ),
        ("reasons", list(one_of(ALL_REASONS.to_vec()))),
        (
            "changed",
            described(
                list(text()),
                "The fields that everybody may be told of; none: others have changed.",
            ),
        ),
        ("before", described(values.clone(), "Each changed field as it was.")),
        (
            "after",
            described(values, "Each changed field as this version left it."),
        ),
        ("network_status", status),
        ("activated_at", described(or_null(moment()), "The first activation.")),
    ])
}

fn decision_changed(decision: &Value) -> Value {
    object([
        ("event", json!({"type": "string", "const": DECISION_CHANGED})),
        ("hold_id", id()),
        ("organization_id", id()),
        ("claim_ref", described(text(), "The payer's own word for the claim.")),
        ("npi", text()),
        ("plan_id", id()),
        ("service_date", json!({"type": "string", "format": "date"})),
        ("before", decision.clone()),
        ("after", decision.clone()),
    ])
}

fn reference_updated(kind: &str, key: &'static str) -> Value {
    let state = json!({"type": "object", "additionalProperties": true});
    object([
        ("event", json!({"type": "string", "const": kind})),
        (key, id()),
        ("organization_id", id()),
        ("version", described(whole(), "One more with each event of it.")),
        ("before", described(or_null(state.clone()), "As it was.")),
        ("after", described(state, "As this version left it.")),
    ])
}

fn appointment_updated() -> Value {
    let changes = vec![
        "booked",
        "confirmed",
        "arrived",
        "fulfilled",
        "no_show",
        "rescheduled",
        "displaced",
        "cancelled",
    ];
    object([
        ("event", json!({"type": "string", "const": APPOINTMENT_UPDATED})),
        ("appointment_id", id()),
        ("organization_id", id()),
        ("practitioner_id", id()),
        ("clinic_id", id()),
        ("version", whole()),
        ("change", described(one_of(changes), "What has become of it.")),
        (
            "status",
            one_of(AppointmentStatus::ALL.iter().map(|s| s.code()).collect()),
        ),
        (
            "displaced",
            described(json!({"type": "boolean"}), "Whether it has lost its slot."),
        ),
        ("starts_at", moment()),
        ("ends_at", moment()),
    ])
}

fn moment() -> Value {
    json!({"type": "string", "format": "date-time"})
}

fn described(mut schema: Value, what: &str) -> Value {
    schema["description"] = json!(what);
    schema
}
