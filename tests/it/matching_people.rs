//! Who is not meant, though much agrees: kin, namesakes, employers, owners.

use provider_directory::{
    intake::{
        generate,
        matching::{Decision, Grade, Options, outcome::NpiStatus},
    },
    vocab::terms::ProviderKind,
};
use serde_json::{Value, json};

use super::matching_world::{PROVIDERS, SEED, World, ask, ask_in, person, plain, snapshot};

/// 9.06: a valid NPI with another name is looked at by a person, and an NPI of another provider never followed.
#[test]
fn feature_9_06_an_npi_against_the_name_goes_to_review() {
    let meant = person(|p| p.name.suffix.is_none());
    let other = person(|p| p.name.last != meant.name.last && p.name.first != meant.name.first);
    let mut record = plain(&meant);
    record["npi"] = json!(other.npi.to_string());
    let outcome = ask(record.clone());
    assert_ne!(outcome.decision, Decision::Match, "{outcome:#?}");
    assert_eq!(outcome.npi, None);
    assert_eq!(
        outcome.candidates[0].provider.npi,
        Some(meant.npi),
        "the name and the place tell who"
    );
    assert_eq!(outcome.npi_status, Some(NpiStatus::OtherProvider));
    assert!(outcome.conflicts.contains(&"npi_of_other_provider".to_owned()));
    // Nobody of that name: the bearer of the number is not who is meant, but a person must see whose it is.
    let outcome = ask(json!({"npi": other.npi.to_string(), "first_name": "Zebulon", "last_name": "Quixworthy"}));
    assert_eq!(outcome.decision, Decision::Review, "{outcome:#?}");
    assert_eq!(outcome.npi, None);
    assert!(
        outcome.candidates.iter().any(|who| who.provider.npi == Some(other.npi)),
        "{outcome:#?}"
    );
    assert!(
        outcome.conflicts.contains(&"npi_with_other_name".to_owned()),
        "{:?}",
        outcome.conflicts
    );
}

/// Who works somewhere is not the place, and two people in one name are neither of them.
#[test]
fn a_person_is_not_the_employer_and_two_people_are_nobody() {
    let house = generate::providers(PROVIDERS, SEED)
        .find(|p| p.kind == ProviderKind::Organization && p.name.organization.is_some())
        .expect("an organisation");
    let name = house.name.organization.clone();
    let site = &house.sites[0];
    let record = json!({
        "organization_name": name,
        "address": {"line1": site.line1, "city": site.city, "state": site.state, "postal_code": site.postal_code},
    });
    assert_eq!(ask(record.clone()).decision, Decision::Match, "the place by itself");
    let mut employed = record;
    (employed["first_name"], employed["last_name"]) = (json!("Zbigniew"), json!("Qwertz"));
    for npi in [Value::Null, json!(house.npi.to_string())] {
        employed["npi"] = npi;
        let outcome = ask(employed.clone());
        assert_ne!(outcome.decision, Decision::Match, "{outcome:#?}");
    }

    let one = person(|p| p.name.suffix.is_none() && p.name.middle.is_none());
    let other = person(|p| p.name.suffix.is_none() && p.name.last != one.name.last && p.name.first != one.name.first);
    let written = |p: &generate::Synthetic| {
        format!(
            "{} {}",
            p.name.first.as_deref().unwrap_or_default(),
            p.name.last.as_deref().unwrap_or_default()
        )
    };
    for bound in [" / ", " and ", "; "] {
        let mut record = plain(&other);
        record["name"] = json!(format!("{}{bound}{} MD", written(&one), written(&other)));
        for field in ["first_name", "middle_name", "last_name"] {
            record.as_object_mut().expect("an object").remove(field);
        }
        let outcome = ask(record);
        assert_ne!(outcome.decision, Decision::Match, "{bound}: {outcome:#?}");
        assert!(outcome.conflicts.contains(&"several_people".to_owned()));
    }
}

/// A number of kin or of a colleague is not followed against the name, where somebody else agrees in all but the number.
#[test]
fn feature_9_06_an_npi_of_kin_is_not_followed() {
    let holder = person(|p| p.name.suffix.is_none() && p.name.first.as_deref() == Some("Mary"));
    let base = snapshot();
    let mut kin = holder.to_provider(&base.lexicon);
    kin.id = provider_directory::vocab::ProviderId(uuid::Uuid::from_u128(77));
    (kin.npi, kin.name.first, kin.name.middle) = ("1245319599".parse().ok(), Some("John".to_owned()), None);
    let world = World::with(vec![kin]);
    let mut record = plain(&holder);
    record["first_name"] = json!("John");
    let ask = |record: &Value| ask_in(&world.index.snapshot(), record.clone(), &Options::default());
    assert_eq!(ask(&record).decision, Decision::Match, "without a number");
    record["npi"] = json!(holder.npi.to_string());
    let outcome = ask(&record);
    assert_ne!(outcome.decision, Decision::Match, "{outcome:#?}");
    assert_eq!(outcome.npi, None);
}

