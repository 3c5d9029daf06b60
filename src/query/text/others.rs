//! What else a text may mean: a name where words were understood, words where a name was, a person where a place was.
//!
//! The first reading is the likelier one. The others are searched as well, so that a clever reading never hides whom somebody
//! has typed the very name of.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Forced, MOST_NAMED, Reading, Term, Text, houses, places, townsfolk, untold, whole_name};
use crate::index::Snapshot;
use crate::query::spelling;
use crate::vocab::{
    place::{Gazetteer, Place},
    terms::Profession,
};

/// Pieces of longer texts are taken for what they are: what stands beside them says enough.
const MOST_WORDS: usize = 4;
/// So many people has a town that a word of a name may mean.
const KNOWN_TOWN: u32 = 20_000;
/// Most readings besides the first.
const MOST: usize = 5;

impl Text<'_> {
    /// Other readings than the first, the likeliest first, and whether each is worth offering beside an answer; the rest only
    /// stand in where the first reading finds nobody.
    pub(super) fn others(
        &self,
        forced: &[Option<Forced>],
        first: &Reading,
        now: DateTime<Utc>,
    ) -> Vec<(Reading, bool)> {
        let count = self.words.len();
        let mut found: Vec<(Reading, bool)> = Vec::new();
        if count == 0 || count > MOST_NAMED {
            return found;
        }
        if let Some(npi) = first.npi {
            // Area codes begin with 2 as well as NPIs do.
            let digits = npi.to_string();
            if !digits.starts_with(['0', '1']) {
                let phone = Reading {
                    phone: Some(digits),
                    npi: None,
                    terms: first.without("npi"),
                    ..first.clone()
                };
                let phone = phone.by_number(self.snapshot).unwrap_or(phone);
                add(&mut found, first, phone, false);
            }
            return found;
        }
        if first.phone.is_some() {
            if let Some(alone) = first.by_phone_alone() {
                add(&mut found, first, alone, false);
                let phone = first.phone.as_deref().unwrap_or_default();
                let told = format!("nobody is found by the telephone number {phone}; whoever is called so is shown");
                let mistyped = first.mistyped_npi.and(first.hint.clone());
                let named = Reading {
                    phone: None,
                    terms: first.without("phone"),
                    hint: Some(mistyped.unwrap_or(told)),
                    ..first.clone()
                };
                add(&mut found, first, named, false);
            }
            return found;
        }
        if !first.is_more_than_a_name() {
            let read = self.read(forced, false, now);
            if read.is_more_than_a_name() && read.names_somebody(self.snapshot) {
                add(&mut found, first, read, true);
            }
        } else if let Some(name) = whole_name(&self.typed, self.snapshot) {
            add(&mut found, first, self.as_name(name), true);
        }
        // `philadelphia pharmacy philadelphia`: a kind of care there.
        if !first.whole.is_empty() && !first.name.is_empty() {
            add(&mut found, first, self.read(forced, false, now), true);
            return found;
        }
        if let Some((person, house)) = self.person_at_house(&self.typed)
            && person == *first
        {
            add(&mut found, first, house, true);
            return found;
        }
        if let Some(placed) = self.as_place(first) {
            add(&mut found, first, placed, true);
        }
        if let Some(called) = self.called_like_a_language(first, forced, now) {
            add(&mut found, first, called, true);
        }
        if count <= MOST_WORDS {
            for flipped in self.flipped(first, forced, now) {
                add(&mut found, first, flipped, true);
            }
        }
        // `margret walker`: a misspelt name, of which the other half is a word, too.
        let unsure = first.is_more_than_a_name() && (!first.name.is_empty() || first.hint.is_some());
        if unsure && (2..4).contains(&count) && !spelling::alternatives(self.snapshot, &self.typed, true).is_empty() {
            add(&mut found, first, self.as_name(self.typed.clone()), false);
        }
        if first.profession.is_some() {
            let anybody = Reading {
                profession: None,
                hint: Some("no physician is found so; shown is whoever else is".to_owned()),
                terms: first.without("profession"),
                ..first.clone()
            };
            add(&mut found, first, anybody, false);
        }
        if !first.name.is_empty() && first.is_more_than_a_name() {
            if first.name.len() > 1 && spelling::is_borne_by_person(self.snapshot, &first.name) {
                let name = first.name.join(" ");
                let called = Reading {
                    specialty: Vec::new(),
                    hint: Some(format!(
                        "nobody called `{name}` is found so; shown is whoever is called so"
                    )),
                    terms: first.without("specialty"),
                    ..first.clone()
                };
                let alone = Reading {
                    name: first.name.clone(),
                    terms: first.terms.iter().filter(|term| term.kind == "name").cloned().collect(),
                    hint: called.hint.clone(),
                    ..Reading::default()
                };
                add(&mut found, first, called, false);
                add(&mut found, first, alone, false);
            }
            let physician = first.specialty.is_empty() && self.words.iter().any(|word| untold::is_physician(word));
            let mut unnamed = Reading {
                name: Vec::new(),
                other_names: Vec::new(),
                profession: physician.then_some(Profession::Physician),
                terms: first.without("name"),
                ..first.clone()
            };
            match first.name.as_slice() {
                // `dermatologist taks medicaid`: no name, but what was not understood.
                [word] if !first.titled && !spelling::is_borne(self.snapshot, &first.name) => unnamed.leave_out(word),
                name => unnamed.hint = Some(format!("nobody of the name `{}` is found so", name.join(" "))),
            }
            if let Some(told) = self.no_such_house(first) {
                unnamed.hint = Some(told);
            }
            self.keep_city(first, &mut unnamed);
            add(&mut found, first, unnamed, false);
        }
        found.truncate(MOST);
        found
    }
}

