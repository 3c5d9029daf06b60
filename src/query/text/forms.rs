//! Texts that were copied from a form, a table or a card: `Name: Jane Smith`, `Specialty: Cardiology | ZIP: 10013`. What stands
//! before a colon says what stands behind it, and is no part of it; and letters that were written apart: `d e n t i s t`.

use super::spoken;
use crate::index::Snapshot;
use crate::query::spelling;
use crate::vocab::names::{TITLES, Token};

/// What a label says of what stands behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Label {
    /// Nothing that it does not say itself.
    Plain,
    /// Words of a name.
    Name,
    /// `F` or `M`.
    Gender,
    /// The label itself is what is wished for, where the answer is yes.
    Wish,
    /// Nothing that can be searched for.
    Private,
}

/// Labels, in folded words.
const LABELS: &[(&str, Label)] = &[
    ("accepting new patients", Label::Wish),
    ("accepting patients", Label::Wish),
    ("address", Label::Plain),
    ("birth date", Label::Private),
    ("city", Label::Plain),
    ("city state", Label::Plain),
    ("clinic", Label::Plain),
    ("clinic name", Label::Name),
    ("copay", Label::Private),
    ("county", Label::Plain),
    ("credentials", Label::Private),
    ("date", Label::Private),
    ("date of birth", Label::Private),
    ("dob", Label::Private),
    ("doctor", Label::Plain),
    ("doctor name", Label::Name),
    ("email", Label::Private),
    ("facility", Label::Plain),
    ("facility name", Label::Name),
    ("fax", Label::Private),
    ("fax number", Label::Private),
    ("first", Label::Name),
    ("first name", Label::Name),
    ("firstname", Label::Name),
    ("full name", Label::Name),
    ("fullname", Label::Name),
    ("gender", Label::Gender),
    ("group", Label::Private),
    ("group number", Label::Private),
    ("hours", Label::Plain),
    ("id", Label::Private),
    ("insurance", Label::Plain),
    ("insurance plan", Label::Plain),
    ("language", Label::Plain),
    ("languages", Label::Plain),
    ("languages spoken", Label::Plain),
    ("last", Label::Name),
    ("last name", Label::Name),
    ("lastname", Label::Name),
    ("license", Label::Private),
    ("license number", Label::Private),
    ("location", Label::Plain),
    ("looking for", Label::Plain),
    ("medicaid id", Label::Private),
    ("member id", Label::Private),
    ("member number", Label::Private),
    ("middle name", Label::Name),
    ("name", Label::Name),
    ("network", Label::Plain),
    ("new patients", Label::Wish),
    ("npi", Label::Plain),
    ("npi number", Label::Plain),
    ("office", Label::Plain),
    ("organization", Label::Plain),
    ("patient", Label::Private),
    ("patient name", Label::Private),
    ("phone", Label::Plain),
    ("phone number", Label::Plain),
    ("physician", Label::Plain),
    ("physician name", Label::Name),
    ("plan", Label::Plain),
    ("practice", Label::Plain),
    ("practice name", Label::Name),
    ("preferred language", Label::Plain),
    ("provider", Label::Plain),
    ("provider name", Label::Name),
    ("provider type", Label::Plain),
    ("sex", Label::Gender),
    ("speciality", Label::Plain),
    ("specialties", Label::Plain),
    ("specialty", Label::Plain),
    ("state", Label::Plain),
    ("subject", Label::Plain),
    ("taxonomy", Label::Plain),
    ("tel", Label::Plain),
    ("telehealth", Label::Wish),
    ("telephone", Label::Plain),
    ("type", Label::Plain),
    ("website", Label::Private),
    ("wheelchair accessible", Label::Wish),
    ("zip", Label::Plain),
    ("zip code", Label::Plain),
    ("zipcode", Label::Plain),
];
/// Most words of a label.
const MOST_OF_LABEL: usize = 3;
/// Answers that ask for nothing.
const NOTHING: &[&str] = &[
    "no", "none", "n", "na", "false", "any", "all", "either", "unknown", "null",
];
/// Answers that say that the label holds.
const YES: &[&str] = &["yes", "y", "true", "si"];
/// Fewer letters apart are initials.
const FEWEST_APART: usize = 4;
/// More of them are no words.
const MOST_APART: usize = 40;
/// Letters of the longest abbreviation of a kind of care, `o b g y n`.
const LONGEST_ABBREVIATION: usize = 5;

/// A text with its labels taken away.
#[derive(Default)]
pub(super) struct Form {
    /// Where the characters of names stand.
    names: Vec<(usize, usize)>,
    /// What was left out, as it was labelled.
    pub(super) left_out: Vec<String>,
}

