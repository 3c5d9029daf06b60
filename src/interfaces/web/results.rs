//! Results as cards, the line above them, the pages below them.

use chrono::{DateTime, NaiveDate, Utc};
use maud::{Markup, html};

use super::{
    answer::{Answer, Card, Location, Matched, OtherReading, Specialty, Spelling},
    facets,
    form::Form,
    map, telling,
    texts::Lang,
    understood,
    visit::Visit,
};
use crate::domain::{listing::is_verified, reference::Reference};
use crate::index::free_slots::FreeSlots;
use crate::vocab::{
    Lexicon, NetworkId, Npi, NpiError,
    names::words,
    terms::{NetworkStatus, ProviderKind},
};

/// Words of houses' names that nobody types.
const LEGAL_FORMS: &[&str] = &["corp", "inc", "llc", "llp", "ltd", "pa", "pc", "pllc"];

/// Names of codes, at a moment.
pub struct Names<'a> {
    lexicon: &'a Lexicon,
    reference: &'a Reference,
    free_slots: &'a FreeSlots,
    now: DateTime<Utc>,
    /// The language that they are read in.
    pub say: Lang,
}

impl<'a> Names<'a> {
    /// From the vocabulary as it is now.
    pub fn new(
        lexicon: &'a Lexicon,
        (reference, free_slots): (&'a Reference, &'a FreeSlots),
        now: DateTime<Utc>,
        say: Lang,
    ) -> Self {
        Self {
            lexicon,
            reference,
            free_slots,
            now,
            say,
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

    /// The clinic at which the appointment is that a card tells, where everybody may know; none where the table has moved on.
    fn clinic(&self, card: &Card) -> Option<&'a str> {
        let (id, now) = (card.id?.as_u128(), self.now.timestamp());
        let next = self.free_slots.next(id, now)?.local()?.to_rfc3339();
        let is_told = card.next_available.as_deref() == Some(next.as_str());
        self.free_slots.clinic(id, now).filter(|_| is_told)
    }

    /// `Spanish` for `es`.
    pub fn language(&self, code: &'a str) -> &'a str {
        let named = || self.lexicon.languages.get(code).map_or(code, |term| term.name.as_str());
        self.say.language_name(code).unwrap_or_else(named)
    }

    /// `Cardiovascular Disease Physician` for `207RC0000X`.
    pub fn specialty(&self, code: &str) -> String {
        let term = self.lexicon.specialties.get(code);
        term.map_or_else(|| code.to_owned(), |term| self.say.specialty_or(code, &term.name))
    }
}

/// The results, or what to do where there are none.
pub fn section<'a>(visit: &Visit, form: &Form, answer: &'a Answer, names: &Names<'a>) -> Markup {
    let asked = answer.interpreted.specialty.as_deref().unwrap_or_default();
    let map = map::of(&answer.results, answer.interpreted.place.as_ref(), names);
    let is_mapped = !map.0.is_empty();
    let say = names.say;
    if let Some(npi) = meant_npi(form, answer) {
        let right = Form {
            q: npi.clone(),
            ..Form::default()
        };
        return html! {
            section .results aria-labelledby="found" {
                h2 #found { (say.nobody_found()) }
                p .note { (say.npi_wrong()) " " a href=(visit.path(&right.at(""))) { (npi) } "?" }
            }
        };
    }
    html! {
        section .results aria-labelledby="found" {
            @if let Some(hint) = &answer.hint { (telling::calls(say, hint)) }
            h2 #found { (heading(answer, say)) }
            (understood::chips(visit, form, answer, names))
            @if let Some(hint) = &answer.hint { (telling::note(say, hint)) }
            @if let Some(spelling) = answer.did_you_mean.as_ref().filter(|spelling| leads_elsewhere(answer, spelling)) {
                @let other = Form { q: spelling.text.clone(), cursor: String::new(), ..form.clone() };
                p .note { (say.did_you_mean()) " " a href=(visit.path(&other.at(""))) { (spelling.text) } "? (" (spelling.count) ")" }
            }
            @if let Some(miles) = answer.expanded_radius_miles {
                p .note { (say.widened(&number(miles), answer.results.is_empty())) }
            }
            @if let Some(house) = looked_for(form, answer) {
                p .note { (say.looking_for()) " " (to_page(visit, &house.locator, &house.name)) "?" }
            }
            @if form.sort == "next_available" && answer.results.iter().all(|card| card.next_available.is_none()) && !answer.results.is_empty() {
                p .note { (say.no_appointments()) }
            }
            @let overruled = understood::overruled(form, &answer.interpreted);
            @if !overruled.is_empty() {
                p .note { (say.overruled(&overruled)) }
            }
            div .found {
                div .beside {
                    (map)
                    (facets::panel(visit, form, &answer.interpreted, &answer.facets, names))
                }
                div .list {
                    @if answer.results.is_empty() {
                        (nothing(visit, form))
                    } @else {
                        ol .cards {
                            @for (at, card) in answer.results.iter().enumerate() {
                                li id={ "result-" (at + 1) } .numbered[is_mapped] {
                                    @if is_mapped { span .number { (at + 1) } }
                                    (self::card(visit, card, asked, names))
                                }
                            }
                        }
                        (pages(visit, form, answer))
                    }
                }
            }
            @let others = other_meanings(answer);
            @if !others.is_empty() {
                h2 { (say.other_meanings()) }
                @for reading in others {
                    ol .cards { @for card in &reading.results { li { (self::card(visit, card, &[], names)) } } }
                }
            }
        }
    }
}

/// The NPI that was meant by one whose check digit is wrong, where nothing else was typed: everybody else is nobody's answer.
fn meant_npi(form: &Form, answer: &Answer) -> Option<String> {
    let digits = form.q.chars().filter(|c| !matches!(c, ' ' | '-')).collect::<String>();
    let is_alone = answer.interpreted.phone.is_none() && form.near.is_empty() && form.filters() == 0;
    let Err(NpiError::CheckDigit { expected, .. }) = digits.parse::<Npi>() else {
        return None;
    };
    let meant = format!("{}{expected}", digits.get(..9)?);
    (is_alone && meant.parse::<Npi>().is_ok()).then_some(meant)
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

/// The readings by which somebody is found who is not among the results anyway.
fn other_meanings(answer: &Answer) -> Vec<&OtherReading> {
    let is_shown = |card: &Card| answer.results.iter().any(|known| known.locator == card.locator);
    let others = answer.other_readings.iter();
    others.filter(|reading| !reading.results.iter().all(is_shown)).collect()
}

/// Whether a spelling finds others than are shown already.
fn leads_elsewhere(answer: &Answer, spelling: &Spelling) -> bool {
    let all = answer.total.as_ref().filter(|total| total.relation == "eq");
    all.is_none_or(|total| total.value != spelling.count)
}

fn heading(answer: &Answer, say: Lang) -> String {
    match &answer.total {
        Some(total) => say.found(total.value, total.relation == "eq"),
        None if answer.results.is_empty() => say.nobody_found().to_owned(),
        None => say.providers().to_owned(),
    }
}

fn nothing(visit: &Visit, form: &Form) -> Markup {
    let say = visit.say;
    let wider = Form {
        q: form.q.clone(),
        near: form.near.clone(),
        ..Form::default()
    };
    html! {
        div .empty {
            p { (say.nobody_fits()) }
            ul {
                @if form.filters() > 0 { li { a href=(visit.path(&wider.at(""))) { (say.without_filters()) } } }
                @if !form.near.is_empty() { li { (say.elsewhere()) } }
                li { (say.fewer_words()) }
                li { a href=(visit.path("/")) { (say.start_again()) } }
            }
        }
    }
}

/// What is said of a listing in force that nobody has confirmed in time.
pub fn not_verified(say: Lang, ever: bool) -> &'static str {
    if ever {
        say.not_verified_lately()
    } else {
        say.not_verified()
    }
}

fn is_unverified(card: &Card, today: NaiveDate) -> bool {
    let kind = card.kind.parse().unwrap_or(ProviderKind::Individual);
    let confirmed = card.verified_at.as_deref().and_then(|day| day.parse().ok());
    card.network_status == NetworkStatus::Active.code() && !is_verified(kind, confirmed, today)
}

/// How somebody who is not called as was typed is meant nevertheless.
fn likeness(say: Lang, matched: &Matched) -> Option<&'static str> {
    match matched.name.as_deref()? {
        "nickname" => Some(say.nickname()),
        "initial" => Some(say.by_initial()),
        "phonetic" => Some(say.sounds_alike()),
        "typo" => Some(say.similar_spelling()),
        "alias" => Some(say.also_known_as()),
        "former" => Some(say.formerly()),
        _ => None,
    }
}