impl Text<'_> {
    /// `dermatology associates houston`: somebody is called by both words, but nobody of that kind. The city stays.
    fn keep_city(&self, first: &Reading, unnamed: &mut Reading) {
        let name = &first.name;
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        if unnamed.place.is_some() || unnamed.state.is_some() || first.titled {
            return;
        }
        let longest = LONGEST_CITY.min(name.len().saturating_sub(1));
        let city = (1..=longest).rev().find_map(|length| {
            let text = name[name.len() - length..].join(" ");
            let city = gazetteer
                .is_great_city(&text)
                .then(|| gazetteer.cities(&text).into_iter().next())??;
            let at = self
                .words
                .windows(length)
                .rposition(|words| words == &name[name.len() - length..])?;
            Some((city, at, length))
        });
        if let Some((city, at, length)) = city {
            let tokens = &self.tokens[at..at + length];
            unnamed.terms.push(Term::of(tokens, "place", city.label.clone()));
            unnamed.terms.sort_by_key(|term| (term.start, term.end));
            unnamed.place = Some(city);
            let left = name[..name.len() - length].join(" ");
            unnamed.hint = Some(format!("nobody of the name `{left}` is found so"));
        }
    }

    /// `mayo clinic`, where no house is called so: what is told beside others of the kind.
    fn no_such_house(&self, first: &Reading) -> Option<String> {
        let name = first.terms.iter().find(|term| term.kind == "name")?;
        let kind = first
            .terms
            .iter()
            .find(|term| term.kind == "specialty" && term.start == name.end + 1)?;
        let last = kind.text.split(' ').next_back()?;
        let house = [name.text.as_str(), &kind.text].join(" ");
        let words: Vec<&str> = house.split(' ').collect();
        let told = !first.titled && self.is_house(last) && !spelling::is_borne(self.snapshot, &words);
        told.then(|| houses::no_such(&house))
    }
}

/// Most words of a great city.
const LONGEST_CITY: usize = 3;
/// A bare name of a place is offered as one, if so many people live there.
const OFFERED_CITY: u32 = 20_000;
/// So many live in a town that is meant beside what else is said.
const TOWN: u32 = 10_000;

