//! A record held against a provider, field by field: which level each reaches, and what that tells.

use super::{
    alike::{are_of_two_sexes, are_usual, is_alike, is_in_its_own_right, is_joined, is_near, is_of_one_sex, is_typo},
    chance::{Chances, NameChance, ONE_SOUND, ONE_TYPO, nickname_share},
    credential::{NURSES, PHYSICIAN, credential_classes, shares_a_word},
    given::{Given, GivenNpi, SAMPLE_NPI},
    name::Reading,
    place,
};
use crate::query::candidates::{Candidate, Parts};
use crate::vocab::{
    Lexicon,
    lexicon::{Level, Profile},
    names::words,
    terms::{Gender, ProviderKind},
};

/// Share of the wrong NPIs among those of absent providers that hit one who is there, over all of them.
const WRONG_NPI: f64 = 0.02;
/// How often a number at one slip from an NPI is written for anybody.
const NEAR_NPI: f64 = 2e-9;
/// How often somebody else's licence number is written.
const WRONG_LICENSE: f64 = 0.01;
/// Where credential and specialty both agree, the credential adds this part of its bits: one follows from the other.
const CREDENTIAL_BESIDE_SPECIALTY: f64 = 0.3;

/// Letters that a given name keeps at least where it is cut.
const SHORTEST_CUT: usize = 4;
/// Letters that a surname keeps at least.
const SHORTEST_CUT_SURNAME: usize = 5;
/// How often what is left of a cut surname is that of one particular name.
const ONE_CUT: f64 = 1.0 / 20.0;
/// Into so many other writings a name goes of which none is listed.
const USUAL_NICKNAMES: f64 = 4.0;

/// Whether a candidate is where the record says, by its address or its phone.
pub fn is_there(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| {
        matches!(
            (finding.field, finding.level),
            ("place", "address") | ("phone", "exact" | "exact_there")
        )
    })
}

/// Where in the directory the other side of a comparison is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The current name.
    Name,
    /// Another name, by number.
    OtherName(usize),
    /// The provider itself.
    Provider,
    /// A location, by number.
    Location(usize),
}

/// One field, compared.
#[derive(Clone, Copy, Debug)]
pub struct Finding {
    /// The field.
    pub field: &'static str,
    /// The level that it reaches.
    pub level: &'static str,
    /// Log2 of how much likelier that is than by chance, under each of [`crate::vocab::lexicon::WAYS`].
    pub bits: [f64; 5],
    /// Where the other side is kept.
    pub source: Source,
    /// Which reading of the name, which of the organisation's names.
    pub reading: usize,
}

/// A provider as it is compared.
pub struct View<'c, 's> {
    /// The provider.
    pub candidate: &'c Candidate<'s>,
    /// The parts of its name.
    pub parts: Parts,
    /// Its surname in one word.
    pub last: String,
    /// Surnames of other names.
    pub other_lasts: Vec<String>,
}

impl<'c, 's> View<'c, 's> {
    /// Of a candidate.
    pub fn of(candidate: &'c Candidate<'s>) -> Self {
        let record = &candidate.records[0];
        if record.kind == ProviderKind::Organization {
            return Self {
                candidate,
                parts: Parts::default(),
                last: String::new(),
                other_lasts: Vec::new(),
            };
        }
        let parts = Parts::of(record);
        Self {
            candidate,
            last: parts.last.concat(),
            other_lasts: record
                .other_names
                .iter()
                .map(|name| parts.other_surname(name))
                .collect(),
            parts,
        }
    }
}

/// What is known while records are compared.
pub struct Scales<'a> {
    /// The record.
    pub given: &'a Given,
    /// Its frequencies.
    pub chances: &'a Chances,
    /// The parameters.
    pub profile: &'a Profile,
    /// The vocabulary.
    pub lexicon: &'a Lexicon,
    /// The block of those with the licence in its state.
    pub license: Option<u16>,
    /// The block of those with its number anywhere.
    pub license_number: Option<u16>,
    /// Classifications and groupings of its specialties.
    classes: [Vec<&'a str>; 2],
}

impl<'a> Scales<'a> {
    /// Of a record, with the numbers of the blocks of those who have its licence.
    pub fn of(
        given: &'a Given,
        chances: &'a Chances,
        profile: &'a Profile,
        lexicon: &'a Lexicon,
        license: Option<u16>,
        license_number: Option<u16>,
    ) -> Self {
        let terms = || {
            given
                .specialties
                .iter()
                .take(8)
                .filter_map(|code| lexicon.specialties.get(code))
        };
        Self {
            given,
            chances,
            profile,
            lexicon,
            license,
            license_number,
            classes: [
                terms().map(|term| term.classification.as_str()).collect(),
                terms().map(|term| term.grouping.as_str()).collect(),
            ],
        }
    }

