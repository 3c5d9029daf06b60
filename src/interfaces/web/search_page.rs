//! The search page at `/`: form, filters and results.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use maud::{Markup, html};

use super::{
    answer::Answer,
    facets,
    form::{Form, LISTS},
    layout, problems,
    results::{self, Names},
    texts::Lang,
};
use crate::index::Snapshot;
use crate::interfaces::http::{
    Rooms,
    access::Searcher,
    links::Links,
    problem::Problem,
    reference::public_networks,
    search::{self, View},
};
use crate::query::spoken;
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
    let names = Names::new(&lexicon, &snapshot.reference, rooms.now().date_naive());
    let content = html! {
        h1 .quiet { "Find a doctor, clinic or hospital" }
        (search_form(&links, &form, (&lexicon, &snapshot)))
        @match &outcome {
            Ok(None) => (welcome(&links)),
            Ok(Some(answer)) => (results::section(&links, &form, answer, &names)),
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
    let mut answer: Answer = answer.map_err(|e| Problem::internal(&e))?;
    // Of one there is nothing to choose.
    if answer.results.len() > 1 || form.filters() > 0 {
        let counts = search::counts(rooms, view, &form.counting(&facets::COUNTED), COUNTING).await;
        let counts = serde_json::to_value(counts.unwrap_or_default()).and_then(serde_json::from_value);
        answer.facets = counts.map_err(|e| Problem::internal(&e))?;
    }
    Ok(answer)
}

/// How long a page waits for the counts beside its results; it is shown without them after that.
const COUNTING: Duration = Duration::from_millis(300);

fn title(form: &Form) -> String {
    match (form.q.as_str(), form.near.as_str()) {
        ("", "") => layout::NAME.to_owned(),
        ("", near) => format!("Providers near {near}"),
        (q, "") => q.to_owned(),
        (q, near) => format!("{q} near {near}"),
    }
}

fn search_form(links: &Links, form: &Form, known: (&Lexicon, &Snapshot)) -> Markup {
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
                details .filters {
                    summary { "Filters" @if form.filters() > 0 { " (" (form.filters()) ")" } }
                    div .grid { (filters(form, known)) }
                }
                // What the results are narrowed down by and no field shows.
                @for (name, value) in unseen(form) { input type="hidden" name=(name) value=(value); }
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

fn filters(form: &Form, (lexicon, snapshot): (&Lexicon, &Snapshot)) -> Markup {
    // Whom nobody can understand is no choice; with an empty directory there is none yet.
    let spoken = spoken::languages(snapshot);
    let is_choice = |code: &String| spoken.is_empty() || spoken.contains(code) || form.list("language").contains(code);
    let languages = lexicon.languages.iter().filter(|language| is_choice(&language.code));
    let mut languages = languages.map(|l| (l.code.clone(), l.name.clone())).collect::<Vec<_>>();
    let mut networks = public_networks(&snapshot.reference)
        .map(|n| (n.id.to_string(), n.name.clone()))
        .collect::<Vec<_>>();
    for choices in [&mut languages, &mut networks] {
        choices.sort_by(|a, b| a.1.cmp(&b.1));
    }
    let genders = ["F", "M"].map(|code| {
        (
            code.to_owned(),
            facets::of_code("gender", code, Lang::En).unwrap_or(code).to_owned(),
        )
    });
    html! {
        div .field {
            label for="specialty" { "Specialty" }
            input #specialty type="text" name="specialty" value=[typed(form)] maxlength="200" placeholder="Cardiology";
        }
        (select("radius", "Distance", "Any distance", &one(&form.radius), &MILES.map(|m| (m.to_owned(), format!("within {m} mi")))))
        (select("language", "Language", "Any language", form.list("language"), &languages))
        @if !networks.is_empty() { (select("network", "Network", "Any network", form.list("network"), &networks)) }
        (select("gender", "Gender", "Any gender", form.list("gender"), &genders))
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
            (tick("accepting_new_patients", "true", "take new patients", form.accepting_new_patients))
            (tick("telehealth", "true", "offer telehealth", form.telehealth))
            (tick("open_at", "now", "are open now", form.open_at == "now"))
        }
    }
}

fn one(value: &str) -> Vec<String> {
    Some(value.to_owned())
        .into_iter()
        .filter(|value| !value.is_empty())
        .collect()
}

/// The specialty that a person typed. Codes are chosen beside the results and stand there.
fn typed(form: &Form) -> Option<&str> {
    let is_code = |text: &str| text.len() == 10 && text.ends_with('X');
    form.list("specialty")
        .iter()
        .map(String::as_str)
        .find(|text| !is_code(text))
}

/// What is set and has no field that shows it: further values of one that shows a single value, and what has no field at all.
fn unseen(form: &Form) -> Vec<(&'static str, &str)> {
    let mut unseen = Vec::new();
    for name in LISTS {
        let values = form.list(name);
        let is_shown = |value: &str| match name {
            "specialty" => typed(form) == Some(value),
            "language" | "network" | "gender" => values.len() == 1,
            _ => false,
        };
        unseen.extend(
            values
                .iter()
                .filter(|value| !is_shown(value))
                .map(|value| (name, value.as_str())),
        );
    }
    if !form.open_at.is_empty() && form.open_at != "now" {
        unseen.push(("open_at", &form.open_at));
    }
    unseen
}

/// A choice of one value. Where several are chosen already it offers another one.
fn select(name: &str, label: &str, any: &str, chosen: &[String], options: &[(String, String)]) -> Markup {
    let only = Some(chosen)
        .filter(|chosen| chosen.len() == 1)
        .and_then(|chosen| chosen.first());
    html! {
        div .field {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                option value="" { @if chosen.len() > 1 { (chosen.len()) " chosen" } @else { (any) } }
                @for (value, words) in options {
                    option value=(value) selected[only == Some(value)] { (words) }
                }
            }
        }
    }
}

fn tick(name: &str, value: &str, words: &str, set: bool) -> Markup {
    html! {
        label .tick {
            input type="checkbox" name=(name) value=(value) checked[set];
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
