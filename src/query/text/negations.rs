//! What is not wanted: `no male therapists`, `not in brooklyn`, `doctors that dont take medicaid`, `anyone but dr smith`.
//!
//! What stands behind a negation is read like everything else, and then excluded where the search can do so; where it cannot, it
//! is left out, and that is said. Never is it read as its opposite. What somebody cannot do (`cant sleep`) is a complaint.

use std::mem;

use super::{Before, Reader, Reading, clocks, miles, places, specialties, starts_with, untold};
use crate::query::filter::NameWanted;
use crate::query::spelling;
use crate::vocab::{
    names::{CREDENTIALS, TITLES, fold},
    terms::Gender,
};

/// What denies the words behind it.
const NEGATIONS: &[&[&str]] = &[
    &["no"],
    &["not"],
    &["non"],
    &["without"],
    &["except"],
    &["except", "for"],
    &["excluding"],
    &["exclude"],
    &["dont"],
    &["doesnt"],
    &["isnt"],
    &["arent"],
    &["wont"],
    &["neither"],
    &["never", "again"],
    &["never"],
    &["refuse"],
    &["refuses"],
    &["refuse", "to", "see"],
    &["refuses", "to", "see"],
    &["uncomfortable", "with"],
    &["not", "comfortable", "with"],
    &["besides"],
    &["anyone", "besides"],
    &["anybody", "besides"],
    &["nobody", "named"],
    &["no", "one", "named"],
    &["anyone", "except"],
    &["anybody", "except"],
    &["out", "of", "network", "with"],
    &["out", "of", "network", "for"],
    &["not", "in", "network", "with"],
    &["other", "than"],
    &["any", "insurance", "but"],
    &["any", "insurance", "except"],
    &["any", "plan", "but"],
    &["anything", "but"],
    &["anywhere", "but"],
    &["anyone", "but"],
    &["anybody", "but"],
    &["everyone", "but"],
    &["everybody", "but"],
    &["instead", "of"],
    &["rather", "than"],
    &["apart", "from"],
    &["aside", "from"],
    &["sin"],
    &["excepto"],
];
/// May stand between a negation and what it denies.
pub(super) const BETWEEN: &[&str] = &[
    "a",
    "an",
    "the",
    "any",
    "only",
    "just",
    "want",
    "wants",
    "need",
    "to",
    "go",
    "see",
    "like",
    "prefer",
    "take",
    "takes",
    "taking",
    "accept",
    "accepts",
    "do",
    "does",
    "offer",
    "offers",
    "provide",
    "provides",
    "be",
    "in",
    "on",
    "with",
    "by",
    "your",
    "my",
    "quiero",
    "un",
    "una",
    "en",
    "sea",
    "sean",
    "este",
    "esten",
    "esta",
    "es",
    "acepta",
    "acepte",
    "toma",
    "tome",
    "con",
    "el",
    "la",
    "ser",
    "que",
    "necesito",
    "necesitamos",
    "requiero",
    "ocupo",
];
/// Negations that deny who is meant, and little else: `never a male gynecologist`, but not `never had a mammogram`.
const OF_PEOPLE: &[&str] = &["never", "refuse", "refuses", "uncomfortable"];
/// The same before a language.
const SPEAKING: &[&str] = &["speak", "speaks", "speaking", "understand", "understands"];
/// The same of people who say in Spanish what they do not speak.
const HABLAR: &[&str] = &["hablo", "hablamos", "habla", "hablan", "entiendo", "entiende"];
/// The same before a name.
const NAMED: &[&str] = &["named", "called"];
/// Behind a negation: nothing is denied of whoever is looked for.
const OF_ONESELF: &[&str] = &["have", "has", "got", "tengo", "tenemos", "tiene"];
/// Of men, behind a negation: `no men`.
const MEN: &[&str] = &["men", "guys", "guy", "boys", "hombres", "varones"];
/// Of women.
const WOMEN: &[&str] = &["ladies", "girls", "mujeres"];
/// Towns that are counties, too, whose parts have names of their own in addresses.
const IN_PARTS: &[&str] = &["queens"];
/// Most words between a negation and what it denies.
const FARTHEST: usize = 5;
/// Most words of a name.
const MOST_NAMED: usize = 3;

/// What a negation denies.
pub(super) enum Denied {
    /// So many words of something.
    Words(usize),
    /// Nothing that begins here.
    Nothing,
    /// Something that a negation says nothing about, as what somebody suffers from.
    Meant,
}

