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
    visit::{LANG, Visit},
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
use crate::vocab::{Fault, Lexicon, names::fold};

/// `GET /`.
pub async fn get(
    State(rooms): State<Arc<Rooms>>,
    known: Result<Searcher, Problem>,
    visit: Visit,
    RawQuery(raw): RawQuery,
) -> Response {
    let (form, read) = Form::read(raw.as_deref());
    let who = known.as_ref().ok().and_then(|Searcher(who)| who.clone());
    let view = View::of(who.as_ref());
    let outcome = match (read, known) {
        (Err(problem), _) => Err(problem),
        (Ok(()), _) if form.is_empty() => Ok(None),
        (Ok(()), Ok(_)) => find(&rooms, &view, &form).await.map(Some),
        (Ok(()), Err(problem)) => Err(problem),
    };
    let (lexicon, snapshot) = (rooms.schema.lexicon(), view.snapshot(&rooms));
    let names = Names::new(
        &lexicon,
        (&snapshot.reference, &snapshot.free_slots),
        rooms.now(),
        visit.say,
    );
    let content = html! {
        h1 .quiet { (visit.say.find()) }
        (search_form(&visit, &form, &names, &snapshot))
        @match &outcome {
            Ok(None) => (welcome(&visit)),
            Ok(Some(answer)) => (results::section(&visit, &form, answer, &names)),
            Err(problem) => (problems::alert_of_search(visit.say, problem, |fault| meant(&visit, &form, &lexicon, fault))),
        }
    };
    let status = outcome
        .as_ref()
        .map_or_else(|problem| problem.kind().status(), |_| StatusCode::OK);
    problems::respond(
        status,
        layout::page_in(&visit, who.as_ref(), &visit.say.titled(&form.q, &form.near), &content),
    )
}

/// Cities of so many people are offered for a bare name.
const OFFERED: u32 = 5_000;
/// So many of what may have been meant.
const MOST_MEANT: usize = 4;

/// The same search with what may have been meant by a word that is not understood, as links.
fn meant(visit: &Visit, form: &Form, lexicon: &Lexicon, fault: &Fault) -> Markup {
    let with = |change: &dyn Fn(&mut Form)| {
        let mut other = form.clone();
        other.cursor.clear();
        change(&mut other);
        other
    };
    let others: Vec<(String, Form)> = match fault.code {
        "unknown_place" => {
            let towns = lexicon
                .gazetteer
                .towns(&form.near, OFFERED)
                .into_iter()
                .map(|town| town.label);
            towns
                .map(|label| (label.clone(), with(&|form| form.near.clone_from(&label))))
                .collect()
        }
        "unknown_specialty" => {
            let wrong = form
                .list("specialty")
                .iter()
                .find(|text| lexicon.specialties.resolve(text).is_empty());
            let near = wrong
                .map(|wrong| lexicon.specialties.suggest(wrong, MOST_MEANT))
                .unwrap_or_default();
            near.into_iter()
                .map(|name| (name.clone(), with(&|form| form.set("specialty", [name.clone()]))))
                .collect()
        }
        "unknown_language" => {
            let wrong = form
                .list("language")
                .iter()
                .find(|text| lexicon.languages.resolve(text).is_none());
            let near = wrong
                .map(|wrong| lexicon.languages.suggest(wrong, MOST_MEANT))
                .unwrap_or_default();
            near.into_iter()
                .map(|name| (name.clone(), with(&|form| form.set("language", [name.clone()]))))
                .collect()
        }
        _ => Vec::new(),
    };
    html! {
        @if !others.is_empty() {
            " " (visit.say.did_you_mean_these()) " "
            @for (at, (words, other)) in others.iter().take(MOST_MEANT).enumerate() {
                @if at > 0 { ", " }
                a href=(visit.path(&other.at(""))) { (words) }
            }
        }
    }
}

async fn find(rooms: &Rooms, view: &View, form: &Form) -> Result<Answer, Problem> {
    let answer = search::look(rooms, view, &form.search()).await?;
    let answer = serde_json::to_value(&answer).and_then(serde_json::from_value);
    let mut answer: Answer = answer.map_err(|e| Problem::internal(&e))?;
    // Of one there is nothing to choose.
    if answer.results.len() > 1 || form.filters() > 0 {
        let counts = search::counts(rooms, view, &form.counting(&facets::counted()), COUNTING).await;
        let counts = serde_json::to_value(counts.unwrap_or_default()).and_then(serde_json::from_value);
        answer.facets = counts.map_err(|e| Problem::internal(&e))?;
    }
    Ok(answer)
}

/// How long a page waits for the counts beside its results; it is shown without them after that.
const COUNTING: Duration = Duration::from_millis(300);

