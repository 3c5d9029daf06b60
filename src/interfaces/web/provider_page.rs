//! One provider's page at `/p/{locator}`.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use chrono::NaiveDate;
use maud::{Markup, html};

use super::{
    answer::Card,
    layout,
    portal::{date, in_words},
    problems,
    results::{self, Names},
    telling,
};
use crate::domain::{
    listing::is_verified,
    provider::{Location, OpeningHours, Provider},
    reference::Reference,
};
use crate::interfaces::http::{
    Rooms,
    access::{Identity, Searcher},
    links::Links,
    listing,
    problem::{Kind, Problem},
    providers::{self, Found},
    search::View,
};
use crate::store::{practitioners::PublicRole, providers::ProviderKey};
use crate::vocab::{Lexicon, terms::NetworkStatus};

/// `GET /p/{key}`.
pub async fn get(
    State(rooms): State<Arc<Rooms>>,
    known: Result<Searcher, Problem>,
    links: Links,
    Path(key): Path<String>,
) -> Response {
    answer(&rooms, known, &links, &key).await.unwrap_or_else(|problem| {
        let mut page = problems::page(&links, &problem);
        let moved = problem
            .moved_to()
            .map(|locator| links.absolute(&format!("/p/{locator}")));
        if let Some(location) = moved.and_then(|location| HeaderValue::from_str(&location).ok()) {
            page.headers_mut().insert(header::LOCATION, location);
        }
        page
    })
}

async fn answer(
    rooms: &Rooms,
    known: Result<Searcher, Problem>,
    links: &Links,
    key: &str,
) -> Result<Response, Problem> {
    let Searcher(who) = known?;
    let view = View::of(who.as_ref());
    let key = providers::parse_key(key)?;
    let Found { provider, roles, .. } = match providers::read(rooms, &view, &key).await {
        Err(problem) if problem.kind() == Kind::Unavailable => {
            return from_index(rooms, &view, (links, who.as_ref()), &key);
        }
        read => read?,
    };
    let (lexicon, snapshot) = (rooms.schema.lexicon(), rooms.index.snapshot());
    let today = rooms.now().date_naive();
    let content = content(links, (&provider, &roles), &lexicon, &snapshot.reference, today);
    let page = layout::page_for(links, who.as_ref(), &provider.name.display(), &content);
    Ok(problems::respond(StatusCode::OK, page))
}

/// The provider's cards, while the store of record is away.
fn from_index(
    rooms: &Rooms,
    view: &View,
    (links, who): (&Links, Option<&Identity>),
    key: &ProviderKey,
) -> Result<Response, Problem> {
    let cards = listing::cards(rooms, view, key)?;
    let cards = cards.into_iter().map(serde_json::from_value::<Card>);
    let cards = cards
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| Problem::internal(&e))?;
    let lexicon = rooms.schema.lexicon();
    let snapshot = view.snapshot(rooms);
    let names = Names::new(&lexicon, &snapshot.reference, rooms.now().date_naive());
    let name = cards.first().map_or(layout::NAME, |card| card.name.as_str());
    let content = html! {
        h1 { (name) }
        p .note { "Not all details can be shown right now." }
        ol .cards { @for card in &cards { li { (results::card(links, card, &[], &names)) } } }
        p { a href=(links.path("/")) { "New search" } }
    };
    Ok(problems::respond(
        StatusCode::OK,
        layout::page_for(links, who, name, &content),
    ))
}

fn content(
    links: &Links,
    (provider, roles): (&Provider, &[PublicRole]),
    lexicon: &Lexicon,
    reference: &Reference,
    today: NaiveDate,
) -> Markup {
    let (status, words) = results::status(provider.network_status.code());
    html! {
        article .provider {
            header {
                h1 { (provider.name.display()) }
                ul .badges aria-label="At a glance" {
                    li .badge .(status) { (words) }
                    @if provider.network_status == NetworkStatus::Active
                        && !is_verified(provider.kind, provider.verified_at, today) {
                        li .badge .no { (results::not_verified(provider.verified_at.is_some())) }
                    }
                }
            }
            (about(provider, lexicon))
            (networks(provider, reference, today))
            section aria-labelledby="places" {
                h2 #places { @if provider.locations.len() == 1 { "Place" } @else { "Places" } }
                @if provider.locations.is_empty() { p { "No place of practice is known." } }
                ol .cards {
                    @for location in &provider.locations { li { (place(location, provider)) } }
                }
            }
            @if !roles.is_empty() {
                section aria-labelledby="roles" {
                    h2 #roles { "Practises at" }
                    ol .cards { @for role in roles { li { (clinic(role, provider)) } } }
                }
            }
            p { a href=(links.path(&format!("/p/{}/report", provider.locator))) { "Report something wrong in this listing" } }
            p { a href=(links.path("/")) { "New search" } }
        }
    }
}