    /// What speaks for somebody who was not looked at: the name as it is written, and nothing beside it.
    pub fn unseen_bits(&self) -> f64 {
        let (Some(_), Some(chance)) = (self.given.readings.first(), self.chances.names.first()) else {
            return 0.0;
        };
        let alone = |field, level, specific: f64| self.finding(field, level, specific, Source::Provider).bits[0];
        let mut bits = alone("last", "exact", 1.0 / chance.any_last) + alone("first", "exact", 1.0 / chance.any_first);
        if self.given.zip.is_some() || self.given.city.is_some() {
            bits += alone("place", "different", 1.0);
        }
        if !self.given.specialties.is_empty() {
            bits += alone("specialty", "different", 1.0);
        }
        bits
    }

    /// A finding whose chance is in the profile, or follows from a frequency.
    pub fn finding(&self, field: &'static str, level: &'static str, by_frequency: f64, source: Source) -> Finding {
        let row = self.profile.level(field, level);
        Finding {
            field,
            level,
            bits: bits(row, row.chance.map_or(by_frequency, |chance| 1.0 / chance)),
            source,
            reading: 0,
        }
    }

    /// All fields in which both sides say something.
    pub fn compare(&self, view: &View<'_, '_>) -> Vec<Finding> {
        let mut findings = Vec::with_capacity(12);
        let places = place::compare(self, view);
        match view.candidate.records[0].kind {
            ProviderKind::Individual => self.person(view, &mut findings),
            ProviderKind::Organization => self.organization(view, &places, &mut findings),
        }
        findings.extend(self.npi(view));
        findings.extend(self.license(view));
        findings.extend(places);
        let specialty = self.specialty(view);
        let credential = self.credential(view).map(|finding| match &specialty {
            Some(beside) if beside.level == "exact" && finding.level == "same" => Finding {
                bits: finding.bits.map(|bits| bits * CREDENTIAL_BESIDE_SPECIALTY),
                ..finding
            },
            _ => finding,
        });
        findings.extend(specialty);
        findings.extend(credential);
        findings.extend(self.gender(view, &findings));
        findings.extend(self.language(view));
        findings
    }

    /// The best reading of the person's name.
    fn person(&self, view: &View<'_, '_>, findings: &mut Vec<Finding>) {
        let readings = self.given.readings.iter().zip(&self.chances.names).enumerate();
        let scored = readings.map(|(number, (reading, chance))| {
            let mut found = self.read_as(reading, chance, view);
            found.iter_mut().for_each(|finding| finding.reading = number);
            found
        });
        let total = |found: &Vec<Finding>| found.iter().map(|finding| finding.bits[0]).sum::<f64>();
        let best = scored.reduce(|best, next| if total(&next) > total(&best) { next } else { best });
        match best {
            Some(found) => {
                findings.extend(found);
                // The body has a number of its own: it is for a person to say which of the two is meant.
                findings.extend(self.given.is_practice.then_some(Finding {
                    field: "kind",
                    level: "owner",
                    bits: [0.0; 5],
                    source: Source::Provider,
                    reading: 0,
                }));
            }
            None if self.given.organizations.is_empty() => {}
            None => findings.push(self.finding("kind", "different", 1.0, Source::Provider)),
        }
    }

    fn read_as(&self, reading: &Reading, chance: &NameChance, view: &View<'_, '_>) -> Vec<Finding> {
        let mut found = Vec::with_capacity(5);
        if !reading.last.is_empty() {
            found.push(self.last(reading, chance, view));
        }
        let shifted = if reading.first.is_empty() {
            false
        } else {
            let finding = self.first(reading, chance, view);
            let shifted = finding.level == "middle";
            found.push(finding);
            shifted
        };
        if !shifted {
            found.extend(self.middle(reading, view));
        }
        let suffix = self.suffix(reading, view);
        // Who shares a `Jr.` shares the name before it: with another given name it tells nothing.
        let is_anothers = found
            .iter()
            .any(|finding| finding.field == "first" && finding.level == "different");
        if !(is_anothers && suffix.level == "exact") {
            found.push(suffix);
        }
        if let Some(how) = reading.how {
            found.push(Finding {
                field: "reading",
                level: how,
                bits: [-reading.cost; 5],
                source: Source::Name,
                reading: 0,
            });
        }
        found
    }

