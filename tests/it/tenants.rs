//! What the tests about tenants share: organisations with people in them who are signed in.

use axum::{body::Body, http::Request};
use chrono::TimeDelta;
use provider_directory::{
    domain::{access::Role, organization::Organization, password},
    store::{
        members, organizations,
        organizations::NewOrganization,
        people::{self, NewPerson},
        sessions,
    },
    vocab::{
        OrganizationId, UserId,
        terms::{OrganizationType, SubscriptionTier},
    },
};
use serde_json::Value;

use super::{
    house::{House, admin, noon},
    http_site::{Answer, Site},
};

/// The password of everybody who has one.
pub const PASSWORD: &str = "four words on paper";

/// A tenant of a tier.
pub async fn tenant(house: &House, name: &str, tier: SubscriptionTier) -> Organization {
    let new = NewOrganization {
        id: OrganizationId(uuid::Uuid::now_v7()),
        name: name.to_owned(),
        slug: None,
        r#type: OrganizationType::Clinic,
        tier,
        parent_id: None,
    };
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let made = organizations::create(&mut tx, &new).await.expect("created");
    tx.commit().await.expect("committed");
    made
}

/// An account, with or without a password: a hash takes its time.
pub async fn account(house: &House, email: &str, with_password: bool, platform: Option<Role>) -> UserId {
    let new = NewPerson {
        id: UserId(uuid::Uuid::now_v7()),
        email: email.to_owned(),
        name: email.split('@').next().unwrap_or_default().to_owned(),
        password_hash: with_password.then(|| password::hash(PASSWORD, [7; 16])),
        platform_role: platform,
    };
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    people::create(&mut tx, &new, noon()).await.expect("created");
    tx.commit().await.expect("committed");
    new.id
}

/// Lets somebody into a tenant.
pub async fn join(house: &House, organization: OrganizationId, user: UserId, role: Role) {
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    members::add(&mut tx, organization, user, role, noon())
        .await
        .expect("added");
    tx.commit().await.expect("committed");
}

/// The token of a session that has just begun.
pub async fn session(house: &House, user: UserId) -> String {
    let until = noon() + TimeDelta::hours(1);
    sessions::open(&house.store, user, rand::random(), noon(), until)
        .await
        .expect("opened")
}

/// A new person with a role in a tenant, signed in.
pub async fn signed_in(house: &House, organization: OrganizationId, role: Role) -> String {
    let user = account(house, &format!("{}@example.org", uuid::Uuid::now_v7()), false, None).await;
    join(house, organization, user, role).await;
    session(house, user).await
}

/// Sends a request with a token, for an organisation if one is named.
pub async fn ask(
    site: &Site,
    token: &str,
    organization: Option<OrganizationId>,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    if let Some(organization) = organization {
        request = request.header("x-organization-id", organization.to_string());
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    site.send(request.body(body).expect("a request")).await
}