/// Kin who is not listed is not who lives or works there: another given name is never linked by place and surname alone,
/// however like it is, and a shared `Jr.` is no help.
#[test]
fn another_given_name_is_another_person() {
    for (given, asked) in [
        ("Gary", "Mary"),
        ("Paul", "Paula"),
        ("Brian", "Briana"),
        ("Joseph", "Julie"),
    ] {
        let mut listed = person(|p| p.name.suffix.is_none()).to_provider(&snapshot().lexicon);
        listed.name.first = Some(given.to_owned());
        listed.name.suffix = Some("Jr.".to_owned());
        let place = listed.locations[0].clone();
        let world = World::with(vec![listed.clone()]);
        for suffix in [None, Some("Jr.")] {
            let record = |first: &str| {
                json!({"first_name": first, "last_name": listed.name.last, "suffix": suffix, "phone": place.phone,
                    "address": {"line1": place.line1, "city": place.city, "state": place.state, "postal_code": place.postal_code}})
            };
            let outcome = ask_in(&world.index.snapshot(), record(asked), &Options::default());
            assert_ne!(outcome.decision, Decision::Match, "{asked} {suffix:?}: {outcome:#?}");
            let outcome = ask_in(&world.index.snapshot(), record(given), &Options::default());
            assert_eq!(outcome.decision, Decision::Match, "{given} {suffix:?}: {outcome:#?}");
        }
    }
}

/// A son who is not listed is not his father, wherever the record has the `Jr.`; nor is whoever has but the given name.
#[test]
fn a_junior_is_not_his_father() {
    let mut listed = person(|p| p.name.suffix.is_none()).to_provider(&snapshot().lexicon);
    (listed.name.first, listed.name.last) = (Some("Henry".to_owned()), Some("Welch".to_owned()));
    let place = listed.locations[0].clone();
    let world = World::with(vec![listed]);
    let decided = |mut record: Value| {
        record["phone"] = json!(place.phone);
        record["address"] = json!({"line1": place.line1, "city": place.city, "state": place.state});
        ask_in(&world.index.snapshot(), record, &Options::default()).decision
    };
    for name in [
        "WELCH JR HENRY",
        "WELCH III HENRY",
        "JR HENRY WELCH",
        "HENRY JR WELCH",
        "HENRY WELCH JNR",
        "HENRY JR",
        "HENRY",
    ] {
        assert_ne!(decided(json!({"name": name})), Decision::Match, "{name}");
    }
    for son in [
        json!({"first_name": "JR HENRY", "last_name": "WELCH"}),
        json!({"first_name": "HENRY", "middle_name": "JR", "last_name": "WELCH"}),
        json!({"first_name": "HENRY", "last_name": "WELCHJR"}),
        json!({"first_name": "HENRY", "last_name": "WELCH", "credential": "JR, DDS"}),
        json!({"first_name": "HENRY"}),
    ] {
        assert_ne!(decided(son.clone()), Decision::Match, "{son}");
    }
    // Without a ZIP the street speaks for who is there.
    assert_eq!(decided(json!({"name": "HENRY WELCH"})), Decision::Match);
}

/// Father and son at one practice differ in a middle name or its initial; a number tells that it is the same person all the
/// same, and a surname in its place is that from before a marriage.
#[test]
fn another_middle_name_is_another_person() {
    let mut listed = person(|p| p.name.suffix.is_none()).to_provider(&snapshot().lexicon);
    (listed.name.first, listed.name.middle) = (Some("Robert".to_owned()), Some("James".to_owned()));
    let place = listed.locations[0].clone();
    let world = World::with(vec![listed.clone()]);
    let decided = |middle: &str, npi: Option<String>| {
        let record = json!({"first_name": "Robert", "middle_name": middle, "last_name": listed.name.last, "npi": npi,
            "phone": place.phone, "address": {"line1": place.line1, "city": place.city, "state": place.state,
            "postal_code": place.postal_code}});
        let outcome = ask_in(&world.index.snapshot(), record, &Options::default());
        (outcome.decision, outcome.conflicts)
    };
    for middle in ["Thomas", "T", "T."] {
        let (decision, conflicts) = decided(middle, None);
        assert_eq!(
            (decision, conflicts),
            (Decision::Review, vec!["middle_name".to_owned()]),
            "{middle}"
        );
    }
    let npi = listed.npi.map(|npi| npi.to_string());
    assert_eq!(decided("Thomas", npi).0, Decision::Match);
    let surname = listed.name.last.clone().expect("a surname");
    for middle in ["", "J", "James", "Jams", &surname] {
        assert_eq!(decided(middle, None).0, Decision::Match, "{middle}");
    }
}

