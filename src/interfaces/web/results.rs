//! Results as cards, the line above them, the pages below them.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::{
    answer::{Answer, Card, Location, Matched, Specialty},
    facets,
    form::Form,
    map,
    portal::date,
    telling,
    texts::Lang,
    understood,
};
use crate::domain::{listing::is_verified, reference::Reference};
use crate::interfaces::http::links::Links;
use crate::vocab::{
    Lexicon, NetworkId,
    names::words,
    terms::{NetworkStatus, ProviderKind},
};

/// Words of houses' names that nobody types.
const LEGAL_FORMS: &[&str] = &["corp", "inc", "llc", "llp", "ltd", "pa", "pc", "pllc"];

/// Names of codes, on a day.
pub struct Names<'a> {
    lexicon: &'a Lexicon,
    reference: &'a Reference,
    today: NaiveDate,
    /// The language that they are read in.
    pub say: Lang,
}

impl<'a> Names<'a> {
    /// From the vocabulary as it is now.
    pub fn new(lexicon: &'a Lexicon, reference: &'a Reference, today: NaiveDate) -> Self {
        Self {
            lexicon,
            reference,
            today,
            say: Lang::default(),
        }
    }

    /// A public network's name for its id.
    pub fn network(&self, id: &'a str) -> &'a str {
        let known = id
            .parse()
            .ok()
            .and_then(|id: NetworkId| self.reference.public_network(id.0.as_u128()));
        known.map_or(id, |network| network.name.as_str())
    }

    /// A plan's name for its id.
    pub fn plan(&self, id: &'a str) -> &'a str {
        let known = self.reference.plans.iter().find(|plan| plan.id.to_string() == id);
        known.map_or(id, |plan| plan.name.as_str())
    }

    /// `Spanish` for `es`.
    pub fn language(&self, code: &'a str) -> &'a str {
        self.lexicon.languages.get(code).map_or(code, |term| term.name.as_str())
    }

    /// `Cardiovascular Disease Physician` for `207RC0000X`.
    pub fn specialty(&self, code: &'a str) -> &'a str {
        self.lexicon
            .specialties
            .get(code)
            .map_or(code, |term| term.name.as_str())
    }
}

/// The results, or what to do where there are none.
pub fn section<'a>(links: &Links, form: &Form, answer: &'a Answer, names: &Names<'a>) -> Markup {
    let asked = answer.interpreted.specialty.as_deref().unwrap_or_default();
    let map = map::of(&answer.results, answer.interpreted.place.as_ref(), names);
    let is_mapped = !map.0.is_empty();
    html! {
        section .results aria-labelledby="found" {
            @if let Some(hint) = &answer.hint { (telling::calls(hint)) }
            h2 #found { (heading(answer)) }
            (understood::chips(links, form, answer, names))
            @if let Some(hint) = &answer.hint { (telling::note(hint)) }
            @if let Some(spelling) = &answer.did_you_mean {
                @let other = Form { q: spelling.text.clone(), cursor: String::new(), ..form.clone() };
                p .note { "Did you mean " a href=(links.path(&other.at(""))) { (spelling.text) } "? (" (spelling.count) ")" }
            }
            @if let Some(miles) = answer.expanded_radius_miles {
                p .note {
                    @if answer.results.is_empty() { "Nobody was found, up to " (number(miles)) " miles away." }
                    @else { "Too few were found nearby, so this looks up to " (number(miles)) " miles away." }
                }
            }
            @if let Some(house) = looked_for(form, answer) {
                p .note { "Looking for " a href=(links.path(&format!("/p/{}", house.locator))) { (house.name) } "?" }
            }
            @let overruled = understood::overruled(form, &answer.interpreted);
            @if !overruled.is_empty() {
                p .note {
                    "\u{201c}" (overruled.join("\u{201d}, \u{201c}")) "\u{201d} in the box is left out: what is chosen below it goes before it."
                }
            }
            div .found {
                div .beside {
                    (map)
                    (facets::panel(links, form, &answer.interpreted, &answer.facets, names))
                }
                div .list {
                    @if answer.results.is_empty() {
                        (nothing(links, form))
                    } @else {
                        ol .cards {
                            @for (at, card) in answer.results.iter().enumerate() {
                                li id={ "result-" (at + 1) } .numbered[is_mapped] {
                                    @if is_mapped { span .number { (at + 1) } }
                                    (self::card(links, card, asked, names))
                                }
                            }
                        }
                        (pages(links, form, answer))
                    }
                }
            }
            @if !answer.other_readings.is_empty() {
                h2 { "It may also mean" }
                @for reading in &answer.other_readings {
                    ol .cards { @for card in &reading.results { li { (self::card(links, card, &[], names)) } } }
                }
            }
        }
    }
}

/// A house whose whole name was typed, though the words mean something else, too: `washington dental care`.
fn looked_for<'a>(form: &Form, answer: &'a Answer) -> Option<&'a Card> {
    let typed = words(&form.q);
    let is_whole = |card: &&Card| {
        let mut name = words(&card.name);
        name.retain(|word| !LEGAL_FORMS.contains(&word.as_str()));
        let organization = card.kind == ProviderKind::Organization.code();
        organization && name.len() > 1 && name.iter().all(|word| typed.contains(word))
    };
    let shown = |card: &&Card| !answer.results.iter().take(3).any(|known| known.locator == card.locator);
    let others = answer.other_readings.iter().flat_map(|reading| &reading.results);
    others.filter(is_whole).find(shown)
}

fn heading(answer: &Answer) -> String {
    match &answer.total {
        Some(total) if total.value == 0 => "No providers found".to_owned(),
        Some(total) if total.value == 1 && total.relation == "eq" => "1 provider".to_owned(),
        Some(total) if total.relation == "eq" => format!("{} providers", thousands(total.value)),
        Some(total) => format!("More than {} providers", thousands(total.value)),
        None if answer.results.is_empty() => "No providers found".to_owned(),
        None => "Providers".to_owned(),
    }
}

fn nothing(links: &Links, form: &Form) -> Markup {
    let wider = Form {
        q: form.q.clone(),
        near: form.near.clone(),
        ..Form::default()
    };
    html! {
        div .empty {
            p { "Nobody in the directory fits all of that. You could" }
            ul {
                @if form.filters() > 0 { li { a href=(links.path(&wider.at(""))) { "search again without filters" } } }
                @if !form.near.is_empty() { li { "choose a larger distance or another place" } }
                li { "use fewer words, or only the family name" }
                li { a href=(links.path("/")) { "start again" } }
            }
        }
    }
}

/// What is said of a listing in force that nobody has confirmed in time.
pub fn not_verified(ever: bool) -> &'static str {
    if ever { "Not verified lately" } else { "Not verified" }
}

