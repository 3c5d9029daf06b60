//! The NPPES import on real files: everything goes in or is rejected with a reason, twice changes nothing, and a run that
//! was broken off ends as one that was not.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use provider_directory::{
    domain::provider::Provider,
    intake::{
        self,
        nppes::{Kind, Options, Progress, Report, Silent},
    },
    store::{self, Store, providers::ProviderKey},
    vocab::{Lexicon, lexicon::Languages, lexicon::Specialties, place::Gazetteer},
};
use sqlx::AssertSqlSafe;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::house::{House, admin, noon};

pub static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let places = zstd::decode_all(&include_bytes!("../../index_schema/places.csv.zst")[..]).expect("zstd");
    let places = String::from_utf8(places).expect("UTF-8");
    Lexicon {
        specialties: Specialties::default(),
        languages: Languages::default(),
        gazetteer: Gazetteer::parse(&places).expect("the places"),
        ..Lexicon::default()
    }
});

/// The fixtures that are NPPES data, by name.
const FIXTURES: &[(&str, Kind)] = &[
    ("deactivated_npis_sample.csv", Kind::Deactivations),
    ("demo.csv.gz", Kind::Providers),
    ("endpoint_pfile_synthetic.csv", Kind::Endpoints),
    ("npi_registry_v20_sample.ndjson", Kind::Registry),
    ("npi_registry_v21_envelopes_ropensci.json", Kind::Registry),
    ("npi_registry_v21_ropensci.ndjson", Kind::Registry),
    ("npidata_pfile_ct_organizations_2018.csv", Kind::Providers),
    ("npidata_pfile_ct_practitioners_2018.csv.gz", Kind::Providers),
    ("npidata_pfile_healthsamurai_2017.csv.gz", Kind::Providers),
    ("npidata_pfile_jismis_2026.csv.gz", Kind::Providers),
    ("npidata_pfile_v2_fileheader_2026.csv", Kind::Providers),
    ("npidata_pfile_v2_refspec_2026.csv", Kind::Providers),
    ("npidata_pfile_videntity_2014.csv", Kind::Providers),
    ("othername_pfile_sample.csv", Kind::OtherNames),
    ("pl_pfile_sample.csv", Kind::Locations),
];

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/nppes").join(name)
}

pub async fn import(house: &House, files: &[PathBuf]) -> Report {
    import_with(house, files, &Options::default()).await.expect("imported")
}

pub async fn import_with(house: &House, files: &[PathBuf], options: &Options) -> Result<Report, intake::Error> {
    intake::nppes::import(&house.store, &LEXICON, files, options, &Silent, noon()).await
}

/// The provider of an NPI as the store tells it.
pub async fn provider(house: &House, npi: &str) -> Option<Provider> {
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let key = ProviderKey::Npi(npi.parse().expect("an NPI"));
    store::providers::find(&mut tx, &key).await.expect("read")
}

/// A number that the owner reads.
pub async fn number(house: &House, sql: &str) -> i64 {
    let mut owner = house.owner().await;
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
        .fetch_one(&mut owner)
        .await
        .expect("a number")
}