/// Whether it is another name than the one shown.
fn is_other_name(matched: &Matched) -> bool {
    matches!(matched.name.as_deref(), Some("alias" | "former"))
}

/// What somebody does: of several specialties the primary one, or the one that was asked for.
fn specialty(say: Lang, card: &Card, asked: &[String]) -> Markup {
    let all = &card.specialties;
    let primary = all.iter().find(|s| s.primary).or(all.first());
    let is_asked = |specialty: &&Specialty| asked.contains(&specialty.code);
    let shown = primary
        .filter(is_asked)
        .or_else(|| all.iter().find(is_asked))
        .or(primary);
    let name = |specialty: &Specialty| {
        let english = specialty.name.as_deref().unwrap_or(&specialty.code);
        specialty_name(say, &specialty.code, english)
    };
    let also = primary.filter(|primary| shown.is_some_and(|shown| shown.code != primary.code));
    let others = all.len().saturating_sub(1 + usize::from(also.is_some()));
    html! {
        @if let Some(shown) = shown {
            p .specialty {
                (name(shown))
                @if also.is_some() || others > 0 {
                    span .more {
                        @if let Some(also) = also { ", " (say.also()) " " (name(also)) }
                        @if others > 0 { " " (say.and_more(others)) }
                    }
                }
            }
        }
    }
}