impl Form {
    /// Takes the labels from the words of a text, and what they say nothing about.
    pub(super) fn take(tokens: &mut Vec<Token>, text: &str) -> Self {
        let mut form = Self::default();
        if !text.contains([':', '=', '\u{ff1a}']) {
            return form;
        }
        let characters: Vec<char> = text.chars().collect();
        let labels: Vec<(usize, usize, Label)> = labels(tokens, &characters);
        let mut kept = vec![true; tokens.len()];
        for (number, &(first, end, label)) in labels.iter().enumerate() {
            let next = labels.get(number + 1).map_or(tokens.len(), |(first, ..)| *first);
            let in_line = |at: &usize| {
                let between = characters
                    .get(tokens[end - 1].end..tokens[*at].start)
                    .unwrap_or_default();
                !between.iter().any(|c| ends_value(*c))
            };
            let value: Vec<usize> = (end..next).take_while(in_line).collect();
            let said = value.first().map_or("", |at| tokens[*at].word.as_str());
            let nothing = NOTHING.contains(&said) && (label == Label::Wish || value.len() == 1);
            let all = tokens[first..end].iter().map(|token| token.word.as_str());
            let called = all.collect::<Vec<_>>().join(" ");
            kept[first..end].fill(label == Label::Wish && !nothing);
            match label {
                _ if nothing => value.iter().for_each(|at| kept[*at] = false),
                Label::Private if !value.is_empty() => {
                    value.iter().for_each(|at| kept[*at] = false);
                    form.left_out.push(called);
                }
                Label::Wish if YES.contains(&said) => kept[value[0]] = false,
                Label::Gender => {
                    if let Some(at) = value.first() {
                        let meant = match said {
                            "f" | "w" => "female",
                            "m" => "male",
                            _ => continue,
                        };
                        meant.clone_into(&mut tokens[*at].word);
                    }
                }
                Label::Name => form
                    .names
                    .extend(value.iter().map(|at| (tokens[*at].start, tokens[*at].end))),
                _ => {}
            }
        }
        let mut kept = kept.into_iter();
        tokens.retain(|_| kept.next().unwrap_or(true));
        form
    }

    /// Whether a word stands where a label says that a name does.
    pub(super) fn is_name(&self, token: &Token) -> bool {
        self.names.contains(&(token.start, token.end)) && !spoken::is_title(&token.word)
    }
}

/// What ends what stands behind a label, if no other label does.
fn ends_value(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\t' | '|' | ';' | '\u{2022}')
}

/// The labels among some words: the first word of each, the one behind its last, and what it says.
fn labels(tokens: &[Token], characters: &[char]) -> Vec<(usize, usize, Label)> {
    let mut found: Vec<(usize, usize, Label)> = Vec::new();
    for last in 0..tokens.len() {
        let behind = characters.get(tokens[last].end..).unwrap_or_default();
        let mut behind = behind
            .iter()
            .skip_while(|c| matches!(c, ' ' | '\u{a0}' | ')' | '*' | '"' | '\''));
        if !matches!(behind.next(), Some(':' | '=' | '\u{ff1a}')) {
            continue;
        }
        let taken = found.last().map_or(0, |(_, end, _)| *end);
        let label = (1..=MOST_OF_LABEL).rev().find_map(|length| {
            let first = (last + 1).checked_sub(length).filter(|first| *first >= taken)?;
            let words: Vec<&str> = tokens[first..=last].iter().map(|token| token.word.as_str()).collect();
            let phrase = words.join(" ");
            let at = LABELS
                .binary_search_by_key(&phrase.as_str(), |(label, _)| *label)
                .ok()?;
            Some((first, last + 1, LABELS[at].1))
        });
        found.extend(label);
    }
    found
}

/// Joins letters that were written apart where they make words: `d e n t i s t`, `d e n t i s t  b o s t o n`.
pub(super) fn join_letters(tokens: &mut Vec<Token>, snapshot: &Snapshot) {
    let is_letter = |token: &Token| token.word.len() == 1 && token.word.as_bytes()[0].is_ascii_lowercase();
    let mut at = 0;
    while at < tokens.len() {
        let run = tokens[at..].iter().take_while(|token| is_letter(token)).count();
        if (FEWEST_APART..=MOST_APART).contains(&run) {
            let words = in_words(&tokens[at..at + run], snapshot);
            let count = words.len();
            if count > 0 {
                tokens.splice(at..at + run, words);
                at += count;
                continue;
            }
        }
        at += run.max(1);
    }
}