/// `MAX ROSENTHAL MD PC` is a body; where only its owner is listed, a person must say whether he is meant.
#[test]
fn the_owner_of_a_practice_is_for_review() {
    let mut listed = person(|p| p.name.suffix.is_none()).to_provider(&snapshot().lexicon);
    (listed.name.first, listed.name.middle) = (Some("Max".to_owned()), None);
    listed.name.last = Some("Featherstonehaugh".to_owned());
    listed.name.credential = Some("MD".to_owned());
    let place = listed.locations[0].clone();
    let world = World::with(vec![listed.clone()]);
    let asked = |field: &str, name: &str| {
        let mut record = json!({"address": {"line1": place.line1, "city": place.city, "state": place.state,
            "postal_code": place.postal_code}});
        record[field] = json!(name);
        let outcome = ask_in(&world.index.snapshot(), record, &Options::default());
        let best = outcome.candidates.first().and_then(|best| best.provider.npi);
        assert_eq!(best, listed.npi, "{name}: {outcome:#?}");
        outcome.decision
    };
    for field in ["organization_name", "name"] {
        for name in ["MAX FEATHERSTONEHAUGH MD PC", "Max Featherstonehaugh, M.D., P.A."] {
            assert_eq!(asked(field, name), Decision::Review, "{field} {name}");
        }
        assert_eq!(asked(field, "MAX FEATHERSTONEHAUGH MD"), Decision::Match, "{field}");
    }
}

/// The number of a licence tells nothing in another state than its own.
#[test]
fn a_licence_number_of_another_state_is_no_evidence() {
    let base = snapshot();
    let licensed = |p: &generate::Synthetic| {
        let provider = p.to_provider(&base.lexicon);
        let mut specialties = provider.specialties.into_iter();
        specialties.find_map(|s| s.license_number.zip(s.license_state))
    };
    let meant = person(|p| licensed(p).is_some_and(|(number, _)| number.len() > 4));
    let (number, state) = licensed(&meant).expect("a licence");
    let other = if state == "TX" { "OH" } else { "TX" };
    let bits = |record: Value| {
        let outcome = ask(record);
        let own = outcome
            .candidates
            .into_iter()
            .find(|c| c.provider.npi == Some(meant.npi));
        let evidence = own.map(|own| own.evidence).unwrap_or_default();
        let license = evidence.into_iter().find(|e| e.field == "license");
        license.map(|e| (e.level, e.bits))
    };
    let record = |state: Option<&str>| json!({"first_name": meant.name.first, "last_name": meant.name.last, "license": {"number": number, "state": state}});
    let (level, worth) = bits(record(Some(&state))).expect("evidence");
    assert!(level == "exact" && worth > 5.0, "{level} {worth}");
    assert_eq!(bits(record(Some(other))), Some(("number_elsewhere", 0.0)));
    assert!(bits(record(None)).is_some_and(|(level, worth)| level == "number_only" && worth > 1.0));
    let stranger =
        json!({"first_name": "Zebulon", "last_name": "Quixworthy", "license": {"number": number, "state": other}});
    assert_eq!(ask(stranger).decision, Decision::None);
}

/// A junior who is not listed is not his father, and never certainly.
#[test]
fn feature_9_06_an_absent_junior_is_not_linked_to_his_father() {
    let father = person(|p| p.name.suffix.as_deref() == Some("Sr."));
    let mut record = plain(&father);
    record["suffix"] = json!("Jr.");
    let outcome = ask(record);
    assert_ne!(outcome.decision, Decision::Match, "{outcome:#?}");
    assert_ne!(outcome.grade, Grade::Certain);
}

/// A scanner reads `rn` for `m` and `b` for `h`: both names are damaged, and no place is told.
#[test]
fn both_names_misread_lead_to_who_is_meant() {
    let listed = person(|p| p.name.first.is_some() && p.name.suffix.is_none());
    let mut listed = listed.to_provider(&snapshot().lexicon);
    listed.name.first = Some("Thomas".to_owned());
    listed.name.last = Some("Chungwala".to_owned());
    let world = World::with(vec![listed.clone()]);
    let record = json!({"first_name": "Thornas", "last_name": "Cbungwala"});
    let outcome = ask_in(&world.index.snapshot(), record, &Options::default());
    let found = outcome.candidates.first().map(|candidate| candidate.provider.npi);
    assert_eq!(found, Some(listed.npi), "{outcome:#?}");
}
