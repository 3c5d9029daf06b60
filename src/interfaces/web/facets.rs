//! Choices that narrow a search, each with the number of providers that it would leave; several may be chosen, and whatever is
//! chosen is left out by the same link.
//!
//! What the text of the box asks for counts as chosen, too: who chooses otherwise takes it out of the text, so that the box never
//! says what does not hold.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{
    answer::{FacetValue, Interpreted},
    form::{Form, LISTS},
    results::Names,
    texts::{Lang, said::thousands},
    understood,
    visit::Visit,
};

/// Counts by value, for each property.
pub type Counts = BTreeMap<String, Vec<FacetValue>>;

/// What is ticked or not.
const TICKS: [&str; 2] = ["accepting_new_patients", "telehealth"];

/// What is counted: the choices in the order in which they are shown, and the ticks.
pub fn counted() -> Vec<&'static str> {
    LISTS.into_iter().chain(TICKS).collect()
}

/// Choices shown at once beside those that are chosen.
const AT_ONCE: usize = 6;
/// Choices shown at all.
const MOST: usize = 40;

/// A property with its choices.
struct Facet<'a> {
    name: &'static str,
    /// The values that are chosen, as the form may hold them.
    chosen: Vec<&'a str>,
    /// What is asked for in words that stand for several values: shown first.
    meant: Vec<&'a str>,
}

impl<'a> Facet<'a> {
    fn of(name: &'static str, form: &'a Form, read: &'a Interpreted) -> Self {
        let typed = form.list(name);
        let understood: Vec<&str> = match name {
            "specialty" => codes(read.specialty.as_ref()),
            "language" => codes(read.language.as_ref()),
            "network" => codes(read.network.as_ref()),
            "plan" => codes(read.plan.as_ref()),
            "gender" if typed.is_empty() => read.gender.as_deref().into_iter().collect(),
            _ => typed.iter().map(String::as_str).collect(),
        };
        let by_value = typed.len() == understood.len() && typed.iter().all(|t| understood.contains(&t.as_str()));
        let chosen = if by_value || understood.len() == 1 {
            understood.clone()
        } else {
            Vec::new()
        };
        Self {
            name,
            chosen,
            meant: understood,
        }
    }

    /// The form with a value chosen as well, or no more.
    fn turned(&self, form: &Form, read: &Interpreted, value: &str) -> Form {
        let mut other = understood::without_kinds(form, read, &[self.name]);
        let kept = self.chosen.iter().filter(|chosen| **chosen != value);
        let added = (!self.chosen.contains(&value)).then_some(&value);
        other.set(self.name, kept.chain(added).map(|value| (*value).to_owned()));
        other.cursor.clear();
        other
    }

    /// The values worth showing with their counts: what is chosen and what is meant first, then what most have.
    fn shown<'v>(&self, counted: &'v [FacetValue]) -> Vec<&'v FacetValue> {
        let is_first = |value: &&FacetValue| self.meant.contains(&value.value.as_str());
        let (first, others): (Vec<_>, Vec<_>) = counted.iter().partition(is_first);
        let useful = others.into_iter().filter(|value| value.count > 0);
        first.into_iter().chain(useful).take(MOST).collect()
    }
}

fn codes(list: Option<&Vec<String>>) -> Vec<&str> {
    list.into_iter().flatten().map(String::as_str).collect()
}

