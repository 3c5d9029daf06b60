//! What a text was understood to mean, and how that becomes the conditions of a request.

use chrono::NaiveDate;

use super::Term;
use crate::index::geometry::KM_PER_MILE;
use crate::query::{
    filter::{Conditions, NameWanted},
    request::{NetworkChoice, OpenAt, Request, Sort},
};
use crate::vocab::{
    Npi, PlanId,
    place::Place,
    terms::{Accessibility, Gender, Profession},
};

/// What is told of words that were not understood.
const LEFT_OUT: &str = "not understood, so left out: ";

/// What was understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Words of a name.
    pub name: Vec<String>,
    /// Further people that are asked for beside the first: `drs lee and kim`.
    pub other_names: Vec<Vec<String>>,
    /// NUCC codes.
    pub specialty: Vec<String>,
    /// "doctor", where no kind of doctor is named.
    pub profession: Option<Profession>,
    /// Language codes.
    pub language: Vec<String>,
    /// A place to measure from.
    pub place: Option<Place>,
    /// A whole state.
    pub state: Option<Place>,
    /// More of them, any of which will do.
    pub other_states: Vec<Place>,
    /// Miles around the place.
    pub radius_miles: Option<f64>,
    /// "accepting new patients".
    pub accepting: Option<bool>,
    /// "telehealth".
    pub telehealth: Option<bool>,
    /// "female doctor".
    pub gender: Option<Gender>,
    /// "wheelchair accessible": one of these.
    pub accessibility: Vec<Accessibility>,
    /// "open now", "open saturday".
    pub open_at: Option<OpenAt>,
    /// "before friday": a free appointment before that day.
    pub available_before: Option<NaiveDate>,
    /// The order that is wished for: "closest", "earliest appointment".
    pub sort: Option<Sort>,
    /// "near me" or "closest": a place to measure from is needed.
    pub needs_place: bool,
    /// Networks.
    pub networks: Vec<NetworkChoice>,
    /// Plans with their networks.
    pub plans: Vec<(PlanId, Vec<NetworkChoice>)>,
    /// What is not wanted.
    pub exclude: Option<Box<Conditions>>,
    /// An NPI.
    pub npi: Option<Npi>,
    /// Ten digits that look like an NPI but are none.
    pub mistyped_npi: Option<u64>,
    /// A telephone number, ten digits.
    pub phone: Option<String>,
    /// The pieces of the text and what each was taken for, from left to right.
    pub terms: Vec<Term>,
    /// What was not understood, and why.
    pub hint: Option<String>,
    /// The text with its words corrected, where some were.
    pub corrected: Option<String>,
    /// The words of the text, where they are the whole name of a house, whatever else they mean: `covington physical therapy`.
    pub whole: Vec<String>,
    /// The words, by where they stand, that name a place which another one outweighs.
    pub displaced: Vec<usize>,
    /// What is told of other towns that a bare name of one may mean.
    pub other_towns: Option<String>,
    /// Where is looked for whoever is not in the place that is not wanted, if no other is named.
    pub around: Option<Place>,
    /// Whether a title stands before the name, so that it is a person's.
    pub titled: bool,
    /// Whether the words of the specialty name a kind of person (`cardiologist`), and none of a house (`cardiology clinic`).
    pub means_person: bool,
}

impl Reading {
    /// Adds to what is told of the text.
    pub(in crate::query) fn tell(&mut self, told: String) {
        self.hint = Some(match self.hint.take() {
            Some(known) if known.contains(&told) => known,
            Some(known) => format!("{known}; {told}"),
            None => told,
        });
    }

    /// Tells that a word was not understood: all of them in one list.
    pub(in crate::query) fn leave_out(&mut self, word: &str) {
        let known = self.hint.take().unwrap_or_default();
        self.hint = Some(match known.find(LEFT_OUT) {
            Some(at) => {
                let (before, words) = known.split_at(at + LEFT_OUT.len());
                format!("{before}{word}, {words}")
            }
            None if known.is_empty() => format!("{LEFT_OUT}{word}"),
            None => format!("{known}; {LEFT_OUT}{word}"),
        });
    }

    /// Says that a place is needed to find what is near, where a request has none.
    pub(in crate::query) fn ask_for_place(&mut self, request: &Request) {
        let conditions = &request.conditions;
        let lists = [
            &conditions.state,
            &conditions.city,
            &conditions.county,
            &conditions.postal_code,
        ];
        let somewhere = request.near.is_some()
            || !request.boxes.is_empty()
            || request.polygon.is_some()
            || lists.iter().any(|list| !list.is_empty());
        if let Some(told) = self.other_towns.clone().filter(|_| request.near == self.place) {
            self.tell(told);
        }
        if let Some(label) = self
            .around
            .as_ref()
            .filter(|_| self.is_around(request))
            .map(|place| &place.label)
        {
            let told = format!("shown are those nearest to {label} who are not in it");
            self.tell(told);
        }
        if self.needs_place && !somewhere {
            self.tell("to find what is near, add a place: a ZIP, or a city and its state".to_owned());
        } else if let (Some(near), Some(place)) = (&request.near, &self.place)
            && near != place
        {
            let label = place.label.clone();
            self.tell(format!(
                "distances are measured from the place that is given beside the text, so `{label}` is left out"
            ));
        } else if request.near.is_none() && (request.radius_km.is_some() || request.sort == Sort::Distance) {
            self.tell(
                "distances need a point to be measured from, so they are left out: add a ZIP, or a city and its state"
                    .to_owned(),
            );
        }
    }

