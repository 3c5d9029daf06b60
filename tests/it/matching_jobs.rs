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
    interfaces::cli::matching::{file_through, find_duplicates, lessons_from_feedback, queue_duplicates},
    query::candidates::Directory,
    vocab::{
        Npi, Position, ProviderId,
        lexicon::{MatchModel, Profile},
    },
};
use serde_json::{Value, json};

use super::{
    house::noon,
    http_site::{Answer, Site},
    scheduling_desk::Desk,
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
    lines[160] = "{\"name\": \"M?ller\"}".to_owned();
    let (file, out) = (folder.path().join("in.ndjson"), folder.path().join("out.ndjson"));
    let text = lines.join("\n");
    let latin_1 = text.bytes().map(|byte| if byte == b'?' { 0xfc } else { byte });
    fs::write(&file, latin_1.collect::<Vec<u8>>()).expect("written");
    let run =
        |restart| file_through(&snapshot, &Options::default(), &file, &out, restart, &mut |_| ()).expect("matched");
    let done = run(false);
    assert_eq!((done.before, done.answered, done.refused), (0, 300, 2));
    assert!(done.matched > 150);
    let whole = fs::read_to_string(&out).expect("read");
    for (number, line) in whole.lines().enumerate() {
        let answer: Value = serde_json::from_str(line).expect("JSON");
        match number {
            150 => assert_eq!(answer["error"]["title"], "The line is not JSON", "{line}"),
            160 => assert!(line.contains("Latin-1"), "{line}"),
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
    // A row in Latin-1 is an error in its place, and those around it are answered.
    let mut bytes = format!("ID,Name,Address 1,City,Zip\r\n{row}\r\n8,").into_bytes();
    bytes.extend_from_slice(b"\"M\xfcller, Anna\",1 Main St,Houston,77030\r\n");
    bytes.extend_from_slice(row.as_bytes());
    fs::write(&file, bytes).expect("written");
    let done = file_through(&snapshot, &Options::default(), &file, &out, true, &mut |_| ()).expect("matched");
    assert_eq!((done.answered, done.refused, done.matched), (3, 1, 2));
    let told = fs::read_to_string(&out).expect("read");
    let broken: Value = serde_json::from_str(told.lines().nth(1).expect("a line")).expect("JSON");
    let why = broken["error"]["detail"].as_str().unwrap_or_default();
    assert!(why.contains("`name`") && why.contains("Latin-1"), "{broken}");
    assert_eq!(broken["id"], "8");
    let again = file_through(&snapshot, &Options::default(), &file, &out, false, &mut |_| ()).expect("matched");
    assert_eq!((again.before, again.answered), (3, 0), "nothing is left to be done");
    // Next week's file has the same name.
    let written = fs::File::options().write(true).open(&out).expect("the answers");
    let last_week = std::time::SystemTime::now() - std::time::Duration::from_secs(7 * 86_400);
    written.set_modified(last_week).expect("dated back");
    let outdated = file_through(&snapshot, &Options::default(), &file, &out, false, &mut |_| ());
    assert!(outdated.is_err_and(|error| error.to_string().contains("--restart")));
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
    // A roster comes again: its records wait once, and what was decided is told.
    let again = json!({"id": "row 7", "name": "Jane Featherstonehaugh"});
    let waits = say(&site, token, "/providers/match/reviews", again.clone()).await;
    assert_eq!((waits.status.as_u16(), &waits.json()["review_id"]), (200, &json!(id)));
    assert_eq!(
        say(&site, token, &path, json!({"verdict": "rejected"})).await.status,
        200
    );
    let decided = say(&site, token, "/providers/match/reviews", again).await.json();
    assert_eq!(
        (&decided["review_id"], &decided["verdict"]),
        (&json!(id), &json!("rejected"))
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
    let unlikely = change(json!({"threshold": 0.0})).await;
    assert_eq!(unlikely.fault().0, "matching.threshold", "{}", unlikely.text);
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
        (json!("review"), chosen.clone())
    );
    let said = thresholds(Some(desk.token.as_str()), "/providers/match?threshold=0.9").await;
    assert_eq!(said, (json!("match"), json!({"threshold": 0.9, "review": 0.25})));
    let usual = json!({"threshold": 0.95, "review": 0.5});
    assert_eq!(
        thresholds(Some(other.token.as_str()), "/providers/match").await,
        (json!("match"), usual.clone())
    );
    assert_eq!(
        thresholds(None, "/providers/match").await,
        (json!("match"), usual.clone())
    );
    // What a text says of somebody is matched by the same thresholds.
    let text = json!({"text": "Seen by Dr. Jane Featherstonehaugh, 1 Main St, Houston, TX 77030."});
    let read = async |token: Option<&str>| say(&site, token, "/providers/extract", text.clone()).await.json();
    let told = read(Some(desk.token.as_str())).await;
    assert_eq!(told["mentions"][0]["match"]["thresholds"], chosen, "{told:#}");
    assert_eq!(read(None).await["mentions"][0]["match"]["thresholds"], usual);
}

/// 9.11: from the evidence that a review was stored with, and nothing else, its probability comes out again.
#[tokio::test]
async fn feature_9_11_the_probability_of_a_stored_review_is_recomputed_from_its_evidence() {
    let site = Site::open().await;
    site.person(jane("1234567893", "1 Main St")).await;
    site.person(jane("1000000004", "1 Main St")).await;
    let token = Some(site.token.as_str());
    let record = json!({"name": "Jane Featherstonehaugh", "phone": "7135550123", "address": {"postal_code": "77030"}});
    let queued = say(&site, token, "/providers/match/reviews", record).await;
    assert_eq!(queued.status, 201, "{}", queued.text);
    let pairs = queue_duplicates(&site.house.store, &site.index.snapshot(), 0.3, noon()).await;
    assert_eq!(pairs.expect("queued"), (1, 1));
    let stored: Vec<(String, Value, f64, String)> =
        sqlx::query_as("SELECT kind, evidence, probability, rule_version FROM match_review ORDER BY kind DESC")
            .fetch_all(&mut site.house.owner().await)
            .await
            .expect("read");
    let kinds: Vec<&str> = stored.iter().map(|row| row.0.as_str()).collect();
    assert_eq!(kinds, ["record", "duplicate"]);
    let recomputed = |evidence: &Value| {
        let all = evidence.as_array().expect("evidence");
        let bits: f64 = all.iter().filter_map(|one| one["bits"].as_f64()).sum();
        1.0 / (1.0 + (-bits).exp2())
    };
    for (kind, evidence, probability, rule_version) in &stored {
        assert!(!rule_version.is_empty());
        // Of a record the evidence of every candidate that was told is kept, the likeliest first.
        let all: Vec<(&Value, f64)> = match kind.as_str() {
            "record" => {
                let candidates = evidence.as_array().expect("candidates");
                let told = |one: &Value| one["probability"].as_f64().expect("a probability");
                candidates.iter().map(|one| (&one["evidence"], told(one))).collect()
            }
            _ => vec![(evidence, *probability)],
        };
        assert!((all[0].1 - probability).abs() < 1e-9, "{kind}");
        for (evidence, told) in all {
            let again = recomputed(evidence);
            assert!(
                (again - told).abs() < 1e-4,
                "{kind}: {again} is not {told}: {evidence:#}"
            );
        }
    }
}

/// 9.07: what people have confirmed and rejected about records becomes lessons, what they say about pairs does not; the model
/// that is estimated from them has moved towards them and is still a true one.
#[tokio::test]
async fn feature_9_07_decisions_become_lessons_and_lessons_a_model() {
    let site = Site::open().await;
    let token = Some(site.token.as_str());
    let names = [
        "Abernathy",
        "Blackwood",
        "Castellano",
        "Dunleavy",
        "Eisenhower",
        "Fitzwilliam",
        "Greenhalgh",
        "Hathersage",
        "Iverson",
        "Jankowski",
        "Kirkpatrick",
        "Lindqvist",
    ];
    let npi = |n: usize| Npi::from_base(170_000_000 + n as u64).to_string();
    for (n, last) in names.iter().enumerate() {
        let mut person = jane(&npi(n), &format!("{} Oak Ave", n + 1));
        person["last_name"] = json!(last);
        person["first_name"] = json!("Maria");
        site.person(person).await;
    }
    // A pair of one name, which is decided: both NPIs are in the directory, and nothing is to be learnt from the decision.
    site.person(jane("1234567893", "1 Main St")).await;
    site.person(jane("1000000004", "1 Main St")).await;
    let pairs = queue_duplicates(&site.house.store, &site.index.snapshot(), 0.3, noon()).await;
    assert_eq!(pairs.expect("queued"), (1, 1));
    let pair: uuid::Uuid = sqlx::query_scalar("SELECT id FROM match_review WHERE kind = 'duplicate'")
        .fetch_one(&mut site.house.owner().await)
        .await
        .expect("a pair");
    let decision = format!("/providers/match/reviews/{pair}/decision");
    let decided = say(&site, token, &decision, json!({"verdict": "confirmed"})).await;
    assert_eq!(decided.status, 200, "{}", decided.text);
    // Records whose telephone has changed are confirmed, those that give another first name are rejected.
    let feedback = async |record: Value, npi: String, verdict: &str| {
        let body = json!({"record": record, "provider": npi, "verdict": verdict});
        let said = say(&site, token, "/providers/match/feedback", body).await;
        assert_eq!(said.status, 201, "{}", said.text);
    };
    let record = |n: usize, first: &str| {
        json!({"first_name": first, "last_name": names[n], "phone": "2125550000",
            "address": {"line1": format!("{} Oak Ave", n + 1), "postal_code": "77030"}})
    };
    for n in 0..8 {
        feedback(record(n, "Maria"), npi(n), "confirmed").await;
    }
    for n in 8..12 {
        feedback(record(n, "Wilhelmina"), npi(n), "rejected").await;
    }
    // What is said twice is one lesson.
    feedback(record(11, "Wilhelmina"), npi(11), "rejected").await;

    let lessons = lessons_from_feedback(&site.house.store).await.expect("read");
    let confirmed: Vec<String> = lessons
        .iter()
        .filter_map(|l| l.meant.flatten())
        .map(|npi| npi.to_string())
        .collect();
    assert_eq!(confirmed, (0..8).map(npi).collect::<Vec<_>>(), "no pair among them");
    let rejected: Vec<_> = lessons.iter().filter(|lesson| lesson.meant.is_none()).collect();
    assert_eq!(rejected.len(), 4, "one lesson for each record");
    assert!(rejected.iter().all(|lesson| !lesson.rejected.is_empty()));

    let snapshot = site.index.snapshot();
    let directory = Directory::of(&snapshot);
    let start = &snapshot.lexicon.match_model.profiles["default"];
    let trained = train::estimate(&directory, start, &lessons, |_| ()).expect("estimated");
    let level = |profile: &Profile, level: &str| profile.level("phone", level).r#match;
    assert!(
        level(&trained, "different_there") > level(start, "different_there"),
        "telephones that have changed are met more often than was thought: {:?}",
        trained.fields.get("phone")
    );
    let without: Vec<Lesson> = lessons.iter().filter(|l| l.meant.is_some()).cloned().collect();
    let without = train::estimate(&directory, start, &without, |_| ()).expect("estimated");
    assert!(trained.absent > without.absent, "rejections teach that nobody is meant");
    let (told, right): (f64, f64) = trained.calibration.iter().fold((0.0, 0.0), |(told, right), bin| {
        let records = f64::from(bin.records);
        (told + bin.told * records, right + bin.right * records)
    });
    assert!(right >= 8.0 && (told - right).abs() < 2.0, "told {told}, right {right}");
    let mut model = MatchModel::clone(&snapshot.lexicon.match_model);
    model.profiles.insert("default".to_owned(), trained);
    MatchModel::parse(&serde_json::to_string(&model).expect("JSON")).expect("a whole model");
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
            rejected: Vec::new(),
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

/// How many of those who are absent are namesakes or the like is estimated from records without labels.
#[test]
fn feature_9_07_who_is_hidden_behind_whom_is_estimated() {
    let (index, _folder) = index_of(population());
    let snapshot = index.snapshot();
    let directory = Directory::of(&snapshot);
    let dirtier = Dirtier::new(&snapshot.lexicon, SEED, PROVIDERS, 33);
    let of_kinds = |kinds: &[&str]| -> Vec<Lesson> {
        let made = (0..4_000).map(|number| dirtier.record(number));
        let unlabelled = made
            .filter(|dirty| kinds.contains(&dirty.kind))
            .take(150)
            .map(|dirty| Lesson {
                record: dirty.record,
                meant: None,
                rejected: Vec::new(),
            });
        unlabelled.collect()
    };
    let start = &snapshot.lexicon.match_model.profiles["default"];
    let learnt = |kinds: &[&str]| {
        let lessons = of_kinds(kinds);
        assert!(lessons.len() > 80, "{kinds:?}: {}", lessons.len());
        train::estimate(&directory, start, &lessons, |_| ())
            .expect("estimated")
            .hidden
    };
    let juniors = learnt(&["absent_junior"]);
    assert!(
        juniors.junior > start.hidden.junior && juniors.colleague < start.hidden.colleague,
        "{juniors:?}"
    );
    let strangers = learnt(&["absent_random"]);
    assert!(
        strangers.junior < start.hidden.junior && strangers.kin < start.hidden.kin,
        "{strangers:?}"
    );
}
