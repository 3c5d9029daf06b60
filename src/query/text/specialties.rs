//! Who is looked for: the phrases of specialties that a text has, taken together, and for whom.

use super::{Before, Reader, Term, townsfolk};
use crate::query::{changed::is_listed, spelling};
use crate::vocab::terms::{Gender, Profession};

/// Who is younger sees a children's doctor.
const GROWN_UP: u32 = 18;
/// Languages spoken nearby by everyone are still a wish when named, but not twice.
const MOST_LANGUAGES: usize = 8;

/// A shorter surname says little alone.
const SHORTEST_SURNAME: usize = 3;

/// Characters of a NUCC code.
const LENGTH_OF_CODE: usize = 10;

/// Of women, before one of [`DOCTORS`].
const WOMEN: &[&str] = &["lady", "woman", "women", "female"];
/// Kinds of doctors that a phrase of women is for.
const DOCTORS: &[&str] = &["doctor", "doctors", "dr", "physician", "gynecologist", "obgyn"];
/// Words for children's doctors that only say for whom another doctor is.
const CHILDISH: &[&str] = &["peds", "pedi", "pediatric", "paediatric", "pediatrics"];
/// Whoever interprets for others.
const INTERPRETER: &str = "171R00000X";
/// The doctors of children.
const PEDIATRICS: &str = "208000000X";
/// Internal medicine and what grew from it: they see adults.
const ADULTS: &str = "207R";
/// NUCC codes, and those of the same for children.
pub(in crate::query) const OF_CHILDREN: &[(&str, &str)] = &[
    ("103T00000X", "103TC2200X"),
    ("103TC0700X", "103TC2200X"),
    ("122300000X", "1223P0221X"),
    ("152W00000X", "152WP0200X"),
    ("207K00000X", "2080P0201X"),
    ("207N00000X", "207NP0225X"),
    ("207Q00000X", "208000000X"),
    ("207R00000X", "208000000X"),
    ("207RC0000X", "2080P0202X"),
    ("207RE0101X", "2080P0205X"),
    ("207RG0100X", "2080P0206X"),
    ("207RH0000X", "2080P0207X"),
    ("207RH0003X", "2080P0207X"),
    ("207RI0200X", "2080P0208X"),
    ("207RN0300X", "2080P0210X"),
    ("207RP1001X", "2080P0214X"),
    ("207RR0500X", "2080P0216X"),
    ("207W00000X", "207WX0110X"),
    ("207X00000X", "207XP3100X"),
    ("207Y00000X", "207YP0228X"),
    ("2084N0400X", "2084N0402X"),
    ("2084P0800X", "2084P0804X"),
    ("208600000X", "2086S0120X"),
    ("208800000X", "2088P0231X"),
    ("282N00000X", "282NC2000X"),
];

/// Words for houses beside those that the table of everyday words has.
const HOUSES: &[&str] = &[
    "clinic",
    "clinics",
    "clinica",
    "consultorio",
    "group",
    "groups",
    "hospital",
    "hospitals",
    "office",
    "offices",
    "practice",
    "practices",
];
/// Letters of licences that mean more elsewhere.
const LICENCES: &[(&str, &str)] = &[
    ("dc", "111N00000X"),
    ("nd", "175F00000X"),
    ("pa", "363A00000X"),
    ("rd", "133V00000X"),
];
/// Words for people that are not told by how they end.
const PEOPLE: &[&str] = &[
    "assistant",
    "chiropractor",
    "chiropractors",
    "counselor",
    "counselors",
    "doc",
    "docs",
    "doctor",
    "doctors",
    "doctora",
    "doula",
    "doulas",
    "dr",
    "midwife",
    "midwives",
    "np",
    "nurse",
    "nurses",
    "practitioner",
    "practitioners",
    "shrink",
    "specialist",
    "specialists",
    "surgeon",
    "surgeons",
];
/// What `surgeon` stands for alone.
const SURGEON: &str = "208600000X";
/// How the codes of those begin who operate.
const OPERATING: &[&str] = &[
    "1223S", "204E", "204F", "207N", "207T", "207V", "207W", "207X", "207Y", "2082", "2086", "2088", "208C", "208G",
    "213E",
];
/// How the codes of those begin whose care is called therapy, beside counselors.
const THERAPISTS: &[&str] = &["2251", "225X", "235Z"];
/// How words for kinds of care people end: `cardiologist`, `pediatrician`, `cardiologa`, `dentista`.
const ENDINGS: &[&str] = &["ist", "ists", "ian", "ians", "ista", "istas", "ologo", "ologa", "iatra"];

/// Whether a word says of another kind of doctor that children are seen.
pub(super) fn is_childish(word: &str) -> bool {
    CHILDISH.contains(&word) || matches!(word, "kids" | "childrens" | "children" | "child")
}

