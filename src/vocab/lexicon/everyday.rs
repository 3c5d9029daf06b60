//! Words of everyday sentences that name nobody and nothing by themselves.

use rustc_hash::{FxHashMap, FxHashSet};

use super::table::{Table, TableError};
use crate::vocab::{names::words, vocabulary::Vocabulary};

const COLUMNS: &[&str] = &["phrase", "kind"];
const FILE: &str = "everyday_words.csv";

type Words = FxHashSet<Box<str>>;

/// What somebody says who needs help at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// Somebody may be a danger to themselves.
    Crisis,
    /// Somebody is in danger of life.
    Emergency,
    /// Somebody has swallowed what harms.
    Poison,
    /// Somebody is hurt by somebody else.
    Violence,
    /// A child is.
    Abuse,
}

impl Alarm {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Crisis, Self::Emergency, Self::Poison, Self::Violence, Self::Abuse];

    /// A phrase for the kind of care that helps, where none was asked for.
    pub fn care(self) -> &'static str {
        match self {
            Self::Crisis => "suicide prevention",
            Self::Emergency | Self::Poison => "emergency room",
            Self::Violence => "sexual assault",
            Self::Abuse => "pediatrician",
        }
    }

    /// Whom to call.
    pub fn told(self) -> &'static str {
        match self {
            Self::Crisis => {
                "in a crisis call or text 988 (Suicide and Crisis Lifeline) at any hour; in danger of life call 911"
            }
            Self::Emergency => "in an emergency call 911",
            Self::Poison => {
                "after swallowing what may harm call Poison Help, 1-800-222-1222, at any hour; in danger of life call 911"
            }
            Self::Violence => {
                "in danger call 911; the National Domestic Violence Hotline, 1-800-799-7233, and the National Sexual Assault \
                 Hotline, 1-800-656-4673, listen at any hour"
            }
            Self::Abuse => {
                "for a child in danger call 911; the Childhelp National Child Abuse Hotline, 1-800-422-4453, listens at any hour"
            }
        }
    }
}

/// What sentences are made of beside what they ask for.
#[derive(Clone, Debug, Default)]
pub struct EverydayWords {
    fillers: Words,
    common: Words,
    institutions: Words,
    ordinary: Words,
    children: Words,
    houses: Words,
    /// By their first word: the words behind it.
    alarms: FxHashMap<Box<str>, Vec<(Vec<String>, Alarm)>>,
    /// Fillers and words for children: what a misspelt word may stand for.
    pub spelt: Vocabulary,
}