/// Everything that an import writes, in one digest that ignores keys, versions and times of recording.
async fn contents(house: &House) -> String {
    let mut owner = house.owner().await;
    sqlx::query_scalar(
        "SELECT md5(string_agg(line, E'\n' ORDER BY line)) FROM (
            SELECT concat_ws('|', 'p', npi, kind, category, first_name, last_name, organization_name, specialty, address,
                phone, gender, network_status, source_updated_on, encode(source_digest, 'hex')) AS line FROM provider
            UNION ALL SELECT concat_ws('|', 's', npi, s.position, code, is_primary, license_number, license_state)
                FROM provider_specialty s JOIN provider p ON p.id = provider_id
            UNION ALL SELECT concat_ws('|', 'i', npi, i.position, type_code, value, state, issuer)
                FROM provider_identifier i JOIN provider p ON p.id = provider_id
            UNION ALL SELECT concat_ws('|', 'o', npi, o.type_code, o.last_name, o.organization_name)
                FROM provider_other_name o JOIN provider p ON p.id = provider_id
            UNION ALL SELECT concat_ws('|', 'l', npi, line1, line2, city, state, postal_code, lat_e7, lon_e7, is_primary, l.source)
                FROM provider_location l JOIN provider p ON p.id = provider_id
            UNION ALL SELECT concat_ws('|', 'e', npi, type_code, e.address) FROM provider_endpoint e JOIN provider p ON p.id = provider_id
            UNION ALL SELECT concat_ws('|', 'n', npi, kind, occurred_on, replacement_npi) FROM npi_event
            UNION ALL SELECT concat_ws('|', 'c', npi, c.kind, change, status) FROM change_proposal c JOIN provider p ON p.id = provider_id
        ) lines",
    )
    .fetch_one(&mut owner)
    .await
    .expect("a digest")
}

/// 2.15: imported twice, nothing changes; rows in are rows stored and rows rejected with a reason.
#[tokio::test]
async fn feature_2_15_every_fixture_goes_in_and_the_second_time_changes_nothing() {
    let house = House::open().await;
    for (name, kind) in FIXTURES {
        let dir = tempfile::tempdir().expect("a folder");
        let options = Options {
            reject_file: Some(dir.path().join("rejects.csv")),
            ..Options::default()
        };
        let first = import_with(&house, &[fixture(name)], &options).await.expect(name);
        let file = &first.files[0];
        assert_eq!(file.kind, *kind, "{name}");
        let c = file.counts;
        assert_eq!(
            c.rows_in,
            c.added + c.changed + c.unchanged + c.older + c.rejected,
            "{name}: {first}"
        );
        let rejects = fs::read_to_string(dir.path().join("rejects.csv")).expect("the reject file");
        assert_eq!(
            rejects.lines().count() as u64,
            1 + c.rejected,
            "{name}: a reason for each\n{rejects}"
        );

        let before = contents(&house).await;
        let outbox = number(&house, "SELECT count(*) FROM outbox").await;
        let second = import(&house, &[fixture(name)]).await;
        let again = second.files[0].counts;
        assert_eq!(
            (again.added, again.changed, again.events, again.proposals),
            (0, 0, 0, 0),
            "{name}: {second}"
        );
        assert_eq!(again.rows_in, c.rows_in, "{name}");
        assert_eq!(again.rejected, c.rejected, "{name}");
        assert_eq!(contents(&house).await, before, "{name}");
        assert_eq!(
            number(&house, "SELECT count(*) FROM outbox").await,
            outbox,
            "{name}: the index hears nothing"
        );
    }
    // 2,000 + 40 + 99 + 914 + 3 + 10 + 100 + 40 rows and more, some of one NPI.
    assert!(number(&house, "SELECT count(*) FROM provider").await > 4000);
    let pending = number(&house, "SELECT count(*) FROM provider WHERE network_status = 'PENDING'").await;
    assert_eq!(
        pending,
        number(&house, "SELECT count(*) FROM provider").await,
        "the import lets nobody in"
    );
    assert_eq!(
        number(&house, "SELECT count(*) FROM provider p WHERE specialty IS NOT NULL AND 1 <> (SELECT count(*) FROM provider_specialty s WHERE s.provider_id = p.id AND is_primary)").await,
        0,
        "exactly one primary"
    );
    let placed = number(
        &house,
        "SELECT count(*) FROM provider_location WHERE position_quality IN ('postal_code', 'city')",
    )
    .await;
    let all = number(&house, "SELECT count(*) FROM provider_location").await;
    assert!(placed * 100 >= all * 98, "{placed} of {all} have a point");
}

