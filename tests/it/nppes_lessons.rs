//! What real NPPES data taught, lesson by lesson: each is a row that once broke somebody's import.

use std::{fs, path::PathBuf};

use chrono::NaiveDate;
use provider_directory::{
    intake::nppes::{Note, Options, Report},
    store,
    vocab::{
        Npi,
        terms::{Gender, PositionQuality},
    },
};
use tempfile::TempDir;

use crate::{
    house::{House, admin, noon},
    nppes_import::{fixture, import, import_with, number, provider},
};

/// Columns of a row by name; the others stay empty.
pub type Cells<'t> = &'t [(&'t str, &'t str)];

/// Files for one test.
pub struct Files {
    dir: TempDir,
}

impl Files {
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().expect("a folder"),
        }
    }

    pub fn text(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, text).expect("written");
        path
    }

    /// A main file in the 330-column layout.
    pub fn main(&self, rows: &[Cells<'_>]) -> PathBuf {
        let header = fs::read_to_string(fixture("npidata_pfile_v2_fileheader_2026.csv")).expect("the header");
        let columns: Vec<String> = header
            .trim_end()
            .split(',')
            .map(|c| c.trim_matches('"').to_owned())
            .collect();
        self.text("npidata_pfile.csv", table(&columns, rows))
    }
}

/// A CSV text with these columns.
pub fn table<C: AsRef<str>>(columns: &[C], rows: &[Cells<'_>]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(columns.iter().map(AsRef::as_ref))
        .expect("a header");
    for row in rows {
        for (name, _) in *row {
            assert!(columns.iter().any(|c| c.as_ref() == *name), "no column {name}");
        }
        let cells = columns
            .iter()
            .map(|c| row.iter().find(|(name, _)| *name == c.as_ref()).map_or("", |(_, v)| v));
        writer.write_record(cells).expect("a row");
    }
    String::from_utf8(writer.into_inner().expect("flushed")).expect("UTF-8")
}

/// Synthetic ones.
const NPI: &str = "2000000002";
const OTHER: &str = "2000000010";

const LAST: &str = "Provider Last Name (Legal Name)";
const FIRST: &str = "Provider First Name";
const ENTITY: &str = "Entity Type Code";
const UPDATED: &str = "Last Update Date";
const DEACTIVATED: &str = "NPI Deactivation Date";
const REACTIVATED: &str = "NPI Reactivation Date";
const LINE1: &str = "Provider First Line Business Practice Location Address";
const CITY: &str = "Provider Business Practice Location Address City Name";
const STATE: &str = "Provider Business Practice Location Address State Name";
const ZIP: &str = "Provider Business Practice Location Address Postal Code";
const COUNTRY: &str = "Provider Business Practice Location Address Country Code (If outside U.S.)";

/// A person, with more columns.
fn person<'t>(npi: &'t str, more: Cells<'t>) -> Vec<(&'t str, &'t str)> {
    let mut row = vec![
        ("NPI", npi),
        (ENTITY, "1"),
        (LAST, "SMITH"),
        (FIRST, "JANE"),
        (UPDATED, "06/01/2026"),
    ];
    for cell in more {
        row.retain(|(name, _)| name != &cell.0);
        row.push(*cell);
    }
    row
}