impl Reader<'_, '_> {
    /// A negation and what it denies, and how many words that took.
    pub(super) fn negated(&mut self, at: usize) -> Option<usize> {
        let words = self.words;
        let rest = &words[at..];
        if let Some(taken) = self.parted_from(at).or_else(|| self.not_only_children(at)) {
            return Some(taken);
        }
        let said = NEGATIONS.iter().filter(|phrase| starts_with(rest, phrase));
        // `rather a woman than a man`
        let rather = || words[..at].iter().any(|word| word == "rather" || word == "prefer");
        let than = (rest[0] == "than" && rather()).then_some(1);
        let lead = said.map(|phrase| phrase.len()).max().or(than)?;
        if OF_PEOPLE.contains(&rest[0].as_str()) && !is_of_people(&rest[lead..]) {
            return None;
        }
        // `cant sleep`, `not more than 5 miles`, `not expensive`: said as a whole.
        let specialty = self.snapshot.lexicon.specialties.longest_prefix(rest);
        if specialty.is_some_and(|(_, taken)| taken > lead)
            || miles::distance(rest).is_some()
            || untold::begins(rest)
            || clocks::is_denied_bound(rest)
        {
            return None;
        }
        let (mut from, mut titled, mut spanish) = (at + lead, false, false);
        let excepted = lead > 1
            || matches!(
                words[at].as_str(),
                "besides" | "except" | "excepto" | "excluding" | "exclude"
            );
        // `hospital except st mary`: a house, whatever village is called so.
        let saint = words
            .get(from)
            .is_some_and(|word| matches!(word.as_str(), "st" | "saint"));
        if (excepted || saint) && self.names_house(from) {
            return self.not_named(at, from);
        }
        if let Some(taken) = self.not_for(at, from) {
            return Some(taken);
        }
        let has_not = words.get(from).is_some_and(|word| OF_ONESELF.contains(&word.as_str()));
        if has_not {
            return self.not_insured(at, from + 1);
        }
        while from < words.len() && from <= at + lead + FARTHEST {
            let word = words[from].as_str();
            if titled || self.forced[from].is_some() {
                break;
            }
            match self.denied(at, from, spanish) {
                Denied::Words(taken) => {
                    self.understood();
                    return Some(from + taken - at);
                }
                Denied::Meant => return None,
                Denied::Nothing => {}
            }
            // `no quiero doctor hombre`
            let of_gender = untold::is_physician(word)
                && words.get(from + 1).is_some_and(|next| {
                    matches!(next.as_str(), "hombre" | "mujer" | "male" | "female" | "man" | "woman")
                });
            if of_gender {
                from += 1;
                continue;
            }
            titled = NAMED.contains(&word) || (TITLES.contains(&word) && word != "doctor");
            spanish |= HABLAR.contains(&word);
            if !titled && !spanish && !BETWEEN.contains(&word) && !SPEAKING.contains(&word) {
                break;
            }
            from += 1;
        }
        while titled && words.get(from).is_some_and(|word| TITLES.contains(&word.as_str())) {
            from += 1;
        }
        // `not john decker`: a name and its surname are hardly anything else.
        let person = || {
            words
                .get(from..from + 2)
                .is_some_and(|name| spelling::is_borne_by_person(self.snapshot, name))
        };
        // `but not smith`
        let but = || {
            let before = at.checked_sub(1).is_some_and(|before| words[before] == "but");
            before
                && words
                    .get(from)
                    .is_some_and(|name| spelling::is_borne_by_person(self.snapshot, &[name.as_str()]))
        };
        if titled || excepted || person() || but() {
            self.not_named(at, from)
        } else {
            self.unknown_denied(at, from)
        }
    }

