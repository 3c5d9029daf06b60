//! Which of several towns of one name is meant, whose surname stands before a town, and where is looked for whoever is not in one.

use std::sync::OnceLock;

use provider_directory::vocab::place::Point;
use serde_json::Value;

use super::{
    words_names::{Words, provider},
    words_reading::assert_read,
};

/// A city, its state, its county, a ZIP and where that is.
type Town = (&'static str, &'static str, &'static str, &'static str, f64, f64);

const BROOKLYN: Town = ("Brooklyn", "NY", "Kings", "11201", 40.69, -73.99);
const NEW_YORK: Town = ("New York", "NY", "New York", "10001", 40.75, -73.99);
const FLUSHING: Town = ("Flushing", "NY", "Queens", "11354", 40.77, -73.83);
const JACKSON: Town = ("Jackson", "MS", "Hinds", "39201", 32.29, -90.18);
const SPRINGFIELD_MO: Town = ("Springfield", "MO", "Greene", "65806", 37.21, -93.29);
const SPRINGFIELD_MA: Town = ("Springfield", "MA", "Hampden", "01103", 42.1, -72.59);
const COLUMBUS_OH: Town = ("Columbus", "OH", "Franklin", "43215", 39.97, -83.0);
const COLUMBUS_GA: Town = ("Columbus", "GA", "Muscogee", "31901", 32.46, -84.98);
const COLCHESTER: Town = ("Colchester", "VT", "Chittenden", "05446", 44.54, -73.15);
const HURON: Town = ("Huron", "SD", "Beadle", "57350", 44.36, -98.21);
const SENECA: Town = ("Seneca", "SC", "Oconee", "29672", 34.69, -82.95);
const GREENVILLE: Town = ("Greenville", "SC", "Greenville", "29601", 34.85, -82.39);

const CHICAGO: Town = ("Chicago", "IL", "Cook", "60601", 41.88, -87.62);

/// A name, what they do, and where they are.
const ROWS: &[(&str, &str, Town)] = &[
    ("Ann Torres", "208000000X", BROOKLYN),
    ("Bert Fernandez", "208000000X", NEW_YORK),
    ("Rena Lopez", "122300000X", FLUSHING),
    ("Colette Bryant", "122300000X", NEW_YORK),
    ("Otis Jackson", "207Q00000X", JACKSON),
    ("Jackson Denver", "207Q00000X", COLUMBUS_GA),
    ("Michele Eldridge", "122300000X", SPRINGFIELD_MO),
    ("Odessa Birdsong", "122300000X", SPRINGFIELD_MA),
    ("Rita Paolucci", "103T00000X", COLUMBUS_GA),
    ("Pauline Wren", "103T00000X", COLUMBUS_OH),
    ("Luis Garza", "106S00000X", COLCHESTER),
    ("Maureen Davis", "106S00000X", COLUMBUS_OH),
    ("Gary Anderson", "363L00000X", HURON),
    ("Amy Park", "363L00000X", COLUMBUS_OH),
    ("Joan McCarty", "207R00000X", SENECA),
    ("Maria Anderson", "207R00000X", GREENVILLE),
    ("Lena Brown", "101Y00000X", SPRINGFIELD_MA),
    ("Ada Johnson", "207Q00000X", CHICAGO),
    ("Ida Smyth", "122300000X", COLUMBUS_OH),
    ("Robert Fischer", "207Q00000X", HURON),
    ("Alfonso Fisher", "207Q00000X", JACKSON),
    ("Darren Fisher", "207Q00000X", JACKSON),
    ("Rose Fisher", "207Q00000X", SENECA),
];

fn world() -> &'static Words {
    static WORLD: OnceLock<Words> = OnceLock::new();
    WORLD.get_or_init(|| {
        let rows = (0..).zip(ROWS).map(|(number, (name, code, place))| {
            let mut row = provider(number, name, None, code);
            let (city, state, county, zip, lat, lon) = *place;
            let location = &mut row.locations[0];
            location.city = Some(city.to_owned());
            location.state = Some(state.to_owned());
            location.county = Some(county.to_owned());
            location.postal_code = Some(zip.to_owned());
            location.point = Point::from_degrees(lat, lon);
            row
        });
        Words::of(rows.collect())
    })
}

fn names(answer: &Value) -> Vec<&str> {
    let results = answer["results"].as_array().expect("results").iter();
    results.map(|card| card["name"].as_str().unwrap_or_default()).collect()
}