#[tokio::test]
async fn rows_of_the_demo_are_current_and_complete() {
    let house = House::open().await;
    let report = import(&house, &[fixture("demo.csv.gz")]).await;
    let c = report.files[0].counts;
    assert_eq!(
        (c.rows_in, c.added, report.has_rejects()),
        (4105, 4105, false),
        "{report}"
    );
    // A small load: the index hears of each provider once.
    assert_eq!(
        number(&house, "SELECT count(*) FROM outbox WHERE kind = 'PROVIDER'").await,
        4105
    );
    assert_eq!(
        number(&house, "SELECT count(*) FROM provider WHERE version <> 1").await,
        0,
        "and once only"
    );
    let soucier = provider(&house, "1255334207")
        .await
        .expect("a cardiologist of Hartford");
    assert_eq!(soucier.name.display(), "Richard Soucier, MD");
    assert_eq!(
        soucier.specialties.iter().map(|s| s.code.as_str()).collect::<Vec<_>>(),
        ["207RC0000X", "207RA0001X"]
    );
    let place = &soucier.locations[0];
    assert_eq!(
        (place.line1.as_deref(), place.city.as_deref()),
        (Some("114 Woodland St"), Some("Hartford"))
    );
    assert_eq!(place.position_quality.code(), "postal_code");
    assert_eq!(place.time_zone.as_deref(), Some("America/New_York"));
    assert!(place.primary && place.point.is_some());
}

/// A zip as CMS ships it: members in any order, a header file and a readme with them.
fn zip(to: &Path, members: &[(&str, Vec<u8>)]) {
    let mut zip = ZipWriter::new(fs::File::create(to).expect("a file"));
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default()).expect("a member");
        zip.write_all(bytes).expect("written");
    }
    zip.finish().expect("finished");
}

#[tokio::test]
async fn a_zip_as_shipped_is_read_member_by_member() {
    let house = House::open().await;
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("NPPES_Data_Dissemination_November_2026_V2.zip");
    let read = |name: &str| fs::read(fixture(name)).expect("a fixture");
    let own_places = String::from_utf8(read("pl_pfile_sample.csv"))
        .expect("UTF-8")
        .replace("1154324382", "1851806699");
    zip(
        &path,
        &[
            ("pl_pfile_20050523-20261108.csv", own_places.into_bytes()),
            (
                "npidata_pfile_20050523-20261108_fileheader.csv",
                read("npidata_pfile_v2_fileheader_2026.csv"),
            ),
            ("NPPES_Data_Dissemination_Readme_v.2.pdf", b"%PDF-1.7".to_vec()),
            (
                "npidata_pfile_20050523-20261108.csv",
                read("npidata_pfile_v2_refspec_2026.csv"),
            ),
        ],
    );
    let report = import(&house, std::slice::from_ref(&path)).await;
    let kinds: Vec<(Kind, u64, u64)> = report
        .files
        .iter()
        .map(|f| (f.kind, f.counts.rows_in, f.counts.added))
        .collect();
    // Providers come first whatever the order in the zip; seven of nine places belong to NPIs that are not there.
    assert_eq!(
        kinds,
        [
            (Kind::Providers, 0, 0),
            (Kind::Providers, 3, 3),
            (Kind::Locations, 9, 2)
        ],
        "{report}"
    );
    assert!(report.files[1].file.contains(".zip:npidata_pfile"));
    let potter = provider(&house, "1851806699").await.expect("there");
    assert_eq!(potter.locations.len(), 3);
    assert_eq!(potter.locations.iter().filter(|l| l.primary).count(), 1);

    let bytes = fs::read(&path).expect("the zip");
    fs::write(&path, &bytes[..bytes.len() - 100]).expect("cut");
    let cut = import_with(&house, &[path], &Options::default())
        .await
        .expect_err("a cut zip");
    assert!(cut.to_string().contains("cut off or damaged"), "{cut}");
}

/// Stops listening after some batches, as a killed process does.
struct Killer {
    after: u64,
    seen: AtomicU64,
    gate: tokio::sync::Notify,
}

