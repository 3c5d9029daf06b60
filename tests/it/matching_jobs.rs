//! Matching in bulk: files that are gone on with, duplicates of the directory, what people say, weights estimated anew.

use std::{collections::HashSet, fs};

use axum::{body::Body, http::Request};
use provider_directory::{
    domain::provider::Provider,
    index::{Index, schema::Handle},
    intake::{
        generate,
        matching::{
            Options, Record,
            dirty::Dirtier,
            match_record,
            train::{self, Lesson},
        },
    },
    interfaces::cli::matching::{file_through, find_duplicates, queue_duplicates},
    query::candidates::Directory,
    vocab::{Npi, Position, ProviderId, lexicon::MatchModel},
};
use serde_json::{Value, json};

use super::{
    house::noon,
    http_scheduling::Desk,
    http_site::{Answer, Site},
};

const SEED: u64 = 8;
const PROVIDERS: u64 = 1_500;

fn index_of(providers: impl IntoIterator<Item = Provider>) -> (Index, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let index = Index::open(folder.path(), Handle::embedded()).expect("an index");
    let mut rebuild = index.rebuild().expect("begun");
    for provider in providers {
        rebuild.add(provider, noon().date_naive()).expect("added");
    }
    rebuild.seal(Position { xid: 1, id: 1 }, 1).expect("sealed");
    rebuild.swap().expect("swapped");
    (index, folder)
}

fn population() -> Vec<Provider> {
    let lexicon = Handle::embedded().lexicon();
    generate::providers(PROVIDERS, SEED)
        .map(|p| p.to_provider(&lexicon))
        .collect()
}

/// 9.04: a file is matched in order, goes on where it was stopped, and keeps what is broken in its place.
#[test]
fn feature_9_04_a_file_is_gone_on_with_in_order() {
    let (index, folder) = index_of(population());
    let snapshot = index.snapshot();
    let dirtier = Dirtier::new(&snapshot.lexicon, SEED, PROVIDERS, 2);
    let mut lines: Vec<String> = (0..300)
        .map(|number| serde_json::to_string(&dirtier.record(number).record).expect("JSON"))
        .collect();
    lines[150] = "{\"name\": ".to_owned();
    let (file, out) = (folder.path().join("in.ndjson"), folder.path().join("out.ndjson"));
    fs::write(&file, lines.join("\n")).expect("written");
    let run =
        |restart| file_through(&snapshot, &Options::default(), &file, &out, restart, &mut |_| ()).expect("matched");
    let done = run(false);
    assert_eq!((done.before, done.answered, done.refused), (0, 300, 1));
    assert!(done.matched > 150);
    let whole = fs::read_to_string(&out).expect("read");
    for (number, line) in whole.lines().enumerate() {
        let answer: Value = serde_json::from_str(line).expect("JSON");
        match number {
            150 => assert!(answer["error"].is_object(), "{line}"),
            _ => assert_eq!(answer["id"], format!("r{number}")),
        }
    }
    // Killed in the middle of a line: that line is written again, those before are not.
    let cut = whole.match_indices('\n').nth(120).expect("lines").0 + 30;
    fs::write(&out, &whole[..cut]).expect("written");
    let done = run(false);
    assert_eq!((done.before, done.answered), (121, 179));
    assert_eq!(fs::read_to_string(&out).expect("read"), whole);
    assert_eq!(run(false).answered, 0);
    assert_eq!(run(true).answered, 300);
}

/// A roster in CSV, with the columns that people use.
#[test]
fn a_csv_is_read_by_its_columns() {
    let (index, folder) = index_of(population());
    let snapshot = index.snapshot();
    let meant = generate::providers(PROVIDERS, SEED)
        .find(|p| p.name.last.is_some())
        .expect("a person");
    let site = &meant.sites[0];
    let (first, last) = (
        meant.name.first.clone().unwrap_or_default(),
        meant.name.last.clone().unwrap_or_default(),
    );
    let (file, out) = (folder.path().join("roster.csv"), folder.path().join("out.ndjson"));
    let row = format!(
        "7,\"{}, {}\",{},{},{}",
        last.to_uppercase(),
        first,
        site.line1,
        site.city,
        site.postal_code
    );
    fs::write(&file, format!("ID,Name,Address 1,City,Zip\r\n{row}\r\n")).expect("written");
    let done = file_through(&snapshot, &Options::default(), &file, &out, false, &mut |_| ()).expect("matched");
    let answer: Value = serde_json::from_str(fs::read_to_string(&out).expect("read").trim()).expect("JSON");
    assert_eq!(
        (done.answered, &answer["npi"], &answer["id"]),
        (1, &json!(meant.npi.to_string()), &json!("7")),
        "{answer:#}"
    );
    fs::write(&file, "ID,Shoe size\n1,44\n").expect("written");
    let refused = file_through(&snapshot, &Options::default(), &file, &out, true, &mut |_| ());
    assert!(refused.is_err_and(|error| error.to_string().contains("Shoe size")));
}