fn is_unverified(card: &Card, today: NaiveDate) -> bool {
    let kind = card.kind.parse().unwrap_or(ProviderKind::Individual);
    let confirmed = card.verified_at.as_deref().and_then(|day| day.parse().ok());
    card.network_status == NetworkStatus::Active.code() && !is_verified(kind, confirmed, today)
}

/// How somebody who is not called as was typed is meant nevertheless.
fn likeness(matched: &Matched) -> Option<&'static str> {
    match matched.name.as_deref()? {
        "nickname" => Some("Nickname"),
        "initial" => Some("By initial"),
        "phonetic" => Some("Sounds alike"),
        "typo" => Some("Similar spelling"),
        "alias" => Some("Also known as"),
        "former" => Some("Formerly"),
        _ => None,
    }
}

/// Whether it is another name than the one shown.
fn is_other_name(matched: &Matched) -> bool {
    matches!(matched.name.as_deref(), Some("alias" | "former"))
}

/// What somebody does: of several specialties the primary one, or the one that was asked for.
fn specialty(card: &Card, asked: &[String]) -> Markup {
    let all = &card.specialties;
    let primary = all.iter().find(|s| s.primary).or(all.first());
    let is_asked = |specialty: &&Specialty| asked.contains(&specialty.code);
    let shown = primary
        .filter(is_asked)
        .or_else(|| all.iter().find(is_asked))
        .or(primary);
    let name = |specialty: &Specialty| specialty.name.clone().unwrap_or_else(|| specialty.code.clone());
    let also = primary.filter(|primary| shown.is_some_and(|shown| shown.code != primary.code));
    let others = all.len().saturating_sub(1 + usize::from(also.is_some()));
    html! {
        @if let Some(shown) = shown {
            p .specialty {
                (name(shown))
                @if also.is_some() || others > 0 {
                    span .more {
                        @if let Some(also) = also { ", also " (name(also)) }
                        @if others > 0 { " and " (others) " more" }
                    }
                }
            }
        }
    }
}

