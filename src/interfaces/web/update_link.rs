//! The page behind an update link: the listing as it is, a button that confirms it, and a form that says what is not right.
//!
//! It is for the person at a doctor's office who got the link in a letter: one page, no account, no script.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::{
    plain_page::{self, Line},
    portal::date,
    visit::Visit,
};
use crate::domain::{
    listing::is_verified,
    provider::{Location, Provider},
};
use crate::interfaces::http::{
    Rooms,
    links::Links,
    parameters,
    problem::Problem,
    update_links::{OwnWords, listing_of, used},
};
use crate::vocab::{
    Fault, Lexicon,
    terms::{Gender, ProviderKind},
};

/// What of a place can be corrected, with what it is called.
const OF_A_PLACE: [(&str, &str); 6] = [
    ("line1", "Street"),
    ("line2", "Suite or building"),
    ("city", "City"),
    ("state", "State, two letters"),
    ("postal_code", "ZIP code"),
    ("phone", "Telephone there"),
];

/// `GET /update-links/{token}` by a browser; behind `done`, what has just been done.
pub async fn open(rooms: &Rooms, links: &Links, token: &str, query: Option<&str>) -> Response {
    let asked = parameters::pairs(query).and_then(|pairs| parameters::only(pairs, ["done"]));
    match (asked, listing_of(rooms, token).await) {
        (Ok([done]), Ok(provider)) => {
            let form = Form::of(&provider, &rooms.schema.lexicon());
            whole(rooms, links, token, &provider, &form, Told::Done(done.as_deref()))
        }
        (Err(problem), _) | (_, Err(problem)) => plain_page::refused(&Visit::plain(links), &problem),
    }
}

/// `POST /update-links/{token}` by a form: leads back to the page, which says what was done, so that sending it anew does nothing.
pub async fn sent(rooms: &Rooms, links: &Links, token: &str, body: &[u8]) -> Response {
    let provider = match listing_of(rooms, token).await {
        Ok(provider) => provider,
        Err(problem) => return plain_page::refused(&Visit::plain(links), &problem),
    };
    let lexicon = rooms.schema.lexicon();
    let mut form = Form::of(&provider, &lexicon);
    let done = async {
        let text = std::str::from_utf8(body).unwrap_or_default();
        let pairs = parameters::pairs(Some(text))?;
        if pairs.iter().any(|(name, _)| name == "confirm") {
            let confirmed = OwnWords {
                confirm: true,
                change: None,
            };
            used(rooms, token, confirmed).await?;
            return Ok("confirmed");
        }
        form.take(pairs);
        let (change, _) = form.change(&provider, &lexicon);
        if change.is_empty() {
            let message = "nothing is different yet: change what is not right, or confirm that all is";
            return Err(Problem::fault("listing", "required", message));
        }
        let corrected = OwnWords {
            confirm: false,
            change: Some(change),
        };
        used(rooms, token, corrected).await?;
        Ok("proposed")
    };
    match done.await {
        Ok(done) => Redirect::to(&links.path(&format!("/update-links/{token}?done={done}"))).into_response(),
        Err(problem) => whole(rooms, links, token, &provider, &form, Told::Refused(&problem)),
    }
}

