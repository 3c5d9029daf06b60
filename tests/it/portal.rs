//! The world of the portal's tests: an agency with an outside provider, a person and a system of it, and how each of them asks.

use axum::{body::Body, http::Request};
use provider_directory::{
    domain::access::Role,
    index::schema,
    interfaces::http::Settings,
    store::access::{Grant, issue_token},
    vocab::{AssignmentId, CaseId, ProviderId, ProviderUserId, terms::ProviderUserKind},
};
use serde_json::Value;

use crate::agency::Agency;
use crate::browser::{browser, sent_back};
use crate::house::{admin, noon};
use crate::http_site::{Answer, Site};

pub const PERSON: ProviderUserKind = ProviderUserKind::Person;
pub const MACHINE: ProviderUserKind = ProviderUserKind::Machine;
pub const PORTAL: &str = "/api/portal/v1";
pub const EXTERNAL: &str = "/api/external/v1";

/// An agency with a clinic assigned to one case in both ways.
pub struct World {
    pub site: Site,
    pub agency: Agency,
    pub staff: String,
    pub clinic: ProviderId,
    pub ann: ProviderUserId,
    pub ann_token: String,
    pub robot: ProviderUserId,
    pub robot_token: String,
    pub case: CaseId,
    pub portal: AssignmentId,
    pub external: AssignmentId,
}

impl World {
    pub async fn open() -> Self {
        Self::set_up(Settings::default()).await
    }

    /// The same with settings of one's own.
    pub async fn set_up(settings: Settings) -> Self {
        let site = Site::set_up(schema::Handle::embedded(), settings).await;
        let agency = Agency::open(&site.house, "Hope").await;
        let grant = Grant {
            name: "staff".to_owned(),
            role: Role::OrganizationAdmin,
            organization_id: Some(agency.id),
            scopes: Vec::new(),
            expires_at: None,
        };
        let mut tx = site.house.store.begin(&admin()).await.expect("begun");
        let staff = issue_token(&mut tx, &grant, [8; 32], noon()).await.expect("issued");
        tx.commit().await.expect("committed");
        let clinic = agency.provider("Riverside IVF", "ivf_clinic").await;
        let ann = agency.user(clinic, PERSON, "Ann").await;
        let robot = agency.user(clinic, MACHINE, "Robot").await;
        let case = agency.case("HOPE-1").await;
        Self {
            ann_token: agency.token(ann, 1).await,
            robot_token: agency.token(robot, 2).await,
            portal: agency.assign(case, clinic, PERSON).await,
            external: agency.assign(case, clinic, MACHINE).await,
            site,
            agency,
            staff,
            clinic,
            ann,
            robot,
            case,
        }
    }

    pub async fn ask(&self, method: &str, path: &str, token: Option<&str>, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("x-request-id", "r");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = request
            .header("content-type", "application/json")
            .header("if-match", "*");
        self.site.send(request.body(body).expect("a request")).await
    }

    /// Asks as the agency's staff.
    pub async fn staff(&self, method: &str, path: &str, body: Value) -> Answer {
        self.ask(method, path, Some(&self.staff), Some(body)).await
    }

    pub async fn ann(&self, path: &str) -> Answer {
        self.ask("GET", &format!("{PORTAL}{path}"), Some(&self.ann_token), None)
            .await
    }

    pub async fn robot(&self, path: &str) -> Answer {
        self.ask("GET", &format!("{EXTERNAL}{path}"), Some(&self.robot_token), None)
            .await
    }

    /// The cookie of the portal's pages for a token.
    pub async fn sign_in(&self, token: &str) -> String {
        let form = format!("token={token}");
        let entered = self
            .site
            .send(browser("POST", "/provider/sign-in", "127.0.0.1", None, &form))
            .await;
        assert_eq!(entered.status, 303, "{}", entered.text);
        sent_back(entered.header("set-cookie"))
    }

    /// A page of the portal.
    pub async fn page(&self, cookie: Option<&str>, method: &str, path: &str) -> Answer {
        self.site
            .send(browser(method, path, "127.0.0.1", cookie, "word="))
            .await
    }

    pub fn at_case(&self) -> String {
        format!("/cases/{}", self.case)
    }

    pub async fn audited(&self, action: &str) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM audit WHERE action = $1 AND organization_id = $2")
            .bind(action)
            .bind(self.agency.id.0)
            .fetch_one(&mut self.site.house.owner().await)
            .await
            .expect("counted")
    }
}

pub fn id(answer: &Answer) -> String {
    answer.json()["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{}", answer.text))
        .to_owned()
}