    fn last(&self, reading: &Reading, chance: &NameChance, view: &View<'_, '_>) -> Finding {
        let given = reading.last.as_str();
        let of = |level, specific: f64, source| {
            let found = self.finding("last", level, specific / chance.any_last, source);
            self.or_by_chance(found, chance.last / chance.any_last)
        };
        if view.last == given {
            return of("exact", 1.0, Source::Name);
        }
        if let Some(number) = view.other_lasts.iter().position(|other| other == given) {
            return of("other_name", 1.0, Source::OtherName(number));
        }
        let part_of = |name: &String, whole: &[String]| name.len() > 2 && whole.len() > 1 && whole.contains(name);
        // Half of a double name is worth what that half is worth, however rare the whole.
        let halves = reading.surnames.iter().skip(1).zip(&chance.parts);
        if let Some((_, any)) = halves.into_iter().find(|(half, _)| **half == view.last) {
            return of("part", chance.any_last / any.max(chance.any_last), Source::Name);
        }
        if part_of(&reading.last, &view.parts.last) {
            return of("part", 1.0, Source::Name);
        }
        if is_typo(given, &view.last) {
            return of("typo", ONE_TYPO, Source::Name);
        }
        if is_alike(given, &view.last) {
            return of("sound", ONE_SOUND, Source::Name);
        }
        // A name that nobody bears is one that a narrow column has cut.
        let is_borne = chance.last * self.chances.providers >= 1.0;
        if !is_borne && given.len() >= SHORTEST_CUT_SURNAME && view.last.starts_with(given) {
            return of("typo", ONE_CUT, Source::Name);
        }
        of("different", chance.last, Source::Name)
    }

    fn first(&self, reading: &Reading, chance: &NameChance, view: &View<'_, '_>) -> Finding {
        let given = reading.first.as_str();
        let of = |level, specific: f64| {
            let found = self.finding("first", level, specific / chance.any_first, Source::Name);
            self.or_by_chance(found, chance.first / chance.any_first)
        };
        let own = view.parts.given.first().map_or("", String::as_str);
        if own == given && given.len() > 1 {
            return of("exact", 1.0);
        }
        // `Maryanne` is `Mary Anne`.
        let all_given = std::iter::once(&reading.first).chain(&reading.middles);
        if is_joined(given, view.parts.given.iter()) || is_joined(own, all_given) {
            return of("exact", 1.0);
        }
        // Known by the middle name: `J ROBERT` in one place, `ROBERT` in the other.
        let whole = |name: &String, other: &str| name.len() > 1 && name == other;
        let as_middle = view.parts.given.iter().skip(1).any(|middle| whole(middle, given))
            || reading.middles.iter().any(|middle| whole(middle, own));
        let initial = |name: &str| name.chars().next();
        if given.len() == 1 || own.len() == 1 {
            if initial(given) == initial(own) && !own.is_empty() {
                // A whole name for an initial: any that begins with it.
                let specific = if given.len() == 1 {
                    1.0
                } else {
                    (chance.first / 0.07).min(1.0)
                };
                return of("initial", specific);
            }
            if as_middle {
                return of("middle", 1.0);
            }
            return of("different", chance.first);
        }
        let table = &self.lexicon.nicknames;
        let is_nickname = table
            .nicknames_of(own)
            .chain(table.names_of(own))
            .any(|name| name == given);
        if is_nickname {
            return of("nickname", 1.0 / nickname_share(own, self.lexicon));
        }
        if as_middle {
            return of("middle", 1.0);
        }
        // `Barb`, `Stan`, or a field too short for the name; but neither `Paul` of `Paula`.
        let (short, long) = if given.len() < own.len() {
            (given, own)
        } else {
            (own, given)
        };
        let is_cut = short.len() >= SHORTEST_CUT && long.starts_with(short) && !is_in_its_own_right(short);
        if is_cut && !are_of_two_sexes(given, own) {
            return of("nickname", 1.0 / nickname_share(own, self.lexicon).max(USUAL_NICKNAMES));
        }
        // `Paula` is no slip of `Paul`, but another's name; unless all the same the record knows who it speaks of.
        let knows_sex = self.given.gender.is_some() && self.given.gender == view.candidate.records[0].gender;
        let is_other = !knows_sex && are_of_two_sexes(given, own);
        if !is_other && is_typo(given, own) {
            return of("typo", ONE_TYPO);
        }
        // What was misheard is seldom another usual name: `Joan` is not `John`.
        if !is_other && is_alike(given, own) && !are_usual(given, own) {
            return of("sound", ONE_SOUND);
        }
        of("different", chance.first)
    }

