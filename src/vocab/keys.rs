//! Keys under which two writings of one thing meet: phones, licence numbers, street addresses, names of persons and of
//! organisations. The index keeps a provider's keys, and a record that asks who is meant is turned into the same ones.

use rphonetic::DoubleMetaphone;

use super::names;

/// Letters of a phonetic key.
const SOUND_LENGTH: usize = 6;

/// Words of a surname that are no surname by themselves.
const PARTICLES: &[&str] = &[
    "de", "la", "del", "los", "las", "van", "von", "der", "den", "da", "di", "do", "dos", "el", "al", "le", "st", "mc",
    "mac", "ter", "ten", "bin", "ibn", "ben",
];

/// Words in the name of an organisation that say nothing about which one it is.
const FORMS: &[&str] = &[
    "llc",
    "inc",
    "incorporated",
    "pc",
    "pllc",
    "pa",
    "corp",
    "corporation",
    "llp",
    "lp",
    "ltd",
    "limited",
    "co",
    "company",
    "psc",
    "plc",
    "apc",
    "the",
    "of",
    "and",
    "at",
    "for",
    "dba",
];

/// Long and short writings of words in names of organisations.
const ORGANIZATION_WORDS: &[(&str, &str)] = &[
    ("center", "ctr"),
    ("centre", "ctr"),
    ("centers", "ctr"),
    ("associates", "assoc"),
    ("association", "assoc"),
    ("associate", "assoc"),
    ("assocs", "assoc"),
    ("hospital", "hosp"),
    ("medical", "med"),
    ("medicine", "med"),
    ("saint", "st"),
    ("mount", "mt"),
    ("regional", "reg"),
    ("memorial", "mem"),
    ("rehabilitation", "rehab"),
    ("laboratory", "lab"),
    ("laboratories", "lab"),
    ("labs", "lab"),
    ("orthopaedic", "ortho"),
    ("orthopaedics", "ortho"),
    ("orthopedic", "ortho"),
    ("orthopedics", "ortho"),
    ("pediatrics", "peds"),
    ("pediatric", "peds"),
    ("services", "svcs"),
    ("service", "svcs"),
    ("svc", "svcs"),
    ("department", "dept"),
    ("university", "univ"),
    ("community", "comm"),
    ("county", "cnty"),
    ("physicians", "phys"),
    ("physician", "phys"),
    ("pharmacy", "pharm"),
    ("surgical", "surg"),
    ("surgery", "surg"),
    ("clinic", "clin"),
    ("clinics", "clin"),
    ("group", "grp"),
    ("institute", "inst"),
    ("diagnostics", "diag"),
    ("diagnostic", "diag"),
];

/// USPS Publication 28: words of a street as they are abbreviated.
const STREET_WORDS: &[(&str, &str)] = &[
    ("street", "st"),
    ("str", "st"),
    ("avenue", "ave"),
    ("av", "ave"),
    ("boulevard", "blvd"),
    ("boul", "blvd"),
    ("road", "rd"),
    ("drive", "dr"),
    ("drv", "dr"),
    ("lane", "ln"),
    ("court", "ct"),
    ("circle", "cir"),
    ("place", "pl"),
    ("plaza", "plz"),
    ("parkway", "pkwy"),
    ("pky", "pkwy"),
    ("highway", "hwy"),
    ("expressway", "expy"),
    ("freeway", "fwy"),
    ("terrace", "ter"),
    ("terr", "ter"),
    ("trail", "trl"),
    ("square", "sq"),
    ("turnpike", "tpke"),
    ("pike", "pike"),
    ("route", "rte"),
    ("rt", "rte"),
    ("alley", "aly"),
    ("crossing", "xing"),
    ("center", "ctr"),
    ("centre", "ctr"),
    ("heights", "hts"),
    ("mount", "mt"),
    ("saint", "st"),
    ("fort", "ft"),
    ("north", "n"),
    ("south", "s"),
    ("east", "e"),
    ("west", "w"),
    ("northeast", "ne"),
    ("northwest", "nw"),
    ("southeast", "se"),
    ("southwest", "sw"),
    ("first", "1st"),
    ("second", "2nd"),
    ("third", "3rd"),
    ("fourth", "4th"),
    ("fifth", "5th"),
    ("sixth", "6th"),
    ("seventh", "7th"),
    ("eighth", "8th"),
    ("ninth", "9th"),
    ("tenth", "10th"),
];