fn search_form(visit: &Visit, form: &Form, names: &Names<'_>, snapshot: &Snapshot) -> Markup {
    let say = visit.say;
    html! {
        search {
            form .search action=(Links::path(visit, "/")) method="get" data-suggest=(Links::path(visit, "/providers/suggest"))
                data-page=(Links::path(visit, "/p/")) data-lang=[visit.kept()] data-suggestions=(say.suggestions()) {
                div .boxes {
                    div .field .what {
                        label for="q" { (say.what()) }
                        input #q type="search" name="q" value=(form.q) maxlength="500" autocomplete="off" spellcheck="false"
                            placeholder=(say.what_example()) enterkeyhint="search";
                    }
                    div .field .where {
                        label for="near" { (say.where_at()) }
                        input #near type="text" name="near" value=(form.near) maxlength="100"
                            placeholder=(say.where_example()) autocomplete="postal-code";
                    }
                    button type="submit" { (say.search()) }
                }
                details .filters {
                    summary { (say.filters()) @if form.filters() > 0 { " (" (form.filters()) ")" } }
                    div .grid { (filters(form, names, snapshot)) }
                }
                // What the results are narrowed down by and no field shows.
                @for (name, value) in unseen(form) { input type="hidden" name=(name) value=(value); }
                @if let Some(lang) = visit.kept() { input type="hidden" name=(LANG) value=(lang); }
            }
        }
    }
}

/// Choices of distance in miles.
const MILES: [&str; 6] = ["1", "5", "10", "25", "50", "100"];

/// Choices of order.
fn orders(say: Lang) -> [(&'static str, &'static str); 5] {
    [
        ("", say.best_match()),
        ("distance", say.nearest()),
        ("name", say.by_name()),
        ("verified", say.last_verified()),
        ("next_available", say.next_appointment()),
    ]
}

fn filters(form: &Form, names: &Names<'_>, snapshot: &Snapshot) -> Markup {
    let say = names.say;
    // Whom nobody can understand is no choice; with an empty directory there is none yet.
    let spoken = spoken::languages(snapshot);
    let is_choice = |code: &String| spoken.is_empty() || spoken.contains(code) || form.list("language").contains(code);
    let languages = snapshot
        .lexicon
        .languages
        .iter()
        .filter(|language| is_choice(&language.code));
    let mut languages = languages
        .map(|l| (l.code.clone(), say.language_name(&l.code).unwrap_or(&l.name).to_owned()))
        .collect::<Vec<_>>();
    let mut networks = public_networks(&snapshot.reference)
        .map(|n| (n.id.to_string(), n.name.clone()))
        .collect::<Vec<_>>();
    for choices in [&mut languages, &mut networks] {
        choices.sort_by_cached_key(|choice| fold(&choice.1));
    }
    // Nobody publishes a free appointment: an order by them would be none.
    let has_slots = !snapshot.free_slots.is_empty();
    let orders = orders(say)
        .into_iter()
        .filter(|(value, _)| has_slots || *value != "next_available" || form.sort == *value);
    let genders = [("F", say.women()), ("M", say.men())].map(|(code, words)| (code.to_owned(), words.to_owned()));
    html! {
        div .field {
            label for="specialty" { (say.specialty()) }
            input #specialty type="text" name="specialty" value=[typed(form)] maxlength="200" placeholder=(say.specialty_example());
        }
        (select("radius", (say.distance(), say.any_distance()), &one(&form.radius), &MILES.map(|m| (m.to_owned(), say.within(m))), say))
        (select("language", (say.language(), say.any_language()), form.list("language"), &languages, say))
        @if !networks.is_empty() { (select("network", (say.network(), say.any_network()), form.list("network"), &networks, say)) }
        (select("gender", (say.gender(), say.any_gender()), form.list("gender"), &genders, say))
        div .field {
            label for="sort" { (say.order()) }
            select #sort name="sort" {
                @for (value, words) in orders {
                    option value=(value) selected[form.sort == value] { (words) }
                }
            }
        }
        fieldset .ticks {
            legend { (say.only_who()) }
            (tick("accepting_new_patients", "true", say.take_new_patients(), form.accepting_new_patients))
            (tick("telehealth", "true", say.offer_telehealth(), form.telehealth))
            (tick("open_at", "now", say.are_open_now(), form.open_at == "now"))
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
fn select(
    name: &str,
    (label, any): (&str, &str),
    chosen: &[String],
    options: &[(String, String)],
    say: Lang,
) -> Markup {
    let only = Some(chosen)
        .filter(|chosen| chosen.len() == 1)
        .and_then(|chosen| chosen.first());
    html! {
        div .field {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                option value="" { @if chosen.len() > 1 { (say.chosen(chosen.len())) } @else { (any) } }
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

/// The same in Spanish, which the box understands as well.
const EJEMPLOS: [(&str, &str); 5] = [
    ("cardiólogo en Houston, TX", ""),
    ("pediatra que habla español", "60601"),
    ("dentista", "10013"),
    ("psiquiatra", "Miami, FL"),
    ("Dr Smith", "Chicago, IL"),
];

fn welcome(visit: &Visit) -> Markup {
    let say = visit.say;
    let examples = match say {
        Lang::En => EXAMPLES,
        Lang::Es => EJEMPLOS,
    };
    html! {
        section .welcome aria-labelledby="try" {
            h2 #try { (say.try_these()) }
            ul {
                @for (q, near) in examples {
                    @let form = Form { q: q.to_owned(), near: near.to_owned(), ..Form::default() };
                    li { a href=(visit.path(&form.at(""))) { (say.titled(q, near)) } }
                }
            }
        }
    }
}
