//! Matching in process: records against a directory of invented providers, without a store.

use provider_directory::{
    domain::provider::Provider,
    index::{Index, schema::Handle},
    intake::{
        generate,
        matching::{Decision, Grade, Options, Outcome, Record, dirty::Dirtier, match_record, outcome::NpiStatus},
    },
    query::candidates::Directory,
    vocab::Position,
};
use serde_json::{Value, json};

use super::{
    house::noon,
    matching_world::{PROVIDERS, SEED, World, ask, ask_in, person, plain, snapshot},
};

#[path = "../../benches/real/mod.rs"]
mod real;

fn evidence_sum(outcome: &Outcome) -> (f64, f64) {
    let best = &outcome.candidates[0];
    let bits: f64 = best.evidence.iter().map(|evidence| evidence.bits).sum();
    (bits, (best.probability / (1.0 - best.probability)).log2())
}

/// 9.01: a record in, ranked candidates out, with score, decision and evidence for each field.
#[test]
fn feature_9_01_a_record_finds_its_provider_with_evidence() {
    let meant = person(|p| p.name.suffix.is_none());
    let mut record = plain(&meant);
    record["id"] = json!(17);
    record["npi"] = json!(meant.npi.to_string());
    let outcome = ask(record);
    assert_eq!(
        (outcome.decision, outcome.grade),
        (Decision::Match, Grade::Certain),
        "{outcome:#?}"
    );
    assert_eq!(
        (outcome.npi, outcome.npi_status),
        (Some(meant.npi), Some(NpiStatus::Ok))
    );
    assert_eq!(outcome.id, Some(json!(17)));
    let fields: Vec<_> = outcome.candidates[0]
        .evidence
        .iter()
        .map(|e| (e.field, e.level))
        .collect();
    for expected in [
        ("npi", "exact"),
        ("last", "exact"),
        ("first", "exact"),
        ("place", "address"),
    ] {
        assert!(fields.contains(&expected), "{fields:?}");
    }
}

/// 9.01: precision and recall over dirty records of every kind, with gates.
#[test]
fn feature_9_01_dirty_records_pass_the_gates() {
    let snapshot = snapshot();
    let dirtier = Dirtier::new(&snapshot.lexicon, SEED, PROVIDERS, 77);
    let (mut linked, mut right, mut present, mut found, mut first) = (0, 0, 0, 0, 0);
    let mut wrong = Vec::new();
    for number in 0..1_200 {
        let dirty = dirtier.record(number);
        let outcome = match_record(&Directory::of(&snapshot), &dirty.record, &Options::default()).expect("an answer");
        let top = outcome.candidates.first().and_then(|best| best.provider.npi);
        present += u32::from(dirty.meant.is_some());
        first += u32::from(dirty.meant.is_some() && top == dirty.meant);
        if outcome.decision == Decision::Match {
            linked += 1;
            if outcome.npi == dirty.meant {
                right += 1;
                found += 1;
            } else {
                wrong.push((dirty.kind, serde_json::to_string(&dirty.record), outcome.probability));
            }
        }
    }
    let (precision, recall) = (
        f64::from(right) / f64::from(linked),
        f64::from(found) / f64::from(present),
    );
    let first = f64::from(first) / f64::from(present);
    assert!(precision >= 0.985, "precision {precision}: {wrong:#?}");
    assert!(recall >= 0.80 && first >= 0.95, "recall {recall}, first {first}");
}

