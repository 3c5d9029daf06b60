//! Invented providers: the same every time, numbered as no real one is, shaped like the real ones.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs,
    path::Path,
};

use provider_directory::{
    intake::generate::{self, NETWORK_COUNT, Synthetic},
    vocab::{
        Npi,
        terms::{Gender, PositionQuality, ProviderKind},
    },
};
use sha2::{Digest, Sha256};

use super::lexicon::LEXICON;

const HEADER: &str = include_str!("../../src/intake/generate/npidata_header.csv");

fn written(count: u64, seed: u64) -> BTreeMap<String, Vec<u8>> {
    let dir = tempfile::tempdir().expect("a folder");
    generate::write(dir.path(), count, seed, |_| {}).expect("written");
    files(dir.path())
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir)
        .expect("readable")
        .map(|e| e.expect("an entry").path());
    let named = entries.map(|p| (p.file_name().expect("a name").to_string_lossy().into_owned(), p));
    named.map(|(name, p)| (name, fs::read(p).expect("readable"))).collect()
}

fn share(of: &[Synthetic], which: impl Fn(&Synthetic) -> bool) -> f64 {
    of.iter().filter(|p| which(p)).count() as f64 / of.len() as f64
}

#[test]
fn a_seed_gives_the_same_bytes_every_time() {
    let (once, again, other) = (written(300, 7), written(300, 7), written(300, 8));
    assert_eq!(once, again);
    let changed = once.iter().filter(|(name, bytes)| other[*name] != **bytes).count();
    assert_eq!(changed, 4, "all but networks.csv and plans.csv");
    let mut hash = Sha256::new();
    for (name, bytes) in &once {
        hash.update(name);
        hash.update(bytes);
    }
    let hash: String = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(
        hash, "656e26d2a2a54a8f5cc158fd03ead23b57ee6b42664eb2303beb1faa80d244c6",
        "what a seed means has changed: say so in the changelog"
    );
}

#[test]
fn a_part_is_the_same_as_in_the_whole() {
    let whole: Vec<_> = generate::providers(50, 3).collect();
    assert_eq!(generate::provider(49, 3), whole[49]);
    let ids: Vec<_> = whole.iter().map(|p| p.to_provider(&LEXICON).id).collect();
    assert!(ids.is_sorted() && ids.iter().all(|id| id.0.get_version_num() == 7));
}

#[test]
fn npis_are_valid_unique_and_nobodys() {
    let mut seen = HashSet::new();
    for provider in generate::providers(20_000, 1) {
        let npi = provider.npi.to_string();
        assert_eq!(npi.parse::<Npi>(), Ok(provider.npi));
        assert!(npi.starts_with('2') && seen.insert(npi));
    }
}

#[test]
fn the_main_file_has_the_header_of_cms_and_the_rows_fit_it() {
    let files = written(200, 1);
    let (_, main) = files
        .iter()
        .find(|(name, _)| name.starts_with("npidata_pfile"))
        .expect("the main file");
    let text = std::str::from_utf8(main).expect("UTF-8");
    assert_eq!(text.lines().next(), Some(HEADER.trim_end()));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().expect("a header").len(), 330);
    let rows: Vec<HashMap<String, String>> = reader.deserialize().map(|r| r.expect("a row")).collect();
    assert_eq!(rows.len(), 200);
    for (row, provider) in rows.iter().zip(generate::providers(200, 1)) {
        assert_eq!(row["NPI"], provider.npi.to_string());
        let named = match provider.kind {
            ProviderKind::Individual => &row["Provider Last Name (Legal Name)"],
            ProviderKind::Organization => &row["Provider Organization Name (Legal Business Name)"],
        };
        assert!(!named.is_empty() && *named == named.to_uppercase());
        assert_eq!(row["Healthcare Provider Taxonomy Code_1"], provider.specialties[0].code);
        let city = &row["Provider Business Practice Location Address City Name"];
        assert_eq!(*city, provider.sites[0].city.to_uppercase());
    }
    let lines = |start: &str| {
        let (_, bytes) = files.iter().find(|(name, _)| name.starts_with(start)).expect("a file");
        String::from_utf8_lossy(bytes).lines().count() - 1
    };
    let sites: usize = generate::providers(200, 1).map(|p| p.sites.len()).sum();
    assert_eq!(lines("pl_pfile"), sites - 200);
    assert_eq!(lines("supplement"), sites);
    assert_eq!((lines("networks"), lines("plans")), (NETWORK_COUNT, 20));
    assert!(lines("othername_pfile") > 0);
}