/// One provider in short. `asked`: the codes of what is looked for.
pub fn card<'a>(links: &Links, card: &'a Card, asked: &[String], names: &Names<'a>) -> Markup {
    let (status, words) = status(&card.network_status);
    let languages = card
        .languages
        .iter()
        .map(|code| names.language(code))
        .collect::<Vec<_>>();
    let networks = card
        .networks
        .iter()
        .filter(|n| n.status == "ACTIVE")
        .filter_map(|n| n.name.as_deref());
    let networks = networks.collect::<Vec<_>>();
    html! {
        article .card {
            div .top {
                h3 { a href=(links.path(&format!("/p/{}", card.locator))) { (card.name) } }
                @if let Some(miles) = card.distance_miles { p .distance { (number(miles)) " mi" } }
            }
            (specialty(card, asked))
            ul .badges aria-label="At a glance" {
                @if let Some(likeness) = likeness(&card.matched) {
                    li .badge .like {
                        (likeness)
                        @if let (true, Some(text)) = (is_other_name(&card.matched), &card.matched.text) { " " (text) }
                    }
                }
                li .badge .(status) { (words) }
                @if is_unverified(card, names.today) { li .badge .no { (not_verified(card.verified_at.is_some())) } }
                @match card.accepting_new_patients {
                    Some(true) => li .badge .yes { "Takes new patients" },
                    Some(false) => li .badge .no { "No new patients" },
                    None => {},
                }
                @if card.telehealth { li .badge { "Telehealth" } }
            }
            @if let Some(location) = &card.location { (place(location, card.other_locations)) }
            dl .facts {
                @if !languages.is_empty() { div { dt { "Speaks" } dd { (languages.join(", ")) } } }
                @if !networks.is_empty() { div { dt { "Networks" } dd { (networks.join(", ")) } } }
                @if let Some(npi) = &card.npi { div { dt { "NPI" } dd { (npi) } } }
                @if let Some(at) = &card.next_available { div { dt { "Next appointment" } dd { (appointment(at)) } } }
                @if let Some(day) = &card.verified_at { div { dt { "Last verified" } dd { (self::day(day)) } } }
            }
            @if let Some(phone) = card.location.as_ref().and_then(|l| l.phone.as_deref()) {
                p .call { (telling::phone(phone, &card.name)) }
            }
        }
    }
}

/// A day as people write it.
fn day(text: &str) -> Markup {
    html! { @match text.parse::<NaiveDate>() { Ok(day) => { (date(day)) } Err(_) => { (text) } } }
}

/// The beginning of an appointment, as people say it.
fn appointment(at: &str) -> Markup {
    let read = chrono::DateTime::parse_from_rfc3339(at);
    let said = read.map_or_else(|_| at.to_owned(), |at| at.format("%a, %b %-d, %-I:%M %p").to_string());
    html! { time datetime=(at) { (said) } }
}

fn place(location: &Location, others: u64) -> Markup {
    let rough = matches!(location.position_quality.as_deref(), Some("city" | "county"));
    html! {
        address {
            @for line in [&location.line1, &location.line2].into_iter().flatten() { (line) br; }
            (town(location.city.as_deref(), location.state.as_deref(), location.postal_code.as_deref()))
            @if others > 0 {
                br; span .more { "and " (others) @if others == 1 { " other place" } @else { " other places" } }
            }
            @if rough { br; span .more { "distance is measured from the middle of the town" } }
        }
    }
}