    /// What stands at a word and is denied by the negation at another.
    pub(super) fn denied(&mut self, at: usize, from: usize, spanish: bool) -> Denied {
        let words = self.words;
        let word = words[from].as_str();
        let people = [(MEN, Gender::Male), (WOMEN, Gender::Female)];
        if let Some((_, gender)) = people.into_iter().find(|(all, _)| all.contains(&word)) {
            self.exclude(at, from + 1, "gender", gender.code(), |unwanted| {
                unwanted.gender.push(gender);
            });
            return Denied::Words(1);
        }
        let (kept, when) = (mem::take(&mut self.reading), self.when.take());
        let (phrases, specialty_words) = (self.specialties.len(), self.specialty_words.len());
        let taken = self
            .payer_at(from)
            .or_else(|| self.wish_at(from))
            .or_else(|| self.place_term(from))
            .or_else(|| self.term(from))
            .or_else(|| self.city_denied(from));
        let found = mem::replace(&mut self.reading, kept);
        self.when = when;
        let phrases = self.specialties.split_off(phrases);
        let phrase = self.specialty_words.split_off(specialty_words);
        let Some(taken) = taken else { return Denied::Nothing };
        let to = from + taken;
        if let Some((codes, is_condition)) = phrases.into_iter().next() {
            let house = self.everyday().is_house(&phrase.join(" "));
            if words[at] == "non" {
                self.leave_out(at, to);
            } else if is_condition && !house {
                // `no hearing`: what somebody has. `dentist no root canals`, `no surgery back pain`: not what is asked for.
                // `wont sleep`, `doesnt hear`: nor can they do it.
                let cannot =
                    matches!(words[at].as_str(), "wont" | "doesnt" | "dont" | "isnt" | "arent") && from == at + 1;
                if cannot || !self.asks_beside(to) {
                    return Denied::Meant;
                }
                self.leave_out(at, to);
            } else {
                self.not_of(at, to, codes, &phrase);
            }
            return Denied::Words(taken);
        }
        if let Some(code) = found.language.first() {
            self.not_speaking(at, to, code, spanish);
            return Denied::Words(taken);
        }
        if self.exclude_found(at, to, found) {
            Denied::Words(taken)
        } else {
            Denied::Meant
        }
    }

    /// `not dallas, fort worth`: a great city by its bare name.
    fn city_denied(&mut self, from: usize) -> Option<usize> {
        let words = self.words.get(from..)?;
        (1..=words.len().min(places::MOST_WORDS)).rev().find_map(|length| {
            let name = words[..length].join(" ");
            let great = self.snapshot.lexicon.gazetteer.is_great_city(&name);
            let city = great.then(|| self.meant_city(&name)).flatten()?;
            self.reading.place = Some(city);
            Some(length)
        })
    }

    /// Whether a kind of care is asked for before what is denied, or behind it.
    fn asks_beside(&self, to: usize) -> bool {
        let specialties = &self.snapshot.lexicon.specialties;
        let behind = || (to..self.words.len()).any(|at| specialties.longest_prefix(&self.words[at..]).is_some());
        !self.specialties.is_empty() || behind()
    }

    /// Excludes what was read, or leaves it out; nothing was, where it is only said that somebody is near.
    fn exclude_found(&mut self, at: usize, to: usize, found: Reading) -> bool {
        if found == Reading::default() {
            return false;
        }
        if let Some(gender) = found.gender {
            self.exclude(at, to, "gender", gender.code(), |unwanted| unwanted.gender.push(gender));
        } else if found.accepting.is_some() {
            self.reading.accepting = Some(false);
            self.term_at(at, to - at, "accepting_new_patients", "false".to_owned());
        } else if !found.networks.is_empty() {
            let ids = found
                .networks
                .iter()
                .map(|network| uuid::Uuid::from_u128(network.id).to_string());
            let ids: Vec<String> = ids.collect();
            self.exclude(at, to, "network", &ids.join("|"), |unwanted| {
                unwanted.networks.extend(found.networks);
            });
        } else if !found.plans.is_empty() {
            let ids: Vec<String> = found.plans.iter().map(|(plan, _)| plan.to_string()).collect();
            self.exclude(at, to, "plan", &ids.join("|"), |unwanted| {
                for (plan, networks) in found.plans {
                    unwanted.plan_ids.push(plan);
                    unwanted.plans.get_or_insert_default().extend(networks);
                }
            });
        } else if let Some(place) = found.place.or(found.state) {
            if self.reading.around.is_none() && !places::is_whole_state(&place) {
                self.reading.around = Some(place.clone());
            }
            self.exclude(at, to, "place", &place.label, |unwanted| {
                if let Some(zip) = &place.postal_code {
                    unwanted.postal_code.push(zip.clone());
                } else if let Some(city) = &place.city {
                    unwanted.city.push(fold(city));
                    // On letters stand the parts of such a town, and not its name.
                    unwanted
                        .county
                        .extend(Some(fold(city)).filter(|city| IN_PARTS.contains(&city.as_str())));
                } else if let Some(county) = &place.county {
                    unwanted.county.push(fold(county));
                } else {
                    unwanted.state.push(place.state.to_ascii_lowercase());
                }
            });
        } else if let Some(told) = found.hint {
            let said = self.words[at..to].join(" ");
            self.tell(told);
            self.term_at(at, to - at, "unknown", said);
        } else {
            self.leave_out(at, to);
        }
        true
    }

