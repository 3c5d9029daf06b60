//! How the text was read, piece by piece: each piece is a link to the same search without it.

use chrono::NaiveDateTime;
use maud::{Markup, html};

use super::{
    answer::{Answer, Interpreted},
    facets::of_code,
    form::{Form, LISTS},
    results::{self, Names},
    telling,
    texts::{Lang, said::Understood},
    visit::Visit,
};

/// Something that was understood: in words, and what undoes it.
struct Chip {
    words: String,
    /// The kinds of the pieces of the text that say it.
    kinds: &'static [&'static str],
    /// Where only one piece of its kind is meant, its words.
    piece: Option<String>,
    /// What empties the fields that say it, beside the lists of its kinds.
    clear: fn(&mut Form),
}

impl Chip {
    fn new(words: impl Into<String>, kinds: &'static [&'static str], clear: fn(&mut Form)) -> Self {
        Self {
            words: words.into(),
            kinds,
            piece: None,
            clear,
        }
    }

    /// The form without it; nothing where no field says it.
    fn undone(&self, form: &Form, read: &Interpreted) -> Option<Form> {
        let mut less = form.clone();
        let is_meant = |text: &str| self.piece.as_ref().is_none_or(|piece| piece == text);
        let said = read
            .terms
            .iter()
            .filter(|term| self.kinds.contains(&term.kind.as_str()));
        let spans: Vec<(usize, usize)> = said
            .filter(|term| is_meant(&term.text))
            .map(|term| (term.start, term.end))
            .collect();
        less.q = without(&form.q, &spans);
        for list in LISTS.iter().filter(|list| self.kinds.contains(list)) {
            less.set(list, []);
        }
        (self.clear)(&mut less);
        less.cursor.clear();
        let same = Form {
            cursor: String::new(),
            ..form.clone()
        };
        (less != same).then_some(less)
    }
}

/// Words that lead to what stands behind them and say nothing without it.
const LEADS: &[&str] = &[
    "accepting",
    "accepts",
    "and",
    "around",
    "at",
    "by",
    "en",
    "from",
    "habla",
    "in",
    "near",
    "speaking",
    "speaks",
    "takes",
    "that",
    "who",
    "within",
    "with",
];

/// A text without the characters of some spans, nor the words that lead to these.
fn without(text: &str, spans: &[(usize, usize)]) -> String {
    if spans.is_empty() {
        return text.to_owned();
    }
    let is_in = |at: usize| spans.iter().any(|(start, end)| (*start..*end).contains(&at));
    let ends = |at: usize| spans.iter().any(|(_, end)| *end == at);
    let mut left: Vec<char> = Vec::new();
    for (at, c) in text.chars().enumerate() {
        if !is_in(at) {
            left.push(c);
            continue;
        }
        if ends(at + 1) {
            let before: String = left.iter().collect();
            let mut words: Vec<&str> = before.split_whitespace().collect();
            while words
                .last()
                .is_some_and(|word| LEADS.contains(&word.to_lowercase().as_str()))
            {
                words.pop();
            }
            left = words.join(" ").chars().chain([' ']).collect();
        }
    }
    let left: String = left.into_iter().collect();
    let words: Vec<&str> = left.split_whitespace().collect();
    words.join(" ").trim_matches([',', ';', ' ']).to_owned()
}

/// The form without the pieces of its text that were taken for these kinds, on its first page.
pub fn without_kinds(form: &Form, read: &Interpreted, kinds: &[&str]) -> Form {
    let said = read.terms.iter().filter(|term| kinds.contains(&term.kind.as_str()));
    let spans: Vec<(usize, usize)> = said.map(|term| (term.start, term.end)).collect();
    Form {
        q: without(&form.q, &spans),
        cursor: String::new(),
        ..form.clone()
    }
}