/// What the page says above the listing.
enum Told<'a> {
    Done(Option<&'a str>),
    Refused(&'a Problem),
}

/// What stands in the form: by name, in the order of the listing.
struct Form {
    values: Vec<(String, String)>,
    places: usize,
}

impl Form {
    fn of(provider: &Provider, lexicon: &Lexicon) -> Self {
        let mut values = vec![
            ("phone".to_owned(), provider.phone.clone().unwrap_or_default()),
            ("email".to_owned(), provider.email.clone().unwrap_or_default()),
            ("languages".to_owned(), spoken(provider, lexicon)),
            ("gender".to_owned(), provider.gender.map_or("", Gender::code).to_owned()),
        ];
        // One place more than there are, for one that is missing.
        for n in 0..=provider.locations.len() {
            let place = provider.locations.get(n);
            for (name, _) in OF_A_PLACE {
                let value = place.and_then(|place| said(place, name)).unwrap_or_default();
                let value = if name == "postal_code" {
                    dashed(value)
                } else {
                    value.to_owned()
                };
                values.push((format!("{name}.{n}"), value));
            }
        }
        Self {
            values,
            places: provider.locations.len(),
        }
    }

    fn value(&self, name: &str) -> &str {
        let found = self.values.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// What was sent in the place of what was there; what the form does not have is left out.
    fn take(&mut self, pairs: Vec<(String, String)>) {
        for (name, value) in pairs {
            match self.values.iter_mut().find(|(known, _)| *known == name) {
                Some(kept) => kept.1 = value,
                None if name.starts_with("gone.") => self.values.push((name, value)),
                None => {}
            }
        }
    }

    /// What is different from the listing, as a change of a provider; and which of the form's places its places are.
    fn change(&self, provider: &Provider, lexicon: &Lexicon) -> (Map<String, Value>, Vec<usize>) {
        let was = Self::of(provider, lexicon);
        let mut change = Map::new();
        for name in ["phone", "email", "gender"] {
            if self.value(name) != was.value(name) {
                change.insert(name.to_owned(), text_or_null(self.value(name)));
            }
        }
        if self.value("languages") != was.value("languages") {
            let words = self.value("languages").split([',', ';']).map(str::trim);
            let words = words.filter(|word| !word.is_empty()).collect::<Vec<_>>();
            change.insert("languages".to_owned(), json!(words));
        }
        let mut places = Vec::new();
        let mut which = Vec::new();
        let mut is_other = false;
        for n in 0..=self.places {
            let is_gone = !self.value(&format!("gone.{n}")).is_empty();
            let changed = OF_A_PLACE.iter().filter(|(name, _)| {
                let name = format!("{name}.{n}");
                self.value(&name) != was.value(&name)
            });
            let changed = changed.map(|(name, _)| *name).collect::<Vec<_>>();
            let kept = provider.locations.get(n);
            is_other |= !changed.is_empty() || (is_gone && kept.is_some());
            if is_gone || (kept.is_none() && changed.is_empty()) {
                continue;
            }
            let mut place = kept.map_or_else(|| json!({}), |place| json!(place));
            for name in &changed {
                let value = self.value(&format!("{name}.{n}"));
                place[*name] = match *name {
                    "postal_code" => text_or_null(&value.replace('-', "")),
                    _ => text_or_null(value),
                };
            }
            if changed.iter().any(|name| *name != "phone" && *name != "line2")
                && let Some(place) = place.as_object_mut()
            {
                // Where it is follows from the address that it has now.
                for name in ["point", "position_quality", "county", "time_zone"] {
                    place.remove(name);
                }
            }
            places.push(place);
            which.push(n);
        }
        if is_other {
            change.insert("locations".to_owned(), json!(places));
        }
        (change, which)
    }
}

fn text_or_null(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}

fn said<'a>(place: &'a Location, name: &str) -> Option<&'a str> {
    match name {
        "line1" => place.line1.as_deref(),
        "line2" => place.line2.as_deref(),
        "city" => place.city.as_deref(),
        "state" => place.state.as_deref(),
        "postal_code" => place.postal_code.as_deref(),
        "phone" => place.phone.as_deref(),
        _ => None,
    }
}

/// `55802-1234`, as it is written on letters.
fn dashed(zip: &str) -> String {
    match (zip.len(), zip.get(..5), zip.get(5..)) {
        (9, Some(five), Some(four)) => format!("{five}-{four}"),
        _ => zip.to_owned(),
    }
}

