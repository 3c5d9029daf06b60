//! What an organisation configures for itself, in typed sections with defaults; changed by JSON Merge Patch (RFC 7396).
//!
//! Kept are the differences from the defaults only, so that a better default reaches everybody who has not chosen otherwise.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::access::{Acl, Feature, MEMBER_ROLES, Role, Terms, is_configurable, tier_of};
use super::line::is_line;
use crate::vocab::{
    Fault,
    terms::{NetworkStatus, SubscriptionTier},
};

/// Everything that an organisation configures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Configuration {
    /// How it looks.
    pub branding: Branding,
    /// How appointments are made.
    pub appointments: Appointments,
    /// How encounters are written down.
    pub encounters: Encounters,
    /// Who may do what beyond or below their role (tier professional).
    pub acl: Acl,
    /// What people are told, and when.
    pub notifications: Notifications,
    /// Parts of the product that are switched off.
    pub features: Features,
    /// How its members search.
    pub search: Search,
    /// How its records are matched.
    pub matching: Matching,
}

/// The names of the sections.
pub const SECTIONS: [&str; 8] = [
    "branding",
    "appointments",
    "encounters",
    "acl",
    "notifications",
    "features",
    "search",
    "matching",
];

/// How an organisation looks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Branding {
    /// Shown instead of its name.
    pub display_name: Option<String>,
    /// Where its picture is.
    pub logo_url: Option<String>,
    /// As `#rrggbb`.
    pub primary_color: Option<String>,
    /// Where people of its portal come in: letters, digits and dashes.
    pub portal_subdomain: Option<String>,
    /// Who helps its people.
    pub support_email: Option<String>,
}

/// How appointments are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Appointments {
    /// Free minutes between two appointments, 0 to 120.
    pub buffer_time_minutes: u16,
    /// Minutes of an appointment for which nobody says otherwise, 5 to 480.
    pub default_duration_minutes: u16,
    /// How far ahead slots are made and booked, 1 to 730.
    pub horizon_days: u16,
    /// How late members may cancel and move, in hours before, 0 to 168. Practitioners and administrators may at any time.
    pub cancellation_notice_hours: u16,
    /// Whether everybody sees the next free slot in the directory.
    pub public_free_slots: bool,
    /// Whether everybody sees in the directory at which clinics its practitioners work.
    pub public_clinics: bool,
}

impl Default for Appointments {
    fn default() -> Self {
        Self {
            buffer_time_minutes: 0,
            default_duration_minutes: 30,
            horizon_days: 60,
            cancellation_notice_hours: 24,
            public_free_slots: false,
            public_clinics: true,
        }
    }
}

/// How encounters are written down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Encounters {
    /// The form that a new document has.
    pub default_documentation_type: DocumentationType,
}

/// A form of documentation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentationType {
    /// Subjective, objective, assessment, plan.
    #[default]
    Soap,
    /// Data, assessment, plan.
    Dap,
    /// Behaviour, intervention, response, plan.
    Birp,
    /// Free text.
    Narrative,
}

/// What people are told, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Notifications {
    /// By mail.
    pub email: bool,
    /// By text message.
    pub sms: bool,
    /// Hours before an appointment at which to remind, at most five.
    pub reminder_hours_before: BTreeSet<u16>,
}

impl Default for Notifications {
    fn default() -> Self {
        Self {
            email: true,
            sms: false,
            reminder_hours_before: [24].into(),
        }
    }
}

/// Parts of the product, by name; what is `false` is switched off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Features(pub BTreeMap<Feature, bool>);

/// How the members of an organisation search.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Search {
    /// What a search means that names no `network_status`; none: all are found, each labelled.
    pub default_network_status: Option<NetworkStatus>,
    /// How much more a provider of a tier counts, by tier: 0.1 to 10.
    pub tier_weights: BTreeMap<String, f64>,
    /// What else counts how much in an order by relevance.
    pub ranking: Ranking,
}

/// What counts how much in an order by relevance: factors from 0.1 to 10, 1 counts nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Ranking {
    /// Taking new patients.
    pub accepting_new_patients: f64,
    /// Having been confirmed within the last 90 days.
    pub verified_lately: f64,
    /// Being ACTIVE rather than INACTIVE; PENDING counts the square root of it.
    pub active: f64,
    /// The distance at which a provider counts half, in miles: 0.5 to 500.
    pub half_distance_miles: f64,
}