    /// Remembers what is not wanted.
    fn exclude(
        &mut self,
        at: usize,
        to: usize,
        kind: &'static str,
        value: &str,
        put: impl FnOnce(&mut crate::query::filter::Conditions),
    ) {
        put(self.reading.exclude.get_or_insert_default());
        self.term_at(at, to - at, "excluded", format!("{kind}={value}"));
    }

    /// Says that something is no condition.
    pub(super) fn leave_out(&mut self, at: usize, to: usize) {
        let said = self.words[at..to].join(" ");
        self.tell(format!(
            "`{said}` is no condition that can be searched for, so it is left out"
        ));
        self.term_at(at, to - at, "unknown", said);
    }

    /// `no dentists`; `dentist except pediatric`: of the specialty that stands before it.
    fn not_of(&mut self, at: usize, to: usize, mut codes: Vec<String>, phrase: &[String]) {
        let specialties = &self.snapshot.lexicon.specialties;
        // `not pediatric dentist`: a dentist, but for grown-ups.
        if let [first, kind @ ..] = phrase
            && self.specialties.is_empty()
            && specialties::is_childish(first)
            && let Some((wanted, taken)) = specialties.longest_prefix(kind)
            && taken == kind.len()
        {
            let wanted: Vec<String> = wanted.iter().filter(|code| !codes.contains(code)).cloned().collect();
            if !wanted.is_empty() {
                self.specialties.push((wanted, false));
                self.specialty_words.extend_from_slice(kind);
            }
        }
        if !self.specialty_words.is_empty() {
            let narrower = [phrase, &self.specialty_words].concat().join(" ");
            codes.extend(specialties.resolve(&narrower).iter().cloned());
        }
        self.exclude(at, to, "specialty", &codes.join("|"), |unwanted| {
            unwanted.specialty.extend(codes.iter().cloned());
        });
    }

    /// Who speaks no English needs somebody who speaks something else: Spanish, if it is said in Spanish.
    fn not_speaking(&mut self, at: usize, to: usize, code: &str, spanish: bool) {
        let before = at.checked_sub(1).map(|before| self.words[before].as_str());
        // `no necesito español`: nobody is shut out who speaks it.
        let needless = self.words[at..to].iter().any(|word| {
            matches!(
                word.as_str(),
                "need" | "necesito" | "necesitamos" | "requiero" | "ocupo"
            )
        });
        if needless {
            return self.leave_out(at, to);
        }
        let oneself = matches!(before, Some("i" | "we" | "yo"));
        if code == "en" && spanish {
            if !self.reading.language.iter().any(|known| known == "es") {
                self.reading.language.push("es".to_owned());
            }
            self.term_at(at, to - at, "language", "es".to_owned());
        } else if code == "en" || oneself || spanish {
            let said = self.words[at..to].join(" ");
            self.tell(format!("`{said}` is left out: say which language is spoken instead"));
            self.term_at(at, to - at, "unknown", said);
        } else {
            self.exclude(at, to, "language", code, |unwanted| {
                unwanted.language.push(code.to_owned());
            });
        }
    }

    /// `not for kids`, `not for veterans`: whoever is for them is not excluded, but not asked for either.
    fn not_for(&mut self, at: usize, from: usize) -> Option<usize> {
        let for_whom = |from: usize| {
            let led = matches!(self.words.get(from).map(String::as_str), Some("for" | "para"));
            let article = self
                .words
                .get(from + 1)
                .is_some_and(|word| matches!(word.as_str(), "a" | "my" | "the"));
            led.then_some(from + 1 + usize::from(article))
        };
        let whom = for_whom(from)?;
        let word = self.words.get(whom)?;
        let plain = word.len() > 2 && word.bytes().all(|b| b.is_ascii_lowercase());
        if !plain || self.forced[whom].is_some() || places::leads(word) {
            return None;
        }
        self.leave_out(at, whom + 1);
        self.understood();
        Some(whom + 1 - at)
    }

