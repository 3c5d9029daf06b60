//! Organisations that are called alike: by the form behind the name, by the city in it, by a slip of the hand.

use provider_directory::{
    domain::provider::Provider,
    intake::{
        generate,
        matching::{Decision, Options, Outcome, Record, match_record},
    },
    query::candidates::Directory,
    vocab::ProviderId,
};
use serde_json::{Value, json};

use super::matching_world::World;

const SEED: u64 = 5;
const PROVIDERS: u64 = 3_000;

/// Organisations with these names, at the first one's place.
fn houses(names: &[&str]) -> (World, Vec<Provider>) {
    let base = World::with(Vec::new());
    let lexicon = base.index.snapshot().lexicon.clone();
    let some = generate::providers(PROVIDERS, SEED).find(|p| p.name.organization.is_some());
    let some = some.expect("an organisation").to_provider(&lexicon);
    let numbers = ["1245319599", "1003000126", "1679576722"];
    let houses: Vec<Provider> = names
        .iter()
        .zip(numbers)
        .enumerate()
        .map(|(at, (name, npi))| {
            let mut house = some.clone();
            house.id = ProviderId(uuid::Uuid::from_u128(70 + at as u128));
            house.npi = npi.parse().ok();
            house.name.organization = Some((*name).to_owned());
            house
        })
        .collect();
    (World::with(houses.clone()), houses)
}

fn ask(world: &World, record: Value) -> Outcome {
    let record = Record::parse(record).expect("a record");
    match_record(&Directory::of(&world.index.snapshot()), &record, &Options::default()).expect("an answer")
}

fn bits(outcome: &Outcome, field: &str) -> Option<f64> {
    let evidence = &outcome.candidates[0].evidence;
    evidence.iter().find(|e| e.field == field).map(|e| e.bits)
}

/// Of two bodies that differ in nothing but the form, the one that has the form is meant, not the one that has none.
#[test]
fn the_form_that_is_told_is_the_one_that_is_meant() {
    let (world, houses) = houses(&["Lynnwood Home Supply LLC", "Lynnwood Home Supply"]);
    let place = &houses[0].locations[0];
    let there = json!({"city": place.city, "state": place.state, "postal_code": place.postal_code});
    let outcome = ask(
        &world,
        json!({"organization_name": "Lynnwood Home Supply LLC", "address": there}),
    );
    assert_eq!(outcome.candidates[0].provider.npi, houses[0].npi, "{outcome:#?}");
    assert!(outcome.candidates[0].probability > 5.0 * outcome.candidates[1].probability);
    assert!(bits(&outcome, "legal_form").is_some_and(|bits| bits > 1.0));
    // Who leaves the form out says nothing of it.
    let outcome = ask(
        &world,
        json!({"organization_name": "Lynnwood Home Supply", "address": there}),
    );
    assert_eq!(outcome.decision, Decision::Ambiguous, "{outcome:#?}");
    assert_eq!(bits(&outcome, "legal_form"), None);
}

/// A body that bears its city's name tells the city twice: with that city beside it the name is worth less than one of as rare
/// words elsewhere.
#[test]
fn a_city_in_a_name_is_not_told_twice() {
    let (world, found) = houses(&["Quillfeather Dental"]);
    let place = found[0].locations[0].clone();
    let city = place.city.clone().expect("a city");
    let there = json!({"city": place.city, "state": place.state, "postal_code": place.postal_code});
    let plain = ask(
        &world,
        json!({"organization_name": "Quillfeather Dental", "address": there}),
    );
    assert_eq!(bits(&plain, "place_in_name"), None);
    let named = format!("{city} Dental");
    let (world, _) = houses(&[&named]);
    let outcome = ask(&world, json!({"organization_name": named, "address": there}));
    assert!(
        bits(&outcome, "place_in_name").is_some_and(|bits| bits < -1.0),
        "{outcome:#?}"
    );
    let elsewhere = ask(
        &world,
        json!({"organization_name": named, "address": {"state": place.state}}),
    );
    assert_eq!(bits(&elsewhere, "place_in_name"), None, "{elsewhere:#?}");
}

/// A letter for a blank makes other words of a name, and a slip in a short word another word; the name is the same all the same.
#[test]
fn a_slip_between_words_leaves_the_name() {
    let (world, houses) = houses(&["Rio Quillfeather Medical Clinic"]);
    let place = &houses[0].locations[0];
    let there =
        json!({"line1": place.line1, "city": place.city, "state": place.state, "postal_code": place.postal_code});
    for (name, linked) in [
        ("Rio Quillfeather MedicalkClinic", true),
        ("Rlo Quillfeather Medical Clinic", true),
        ("RioQuillfeather Medical Clinic", true),
        ("Bay Marigold Surgical Center", false),
    ] {
        let outcome = ask(&world, json!({"organization_name": name, "address": there}));
        assert_eq!(outcome.decision == Decision::Match, linked, "{name}: {outcome:#?}");
    }
}

/// The form behind a blank that was mistyped is told all the same.
#[test]
fn a_form_that_a_slip_has_made_part_of_a_word_is_told() {
    let (world, houses) = houses(&["Rio Quillfeather Clinic PA", "Rio Quillfeather Clinic PC"]);
    let place = &houses[0].locations[0];
    let there =
        json!({"line1": place.line1, "city": place.city, "state": place.state, "postal_code": place.postal_code});
    let name = "Rio Quillfeather ClinicrPA";
    let outcome = ask(&world, json!({"organization_name": name, "address": there}));
    assert_eq!(outcome.candidates[0].provider.npi, houses[0].npi, "{outcome:#?}");
    assert!(
        bits(&outcome, "legal_form").is_some_and(|bits| bits > 1.0),
        "{outcome:#?}"
    );
    assert!(outcome.candidates[0].probability > 2.0 * outcome.candidates[1].probability);
}

/// The `PA` of a body is none of a physician assistant: its misread words are looked up as those of other bodies are.
#[test]
fn a_form_that_may_be_a_credential_leaves_a_body_one() {
    let (world, houses) = houses(&["Quillfeather Family Health PA"]);
    let outcome = ask(&world, json!({"name": "Quillfeather Fami1y Health PA"}));
    let found = outcome.candidates.first().map(|candidate| candidate.provider.npi);
    assert_eq!(found, Some(houses[0].npi), "{outcome:#?}");
}

/// Letters behind a name that no list has are the credential of whoever bears them, and no middle name.
#[test]
fn letters_that_the_candidate_bears_are_no_middle_name() {
    let base = World::with(Vec::new());
    let lexicon = base.index.snapshot().lexicon.clone();
    let someone = generate::providers(PROVIDERS, SEED).find(|p| p.name.last.is_some() && p.name.suffix.is_none());
    let mut someone = someone.expect("a person").to_provider(&lexicon);
    someone.name.middle = Some("Lou".to_owned());
    someone.name.credential = Some("RRT".to_owned());
    let place = someone.locations[0].clone();
    let world = World::with(vec![someone.clone()]);
    let (first, last) = (someone.name.first.clone(), someone.name.last.clone());
    let name = |letters: &str| {
        format!(
            "{}, {} {letters}",
            last.as_deref().unwrap_or(""),
            first.as_deref().unwrap_or("")
        )
    };
    let there =
        json!({"line1": place.line1, "city": place.city, "state": place.state, "postal_code": place.postal_code});
    for (letters, linked) in [("RRT", true), ("XQT", false)] {
        let outcome = ask(&world, json!({"name": name(letters), "address": there}));
        assert_eq!(outcome.decision == Decision::Match, linked, "{letters}: {outcome:#?}");
    }
}