#[test]
fn a_surname_stands_before_the_town_that_it_is_borne_in() {
    assert_read(
        world(),
        &[
            // Called like their town; behind a state it is a town in any case.
            ("dr jackson jackson ms", "name=jackson at=Jackson, MS"),
            ("dr jackson jackson", "name=jackson at=Jackson, MS"),
            // Whose office it is, is a surname.
            ("McCarty's office Seneca", "name=mccarty at=Seneca, SC"),
            // Beside a kind of care the last words are a town, if somebody of that surname is there.
            (
                "behavior tech garza colchester",
                "is=106S00000X name=garza at=Colchester, VT",
            ),
            ("internist mccarty seneca", "is=207R00000X name=mccarty at=Seneca, SC"),
            (
                "psychologist paolucci columbus",
                "is=103T00000X name=paolucci at=Columbus, GA",
            ),
            (
                "nurse practitioner anderson huron",
                "is=363L00000X name=anderson at=Huron, SD",
            ),
            // Only where they are for that kind of care.
            ("brown dentist springfield", "is=122300000X at=Springfield, MO"),
            // A city is misspelt as well as a name.
            ("dr jhonson chicgo", "name=johnson at=Chicago, IL"),
            ("dentist colombus smyth", "is=122300000X name=smyth at=Columbus, OH"),
            // A given name before a surname that is a town's is one name.
            ("internist maria anderson", "is=207R00000X name=maria anderson"),
        ],
    );
    let answer = world().ask(&[("q", "psychologist paolucci columbus")]);
    assert_eq!(
        answer["hint"],
        "`columbus` is taken for Columbus, GA, where somebody of that name is; for Columbus, OH add its state",
        "{answer}"
    );
}

/// Of several towns of a name the one near whoever asks, else the greatest; then the others are told.
#[test]
fn the_nearest_of_several_towns_is_meant() {
    let near = world().ask(&[("q", "dentist in springfield"), ("near", "42.2,-72.5")]);
    assert_eq!(near["interpreted"]["place"]["label"], "Springfield, MA", "{near}");
    assert_eq!(names(&near)[0], "Odessa Birdsong", "{near}");
    assert_eq!(near["hint"], Value::Null, "{near}");
    let greatest = world().ask(&[("q", "dentist in springfield")]);
    assert_eq!(
        greatest["interpreted"]["place"]["label"], "Springfield, MO",
        "{greatest}"
    );
    assert_eq!(
        greatest["hint"],
        "`springfield` is taken for Springfield, MO; for Springfield, MA or Springfield, IL or Springfield, VA add the state",
        "{greatest}"
    );
    // Far from all of them the greatest is meant; a place that somebody chose goes before the text.
    let far = world().ask(&[("q", "dentist in springfield"), ("near", "29.76,-95.37")]);
    assert_eq!(far["interpreted"]["place"]["label"], "Springfield, MO", "{far}");
    let stated = world().ask(&[("q", "dentist in springfield mo")]);
    assert_eq!(stated["hint"], Value::Null, "{stated}");
    // A great city is meant by its name, whatever village is nearer.
    let great = world().ask(&[("q", "psychologist columbus"), ("near", "39.2,-85.9")]);
    assert_ne!(great["interpreted"]["place"]["label"], "Columbus, GA", "{great}");
}

/// Whoever is not wanted in a town is looked for around it, and nowhere else.
#[test]
fn who_is_not_in_a_town_is_looked_for_around_it() {
    let answer = world().ask(&[("q", "pediatrician not in Brooklyn New York")]);
    assert_eq!(names(&answer), ["Bert Fernandez"], "{answer}");
    assert_eq!(
        answer["hint"], "shown are those nearest to Brooklyn, NY who are not in it",
        "{answer}"
    );
    // On letters stand the parts of Queens.
    let answer = world().ask(&[("q", "dentist not in Queens")]);
    assert_eq!(names(&answer)[0], "Colette Bryant", "{answer}");
    assert!(!names(&answer).contains(&"Rena Lopez"), "{answer}");
    // Where another place is said, that is the one.
    let answer = world().ask(&[("q", "dentist not in brooklyn but in springfield mo")]);
    assert_eq!(names(&answer)[0], "Michele Eldridge", "{answer}");
    let answer = world().ask(&[("q", "dentist not in queens"), ("near", "37.2,-93.3")]);
    assert_eq!(names(&answer)[0], "Michele Eldridge", "{answer}");
}

/// A house that is called after a saint is no town of that name.
#[test]
fn a_house_of_a_saint_is_no_town() {
    assert_read(
        world(),
        &[
            ("pediatrician at st mary hospital", "is=208000000X"),
            ("pediatrician in st louis", "is=208000000X at=Saint Louis, MO"),
            // States by their Spanish names.
            ("dentista en Nueva Jersey", "is=122300000X at=New Jersey"),
            ("dentista en carolina del norte", "is=122300000X at=North Carolina"),
        ],
    );
}

/// A name that many bear, none of them there, is that of whoever is called like it there; and a name that nobody of that trade has
/// is one, and not something that was not understood.
#[test]
fn a_name_that_many_bear_elsewhere_is_like_one_there() {
    let answer = world().ask(&[("q", "dr fisher huron sd")]);
    assert_eq!(names(&answer), ["Robert Fischer"], "{answer}");
    let answer = world().ask(&[("q", "paolucci psychologist columbus oh")]);
    assert_eq!(names(&answer).first(), Some(&"Pauline Wren"), "{answer}");
    assert_eq!(
        answer["hint"], "nobody of the name `paolucci` is found near there for that kind of care",
        "{answer}"
    );
}