/// What a name of a place means: beyond doubt, or the greatest city so called, if many mean it.
fn meant(gazetteer: &Gazetteer, text: &str) -> Option<Place> {
    let greatest = || {
        let many = gazetteer.is_town(text, OFFERED_CITY);
        many.then(|| gazetteer.cities(text).into_iter().next()).flatten()
    };
    gazetteer.find(text).or_else(greatest)
}

fn add(found: &mut Vec<(Reading, bool)>, first: &Reading, reading: Reading, is_offered: bool) {
    let mut known = std::iter::once(first).chain(found.iter().map(|(reading, _)| reading));
    let is_new = known.all(|known| !known.means_the_same(&reading));
    if is_new && !reading.is_nothing() {
        found.push((reading, is_offered));
    }
}

impl Text<'_> {
    /// `poughkeepsie`, `virginia`: a bare name that is a place's, too.
    fn as_place(&self, first: &Reading) -> Option<Reading> {
        if first.is_more_than_a_name() || first.titled || first.name.is_empty() || first.name.len() < self.words.len() {
            return None;
        }
        let text = self.words.join(" ");
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let many = gazetteer.is_town(&text, OFFERED_CITY);
        let is_place = text.len() > 2 && (many || gazetteer.is_state(&text));
        let place = is_place.then(|| meant(gazetteer, &text)).flatten()?;
        let terms = vec![Term::of(&self.tokens, "place", place.label.clone())];
        Some(
            Reading {
                terms,
                ..Reading::default()
            }
            .at(place),
        )
    }

    /// `dentist oneonta`, `gulick jones marble falls`: of the words that were taken for a name, those at one end are a place's.
    pub(super) fn with_place(&self, first: &Reading) -> Option<Reading> {
        if first.name.is_empty() || first.place.is_some() || first.state.is_some() {
            return None;
        }
        let name = first.terms.iter().find(|term| term.kind == "name")?;
        let inside = |at: &usize| {
            let token = &self.tokens[*at];
            token.start >= name.start && token.end <= name.end
        };
        let named: Vec<usize> = (0..self.tokens.len()).filter(inside).collect();
        let words = |places: &[usize]| -> Vec<String> { places.iter().map(|at| self.words[*at].clone()).collect() };
        let (longest, more) = (named.len().min(places::MOST_WORDS), first.is_more_than_a_name());
        let behind = (1..=longest).rev().map(|length| named.split_at(named.len() - length));
        let before = (1..=longest).rev().map(|length| {
            let (city, rest) = named.split_at(length);
            (rest, city)
        });
        // `madison davis` is no Davis in Madison.
        let before = before.filter(|_| more);
        for (rest, city) in behind.chain(before) {
            if rest.is_empty() && (first.titled || !more) {
                continue;
            }
            // `affiliated with st joseph`: a house.
            let before = city.first().and_then(|at| at.checked_sub(1));
            if before.is_some_and(|at| self.words[at] == "with") {
                continue;
            }
            let (rest_words, city_words) = (words(rest), words(city));
            let text = city_words.join(" ");
            let gazetteer = &self.snapshot.lexicon.gazetteer;
            let Some(place) = (text.len() > 3).then(|| meant(gazetteer, &text)).flatten() else {
                continue;
            };
            let person = || spelling::is_borne_by_person(self.snapshot, &city_words);
            let many = || gazetteer.is_town(&text, OFFERED_CITY);
            let meant = match rest.len() {
                _ if places::is_whole_state(&place) => true,
                0 => many() || (gazetteer.is_town(&text, TOWN) && !person()),
                // `madison davis` is nobody of the name Madison in Davis.
                1 => many() && (more || !person()),
                _ => many(),
            };
            // `bob may bayonne`: a nickname will do.
            let like = || rest.len() > 1 && !spelling::alternatives(self.snapshot, &rest_words, true).is_empty();
            if !meant || !(rest.is_empty() || spelling::is_borne(self.snapshot, &rest_words) || like()) {
                continue;
            }
            let mut terms = first.without("name");
            let tokens = |places: &[usize]| -> Option<&[crate::vocab::names::Token]> {
                Some(&self.tokens[*places.first()?..=*places.last()?])
            };
            if let Some(tokens) = tokens(rest) {
                terms.push(Term::of(tokens, "name", rest_words.join(" ")));
            }
            terms.push(Term::of(tokens(city)?, "place", place.label.clone()));
            terms.sort_by_key(|term| (term.start, term.end));
            let reading = Reading {
                name: rest_words,
                hint: None,
                terms,
                ..first.clone()
            };
            return Some(reading.at(place));
        }
        None
    }

    /// `kids doctor german el paso tx`: somebody in the town who is of the kind that is asked for has the language for a surname.
    fn called_like_a_language(
        &self,
        first: &Reading,
        forced: &[Option<Forced>],
        now: DateTime<Utc>,
    ) -> Option<Reading> {
        let term = first.terms.iter().find(|term| term.kind == "language")?;
        let town = first
            .place
            .as_ref()
            .filter(|_| !first.specialty.is_empty() && first.name.is_empty())?;
        let at = self
            .tokens
            .iter()
            .position(|token| (token.start, token.end) == (term.start, term.end))?;
        let care: Vec<&str> = first.specialty.iter().map(String::as_str).collect();
        if !townsfolk::has_surname(self.snapshot, &self.words[at], &care, town) {
            return None;
        }
        let mut forced = forced.to_vec();
        forced[at] = Some(Forced::Name);
        Some(self.read(&forced, false, now))
    }

    /// One piece taken for the other thing that it may be.
    fn flipped(&self, first: &Reading, forced: &[Option<Forced>], now: DateTime<Utc>) -> Vec<Reading> {
        let mut readings = Vec::new();
        for term in &first.terms {
            let inside = |at: &usize| {
                let token = &self.tokens[*at];
                token.start >= term.start && token.end <= term.end
            };
            let places: Vec<usize> = (0..self.tokens.len()).filter(inside).collect();
            let with = |places: &[usize], what: Forced| {
                let mut forced = forced.to_vec();
                for at in places {
                    forced[*at] = Some(what);
                }
                forced
            };
            match term.kind {
                "name" => {
                    for at in places.iter().copied().filter(|at| self.is_a_word(*at)) {
                        let read = self.read(&with(&[at], Forced::Word), false, now);
                        if read.is_more_than_a_name() && read.names_somebody(self.snapshot) {
                            readings.push(read);
                        }
                    }
                }
                "specialty" | "language" | "place" | "gender" | "unknown" => {
                    let is_name = |at: &usize| {
                        !self.snapshot.lexicon.everyday.is_filler(&self.typed[*at])
                            && spelling::is_borne(self.snapshot, &self.typed[*at..=*at])
                    };
                    if !places.is_empty() && places.len() < 3 && places.iter().all(is_name) {
                        let read = self.read(&with(&places, Forced::Name), false, now);
                        if spelling::is_borne(self.snapshot, &read.name) {
                            readings.push(read);
                        }
                    }
                }
                _ => {}
            }
        }
        readings
    }

    /// Whether a dictionary knows a word, too.
    fn is_a_word(&self, at: usize) -> bool {
        let lexicon = &self.snapshot.lexicon;
        let word = &self.words[at];
        let rest = &self.words[at..];
        lexicon.everyday.is_child(word)
            || lexicon.specialties.longest_prefix(rest).is_some()
            || lexicon.languages.longest_prefix(rest).is_some()
            || lexicon.gazetteer.is_town(word, KNOWN_TOWN)
            || (self.words.len() == 1 && lexicon.gazetteer.find(word).is_some())
    }
}