/// How the text was read, so that a person sees what was searched for and can take a part of it back.
pub fn chips<'a>(visit: &Visit, form: &Form, answer: &'a Answer, names: &Names<'a>) -> Markup {
    let read = &answer.interpreted;
    let chips = all(form, read, names);
    let say = names.say;
    html! {
        @if !chips.is_empty() {
            p .understood {
                (say.understood_as()) " "
                @for chip in &chips {
                    @match chip.undone(form, read) {
                        Some(less) => a .chip href=(visit.path(&less.at(""))) title={ (chip.words) ": " (say.leave_out()) } aria-label={ (chip.words) ": " (say.leave_out()) } {
                            span .undo aria-hidden="true" { "\u{d7} " } (chip.words)
                        },
                        None => span .chip title=(chip.words) { (chip.words) },
                    }
                    " "
                }
            }
        }
    }
}

fn all<'a>(form: &Form, read: &'a Interpreted, names: &Names<'a>) -> Vec<Chip> {
    let say = names.say;
    let mut chips = Vec::new();
    let mut specialties: Vec<String> = read
        .specialty
        .iter()
        .flatten()
        .map(|code| names.specialty(code))
        .collect();
    let more = specialties.len().saturating_sub(3);
    specialties.truncate(3);
    if !specialties.is_empty() {
        let more = (more > 0).then(|| format!(" {}", say.and_more(more)));
        let words = format!("{}{}", specialties.join(", "), more.unwrap_or_default());
        chips.push(Chip::new(words, &["specialty"], |_| {}));
    }
    if read.profession.as_deref() == Some("physician") {
        chips.push(Chip::new(say.a_physician(), &["profession"], |_| {}));
    }
    if let Some(name) = &read.name {
        chips.push(Chip::new(say.chip(&Understood::Name(name)), &["name"], |_| {}));
    }
    let languages: Vec<&str> = read
        .language
        .iter()
        .flatten()
        .map(|code| names.language(code))
        .collect();
    if !languages.is_empty() {
        let words = say.chip(&Understood::Language(&any_of(&languages, say)));
        chips.push(Chip::new(words, &["language"], |_| {}));
    }
    wishes(form, read, names, &mut chips);
    if let Some(number) = &read.npi {
        chips.push(Chip::new(say.chip(&Understood::Npi(number)), &["npi"], |_| {}));
    }
    if let Some(number) = &read.phone {
        let (_, shown) = telling::dialled(number).unwrap_or_else(|| (String::new(), number.clone()));
        chips.push(Chip::new(say.chip(&Understood::Phone(&shown)), &["phone"], |_| {}));
    }
    where_it_is(read, say, &mut chips);
    chips
}

/// The place and how far from it: two things that can be taken back.
fn where_it_is(read: &Interpreted, say: Lang, chips: &mut Vec<Chip>) {
    let place = read.place.as_ref().and_then(|place| place.label.as_deref());
    if let Some(place) = place {
        chips.push(Chip::new(say.chip(&Understood::Near(place)), &["place"], |form| {
            form.near.clear();
        }));
    }
    if let Some(miles) = read.radius_miles {
        let words = say.within(&radius(miles));
        chips.push(Chip::new(words, &["radius_miles"], |form| form.radius.clear()));
    }
}