    /// Whether nothing but the place that is not wanted says where to look.
    fn is_around(&self, request: &Request) -> bool {
        self.place.is_none() && self.state.is_none() && request.near == self.around
    }

    /// Wishes by kind, as the answer tells them.
    pub(super) fn wishes(&self) -> [(&'static str, String); 8] {
        let flag = |flag: Option<bool>| flag.map_or_else(String::new, |flag| flag.to_string());
        let radius = self.radius_miles.map_or_else(String::new, |miles| miles.to_string());
        let gender = self.gender.map_or_else(String::new, |gender| gender.code().to_owned());
        [
            ("radius_miles", radius),
            ("open_at", self.open_at.map_or_else(String::new, |at| at.to_string())),
            (
                "available_before",
                self.available_before.map_or_else(String::new, |day| day.to_string()),
            ),
            ("sort", self.sort.map_or_else(String::new, |sort| sort.to_string())),
            ("accepting_new_patients", flag(self.accepting)),
            ("telehealth", flag(self.telehealth)),
            ("gender", gender),
            ("accessibility", self.accessibility_codes().join("|")),
        ]
    }

    pub(super) fn accessibility_codes(&self) -> Vec<&'static str> {
        self.accessibility.iter().map(|access| access.code()).collect()
    }

    /// Puts what was understood into the conditions of a request; what the request says itself goes first.
    pub fn apply(&self, request: &mut Request) {
        let conditions = &mut request.conditions;
        add(&mut conditions.specialty, &self.specialty);
        add(&mut conditions.language, &self.language);
        if conditions.names.is_empty() && !self.name.is_empty() {
            conditions.names.push(NameWanted::exact(self.name.clone()));
            let others = self.other_names.iter().cloned();
            conditions.names.extend(others.map(NameWanted::exact));
        } else {
            // Whatever name was asked for, it must have the words of the box, too.
            for name in &mut conditions.names {
                name.words.extend_from_slice(&self.name);
            }
        }
        conditions.npi.extend(self.npi.map(Npi::number));
        conditions.phone = conditions.phone.take().or_else(|| self.phone.clone());
        conditions.accepting = conditions.accepting.or(self.accepting);
        conditions.telehealth = conditions.telehealth.or(self.telehealth);
        conditions.open_at = conditions.open_at.or(self.open_at);
        conditions.available_before = conditions.available_before.or(self.available_before);
        if conditions.gender.is_empty() {
            conditions.gender.extend(self.gender);
        }
        if conditions.profession.is_empty() {
            conditions.profession.extend(self.profession);
        }
        if conditions.accessibility.is_empty() {
            conditions.accessibility.extend_from_slice(&self.accessibility);
        }
        if !conditions.asks_network() {
            conditions.networks.extend(self.networks.iter().cloned());
            for (plan, networks) in &self.plans {
                conditions.plan_ids.push(*plan);
                conditions
                    .plans
                    .get_or_insert_default()
                    .extend(networks.iter().cloned());
            }
        }
        if let Some(unwanted) = &self.exclude {
            exclude(&mut request.exclude, unwanted);
        }
        let states = self.state.iter().chain(&self.other_states);
        if conditions.state.is_empty() {
            let codes = states.map(|place| place.state.to_ascii_lowercase());
            conditions.state.extend(codes);
        }
        if request.near.is_none() || (request.near_is_position && self.place.is_some()) {
            request.near.clone_from(&self.place);
        }
        if request.near.is_none() && self.state.is_none() {
            request.near.clone_from(&self.around);
        }
        // The nearest first needs a place to measure from.
        let sort = self
            .sort
            .filter(|sort| *sort != Sort::Distance || request.near.is_some());
        if request.sort == Sort::Relevance {
            request.sort = sort.unwrap_or_default();
        }
        request.radius_km = request.radius_km.or(self.radius_miles.map(|miles| miles * KM_PER_MILE));
    }
}

/// Adds what the text does not want to what the request does not want.
fn exclude(to: &mut Conditions, unwanted: &Conditions) {
    to.names.extend(unwanted.names.iter().cloned());
    to.gender.extend_from_slice(&unwanted.gender);
    to.networks.extend(unwanted.networks.iter().cloned());
    to.plan_ids.extend_from_slice(&unwanted.plan_ids);
    if let Some(networks) = &unwanted.plans {
        to.plans.get_or_insert_default().extend(networks.iter().cloned());
    }
    for (to, unwanted) in [
        (&mut to.specialty, &unwanted.specialty),
        (&mut to.language, &unwanted.language),
        (&mut to.city, &unwanted.city),
        (&mut to.state, &unwanted.state),
        (&mut to.county, &unwanted.county),
        (&mut to.postal_code, &unwanted.postal_code),
    ] {
        to.extend_from_slice(unwanted);
    }
}

fn add(to: &mut Vec<String>, found: &[String]) {
    if to.is_empty() {
        to.extend_from_slice(found);
    }
}