impl Default for Ranking {
    fn default() -> Self {
        Self {
            accepting_new_patients: 1.4,
            verified_lately: 1.2,
            active: 4.0,
            half_distance_miles: 5.0,
        }
    }
}

impl Ranking {
    fn faults(&self) -> Vec<Fault> {
        let factors = [
            ("accepting_new_patients", self.accepting_new_patients),
            ("verified_lately", self.verified_lately),
            ("active", self.active),
        ];
        let outside = factors.into_iter().filter(|(_, factor)| !(0.1..=10.0).contains(factor));
        let mut faults: Vec<Fault> = outside
            .map(|(name, _)| Fault::new(format!("search.ranking.{name}"), "range", "0.1 to 10"))
            .collect();
        if !(0.5..=500.0).contains(&self.half_distance_miles) {
            let field = "search.ranking.half_distance_miles";
            faults.push(Fault::new(field, "range", "0.5 to 500"));
        }
        faults
    }
}

/// How the records of an organisation are matched, unless a request says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Matching {
    /// From which probability on a match is one, 0.5 to 1; none: as the profile has it.
    pub threshold: Option<f64>,
    /// From which on a person should look, at most the threshold; none: as the profile has it.
    pub review: Option<f64>,
    /// The source that its records come from, a profile of `GET /providers/match/model`; none: `default`.
    pub profile: Option<String>,
}

impl Matching {
    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        // What is likelier wrong than right is no match.
        if self.threshold.is_some_and(|share| !(0.5..=1.0).contains(&share)) {
            faults.push(Fault::new("matching.threshold", "range", "a number from 0.5 to 1"));
        }
        if self.review.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            faults.push(Fault::new("matching.review", "range", "a number from 0 to 1"));
        }
        if let (Some(threshold), Some(review)) = (self.threshold, self.review)
            && review > threshold
        {
            faults.push(Fault::new(
                "matching.review",
                "range",
                "must not be above the threshold",
            ));
        }
        faults
    }
}

/// Applies a JSON Merge Patch: members that are null go, objects are merged, everything else replaces.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Some(members) = target.as_object_mut() else {
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            members.remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

impl Configuration {
    /// What permissions depend on.
    pub fn terms(&self, tier: SubscriptionTier) -> Terms {
        let off = self
            .features
            .0
            .iter()
            .filter(|(_, on)| !**on)
            .map(|(feature, _)| *feature);
        let custom = tier >= tier_of(Feature::CustomPermissions);
        Terms {
            tier,
            switched_off: off.collect(),
            acl: if custom { self.acl.clone() } else { Acl::default() },
        }
    }

    /// Everything that a rule forbids.
    pub fn faults(&self, tier: SubscriptionTier) -> Vec<Fault> {
        let mut faults = self.branding.faults();
        let appointments = &self.appointments;
        for (field, value, least, most) in [
            ("buffer_time_minutes", appointments.buffer_time_minutes, 0, 120),
            (
                "default_duration_minutes",
                appointments.default_duration_minutes,
                5,
                480,
            ),
            ("horizon_days", appointments.horizon_days, 1, 730),
            (
                "cancellation_notice_hours",
                appointments.cancellation_notice_hours,
                0,
                168,
            ),
        ] {
            if !(least..=most).contains(&value) {
                let message = format!("a whole number from {least} to {most}");
                faults.push(Fault::new(format!("appointments.{field}"), "range", message));
            }
        }
        let reminders = &self.notifications.reminder_hours_before;
        if reminders.len() > 5 || reminders.iter().any(|hours| !(1..=336).contains(hours)) {
            let message = "at most five, each 1 to 336 hours";
            faults.push(Fault::new("notifications.reminder_hours_before", "range", message));
        }
        for (name, weight) in &self.search.tier_weights {
            if !(0.1..=10.0).contains(weight) {
                faults.push(Fault::new(format!("search.tier_weights.{name}"), "range", "0.1 to 10"));
            }
        }
        faults.extend(self.search.ranking.faults());
        faults.extend(self.matching.faults());
        faults.extend(acl_faults(&self.acl, tier));
        faults
    }
}

