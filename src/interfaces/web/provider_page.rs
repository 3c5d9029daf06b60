//! One provider's page at `/p/{locator}`.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use chrono::NaiveDate;
use maud::{Markup, html};

use super::{
    answer::Card,
    layout,
    portal::in_words,
    problems,
    results::{self, Names},
    telling,
    texts::Lang,
    visit::Visit,
};
use crate::domain::{
    listing::is_verified,
    provider::{Location, OpeningHours, Provider},
    reference::Reference,
};
use crate::interfaces::http::{
    Rooms,
    access::{Identity, Searcher, anonymous},
    listing, parameters,
    path::Path,
    problem::{Kind, Problem},
    providers::{self, Found},
    search::View,
};
use crate::store::{
    clinic_assignments::PublicRole,
    free_slots::{self, NextSlot},
    providers::ProviderKey,
};
use crate::vocab::{
    Lexicon, ProviderId,
    terms::{Accessibility, Gender, NetworkStatus},
};

/// `GET /p/{key}`.
pub async fn get(
    State(rooms): State<Arc<Rooms>>,
    known: Result<Searcher, Problem>,
    visit: Visit,
    Path(key): Path<String>,
) -> Response {
    answer(&rooms, known, &visit, &key).await.unwrap_or_else(|problem| {
        let mut page = problems::page(&visit, &problem);
        let moved = problem
            .moved_to()
            .map(|locator| visit.absolute(&format!("/p/{locator}")));
        if let Some(location) = moved.and_then(|location| HeaderValue::from_str(&location).ok()) {
            page.headers_mut().insert(header::LOCATION, location);
        }
        page
    })
}

async fn answer(
    rooms: &Rooms,
    known: Result<Searcher, Problem>,
    visit: &Visit,
    key: &str,
) -> Result<Response, Problem> {
    let Searcher(who) = known?;
    let view = View::of(who.as_ref());
    let key = providers::parse_key(key)?;
    let Found { provider, roles, .. } = match providers::read(rooms, &view, &key).await {
        Err(problem) if problem.kind() == Kind::Unavailable => {
            return from_index(rooms, &view, (visit, who.as_ref()), &key);
        }
        read => read?,
    };
    let (lexicon, snapshot) = (rooms.schema.lexicon(), view.snapshot(rooms));
    let today = rooms.now().date_naive();
    let known = Known {
        roles: &roles,
        // What is known of new patients is told by the index, as on a card.
        accepting: accepting(&listing::cards(rooms, &view, &key).unwrap_or_default()),
        next: match snapshot
            .free_slots
            .next(provider.id.0.as_u128(), rooms.now().timestamp())
        {
            Some(_) => next_slots(rooms, provider.id).await,
            None => Vec::new(),
        },
    };
    let content = content(visit, (&provider, &known), &lexicon, &snapshot.reference, today);
    let page = layout::page_in(visit, who.as_ref(), &provider.name.display(), &content);
    Ok(problems::respond(StatusCode::OK, page))
}

/// What a page tells of a provider beside the record.
struct Known<'a> {
    roles: &'a [PublicRole],
    /// Whether new patients are taken anywhere; none: not known.
    accepting: Option<bool>,
    /// Free appointments, the earliest first, one at each clinic.
    next: Vec<NextSlot>,
}

/// By the cards of all places: taken at one of them is taken.
fn accepting(cards: &[serde_json::Value]) -> Option<bool> {
    cards
        .iter()
        .filter_map(|card| card["accepting_new_patients"].as_bool())
        .max()
}

/// Where and when they are next free; nothing while the store takes too long.
async fn next_slots(rooms: &Rooms, provider: ProviderId) -> Vec<NextSlot> {
    let read = async {
        let mut tx = rooms.store.begin(&anonymous()).await?;
        free_slots::next_at_clinics(&mut tx, provider, rooms.now()).await
    };
    let read = tokio::time::timeout(rooms.settings.store_patience, read).await;
    read.ok().and_then(Result::ok).unwrap_or_default()
}

