//! Results as cards, the line above them, the pages below them.

use chrono::{NaiveDate, NaiveDateTime};
use maud::{Markup, html};

use super::{
    answer::{Answer, Card, Interpreted, Location, Matched},
    form::Form,
};
use crate::domain::listing::is_verified;
use crate::interfaces::http::links::Links;
use crate::vocab::{
    Lexicon,
    terms::{NetworkStatus, ProviderKind},
};

/// Names of codes, on a day.
pub struct Names<'a> {
    lexicon: &'a Lexicon,
    today: NaiveDate,
}

impl<'a> Names<'a> {
    /// From the vocabulary as it is now.
    pub fn new(lexicon: &'a Lexicon, today: NaiveDate) -> Self {
        Self { lexicon, today }
    }

    /// `Spanish` for `es`.
    fn language(&self, code: &'a str) -> &'a str {
        self.lexicon.languages.get(code).map_or(code, |term| term.name.as_str())
    }

    /// `Cardiovascular Disease Physician` for `207RC0000X`.
    fn specialty(&self, code: &'a str) -> &'a str {
        self.lexicon
            .specialties
            .get(code)
            .map_or(code, |term| term.name.as_str())
    }
}

/// The results, or what to do where there are none.
pub fn section<'a>(links: &Links, form: &Form, answer: &'a Answer, names: &Names<'a>) -> Markup {
    html! {
        section .results aria-labelledby="found" {
            h2 #found { (heading(answer)) }
            (understood(answer, names))
            @if let Some(hint) = &answer.hint { p .note { (hint) } }
            @if let Some(spelling) = &answer.did_you_mean {
                @let other = Form { q: spelling.text.clone(), cursor: String::new(), ..form.clone() };
                p .note { "Did you mean " a href=(links.path(&other.at(""))) { (spelling.text) } "? (" (spelling.count) ")" }
            }
            @if let Some(miles) = answer.expanded_radius_miles {
                p .note { "Too few were found nearby, so this looks up to " (number(miles)) " miles away." }
            }
            @if answer.results.is_empty() {
                (nothing(links, form))
            } @else {
                ol .cards { @for card in &answer.results { li { (self::card(links, card, names)) } } }
                (pages(links, form, answer))
            }
            @if !answer.other_readings.is_empty() {
                h2 { "It may also mean" }
                @for reading in &answer.other_readings {
                    ol .cards { @for card in &reading.results { li { (self::card(links, card, names)) } } }
                }
            }
        }
    }
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

/// How the text was read, so that a person sees what was searched for.
fn understood<'a>(answer: &'a Answer, names: &Names<'a>) -> Markup {
    let read = &answer.interpreted;
    let specialties = read.specialty.iter().flatten().map(|code| names.specialty(code));
    let languages = read.language.iter().flatten().map(|code| names.language(code));
    let place = read.place.as_ref().and_then(|place| place.label.as_deref());
    let mut specialties = specialties.collect::<Vec<_>>();
    let more = specialties.len().saturating_sub(3);
    specialties.truncate(3);
    let languages = languages.collect::<Vec<_>>();
    let wishes = wishes(read);
    let numbers = [("NPI ", &read.npi), ("telephone ", &read.phone)];
    let numbers: Vec<String> = numbers
        .into_iter()
        .filter_map(|(kind, number)| Some(format!("{kind}{}", number.as_ref()?)))
        .collect();
    let said = [
        !specialties.is_empty(),
        !languages.is_empty(),
        !wishes.is_empty(),
        !numbers.is_empty(),
    ];
    let anything = said.contains(&true) || place.is_some() || read.name.is_some() || read.radius_miles.is_some();
    html! {
        @if anything {
            p .understood {
                "Understood as "
                @if !specialties.is_empty() {
                    span .chip { (specialties.join(", ")) @if more > 0 { " and " (more) " more" } } " "
                }
                @if let Some(name) = &read.name { span .chip { "named " (name) } " " }
                @if !languages.is_empty() { span .chip { "speaks " (languages.join(" or ")) } " " }
                @for wish in &wishes { span .chip { (wish) } " " }
                @for number in &numbers { span .chip { (number) } " " }
                @match (place, read.radius_miles) {
                    (Some(place), Some(miles)) => span .chip { "within " (radius(miles)) " miles of " (place) },
                    (Some(place), None) => span .chip { "near " (place) },
                    (None, Some(miles)) => span .chip { "within " (radius(miles)) " miles" },
                    (None, None) => {},
                }
            }
        }
    }
}

/// What else was wished for, in words.
fn wishes(read: &Interpreted) -> Vec<String> {
    let mut wishes = Vec::new();
    match read.gender.as_deref() {
        Some("F") => wishes.push("a woman".to_owned()),
        Some("M") => wishes.push("a man".to_owned()),
        _ => {}
    }
    for (wish, said) in [
        (read.accepting_new_patients, "takes new patients"),
        (read.telehealth, "telehealth"),
        (read.accessibility.as_ref().map(|codes| !codes.is_empty()), "accessible"),
    ] {
        if wish == Some(true) {
            wishes.push(said.to_owned());
        }
    }
    if let Some(open_at) = &read.open_at {
        let at = NaiveDateTime::parse_from_str(open_at, "%Y-%m-%dT%H:%M");
        wishes.push(match at {
            Ok(at) => at.format("open on %A %-d %B at %H:%M").to_string(),
            Err(_) => format!("open {open_at}"),
        });
    }
    if let Some(day) = &read.available_before {
        wishes.push(format!("free before {day}"));
    }
    for piece in &read.terms {
        match piece.kind.as_str() {
            "network" => wishes.push(format!("in the network \u{201c}{}\u{201d}", piece.text)),
            "plan" => wishes.push(format!("in the plan \u{201c}{}\u{201d}", piece.text)),
            "excluded" => wishes.push(piece.text.clone()),
            _ => {}
        }
    }
    wishes
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
                @if form.has_filters() { li { a href=(links.path(&wider.at(""))) { "search again without filters" } } }
                @if !form.near.is_empty() { li { "choose a larger distance or another place" } }
                li { "use fewer words, or only the family name" }
                li { a href=(links.path("/")) { "start again" } }
            }
        }
    }
}