    /// `i dont have medicaid`: nobody need take it, nor is anybody excluded who does.
    fn not_insured(&mut self, at: usize, from: usize) -> Option<usize> {
        let words = self.words;
        let articles = words[from.min(words.len())..].iter();
        let from = from
            + articles
                .take_while(|word| matches!(word.as_str(), "a" | "any" | "my"))
                .count();
        let rest = words.get(from..).filter(|rest| !rest.is_empty())?;
        let kept = mem::take(&mut self.reading);
        let taken = self.payer(rest);
        self.reading = kept;
        let taken = taken?;
        self.leave_out(at, from + taken);
        self.understood();
        Some(from + taken - at)
    }

    /// `not named smith`, `anyone but dr smith`.
    pub(super) fn not_named(&mut self, at: usize, from: usize) -> Option<usize> {
        let words = self.words;
        let is_name = |to: &usize| {
            let name = &words[from..*to];
            let last = name.last().map_or("", String::as_str);
            let plain = !self.everyday().is_filler(last) && !places::leads(last) && !CREDENTIALS.contains(&last);
            plain && !spelling::ways_borne(self.snapshot, name).is_empty()
        };
        let ends = from + 1..=words.len().min(from + MOST_NAMED);
        // `st mary`: nobody need be called St alone.
        let Some(to) = ends.rev().find(is_name) else {
            return self.unknown_denied(at, from);
        };
        let said = words[from..to].join(" ");
        let ways = spelling::ways_borne(self.snapshot, &words[from..to]);
        self.exclude(at, to, "name", &said, |unwanted| {
            unwanted.names.extend(ways.into_iter().map(NameWanted::exact));
        });
        self.understood();
        Some(to - at)
    }

    /// Whether two words or more are the name of somebody who is here, and of no great city.
    fn names_house(&self, from: usize) -> bool {
        let words = self.words;
        let is_name = |to: usize| {
            let Some(name) = words.get(from..to) else { return false };
            let lexicon = &self.snapshot.lexicon;
            let place = places::leads(&name[0]) || lexicon.gazetteer.is_great_city(&name.join(" "));
            !place
                && lexicon.specialties.longest_prefix(&words[from..]).is_none()
                && !spelling::ways_borne(self.snapshot, name).is_empty()
        };
        (from + 2..=from + MOST_NAMED).any(is_name)
    }

    /// `isnt christian`: a word that no dictionary knows; it is not taken for a name.
    fn unknown_denied(&mut self, at: usize, from: usize) -> Option<usize> {
        let word = self.words.get(from)?;
        let plain = word.len() > 2 && word.bytes().all(|b| b.is_ascii_lowercase());
        let everyday = self.everyday();
        // `no kids`: whoever is for children is not excluded, but not asked for either.
        let child = everyday.is_child(word) && matches!(self.words[at].as_str(), "no" | "not" | "without" | "non");
        // `no doctors`: neither asked for nor excluded.
        let physician = untold::is_physician(word) && from == at + 1;
        let known = !child
            && !physician
            && (everyday.is_filler(word) || everyday.is_child(word) || everyday.is_institution(word));
        if !plain || known || self.forced[from].is_some() || self.words.len() > super::MOST_NAMED {
            return None;
        }
        self.leave_out(at, from + 1);
        self.understood();
        // Somebody may be called so.
        self.leftover += 1;
        self.before = Before::Understood;
        Some(from + 1 - at)
    }

    /// Of who is wanted nobody may be whom nobody wants: what both ask for goes to the narrower of them.
    pub(super) fn settle_unwanted(&mut self) {
        let wanted = &mut self.reading.specialty;
        let Some(unwanted) = &mut self.reading.exclude else {
            return;
        };
        if wanted.is_empty() || unwanted.specialty.is_empty() {
            return;
        }
        let rest: Vec<String> = wanted
            .iter()
            .filter(|code| !unwanted.specialty.contains(code))
            .cloned()
            .collect();
        if rest.is_empty() {
            unwanted.specialty.retain(|code| !wanted.contains(code));
        } else {
            *wanted = rest;
        }
    }
}

/// Whether words speak, behind what may stand between, of men, women or somebody with a title.
fn is_of_people(words: &[String]) -> bool {
    let mut words = words.iter().skip_while(|word| BETWEEN.contains(&word.as_str()));
    words.next().is_some_and(|word| {
        let word = word.as_str();
        let gender = matches!(
            word,
            "male" | "males" | "female" | "females" | "man" | "woman" | "women" | "lady" | "gentleman"
        );
        gender || MEN.contains(&word) || WOMEN.contains(&word) || TITLES.contains(&word)
    })
}