/// Joins letters that were said one by one where they are short for a kind of care, and stand where one does: `p c p in dallas`,
/// `o. b. g. y. n. doctor`, `a b a therapy`; but not the initials before a surname.
pub(super) fn join_abbreviations(tokens: &mut Vec<Token>, snapshot: &Snapshot) {
    let lexicon = &snapshot.lexicon;
    let is_letter = |token: &Token| token.word.len() == 1 && token.word.as_bytes()[0].is_ascii_lowercase();
    let mut at = 0;
    while at < tokens.len() {
        let run = tokens[at..].iter().take_while(|token| is_letter(token)).count();
        let before = at.checked_sub(1).map(|before| tokens[before].word.as_str());
        let free = before.is_none_or(|before| lexicon.everyday.is_filler(before) && !TITLES.contains(&before));
        // `need a p t`
        let article = usize::from(run > 2 && tokens[at].word == "a");
        let joined = [0, article].into_iter().find_map(|skipped| {
            let (from, letters) = (at + skipped, run - skipped);
            if !free || !(2..=LONGEST_ABBREVIATION).contains(&letters) {
                return None;
            }
            let word: String = tokens[from..at + run].iter().map(|token| token.word.as_str()).collect();
            let behind = tokens[at + run..].iter().take(2).map(|token| token.word.clone());
            let phrase: Vec<String> = std::iter::once(word).chain(behind).collect();
            let (_, taken) = lexicon.specialties.longest_prefix(&phrase)?;
            let next = phrase.get(1).map(String::as_str);
            let stands = taken > 1
                || next.is_none_or(|next| {
                    let physician = super::untold::is_physician(next) || next == "specialist";
                    physician || super::places::leads(next) || lexicon.everyday.is_filler(next)
                });
            stands.then(|| (from, phrase[0].clone()))
        });
        match joined {
            Some((from, word)) => {
                let (start, end) = (tokens[from].start, tokens[at + run - 1].end);
                tokens.splice(from..at + run, [Token { word, start, end }]);
                at = from + 1;
            }
            None => at += run.max(1),
        }
    }
}

/// The words that letters make: wider gaps part them, or what is known. None where they make none.
fn in_words(letters: &[Token], snapshot: &Snapshot) -> Vec<Token> {
    let mut words: Vec<Token> = Vec::new();
    for part in letters.chunk_by(|a, b| b.start <= a.end + 1) {
        let text: String = part.iter().map(|token| token.word.as_str()).collect();
        let Some(lengths) = parted(&text, snapshot) else {
            return Vec::new();
        };
        let mut from = 0;
        for length in lengths {
            words.push(Token {
                word: text[from..from + length].to_owned(),
                start: part[from].start,
                end: part[from + length - 1].end,
            });
            from += length;
        }
    }
    words
}

/// The lengths of the fewest known words that make a text.
fn parted(text: &str, snapshot: &Snapshot) -> Option<Vec<usize>> {
    let lexicon = &snapshot.lexicon;
    let is_known = |word: &str| match word.len() {
        1 => false,
        2 => lexicon.everyday.is_filler(word),
        _ => {
            lexicon.words.bearers(word) > 0
                || lexicon.everyday.is_filler(word)
                || lexicon.gazetteer.is_city(word)
                || spelling::is_borne(snapshot, &[word])
        }
    };
    let mut best: Vec<Option<Vec<usize>>> = vec![None; text.len() + 1];
    best[0] = Some(Vec::new());
    for end in 1..=text.len() {
        for start in 0..end {
            let Some(before) = best[start].clone() else { continue };
            let fewer = best[end].as_ref().is_none_or(|known| before.len() + 1 < known.len());
            if fewer && is_known(&text[start..end]) {
                best[end] = Some([before, vec![end - start]].concat());
            }
        }
    }
    best.pop().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::names::tokens;

    #[test]
    fn labels_are_no_part_of_what_stands_behind_them() {
        assert!(LABELS.is_sorted_by_key(|(label, _)| *label));
        let told = |text: &str| {
            let mut all = tokens(text);
            let form = Form::take(&mut all, text);
            let mark = |token: &Token| format!("{}{}", token.word, if form.is_name(token) { "*" } else { "" });
            let words: Vec<String> = all.iter().map(mark).collect();
            (words.join(" "), form.left_out.join(","))
        };
        let expected = |words: &str, left: &str| (words.to_owned(), left.to_owned());
        assert_eq!(
            told("Name: Dr. Jane Smith\nSpecialty: Cardiology\nZIP Code: 10013"),
            expected("dr jane* smith* cardiology 10013", "")
        );
        assert_eq!(told("Gender: F | Telehealth: Yes"), expected("female telehealth", ""));
        assert_eq!(
            told("Telehealth: no; specialty: any dentist"),
            expected("any dentist", "")
        );
        assert_eq!(
            told("DOB: 1/2/1980 dentist\npediatrician"),
            expected("pediatrician", "dob")
        );
        assert_eq!(
            told(r#"{"last_name":"Moore","first_name":"Ann","city":"Orange","state":"CA"}"#),
            expected("moore* ann* orange ca", "")
        );
        assert_eq!(told("open at 5:30 pm"), expected("open at 5 30 pm", ""));
    }
}