impl Branding {
    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut refuse = |field: &str, message| faults.push(Fault::new(format!("branding.{field}"), "format", message));
        let long = |text: &String| !is_line(text, 200);
        if self.display_name.as_ref().is_some_and(long) {
            refuse("display_name", "1 to 200 characters on one line");
        }
        if self
            .logo_url
            .as_ref()
            .is_some_and(|url| !url.starts_with("https://") || url.len() > 2000)
        {
            refuse("logo_url", "an address that begins with https://");
        }
        let colour = |text: &String| {
            let digits = text.strip_prefix('#').unwrap_or_default();
            digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit())
        };
        if self.primary_color.as_ref().is_some_and(|text| !colour(text)) {
            refuse("primary_color", "a colour as #rrggbb");
        }
        let label = |text: &String| {
            let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            (1..=63).contains(&text.len()) && text.bytes().all(fits) && !text.starts_with('-') && !text.ends_with('-')
        };
        if self.portal_subdomain.as_ref().is_some_and(|text| !label(text)) {
            refuse("portal_subdomain", "lower-case letters, digits and dashes, at most 63");
        }
        if self
            .support_email
            .as_ref()
            .is_some_and(|text| !super::person::is_email(text))
        {
            refuse("support_email", "an address such as help@example.org");
        }
        faults
    }
}

fn acl_faults(acl: &Acl, tier: SubscriptionTier) -> Vec<Fault> {
    let mut faults = Vec::new();
    let needed = tier_of(Feature::CustomPermissions);
    if !acl.roles.is_empty() && tier < needed {
        let message = format!("own rules come with the tier {needed}");
        faults.push(Fault::new("acl", "tier_required", message));
    }
    for (role, rules) in &acl.roles {
        let field = format!("acl.roles.{role}");
        if MEMBER_ROLES.iter().all(|known| known.code() != role) {
            let known = MEMBER_ROLES.map(Role::code).join(", ");
            faults.push(Fault::new(
                &field,
                "unknown_role",
                format!("a role of members: {known}"),
            ));
        }
        let fixed = rules
            .allow
            .iter()
            .chain(&rules.deny)
            .filter(|permission| !is_configurable(**permission));
        for permission in fixed {
            let message = format!("`{permission}` can be neither given nor taken");
            faults.push(Fault::new(&field, "not_configurable", message));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_sections_are_those_of_the_type() {
        let document = serde_json::to_value(Configuration::default()).expect("JSON");
        let mut names = document
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect::<Vec<_>>();
        let mut sections = SECTIONS.map(str::to_owned).to_vec();
        names.sort();
        sections.sort();
        assert_eq!(names, sections);
    }

    /// The cases of RFC 7396, appendix A.
    #[test]
    fn feature_5_10_patches_merge_as_the_rfc_says() {
        for (mut target, patch, merged) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            merge(&mut target, &patch);
            assert_eq!(target, merged);
        }
    }

    #[test]
    fn what_a_rule_forbids_is_named_by_its_path() {
        let mut wrong = Configuration::default();
        wrong.appointments.buffer_time_minutes = 500;
        wrong.branding.primary_color = Some("red".to_owned());
        wrong
            .acl
            .roles
            .insert("boss".to_owned(), crate::domain::access::RoleRules::default());
        let faults = wrong.faults(SubscriptionTier::Basic);
        let fields = faults
            .iter()
            .map(|fault| (fault.field.as_str(), fault.code))
            .collect::<Vec<_>>();
        assert_eq!(
            fields,
            [
                ("branding.primary_color", "format"),
                ("appointments.buffer_time_minutes", "range"),
                ("acl", "tier_required"),
                ("acl.roles.boss", "unknown_role"),
            ]
        );
        assert_eq!(Configuration::default().faults(SubscriptionTier::Basic), []);
    }

    fn documents() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u8>().prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[a-d]", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_patch_twice_is_a_patch_once(mut target in documents(), patch in documents()) {
            merge(&mut target, &patch);
            let once = target.clone();
            merge(&mut target, &patch);
            prop_assert_eq!(target, once);
        }
    }
}
