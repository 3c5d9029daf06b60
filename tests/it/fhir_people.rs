//! Who practises where, as programs that speak FHIR R4 read it: practitioners, their roles and clinics.

use provider_directory::{
    domain::access::{Actor, Role},
    vocab::{ClinicId, OrganizationId, PractitionerId},
};
use serde_json::{Value, json};

use crate::{
    fhir::Program,
    http_site::Site,
    practice::{Practice, hours},
    tenants::signed_in,
};

/// Two practitioners and two clinics of whom there is something to tell: a member's program, and who and what they are.
struct Staffed {
    site: Site,
    tenant: OrganizationId,
    actor: Actor,
    token: String,
    jane: PractitionerId,
    john: PractitionerId,
    north: ClinicId,
    south: ClinicId,
}

impl Staffed {
    async fn open() -> Self {
        let site = Site::open().await;
        let practice = Practice::open(&site.house, "Clinic").await;
        let (north, south) = (
            practice.clinic("North", "America/Chicago").await,
            practice.clinic("South", "UTC").await,
        );
        let jane = practice.practitioner_at("Jane Doe", &[north, south]).await;
        let john = practice.practitioner_at("John", &[south]).await;
        site.house
            .sql(&format!(
                "UPDATE practitioner SET npi = 1234567893, gender = 'F', license_number = 'TX-1', specialty = '207RC0000X'
                    WHERE id = '{jane}';
                INSERT INTO practitioner_qualification (practitioner_id, place, organization_id, kind, name, issuer, valid_from)
                    VALUES ('{jane}', 1, '{tenant}', 'degree', 'MD', 'Baylor', '2001-06-01');
                UPDATE practitioner SET status = 'inactive' WHERE id = '{john}';
                UPDATE clinic_assignment SET end_date = '2026-11-21' WHERE practitioner_id = '{jane}' AND clinic_id = '{south}';
                UPDATE clinic SET line1 = '1 Main St', city = 'Houston', state = 'TX', postal_code = '77030', phone = '7135550100',
                    lat_e7 = 297000000, lon_e7 = -954000000,
                    operating_hours = '[{{\"weekday\": 1, \"opens\": 540, \"closes\": 1440}}, {{\"weekday\": 7, \"opens\": 0, \"closes\": 1440}}]'
                    WHERE id = '{north}';
                UPDATE clinic SET is_active = false WHERE id = '{south}'",
                tenant = practice.organization
            ))
            .await;
        let token = signed_in(&site.house, practice.organization, Role::Member).await;
        Self {
            tenant: practice.organization,
            actor: practice.actor.clone(),
            site,
            token,
            jane,
            john,
            north,
            south,
        }
    }

    fn practice(&self) -> Practice<'_> {
        Practice {
            house: &self.site.house,
            organization: self.tenant,
            actor: self.actor.clone(),
        }
    }

    fn program(&self) -> Program<'_> {
        Program {
            site: &self.site,
            token: self.token.clone(),
        }
    }

    /// The tenant, as resources refer to it.
    fn organization(&self) -> Value {
        json!({"type": "Organization", "identifier":
            {"system": "urn:ietf:rfc:3986", "value": format!("urn:uuid:{}", self.tenant)}})
    }
}

