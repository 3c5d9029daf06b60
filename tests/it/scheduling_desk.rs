//! A practice in two lines, for the tests of its HTTP: an organisation, its clinic, and who works at the desk.

use axum::{body::Body, http::Request};
use provider_directory::{
    domain::{access::Role, organization::Organization},
    vocab::{UserId, terms::SubscriptionTier},
};
use serde_json::{Value, json};

use crate::{
    http_site::{Answer, Site},
    tenants::{account, join, signed_in, tenant},
};

/// Somebody of a tenant at work.
pub struct Desk<'a> {
    pub site: &'a Site,
    pub tenant: Organization,
    pub token: String,
}

impl<'a> Desk<'a> {
    /// The administrator of a new tenant.
    pub async fn open(site: &'a Site, name: &str) -> Self {
        let tenant = tenant(&site.house, name, SubscriptionTier::Basic).await;
        let token = signed_in(&site.house, tenant.id, Role::OrganizationAdmin).await;
        Self { site, tenant, token }
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            Body::from(body.to_string())
        };
        self.site.send(request.body(body).expect("a request")).await
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = self.send("GET", path, &[], Value::Null).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, &[], body).await
    }

    /// Creates, and answers the id.
    pub async fn make(&self, path: &str, body: Value) -> String {
        let made = self.post(path, body).await;
        assert_eq!(made.status, 201, "{path}: {}", made.text);
        text(&made.json()["id"])
    }

    pub async fn member(&self, name: &str) -> UserId {
        let user = account(&self.site.house, &format!("{name}@example.org"), false, None).await;
        join(&self.site.house, self.tenant.id, user, Role::Practitioner).await;
        user
    }

    pub async fn clinic(&self, name: &str, zone: &str) -> String {
        self.make("/clinics", json!({"name": name, "time_zone": zone})).await
    }

    /// The same tenant as a plain member sees it: the front desk, which books, and changes no hours.
    pub async fn front(&self) -> Self {
        Self {
            site: self.site,
            token: signed_in(&self.site.house, self.tenant.id, Role::Member).await,
            tenant: self.tenant.clone(),
        }
    }

    /// The slot that is free first.
    pub async fn free(&self) -> String {
        text(&self.get("/slots?limit=1").await["slots"][0]["id"])
    }

    /// Books that slot, and answers the appointment.
    pub async fn book(&self, patient: &str) -> String {
        let booking = json!({"slot_id": self.free().await, "patient_reference": patient});
        self.make("/appointments", booking).await
    }

    /// Changes the tenant's settings.
    pub async fn configure(&self, settings: Value) {
        let path = format!("/organizations/{}/config", self.tenant.id);
        let done = self.send("PATCH", &path, &[("if-match", "*")], settings).await;
        assert_eq!(done.status, 200, "{}", done.text);
    }

    /// A practitioner at a clinic, Mondays from nine to eleven.
    pub async fn practice(&self, name: &str, clinic: &str) -> (String, String) {
        let user = self.member(name).await;
        let practitioner = self
            .make("/practitioners", json!({"user_id": user, "specialty": "CARDIOLOGY"}))
            .await;
        let assigned = json!({"practitioner_id": practitioner, "clinic_id": clinic, "start_date": "2026-01-01"});
        self.make("/clinic-assignments", assigned).await;
        let schedule = self.make("/schedules", mondays(&practitioner, clinic)).await;
        (practitioner, schedule)
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub fn mondays(practitioner: &str, clinic: &str) -> Value {
    json!({"practitioner_id": practitioner, "clinic_id": clinic, "day_of_week": 1,
        "start_time": "09:00", "end_time": "11:00", "max_bookings": 1})
}