/// 9.01 on real rows: years lie between them, there are no NPIs, and nobody may be taken for somebody else.
#[test]
fn feature_9_01_real_rows_find_one_another_without_an_npi() {
    let folder = tempfile::tempdir().expect("a folder");
    let schema = Handle::embedded();
    let lexicon = schema.lexicon();
    let index = Index::open(folder.path(), schema).expect("an index");
    let mut rebuild = index.rebuild().expect("begun");
    let day = noon().date_naive();
    for provider in generate::providers(PROVIDERS, SEED) {
        rebuild.add(provider.to_provider(&lexicon), day).expect("added");
    }
    let real = real::Real::fixture().expect("rows");
    real.add_to(&mut rebuild, &lexicon, day).expect("added");
    rebuild.seal(Position { xid: 1, id: 1 }, 1).expect("sealed");
    rebuild.swap().expect("swapped");
    let snapshot = index.snapshot();
    let (mut present, mut first, mut linked, mut wrong) = (0.0, 0.0, 0.0, Vec::new());
    for (_, record, meant) in &real.records {
        let outcome = match_record(&Directory::of(&snapshot), record, &Options::default()).expect("an answer");
        let top = outcome.candidates.first().and_then(|best| best.provider.npi);
        if outcome.decision == Decision::Match && outcome.npi != *meant {
            wrong.push((serde_json::to_string(record), outcome.probability));
        }
        if meant.is_some() {
            present += 1.0;
            first += f64::from(u8::from(top == *meant));
            linked += f64::from(u8::from(outcome.npi == *meant));
        }
    }
    assert!(present > 350.0 && real.records.len() > 500);
    assert!(first / present >= 0.97, "first {}", first / present);
    assert!(linked / present >= 0.80, "linked {}", linked / present);
    assert!(wrong.len() <= 2, "{wrong:#?}");
}

/// 9.05: the same record at the same state gives the same bytes, whatever was asked before.
#[test]
fn feature_9_05_the_same_record_gives_the_same_bytes() {
    let snapshot = snapshot();
    let dirtier = Dirtier::new(&snapshot.lexicon, SEED, PROVIDERS, 3);
    let answer = |number| {
        let record = dirtier.record(number).record;
        let outcome = match_record(&Directory::of(&snapshot), &record, &Options::default()).expect("an answer");
        serde_json::to_string(&outcome).expect("JSON")
    };
    let there: Vec<String> = (0..60).map(answer).collect();
    let mut back: Vec<String> = (0..60).rev().map(answer).collect();
    back.reverse();
    assert_eq!(there, back);
}

/// Another legal form is a slip where the place is the same, and another body elsewhere, or beside one that has it.
#[test]
fn a_legal_form_tells_bodies_apart_where_nothing_else_joins_them() {
    let base = snapshot();
    let house = generate::providers(PROVIDERS, SEED).find(|p| p.name.organization.is_some());
    let mut house = house.expect("an organisation").to_provider(&base.lexicon);
    house.name.organization = Some("Foothill Family Dental Inc".to_owned());
    let place = house.locations[0].clone();
    let record = |name: &str, is_there: bool| {
        let there =
            json!({"line1": place.line1, "city": place.city, "state": place.state, "postal_code": place.postal_code});
        let elsewhere = json!({"line1": "77 Nowhere Pl", "city": place.city, "state": place.state});
        json!({"organization_name": name, "address": if is_there { there } else { elsewhere }, "phone": is_there.then_some(&place.phone)})
    };
    let world = World::with(vec![house.clone()]);
    let ask = |world: &World, record: Value| ask_in(&world.index.snapshot(), record, &Options::default());
    let outcome = ask(&world, record("Foothill Family Dental LLC", true));
    assert_eq!(
        (outcome.decision, outcome.npi),
        (Decision::Match, house.npi),
        "{outcome:#?}"
    );
    let form = outcome.candidates[0]
        .evidence
        .iter()
        .find(|e| e.field == "legal_form")
        .expect("told");
    assert_eq!(
        (form.level, form.given.as_deref(), form.found.as_deref(), form.bits),
        ("different_there", Some("llc"), Some("inc"), 0.0)
    );
    let outcome = ask(&world, record("Foothill Family Dental LLC", false));
    assert_ne!(outcome.decision, Decision::Match, "{outcome:#?}");
    let form = outcome.candidates[0]
        .evidence
        .iter()
        .find(|e| e.field == "legal_form")
        .expect("told");
    assert!(form.level == "different" && form.bits < -1.0, "{form:#?}");
    // Both are there: each is the one of its own form.
    let mut twin = house.clone();
    twin.id = provider_directory::vocab::ProviderId(uuid::Uuid::from_u128(78));
    (twin.npi, twin.name.organization) = ("1245319599".parse().ok(), Some("Foothill Family Dental LLC".to_owned()));
    let world = World::with(vec![house.clone(), twin.clone()]);
    for (name, npi) in [
        ("Foothill Family Dental LLC", twin.npi),
        ("Foothill Family Dental Inc", house.npi),
    ] {
        let outcome = ask(&world, record(name, true));
        assert_eq!((outcome.decision, outcome.npi), (Decision::Match, npi), "{outcome:#?}");
    }
}