/// A specialty by its name in the language of the page; one that is known in English only is marked as that.
pub fn specialty_name(say: Lang, code: &str, english: &str) -> Markup {
    let own = say.specialty_name(code);
    let is_foreign = say != Lang::En && own.is_none();
    html! {
        span lang=[is_foreign.then_some("en")] { (own.unwrap_or(english)) }
        @if is_foreign { span .more { " (" (say.in_english()) ")" } }
    }
}

/// The link to a provider's page. It tells that page from which search one comes, and nobody else.
fn to_page(visit: &Visit, locator: &str, words: &str) -> Markup {
    html! { a href=(visit.path(&format!("/p/{locator}"))) referrerpolicy="same-origin" { (words) } }
}

/// One provider in short. `asked`: the codes of what is looked for.
pub fn card<'a>(visit: &Visit, card: &'a Card, asked: &[String], names: &Names<'a>) -> Markup {
    let say = names.say;
    let (status, words) = status(say, &card.network_status);
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
                h3 dir="auto" { (to_page(visit, &card.locator, &card.name)) }
                @if let Some(miles) = card.distance_miles { p .distance { (number(miles)) " mi" } }
            }
            (specialty(say, card, asked))
            ul .badges aria-label=(say.at_a_glance()) {
                @if let Some(likeness) = likeness(say, &card.matched) {
                    li .badge .like {
                        (likeness)
                        @if let (true, Some(text)) = (is_other_name(&card.matched), &card.matched.text) { " " (text) }
                    }
                }
                @if let Some(npi) = &card.matched.former_npi { li .badge .like { (say.formerly()) " NPI " (npi) } }
                li .badge .(status) { (words) }
                @if is_unverified(card, names.now.date_naive()) { li .badge .no { (not_verified(say, card.verified_at.is_some())) } }
                @match card.accepting_new_patients {
                    Some(true) => li .badge .yes { (say.takes_new_patients()) },
                    Some(false) => li .badge .no { (say.no_new_patients()) },
                    None => {},
                }
                @if card.telehealth { li .badge { (say.telehealth()) } }
            }
            @if let Some(location) = &card.location { (place(say, location, card.other_locations)) }
            dl .facts {
                @if !languages.is_empty() { div { dt { (say.speaks()) } dd { (languages.join(", ")) } } }
                @if !networks.is_empty() { div { dt { (say.networks()) } dd { (networks.join(", ")) } } }
                @if let Some(npi) = &card.npi { div { dt { (say.npi()) } dd { (npi) } } }
                @if let Some(at) = &card.next_available { div { dt { (say.next_appointment()) } dd { (appointment(say, at)) ", " (to_page(visit, &card.locator, names.clinic(card).unwrap_or(say.at_a_clinic()))) } } }
                @if let Some(day) = &card.verified_at { div { dt { (say.last_verified()) } dd { (self::day(say, day)) } } }
            }
            @if let Some(phone) = card.location.as_ref().and_then(|l| l.phone.as_deref()) {
                p .call { (telling::phone(say, phone, &card.name)) }
            }
        }
    }
}

/// A day as people write it.
fn day(say: Lang, text: &str) -> Markup {
    html! { @match text.parse::<NaiveDate>() { Ok(day) => { (date(say, day)) } Err(_) => { (text) } } }
}