/// Whether a word is for a kind of person.
fn is_person(word: &str) -> bool {
    PEOPLE.contains(&word) || ENDINGS.iter().any(|ending| word.len() > 6 && word.ends_with(ending))
}

impl Reader<'_, '_> {
    /// The longer of a specialty and a language.
    pub(super) fn term(&mut self, at: usize) -> Option<usize> {
        let words = self.words;
        let rest = &words[at..];
        let lexicon = &self.snapshot.lexicon;
        let specialty = lexicon.specialties.longest_prefix(rest);
        let language = lexicon.languages.longest_prefix(rest);
        match (specialty, language) {
            (Some((codes, taken)), other) if other.is_none_or(|(_, length)| taken >= length) => {
                let phrase = &rest[..taken];
                let house = lexicon.everyday.is_house(&phrase.join(" "));
                let condition = (1..=taken).any(|n| lexicon.specialties.is_condition(&phrase[..n].join(" "))) || house;
                // `lady doctor`: of which kind, and that she is a woman.
                if let [first, second, ..] = phrase
                    && WOMEN.contains(&first.as_str())
                    && DOCTORS.contains(&second.as_str())
                {
                    self.reading.gender = self.reading.gender.or(Some(Gender::Female));
                }
                self.specialties.push((codes.to_vec(), condition));
                self.specialty_words.extend_from_slice(phrase);
                self.term_at(at, taken, "specialty", codes.join("|"));
                Some(taken)
            }
            (_, Some((language, taken))) => {
                let spoken = &mut self.reading.language;
                if spoken.len() < MOST_LANGUAGES && !spoken.contains(&language.code) {
                    spoken.push(language.code.clone());
                }
                self.term_at(at, taken, "language", language.code.clone());
                Some(taken)
            }
            _ => None,
        }
    }

    /// `wyatt family doctor bangor me`: behind a surname what a person is called by their trade, whatever house is called by its first
    /// words.
    pub(super) fn is_trade_behind_surname(&self, at: usize) -> bool {
        let [named] = self.named.as_slice() else { return false };
        let rest = &self.words[at..];
        let phrase = self.snapshot.lexicon.specialties.longest_prefix(rest);
        let trade = phrase.is_some_and(|(_, taken)| taken > 1 && is_person(&rest[taken - 1]));
        trade
            && self.before == Before::Name
            && spelling::is_borne_by_person(self.snapshot, &self.words[*named..=*named])
    }

    /// `walker internist durham nc`, `audiologist burns houston tx`: of two kinds of care one that is the surname of somebody in the
    /// town who is of the other.
    pub(super) fn take_surname_of_kind(&mut self) {
        let place = self.reading.place.clone().filter(|place| place.city.is_some());
        let (Some(town), true, true) = (place, self.named.is_empty(), self.specialties.len() > 1) else {
            return;
        };
        let all = self.care().into_iter().map(str::to_owned).collect::<Vec<_>>();
        let mut terms = self.reading.terms.iter().filter(|term| term.kind == "specialty");
        let found = terms.find_map(|term| {
            let codes: Vec<&str> = term.value.split('|').collect();
            let others = all.iter().map(String::as_str).filter(|code| !codes.contains(code));
            let others: Vec<&str> = others.collect();
            let at = self.tokens.iter().position(|token| token.start == term.start)?;
            let word = &self.words[at];
            let alone = self.tokens[at].end == term.end && word.len() >= SHORTEST_SURNAME && !is_person(word);
            let called = alone && !others.is_empty() && townsfolk::has_surname(self.snapshot, word, &others, &town);
            called.then(|| (at, term.clone()))
        });
        let Some((at, term)) = found else { return };
        self.specialties.retain(|(codes, _)| codes.join("|") != term.value);
        self.specialty_words.retain(|word| *word != self.words[at]);
        self.reading.terms.retain(|own| *own != term);
        self.named.push(at);
    }

    /// `207RC0000X`: a code of the vocabulary; or, at the beginning and before what leads to a place, letters of a licence that are
    /// a state's or a road's elsewhere: `dc in houston`.
    pub(super) fn code(&self, at: usize) -> Option<String> {
        let word = self.words[at].as_str();
        let led = at == 0
            && self
                .words
                .get(1)
                .is_some_and(|next| matches!(next.as_str(), "in" | "near" | "around"));
        if let Some((_, code)) = LICENCES.iter().find(|(letters, _)| led && *letters == word) {
            return Some((*code).to_owned());
        }
        let code = (word.len() == LENGTH_OF_CODE && word.ends_with('x')).then(|| word.to_ascii_uppercase())?;
        self.snapshot.lexicon.specialties.get(&code).map(|_| code)
    }

