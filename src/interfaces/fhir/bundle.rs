//! The answer to a search: a `Bundle` of the resources that fit, with the way to the next page.

use schemars::JsonSchema;
use serde::Serialize;

use super::search::Search;
use crate::interfaces::http::{links::Links, parameters};

/// The resources of one page.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FhirBundleOf{T}")]
pub struct Bundle<T> {
    resource_type: &'static str,
    #[serde(rename = "type")]
    of: &'static str,
    /// How many fit, on all pages; left out where nobody asked and the page does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<i64>,
    link: Vec<Link>,
    /// Left out where nothing fits, or only the total was asked for: FHIR has no empty lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<Vec<Entry<T>>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FhirBundleLink")]
struct Link {
    /// `self` or `next`.
    relation: &'static str,
    url: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FhirBundleEntryOf{T}")]
struct Entry<T> {
    full_url: String,
    resource: T,
    search: Found,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FhirBundleEntrySearch")]
struct Found {
    /// `match`, or `include` for what is told beside.
    mode: &'static str,
}

/// What one page has.
pub struct Page<T> {
    /// The resources, each with its id.
    pub found: Vec<(String, T)>,
    /// What is told beside them, each with its type and id.
    pub beside: Vec<(&'static str, String, T)>,
    /// The cursor of the page behind.
    pub next: Option<String>,
    /// How many fit on all pages, where that was counted.
    pub counted: Option<i64>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self {
            found: Vec::new(),
            beside: Vec::new(),
            next: None,
            counted: None,
        }
    }
}

impl<T> Bundle<T> {
    /// A page of the search for what is at `path` (`/fhir/Slot`).
    pub fn page(links: &Links, path: &str, search: &Search, page: Page<T>) -> Self {
        let url = |cursor: Option<&str>| {
            let said = search.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let said = said.filter(|(name, _)| cursor.is_none() || *name != "cursor");
            let text = parameters::encode(said.chain(cursor.map(|cursor| ("cursor", cursor))));
            let mark = if text.is_empty() { "" } else { "?" };
            links.absolute(&format!("{path}{mark}{text}"))
        };
        let mut link = vec![Link {
            relation: "self",
            url: url(None),
        }];
        if page.next.is_some() {
            link.push(Link {
                relation: "next",
                url: url(page.next.as_deref()),
            });
        }
        // Whoever gets everything at once sees how much it is.
        let is_whole = page.next.is_none() && search.cursor.is_none() && !search.only_total;
        let all = i64::try_from(page.found.len()).ok().filter(|_| is_whole);
        let entry = |url: String, resource, mode| Entry {
            full_url: links.absolute(&url),
            resource,
            search: Found { mode },
        };
        let found = page.found.into_iter();
        let found = found.map(|(id, resource)| entry(format!("{path}/{id}"), resource, "match"));
        let beside = page.beside.into_iter();
        let beside = beside.map(|(of, id, resource)| entry(format!("/fhir/{of}/{id}"), resource, "include"));
        let entries = found.chain(beside).collect::<Vec<_>>();
        Self {
            resource_type: "Bundle",
            of: "searchset",
            total: page.counted.or(all),
            link,
            entry: (!entries.is_empty()).then_some(entries),
        }
    }
}