/// Words behind which stands a unit within a building.
const UNITS: &[&str] = &[
    "ste",
    "suite",
    "unit",
    "apt",
    "apartment",
    "fl",
    "floor",
    "flr",
    "rm",
    "room",
    "bldg",
    "building",
    "dept",
    "lot",
    "spc",
    "level",
    "lvl",
    "lbby",
    "ph",
];

const DIRECTIONS: &[&str] = &["n", "s", "e", "w", "ne", "nw", "se", "sw"];

/// The ten digits of a phone, without country code and extension.
pub fn phone(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let before = lower.split(['x', '#', ';']).next().unwrap_or_default();
    let digits: String = before.chars().filter(char::is_ascii_digit).collect();
    let digits = match digits.len() {
        11 => digits.strip_prefix('1')?,
        _ => digits.as_str(),
    };
    (digits.len() == 10).then(|| digits.to_owned())
}

/// A licence number without punctuation, case and leading zeros.
pub fn license(text: &str) -> Option<String> {
    let all: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let bare = all.trim_start_matches('0').to_ascii_lowercase();
    (bare.len() >= 2).then_some(bare)
}

/// A street address as it is compared: words abbreviated, the unit left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Street {
    /// `1000`, `n12w345`, `pobox`.
    pub house: String,
    /// All further words: `n asylum ave`.
    pub words: Vec<String>,
}

impl Street {
    /// Reads the two lines of an address; a building's name before the number is passed over.
    pub fn parse(line1: Option<&str>, line2: Option<&str>) -> Option<Self> {
        [line1, line2].into_iter().flatten().find_map(Self::of_line)
    }

    fn of_line(line: &str) -> Option<Self> {
        let line = line.replace('#', " unit ").to_lowercase();
        let mut words: Vec<String> = names::words(&line)
            .into_iter()
            .map(|word| short(STREET_WORDS, word))
            .collect();
        if let Some(at) = words.iter().position(|word| word == "box") {
            let number = words.get(at + 1)?.clone();
            return Some(Self {
                house: "box".to_owned(),
                words: vec![number],
            });
        }
        let start = words
            .iter()
            .position(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
        words.drain(..start);
        if let Some(at) = words.iter().skip(1).position(|word| UNITS.contains(&word.as_str())) {
            words.truncate(at + 1);
        }
        let house = words.remove(0);
        (!words.is_empty()).then_some(Self { house, words })
    }

    /// House number and the street's own word: `1000 asylum`.
    pub fn key(&self) -> String {
        let is_own = |word: &&String| !DIRECTIONS.contains(&word.as_str());
        let own = self.words.iter().find(is_own).or_else(|| self.words.first());
        format!("{} {}", self.house, own.map_or("", String::as_str))
    }
}

fn short(table: &[(&str, &str)], word: String) -> String {
    match table.iter().find(|(long, _)| **long == word) {
        Some((_, short)) => (*short).to_owned(),
        None => word,
    }
}

/// The words of an organisation's name that tell it from others, in short writing.
pub fn organization_words(name: &str) -> Vec<String> {
    telling_words(&names::words(name))
}

/// The same of the folded words of a name.
pub fn telling_words(all: &[String]) -> Vec<String> {
    let telling: Vec<String> = all
        .iter()
        .filter(|word| !FORMS.contains(&word.as_str()))
        .map(|word| short(ORGANIZATION_WORDS, word.clone()))
        .collect();
    if telling.is_empty() { all.to_vec() } else { telling }
}

/// The writings of a word of an organisation's name that are abbreviated to it.
pub fn long_writings(short: &str) -> impl Iterator<Item = &'static str> {
    let all = ORGANIZATION_WORDS.iter().filter(move |(_, known)| *known == short);
    all.map(|(long, _)| *long)
}

/// An organisation's name in one word.
pub fn glued(name: &str) -> String {
    names::words(name).concat()
}

/// Legal forms that exclude one another.
const LEGAL_FORMS: &[(&str, &str)] = &[
    ("llc", "llc"),
    ("inc", "inc"),
    ("incorporated", "inc"),
    ("corp", "inc"),
    ("corporation", "inc"),
    ("pc", "pc"),
    ("pllc", "pllc"),
    ("pa", "pa"),
    ("llp", "llp"),
    ("lp", "lp"),
    ("ltd", "ltd"),
    ("limited", "ltd"),
];

/// The legal form at the end of an organisation's name.
pub fn legal_form(name: &str) -> Option<&'static str> {
    legal_form_of(&names::words(name))
}