/// Shortened, misspelt and joined words stand for what they were written for; a word of another field of care is no slip.
#[test]
fn words_of_organizations_stand_for_others_but_not_for_another_field() {
    let names = [
        "Lakeside Physical Therapy LLC",
        "Chesterton Home Care Center",
        "Harbor Urology Associates",
    ];
    let houses = generate::providers(PROVIDERS, SEED).filter(|p| p.name.organization.is_some());
    let houses: Vec<Provider> = houses
        .zip(names)
        .map(|(house, name)| {
            let mut house = house.to_provider(&snapshot().lexicon);
            house.name.organization = Some(name.to_owned());
            house
        })
        .collect();
    let world = World::with(houses.clone());
    for (number, name, linked) in [
        (0, "LAKESIDE PT", true),
        (0, "Lakeside Phyiscal Therapy", true),
        (0, "Lakeside Occupational Therapy", false),
        (0, "Lakeside OT", false),
        (1, "Chesterton Homecare Cr", true),
        (1, "Chesterton Hm Care Centre", true),
        (2, "Harbor Urolgy Assoc", true),
        (2, "Harbor Neurology Associates", false),
    ] {
        let (house, place) = (&houses[number], &houses[number].locations[0]);
        let address =
            json!({"line1": place.line1, "city": place.city, "state": place.state, "postal_code": place.postal_code});
        let record = json!({"organization_name": name, "phone": place.phone, "address": address});
        let outcome = ask_in(&world.index.snapshot(), record, &Options::default());
        let right = outcome.decision == Decision::Match && outcome.npi == house.npi;
        assert_eq!(right, linked, "{name}: {outcome:#?}");
    }
}

/// What stands beside a name, in a wrong field or cut is read for what it is; who is named by nothing is nobody.
#[test]
fn names_of_organizations_are_read_as_people_write_them() {
    let base = snapshot();
    let house = generate::providers(PROVIDERS, SEED).find(|p| p.name.organization.is_some());
    let mut house = house.expect("an organisation").to_provider(&base.lexicon);
    house.name.organization = Some("Chesterton Health Transportation Partners LLC".to_owned());
    let place = house.locations[0].clone();
    let world = World::with(vec![house.clone()]);
    let ask = |mut record: Value| {
        record["address"] =
            json!({"line1": place.line1, "city": place.city, "state": place.state, "postal_code": place.postal_code});
        record["phone"] = json!(place.phone);
        ask_in(&world.index.snapshot(), record, &Options::default())
    };
    for record in [
        json!({"last_name": "Chesterton Health Transportation Partners LLC", "first_name": "N/A"}),
        json!({"organization_name": "Chesterton Health Transportation Partners LLC - MAIN CAMPUS"}),
        json!({"organization_name": "Chesterton Health Transportation Partners LLC ATTN: CREDENTIALING"}),
        json!({"organization_name": "Sunrise Wellness DBA Chesterton Health Transportation Partners LLC"}),
        json!({"organization_name": "Chesterton Hlth Transportation Ptnrs"}),
        json!({"organization_name": "Chesterton Health Transporta"}),
    ] {
        let outcome = ask(record.clone());
        assert_eq!(
            (outcome.decision, outcome.npi),
            (Decision::Match, house.npi),
            "{record}: {outcome:#?}"
        );
    }
    for record in [
        json!({"name": "N/A"}),
        json!({"organization_name": "Bluebonnet Health Transportation Partners"}),
    ] {
        let outcome = ask(record.clone());
        assert_ne!(outcome.decision, Decision::Match, "{record}: {outcome:#?}");
    }
}