async fn import_rows(house: &House, rows: &[Cells<'_>]) -> Report {
    let files = Files::new();
    import(house, &[files.main(rows)]).await
}

/// 2.15: a deactivation leads to a proposal of INACTIVE, never to a silent delete.
#[tokio::test]
async fn feature_2_15_lesson_1_deactivated_rows_are_events_and_never_wipe_history() {
    let house = House::open().await;
    import_rows(&house, &[&person(NPI, &[])]).await;
    let bare = [("NPI", NPI), (DEACTIVATED, "07/01/2026")];
    let unheld = [("NPI", OTHER), (DEACTIVATED, "7/2/26")];
    let report = import_rows(&house, &[&bare, &unheld]).await;
    let c = report.total();
    assert_eq!(
        (c.rows_in, c.added, c.events, c.proposals, c.rejected),
        (2, 2, 2, 1, 0),
        "{report}"
    );
    let kept = provider(&house, NPI).await.expect("still there");
    assert_eq!(
        (kept.name.last.as_deref(), kept.network_status.code()),
        (Some("Smith"), "PENDING")
    );
    assert!(
        provider(&house, OTHER).await.is_none(),
        "an event also of an NPI that is not held"
    );
    let open = "SELECT count(*) FROM change_proposal WHERE status = 'OPEN' AND kind = 'deactivate' AND change ->> 'network_status' = 'INACTIVE'";
    assert_eq!(number(&house, open).await, 1);
    // The same from the deactivation report says nothing new.
    let files = Files::new();
    let list = files.text(
        "deactivated.csv",
        format!("npi,deactivation_date\n{NPI},07/01/2026\n{OTHER},2026-07-02\n"),
    );
    assert_eq!(import(&house, &[list]).await.total().unchanged, 2);
    assert_eq!(number(&house, open).await, 1);
    // A live row with both dates: reactivated, so the proposal is pointless.
    let back = person(
        NPI,
        &[
            (DEACTIVATED, "07/01/2026"),
            (REACTIVATED, "07/15/2026"),
            (UPDATED, "07/15/2026"),
        ],
    );
    let report = import_rows(&house, &[&back]).await;
    assert_eq!((report.total().changed, report.total().events), (1, 1), "{report}");
    assert_eq!(number(&house, open).await, 0);
    assert_eq!(number(&house, "SELECT count(*) FROM npi_event").await, 3);
}

/// The day of the register counts, not that on which somebody got to decide.
#[tokio::test]
async fn an_accepted_deactivation_counts_from_the_day_of_the_register() {
    let house = House::open().await;
    import_rows(&house, &[&person(NPI, &[])]).await;
    import_rows(&house, &[&[("NPI", NPI), (DEACTIVATED, "07/01/2026")]]).await;
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let open = store::proposals::list(&mut tx, true, None, 10).await.expect("read");
    store::proposals::decide(&mut tx, open[0].id, true, noon())
        .await
        .expect("accepted");
    tx.commit().await.expect("committed");
    let npi = NPI.parse().expect("an NPI");
    let standing = store::standing::as_known(&house.store, npi, None).await.expect("read");
    let timeline = standing.expect("there").facts.timeline;
    let days = ["2026-06-30", "2026-07-01"].map(|day| timeline.on(day.parse().expect("a day")).code());
    assert_eq!(days, ["PENDING", "INACTIVE"]);
}

#[tokio::test]
async fn lesson_2_exactly_one_taxonomy_is_primary_and_doubles_stay_for_each_licence() {
    let house = House::open().await;
    let slot_2 = person(
        NPI,
        &[
            ("Healthcare Provider Taxonomy Code_1", "207RC0000X"),
            ("Provider License Number_1", "032024"),
            ("Provider License Number State Code_1", "GA"),
            ("Healthcare Provider Primary Taxonomy Switch_1", "N"),
            ("Healthcare Provider Taxonomy Code_2", "207RC0000X"),
            ("Provider License Number_2", "ME68414"),
            ("Provider License Number State Code_2", "FL"),
            ("Healthcare Provider Primary Taxonomy Switch_2", "Y"),
        ],
    );
    let unmarked = person(
        OTHER,
        &[
            ("Healthcare Provider Taxonomy Code_1", "363L00000X"),
            ("Healthcare Provider Primary Taxonomy Switch_1", "N"),
            ("Healthcare Provider Taxonomy Code_3", "363LF0000X"),
            ("Healthcare Provider Taxonomy Code_4", "nonsense"),
        ],
    );
    let report = import_rows(&house, &[&slot_2, &unmarked]).await;
    let read = |p: Option<provider_directory::domain::provider::Provider>| {
        p.expect("there")
            .specialties
            .into_iter()
            .map(|s| (s.code, s.license_state, s.primary))
            .collect::<Vec<_>>()
    };
    let cardiology = "207RC0000X".to_owned();
    assert_eq!(
        read(provider(&house, NPI).await),
        [
            (cardiology.clone(), Some("GA".into()), false),
            (cardiology, Some("FL".into()), true)
        ]
    );
    assert_eq!(
        read(provider(&house, OTHER).await),
        [("363L00000X".into(), None, true), ("363LF0000X".into(), None, false)]
    );
    assert_eq!(report.files[0].notes.0[&Note::NoPrimary], 1);
    assert_eq!(report.files[0].notes.0[&Note::TaxonomyCode], 1);
}

#[tokio::test]
async fn lessons_3_and_4_names_keep_their_shape_and_credentials_their_text() {
    let house = House::open().await;
    for (last, first, credential, shown) in [
        ("DE LA CRUZ", "MARIA", "M.D.", "Maria De La Cruz, M.D."),
        ("O'DEA", "J", "MD,", "J O'Dea, MD,"),
        ("VERGO, JR.", "JOHN", "", "John Vergo Jr."),
        ("SMITH-JONES", "MARY ANN", "M.D.1208", "Mary Ann Smith-Jones, M.D.1208"),
        ("MCDONALD III", "RONALD", "--", "Ronald McDonald III"),
        ("van der Berg", "Anne", "RN", "Anne van der Berg, RN"),
        ("MUÑOZ", "JOSÉ", "", "José Muñoz"),
    ] {
        let updated = format!("06/{:02}/2026", 1 + last.len());
        let cells = [
            (LAST, last),
            (FIRST, first),
            ("Provider Credential Text", credential),
            (UPDATED, &updated),
        ];
        let row = person(NPI, &cells);
        house.sql("UPDATE provider SET source_updated_on = NULL").await;
        import_rows(&house, &[&row]).await;
        assert_eq!(provider(&house, NPI).await.expect("there").name.display(), shown);
    }
}

#[tokio::test]
async fn lessons_5_and_6_a_newer_row_moves_and_renames_an_older_one_does_nothing() {
    let house = House::open().await;
    let old = person(
        NPI,
        &[
            (LINE1, "1 MAIN ST"),
            (CITY, "HOUSTON"),
            (STATE, "TX"),
            (ZIP, "770301234"),
        ],
    );
    import_rows(&house, &[&old]).await;
    let before = provider(&house, NPI).await.expect("there");
    let new = person(
        NPI,
        &[
            (LAST, "JONES"),
            ("Provider Other Last Name", "SMITH"),
            ("Provider Other Last Name Type Code", "1"),
            (LINE1, "2 OAK AVE"),
            (CITY, "NEW YORK"),
            (STATE, "NY"),
            (ZIP, "10013"),
            (UPDATED, "06/20/2026"),
        ],
    );
    assert_eq!(import_rows(&house, &[&new]).await.total().changed, 1);
    let after = provider(&house, NPI).await.expect("there");
    assert_eq!((after.id, after.version), (before.id, before.version + 1));
    assert_eq!(after.locations[0].id, before.locations[0].id, "the place keeps its key");
    assert_ne!(after.locations[0].point, before.locations[0].point);
    assert_eq!(after.name.last.as_deref(), Some("Jones"));
    assert_eq!(
        (
            after.other_names[0].type_code,
            after.other_names[0].name.last.as_deref()
        ),
        (1, Some("Smith"))
    );
    let report = import_rows(&house, &[&old]).await;
    assert_eq!((report.total().older, report.total().changed), (1, 0), "{report}");
    assert_eq!(provider(&house, NPI).await, Some(after));
}

#[tokio::test]
async fn what_others_have_verified_and_nppes_does_not_know_stays() {
    let house = House::open().await;
    import_rows(
        &house,
        &[&person(
            NPI,
            &[(LINE1, "1 MAIN ST"), (CITY, "HOUSTON"), (STATE, "TX"), (ZIP, "77030")],
        )],
    )
    .await;
    house
        .sql(
            "INSERT INTO provider_language (provider_id, language) SELECT id, 'es' FROM provider;
            INSERT INTO provider_identifier (provider_id, position, type_code, value) SELECT id, 9, 'dea', 'AB123' FROM provider;
            UPDATE provider_location SET verified_at = '2026-06-02';
            UPDATE provider SET gender = 'F', provenance = '{\"gender\": {\"source\": \"attested\"}}'",
        )
        .await;
    let new = person(
        NPI,
        &[
            (FIRST, "JANET"),
            (LINE1, "2 OAK AVE"),
            (CITY, "DALLAS"),
            (STATE, "TX"),
            (ZIP, "75201"),
            ("Provider Sex Code", "M"),
            (UPDATED, "06/20/2026"),
        ],
    );
    import_rows(&house, &[&new]).await;
    let after = provider(&house, NPI).await.expect("there");
    assert_eq!(after.name.first.as_deref(), Some("Janet"));
    assert_eq!(after.languages, ["es"]);
    assert_eq!(after.gender, Some(Gender::Female));
    assert_eq!(after.locations[0].line1.as_deref(), Some("1 Main St"));
    assert_eq!(after.identifiers[0].type_code, "dea");
    assert_eq!(after.address.expect("an address")["extension"]["languages"][0], "es");
}

#[tokio::test]
async fn lesson_7_awkward_addresses_find_their_place_or_say_that_they_did_not() {
    let house = House::open().await;
    let rows = [
        (
            "RR 8 BOX 3311",
            "HOUSTON",
            "TX",
            "770301234",
            "US",
            PositionQuality::PostalCode,
        ),
        ("UNKNOWN", "HOUSTON", "TX", "77030", "", PositionQuality::PostalCode),
        ("1 CALLE", "SAN JUAN", "PR", "00901", "US", PositionQuality::PostalCode),
        ("1 MAIN ST", "HOUSTON", "TX", "00000", "US", PositionQuality::City),
        (
            "1 KING ST",
            "TORONTO",
            "ONTARIO",
            "M5H 1A1",
            "CA",
            PositionQuality::Unknown,
        ),
        ("UNIT 1", "APO", "AE", "09999", "UM", PositionQuality::Unknown),
    ];
    for (base, (line1, city, state, zip, country, quality)) in (100_000_000..).zip(rows) {
        let npi = Npi::from_base(base).to_string();
        let cells = [
            (LINE1, line1),
            (CITY, city),
            (STATE, state),
            (ZIP, zip),
            (COUNTRY, country),
        ];
        let row = person(&npi, &cells);
        let report = import_rows(&house, &[&row]).await;
        assert_eq!(report.total().added, 1, "{line1}: {report}");
        let place = provider(&house, &npi).await.expect("there").locations.remove(0);
        if state != "AE" {
            assert_eq!(place.position_quality, quality, "{line1} {city}");
        }
        assert_eq!(
            place.point.is_none(),
            place.position_quality == PositionQuality::Unknown
        );
        assert_eq!(place.line1.is_none(), line1 == "UNKNOWN");
    }
}

#[tokio::test]
async fn lessons_8_and_9_nulls_and_the_damage_of_spreadsheets_are_undone() {
    let house = House::open().await;
    let files = Files::new();
    // Irregular header, BOM, CRLF, leading spaces, `.0`, a lost zero, a short date, blank rows, the old name of a column.
    let text = format!(
        "\u{feff}NPI, entity  type CODE ,{LAST}, {FIRST},{STATE},{ZIP},{UPDATED},Provider Gender Code,Provider Credential Text\r\n\
         {NPI}.0,1.0, SMITH ,JANE,MA,27406232.0,6/1/26,F,<UNAVAIL>\r\n,,,,,,,,\r\n\r\n"
    );
    let report = import(&house, &[files.text("saved.csv", text)]).await;
    assert_eq!((report.total().rows_in, report.total().added), (1, 1), "{report}");
    assert_eq!(report.files[0].notes.0[&Note::NpiRepaired], 1);
    let read = provider(&house, NPI).await.expect("there");
    assert_eq!(read.name.display(), "Jane Smith");
    assert_eq!(read.gender, Some(Gender::Female));
    assert_eq!(read.locations[0].postal_code.as_deref(), Some("027406232"));
    let day = NaiveDate::from_ymd_opt(2026, 6, 1).expect("a day");
    assert_eq!(
        number(
            &house,
            &format!("SELECT count(*) FROM provider WHERE source_updated_on = '{day}'")
        )
        .await,
        1
    );
}

#[tokio::test]
async fn lesson_9_a_layout_without_all_columns_wipes_nothing() {
    let house = House::open().await;
    let full = person(
        NPI,
        &[
            ("Healthcare Provider Taxonomy Code_1", "207R00000X"),
            ("Other Provider Identifier_1", "001"),
            ("Other Provider Identifier Type Code_1", "05"),
            ("Provider Sex Code", "F"),
        ],
    );
    import_rows(&house, &[&full]).await;
    let files = Files::new();
    let narrow = table(
        &["NPI", ENTITY, LAST, FIRST, UPDATED],
        &[&person(NPI, &[(LAST, "JONES"), (UPDATED, "06/30/2026")])],
    );
    assert_eq!(
        import(&house, &[files.text("narrow.csv", narrow)])
            .await
            .total()
            .changed,
        1
    );
    let read = provider(&house, NPI).await.expect("there");
    assert_eq!(read.name.last.as_deref(), Some("Jones"));
    assert_eq!(
        (read.specialties.len(), read.identifiers.len(), read.gender),
        (1, 1, Some(Gender::Female))
    );
}

#[tokio::test]
async fn lesson_10_what_nppes_does_not_have_is_not_made_up() {
    let house = House::open().await;
    import(&house, &[fixture("npidata_pfile_v2_refspec_2026.csv")]).await;
    let read = provider(&house, "1851806699").await.expect("there");
    assert!(read.languages.is_empty() && read.participations.is_empty() && read.email.is_none());
    assert!(read.verified_at.is_none() && read.activated_at.is_none());
}

#[tokio::test]
async fn lessons_11_and_14_other_files_add_names_places_and_endpoints_once() {
    let house = House::open().await;
    let files = Files::new();
    let main = files.main(&[&[
        ("NPI", NPI),
        (ENTITY, "2"),
        (
            "Provider Organization Name (Legal Business Name)",
            "ST MARY'S HOSPITAL, LLC",
        ),
        ("Healthcare Provider Taxonomy Code_1", "282N00000X"),
        (UPDATED, "06/01/2026"),
    ]]);
    let names = files.text(
        "othername.csv",
        format!("NPI,Provider Other Organization Name,Provider Other Organization Name Type Code\n{NPI},Mercy West,3\n{NPI},MERCY WEST,3\n{NPI},Old Mercy,4\n{OTHER},Nobody,3\n"),
    );
    let report = import(&house, &[names.clone(), main]).await;
    let (names_report, c) = (&report.files[1], report.files[1].counts);
    assert_eq!((c.added, c.unchanged, c.rejected), (2, 1, 1), "{names_report}");
    assert_eq!(import(&house, &[names]).await.total().unchanged, 3);
    let read = provider(&house, NPI).await.expect("there");
    assert_eq!(
        (read.name.display().as_str(), read.category.as_str()),
        ("St Mary's Hospital, LLC", "hospital")
    );
    assert_eq!(read.other_names.len(), 2);
    assert!(
        read.other_names
            .iter()
            .any(|n| n.type_code == 4 && n.name.organization.as_deref() == Some("Old Mercy"))
    );
}

#[tokio::test]
async fn lesson_13_a_wrong_check_digit_rejects_its_row_and_names_the_right_one() {
    let house = House::open().await;
    let files = Files::new();
    let path = files.main(&[
        &person("1234567892", &[]),
        &person("9941339100", &[]),
        &person(NPI, &[]),
    ]);
    let rejects = path.with_extension("rejects.csv");
    let options = Options {
        reject_file: Some(rejects.clone()),
        ..Options::default()
    };
    let report = import_with(&house, &[path], &options).await.expect("imported");
    assert_eq!((report.total().rejected, report.total().added), (1, 2), "{report}");
    assert!(report.has_rejects());
    assert_eq!(
        report.files[0].notes.0[&Note::NpiPrefix],
        1,
        "a first digit of 9 is odd, not wrong"
    );
    let text = fs::read_to_string(rejects).expect("the reject file");
    assert!(
        text.contains("npidata_pfile.csv,2,1234567892,NPI,the check digit of 1234567892 should be 3"),
        "{text}"
    );
}

#[tokio::test]
async fn a_provider_added_by_hand_is_filled_and_not_doubled() {
    let house = House::open().await;
    let by_hand = house.provider("Smith", Some(NPI)).await;
    import_rows(
        &house,
        &[&person(NPI, &[("Healthcare Provider Taxonomy Code_1", "207R00000X")])],
    )
    .await;
    let read = provider(&house, NPI).await.expect("there");
    assert_eq!((read.id, read.specialties.len()), (by_hand.id, 1));
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let gone = store::providers::deactivate(&mut tx, read.id, read.version, "left", noon())
        .await
        .expect("deactivated");
    tx.commit().await.expect("committed");
    import_rows(&house, &[&person(NPI, &[(FIRST, "JANET"), (UPDATED, "06/30/2026")])]).await;
    let after = provider(&house, NPI).await.expect("there");
    assert_eq!(
        (after.network_status, after.name.first.as_deref()),
        (gone.network_status, Some("Janet"))
    );
}
