//! What networks and plans were before they were changed: for who asks, and for checks as known on a day.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{
    FromRow,
    types::{Json, Uuid},
};

use crate::domain::reference::{Earlier, EarlierPolicies, Life, Network, OonPolicy, PendingPolicy, Plan, PlanNetwork};
use crate::store::{Error, Store, Tx};

/// What has a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A network.
    Network,
    /// A plan with its networks.
    Plan,
}

/// One state of a network or plan.
#[derive(Clone, Debug, PartialEq, FromRow, Serialize, JsonSchema)]
pub struct State {
    /// The version.
    pub version: i64,
    /// Since when it was known.
    pub recorded_at: DateTime<Utc>,
    /// Until when; none: it is the present one.
    pub superseded_at: Option<DateTime<Utc>>,
    /// Who put the next one in its place.
    pub superseded_by: Option<String>,
    /// As it was; of a plan with its networks.
    pub state: Value,
}

/// All states of a network or plan of the actor's, latest first.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unavailable`].
pub async fn history(tx: &mut Tx, kind: Kind, id: Uuid) -> Result<Vec<State>, Error> {
    let sql = match kind {
        Kind::Network => {
            "SELECT n.version, n.recorded_at, NULL::timestamptz AS superseded_at, NULL::text AS superseded_by,
                network_state(n) AS state
            FROM network n WHERE n.id = $1
            UNION ALL
            SELECT version, recorded_at, superseded_at, superseded_by, state
            FROM reference_history WHERE id = $1 AND kind = 'network'
            ORDER BY version DESC"
        }
        Kind::Plan => {
            "SELECT p.version, p.recorded_at, NULL::timestamptz AS superseded_at, NULL::text AS superseded_by,
                plan_state(p) AS state
            FROM plan p WHERE p.id = $1
            UNION ALL
            SELECT version, recorded_at, superseded_at, superseded_by, state
            FROM reference_history WHERE id = $1 AND kind = 'plan'
            ORDER BY version DESC"
        }
    };
    let states: Vec<State> = sqlx::query_as(sql).bind(id).fetch_all(tx.connection()).await?;
    if states.is_empty() {
        return Err(Error::NotFound);
    }
    Ok(states)
}

#[derive(FromRow)]
struct Row {
    kind: String,
    id: Uuid,
    organization_id: Uuid,
    version: i64,
    state: Json<Kept>,
}

/// A state as the database wrote it.
#[derive(Deserialize)]
struct Kept {
    name: String,
    ends_on: Option<NaiveDate>,
    #[serde(default)]
    public: bool,
    #[serde(default)]
    code: String,
    oon_policy: Option<OonPolicy>,
    pending_policy: Option<PendingPolicy>,
    #[serde(default)]
    earlier_policies: Vec<EarlierPolicies>,
    #[serde(default)]
    networks: Vec<PlanNetwork>,
}

/// Those networks and plans that were known otherwise at a moment than now.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn earlier(store: &Store, at: DateTime<Utc>) -> Result<Vec<Earlier>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT kind, id, organization_id, version, state FROM reference_history
        WHERE superseded_at > $1 AND recorded_at <= $1
        ORDER BY id",
    )
    .bind(at)
    .fetch_all(store.feed())
    .await?;
    Ok(rows.into_iter().map(Row::told).collect())
}

impl Row {
    fn told(self) -> Earlier {
        let Json(kept) = self.state;
        let life = Life {
            version: self.version,
            ends_on: kept.ends_on,
        };
        if self.kind == "network" {
            return Earlier::Network(Network {
                id: self.id.into(),
                name: kept.name,
                organization_id: self.organization_id.into(),
                public: kept.public,
                life,
            });
        }
        Earlier::Plan(Plan {
            id: self.id.into(),
            code: kept.code,
            name: kept.name,
            organization_id: self.organization_id.into(),
            networks: kept.networks,
            oon_policy: kept.oon_policy.unwrap_or(OonPolicy::Pay),
            pending_policy: kept.pending_policy.unwrap_or(PendingPolicy::Hold),
            earlier_policies: kept.earlier_policies,
            life,
        })
    }
}