/// 9.11: the bits of the evidence add up to the probability, for every candidate.
#[test]
fn feature_9_11_evidence_adds_up_to_the_probability() {
    let snapshot = snapshot();
    let dirtier = Dirtier::new(&snapshot.lexicon, SEED, PROVIDERS, 9);
    let mut compared = 0;
    for number in 0..200 {
        let record = dirtier.record(number).record;
        let outcome = match_record(&Directory::of(&snapshot), &record, &Options::default()).expect("an answer");
        assert!(outcome.rule_version.contains('+') && outcome.position.is_some());
        let sum: f64 = outcome.candidates.iter().map(|c| c.probability).sum::<f64>() + outcome.p_none + outcome.p_other;
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        for candidate in outcome
            .candidates
            .iter()
            .filter(|c| c.probability > 0.0 && c.probability < 0.999_999)
        {
            let bits: f64 = candidate.evidence.iter().map(|evidence| evidence.bits).sum();
            let odds = (candidate.probability / (1.0 - candidate.probability)).log2();
            assert!((bits - odds).abs() < 1e-3, "{bits} against {odds}: {candidate:#?}");
            compared += 1;
        }
    }
    assert!(compared > 50);
}

/// 9.10: every candidate says where it is from and when it was confirmed.
#[test]
fn feature_9_10_answers_say_how_fresh_they_are() {
    let meant = person(|p| p.verified.is_some());
    let outcome = ask(json!({"npi": meant.npi.to_string()}));
    assert_eq!(outcome.decision, Decision::Match, "{outcome:#?}");
    let told = serde_json::to_value(&outcome).expect("JSON");
    assert!(told["position"].is_string());
    assert_eq!(told["candidates"][0]["provider"]["verified_at"], json!(meant.verified));
    assert_eq!(told["candidates"][0]["evidence"][1]["source"], "directory.provider");
}

/// More agreement never lowers the probability.
#[test]
fn more_agreement_never_lowers_the_probability() {
    let persons = generate::providers(400, SEED).filter(|p| p.name.last.is_some());
    for meant in persons.into_iter().step_by(9) {
        let whole = plain(&meant);
        let mut record =
            json!({"first_name": whole["first_name"], "last_name": whole["last_name"], "suffix": whole["suffix"]});
        let probability = |record: &Value| {
            let outcome = ask(record.clone());
            let own = outcome.candidates.iter().find(|c| c.provider.npi == Some(meant.npi));
            own.map_or(0.0, |own| own.probability)
        };
        let mut last = probability(&record);
        for step in ["state", "city", "postal_code", "line1", "phone", "npi"] {
            match step {
                "phone" => record["phone"] = json!(meant.sites[0].phone),
                "npi" => record["npi"] = json!(meant.npi.to_string()),
                part => record["address"][part] = whole["address"][part].clone(),
            }
            let now = probability(&record);
            assert!(now >= last - 1e-6, "{step} lowered {last} to {now}: {record}");
            last = now;
        }
        assert!(last > 0.99, "{record}");
    }
}