/// The provider's cards, while the store of record is away.
fn from_index(
    rooms: &Rooms,
    view: &View,
    (visit, who): (&Visit, Option<&Identity>),
    key: &ProviderKey,
) -> Result<Response, Problem> {
    let cards = listing::cards(rooms, view, key)?;
    let cards = cards.into_iter().map(serde_json::from_value::<Card>);
    let cards = cards
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| Problem::internal(&e))?;
    let lexicon = rooms.schema.lexicon();
    let snapshot = view.snapshot(rooms);
    let names = Names::new(
        &lexicon,
        (&snapshot.reference, &snapshot.free_slots),
        rooms.now(),
        visit.say,
    );
    let name = cards.first().map_or(visit.say.site(), |card| card.name.as_str());
    let content = html! {
        h1 { (name) }
        (back(visit))
        p .note { (visit.say.not_all_details()) }
        ol .cards { @for card in &cards { li { (results::card(visit, card, &[], &names)) } } }
        p { a href=(visit.path("/")) { (visit.say.new_search()) } }
    };
    Ok(problems::respond(
        StatusCode::OK,
        layout::page_in(visit, who, name, &content),
    ))
}

fn content(
    visit: &Visit,
    (provider, known): (&Provider, &Known<'_>),
    lexicon: &Lexicon,
    reference: &Reference,
    today: NaiveDate,
) -> Markup {
    let say = visit.say;
    let (status, words) = results::status(say, provider.network_status.code());
    html! {
        (back(visit))
        article .provider {
            header {
                h1 dir="auto" { (provider.name.display()) }
                ul .badges aria-label=(say.at_a_glance()) {
                    li .badge .(status) { (words) }
                    @if provider.network_status == NetworkStatus::Active
                        && !is_verified(provider.kind, provider.verified_at, today) {
                        li .badge .no { (results::not_verified(say, provider.verified_at.is_some())) }
                    }
                    @match known.accepting {
                        Some(true) => li .badge .yes { (say.takes_new_patients()) },
                        Some(false) => li .badge .no { (say.no_new_patients()) },
                        None => {},
                    }
                }
            }
            @if let Some(next) = known.next.first() {
                p .next {
                    strong { (say.next_appointment()) ": " (results::appointment(say, &next.starts_at.to_rfc3339())) }
                    ", " a href="#roles" { (next.clinic) }
                }
            }
            @if let Some(phone) = first_phone(provider) { p .call { (telling::phone(say, phone, &provider.name.display())) } }
            (about(say, provider, lexicon))
            (networks(say, provider, reference, today))
            section aria-labelledby="places" {
                h2 #places { @if provider.locations.len() == 1 { (say.place()) } @else { (say.places()) } }
                @if provider.locations.is_empty() { p { (say.no_place()) } }
                ol .cards {
                    @for location in &provider.locations { li { (place(say, location, provider)) } }
                }
            }
            @if !known.roles.is_empty() {
                section aria-labelledby="roles" {
                    h2 #roles { (say.practises_at()) }
                    ol .cards { @for role in known.roles { li { (clinic(say, role, provider, &known.next)) } } }
                }
            }
            p { a href=(visit.path(&format!("/p/{}/report", provider.locator))) { (say.report_wrong()) } }
            (back(visit))
            p { a href=(visit.path("/")) { (visit.say.new_search()) } }
        }
    }
}

/// The way back to the results that they come from.
fn back(visit: &Visit) -> Markup {
    html! { @if let Some(results) = visit.results() { p .back { a href=(results) { (visit.say.back_to_results()) } } } }
}

/// Where somebody in a hurry calls: the number of the first place that has one.
fn first_phone(provider: &Provider) -> Option<&str> {
    let of_a_place = provider.locations.iter().find_map(|place| place.phone.as_deref());
    of_a_place.or(provider.phone.as_deref())
}

fn about(say: Lang, provider: &Provider, lexicon: &Lexicon) -> Markup {
    let languages = provider.languages.iter();
    let languages = languages.map(|code| {
        let named = || {
            lexicon
                .languages
                .get(code)
                .map_or(code.as_str(), |term| term.name.as_str())
        };
        say.language_name(code).unwrap_or_else(named)
    });
    let others = provider
        .other_names
        .iter()
        .map(|other| other.name.display())
        .collect::<Vec<_>>();
    html! {
        section aria-labelledby="about" {
            h2 #about { (say.about()) }
            dl .facts {
                @if !provider.specialties.is_empty() {
                    div {
                        dt { (say.specialties()) }
                        @for specialty in &provider.specialties {
                            dd {
                                @let english = lexicon.specialties.get(&specialty.code).map_or(specialty.code.as_str(), |t| t.name.as_str());
                                (results::specialty_name(say, &specialty.code, english))
                                @if let Some(state) = &specialty.license_state { span .more { " " (say.licensed_in()) " " (state) } }
                            }
                        }
                    }
                }
                @if !provider.languages.is_empty() {
                    div { dt { (say.speaks()) } dd { (languages.collect::<Vec<_>>().join(", ")) } }
                }
                @if let Some(gender) = provider.gender.and_then(|gender| gendered(say, gender)) {
                    div { dt { (say.gender()) } dd { (gender) } }
                }
                @if !others.is_empty() { div { dt { (say.also_known_as()) } dd { (others.join("; ")) } } }
                @if let Some(npi) = provider.npi { div { dt { (say.npi()) } dd { (npi) } } }
                div { dt { (say.reference()) } dd { (provider.locator) } }
                @if let Some(day) = provider.verified_at {
                    div { dt { (say.last_verified()) } dd { (results::date(say, day)) } }
                }
            }
        }
    }
}

fn networks(say: Lang, provider: &Provider, reference: &Reference, today: NaiveDate) -> Markup {
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
                h2 #networks { (say.networks()) }
                ul { @for (name, tier) in named { li { (name) @if let Some(tier) = tier { span .more { " " (in_words(&tier.to_lowercase())) } } } } }
            }
        }
    }
}

