//! The interface as a page at `/docs`, made from the same document that `/openapi.json` is.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use maud::{Markup, html};
use serde_json::Value;

use super::{
    layout,
    problems::{self, set_apart},
};
use crate::interfaces::http::{Rooms, access::Searcher, links::Links, openapi::DOCUMENT, problem::Problem};

/// `GET /docs`.
pub async fn get(_: State<Arc<Rooms>>, known: Result<Searcher, Problem>, links: Links) -> Response {
    let who = known.ok().and_then(|Searcher(who)| who);
    let content = content(&links, &DOCUMENT);
    problems::respond(
        StatusCode::OK,
        layout::page_for(&links, who.as_ref(), "Interface", &content),
    )
}

fn content(links: &Links, document: &Value) -> Markup {
    let tags = document["tags"].as_array().into_iter().flatten();
    html! {
        h1 { "Interface" }
        p { (told(&document["info"]["description"])) }
        p { "For programs: " a href=(links.path("/openapi.json")) { "openapi.json" } " (OpenAPI 3.1)." }
        nav aria-label="Contents" {
            ul {
                @for tag in tags.clone() { li { a href={ "#" (word(&tag["name"])) } { (word(&tag["name"])) } } }
                li { a href="#shapes" { "Shapes" } }
            }
        }
        @for tag in tags {
            section {
                h2 id=(word(&tag["name"])) { (word(&tag["name"])) }
                p { (told(&tag["description"])) }
                @for (path, methods) in document["paths"].as_object().into_iter().flatten() {
                    @for (method, does) in methods.as_object().into_iter().flatten() {
                        @if does["tags"][0] == tag["name"] { (operation(path, method, does)) }
                    }
                }
            }
        }
        section {
            h2 #shapes { "Shapes" }
            @for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
                section id=(format!("shape-{name}")) {
                    h3 { (name) }
                    @if schema["properties"].is_object() { (properties(schema)) } @else { p { (kind(schema)) } }
                }
            }
        }
    }
}

fn operation(path: &str, method: &str, does: &Value) -> Markup {
    let body = &does["requestBody"]["content"]["application/json"]["schema"];
    html! {
        details {
            summary { code { (method.to_uppercase()) " " (path) } " " (told(&does["summary"])) }
            @if let Some(who) = does["description"].as_str() { p { (set_apart(who)) } }
            @if does["parameters"].as_array().is_some_and(|list| !list.is_empty()) {
                dl {
                    @for parameter in does["parameters"].as_array().into_iter().flatten() {
                        dt { code { (word(&parameter["name"])) } " " (kind(&parameter["schema"])) }
                        dd { (told(&parameter["description"])) }
                    }
                }
            }
            @if !body.is_null() { p { "Body: " (kind(body)) } }
            ul {
                @for (status, answer) in does["responses"].as_object().into_iter().flatten() {
                    li {
                        (status) ": " (told(&answer["description"]))
                        @for (media, content) in answer["content"].as_object().into_iter().flatten() {
                            " (" (media) ", " (kind(&content["schema"])) ")"
                        }
                    }
                }
            }
        }
    }
}

fn properties(schema: &Value) -> Markup {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    html! {
        dl {
            @for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                dt { code { (name) } @if required.iter().any(|r| r == name) { " (always)" } }
                dd { (kind(property)) }
            }
        }
    }
}

/// A shape in few words, with a link where it has a name.
fn kind(schema: &Value) -> Markup {
    if let Some(name) = schema["$ref"].as_str().and_then(|at| at.rsplit('/').next()) {
        return html! { a href=(format!("#shape-{name}")) { (name) } };
    }
    if let Some(code) = schema["const"].as_str() {
        return html! { (code) };
    }
    if let Some(codes) = schema["enum"].as_array() {
        let codes = codes
            .iter()
            .map(|code| code.as_str().unwrap_or("null"))
            .collect::<Vec<_>>();
        return html! { "one of " (codes.join(", ")) };
    }
    if let Some(choices) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        return html! { @for (n, choice) in choices.iter().enumerate() { @if n > 0 { " or " } (kind(choice)) } };
    }
    match &schema["type"] {
        Value::Array(kinds) => {
            let kinds = kinds.iter().map(word).collect::<Vec<_>>();
            html! { (kinds.join(" or ")) }
        }
        Value::String(name) if name == "array" => html! { "list of " (kind(&schema["items"])) },
        other => html! { (word(other)) },
    }
}

/// A text whose values and names stand between backticks.
fn told(text: &Value) -> Markup {
    set_apart(word(text))
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