/// Odd records get typed answers: nothing is refused but what says nothing or is not understood.
#[test]
fn odd_records_get_typed_answers() {
    let outcome = ask(json!({"address": {"postal_code": "77030"}}));
    assert_eq!((outcome.decision, outcome.candidates.len()), (Decision::None, 0));
    assert_eq!(outcome.conflicts, ["not_identifying"]);
    for (record, field, code) in [
        (json!({}), "record", "empty"),
        (json!({"name": "  "}), "record", "empty"),
        (json!({"nam": "Smith"}), "nam", "unknown_property"),
        (json!({"address": {"zip": "1"}}), "address.zip", "unknown_property"),
        (json!({"name": "x".repeat(501)}), "name", "too_long"),
        (json!({"name": "Smith", "limit": 0}), "limit", "range"),
        (json!([1]), "record", "invalid"),
    ] {
        let faults = Record::parse(record.clone()).expect_err("refused");
        let told: Vec<_> = faults.iter().map(|fault| (fault.field.as_str(), fault.code)).collect();
        assert_eq!(told, [(field, code)], "{record}");
    }
    let many = json!({"npi": true, "limit": "x", "zip": 1, "address": {"city": 1}, "license": []});
    let faults = Record::parse(many).expect_err("refused");
    let mut told: Vec<_> = faults.iter().map(ToString::to_string).collect();
    told.sort();
    let known = told.pop().expect("the property that is not known");
    assert!(
        known.starts_with("zip: is not known here; known are id, npi, name, "),
        "{known}"
    );
    assert_eq!(
        told,
        [
            "address.city: a text, not 1",
            "license: an object, not a list",
            "limit: a whole number, 0 or more, not this text",
            "npi: a text or a number",
        ]
    );
    for name in [
        "🦀🦀 ",
        "\u{202e}DROP TABLE",
        "a b c d e f g h i j k l m n o p",
        ",,,,",
        "Dr. Dr. Dr.",
    ] {
        let outcome = ask(json!({"name": name}));
        assert_ne!(outcome.decision, Decision::Match, "{name}");
    }
}

/// A change that is in no segment yet is met by its keys at once.
#[test]
fn a_change_is_met_before_its_segment_is_written() {
    let mut provider = generate::provider(PROVIDERS + 10, SEED).to_provider(&snapshot().lexicon);
    let mut number = PROVIDERS + 10;
    while provider.name.last.is_none() {
        number += 1;
        provider = generate::provider(number, SEED).to_provider(&snapshot().lexicon);
    }
    provider.name.last = Some("Featherstonehaugh".to_owned());
    let state = provider.locations[0].state.clone();
    let world = World::with(vec![provider.clone()]);
    let record =
        json!({"first_name": provider.name.first, "last_name": "Featherstonehough", "address": {"state": state}});
    let outcome = ask_in(&world.index.snapshot(), record, &Options::default());
    assert_eq!(outcome.candidates[0].provider.npi, provider.npi, "{outcome:#?}");
    let (bits, odds) = evidence_sum(&outcome);
    assert!((bits - odds).abs() < 1e-3);
}

/// What is in memory and what is in a segment weigh the same: writing a change away changes no decision.
#[test]
fn frequencies_do_not_depend_on_where_a_change_is() {
    let base = snapshot();
    let lexicon = &base.lexicon;
    let changed = (0..60).map(|number| {
        let mut provider = generate::provider(number, SEED).to_provider(lexicon);
        provider.version += 1;
        provider
    });
    let world = World::with(changed.collect());
    let dirtier = Dirtier::new(lexicon, SEED, 60, 3);
    let ask_all = || -> Vec<Outcome> {
        let snapshot = world.index.snapshot();
        let records = (0..60).map(|number| dirtier.record(number).record);
        records
            .map(|record| match_record(&Directory::of(&snapshot), &record, &Options::default()).expect("an answer"))
            .collect()
    };
    let before = ask_all();
    world.index.commit(noon().date_naive()).expect("committed");
    assert!(world.index.snapshot().overlay.is_empty());
    for (before, after) in before.iter().zip(&ask_all()) {
        assert_eq!(before.decision, after.decision, "{before:#?}\n{after:#?}");
        let all = |outcome: &Outcome| -> Vec<_> {
            outcome
                .candidates
                .iter()
                .map(|c| (c.provider.id, c.probability))
                .collect()
        };
        for ((id, probability), (same, after)) in all(before).into_iter().zip(all(after)) {
            assert_eq!(id, same);
            assert!((probability - after).abs() < 2e-3, "{id}: {probability} and {after}");
        }
    }
}
