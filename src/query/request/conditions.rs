//! Parameters that say what must hold, and with `exclude.` before them what must not.

use chrono::NaiveDateTime;

use super::{
    Key, NetworkChoice, OpenAt,
    faults::{shown, unknown},
    name::name_words,
    reader::{MAX_VALUES, Reader},
};
use crate::domain::reference::Plan;
use crate::query::filter::{Conditions, NameWanted};
use crate::vocab::{
    NetworkId, Npi, PlanId,
    names::fold,
    place::{bare_county, ways_to_write},
    terms::{Accessibility, Gender, NetworkStatus, Profession, ProviderKind},
};

impl Reader<'_> {
    /// Parameters that can also be excluded.
    pub(super) fn condition(&mut self, to: &mut Conditions, field: &str, name: &str, value: &str) -> bool {
        match name {
            "name" => {
                let words = name_words(value);
                if words.is_empty() {
                    self.fault(field, "invalid_value", "has no letters or digits");
                } else {
                    to.names.push(NameWanted::exact(words));
                }
            }
            "npi" => match value.trim().parse::<Npi>() {
                Ok(npi) => to.npi.push(npi.number()),
                Err(why) => self.fault(field, why.code(), why.to_string()),
            },
            "specialty" => self.specialty(to, field, value),
            "language" => self.language(to, field, value),
            "network_status" => to.network_status.extend(self.value::<NetworkStatus>(field, value)),
            "network" => self.network(to, field, value),
            "plan" => self.plan(to, field, value),
            "city" => {
                let city = self.folded(field, value);
                to.city.extend(city.iter().flat_map(|city| ways_to_write(city)));
            }
            "county" => {
                let county = self.folded(field, value);
                to.county.extend(county.map(|county| bare_county(&county).to_owned()));
            }
            "state" => self.state(to, field, value),
            "postal_code" => self.postal_code(to, field, value),
            "gender" => to.gender.extend(self.value::<Gender>(field, value)),
            "kind" => to.kind.extend(self.value::<ProviderKind>(field, value)),
            "profession" => to.profession.extend(self.value::<Profession>(field, value)),
            "category" => to.category.extend(self.text(field, value)),
            "accessibility" => to.accessibility.extend(self.value::<Accessibility>(field, value)),
            "affiliation" | "organization" => to.affiliation.extend(self.value::<Key>(field, value)),
            "accepting_new_patients" => to.accepting = self.flag(field, value).or(to.accepting),
            "telehealth" => to.telehealth = self.flag(field, value).or(to.telehealth),
            "open_at" => match value {
                "now" => to.open_at = Some(OpenAt::Now),
                _ => match NaiveDateTime::parse_from_str(value, "%Y-%m-%dT%H:%M") {
                    Ok(at) => to.open_at = Some(OpenAt::Local(at)),
                    Err(_) => self.fault(
                        field,
                        "invalid_value",
                        "must be `now` or a local time such as 2026-11-28T10:00",
                    ),
                },
            },
            "available_before" => match value.trim().parse() {
                Ok(day) => to.available_before = Some(day),
                Err(_) => self.fault(field, "invalid_value", "must be a day such as 2026-11-28"),
            },
            _ => return false,
        }
        true
    }

    fn text(&mut self, field: &str, value: &str) -> Option<String> {
        let value = value.trim();
        if value.is_empty() {
            self.fault(field, "invalid_value", "is empty");
            return None;
        }
        Some(value.to_owned())
    }

    fn folded(&mut self, field: &str, value: &str) -> Option<String> {
        let folded = fold(value);
        if folded.is_empty() {
            self.fault(field, "invalid_value", "has no letters or digits");
            return None;
        }
        Some(folded)
    }

    fn specialty(&mut self, to: &mut Conditions, field: &str, value: &str) {
        let codes = self.lexicon.specialties.resolve(value);
        if codes.is_empty() {
            let near = self.hints(|lexicon| lexicon.specialties.suggest(value, 3));
            self.fault(field, "unknown_specialty", unknown("specialty", value, &near));
        }
        // A name may stand for dozens of codes.
        if to.specialty.len() + codes.len() > 8 * MAX_VALUES {
            return self.too_many(field);
        }
        to.specialty.extend(codes.iter().cloned());
    }

    fn language(&mut self, to: &mut Conditions, field: &str, value: &str) {
        match self.lexicon.languages.resolve(value) {
            Some(language) => to.language.push(language.code.clone()),
            None => {
                let near = self.hints(|lexicon| lexicon.languages.suggest(value, 3));
                self.fault(field, "unknown_language", unknown("language", value, &near));
            }
        }
    }

    /// By id, or by the name of exactly one.
    fn network(&mut self, to: &mut Conditions, field: &str, value: &str) {
        let by_id = value.parse::<NetworkId>().ok();
        let folded = fold(value);
        let networks = self.reference.networks.iter().filter(|network| network.public);
        let mut found = networks.filter(|n| by_id.map_or_else(|| fold(&n.name) == folded, |id| n.id == id));
        match (found.next(), found.next()) {
            (Some(network), None) => to.networks.push(NetworkChoice {
                id: network.id.0.as_u128(),
                tier: None,
            }),
            (Some(_), Some(_)) => {
                let message = "several payers have a network of this name: give its id";
                self.fault(field, "ambiguous", message);
            }
            (None, _) => self.fault(field, "unknown_network", unknown("network", value, &[])),
        }
    }

    /// By id, or by the code or name of exactly one. A plan stands for its networks.
    fn plan(&mut self, to: &mut Conditions, field: &str, value: &str) {
        let by_id = value.parse::<PlanId>().ok();
        let folded = fold(value);
        let is_it = |plan: &&Plan| match by_id {
            Some(id) => plan.id == id,
            None => plan.code.eq_ignore_ascii_case(value.trim()) || fold(&plan.name) == folded,
        };
        let mut found = self.reference.plans.iter().filter(is_it);
        match (found.next(), found.next()) {
            (Some(plan), None) => {
                to.plans
                    .get_or_insert_default()
                    .extend(plan.networks.iter().map(|n| NetworkChoice {
                        id: n.network_id.0.as_u128(),
                        tier: n.tier.clone(),
                    }));
                to.plan_ids.push(plan.id);
            }
            (Some(_), Some(_)) => {
                let message = "several payers have a plan of this code or name: give its id";
                self.fault(field, "ambiguous", message);
            }
            (None, _) => self.fault(field, "unknown_plan", unknown("plan", value, &[])),
        }
    }

    fn state(&mut self, to: &mut Conditions, field: &str, value: &str) {
        match self.lexicon.gazetteer.state(value) {
            Some(place) => to.state.push(place.state.to_ascii_lowercase()),
            None => self.fault(
                field,
                "unknown_state",
                format!("`{}` is no state: use two letters or its name", shown(value)),
            ),
        }
    }

    fn postal_code(&mut self, to: &mut Conditions, field: &str, value: &str) {
        let digits: String = value.chars().filter(|c| *c != '-' && *c != ' ').collect();
        match digits.len() {
            5 | 9 if digits.bytes().all(|b| b.is_ascii_digit()) => to.postal_code.push(digits[..5].to_owned()),
            _ => self.fault(field, "invalid_value", "must be a ZIP of five or nine digits"),
        }
    }
}