fn about(provider: &Provider, lexicon: &Lexicon) -> Markup {
    let languages = provider.languages.iter();
    let languages = languages.map(|code| {
        lexicon
            .languages
            .get(code)
            .map_or(code.as_str(), |term| term.name.as_str())
    });
    let others = provider
        .other_names
        .iter()
        .map(|other| other.name.display())
        .collect::<Vec<_>>();
    html! {
        section aria-labelledby="about" {
            h2 #about { "About" }
            dl .facts {
                @if !provider.specialties.is_empty() {
                    div {
                        dt { "Specialties" }
                        @for specialty in &provider.specialties {
                            dd {
                                (lexicon.specialties.get(&specialty.code).map_or(specialty.code.as_str(), |t| t.name.as_str()))
                                @if let Some(state) = &specialty.license_state { span .more { " licensed in " (state) } }
                            }
                        }
                    }
                }
                @if !provider.languages.is_empty() {
                    div { dt { "Speaks" } dd { (languages.collect::<Vec<_>>().join(", ")) } }
                }
                @if !others.is_empty() { div { dt { "Also known as" } dd { (others.join("; ")) } } }
                @if let Some(npi) = provider.npi { div { dt { "NPI" } dd { (npi) } } }
                div { dt { "Reference" } dd { (provider.locator) } }
                @if let Some(day) = provider.verified_at {
                    div { dt { "Last verified" } dd { (date(day)) } }
                }
            }
        }
    }
}

fn networks(provider: &Provider, reference: &Reference, today: NaiveDate) -> Markup {
    let in_force = provider
        .participations
        .iter()
        .filter(|p| p.status_on(today, provider.network_status) == NetworkStatus::Active);
    let named = in_force.filter_map(|participation| {
        let network = reference
            .networks
            .iter()
            .find(|n| n.id == participation.network_id && n.public)?;
        Some((network.name.as_str(), participation.tier.as_deref()))
    });
    let mut named = named.collect::<Vec<_>>();
    named.sort_unstable();
    named.dedup();
    html! {
        @if !named.is_empty() {
            section aria-labelledby="networks" {
                h2 #networks { "Networks" }
                ul { @for (name, tier) in named { li { (name) @if let Some(tier) = tier { span .more { " " (in_words(tier)) } } } } }
            }
        }
    }
}

fn place(location: &Location, provider: &Provider) -> Markup {
    let phone = location.phone.as_deref().or(provider.phone.as_deref());
    html! {
        div .card {
            address {
                @for line in [&location.line1, &location.line2].into_iter().flatten() { (line) br; }
                (results::town(location.city.as_deref(), location.state.as_deref(), location.postal_code.as_deref()))
            }
            @if location.telehealth { ul .badges { li .badge { "Telehealth" } } }
            @if let Some(phone) = phone { p .call { (telling::phone(phone, &provider.name.display())) } }
            @if !location.hours.is_empty() {
                table .hours {
                    caption { "Opening hours" @if let Some(zone) = &location.time_zone { " (" (zone) ")" } }
                    @for hours in &location.hours { tr { th scope="row" { (weekday(*hours)) } td { (clock(hours.opens)) " to " (clock(hours.closes)) } } }
                }
            }
        }
    }
}

fn clinic(role: &PublicRole, provider: &Provider) -> Markup {
    html! {
        div .card {
            h3 { (role.clinic) span .more { " " (role.organization) } }
            address {
                @for line in [&role.line1, &role.line2].into_iter().flatten() { (line) br; }
                (results::town(role.city.as_deref(), role.state.as_deref(), role.postal_code.as_deref()))
            }
            @if let Some(phone) = &role.phone { p .call { (telling::phone(phone, &provider.name.display())) } }
        }
    }
}

fn weekday(hours: OpeningHours) -> &'static str {
    const DAYS: [&str; 7] = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    DAYS.get(usize::from(hours.weekday).wrapping_sub(1))
        .copied()
        .unwrap_or("Day")
}

/// `5:30 pm` for 1050 minutes after midnight.
fn clock(minutes: u16) -> String {
    let (hour, minute) = (minutes / 60 % 24, minutes % 60);
    let half = if hour < 12 { "am" } else { "pm" };
    format!("{}:{minute:02} {half}", if hour % 12 == 0 { 12 } else { hour % 12 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_people_say_them() {
        assert_eq!(
            [0, 570, 720, 1050, 1440].map(clock),
            ["12:00 am", "9:30 am", "12:00 pm", "5:30 pm", "12:00 am"]
        );
    }
}
