//! The answer to a search: a `Bundle` of the resources that fit, with the way to the next page.

use schemars::JsonSchema;
use serde::Serialize;

use crate::interfaces::http::{links::Links, parameters};

/// The resources of one page.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FhirBundleOf{T}")]
pub struct Bundle<T> {
    resource_type: &'static str,
    #[serde(rename = "type")]
    of: &'static str,
    link: Vec<Link>,
    /// Left out where nothing fits: FHIR has no empty lists.
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
    mode: &'static str,
}

/// What was asked, as it leads to this page and the next.
pub struct Asked<'a> {
    /// Where this server is.
    pub links: &'a Links,
    /// `/fhir/Slot`
    pub path: &'static str,
    /// The parameters, as they were understood.
    pub pairs: &'a [(String, String)],
}

impl<T> Bundle<T> {
    /// The page of these resources, each with its id; `next` is the cursor of the page behind.
    pub fn page(asked: &Asked<'_>, resources: Vec<(String, T)>, next: Option<&str>) -> Self {
        let url = |cursor: Option<&str>| {
            let said = asked.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let said = said.filter(|(name, _)| cursor.is_none() || *name != "cursor");
            let text = parameters::encode(said.chain(cursor.map(|cursor| ("cursor", cursor))));
            let mark = if text.is_empty() { "" } else { "?" };
            asked.links.absolute(&format!("{}{mark}{text}", asked.path))
        };
        let mut link = vec![Link {
            relation: "self",
            url: url(None),
        }];
        if next.is_some() {
            link.push(Link {
                relation: "next",
                url: url(next),
            });
        }
        let entry = |(id, resource)| Entry {
            full_url: asked.links.absolute(&format!("{}/{id}", asked.path)),
            resource,
            search: Found { mode: "match" },
        };
        Self {
            resource_type: "Bundle",
            of: "searchset",
            link,
            entry: (!resources.is_empty()).then(|| resources.into_iter().map(entry).collect()),
        }
    }
}
