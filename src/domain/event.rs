//! Events as the world outside gets them: CloudEvents 1.0 (<https://cloudevents.io>), made from what a transaction changed.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::domain::network::{Decision, Question};
use crate::vocab::{OrganizationId, PlanId, Position, ProviderId};

/// A change of a provider.
pub const PROVIDER_UPDATED: &str = "provider.updated";
/// A held claim can go on.
pub const DECISION_CHANGED: &str = "network.decision.changed";
/// An appointment of a tenant was booked, moved, led on, displaced or cancelled: written by the database.
pub const APPOINTMENT_UPDATED: &str = "appointment.updated";

/// A network was changed or ends: written by the database.
pub const NETWORK_UPDATED: &str = "network.updated";
/// A plan, or the networks that it pays in, was changed or ends: written by the database.
pub const PLAN_UPDATED: &str = "plan.updated";

/// Something of a case was shared with an outside provider's system.
pub const ITEM_SHARED: &str = "case.item.shared";
/// And was taken back.
pub const ITEM_REVOKED: &str = "case.item.revoked";

/// The types that a stream of events can be asked for.
pub const TYPES: [&str; 7] = [
    PROVIDER_UPDATED,
    DECISION_CHANGED,
    APPOINTMENT_UPDATED,
    NETWORK_UPDATED,
    PLAN_UPDATED,
    ITEM_SHARED,
    ITEM_REVOKED,
];

/// What the types of letters about events end with that a broker found too large.
pub const DEAD: &str = ".dead";

/// The name space of event ids: the same version of a provider has the same id, however often it is published.
const IDS: Uuid = Uuid::from_u128(0x8f1d_2f0a_5c3e_4b6e_9a77_3c1e_52a0_d7b4);

/// A CloudEvent in its JSON form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Always 1.0.
    pub specversion: String,
    /// The same for the same event, however often it comes.
    pub id: Uuid,
    /// Which part of the directory it comes from.
    pub source: String,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whom it is about: a locator, or the caller's own reference.
    pub subject: String,
    /// When it was written.
    pub time: String,
    /// Of `data`.
    pub datacontenttype: String,
    /// Events with the same key come in order.
    pub partitionkey: String,
    /// Sorts as text in the order of the feed.
    pub sequence: String,
    /// The rest.
    pub data: Value,
}

/// Before and after of one field.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct FieldChange {
    /// As it was.
    pub before: Value,
    /// As it is.
    pub after: Value,
}

/// What one transaction did to a provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// Whose change.
    pub provider_id: ProviderId,
    /// The version it led to.
    pub version: i64,
    /// Number, locator, owner and status at that version.
    pub head: Head,
    /// By field.
    pub fields: BTreeMap<String, FieldChange>,
    /// Where it stands in the outbox.
    pub position: Position,
    /// When it was written.
    pub at: DateTime<Utc>,
}

/// What is told of a provider in each of its events.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Head {
    /// Ten digits.
    pub npi: Option<String>,
    /// The readable key.
    pub locator: String,
    /// Private to this tenant.
    pub owner: Option<OrganizationId>,
    /// The ceiling over every participation.
    pub network_status: String,
    /// The first activation.
    pub activated_at: Option<DateTime<Utc>>,
}

/// Every reason that a change of a provider can have.
pub const ALL_REASONS: [&str; 10] = [
    "created",
    "merged",
    "split",
    "credentialing_approved",
    "status_changed",
    "network_changed",
    "specialty_changed",
    "address_changed",
    "name_changed",
    "other",
];

/// Fields by the reason that a change of them gives, weightiest first.
const REASONS: [(&str, &[&str]); 6] = [
    ("merged", &["merged", "merged_into"]),
    ("status_changed", &["network_status"]),
    ("network_changed", &["participations"]),
    ("specialty_changed", &["specialties"]),
    ("address_changed", &["locations", "phone"]),
    ("name_changed", &["name", "other_names"]),
];

