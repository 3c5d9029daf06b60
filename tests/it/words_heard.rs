//! Names that are heard or slip beside a kind of care or a title and a town, houses by the initials of their names, numbers however they
//! are typed: whoever is there is found, and nobody who is called so is hidden.

use std::sync::OnceLock;

use serde_json::Value;

use super::{
    words_names::{Town, Words, provider_in},
    words_reading::assert_read,
};

const AKRON: Town = ("Akron", "OH", "44308", 41.08, -81.52);
const BOISE: Town = ("Boise", "ID", "83702", 43.63, -116.2);
const TACOMA: Town = ("Tacoma", "WA", "98402", 47.25, -122.44);

const DENTIST: &str = "122300000X";
const FAMILY: &str = "207Q00000X";

/// A name, what they do, and where they are.
const ROWS: &[(&str, &str, Town)] = &[
    ("Rosa Garcia", FAMILY, AKRON),
    ("Carl Wong", DENTIST, AKRON),
    ("Mei Wang", DENTIST, BOISE),
    ("Otis Knight", FAMILY, BOISE),
    ("Ada Fredericks", FAMILY, BOISE),
    ("Paul Ford", FAMILY, BOISE),
    ("Lena Buchanan", DENTIST, TACOMA),
    ("Hugh Neill", FAMILY, TACOMA),
    ("Mercy General Center", "282N00000X", TACOMA),
    ("Obgyn Center", "207V00000X", BOISE),
    ("Mountain Gate Home Center LLC", "251E00000X", TACOMA),
];

fn world() -> &'static Words {
    static WORLD: OnceLock<Words> = OnceLock::new();
    WORLD.get_or_init(|| {
        let rows = (0..).zip(ROWS).map(|(number, (name, code, place))| {
            let mut row = provider_in(number, name, code, *place);
            if name.contains("Center") {
                row.category = "facility".to_owned();
            }
            row
        });
        Words::of(rows.collect())
    })
}

fn first(answer: &Value) -> &str {
    answer["results"][0]["name"].as_str().unwrap_or_default()
}

/// Who is first for a sentence, and what of the hint tells why.
#[test]
fn whoever_is_heard_or_misspelt_is_found_where_they_are() {
    for (q, name, told) in [
        // A slip beside a kind of care.
        (
            "family doctor gwrcia akron oh",
            "Rosa Garcia",
            "`gwrcia` is taken for `garcia`, who is there",
        ),
        (
            "dentist bukhanan tacoma wa",
            "Lena Buchanan",
            "`bukhanan` is taken for `buchanan`",
        ),
        ("doctor garciaa akron oh", "Rosa Garcia", ""),
        // Somebody is written so, elsewhere.
        (
            "dentist wang akron oh",
            "Carl Wong",
            "nobody of the very name `wang` is near Akron, OH",
        ),
        // A word that is nobody's name and sounds like one.
        ("dr night boise id", "Otis Knight", ""),
        ("dr night in boise id", "Otis Knight", ""),
        ("doctor knigth boise id", "Otis Knight", ""),
        ("doctor neal tacoma wa", "Hugh Neill", ""),
        // Rather the beginning of a name.
        ("dr fred boise id", "Ada Fredericks", ""),
        // Who is written so comes first.
        ("dentist wang boise id", "Mei Wang", ""),
        // Houses by their initials.
        (
            "mgc tacoma wa",
            "Mercy General Center",
            "`mgc` is taken for the initials of who is called `mercy general center`",
        ),
        (
            "Mountain Gate Home Center, L.L.C. Tacoma WA",
            "Mountain Gate Home Center LLC",
            "",
        ),
        ("mghc tacoma", "Mountain Gate Home Center LLC", "initials"),
    ] {
        let answer = world().ask(&[("q", q)]);
        assert_eq!(first(&answer), name, "{q}: {answer}");
        let hint = answer["hint"].as_str().unwrap_or_default();
        assert!(hint.contains(told), "{q}: {answer}");
    }
    assert_read(
        world(),
        &[
            // A town in short is no initials, nor is anybody whose trade is another.
            ("dentist nyc", "is=122300000X at=New York, NY"),
            ("dentist gwrcia boise id", "is=122300000X at=Boise, ID"),
        ],
    );
}

/// A number is one however its digits are parted.
#[test]
fn numbers_are_found_however_they_are_typed() {
    let npi = world().ask(&[("q", "Rosa Garcia")])["results"][0]["npi"]
        .as_str()
        .expect("an NPI")
        .to_owned();
    let apart: Vec<String> = npi.chars().map(String::from).collect();
    for q in [
        apart.join(" "),
        format!("{}\u{200b}{}", &npi[..5], &npi[5..]),
        format!("https://pages.example/provider-view/{npi}"),
        format!("http://pages.example/sid/us-npi|{npi}"),
    ] {
        let answer = world().ask(&[("q", &q)]);
        assert_eq!(first(&answer), "Rosa Garcia", "{q}: {answer}");
    }
    for q in [
        "area code 713 number 5550103",
        "area code 713 and 555 0103",
        "713 555 01 03",
        "713 5550103",
        "0017135550103",
        "7 1 3 5 5 5 0 1 0 3",
        "1 7 1 3 5 5 5 0 1 0 3",
    ] {
        let answer = world().ask(&[("q", q)]);
        assert_eq!(answer["interpreted"]["phone"], "7135550103", "{q}: {answer}");
    }
}

/// A wish that keeps everybody out makes no name of the kind of care: that is told, and no house elsewhere is shown for it.
#[test]
fn a_wish_makes_no_name_of_a_kind_of_care() {
    let answer = world().ask(&[("q", "obgyn open sunday tacoma wa")]);
    assert_eq!(answer["interpreted"]["specialty"][0], "207V00000X", "{answer}");
    assert!(answer["interpreted"]["name"].is_null(), "{answer}");
    assert_eq!(answer["results"], serde_json::json!([]), "{answer}");
    assert!(
        answer["hint"].as_str().is_some_and(|told| told.contains("open then")),
        "{answer}"
    );
}