impl Reading {
    /// The same at a place.
    pub(super) fn at(self, place: Place) -> Self {
        if places::is_whole_state(&place) {
            Self {
                state: Some(place),
                ..self
            }
        } else {
            Self {
                place: Some(place),
                ..self
            }
        }
    }

    /// Whether it asks for anything but a name.
    pub(in crate::query) fn is_more_than_a_name(&self) -> bool {
        !Self {
            name: Vec::new(),
            other_names: Vec::new(),
            ..self.clone()
        }
        .is_nothing()
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.means_the_same(&Self::default())
    }

    fn names_somebody(&self, snapshot: &Snapshot) -> bool {
        self.name.is_empty() || spelling::is_borne(snapshot, &self.name)
    }

    fn without(&self, kind: &str) -> Vec<Term> {
        self.terms.iter().filter(|term| term.kind != kind).cloned().collect()
    }

    pub(super) fn means_the_same(&self, other: &Self) -> bool {
        let bare = |reading: &Self| Self {
            terms: Vec::new(),
            hint: None,
            whole: Vec::new(),
            other_towns: None,
            displaced: Vec::new(),
            titled: false,
            means_person: false,
            sort: None,
            needs_place: false,
            corrected: None,
            mistyped_npi: None,
            ..reading.clone()
        };
        bare(self) == bare(other)
    }

