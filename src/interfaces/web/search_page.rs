//! The search page at `/`: form, filters and results.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use maud::{Markup, html};

use super::{
    answer::Answer,
    form::Form,
    layout, problems,
    results::{self, Names},
};
use crate::domain::reference::Reference;
use crate::interfaces::http::{
    Rooms,
    access::Searcher,
    links::Links,
    problem::Problem,
    reference::public_networks,
    search::{self, View},
};
use crate::vocab::Lexicon;

/// `GET /`.
pub async fn get(
    State(rooms): State<Arc<Rooms>>,
    known: Result<Searcher, Problem>,
    links: Links,
    RawQuery(raw): RawQuery,
) -> Response {
    let (form, read) = Form::read(raw.as_deref());
    let who = known.as_ref().ok().and_then(|Searcher(who)| who.clone());
    let outcome = match (read, known) {
        (Err(problem), _) => Err(problem),
        (Ok(()), _) if form.is_empty() => Ok(None),
        (Ok(()), Ok(Searcher(known))) => find(&rooms, &View::of(known.as_ref()), &form).await.map(Some),
        (Ok(()), Err(problem)) => Err(problem),
    };
    let (lexicon, snapshot) = (rooms.schema.lexicon(), rooms.index.snapshot());
    let content = html! {
        h1 .quiet { "Find a doctor, clinic or hospital" }
        (search_form(&links, &form, &lexicon, &snapshot.reference))
        @match &outcome {
            Ok(None) => (welcome(&links)),
            Ok(Some(answer)) => (results::section(&links, &form, answer, &Names::new(&lexicon, rooms.now().date_naive()))),
            Err(problem) => (problems::alert(problem)),
        }
    };
    let status = outcome
        .as_ref()
        .map_or_else(|problem| problem.kind().status(), |_| StatusCode::OK);
    problems::respond(status, layout::page_for(&links, who.as_ref(), &title(&form), &content))
}

async fn find(rooms: &Rooms, view: &View, form: &Form) -> Result<Answer, Problem> {
    let answer = search::look(rooms, view, &form.search()).await?;
    let answer = serde_json::to_value(&answer).and_then(serde_json::from_value);
    answer.map_err(|e| Problem::internal(&e))
}

fn title(form: &Form) -> String {
    match (form.q.as_str(), form.near.as_str()) {
        ("", "") => layout::NAME.to_owned(),
        ("", near) => format!("Providers near {near}"),
        (q, "") => q.to_owned(),
        (q, near) => format!("{q} near {near}"),
    }
}

fn search_form(links: &Links, form: &Form, lexicon: &Lexicon, reference: &Reference) -> Markup {
    html! {
        search {
            form .search action=(links.path("/")) method="get" data-suggest=(links.path("/providers/suggest")) data-page=(links.path("/p/")) {
                div .boxes {
                    div .field .what {
                        label for="q" { "Name, specialty, condition or NPI" }
                        input #q type="search" name="q" value=(form.q) maxlength="500" autocomplete="off" spellcheck="false"
                            placeholder="heart doctor who speaks Spanish" enterkeyhint="search";
                    }
                    div .field .where {
                        label for="near" { "Where" }
                        input #near type="text" name="near" value=(form.near) maxlength="100"
                            placeholder="ZIP or City, ST" autocomplete="postal-code";
                    }
                    button type="submit" { "Search" }
                }
                details .filters open[form.has_filters()] {
                    summary { "Filters" }
                    div .grid { (filters(form, lexicon, reference)) }
                }
            }
        }
    }
}

/// Choices of distance in miles.
const MILES: [&str; 6] = ["1", "5", "10", "25", "50", "100"];

/// Choices of order.
const ORDERS: [(&str, &str); 5] = [
    ("", "Best match"),
    ("distance", "Nearest"),
    ("name", "Name"),
    ("verified", "Last verified"),
    ("next_available", "Next appointment"),
];

fn filters(form: &Form, lexicon: &Lexicon, reference: &Reference) -> Markup {
    let mut languages = lexicon.languages.iter().collect::<Vec<_>>();
    languages.sort_by(|a, b| a.name.cmp(&b.name));
    let mut networks = public_networks(reference)
        .map(|n| (n.id.to_string(), n.name.as_str()))
        .collect::<Vec<_>>();
    networks.sort_by(|a, b| a.1.cmp(b.1));
    html! {
        div .field {
            label for="specialty" { "Specialty" }
            input #specialty type="text" name="specialty" value=(form.specialty) maxlength="200" placeholder="Cardiology";
        }
        (select("radius", "Distance", "Any distance", &form.radius, MILES.iter().map(|m| (*m, format!("within {m} mi")))))
        (select("language", "Language", "Any language", &form.language,
            languages.iter().map(|l| (l.code.as_str(), l.name.clone()))))
        @if !networks.is_empty() {
            (select("network", "Network", "Any network", &form.network,
                networks.iter().map(|(id, name)| (id.as_str(), (*name).to_owned()))))
        }
        div .field {
            label for="sort" { "Order" }
            select #sort name="sort" {
                @for (value, words) in ORDERS {
                    option value=(value) selected[form.sort == value] { (words) }
                }
            }
        }
        fieldset .ticks {
            legend { "Only providers who" }
            (tick("accepting_new_patients", "take new patients", form.accepting_new_patients))
            (tick("telehealth", "offer telehealth", form.telehealth))
        }
    }
}

fn select<'a>(
    name: &str,
    label: &str,
    any: &str,
    chosen: &str,
    options: impl Iterator<Item = (&'a str, String)>,
) -> Markup {
    html! {
        div .field {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                option value="" { (any) }
                @for (value, words) in options {
                    option value=(value) selected[value == chosen] { (words) }
                }
            }
        }
    }
}

fn tick(name: &str, words: &str, set: bool) -> Markup {
    html! {
        label .tick {
            input type="checkbox" name=(name) value="true" checked[set];
            " " (words)
        }
    }
}

/// Things to try: what the one box understands.
const EXAMPLES: [(&str, &str); 5] = [
    ("cardiologist in Houston, TX", ""),
    ("pediatrician who speaks Spanish", "60601"),
    ("urgent care", "10013"),
    ("telehealth psychiatrist accepting new patients", ""),
    ("Dr Smith", "Chicago, IL"),
];

fn welcome(links: &Links) -> Markup {
    html! {
        section .welcome aria-labelledby="try" {
            h2 #try { "Try one of these" }
            ul {
                @for (q, near) in EXAMPLES {
                    @let form = Form { q: q.to_owned(), near: near.to_owned(), ..Form::default() };
                    li {
                        a href=(links.path(&form.at(""))) {
                            (q) @if !near.is_empty() { " near " (near) }
                        }
                    }
                }
            }
        }
    }
}