/// What else was wished for, in words.
fn wishes(form: &Form, read: &Interpreted, names: &Names<'_>, chips: &mut Vec<Chip>) {
    let say = names.say;
    let gender = match (read.gender.as_deref(), form.list("gender").len()) {
        (Some("F"), 0 | 1) => Some(say.a_woman()),
        (Some("M"), 0 | 1) => Some(say.a_man()),
        _ => None,
    };
    match gender {
        Some(words) => chips.push(Chip::new(words, &["gender"], |_| {})),
        None => chips.extend(listed(form, "gender", &["gender"], names)),
    }
    for (name, kinds) in [
        ("kind", &["kind"] as &'static [&'static str]),
        ("network_status", &["network_status"]),
    ] {
        chips.extend(listed(form, name, kinds, names));
    }
    if !form.list("state").is_empty() {
        let words = say.chip(&Understood::In(&any_of(form.list("state"), say)));
        chips.push(Chip::new(words, &["state"], |_| {}));
    }
    let networks = read
        .network
        .iter()
        .flatten()
        .map(|id| names.network(id))
        .collect::<Vec<_>>();
    if !networks.is_empty() {
        let words = say.chip(&Understood::Network(&any_of(&networks, say)));
        chips.push(Chip::new(words, &["network"], |_| {}));
    }
    let plans = read.plan.iter().flatten().map(|id| names.plan(id)).collect::<Vec<_>>();
    if !plans.is_empty() {
        let words = say.chip(&Understood::Plan(&any_of(&plans, say)));
        chips.push(Chip::new(words, &["plan"], |_| {}));
    }
    if read.accepting_new_patients == Some(true) {
        let clear = |form: &mut Form| form.accepting_new_patients = false;
        chips.push(Chip::new(say.takes_new_patients(), &["accepting_new_patients"], clear));
    }
    if read.telehealth == Some(true) {
        chips.push(Chip::new(say.telehealth(), &["telehealth"], |form| {
            form.telehealth = false;
        }));
    }
    if read.accessibility.as_ref().is_some_and(|codes| !codes.is_empty()) {
        chips.push(Chip::new(say.accessible(), &["accessibility"], |_| {}));
    }
    if let Some(open_at) = &read.open_at {
        let at = NaiveDateTime::parse_from_str(open_at, "%Y-%m-%dT%H:%M");
        let words = match at {
            Ok(at) => say.chip(&Understood::OpenOn(&say.day_and_hour(at))),
            Err(_) => say.open_now().to_owned(),
        };
        chips.push(Chip::new(words, &["open_at"], |form| form.open_at.clear()));
    }
    if let Some(day) = &read.available_before {
        let day = day.parse().map_or_else(|_| day.clone(), |day| say.day(day));
        chips.push(Chip::new(
            say.chip(&Understood::Before(&day)),
            &["available_before"],
            |_| {},
        ));
    }
    for piece in read.terms.iter().filter(|piece| piece.kind == "excluded") {
        chips.push(Chip {
            piece: Some(piece.text.clone()),
            ..Chip::new(piece.text.clone(), &["excluded"], |_| {})
        });
    }
}

/// What is chosen of a list of codes, in one chip.
fn listed(form: &Form, name: &str, kinds: &'static [&'static str], names: &Names<'_>) -> Option<Chip> {
    let words = form
        .list(name)
        .iter()
        .map(|code| of_code(name, code, names.say).unwrap_or(code));
    let words = words.collect::<Vec<_>>();
    (!words.is_empty()).then(|| Chip::new(any_of(&words, names.say), kinds, |_| {}))
}

/// Words of the box that do not hold, because something else of their kind is chosen beside it: `cardiologist`.
pub fn overruled<'a>(form: &Form, read: &'a Interpreted) -> Vec<&'a str> {
    const KINDS: [&str; 5] = ["specialty", "language", "gender", "network", "plan"];
    let pieces = read
        .terms
        .iter()
        .filter(|piece| KINDS.contains(&piece.kind.as_str()) && !form.list(&piece.kind).is_empty());
    pieces.map(|piece| piece.text.as_str()).collect()
}

/// `Spanish or Vietnamese`.
fn any_of<W: AsRef<str>>(words: &[W], say: Lang) -> String {
    let words = words.iter().map(AsRef::as_ref).collect::<Vec<_>>();
    words.join(&format!(" {} ", say.or()))
}