/// All choices, where there is anything to choose.
pub fn panel(visit: &Visit, form: &Form, read: &Interpreted, counts: &Counts, names: &Names<'_>) -> Markup {
    let say = names.say;
    let lists = LISTS.iter().filter_map(|name| {
        let counted = counts.get(*name)?;
        // Around a place, its state goes without saying.
        if *name == "state" && read.place.is_some() && form.list(name).is_empty() {
            return None;
        }
        let facet = Facet::of(name, form, read);
        // One value that all have is no choice.
        (counted.len() > 1 || !facet.chosen.is_empty()).then_some((facet, counted))
    });
    let lists = lists.collect::<Vec<_>>();
    let ticks = ticks(form, read, counts, say);
    html! {
        @if !(lists.is_empty() && ticks.is_empty()) {
            details .facets .aside {
                summary { (say.narrow()) @if form.filters() > 0 { " (" (form.filters()) ")" } }
                h3 .label { (say.narrow()) }
                div .columns {
                    @if !ticks.is_empty() {
                        section aria-labelledby="by-wish" {
                            h3 #by-wish { (say.only_who()) }
                            ul { @for (words, count, set, other) in &ticks { li { (choice(visit, other, words, *count, *set, say)) } } }
                        }
                    }
                    @for (facet, counted) in &lists { (list(visit, form, read, facet, counted, names)) }
                }
            }
        }
    }
}

fn list(
    visit: &Visit,
    form: &Form,
    read: &Interpreted,
    facet: &Facet<'_>,
    counted: &[FacetValue],
    names: &Names<'_>,
) -> Markup {
    let shown = facet.shown(counted);
    // Who asks for a kind of care in words hardly wants another one.
    let at_once = match (facet.name, facet.meant.len()) {
        ("specialty", meant @ 1..) => meant.min(AT_ONCE),
        _ => AT_ONCE.max(facet.chosen.len() + 2),
    };
    let at_once = at_once.min(shown.len());
    let (first, rest) = shown.split_at(at_once);
    let id = format!("by-{}", facet.name);
    let one = |value: &FacetValue| {
        let other = facet.turned(form, read, &value.value);
        let set = facet.chosen.contains(&value.value.as_str());
        let words = words(facet.name, value, names);
        html! { li { (choice(visit, &other, &words, Some(value.count), set, names.say)) } }
    };
    html! {
        section aria-labelledby=(id) {
            h3 id=(id) { (title(facet.name, names.say)) }
            ul { @for value in first { (one(value)) } }
            @if !rest.is_empty() {
                details .rest {
                    summary { (names.say.more_choices()) " (" (rest.len()) ")" }
                    ul { @for value in rest { (one(value)) } }
                }
            }
        }
    }
}

/// A link to the search with it, or without it where it is chosen. No robot needs to try all of them.
fn choice(visit: &Visit, other: &Form, words: &str, count: Option<u64>, set: bool, say: Lang) -> Markup {
    html! {
        a .choice .set[set] rel="nofollow" href=(visit.path(&other.at(""))) aria-current=[set.then_some("true")] {
            span .box aria-hidden="true" { @if set { "\u{2713}" } }
            span .words { (words) }
            @if let Some(count) = count { " " span .count { (thousands(count)) } }
            @if set { span .away { ", " (say.chosen_leave_out()) } }
        }
    }
}

/// What is either wished for or not: words, how many, whether it is, and the search the other way round.
fn ticks(form: &Form, read: &Interpreted, counts: &Counts, say: Lang) -> Vec<(&'static str, Option<u64>, bool, Form)> {
    let count = |name: &str| {
        let counted = counts.get(name)?;
        Some(
            counted
                .iter()
                .find(|value| value.value == "true")
                .map_or(0, |value| value.count),
        )
    };
    let mut all = Vec::new();
    let accepting = read.accepting_new_patients == Some(true);
    let mut other = understood::without_kinds(form, read, &["accepting_new_patients"]);
    other.accepting_new_patients = !accepting;
    all.push((
        say.take_new_patients(),
        count("accepting_new_patients"),
        accepting,
        other,
    ));
    let telehealth = read.telehealth == Some(true);
    let mut other = understood::without_kinds(form, read, &["telehealth"]);
    other.telehealth = !telehealth;
    all.push((say.offer_telehealth(), count("telehealth"), telehealth, other));
    all.retain(|(_, count, set, _)| *set || count.is_some_and(|count| count > 0));
    let open = read.open_at.as_deref() == Some("now");
    let mut other = understood::without_kinds(form, read, &["open_at"]);
    other.open_at = if open { String::new() } else { "now".to_owned() };
    // Nobody counts who is open at this minute; it stands beside what is counted.
    if open || (read.open_at.is_none() && !counts.is_empty()) {
        all.push((say.are_open_now(), None, open, other));
    }
    all
}