    /// What is like a name is another name by chance, too, where somebody else is meant: then the names have nothing to do with
    /// one another.
    fn or_by_chance(&self, mut found: Finding, by_chance: f64) -> Finding {
        if !matches!(found.level, "typo" | "sound" | "nickname" | "middle" | "part") {
            return found;
        }
        let other = self.profile.level(found.field, "different").under();
        for (bits, other) in found.bits.iter_mut().zip(other).skip(1) {
            *bits = other.map_or(*bits, |other| (bits.exp2() + other * by_chance).log2());
        }
        found
    }

    /// The best that any middle name comes to with any other: one side may leave some of several out.
    fn middle(&self, reading: &Reading, view: &View<'_, '_>) -> Option<Finding> {
        let own = view.parts.given.get(1..).unwrap_or_default();
        if reading.middles.is_empty() || own.is_empty() {
            return None;
        }
        let initial = |name: &str| name.chars().next();
        let level = |given: &str, own: &str| match () {
            () if given == own && given.len() > 1 => "exact",
            () if initial(given) == initial(own) && (given.len() == 1 || own.len() == 1) => "initial",
            () if is_typo(given, own) => "exact",
            () => "different",
        };
        let found: Vec<&str> = reading
            .middles
            .iter()
            .flat_map(|given| own.iter().map(|own| level(given, own)))
            .collect();
        let best = ["exact", "initial"].into_iter().find(|level| found.contains(level));
        // Whoever marries keeps the former surname as a middle name.
        let surnames: Vec<&String> = view
            .other_lasts
            .iter()
            .chain(&view.parts.last)
            .chain([&view.last])
            .collect();
        let kept = reading.middles.iter().any(|given| surnames.contains(&given))
            || own.iter().any(|own| reading.surnames.contains(own));
        // `JEANETTE DARDAR RRT`: letters that no list has, and the candidate bears.
        let are_letters = || {
            let own = view.parts.credential.as_deref().map(words).unwrap_or_default();
            reading.middles.iter().all(|given| own.contains(given))
        };
        match best {
            None if kept || are_letters() => None,
            best => Some(self.finding("middle", best.unwrap_or("different"), 1.0, Source::Name)),
        }
    }

    fn suffix(&self, reading: &Reading, view: &View<'_, '_>) -> Finding {
        let level = match (&reading.suffix, &view.parts.suffix) {
            (None, None) => "absent",
            (Some(_), None) => "given_only",
            (None, Some(_)) => "found_only",
            (Some(given), Some(own)) if given == own => "exact",
            // The second of a name is often called junior.
            (Some(given), Some(own)) if matches!((given.as_str(), own.as_str()), ("jr", "ii") | ("ii", "jr")) => {
                "exact"
            }
            (Some(_), Some(_)) => "different",
        };
        self.finding("suffix", level, 1.0, Source::Name)
    }

    fn npi(&self, view: &View<'_, '_>) -> Option<Finding> {
        let own = view.candidate.records[0].npi;
        let given = self.given.npi.as_ref()?;
        let n = self.chances.providers;
        let of = |level, specific: f64| Some(self.finding("npi", level, specific, Source::Provider));
        match given {
            GivenNpi::Valid(npi) if own == Some(*npi) => of("exact", n / WRONG_NPI),
            GivenNpi::Valid(_) if own.is_some() && own == self.given.replacement => of("exact", n / WRONG_NPI),
            GivenNpi::Valid(_) if self.chances.npi_is_known => of("other_provider", 1.0),
            // The number of every example, written where a form wants one.
            GivenNpi::Valid(npi) if *npi == SAMPLE_NPI => None,
            GivenNpi::Valid(_) => of("unknown", 1.0),
            // What has not nearly ten digits was never an NPI: a code, a licence, what a spreadsheet left.
            GivenNpi::Damaged(digits) if !(9..=11).contains(&digits.len()) => None,
            GivenNpi::Damaged(digits) => match own {
                Some(own) if is_near(digits, own) => of("near", 0.01 / NEAR_NPI),
                _ => of("bad", 1.0),
            },
        }
    }

