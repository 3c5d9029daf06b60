//! Who is tied to whom: the graph of groups, hospitals, supervisors and cover around a provider.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use sqlx::{FromRow, types::Uuid};

use super::{Error, Tx};
use crate::vocab::ProviderId;

/// Ties that are followed from one circle to the next: a hospital has thousands.
const MOST_TIES: i64 = 2_000;

/// Providers around one, and their ties.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Graph {
    /// The nearest first; the one in the middle is at no distance.
    pub providers: Vec<Node>,
    /// Ties among them.
    pub ties: Vec<Tie>,
    /// Whether some circle had more ties than are followed.
    pub cut_off: bool,
}

/// A provider of the graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Node {
    /// Its key.
    pub id: Uuid,
    /// Its readable key.
    pub locator: String,
    /// Its number.
    pub npi: Option<String>,
    /// As it is shown.
    pub name: String,
    /// `practitioner`, `hospital`, ...
    pub category: String,
    /// Ties between it and the one in the middle.
    pub hops: u32,
}

/// A tie: `from` is a member of, admits at, covers for, is supervised by, or is part of `to`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema, FromRow)]
pub struct Tie {
    /// Who is tied.
    pub from: Uuid,
    /// To whom.
    pub to: Uuid,
    /// How.
    pub role: String,
}

#[derive(FromRow)]
struct NodeRow {
    id: Uuid,
    locator: String,
    npi: Option<String>,
    name: String,
    category: String,
}

/// The graph around a provider, as far as the actor sees it: ties are followed both ways, so many times.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn around(tx: &mut Tx, middle: ProviderId, hops: u32) -> Result<Graph, Error> {
    let mut distance = BTreeMap::from([(middle.0, 0)]);
    let (mut circle, mut graph) = (vec![middle.0], Graph::default());
    for hop in 1..=hops {
        let ties: Vec<Tie> = sqlx::query_as(
            "SELECT a.provider_id AS from, a.to_provider_id AS to, a.role FROM provider_affiliation a
            WHERE a.provider_id = ANY ($1) OR a.to_provider_id = ANY ($1)
            ORDER BY a.provider_id, a.to_provider_id, a.role LIMIT $2",
        )
        .bind(&circle)
        .bind(MOST_TIES + 1)
        .fetch_all(tx.connection())
        .await?;
        let most = usize::try_from(MOST_TIES).unwrap_or(usize::MAX);
        graph.cut_off |= ties.len() > most;
        circle.clear();
        for tie in ties.into_iter().take(most) {
            for end in [tie.from, tie.to] {
                distance.entry(end).or_insert_with(|| {
                    circle.push(end);
                    hop
                });
            }
            graph.ties.push(tie);
        }
    }
    let ids: Vec<Uuid> = distance.keys().copied().collect();
    let seen: Vec<NodeRow> = sqlx::query_as(
        "SELECT p.id, p.locator, p.npi::text AS npi, p.category,
            coalesce(p.organization_name, concat_ws(' ', p.first_name, p.middle_name, p.last_name, p.name_suffix)) AS name
        FROM provider p WHERE p.id = ANY ($1)",
    )
    .bind(ids)
    .fetch_all(tx.connection())
    .await?;
    let node = |row: NodeRow| Node {
        hops: distance.get(&row.id).copied().unwrap_or_default(),
        id: row.id,
        locator: row.locator,
        npi: row.npi,
        name: row.name,
        category: row.category,
    };
    graph.providers = seen.into_iter().map(node).collect();
    graph
        .providers
        .sort_by(|a, b| (a.hops, &a.name, a.id).cmp(&(b.hops, &b.name, b.id)));
    // A tie to somebody whom the actor does not see is not told.
    let is_seen = |id: Uuid| graph.providers.iter().any(|p| p.id == id);
    let mut ties = std::mem::take(&mut graph.ties);
    ties.retain(|tie| is_seen(tie.from) && is_seen(tie.to));
    ties.sort();
    ties.dedup();
    graph.ties = ties;
    Ok(graph)
}