/// Persons who are in the directory twice: under another NPI, with a slip in the name or at another place.
fn with_twins(providers: &[Provider]) -> (Vec<Provider>, HashSet<(ProviderId, ProviderId)>) {
    let mut all = providers.to_vec();
    let mut planted = HashSet::new();
    let persons = providers
        .iter()
        .filter(|p| p.name.last.is_some() && p.locations.len() == 1);
    for (number, own) in (0_u64..).zip(persons.take(60)) {
        let mut twin = own.clone();
        twin.id = ProviderId(uuid::Uuid::from_u128(own.id.0.as_u128() ^ 1));
        twin.npi = Some(Npi::from_base(190_000_000 + number));
        twin.locator.number += 1_000_000;
        match number % 3 {
            0 => twin.name.middle = None,
            1 => twin.name.last = twin.name.last.map(|last| format!("{last}e")),
            _ => twin.locations[0].line2 = Some("Ste 9".to_owned()),
        }
        planted.insert((own.id.min(twin.id), own.id.max(twin.id)));
        all.push(twin);
    }
    (all, planted)
}

/// 9.08: planted twins are found among all pairs, and next to nothing else is taken for one.
#[test]
fn feature_9_08_duplicates_of_the_directory_are_found() {
    let (providers, planted) = with_twins(&population());
    let (index, _folder) = index_of(providers);
    let pairs = find_duplicates(&index.snapshot(), 0.5).expect("compared");
    let found: HashSet<_> = pairs
        .iter()
        .map(|pair| {
            (
                ProviderId(pair.provider.min(pair.other)),
                ProviderId(pair.provider.max(pair.other)),
            )
        })
        .collect();
    let met = planted.intersection(&found).count();
    assert!(met * 100 >= planted.len() * 95, "{met} of {}", planted.len());
    assert!(found.len() <= met + 6, "{} pairs, {met} of them twins", found.len());
}

async fn say(site: &Site, token: Option<&str>, path: &str, body: Value) -> Answer {
    let mut request = Request::post(path).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    site.send(request.body(Body::from(body.to_string())).expect("a request"))
        .await
}

fn jane(npi: &str, line1: &str) -> Value {
    json!({
        "kind": "individual", "category": "practitioner", "first_name": "Jane", "last_name": "Featherstonehaugh", "npi": npi,
        "locations": [{"line1": line1, "city": "Houston", "state": "TX", "postal_code": "77030", "phone": "7135550123"}],
    })
}

/// 9.07: what needs a look is queued, decided once, and kept as feedback that can be learnt from.
#[tokio::test]
async fn feature_9_07_reviews_are_queued_decided_and_kept() {
    let site = Site::open().await;
    site.person(jane("1234567893", "1 Main St")).await;
    let token = site.token.clone();
    let token = Some(token.as_str());
    let record = json!({"name": "Jane Featherstonehaugh", "npi": "1999999984", "address": {"line1": "1 Main St", "postal_code": "77030"}});
    assert_eq!(
        say(&site, None, "/providers/match/feedback", json!({})).await.status,
        401
    );
    let said = say(
        &site,
        token,
        "/providers/match/feedback",
        json!({"record": record, "provider": "1234567893", "verdict": "confirmed", "note": "called"}),
    )
    .await;
    assert_eq!(said.status, 201, "{}", said.text);
    assert!(
        said.json()["probability"].as_f64().is_some_and(|p| p > 0.0),
        "{}",
        said.text
    );
    let unknown = say(
        &site,
        token,
        "/providers/match/feedback",
        json!({"record": record, "provider": "1111111112", "verdict": "confirmed"}),
    )
    .await;
    assert_eq!(unknown.status, 404, "{}", unknown.text);
    // Two of one name, and nothing to tell them apart.
    site.person(jane("1000000004", "1 Main St")).await;
    let queued = say(
        &site,
        token,
        "/providers/match/reviews",
        json!({"name": "Jane Featherstonehaugh"}),
    )
    .await;
    assert_eq!(
        (queued.status.as_u16(), &queued.json()["outcome"]["decision"]),
        (201, &json!("ambiguous")),
        "{}",
        queued.text
    );
    let id = queued.json()["review_id"].as_str().expect("a key").to_owned();
    let list = site
        .send(
            Request::get("/providers/match/reviews?kind=record")
                .header("authorization", format!("Bearer {}", site.token))
                .body(Body::empty())
                .expect("a request"),
        )
        .await;
    assert_eq!(list.json()[0]["id"], json!(id), "{}", list.text);
    let path = format!("/providers/match/reviews/{id}/decision");
    assert_eq!(
        say(&site, token, &path, json!({"verdict": "rejected"})).await.status,
        200
    );
    assert_eq!(
        say(&site, token, &path, json!({"verdict": "confirmed"})).await.status,
        422,
        "decided once"
    );
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM match_feedback")
        .fetch_one(&mut site.house.owner().await)
        .await
        .expect("counted");
    assert_eq!(kept, 2);
    // The job finds the pair once, and what was decided stays decided.
    let snapshot = site.index.snapshot();
    assert_eq!(
        queue_duplicates(&site.house.store, &snapshot, 0.3, noon())
            .await
            .expect("queued"),
        (1, 1)
    );
    assert_eq!(
        queue_duplicates(&site.house.store, &snapshot, 0.3, noon())
            .await
            .expect("queued"),
        (1, 0)
    );
    let append_only = sqlx::query("SET ROLE provdir_app")
        .execute(&mut site.house.owner().await)
        .await;
    append_only.expect("the role");
    let may: bool = sqlx::query_scalar("SELECT has_table_privilege('provdir_app', 'match_feedback', 'UPDATE') OR has_table_privilege('provdir_app', 'match_feedback', 'DELETE')")
        .fetch_one(&mut site.house.owner().await)
        .await
        .expect("asked");
    assert!(!may, "feedback is append-only");
}