/// What is said of a listing in force that nobody has confirmed in time.
pub const NOT_VERIFIED: &str = "Not verified";

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

/// One provider in short.
pub fn card<'a>(links: &Links, card: &'a Card, names: &Names<'a>) -> Markup {
    let primary = card.specialties.iter().find(|s| s.primary).or(card.specialties.first());
    let others = card.specialties.len().saturating_sub(1);
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
            @if let Some(primary) = primary {
                p .specialty {
                    (primary.name.as_deref().unwrap_or(&primary.code))
                    @if others > 0 { span .more { " and " (others) " more" } }
                }
            }
            ul .badges aria-label="At a glance" {
                @if let Some(likeness) = likeness(&card.matched) {
                    li .badge .like {
                        (likeness)
                        @if let (true, Some(text)) = (is_other_name(&card.matched), &card.matched.text) { " " (text) }
                    }
                }
                li .badge .(status) { (words) }
                @if is_unverified(card, names.today) { li .badge .no { (NOT_VERIFIED) } }
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
                @if let Some(day) = &card.verified_at { div { dt { "Verified" } dd { time datetime=(day) { (day) } } } }
            }
            @if let Some(phone) = card.location.as_ref().and_then(|l| l.phone.as_deref()) {
                p .call { (self::phone(phone, &card.name)) }
            }
        }
    }
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
        nav .pages aria-label="Pages of results" {
            @if !form.cursor.is_empty() { a rel="first" href=(links.path(&form.at(""))) { "First page" } }
            @if let Some(cursor) = &answer.next_cursor {
                a .next rel="next" href=(links.path(&form.at(cursor))) { "Next page" }
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

/// A link that calls, labelled with whom.
pub fn phone(number: &str, whom: &str) -> Markup {
    let digits = number.chars().filter(char::is_ascii_digit).collect::<String>();
    let (dialled, shown) = match (digits.len(), digits.get(..3), digits.get(3..6), digits.get(6..)) {
        (10, Some(area), Some(exchange), Some(line)) => (format!("+1{digits}"), format!("({area}) {exchange}-{line}")),
        _ => (digits, number.to_owned()),
    };
    html! { a .phone href={ "tel:" (dialled) } aria-label={ "Call " (whom) ", " (shown) } { (shown) } }
}

/// A distance: a tenth below ten, whole above.
fn number(miles: f64) -> String {
    if miles < 9.95 {
        format!("{miles:.1}")
    } else {
        format!("{miles:.0}")
    }
}

/// A radius as it was asked for: whole miles have no tenths.
fn radius(miles: f64) -> String {
    if miles.fract() == 0.0 {
        format!("{miles:.0}")
    } else {
        number(miles)
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
    fn what_was_read_is_shown_with_its_radius_and_its_name() {
        let shown = |read: serde_json::Value| {
            let answer = serde_json::json!({"results": [], "interpreted": read});
            let answer: Answer = serde_json::from_value(answer).expect("an answer");
            let lexicon = Lexicon::default();
            understood(&answer, &Names::new(&lexicon, NaiveDate::default())).into_string()
        };
        let near = shown(serde_json::json!({"place": {"label": "Houston, TX"}, "radius_miles": 5.0}));
        assert!(near.contains("within 5 miles of Houston, TX"), "{near}");
        assert!(shown(serde_json::json!({"radius_miles": 6.3})).contains("within 6.3 miles"));
        assert!(shown(serde_json::json!({"name": "smith"})).contains("named smith"));
        assert!(shown(serde_json::json!({"npi": "1245319599"})).contains("NPI 1245319599"));
        assert_eq!(shown(serde_json::json!({})), "");
        let like = |name: &str| Matched {
            name: Some(name.to_owned()),
            text: None,
        };
        assert_eq!(likeness(&like("phonetic")), Some("Sounds alike"));
        assert_eq!((likeness(&like("exact")), likeness(&Matched::default())), (None, None));
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
        let call = phone("713.555.0100", "Jane <Smith>").into_string();
        assert_eq!(
            call,
            r#"<a class="phone" href="tel:+17135550100" aria-label="Call Jane &lt;Smith&gt;, (713) 555-0100">(713) 555-0100</a>"#
        );
    }
}