/// What schedules refer to is there: who practises, and the clinics.
#[tokio::test]
async fn fhir_tells_what_a_schedule_refers_to() {
    let staffed = Staffed::open().await;
    let (jane, north, organization) = (staffed.jane, staffed.north, staffed.organization());
    let schedule = staffed
        .practice()
        .schedule(jane, north, &hours(1, "09:00", "10:00"))
        .await;
    let program = staffed.program();
    // Each reference of the schedule leads to what it says.
    let told = program.ask(&format!("/fhir/Schedule/{}", schedule.id)).await.json();
    let mut actors = Vec::new();
    for actor in told["actor"].as_array().expect("actors") {
        let path = actor["reference"].as_str().expect("a reference");
        let one = program.one(&format!("/fhir/{path}")).await;
        assert_eq!(one["resourceType"], actor["type"], "{one}");
        actors.push(one);
    }
    assert_eq!(
        actors[0],
        json!({
            "resourceType": "Practitioner",
            "id": jane,
            "identifier": [
                {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"},
                {"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "LN"}]}, "value": "TX-1"},
            ],
            "active": true,
            "name": [{"text": "Jane Doe"}],
            "gender": "female",
            "qualification": [
                {"code": {"text": "MD"}, "period": {"start": "2001-06-01"}, "issuer": {"display": "Baylor"}},
            ],
        })
    );
    assert_eq!(
        actors[1],
        json!({
            "resourceType": "Location",
            "id": north,
            "status": "active",
            "name": "North",
            "mode": "instance",
            "telecom": [{"system": "phone", "value": "7135550100"}],
            "address": {"line": ["1 Main St"], "city": "Houston", "state": "TX", "postalCode": "77030"},
            "position": {"longitude": -95.4, "latitude": 29.7},
            "managingOrganization": organization,
            "hoursOfOperation": [
                {"daysOfWeek": ["mon"], "openingTime": "09:00:00", "closingTime": "00:00:00"},
                {"daysOfWeek": ["sun"], "allDay": true},
            ],
        })
    );
}

/// Who is where: the primary clinic first, and what is over or of nobody who practises is not active.
#[tokio::test]
async fn fhir_tells_practitioners_their_roles() {
    let staffed = Staffed::open().await;
    let (jane, north, south, organization) = (staffed.jane, staffed.north, staffed.south, staffed.organization());
    let program = staffed.program();
    let roles = program
        .all(&format!(
            "/fhir/PractitionerRole?practitioner=Practitioner/{jane}&_count=1"
        ))
        .await;
    assert_eq!(
        roles[0],
        json!({
            "resourceType": "PractitionerRole",
            "id": roles[0]["id"],
            "active": true,
            "period": {"start": "2026-01-01"},
            "practitioner": {"reference": format!("Practitioner/{jane}"), "type": "Practitioner"},
            "organization": organization,
            "specialty": [{"coding": [{"system": "http://nucc.org/provider-taxonomy", "code": "207RC0000X"}]}],
            "location": [{"reference": format!("Location/{north}"), "type": "Location"}],
        })
    );
    assert_eq!(
        (roles.len(), &roles[1]["active"], &roles[1]["period"]["end"]),
        (2, &json!(false), &json!("2026-11-21"))
    );
    let one = program
        .one(&format!(
            "/fhir/PractitionerRole/{}",
            roles[0]["id"].as_str().expect("an id")
        ))
        .await;
    assert_eq!(one, roles[0]);
    let there = program
        .all(&format!("/fhir/PractitionerRole?location=Location/{south}"))
        .await;
    assert_eq!(
        there.iter().map(|role| &role["active"]).collect::<Vec<_>>(),
        [&json!(false), &json!(false)]
    );
}

#[tokio::test]
async fn fhir_finds_practitioners_and_clinics() {
    let staffed = Staffed::open().await;
    let program = staffed.program();
    let [jane, john] = [staffed.jane, staffed.john].map(|id| id.to_string());
    let [north, south] = [staffed.north, staffed.south].map(|id| id.to_string());
    for (query, wanted) in [
        ("Practitioner?_count=1", vec![&jane, &john]),
        ("Practitioner?name=doe", vec![&jane]),
        ("Practitioner?identifier=1234567893", vec![&jane]),
        (
            "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi%7C1234567893",
            vec![&jane],
        ),
        ("Practitioner?identifier=1000000004", vec![]),
        ("Location?_count=1", vec![&north, &south]),
        ("Location?name=nor", vec![&north]),
        ("Location?status=inactive", vec![&south]),
    ] {
        assert_eq!(
            program.all(&format!("/fhir/{query}")).await.len(),
            wanted.len(),
            "{query}"
        );
        assert_eq!(
            program.ids(&format!("/fhir/{query}")).await.iter().collect::<Vec<_>>(),
            wanted,
            "{query}"
        );
    }
    let counted = program
        .ask("/fhir/PractitionerRole?_count=1&_total=accurate")
        .await
        .json();
    assert_eq!(counted["total"], json!(3));
    for path in ["Practitioner", "Location"] {
        let counted = program.ask(&format!("/fhir/{path}?_summary=count")).await.json();
        assert_eq!(
            (&counted["total"], &counted["entry"]),
            (&json!(2), &Value::Null),
            "{path}"
        );
    }
    for (query, code, place) in [
        (
            "Practitioner?identifier=urn:x%7C1234567893",
            "malformed",
            "http.identifier",
        ),
        (
            "PractitionerRole?practitioner=Location/7",
            "malformed",
            "http.practitioner",
        ),
        ("Location?status=suspended", "unknown_term", "http.status"),
        ("Location?_sort=status", "unknown_term", "http._sort"),
    ] {
        let (_, own, at) = program.refused(&format!("/fhir/{query}"), 400).await;
        assert_eq!((own.as_str(), at.as_str()), (code, place), "{query}");
    }
    let (code, ..) = program.refused(&format!("/fhir/Location/{jane}"), 404).await;
    assert_eq!(code, "not-found");
}