/// 9.07: an organisation chooses its thresholds; a request may still say otherwise, and another organisation has its own.
#[tokio::test]
async fn feature_9_07_thresholds_are_those_of_the_organization() {
    let site = Site::open().await;
    site.person(jane("1234567893", "1 Main St")).await;
    let (desk, other) = (Desk::open(&site, "Clinic").await, Desk::open(&site, "Other").await);
    let config = format!("/organizations/{}/config/matching", desk.tenant.id);
    let change = async |settings: Value| desk.send("PATCH", &config, &[("if-match", "*")], settings).await;
    let refused = change(json!({"threshold": 0.5, "review": 0.9})).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault().0.as_str()),
        (422, "matching.review"),
        "{}",
        refused.text
    );
    let changed = change(json!({"threshold": 1.0, "review": 0.25})).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let record = json!({"name": "Jane Featherstonehaugh", "address": {"line1": "1 Main St", "postal_code": "77030"}});
    let thresholds = async |token: Option<&str>, path: &str| {
        let told = say(&site, token, path, record.clone()).await.json();
        (told["decision"].clone(), told["thresholds"].clone())
    };
    let chosen = json!({"threshold": 1.0, "review": 0.25});
    assert_eq!(
        thresholds(Some(desk.token.as_str()), "/providers/match").await,
        (json!("review"), chosen)
    );
    let said = thresholds(Some(desk.token.as_str()), "/providers/match?threshold=0.9").await;
    assert_eq!(said, (json!("match"), json!({"threshold": 0.9, "review": 0.25})));
    let usual = json!({"threshold": 0.95, "review": 0.5});
    assert_eq!(
        thresholds(Some(other.token.as_str()), "/providers/match").await,
        (json!("match"), usual.clone())
    );
    assert_eq!(thresholds(None, "/providers/match").await, (json!("match"), usual));
}

/// Estimating is deterministic, keeps the model whole, and makes probabilities truer on records it has not seen.
#[test]
fn feature_9_07_estimated_weights_are_deterministic_and_calibrated() {
    let (index, _folder) = index_of(population());
    let snapshot = index.snapshot();
    let directory = Directory::of(&snapshot);
    let dirtier = Dirtier::new(&snapshot.lexicon, SEED, PROVIDERS, 31);
    let lessons: Vec<Lesson> = (0..400)
        .map(|number| dirtier.record(number))
        .map(|dirty| Lesson {
            record: dirty.record,
            meant: Some(dirty.meant),
        })
        .collect();
    let start = &snapshot.lexicon.match_model.profiles["default"];
    let one = train::estimate(&directory, start, &lessons, |_| ()).expect("estimated");
    let two = train::estimate(&directory, start, &lessons, |_| ()).expect("estimated");
    assert_eq!(one, two);
    let mut model = MatchModel::clone(&snapshot.lexicon.match_model);
    model.profiles.insert("default".to_owned(), one);
    MatchModel::parse(&serde_json::to_string(&model).expect("JSON")).expect("a whole model");
    // The reliability diagram of the shipped model: told and right go together.
    let fresh = Dirtier::new(&snapshot.lexicon, SEED, PROVIDERS, 32);
    let told: Vec<(f64, bool)> = (0..800)
        .map(|number| {
            let dirty = fresh.record(number);
            let outcome = match_record(&directory, &dirty.record, &Options::default()).expect("an answer");
            let top = outcome.candidates.first().and_then(|best| best.provider.npi);
            (outcome.probability, dirty.meant.is_some() && top == dirty.meant)
        })
        .collect();
    let off: f64 = train::table(told)
        .iter()
        .map(|bin| (bin.told - bin.right).abs() * f64::from(bin.records) / 800.0)
        .sum();
    assert!(off < 0.04, "ECE {off}");
    assert!(Record::parse(json!({"name": "x"})).is_ok());
}
