//! What programs that keep copies ask for: what has changed since, as far as it is known, and many by their keys at once.

use provider_directory::{domain::access::Role, store::schedules::roll_on};
use serde_json::{Value, json};

use crate::{
    fhir::{Program, one_of_each},
    house::noon,
    http_site::Site,
    practice::{Practice, hours},
    tenants::signed_in,
};

/// When a resource was last changed, as it is told wherever it is.
async fn last_updated(program: &Program<'_>, of: &str) -> (String, String) {
    let page = program.ask(&format!("/fhir/{of}")).await.json();
    let one = &page["entry"][0]["resource"];
    let id = one["id"].as_str().expect("an id");
    let told = one["meta"]["lastUpdated"].as_str().unwrap_or_default().to_owned();
    for asked in ["", "?_elements=id"] {
        let read = program.ask(&format!("/fhir/{of}/{id}{asked}")).await.json();
        assert_eq!(read["meta"]["lastUpdated"].as_str().unwrap_or_default(), told, "{read}");
    }
    (id.to_owned(), told)
}

/// 6.19: whoever asks for what has changed since they looked gets just that.
#[tokio::test]
async fn feature_6_19_what_has_changed_since_is_asked_for() {
    let (site, token, _) = one_of_each().await;
    let program = Program { site: &site, token };
    let since =
        async |of: &str, prefix: &str, at: &str| program.ids(&format!("/fhir/{of}?_lastUpdated={prefix}{at}")).await;
    let can = site.get("/fhir/metadata").await.json();
    for of in ["Practitioner", "Schedule", "Location"] {
        let (id, seen) = last_updated(&program, of).await;
        for (prefix, is_found) in [("gt", false), ("ge", true), ("eq", true), ("le", true), ("lt", false)] {
            let found = since(of, prefix, &seen).await;
            assert_eq!(found == [id.as_str()], is_found, "{of} {prefix}{seen}: {found:?}");
        }
        let table = match of {
            "Location" => "clinic",
            "Practitioner" => "practitioner",
            _ => "schedule",
        };
        let sql = format!("UPDATE {table} SET updated_at = updated_at + interval '1 microsecond'");
        site.house.sql(&sql).await;
        assert_eq!(since(of, "gt", &seen).await, [id.as_str()], "{of}");
        assert_ne!(last_updated(&program, of).await.1, seen);
        let path = format!("/fhir/{of}?_lastUpdated=ge2026&_lastUpdated=lt2026-02&_summary=count");
        assert_eq!(program.ask(&path).await.json()["total"], 0, "{of}: all bounds hold");
        let told = can["rest"][0]["resource"].as_array().into_iter().flatten();
        let told = told
            .filter(|resource| resource["type"] == of)
            .flat_map(|resource| resource["searchParam"].as_array());
        let stated = json!({"name": "_lastUpdated", "type": "date"});
        assert!(told.flatten().any(|parameter| *parameter == stated), "{of}");
    }
    let refused = program.refused("/fhir/Location?_lastUpdated=yesterday", 400).await;
    assert_eq!(refused.2, "http._lastUpdated");
    // What moves with others is not known to have changed.
    for of in ["Slot", "PractitionerRole"] {
        assert_eq!(last_updated(&program, of).await.1, "");
        program.refused(&format!("/fhir/{of}?_lastUpdated=ge2026"), 400).await;
    }
}

/// 6.19: what changes without a new version has changed nevertheless: by a day, by the clinic's clock, by days that slots are added for.
#[tokio::test]
async fn feature_6_19_what_changes_by_itself_has_changed() {
    let (site, token, organization) = one_of_each().await;
    let program = Program { site: &site, token };
    let (id, seen) = last_updated(&program, "Practitioner").await;
    site.house
        .sql("UPDATE practitioner SET status = 'inactive', status_from = (now() AT TIME ZONE 'UTC')::date")
        .await;
    assert_eq!(
        program.ids(&format!("/fhir/Practitioner?_lastUpdated=gt{seen}")).await,
        [id]
    );
    let (id, seen) = last_updated(&program, "Schedule").await;
    site.house
        .sql("UPDATE clinic SET time_zone = 'UTC', updated_at = updated_at + interval '1 second'")
        .await;
    assert_eq!(
        program.ids(&format!("/fhir/Schedule?_lastUpdated=gt{seen}")).await,
        std::slice::from_ref(&id)
    );
    let (_, seen) = last_updated(&program, "Schedule").await;
    let later = noon() + chrono::TimeDelta::days(30);
    let rolled = roll_on(&site.house.store, organization, later)
        .await
        .expect("rolled on");
    assert!(rolled.slots > 0 && rolled.failed == 0, "{rolled:?}");
    assert_eq!(
        program.ids(&format!("/fhir/Schedule?_lastUpdated=gt{seen}")).await,
        [id]
    );
}

/// 6.19: many are asked for at once, by their keys and by what they refer to; each is told once beside.
#[tokio::test]
async fn feature_6_19_many_are_asked_for_at_once() {
    let site = Site::open().await;
    let practice = Practice::open(&site.house, "Clinic").await;
    let (north, south) = (
        practice.clinic("North", "America/Chicago").await,
        practice.clinic("South", "UTC").await,
    );
    let jane = practice.practitioner_at("Jane Doe", &[north, south]).await;
    let john = practice.practitioner_at("John Doe", &[south]).await;
    practice.schedule(jane, north, &hours(1, "09:00", "12:00")).await;
    practice.schedule(jane, south, &hours(2, "09:00", "12:00")).await;
    practice.schedule(john, south, &hours(1, "09:00", "12:00")).await;
    let token = signed_in(&site.house, practice.organization, Role::Member).await;
    let program = Program { site: &site, token };
    for (of, of_both, of_one) in [
        ("Practitioner", format!("_id={jane},{john}"), format!("_id={jane}")),
        ("Location", format!("_id={north},{south}"), format!("_id={north}")),
        (
            "Schedule",
            format!("actor=Practitioner/{jane},Practitioner/{john}"),
            format!("actor=Practitioner/{john}"),
        ),
        (
            "PractitionerRole",
            format!("location={north},{south}"),
            format!("location={north}"),
        ),
    ] {
        let all = program.ids(&format!("/fhir/{of}")).await;
        assert_eq!(program.ids(&format!("/fhir/{of}?{of_both}")).await, all, "{of}");
        let one = program.ids(&format!("/fhir/{of}?{of_one}")).await;
        assert_eq!(one.len(), 1, "{of}");
        // Repeated, all must hold.
        assert_eq!(
            program.ids(&format!("/fhir/{of}?{of_both}&{of_one}")).await,
            one,
            "{of}"
        );
    }
    let types = async |path: &str| {
        let page = program.ask(path).await.json();
        let entries = page["entry"].as_array().into_iter().flatten();
        let beside = entries.filter(|entry| entry["search"]["mode"] == "include");
        let mut types = beside
            .map(|entry| entry["resource"]["resourceType"].clone())
            .collect::<Vec<Value>>();
        types.sort_by_key(Value::to_string);
        types
    };
    assert_eq!(
        types("/fhir/Schedule?_include=Schedule:actor").await,
        ["Location", "Location", "Practitioner", "Practitioner"]
    );
    assert_eq!(
        types("/fhir/Location?_revinclude=Schedule:actor").await,
        ["Schedule", "Schedule", "Schedule"]
    );
}