impl EverydayWords {
    /// Reads `everyday_words.csv`.
    ///
    /// # Errors
    /// Unknown columns or kinds, a phrase that is not in folded words, of several words where one is read, or there twice.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let mut table = Table::open(FILE, text, COLUMNS)?;
        let mut read = Self::default();
        while let Some(row) = table.next()? {
            let (phrase, kind) = (row.required(0)?, row.required(1)?);
            let folded = words(phrase);
            if let Some(alarm) = alarm_of(kind)
                && let [first, behind @ ..] = folded.as_slice()
                && folded.join(" ") == phrase
            {
                let known = read.alarms.entry(first.as_str().into()).or_default();
                known.push((behind.to_vec(), alarm));
                continue;
            }
            let (of_kind, is_word) = match kind {
                "filler" => (&mut read.fillers, true),
                "common" => (&mut read.common, true),
                "institution" => (&mut read.institutions, true),
                "ordinary" => (&mut read.ordinary, true),
                "child" => (&mut read.children, true),
                "house" => (&mut read.houses, false),
                "crisis" | "emergency" | "poison" | "violence" | "abuse" => {
                    return Err(row.fault(format!("`{phrase}` is not words in lower case")));
                }
                other => {
                    return Err(row.fault(format!(
                        "`{other}` is no kind: filler, common, institution, ordinary, child, house, crisis, emergency, poison, \
                         violence, abuse"
                    )));
                }
            };
            if folded.join(" ") != phrase || (is_word && folded.len() != 1) {
                let wanted = if is_word { "one word" } else { "words" };
                return Err(row.fault(format!("`{phrase}` is not {wanted} in lower case")));
            }
            if !of_kind.insert(phrase.into()) {
                return Err(row.fault(format!("`{phrase}` is there already as `{kind}`")));
            }
        }
        let spelt = read.fillers.iter().chain(&read.children);
        read.spelt = Vocabulary::of_many(spelt.map(|word| (word.to_string(), 1)).collect());
        Ok(read)
    }

    /// What the words begin with that calls for help, and how many of them that is.
    pub fn alarm(&self, words: &[String]) -> Option<(Alarm, usize)> {
        let (first, behind) = words.split_first()?;
        let known = self.alarms.get(first.as_str())?;
        let said = known.iter().filter(|(rest, _)| behind.starts_with(rest));
        let longest = said.max_by_key(|(rest, _)| rest.len())?;
        Some((longest.1, longest.0.len() + 1))
    }

    /// Whether a word carries no meaning of its own in a search.
    pub fn is_filler(&self, word: &str) -> bool {
        self.fillers.contains(word) || self.is_common(word)
    }

    /// Whether it is one of those that are names of people and houses, too: where somebody bears it with the words beside it,
    /// it is.
    pub fn is_common(&self, word: &str) -> bool {
        self.common.contains(word)
    }

    /// Whether it is of the names of institutions, and says nothing where no such name is borne.
    pub fn is_institution(&self, word: &str) -> bool {
        self.institutions.contains(word)
    }

    /// Whether it is a word of stories and complaints: nobody is called like it who is not called exactly so.
    pub fn is_ordinary(&self, word: &str) -> bool {
        self.ordinary.contains(word)
    }

    /// Whether it says that the patient is a child.
    pub fn is_child(&self, word: &str) -> bool {
        self.children.contains(word)
    }

    /// Whether a phrase is for a kind of house, which says nothing more beside a kind of doctor.
    pub fn is_house(&self, phrase: &str) -> bool {
        self.houses.contains(phrase)
    }
}

fn alarm_of(kind: &str) -> Option<Alarm> {
    match kind {
        "crisis" => Some(Alarm::Crisis),
        "emergency" => Some(Alarm::Emergency),
        "poison" => Some(Alarm::Poison),
        "violence" => Some(Alarm::Violence),
        "abuse" => Some(Alarm::Abuse),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_of_their_kinds_and_bad_rows_are_refused() {
        let read = EverydayWords::parse(
            "phrase,kind\nthe,filler\nbirth,ordinary\nson,common\nson,child\nmedical center,house\n",
        );
        let read = read.expect("a table");
        assert!(read.is_filler("the") && read.is_filler("son") && read.is_child("son") && !read.is_common("the"));
        assert!(read.is_ordinary("birth") && !read.is_filler("birth"));
        assert!(read.is_house("medical center") && !read.is_institution("center"));
        let alarms = EverydayWords::parse("phrase,kind\nkill myself,crisis\n911,emergency\ntoo many pills,poison\n")
            .expect("a table");
        let alarm = |text: &str| alarms.alarm(&words(text)).map(|(alarm, _)| alarm);
        assert_eq!(alarm("kill myself tonight"), Some(Alarm::Crisis));
        assert_eq!(alarm("911"), Some(Alarm::Emergency));
        assert_eq!(alarm("too many pills by mistake"), Some(Alarm::Poison));
        assert_eq!((alarm("kill"), alarm("myself")), (None, None));
        assert_eq!(read.spelt.at_one_edit("soon").len(), 0, "too short to be misspelt");
        for (row, reason) in [
            ("the,word", "no kind"),
            ("The,filler", "lower case"),
            ("Kill,crisis", "lower case"),
            ("of the,filler", "one word"),
            ("the,filler\nthe,filler", "already"),
        ] {
            let refused = EverydayWords::parse(&format!("phrase,kind\n{row}\n")).expect_err(row);
            assert!(refused.file == FILE && refused.reason.contains(reason), "{refused}");
        }
        assert!(EverydayWords::parse("word\nthe\n").is_err());
    }
}