    /// What all phrases agree on; else what those ask for who name a kind of doctor, whatever they have; else what any asks
    /// for. For a child, the children's doctors among them.
    pub(super) fn settle_specialty(&mut self) {
        let lexicon = &self.snapshot.lexicon;
        self.take_out_childish();
        if self.child {
            let phrase = ["pediatric".to_owned(), self.specialty_words.join(" ")].join(" ");
            let wanted = if self.specialties.is_empty() {
                "pediatrician"
            } else {
                phrase.trim()
            };
            let codes = lexicon.specialties.resolve(wanted);
            let somebody = |code: &String| is_listed(self.snapshot, code);
            if self.specialties.is_empty() || codes.iter().any(somebody) {
                self.reading.specialty = codes.to_vec();
                return;
            }
        }
        let Some((first, _)) = self.specialties.first() else {
            return;
        };
        let mut common = first.clone();
        for (codes, _) in &self.specialties[1..] {
            common.retain(|code| codes.contains(code));
        }
        if !common.is_empty() {
            self.reading.specialty = self.for_child(common);
            return;
        }
        // `asl interpreter at the eye doctor`: who is asked for is the doctor.
        let interprets = |(codes, _): &(Vec<String>, bool)| codes.first().is_some_and(|code| code == INTERPRETER);
        if self.specialties.iter().any(|phrase| !interprets(phrase)) {
            self.specialties.retain(|phrase| !interprets(phrase));
        }
        self.leave_out_modifier();
        self.take_surgeon_of_condition();
        self.leave_therapy_of_condition();
        let titles = self.specialties.iter().any(|(_, condition)| !condition);
        let mut all: Vec<String> = Vec::new();
        for (codes, _) in self.specialties.iter().filter(|(_, condition)| !titles || !condition) {
            all.extend(
                codes
                    .iter()
                    .filter(|code| !all.contains(code))
                    .cloned()
                    .collect::<Vec<_>>(),
            );
        }
        self.reading.specialty = self.for_child(all);
    }

    /// `rotator cuff surgeon`: whoever operates on what somebody has, not the general surgeon. Where nobody does, the word stays.
    fn take_surgeon_of_condition(&mut self) {
        let is_surgeon = |(codes, condition): &(Vec<String>, bool)| !condition && codes.as_slice() == [SURGEON];
        let Some(surgeon) = self.specialties.iter().position(is_surgeon) else {
            return;
        };
        let mut operating: Vec<String> = Vec::new();
        for (codes, _) in self.specialties.iter().filter(|(_, condition)| *condition) {
            let operates =
                |code: &&String| OPERATING.iter().any(|own| code.starts_with(own)) && !operating.contains(*code);
            let new: Vec<String> = codes.iter().filter(operates).cloned().collect();
            operating.extend(new);
        }
        if !operating.is_empty() {
            self.specialties[surgeon].0 = operating;
        }
    }

    /// `bladder therapy`, `cancer therapy`: behind what somebody has the word is no talk with a counselor.
    fn leave_therapy_of_condition(&mut self) {
        let terms = self.reading.terms.iter().filter(|term| term.kind == "specialty");
        let terms: Vec<&Term> = terms.collect();
        let is_condition = |term: &Term| {
            let mut phrases = self.specialties.iter();
            phrases.any(|(codes, condition)| *condition && codes.join("|") == term.value)
        };
        let is_therapist = |code: &str| THERAPISTS.iter().any(|own| code.starts_with(own));
        let pair = terms.windows(2).find_map(|pair| {
            // `hamstring injury therapist`, where a therapist treats it.
            let is_meant = match pair[1].text.as_str() {
                "therapy" => true,
                "therapist" | "therapists" => pair[0].value.split('|').any(is_therapist),
                _ => false,
            };
            let beside = pair[0].end + 1 == pair[1].start && is_meant;
            (beside && is_condition(pair[0])).then(|| (pair[0].value.clone(), pair[1].value.clone()))
        });
        let Some((condition, therapy)) = pair else { return };
        self.specialties.retain(|(codes, _)| codes.join("|") != therapy);
        self.specialty_words.retain(|word| word != "therapy");
        // `knee pain therapy`: of those who treat it the therapists.
        for (codes, _) in self
            .specialties
            .iter_mut()
            .filter(|(codes, _)| codes.join("|") == condition)
        {
            if codes.iter().any(|code| is_therapist(code)) {
                codes.retain(|code| is_therapist(code));
            }
        }
    }