#[test]
fn shares_are_those_of_the_real_world() {
    let all: Vec<_> = generate::providers(20_000, 42).collect();
    let within = |what: &str, value: f64, low: f64, high: f64| {
        assert!((low..=high).contains(&value), "{what}: {value}");
    };
    let people: Vec<_> = all
        .iter()
        .filter(|p| p.kind == ProviderKind::Individual)
        .cloned()
        .collect();
    within("organisations", 1.0 - people.len() as f64 / 20_000.0, 0.21, 0.23);
    within(
        "women",
        share(&people, |p| p.gender == Some(Gender::Female)),
        0.55,
        0.75,
    );
    let sites: usize = all.iter().map(|p| p.sites.len()).sum();
    within("places for each", sites as f64 / 20_000.0, 1.34, 1.42);
    within("several places", share(&all, |p| p.sites.len() > 1), 0.19, 0.21);
    let several: Vec<_> = all.iter().filter(|p| p.specialties.len() > 1).cloned().collect();
    within(
        "primary not first",
        share(&several, |p| !p.specialties[0].primary),
        0.09,
        0.20,
    );
    for (state, low, high) in [
        ("CA", 0.055, 0.09),
        ("TX", 0.055, 0.09),
        ("NY", 0.045, 0.08),
        ("WY", 0.0005, 0.005),
    ] {
        within(state, share(&all, |p| p.sites[0].state == state), low, high);
    }
    let texas: Vec<_> = all.iter().filter(|p| p.sites[0].state == "TX").cloned().collect();
    let spanish = |of: &[Synthetic]| share(of, |p| p.languages.contains(&"es"));
    within("Spanish in Texas over all", spanish(&texas) / spanish(&all), 1.3, 4.0);
    let nguyen: Vec<_> = all
        .iter()
        .filter(|p| p.name.last.as_deref() == Some("Nguyen"))
        .cloned()
        .collect();
    within(
        "Vietnamese Nguyens",
        share(&nguyen, |p| p.languages.contains(&"vi")),
        0.5,
        0.95,
    );
    for provider in &all {
        assert_eq!(provider.specialties.iter().filter(|s| s.primary).count(), 1);
    }
}

#[test]
fn the_directory_knows_every_code_place_and_network_of_theirs() {
    let reference = generate::reference();
    assert_eq!(
        (
            reference.networks.len(),
            reference.plans.len(),
            reference.organizations.len()
        ),
        (12, 20, 4)
    );
    for plan in &reference.plans {
        assert!(
            plan.networks
                .iter()
                .all(|n| reference.networks.iter().any(|r| r.id == n.network_id))
        );
    }
    let mut participations = 0;
    for synthetic in generate::providers(5_000, 9) {
        let provider = synthetic.to_provider(&LEXICON);
        assert!(
            provider
                .specialties
                .iter()
                .all(|s| LEXICON.specialties.get(&s.code).is_some())
        );
        assert!(!provider.languages.is_empty() && provider.languages.is_sorted());
        assert!(provider.languages.iter().all(|l| LEXICON.languages.get(l).is_some()));
        for location in &provider.locations {
            assert_eq!(location.position_quality, PositionQuality::PostalCode);
            assert!(location.point.is_some());
            let city = location.city.as_deref().zip(location.state.as_deref());
            assert!(
                city.and_then(|(city, state)| LEXICON.gazetteer.city(city, state))
                    .is_some(),
                "{city:?}"
            );
        }
        let ids: HashSet<_> = provider.participations.iter().map(|p| p.id).collect();
        assert_eq!(ids.len(), provider.participations.len());
        for participation in &provider.participations {
            assert!(reference.networks.iter().any(|n| n.id == participation.network_id));
            assert!(
                provider
                    .locations
                    .iter()
                    .any(|l| Some(l.id) == participation.location_id)
            );
            assert!(
                participation
                    .termination
                    .is_none_or(|last| participation.effective <= last)
            );
            participations += 1;
        }
    }
    assert!(participations > 5_000, "{participations}");
}

#[test]
fn more_than_there_are_numbers_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let refused = generate::write(dir.path(), generate::CAPACITY + 1, 1, |_| {});
    assert!(matches!(refused, Err(generate::Error::TooMany(_))));
}

#[test]
fn the_supplement_reads_back_as_it_was_drawn() {
    let files = written(300, 5);
    let rows = generate::read_supplement(&files["supplement.csv"][..]).map(|r| r.expect("a row"));
    let mut by_npi: HashMap<Npi, Vec<generate::Supplement>> = HashMap::new();
    for row in rows {
        by_npi.entry(row.npi).or_default().push(row);
    }
    for provider in generate::providers(300, 5) {
        let rows = &by_npi[&provider.npi];
        assert_eq!(rows.len(), provider.sites.len());
        assert_eq!(rows[0].network_status, Some(provider.network_status));
        assert_eq!(
            (rows[0].activated, rows[0].verified),
            (provider.activated, provider.verified)
        );
        assert_eq!(rows[0].languages, provider.languages);
        for (row, site) in rows.iter().zip(&provider.sites) {
            assert_eq!((row.telehealth, &row.hours), (site.telehealth, &site.hours));
            assert_eq!(row.accessibility, site.accessibility);
        }
        let memberships: Vec<_> = rows.iter().flat_map(|r| r.memberships.clone()).collect();
        assert_eq!(memberships, provider.memberships);
    }
    let head = String::from_utf8_lossy(&files["supplement.csv"])
        .lines()
        .next()
        .expect("a header")
        .to_owned();
    for (row, reason) in [
        ("2000000010,0,BUSY,,,,N,,,", "PENDING"),
        ("2000000011,0,,,,,N,,,", "check digit"),
        ("2000000010,0,,,,,N,,1 8-x,", "digit"),
        ("2000000010,0,,,,,N,,,12/ACTIVE//2025-01-01//newpt", "no network 12"),
        ("2000000010,0", "fields"),
    ] {
        let text = format!("{head}\n{row}\n");
        let error = generate::read_supplement(text.as_bytes())
            .next()
            .expect("a row")
            .expect_err(row);
        assert!(error.line == 2 && error.reason.contains(reason), "{error}");
    }
}