fn title(name: &str, say: Lang) -> &'static str {
    match name {
        "specialty" => say.specialty(),
        "language" => say.language(),
        "gender" => say.gender(),
        "network" => say.network(),
        "plan" => say.plan(),
        "kind" => say.kind(),
        "state" => say.state(),
        _ => say.listing(),
    }
}

fn words(name: &str, value: &FacetValue, names: &Names<'_>) -> String {
    let known = match name {
        "specialty" => return names.say.specialty_or(&value.value, &value.label),
        "language" => names.say.language_name(&value.value),
        _ => of_code(name, &value.value, names.say),
    };
    known.unwrap_or(&value.label).to_owned()
}

/// What a code of the contract is called.
pub fn of_code(name: &str, code: &str, say: Lang) -> Option<&'static str> {
    Some(match (name, code) {
        ("gender", "F") => say.women(),
        ("gender", "M") => say.men(),
        ("gender", _) => say.other_gender(),
        ("kind", "individual") => say.people(),
        ("kind", _) => say.houses(),
        ("network_status", "ACTIVE") => say.active(),
        ("network_status", "INACTIVE") => say.inactive(),
        ("network_status", _) => say.pending(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(read: serde_json::Value) -> Interpreted {
        serde_json::from_value(read).expect("what was understood")
    }

    fn asking(raw: &str) -> Form {
        let (form, read) = Form::read(Some(raw));
        read.expect("a form");
        form
    }

    #[test]
    fn a_choice_adds_and_the_same_one_takes_back() {
        let form = asking("q=dentist&language=es&cursor=abc");
        let read = read(json!({"language": ["es"]}));
        let facet = Facet::of("language", &form, &read);
        assert_eq!(
            facet.turned(&form, &read, "vi").at(""),
            "/?q=dentist&language=es&language=vi"
        );
        assert_eq!(facet.turned(&form, &read, "es").at(""), "/?q=dentist");
    }

    #[test]
    fn who_chooses_otherwise_takes_it_out_of_the_text() {
        let form = asking("q=dentist+who+speaks+Spanish");
        let said = |text: &str, kind: &str, start: usize| json!({"text": text, "kind": kind, "start": start, "end": start + text.len()});
        let read = read(json!({"language": ["es"], "specialty": ["1", "2"], "terms": [
            said("dentist", "specialty", 0), said("Spanish", "language", 19),
        ]}));
        let language = Facet::of("language", &form, &read);
        assert_eq!(
            language.turned(&form, &read, "vi").at(""),
            "/?q=dentist&language=es&language=vi"
        );
        assert_eq!(language.turned(&form, &read, "es").at(""), "/?q=dentist");
        // Words that stand for several values are narrowed to one of them.
        let specialty = Facet::of("specialty", &form, &read);
        assert!(specialty.chosen.is_empty() && specialty.meant == ["1", "2"]);
        assert_eq!(
            specialty.turned(&form, &read, "2").at(""),
            "/?q=who+speaks+Spanish&specialty=2"
        );
    }

    #[test]
    fn what_is_chosen_comes_first_and_nobody_has_no_link() {
        let form = asking("q=x&language=vi");
        let read = read(json!({"language": ["vi"]}));
        let value = |value: &str, count| FacetValue {
            value: value.to_owned(),
            label: value.to_owned(),
            count,
        };
        let counted = [value("es", 9), value("vi", 0), value("fr", 0)];
        let facet = Facet::of("language", &form, &read);
        let shown = facet.shown(&counted);
        assert_eq!(shown.iter().map(|v| v.value.as_str()).collect::<Vec<_>>(), ["vi", "es"]);
    }
}
