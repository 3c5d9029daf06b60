//! The world of an agency in a few lines: its network, people at outside providers, cases with things in them.

use chrono::{DateTime, TimeDelta, Utc};
use provider_directory::{
    domain::{
        access::{Actor, Role},
        case::{FinancialItem, MatchSheet, MatchSheetList, Note},
        reference::Organization,
        sharing::Terms,
    },
    store::{
        Store, Tx, agency_providers, case_items,
        case_items::NewItem,
        cases::{self, NewAssignment},
        networks, provider_tokens,
        provider_tokens::NewToken,
        provider_users, providers, sharing,
    },
    vocab::{
        AssignmentId, CaseId, CaseItemId, OrganizationId, ProviderId, ProviderUserId,
        terms::{ItemKind, ProviderUserKind},
    },
};
use serde_json::json;

use super::house::{House, admin, noon};

/// An agency, seen by its own staff.
pub struct Agency {
    pub store: Store,
    pub id: OrganizationId,
    pub staff: Actor,
}

/// So many minutes after noon.
pub fn minute(n: i64) -> DateTime<Utc> {
    noon() + TimeDelta::minutes(n)
}

impl Agency {
    /// A new one.
    pub async fn open(house: &House, name: &str) -> Self {
        let organization = Organization {
            id: OrganizationId(uuid::Uuid::now_v7()),
            name: name.to_owned(),
            slug: name.to_lowercase(),
            kind: "agency".to_owned(),
        };
        let mut tx = house.store.begin(&admin()).await.expect("begun");
        networks::create_organization(&mut tx, &organization)
            .await
            .expect("created");
        tx.commit().await.expect("committed");
        Self {
            store: house.store.clone(),
            id: organization.id,
            staff: Actor::new("token:staff", Role::OrganizationAdmin).within(organization.id),
        }
    }

    /// A transaction of the staff at noon, committed after `body`.
    pub async fn does<T>(&self, body: impl AsyncFnOnce(&mut Tx) -> T) -> T {
        self.does_at(noon(), body).await
    }

    /// The same at another time.
    pub async fn does_at<T>(&self, now: DateTime<Utc>, body: impl AsyncFnOnce(&mut Tx) -> T) -> T {
        let mut tx = self.store.begin_at(&self.staff, now).await.expect("begun");
        let done = body(&mut tx).await;
        tx.commit().await.expect("committed");
        done
    }

    /// A provider of its own, in its network.
    pub async fn provider(&self, name: &str, kind: &str) -> ProviderId {
        let new = serde_json::from_value(json!({"kind": "organization", "category": kind, "organization_name": name}));
        let new = new.expect("a provider");
        self.does(async |tx| {
            let provider = providers::create(tx, &new, noon()).await.expect("created");
            agency_providers::add(tx, provider.id, kind).await.expect("added");
            provider.id
        })
        .await
    }

    /// Somebody of a provider, active.
    pub async fn user(&self, provider: ProviderId, kind: ProviderUserKind, name: &str) -> ProviderUserId {
        let email = format!("{}@example.org", name.to_lowercase());
        self.does(async |tx| {
            let user = provider_users::invite(tx, provider, kind, name, Some(&email))
                .await
                .expect("invited");
            provider_users::set_active(tx, user.id, true)
                .await
                .expect("activated")
                .id
        })
        .await
    }

    /// A token of theirs.
    pub async fn token(&self, user: ProviderUserId, seed: u8) -> String {
        let new = NewToken {
            user,
            name: "test".to_owned(),
            scopes: Vec::new(),
            expires_at: None,
        };
        let issued = self.does(async |tx| provider_tokens::issue(tx, &new, [seed; 32]).await);
        issued.await.expect("issued").1
    }

    /// A case.
    pub async fn case(&self, reference: &str) -> CaseId {
        let made = self.does(async |tx| cases::create(tx, reference, "surrogacy").await);
        made.await.expect("created").id
    }

    /// An assignment from noon on.
    pub async fn assign(&self, case: CaseId, provider: ProviderId, channel: ProviderUserKind) -> AssignmentId {
        let new = NewAssignment {
            provider,
            channel,
            role: "advisor".to_owned(),
            external_reference: None,
            starts_at: noon(),
            ends_at: None,
        };
        let made = self.does(async |tx| cases::assign(tx, case, &new).await);
        made.await.expect("assigned").id
    }

    /// An item of a kind, with nothing special about it. A list is empty.
    pub async fn item(&self, case: CaseId, kind: ItemKind) -> CaseItemId {
        self.put(case, &thing(kind)).await
    }

    /// This item.
    pub async fn put(&self, case: CaseId, new: &NewItem) -> CaseItemId {
        let made = self.does(async |tx| case_items::add(tx, case, new).await);
        made.await.expect("added").id
    }

    /// Shares an item, all of it, from noon on.
    pub async fn share(&self, case: CaseId, assignment: AssignmentId, item: CaseItemId) {
        let terms = Terms::default();
        let done = self.does(async |tx| sharing::grant(tx, case, assignment, item, &terms, None, noon()).await);
        done.await.expect("granted");
    }

    /// Takes it back.
    pub async fn revoke(&self, case: CaseId, assignment: AssignmentId, item: CaseItemId) {
        let done = self.does(async |tx| sharing::revoke(tx, case, assignment, item, None, noon()).await);
        done.await.expect("revoked");
    }
}

/// A document with this name and these bytes.
pub fn document(name: &str, content: &[u8]) -> NewItem {
    NewItem::Document {
        name: name.to_owned(),
        media_type: "application/pdf",
        content: content.to_vec(),
    }
}

/// A sheet with an age and a diagnosis.
pub fn sheet() -> MatchSheet {
    serde_json::from_value(json!({"title": "Surrogate 12", "sections": [
        {"key": "identity", "title": "Identity", "fields": [
            {"key": "first_name", "label": "First name", "type": "text", "value": "Rosalind"},
            {"key": "age", "label": "Age", "type": "number", "value": 31}]},
        {"key": "health", "title": "Health", "fields": [
            {"key": "history", "label": "History", "type": "text", "value": "secret-history"}]}]}))
    .expect("a sheet")
}

/// An item of a kind, with nothing special about it.
pub fn thing(kind: ItemKind) -> NewItem {
    match kind {
        ItemKind::Document => document("results.pdf", b"%PDF-1.7 secret-document"),
        ItemKind::MatchSheet => NewItem::MatchSheet(sheet()),
        ItemKind::MatchSheetList => NewItem::MatchSheetList(MatchSheetList {
            title: "secret-list".to_owned(),
            match_sheets: Vec::new(),
        }),
        ItemKind::Note => NewItem::Note {
            note: Note {
                text: "secret-note".to_owned(),
            },
            internal: false,
        },
        ItemKind::FinancialItem => NewItem::FinancialItem(FinancialItem {
            label: "secret-fee".to_owned(),
            amount_cents: 1_234_500,
            currency: "USD".to_owned(),
            due_on: None,
        }),
    }
}
