//! Two records of one provider: which may become one, and which of them stays.

use super::provider::Provider;
use crate::vocab::{Fault, terms::NetworkStatus};

/// What stands against it that `gone` stands behind `kept` from now on; empty: nothing.
///
/// Who stays is the one that is in the networks, or was, where the other never was: a merge lets nobody in and throws
/// nobody out.
pub fn obstacles(kept: &Provider, gone: &Provider) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut refuse = |code, message: String| faults.push(Fault::new("other", code, message));
    if kept.id == gone.id {
        refuse("same", "is the same provider".to_owned());
        return faults;
    }
    if kept.kind != gone.kind {
        refuse("kind", "a person and an organisation are never one".to_owned());
    }
    if kept.owner_organization_id.is_some() || gone.owner_organization_id.is_some() {
        let message = "a tenant's own entry is nobody else's to merge: tie it to the public one by an affiliation";
        refuse("private", message.to_owned());
    }
    let is_in = |p: &Provider| p.network_status == NetworkStatus::Active;
    let was_in = |p: &Provider| p.activated_at.is_some();
    if is_in(gone) && !is_in(kept) || was_in(gone) && !was_in(kept) {
        let message = format!(
            "{} has been let in and is to stay: merge the other way round",
            gone.locator
        );
        refuse("other_way_round", message);
    }
    faults
}

/// What has become of an NPI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NpiNow {
    /// It stands for itself.
    Itself,
    /// Its record was merged into another, which has this number.
    Another(u64),
    /// The same, and that one has none.
    Nobody,
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use serde_json::json;

    use super::*;

    fn provider(n: u64, kind: &str, status: &str, activated: Option<&str>) -> Provider {
        let at: Option<DateTime<Utc>> = activated.map(|day| format!("{day}T00:00:00Z").parse().expect("a moment"));
        serde_json::from_value(json!({
            "id": format!("018f0000-0000-7000-8000-{n:012}"), "locator": format!("PRV-2026-{n:06}"), "npi": null,
            "party_id": "018f0000-0000-7000-8000-0000000000aa", "kind": kind, "category": "other",
            "name": {"prefix": null, "first": null, "middle": null, "last": "X", "suffix": null, "credential": null, "organization": null},
            "other_names": [], "specialties": [], "languages": [], "gender": null, "network_status": status, "address": null,
            "phone": null, "email": null, "activated_at": at, "version": 1, "owner_organization_id": null, "verified_at": null,
            "locations": [], "identifiers": [], "affiliations": [], "participations": [],
        }))
        .expect("a provider")
    }

    #[test]
    fn feature_2_17_the_one_that_was_let_in_stays() {
        let codes = |kept: &Provider, gone: &Provider| {
            let faults = obstacles(kept, gone).into_iter();
            faults.map(|f| f.code).collect::<Vec<_>>()
        };
        let pending = provider(1, "individual", "PENDING", None);
        let early = provider(2, "individual", "ACTIVE", Some("2024-01-01"));
        let late = provider(3, "individual", "ACTIVE", Some("2026-01-01"));
        let left = provider(4, "individual", "INACTIVE", Some("2023-01-01"));
        let firm = provider(5, "organization", "PENDING", None);
        assert_eq!(codes(&early, &pending), [""; 0]);
        assert_eq!(codes(&early, &late), [""; 0]);
        assert_eq!(codes(&late, &early), [""; 0]);
        assert_eq!(codes(&early, &left), [""; 0]);
        assert_eq!(codes(&pending, &early), ["other_way_round"]);
        assert_eq!(codes(&pending, &left), ["other_way_round"], "the other was in once");
        assert_eq!(codes(&left, &early), ["other_way_round"], "it is out, the other in");
        // Of two, at least one way is open.
        for (a, b) in [(&pending, &early), (&early, &left), (&pending, &left), (&late, &left)] {
            assert!(codes(a, b).is_empty() || codes(b, a).is_empty());
        }
        assert_eq!(codes(&pending, &firm), ["kind"]);
        assert_eq!(codes(&early, &early), ["same"]);
        let mut own = pending.clone();
        own.owner_organization_id = Some("018f0000-0000-7000-8000-0000000000bb".parse().expect("an id"));
        assert_eq!(codes(&early, &own), ["private"]);
    }
}