/// The same of the folded words of a name.
pub fn legal_form_of(words: &[String]) -> Option<&'static str> {
    let last = words.last()?;
    LEGAL_FORMS.iter().find(|(word, _)| word == last).map(|(_, form)| *form)
}

/// The surnames that a last name holds: the whole in one word, then its parts where it has several.
pub fn surnames(last: &str) -> Vec<String> {
    let words = names::words(last);
    let words: Vec<&String> = words
        .iter()
        .filter(|word| !names::SUFFIXES.contains(&word.as_str()))
        .collect();
    let whole: String = words.iter().map(|word| word.as_str()).collect();
    let mut all = vec![whole];
    if words.len() > 1 {
        let parts = words
            .into_iter()
            .filter(|word| word.len() > 2 && !PARTICLES.contains(&word.as_str()));
        all.extend(parts.cloned());
    }
    all.retain(|name| !name.is_empty());
    all.dedup();
    all
}

/// How a surname sounds (Double Metaphone).
pub fn sound(surname: &str) -> String {
    if !surname.is_ascii() {
        return String::new();
    }
    DoubleMetaphone::new(Some(SOUND_LENGTH))
        .double_metaphone(surname)
        .primary()
}

/// The keys themselves. Each kind begins with a letter of its own; a bar separates the parts.
pub mod key {
    /// Everybody with a surname: for its frequency.
    pub fn last(surname: &str) -> String {
        format!("l|{surname}")
    }

    /// Everybody with a given name: for its frequency.
    pub fn first(given: &str) -> String {
        format!("f|{given}")
    }

    /// Surname and given name, anywhere.
    pub fn person(surname: &str, given: &str) -> String {
        format!("n|{surname}|{given}")
    }

    /// Surname and initial in a state.
    pub fn local(surname: &str, initial: char, state: &str) -> String {
        format!("s|{surname}|{initial}|{}", state.to_ascii_lowercase())
    }

    /// The sound of a surname and initial in a state.
    pub fn sounding(sound: &str, initial: char, state: &str) -> String {
        format!("d|{sound}|{initial}|{}", state.to_ascii_lowercase())
    }

    /// A phone of ten digits.
    pub fn phone(digits: &str) -> String {
        format!("t|{digits}")
    }

    /// A licence of a state; without a state, the number anywhere.
    pub fn license(state: Option<&str>, number: &str) -> String {
        format!("c|{number}|{}", state.unwrap_or_default().to_ascii_lowercase())
    }

    /// A street address in a ZIP of five digits.
    pub fn address(street: &str, zip5: &str) -> String {
        format!("a|{street}|{zip5}")
    }

    /// An organisation by the words of its name.
    pub fn organization(words: &[String]) -> String {
        format!("o|{}", words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_writings_have_one_key() {
        for writing in ["(713) 555-0123", "+1 713.555.0123", "713-555-0123 x 42", "7135550123"] {
            assert_eq!(phone(writing).as_deref(), Some("7135550123"), "{writing}");
        }
        assert_eq!(phone("555-0123"), None);
        for writing in ["TX-00123", "tx00123"] {
            assert_eq!(license(writing).as_deref(), Some("tx00123"), "{writing}");
        }
        assert_eq!(license("000-4521").as_deref(), Some("4521"));
        for writing in [
            "1000 North Asylum Avenue, Suite 4309",
            "1000 N. ASYLUM AVE #4309",
            "1000 asylum ave fl 2",
        ] {
            let street = Street::parse(Some(writing), None).expect("a street");
            assert_eq!(street.key(), "1000 asylum", "{writing}");
        }
        let street = Street::parse(Some("Memorial Building"), Some("12 Fifth St")).expect("a street");
        assert_eq!(street.key(), "12 5th");
        assert_eq!(Street::parse(Some("P.O. Box 77"), None).expect("a box").key(), "box 77");
        assert_eq!(
            organization_words("The Saint Mary's Medical Center, LLC"),
            organization_words("ST MARYS MED CTR")
        );
    }

    #[test]
    fn a_double_surname_is_met_by_its_parts() {
        assert_eq!(surnames("Smith-Jones"), ["smithjones", "smith", "jones"]);
        assert_eq!(surnames("De La Cruz"), ["delacruz", "cruz"]);
        assert_eq!(surnames("VERGO, JR."), ["vergo"]);
        assert_eq!(sound("smith"), sound("smyth"));
    }
}