/// A day as people write it, and as programs read it.
pub fn date(say: Lang, day: NaiveDate) -> Markup {
    html! { time datetime=(day) { (say.day(day)) } }
}

/// The beginning of an appointment, on the clock of the clinic.
pub fn appointment(say: Lang, at: &str) -> Markup {
    let read = DateTime::parse_from_rfc3339(at);
    let said = read.map_or_else(|_| at.to_owned(), |at| say.day_and_hour(at.naive_local()));
    html! { time datetime=(at) { (said) } " (" (say.local_time()) ")" }
}

fn place(say: Lang, location: &Location, others: u64) -> Markup {
    let rough = matches!(location.position_quality.as_deref(), Some("city" | "county"));
    html! {
        address {
            @for line in [&location.line1, &location.line2].into_iter().flatten() { (line) br; }
            (town(location.city.as_deref(), location.state.as_deref(), location.postal_code.as_deref()))
            @if others > 0 { br; span .more { (say.other_places(others)) } }
            @if rough { br; span .more { (say.rough()) } }
        }
    }
}

fn pages(visit: &Visit, form: &Form, answer: &Answer) -> Markup {
    html! {
        @if !form.cursor.is_empty() || answer.next_cursor.is_some() {
            nav .pages aria-label=(visit.say.pages()) {
                @if !form.cursor.is_empty() { a rel="first" href=(visit.path(&form.at(""))) { (visit.say.first_page()) } }
                @if let Some(cursor) = &answer.next_cursor {
                    a .next rel="next" href=(visit.path(&form.at(cursor))) { (visit.say.next_page()) }
                }
            }
        }
    }
}

/// The class and the words of a network status.
pub fn status(say: Lang, code: &str) -> (&'static str, &'static str) {
    match code {
        "ACTIVE" => ("active", say.active()),
        "INACTIVE" => ("inactive", say.inactive()),
        _ => ("pending", say.pending()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_meaning_is_shown_where_it_brings_somebody_new() {
        let card = |locator: &str| serde_json::json!({"locator": locator, "name": "A", "kind": "individual", "network_status": "ACTIVE"});
        let readings = [vec![card("1"), card("2")], vec![card("2"), card("3")], vec![card("2")]];
        let readings = readings.map(|results| serde_json::json!({"results": results}));
        let answer = serde_json::json!({"results": [card("1"), card("2")], "other_readings": readings});
        let answer: Answer = serde_json::from_value(answer).expect("an answer");
        let shown = other_meanings(&answer);
        let shown = shown.iter().map(|reading| reading.results[1].locator.as_str());
        assert_eq!(shown.collect::<Vec<_>>(), ["3"]);
    }

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
    fn an_npi_with_a_wrong_check_digit_is_corrected() {
        let answer = Answer::default();
        let meant = |q: &str| {
            let form = Form {
                q: q.to_owned(),
                ..Form::default()
            };
            meant_npi(&form, &answer)
        };
        assert_eq!(meant("1234567890").as_deref(), Some("1234567893"));
        assert_eq!(
            (meant("1234567893"), meant("smith"), meant("12345")),
            (None, None, None)
        );
    }

    #[test]
    fn only_other_names_are_told_as_likenesses() {
        let like = |name: &str| Matched {
            name: Some(name.to_owned()),
            text: None,
            former_npi: None,
        };
        assert_eq!(likeness(Lang::En, &like("phonetic")), Some("Sounds alike"));
        assert_eq!(
            (
                likeness(Lang::En, &like("exact")),
                likeness(Lang::En, &Matched::default())
            ),
            (None, None)
        );
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
            specialty(Lang::En, &card, &asked).into_string()
        };
        let primary = "Orthopaedic Surgery</span><span class=\"more\"> and 2 more</span>";
        assert!(shown(&[]).contains(primary) && shown(&["207X00000X"]).contains(primary));
        let asked = shown(&["207RE0101X"]);
        assert!(
            asked.contains(
                "Endocrinology</span><span class=\"more\">, also <span>Orthopaedic Surgery</span> and 1 more</span>"
            ),
            "{asked}"
        );
    }

    #[test]
    fn numbers_read_like_numbers() {
        assert_eq!([0.04, 9.94, 9.96, 120.4].map(number), ["0.0", "9.9", "10", "120"]);
        assert_eq!(
            town(Some("Houston"), Some("TX"), Some("770301234")),
            "Houston, TX 77030-1234"
        );
        assert_eq!(town(None, Some("TX"), None), "TX");
    }
}