/// A radius as it was asked for: whole miles have no tenths.
fn radius(miles: f64) -> String {
    if miles.fract() == 0.0 {
        format!("{miles:.0}")
    } else {
        results::number(miles)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;
    use crate::domain::reference::Reference;
    use crate::index::free_slots::FreeSlots;
    use crate::vocab::Lexicon;

    fn read(read: serde_json::Value) -> Interpreted {
        serde_json::from_value(read).expect("what was understood")
    }

    fn shown(value: serde_json::Value) -> Vec<String> {
        let lexicon = Lexicon::default();
        let read = read(value);
        let reference = Reference::default();
        let slots = FreeSlots::default();
        let names = Names::new(&lexicon, (&reference, &slots), DateTime::default(), Lang::En);
        let chips = all(&Form::default(), &read, &names);
        chips.into_iter().map(|chip| chip.words).collect()
    }

    #[test]
    fn what_was_read_is_told_in_words() {
        let near = shown(json!({"place": {"label": "Houston, TX", "lat": 29.7, "lon": -95.4}, "radius_miles": 5.0}));
        assert_eq!(near, ["near Houston, TX", "within 5 miles"]);
        assert_eq!(shown(json!({"radius_miles": 6.3})), ["within 6.3 miles"]);
        assert_eq!(
            shown(json!({"name": "smith", "npi": "1245319599"})),
            ["named smith", "NPI 1245319599"]
        );
        assert_eq!(
            shown(json!({"profession": "physician", "gender": "F"})),
            ["a physician of any kind", "a woman"]
        );
        assert!(shown(json!({})).is_empty());
    }

    #[test]
    fn what_is_chosen_beside_the_box_goes_before_it_and_is_told() {
        let (form, _) = Form::read(Some(
            "q=cardiologist&specialty=Dermatology&network=n-1&kind=organization",
        ));
        let read = read(json!({"specialty": ["207N00000X"], "network": ["n-1"], "terms": [
            {"text": "cardiologist", "kind": "specialty", "start": 0, "end": 12},
        ]}));
        assert_eq!(overruled(&form, &read), ["cardiologist"]);
        let (lexicon, reference) = (Lexicon::default(), Reference::default());
        let chips = all(
            &form,
            &read,
            &Names::new(
                &lexicon,
                (&reference, &FreeSlots::default()),
                DateTime::default(),
                Lang::En,
            ),
        );
        let words: Vec<_> = chips.iter().map(|chip| chip.words.as_str()).collect();
        assert_eq!(words, ["207N00000X", "Organizations", "in the network n-1"]);
        let less = chips[2].undone(&form, &read).expect("a network less");
        assert!(less.list("network").is_empty() && less.list("specialty") == ["Dermatology"]);
    }

    #[test]
    fn days_and_numbers_are_told_as_people_write_them() {
        let told =
            shown(json!({"phone": "8575553501", "available_before": "2026-12-04", "open_at": "2026-11-30T10:00"}));
        assert_eq!(
            told,
            [
                "open on Monday 30 November, 10:00\u{a0}am",
                "free before 4 December 2026",
                "telephone (857) 555-3501"
            ]
        );
        assert_eq!(
            shown(json!({"radius_miles": 1.0, "open_at": "now"})),
            ["open now", "within 1 mile"]
        );
    }

    #[test]
    fn each_piece_is_taken_back_by_itself() {
        let q = "female d\u{e9}rmatologist in Houston, TX who speaks Spanish";
        let term = |text: &str, kind: &str| {
            let start = q.find(text).map(|at| q[..at].chars().count()).expect("in the text");
            json!({"text": text, "kind": kind, "start": start, "end": start + text.chars().count()})
        };
        let read = read(json!({"terms": [
            term("female", "gender"), term("d\u{e9}rmatologist", "specialty"), term("Houston, TX", "place"),
            term("Spanish", "language"),
        ]}));
        let form = Form {
            q: q.to_owned(),
            telehealth: true,
            cursor: "abc".to_owned(),
            ..Form::default()
        };
        let undone = |kinds, clear| Chip::new("", kinds, clear).undone(&form, &read);
        let text = |kinds| undone(kinds, |_| {}).map(|less| less.q);
        assert_eq!(
            text(&["gender"]).as_deref(),
            Some("d\u{e9}rmatologist in Houston, TX who speaks Spanish")
        );
        assert_eq!(
            text(&["place"]).as_deref(),
            Some("female d\u{e9}rmatologist who speaks Spanish")
        );
        assert_eq!(
            text(&["language"]).as_deref(),
            Some("female d\u{e9}rmatologist in Houston, TX")
        );
        let less = undone(&["telehealth"], |form| form.telehealth = false).expect("a field says it");
        assert!(less.q == q && !less.telehealth && less.cursor.is_empty());
        // What neither the text nor a field says cannot be taken back.
        assert_eq!(undone(&["npi"], |_| {}), None);
        let one = Chip {
            piece: Some("Spanish".to_owned()),
            ..Chip::new("", &["language", "gender"], |_| {})
        };
        assert_eq!(
            one.undone(&form, &read).map(|less| less.q.contains("female")),
            Some(true)
        );
    }
}