fn pages(links: &Links, form: &Form, answer: &Answer) -> Markup {
    html! {
        @if !form.cursor.is_empty() || answer.next_cursor.is_some() {
            nav .pages aria-label="Pages of results" {
                @if !form.cursor.is_empty() { a rel="first" href=(links.path(&form.at(""))) { "First page" } }
                @if let Some(cursor) = &answer.next_cursor {
                    a .next rel="next" href=(links.path(&form.at(cursor))) { "Next page" }
                }
            }
        }
    }
}

/// The class and the words of a network status.
pub fn status(code: &str) -> (&'static str, &'static str) {
    match code {
        "ACTIVE" => ("active", "Active"),
        "INACTIVE" => ("inactive", "Inactive"),
        _ => ("pending", "Pending"),
    }
}

/// `Houston, TX 77030-1234`.
pub fn town(city: Option<&str>, state: Option<&str>, postal_code: Option<&str>) -> String {
    let zip = postal_code.map(|zip| match (zip.len(), zip.get(..5), zip.get(5..)) {
        (9, Some(area), Some(block)) => format!("{area}-{block}"),
        _ => zip.to_owned(),
    });
    let region = [state, zip.as_deref()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    [city.unwrap_or_default(), &region]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

/// A distance: a tenth below ten, whole above.
pub fn number(miles: f64) -> String {
    if miles < 9.95 {
        format!("{miles:.1}")
    } else {
        format!("{miles:.0}")
    }
}

/// `12,345`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_house_whose_whole_name_was_typed_is_offered_above_the_rest() {
        let card = |name: &str, kind: &str| serde_json::json!({"locator": name, "name": name, "kind": kind, "network_status": "ACTIVE"});
        let others = [
            card("Washington Dental Care Group", "organization"),
            card("Washington Care", "individual"),
            card("Washington Dental Care PLLC", "organization"),
        ];
        let answer = serde_json::json!({"results": [], "interpreted": {}, "other_readings": [{"results": others}]});
        let answer: Answer = serde_json::from_value(answer).expect("an answer");
        let offered = |q: &str| {
            let form = Form {
                q: q.to_owned(),
                ..Form::default()
            };
            looked_for(&form, &answer).map(|card| card.name.as_str())
        };
        assert_eq!(
            offered("washington dental care dc"),
            Some("Washington Dental Care PLLC")
        );
        assert_eq!(offered("washington dental"), None);
    }

    #[test]
    fn only_other_names_are_told_as_likenesses() {
        let like = |name: &str| Matched {
            name: Some(name.to_owned()),
            text: None,
        };
        assert_eq!(likeness(&like("phonetic")), Some("Sounds alike"));
        assert_eq!((likeness(&like("exact")), likeness(&Matched::default())), (None, None));
    }

    #[test]
    fn the_specialty_that_was_asked_for_is_shown() {
        let card = serde_json::json!({
            "locator": "PRV-1", "name": "Sean Smith", "kind": "individual", "network_status": "ACTIVE",
            "specialties": [
                {"code": "207X00000X", "name": "Orthopaedic Surgery", "primary": true},
                {"code": "207RE0101X", "name": "Endocrinology"},
                {"code": "208D00000X", "name": "General Practice"},
            ],
        });
        let card: Card = serde_json::from_value(card).expect("a card");
        let shown = |asked: &[&str]| {
            let asked: Vec<String> = asked.iter().map(|code| (*code).to_owned()).collect();
            specialty(&card, &asked).into_string()
        };
        let primary = "Orthopaedic Surgery<span class=\"more\"> and 2 more</span>";
        assert!(shown(&[]).contains(primary) && shown(&["207X00000X"]).contains(primary));
        let asked = shown(&["207RE0101X"]);
        assert!(
            asked.contains("Endocrinology<span class=\"more\">, also Orthopaedic Surgery and 1 more</span>"),
            "{asked}"
        );
    }

    #[test]
    fn numbers_read_like_numbers() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(thousands),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!([0.04, 9.94, 9.96, 120.4].map(number), ["0.0", "9.9", "10", "120"]);
        assert_eq!(
            town(Some("Houston"), Some("TX"), Some("770301234")),
            "Houston, TX 77030-1234"
        );
        assert_eq!(town(None, Some("TX"), None), "TX");
    }
}
