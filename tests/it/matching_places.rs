//! What part of an address tells, where the rest of it is missing.

use provider_directory::{
    intake::{
        generate,
        matching::{Options, Outcome, Record, match_record},
    },
    query::candidates::Directory,
};
use serde_json::{Value, json};

use super::matching_world::World;

/// `Beacon Clinic opened its doors on 8591 Adams Pkwy`: the street speaks for who is there, another one against nobody, for the
/// text may tell that of the new site.
#[test]
fn a_street_without_its_town_is_a_place() {
    let snapshot = World::with(Vec::new()).index.snapshot();
    let meant = generate::providers(3_000, 5)
        .find(|provider| provider.name.organization.is_some())
        .expect("an organisation");
    let ask = |address: Value| -> Outcome {
        let record = json!({"organization_name": meant.name.organization, "address": address});
        let record = Record::parse(record).expect("a record");
        match_record(&Directory::of(&snapshot), &record, &Options::default()).expect("an answer")
    };
    let level = |outcome: &Outcome| {
        let best = outcome.candidates.first().expect("somebody");
        let place = best.evidence.iter().find(|evidence| evidence.field == "place");
        (
            best.provider.npi,
            place.map(|place| (place.level.to_owned(), place.bits > 0.0)),
        )
    };
    let npi = Some(meant.npi);
    let there = ask(json!({"line1": meant.sites[0].line1}));
    assert_eq!(level(&there), (npi, Some(("address".to_owned(), true))));
    let elsewhere = ask(json!({"line1": "99999 Nowhere Pkwy"}));
    assert_eq!(level(&elsewhere), (npi, None));
    let nowhere = ask(json!({}));
    assert!(there.probability > nowhere.probability);
    assert!((elsewhere.probability - nowhere.probability).abs() < 1e-9);
}