impl Changed {
    /// Why, weightiest first; at least one.
    pub fn reasons(&self) -> Vec<&'static str> {
        if self.version == 1 {
            return vec!["created"];
        }
        let activated = self.fields.get("network_status").is_some_and(|c| c.after == "ACTIVE");
        let taken_apart = |field: &str| self.fields.get(field).is_some_and(|c| c.after.is_null());
        let given = REASONS
            .iter()
            .filter(|(_, fields)| fields.iter().any(|f| self.fields.contains_key(*f)));
        let mut reasons: Vec<_> = given.map(|(reason, _)| *reason).collect();
        for reason in &mut reasons {
            match *reason {
                "status_changed" if activated => *reason = "credentialing_approved",
                "merged" if taken_apart("merged") || taken_apart("merged_into") => *reason = "split",
                _ => {}
            }
        }
        let known = |field: &String| {
            field == "activated_at" || REASONS.iter().any(|(_, fields)| fields.contains(&field.as_str()))
        };
        if reasons.is_empty() || !self.fields.keys().all(known) {
            reasons.push("other");
        }
        reasons
    }

    /// The event that tells of it.
    pub fn event(&self) -> Event {
        let reasons = self.reasons();
        let after = |field: &str| self.fields.get(field).map(|change| change.after.clone());
        let side = |pick: fn(&FieldChange) -> &Value| {
            let pairs = self
                .fields
                .iter()
                .map(|(name, change)| (name.clone(), pick(change).clone()));
            Value::Object(pairs.collect::<Map<_, _>>())
        };
        let data = json!({
            "event": PROVIDER_UPDATED,
            "provider_id": self.provider_id,
            "npi": after("npi").unwrap_or_else(|| json!(self.head.npi)),
            "version": self.version,
            "reason": reasons[0],
            "reasons": reasons,
            "changed": self.fields.keys().collect::<Vec<_>>(),
            "before": side(|change| &change.before),
            "after": side(|change| &change.after),
            "network_status": after("network_status").unwrap_or_else(|| json!(self.head.network_status)),
            "activated_at": after("activated_at").unwrap_or_else(|| json!(self.head.activated_at)),
        });
        Event {
            specversion: "1.0".to_owned(),
            id: Uuid::new_v5(&IDS, format!("{}/{}", self.provider_id, self.version).as_bytes()),
            source: "/directory/providers".to_owned(),
            kind: PROVIDER_UPDATED.to_owned(),
            subject: self.head.locator.clone(),
            time: at(self.at),
            datacontenttype: "application/json".to_owned(),
            partitionkey: self.provider_id.to_string(),
            sequence: sequence(self.position),
            data,
        }
    }
}

/// A held claim as its event tells of it.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldClaim<'a> {
    /// Its hold.
    pub hold_id: Uuid,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The payer's own word for it.
    pub claim_ref: &'a str,
    /// The plan that decides.
    pub plan_id: PlanId,
    /// What was asked.
    pub question: &'a Question,
}

impl Event {
    /// A claim was held and can go on. There is one for each hold; its place in the feed is filled in when it is read.
    pub fn decision_changed(
        held: &HeldClaim<'_>,
        key: &str,
        before: &Decision,
        after: &Decision,
        now: DateTime<Utc>,
    ) -> Self {
        let data = json!({
            "event": DECISION_CHANGED,
            "hold_id": held.hold_id,
            "organization_id": held.organization_id,
            "claim_ref": held.claim_ref,
            "npi": held.question.npi,
            "plan_id": held.plan_id,
            "service_date": held.question.service_date,
            "before": before,
            "after": after,
        });
        Self {
            specversion: "1.0".to_owned(),
            id: Uuid::new_v5(&IDS, held.hold_id.as_bytes()),
            source: "/directory/network-status".to_owned(),
            kind: DECISION_CHANGED.to_owned(),
            subject: held.claim_ref.to_owned(),
            time: at(now),
            datacontenttype: "application/json".to_owned(),
            partitionkey: key.to_owned(),
            sequence: String::new(),
            data,
        }
    }

    /// What is told in place of this one where it is too large: everything but what it is large by.
    #[must_use]
    pub fn dead_letter(&self, bytes: usize) -> Self {
        let kind = format!("{}{DEAD}", self.kind);
        let data = json!({
            "event": kind,
            "id": self.id,
            "type": self.kind,
            "provider_id": self.data["provider_id"],
            "version": self.data["version"],
            "reason": self.data["reason"],
            "changed": self.data["changed"],
            "bytes": bytes,
        });
        Self {
            specversion: self.specversion.clone(),
            id: Uuid::new_v5(&self.id, DEAD.as_bytes()),
            source: self.source.clone(),
            kind,
            subject: self.subject.clone(),
            time: self.time.clone(),
            datacontenttype: self.datacontenttype.clone(),
            partitionkey: self.partitionkey.clone(),
            sequence: self.sequence.clone(),
            data,
        }
    }
}