/// `English, Spanish`.
fn spoken(provider: &Provider, lexicon: &Lexicon) -> String {
    let name = |code: &String| {
        let term = lexicon.languages.get(code);
        term.map_or(code.clone(), |term| term.name.clone())
    };
    provider.languages.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn whole(rooms: &Rooms, links: &Links, token: &str, provider: &Provider, form: &Form, told: Told<'_>) -> Response {
    let name = provider.name.display();
    let action = links.path(&format!("/update-links/{token}"));
    let (status, problem) = match told {
        Told::Refused(problem) => (problem.kind().status(), Some(problem)),
        Told::Done(_) => (StatusCode::OK, None),
    };
    let today = rooms.now().date_naive();
    let content = html! {
        h1 { "Is this listing right?" }
        @match told {
            Told::Done(Some("confirmed")) => p .done role="status" { "Thank you. The listing is confirmed as it is." },
            Told::Done(Some("proposed")) => p .done role="status" {
                "Thank you. What you corrected is looked at within two business days, and then shown in the directory."
            },
            Told::Done(_) => {},
            Told::Refused(problem) => (plain_page::alert(problem)),
        }
        p { "This is how " strong { (name) } " is listed in the directory, and how people find you. The link is for this listing alone." }
        dl {
            @if let Some(npi) = provider.npi { dt { "NPI" } dd { (npi) } }
            dt { "Listing" } dd { a href=(links.path(&format!("/p/{}", provider.locator))) { (provider.locator) } }
            dt { "Last confirmed" }
            dd {
                @match provider.verified_at {
                    None => "Never",
                    Some(day) => { (date(day)) @if !is_verified(provider.kind, Some(day), today) { ", too long ago" } }
                }
            }
        }
        section .card aria-labelledby="confirm" {
            h2 #confirm { "All of it is right" }
            p { "Telephone, address, languages below are as they should be." }
            form action=(action) method="post" {
                button type="submit" name="confirm" value="true" { "Confirm the listing" }
            }
        }
        section aria-labelledby="correct" {
            h2 #correct { "Something is not right" }
            p { "Change what is wrong and send it. What you leave as it is stays." }
            (correction(&action, provider, form, problem, &rooms.schema.lexicon()))
        }
    };
    plain_page::answer(&Visit::plain(links), status, &name, &content)
}

fn correction(action: &str, provider: &Provider, form: &Form, problem: Option<&Problem>, lexicon: &Lexicon) -> Markup {
    let (_, which) = form.change(provider, lexicon);
    let faults = problem.map(Problem::errors).unwrap_or_default();
    let of = |name: &str| faults.iter().find(|fault| is_about(fault, name, &which));
    let line = |name: &str, label: &str, longest: usize| {
        let line = Line {
            name,
            label,
            value: form.value(name),
            wrong: of(name).map(plain_page::words),
        };
        line.field(longest)
    };
    html! {
        form .stack action=(action) method="post" {
            (line("phone", "Telephone", 50))
            (line("email", "Email address", 254))
            (line("languages", "Languages spoken, with commas between", 500))
            @if provider.kind == ProviderKind::Individual {
                div {
                    label for="gender" { "Gender" }
                    select #gender name="gender" {
                        @for (code, words) in [("", "Not said"), ("F", "Female"), ("M", "Male"), ("X", "Another")] {
                            option value=(code) selected[form.value("gender") == code] { (words) }
                        }
                    }
                }
            }
            @for n in 0..=provider.locations.len() {
                @let is_new = n == provider.locations.len();
                fieldset .box {
                    legend {
                        @if is_new { "A place that is missing" }
                        @else if provider.locations.len() == 1 { "Place" }
                        @else { "Place " (n + 1) " of " (provider.locations.len()) }
                    }
                    @for (name, label) in OF_A_PLACE { (line(&format!("{name}.{n}"), label, 200)) }
                    @if !is_new && provider.locations.len() > 1 {
                        @let gone = format!("gone.{n}");
                        div { label {
                            input type="checkbox" name=(gone) value="true" checked[!form.value(&gone).is_empty()];
                            " We are not at this place any more"
                        } }
                    }
                }
            }
            div { button type="submit" { "Send the corrections" } }
        }
    }
}

/// Whether a fault of a change is about a field of the form: `locations[0].state` about `state.1`, where the first place is gone.
fn is_about(fault: &Fault, name: &str, which: &[usize]) -> bool {
    let field = fault.field.strip_prefix("change.").unwrap_or(&fault.field);
    if let Some((member, n)) = name.split_once('.') {
        let at = which.iter().position(|known| n.parse() == Ok(*known));
        return at.is_some_and(|at| field == format!("locations[{at}].{member}"));
    }
    field == name || field.strip_prefix(name).is_some_and(|rest| rest.starts_with('['))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_a_place_stands_at_its_field() {
        let fault = Fault::new("locations[0].state", "format", "two letters");
        assert!(is_about(&fault, "state.1", &[1, 2]));
        assert!(!is_about(&fault, "state.0", &[1, 2]) && !is_about(&fault, "city.1", &[1, 2]));
        let fault = Fault::new("languages[1]", "unknown_language", "no language");
        assert!(is_about(&fault, "languages", &[]) && !is_about(&fault, "phone", &[]));
    }
}