    /// The parameters of a search that mean the same.
    pub fn parameters(&self) -> BTreeMap<&'static str, Vec<String>> {
        let mut all: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        let mut put = |name: &'static str, values: Vec<String>| {
            if !values.is_empty() {
                all.insert(name, values);
            }
        };
        let one = |value: Option<String>| value.into_iter().collect::<Vec<_>>();
        let id = |id: u128| uuid::Uuid::from_u128(id).to_string();
        put("name", one(Some(self.name.join(" ")).filter(|name| !name.is_empty())));
        put("specialty", self.specialty.clone());
        put(
            "profession",
            one(self.profession.map(|profession| profession.code().to_owned())),
        );
        put("language", self.language.clone());
        let near = self.place.as_ref().map(|place| {
            let point = || format!("{},{}", place.point.lat(), place.point.lon());
            place.postal_code.clone().unwrap_or_else(point)
        });
        put("near", one(near));
        let states = self.state.iter().chain(&self.other_states);
        put("state", states.map(|place| place.state.clone()).collect());
        put("radius", one(self.radius_miles.map(|miles| miles.to_string())));
        put("accepting_new_patients", one(self.accepting.map(|yes| yes.to_string())));
        put("telehealth", one(self.telehealth.map(|yes| yes.to_string())));
        put("gender", one(self.gender.map(|gender| gender.code().to_owned())));
        let codes = self.accessibility_codes();
        put("accessibility", codes.into_iter().map(str::to_owned).collect());
        put("open_at", one(self.open_at.map(|at| at.to_string())));
        put(
            "available_before",
            one(self.available_before.map(|day| day.to_string())),
        );
        put("network", self.networks.iter().map(|network| id(network.id)).collect());
        put("plan", self.plans.iter().map(|(plan, _)| plan.to_string()).collect());
        if let Some(unwanted) = &self.exclude {
            let genders = unwanted.gender.iter().map(|gender| gender.code().to_owned());
            put("exclude.gender", genders.collect());
            put(
                "exclude.name",
                unwanted.names.iter().map(|name| name.words.join(" ")).collect(),
            );
            put(
                "exclude.network",
                unwanted.networks.iter().map(|network| id(network.id)).collect(),
            );
            put(
                "exclude.plan",
                unwanted.plan_ids.iter().map(ToString::to_string).collect(),
            );
            put("exclude.specialty", unwanted.specialty.clone());
            put("exclude.language", unwanted.language.clone());
            put("exclude.city", unwanted.city.clone());
            put("exclude.state", unwanted.state.clone());
            put("exclude.county", unwanted.county.clone());
            put("exclude.postal_code", unwanted.postal_code.clone());
        }
        all
    }
}