/// A position as text of a fixed width, which sorts as the position does.
pub fn sequence(position: Position) -> String {
    format!("{:020}-{:019}", position.xid, position.id)
}

/// A moment as RFC 3339 in UTC.
pub fn at(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Micros, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(fields: &[(&str, Value, Value)]) -> Changed {
        let fields = fields.iter().map(|(name, before, after)| {
            let change = FieldChange {
                before: before.clone(),
                after: after.clone(),
            };
            ((*name).to_owned(), change)
        });
        Changed {
            provider_id: ProviderId(Uuid::from_u128(7)),
            version: 2,
            head: Head {
                npi: Some("1234567893".to_owned()),
                locator: "PRV-2026-000042".to_owned(),
                owner: None,
                network_status: "PENDING".to_owned(),
                activated_at: None,
            },
            fields: fields.collect(),
            position: Position { xid: 744, id: 12 },
            at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn every_reason_that_is_told_is_in_the_published_list() {
        let told = REASONS.iter().map(|(reason, _)| *reason);
        for reason in told.chain(["created", "split", "credentialing_approved", "other"]) {
            assert!(ALL_REASONS.contains(&reason), "{reason}");
        }
        assert_eq!(ALL_REASONS.len(), REASONS.len() + 4);
    }

    #[test]
    fn feature_2_27_each_trigger_has_its_reason() {
        let reason = |fields: &[(&str, Value, Value)]| changed(fields).reasons();
        let status = ("network_status", json!("PENDING"), json!("ACTIVE"));
        let activated = ("activated_at", Value::Null, json!("2026-11-22T12:00:00Z"));
        let specialty = ("specialties", json!([]), json!([{"code": "207RC0000X"}]));
        assert_eq!(reason(&[status.clone(), activated]), ["credentialing_approved"]);
        let left = ("network_status", json!("ACTIVE"), json!("INACTIVE"));
        assert_eq!(reason(&[left]), ["status_changed"]);
        assert_eq!(reason(std::slice::from_ref(&specialty)), ["specialty_changed"]);
        assert_eq!(reason(&[("locations", json!([]), json!([{}]))]), ["address_changed"]);
        assert_eq!(
            reason(&[specialty, status]),
            ["credentialing_approved", "specialty_changed"]
        );
        assert_eq!(reason(&[("gender", json!("F"), json!("X"))]), ["other"]);
        assert_eq!(reason(&[]), ["other"], "what may not be told has changed");
        let new = Changed {
            version: 1,
            ..changed(&[])
        };
        assert_eq!(new.reasons(), ["created"]);
    }

    #[test]
    fn a_dead_letter_says_all_but_what_is_large() {
        let places = json!([{"line1": "x".repeat(2_000_000)}]);
        let event = changed(&[("locations", json!([]), places)]).event();
        let letter = event.dead_letter(2_000_321);
        assert_eq!(letter, event.dead_letter(2_000_321), "the same however often");
        assert_ne!(letter.id, event.id);
        assert_eq!(letter.kind, "provider.updated.dead");
        assert_eq!((&letter.subject, &letter.sequence), (&event.subject, &event.sequence));
        assert_eq!(letter.data["id"], json!(event.id));
        assert_eq!(
            (&letter.data["version"], &letter.data["bytes"]),
            (&json!(2), &json!(2_000_321))
        );
        assert_eq!(letter.data["changed"], json!(["locations"]));
        assert!(letter.data.to_string().len() < 1_000);
    }

    #[test]
    fn an_event_is_the_same_however_often_it_is_told() {
        let change = changed(&[("network_status", json!("PENDING"), json!("ACTIVE"))]);
        let event = change.event();
        assert_eq!(event, change.event());
        let next = Changed { version: 3, ..change };
        assert_ne!(next.event().id, event.id);
        assert_eq!(event.data["network_status"], "ACTIVE", "as this version left it");
        assert_eq!(event.data["before"]["network_status"], "PENDING");
        assert_eq!(event.sequence, "00000000000000000744-0000000000000000012");
        let json = serde_json::to_value(&event).expect("JSON");
        for name in [
            "specversion",
            "id",
            "source",
            "type",
            "subject",
            "time",
            "partitionkey",
            "sequence",
        ] {
            assert!(json[name].is_string(), "{name}");
        }
    }
}