    fn license(&self, view: &View<'_, '_>) -> Option<Finding> {
        let (state, _) = self.given.license.as_ref()?;
        let n = self.chances.providers;
        let record = &view.candidate.records[0];
        // A number means something in its own state only: everywhere else the same one is somebody else's.
        let is_elsewhere = state.is_some() && !record.licensed_in.is_empty();
        let has = |block: Option<u16>| block.is_some_and(|number| view.candidate.blocks.contains(&number));
        let of = |level, specific: f64| Some(self.finding("license", level, specific, Source::Provider));
        if state.is_some() && has(self.license) {
            return of("exact", n / WRONG_LICENSE);
        }
        if has(self.license_number) {
            return if is_elsewhere {
                Some(Finding {
                    field: "license",
                    level: "number_elsewhere",
                    bits: [0.0; 5],
                    source: Source::Provider,
                    reading: 0,
                })
            } else {
                of("number_only", n / 10.0)
            };
        }
        if record.licensed_in.is_empty() {
            return None;
        }
        match state {
            Some(state) if !record.licensed_in.iter().any(|own| own.eq_ignore_ascii_case(state)) => {
                of("other_state", 1.0)
            }
            _ => of("different", 1.0),
        }
    }

    fn specialty(&self, view: &View<'_, '_>) -> Option<Finding> {
        let record = &view.candidate.records[0];
        if self.given.specialties.is_empty() || record.specialties.is_empty() {
            return None;
        }
        let same = |class: &[&str], of: fn(&crate::vocab::lexicon::SpecialtyTerm) -> &str| {
            let own = record
                .specialties
                .iter()
                .filter_map(|code| self.lexicon.specialties.get(code));
            own.map(of).any(|own| class.contains(&own))
        };
        let level = if record
            .specialties
            .iter()
            .any(|own| self.given.specialties.iter().any(|code| code == own))
        {
            "exact"
        } else if same(&self.classes[0], |term| &term.classification) {
            "classification"
        } else if same(&self.classes[1], |term| &term.grouping) {
            "grouping"
        } else {
            "different"
        };
        Some(self.finding("specialty", level, 1.0 / self.chances.specialty, Source::Provider))
    }

    fn credential(&self, view: &View<'_, '_>) -> Option<Finding> {
        let own = credential_classes(view.parts.credential.as_deref()?);
        if own.is_empty() || self.given.credentials.is_empty() {
            return None;
        }
        let shared = own.iter().find(|class| self.given.credentials.contains(class));
        let same = shared.is_some();
        // An MD is no DO, though each is written for the other: that tells nothing. Nor does it that a nurse has studied on.
        let text = view.parts.credential.as_deref()?;
        let are_nurses = |classes: &[&str]| classes.iter().any(|class| NURSES.contains(class));
        if !same && are_nurses(&own) && are_nurses(&self.given.credentials) {
            return None;
        }
        if shared == Some(&PHYSICIAN) && !shares_a_word(&self.given.credential_words, text) {
            return None;
        }
        Some(self.finding("credential", if same { "same" } else { "different" }, 1.0, Source::Name))
    }

    /// A given name that agrees has told the gender already.
    fn gender(&self, view: &View<'_, '_>, before: &[Finding]) -> Option<Finding> {
        let (given, own) = (self.given.gender?, view.candidate.records[0].gender?);
        if given == Gender::Other || own == Gender::Other {
            return None;
        }
        let named = before
            .iter()
            .any(|f| f.field == "first" && matches!(f.level, "exact" | "nickname"));
        // Who has a woman's name is a woman, whatever the record says: father and son, namesakes and all who are called so are
        // of the same sex.
        let name = view.parts.given.first().map_or("", String::as_str);
        let level = match (given == own, named) {
            (true, true) => "implied",
            (true, false) => "exact",
            (false, true) if is_of_one_sex(name) => "slip",
            (false, _) => "different",
        };
        Some(self.finding("gender", level, 1.0, Source::Provider))
    }

    fn language(&self, view: &View<'_, '_>) -> Option<Finding> {
        let own: Vec<&str> = view.candidate.records[0]
            .languages
            .iter()
            .filter(|code| *code != "en")
            .collect();
        if own.is_empty() || self.given.languages.is_empty() {
            return None;
        }
        let shared = self.given.languages.iter().any(|code| own.contains(&code.as_str()));
        Some(self.finding(
            "language",
            if shared { "shared" } else { "different" },
            1.0,
            Source::Provider,
        ))
    }
}

/// Log2 of each probability times what one over chance comes to.
fn bits(row: &Level, by_chance: f64) -> [f64; 5] {
    row.under().map(|probability| match probability {
        Some(probability) => (probability * by_chance).max(1e-12).log2(),
        None => 0.0,
    })
}
