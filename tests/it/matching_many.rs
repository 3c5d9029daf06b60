//! Records that very many may be meant by: whoever promises most is looked at, the others are counted.

use std::collections::BTreeSet;

use provider_directory::{
    index::{Index, schema::Handle},
    intake::{
        generate,
        matching::{Decision, Options, Record, match_record},
    },
    query::candidates::Directory,
    vocab::Position,
};
use serde_json::json;

use super::house::noon;

const SEED: u64 = 5;
/// With each of two given names; fewer than make a block too large to be taken whole.
const OF_A_NAME: u64 = 100;
/// Most who are looked at.
const MOST: usize = 80;

#[test]
fn of_very_many_of_a_name_those_who_promise_most_are_looked_at() {
    let folder = tempfile::tempdir().expect("a folder");
    let schema = Handle::embedded();
    let lexicon = schema.lexicon();
    let index = Index::open(folder.path(), schema).expect("an index");
    let mut rebuild = index.rebuild().expect("begun");
    let persons = generate::providers(3_000, SEED).filter(|p| p.name.last.is_some());
    let mut all = Vec::new();
    for (number, person) in persons.take(2 * OF_A_NAME as usize).enumerate() {
        let mut provider = person.to_provider(&lexicon);
        let first = if number % 2 == 0 { "Margaret" } else { "Peggy" };
        provider.name.first = Some(first.to_owned());
        provider.name.last = Some("Quillfeather".to_owned());
        (provider.name.middle, provider.name.suffix) = (None, None);
        for location in &mut provider.locations {
            location.phone = Some(format!("214555{number:04}"));
        }
        provider.locations.truncate(1);
        all.push(provider.clone());
        rebuild.add(provider, noon().date_naive()).expect("added");
    }
    rebuild.seal(Position { xid: 1, id: 1 }, 1).expect("sealed");
    rebuild.swap().expect("swapped");
    let snapshot = index.snapshot();
    let options = Options {
        explain: true,
        ..Options::default()
    };
    let ask = |record| {
        let record = Record::parse(record).expect("a record");
        match_record(&Directory::of(&snapshot), &record, &options).expect("an answer")
    };
    // Whoever is found last of all is met by one block more.
    for meant in all.iter().step_by(20) {
        let place = &meant.locations[0];
        let there =
            json!({"line1": place.line1, "city": place.city, "state": place.state, "postal_code": place.postal_code});
        let outcome =
            ask(json!({"first_name": "Margaret", "last_name": "Quillfeather", "phone": place.phone, "address": there}));
        assert_eq!(outcome.candidates[0].provider.npi, meant.npi, "{outcome:#?}");
        let compared = outcome.explain.as_ref().expect("explained").compared;
        assert!((1..=MOST).contains(&compared), "{compared}");
    }
    let outcome = ask(json!({"first_name": "Margaret", "last_name": "Quillfeather", "limit": 50}));
    assert_ne!(outcome.decision, Decision::Match);
    let compared = outcome.explain.as_ref().expect("explained").compared;
    assert!((1..=MOST).contains(&compared), "{compared}");
    // A hundred have the very name: nobody is taken for likelier than one of them, looked at or not.
    let told: BTreeSet<_> = outcome.candidates.iter().map(|one| one.provider.id).collect();
    assert_eq!(told.len(), 50);
    assert!(outcome.probability < 1.2 / OF_A_NAME as f64, "{}", outcome.probability);
}