    /// `oncology nurse`, `family medicine nurse practitioner`: of two kinds side by side the last is whom they want, if only that one is a
    /// word for people. The first is left out, and that is told.
    fn leave_out_modifier(&mut self) {
        let terms: Vec<&Term> = self
            .reading
            .terms
            .iter()
            .filter(|term| term.kind == "specialty")
            .collect();
        let of_people = |term: &Term| term.text.split(' ').next_back().is_some_and(is_person);
        let pair = terms
            .windows(2)
            .find(|pair| pair[0].end + 1 == pair[1].start && !of_people(pair[0]) && of_people(pair[1]));
        let Some(said) = pair.map(|pair| (pair[0].value.clone(), pair[0].text.clone())) else {
            return;
        };
        let (value, text) = said;
        let before = self.specialties.len();
        // What somebody has is never asked for beside a trade.
        self.specialties
            .retain(|(codes, condition)| *condition || codes.join("|") != value);
        if self.specialties.is_empty() || self.specialties.len() == before {
            return;
        }
        self.tell(format!("nobody here is known by both, so `{text}` is left out"));
        if let Some(term) = self.reading.terms.iter_mut().find(|term| term.text == text) {
            term.kind = "unknown";
        }
    }

    /// `cardiologist`, but not `cardiologist office`: houses that have the same codes are not meant.
    pub(super) fn settle_kind(&mut self) {
        let everyday = self.everyday();
        let is_house =
            |word: &String| HOUSES.contains(&word.as_str()) || everyday.is_institution(word) || everyday.is_house(word);
        let names_person = self.specialty_words.iter().any(|word| is_person(word));
        self.reading.means_person = names_person && !self.words.iter().any(is_house);
    }

    /// `doctor`, where nothing says of which kind or name, or by which number they are found.
    pub(super) fn settle_profession(&mut self) {
        let reading = &self.reading;
        let known = !reading.specialty.is_empty()
            || !reading.name.is_empty()
            || reading.npi.is_some()
            || reading.mistyped_npi.is_some()
            || reading.phone.is_some();
        let Some(at) = self.physician.filter(|_| !known) else {
            return;
        };
        self.reading.profession = Some(Profession::Physician);
        // `doctora`: a term already says that she is a woman.
        let start = self.tokens[at].start;
        if !self
            .reading
            .terms
            .iter()
            .any(|term| (term.start..term.end).contains(&start))
        {
            self.term_at(at, 1, "profession", Profession::Physician.code().to_owned());
        }
    }

    /// `peds cardiology`: the heart doctors of children, not children's doctors and heart doctors.
    fn take_out_childish(&mut self) {
        let is_childish = |(codes, _): &(Vec<String>, bool)| codes.as_slice() == [PEDIATRICS];
        let said = self
            .specialty_words
            .iter()
            .any(|word| CHILDISH.contains(&word.as_str()));
        if said && self.specialties.iter().any(|phrase| !is_childish(phrase)) {
            self.specialties.retain(|phrase| !is_childish(phrase));
            self.specialty_words.retain(|word| !CHILDISH.contains(&word.as_str()));
            self.child = true;
        }
    }

    /// For a child those who see children: beside whoever sees everybody, in the place of whoever sees adults only.
    fn for_child(&self, codes: Vec<String>) -> Vec<String> {
        if !self.child {
            return codes;
        }
        let mut kept: Vec<String> = Vec::with_capacity(codes.len());
        for code in &codes {
            let own = OF_CHILDREN
                .iter()
                .find(|(adults, _)| adults == code)
                .map(|(_, children)| *children);
            let adults_only = code.starts_with(ADULTS);
            let both = (!adults_only).then_some(code.as_str()).into_iter().chain(own);
            for code in both {
                if !kept.iter().any(|known| known == code) {
                    kept.push(code.to_owned());
                }
            }
        }
        // Where nobody here is for children, whoever sees adults may know what to do.
        let somebody = |code: &String| is_listed(self.snapshot, code);
        if kept.iter().any(somebody) { kept } else { codes }
    }
}

/// `3 year old`, `6 months old`, `16yo`: whether that is a child, and how many words tell it.
pub(super) fn age(words: &[String]) -> Option<(bool, usize)> {
    let word = |at: usize| words.get(at).map(String::as_str);
    let said = word(0)?;
    let digits = said.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u32 = digits.parse().ok()?;
    let years = |unit: &str| matches!(unit, "year" | "years" | "yr" | "yrs" | "anos" | "ano");
    let (years, taken) = match (&said[digits.len()..], word(1), word(2)) {
        ("yo", ..) => (number, 1),
        ("", Some("yo"), _) => (number, 2),
        ("", Some("y"), Some("o")) => (number, 3),
        ("", Some(unit), Some("old")) if years(unit) => (number, 3),
        ("", Some("mo" | "mos" | "month" | "months" | "week" | "weeks" | "day" | "days"), Some("old")) => (0, 3),
        ("", Some("anos" | "meses"), _) => (if word(1) == Some("meses") { 0 } else { number }, 2),
        (unit, Some("old"), _) if years(unit) => (number, 2),
        _ => return None,
    };
    Some((years < GROWN_UP, taken))
}