impl Progress for Killer {
    fn begin(&self, _file: &str, _total_bytes: u64) {}

    fn advance(&self, _bytes: u64, _rows: u64) {
        if self.seen.fetch_add(1, Ordering::SeqCst) + 1 == self.after {
            self.gate.notify_one();
        }
    }

    fn end(&self) {}
}

/// 2.15: an import is resumable.
#[tokio::test]
async fn feature_2_15_a_run_broken_off_between_batches_goes_on_and_ends_the_same() {
    let whole = House::open().await;
    let file = fixture("npidata_pfile_ct_practitioners_2018.csv.gz");
    import(&whole, std::slice::from_ref(&file)).await;
    let house = House::open().await;
    let options = Options {
        batch_rows: 100,
        ..Options::default()
    };
    let mut done = Vec::new();
    for _ in 0..3 {
        // A killed process takes its connections with it.
        let killed = Store::connect(&house.access, 2).await.expect("connected");
        let killer = Killer {
            after: 4,
            seen: AtomicU64::new(0),
            gate: tokio::sync::Notify::new(),
        };
        tokio::select! {
            biased;
            () = killer.gate.notified() => {}
            end = intake::nppes::import(&killed, &LEXICON, std::slice::from_ref(&file), &options, &killer, noon()) => {
                panic!("it should not have come to the end: {end:?}");
            }
        }
        done.push(number(&house, "SELECT count(*) FROM provider").await);
    }
    assert!(
        done[0] > 0 && done.is_sorted_by(|a, b| a < b) && done[2] < 2000,
        "{done:?}"
    );
    let report = import_with(&house, std::slice::from_ref(&file), &options)
        .await
        .expect("to the end");
    let c = report.files[0].counts;
    assert_eq!(report.files[0].resumed_at, Some(done[2] as u64), "{report}");
    assert_eq!((c.rows_in, c.added), (2000, 2000), "{report}");
    assert_eq!(contents(&house).await, contents(&whole).await);
    assert_eq!(
        number(
            &house,
            "SELECT count(*) FROM import_run WHERE state = 'DONE' AND done_rows = 2000"
        )
        .await,
        1
    );
}

#[tokio::test]
async fn the_api_tells_the_same_as_the_files() {
    let (files, api) = (House::open().await, House::open().await);
    import(&files, &[fixture("demo.csv.gz")]).await;
    import(
        &api,
        &[
            fixture("npi_registry_v21_ropensci.ndjson"),
            fixture("npi_registry_v20_sample.ndjson"),
        ],
    )
    .await;
    let mut compared = 0;
    for npi in [
        "1568946812",
        "1114920071",
        "1053975268",
        "1720377294",
        "1396949913",
        "1205830130",
    ] {
        let (Some(a), Some(b)) = (provider(&files, npi).await, provider(&api, npi).await) else {
            continue;
        };
        compared += 1;
        assert_eq!(a.name, b.name, "{npi}");
        assert_eq!(
            (a.kind, &a.category, a.gender),
            (b.kind, &b.category, b.gender),
            "{npi}"
        );
        assert_eq!(a.specialties, b.specialties, "{npi}");
        assert_eq!(a.identifiers, b.identifiers, "{npi}");
        let place = |p: &Provider| {
            p.locations
                .iter()
                .find(|l| l.primary)
                .map(|l| (l.line1.clone(), l.city.clone(), l.point, l.phone.clone()))
        };
        assert_eq!(place(&a), place(&b), "{npi}");
    }
    assert!(compared >= 4, "{compared}");
    let anesthesia = provider(&api, "1568946812")
        .await
        .expect("an organisation with a second place");
    assert_eq!(anesthesia.name.display(), "CSP Anesthesia LLC");
    assert_eq!((anesthesia.category.as_str(), anesthesia.locations.len()), ("group", 2));
}