fn place(say: Lang, location: &Location, provider: &Provider) -> Markup {
    let phone = location.phone.as_deref().or(provider.phone.as_deref());
    html! {
        div .card {
            address {
                @for line in [&location.line1, &location.line2].into_iter().flatten() { (line) br; }
                (results::town(location.city.as_deref(), location.state.as_deref(), location.postal_code.as_deref()))
            }
            @if let Some(address) = on_a_map(location) {
                p .more { a href=(address) rel="external noreferrer" { (say.on_a_map()) } }
            }
            @if !location.accessibility.is_empty() {
                p { (say.accessibility()) ": " (accessibility(say, &location.accessibility)) }
            }
            @if location.telehealth { ul .badges { li .badge { (say.telehealth()) } } }
            @if let Some(phone) = phone { p .call { (telling::phone(say, phone, &provider.name.display())) } }
            @if !location.hours.is_empty() {
                table .hours {
                    caption { (say.opening_hours()) " (" (say.local_time()) ")" }
                    @for hours in &location.hours { tr { th scope="row" { (weekday(say, *hours)) } td { (say.clock(hours.opens)) " " (say.to()) " " (say.clock(hours.closes)) } } }
                }
            }
        }
    }
}

fn clinic(say: Lang, role: &PublicRole, provider: &Provider, next: &[NextSlot]) -> Markup {
    let next = next
        .iter()
        .find(|slot| slot.clinic == role.clinic && slot.organization == role.organization);
    html! {
        div .card {
            h3 { (role.clinic) span .more { " " (role.organization) } }
            address {
                @for line in [&role.line1, &role.line2].into_iter().flatten() { (line) br; }
                (results::town(role.city.as_deref(), role.state.as_deref(), role.postal_code.as_deref()))
            }
            @if let Some(next) = next {
                p { (say.next_appointment()) ": " (results::appointment(say, &next.starts_at.to_rfc3339())) }
            }
            @if let Some(phone) = &role.phone { p .call { (telling::phone(say, phone, &provider.name.display())) } }
        }
    }
}

/// The address at OpenStreetMap: a link, of which nothing is loaded unless it is followed. Nothing without a street.
fn on_a_map(location: &Location) -> Option<String> {
    let town = results::town(
        location.city.as_deref(),
        location.state.as_deref(),
        location.postal_code.as_deref().and_then(|zip| zip.get(..5)),
    );
    let query = format!("{}, {town}", location.line1.as_deref()?);
    Some(format!(
        "https://www.openstreetmap.org/search?{}",
        parameters::encode([("query", query.as_str())])
    ))
}

fn gendered(say: Lang, gender: Gender) -> Option<&'static str> {
    match gender {
        Gender::Female => Some(say.woman()),
        Gender::Male => Some(say.man()),
        Gender::Other => None,
    }
}

fn accessibility(say: Lang, codes: &[Accessibility]) -> String {
    let words = codes.iter().map(|code| match code {
        Accessibility::CulturalCompetence => say.cultural(),
        Accessibility::HandicapAccess => say.step_free(),
        Accessibility::AdaCompliant => say.ada(),
        Accessibility::PublicTransport => say.transit(),
        Accessibility::AnsweringService => say.answering(),
        Accessibility::Cognitive => say.cognitive(),
        Accessibility::Mobility => say.mobility(),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn weekday(say: Lang, hours: OpeningHours) -> &'static str {
    let day = chrono::Weekday::try_from(hours.weekday.wrapping_sub(1));
    day.map_or("", |day| say.weekday(day))
}
