//! Places that are no towns in the one box: regions, airports, universities, bases, area codes; towns and states in short.

use std::collections::HashSet;

use provider_directory::{index::schema::Handle, vocab::names::words};

use super::words_reading::{assert_read, world};

#[test]
fn landmarks_are_places_to_measure_from() {
    assert_read(
        world(),
        &[
            (
                "dentist central florida",
                "is=122300000X at=Central Florida (Orlando, FL) miles=60.0",
            ),
            (
                "central florida dentist",
                "is=122300000X at=Central Florida (Orlando, FL) miles=60.0",
            ),
            (
                "dentist in the lehigh valley",
                "is=122300000X at=Lehigh Valley (Allentown, PA) miles=25.0",
            ),
            (
                "dentist west texas",
                "is=122300000X at=West Texas (Midland, TX) miles=150.0",
            ),
            (
                "dentist in south jersey nj",
                "is=122300000X at=South Jersey (Cherry Hill, NJ) miles=40.0",
            ),
            (
                "female dentist in the bay area",
                "is=122300000X gender=F at=San Francisco Bay Area (San Francisco, CA) miles=40.0",
            ),
            (
                "dentist dfw area",
                "is=122300000X at=Dallas-Fort Worth (Dallas, TX) miles=40.0",
            ),
            // A hamlet may be called so.
            (
                "dentist near times square",
                "is=122300000X at=Times Square (New York, NY)",
            ),
            (
                "dentist near central park",
                "is=122300000X at=Central Park (New York, NY)",
            ),
            (
                "dentist near disney world",
                "is=122300000X at=Walt Disney World (Orlando, FL)",
            ),
            // How far somebody says goes first.
            (
                "dentist within 5 miles of jfk",
                "is=122300000X at=John F. Kennedy International Airport (Jamaica, NY) miles=5.0",
            ),
            (
                "dentist near o'hare",
                "is=122300000X at=O'Hare International Airport (Chicago, IL)",
            ),
            (
                "dentist near logan airport boston",
                "is=122300000X at=Logan International Airport (Boston, MA)",
            ),
            (
                "therapist near university of michigan",
                "is=101YM0800X at=University of Michigan (Ann Arbor, MI)",
            ),
            (
                "dentist near ohio state",
                "is=122300000X at=Ohio State University (Columbus, OH)",
            ),
            (
                "dentist near lackland afb",
                "is=122300000X at=Lackland Air Force Base (San Antonio, TX)",
            ),
            ("dentist in the 305", "is=122300000X at=Area code 305 (Miami, FL)"),
            ("dentist area code 713", "is=122300000X at=Area code 713 (Houston, TX)"),
            ("dentist wpb", "is=122300000X at=West Palm Beach, FL"),
            // Towns of these names, and houses.
            ("dentist jersey shore pa", "is=122300000X at=Jersey Shore, PA"),
            ("dentist texas", "is=122300000X at=Texas"),
        ],
    );
    let answer = world().ask(&[("near", "JFK"), ("specialty", "122300000X")]);
    assert!(answer["results"].is_array(), "{answer}");
    let answer = world().ask(&[("near", "Twin Cities (Minneapolis, MN)")]);
    assert!(answer["results"].is_array(), "{answer}");
}

/// Who asks for care at a hospital of great name means where it is, and no town that is called like a part of it.
#[test]
fn hospitals_of_great_name_are_where_they_are() {
    assert_read(
        world(),
        &[
            (
                "dentist at MD Anderson",
                "is=122300000X at=MD Anderson Cancer Center (Houston, TX)",
            ),
            ("dentist at Mayo Clinic", "is=122300000X at=Mayo Clinic (Rochester, MN)"),
            (
                "dentist at Johns Hopkins",
                "is=122300000X at=Johns Hopkins Hospital (Baltimore, MD)",
            ),
            (
                "dentist near Boston Children's",
                "is=122300000X at=Boston Children's Hospital (Boston, MA)",
            ),
            (
                "dentist near Cedars Sinai",
                "is=122300000X at=Cedars-Sinai Medical Center (Los Angeles, CA)",
            ),
            ("dentist anderson sc", "is=122300000X at=Anderson, SC"),
        ],
    );
}

/// A landmark whose city the gazetteer lacks would be left out unseen.
#[test]
fn each_landmark_has_its_city() {
    let lexicon = Handle::embedded().lexicon();
    let table = include_str!("../../index_schema/landmarks.csv");
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let mut known = HashSet::new();
    for row in rows.records() {
        let row = row.expect("a row");
        let landmark = lexicon.gazetteer.landmark_called(&words(&row[0]).join(" "));
        let landmark = landmark.unwrap_or_else(|| panic!("{}: no such city", &row[0]));
        assert_eq!(landmark.place.state, row[3], "{}", &row[0]);
        // Where a point is given, it lies by its city.
        let city = lexicon.gazetteer.city(&row[2], &row[3]).expect("its city");
        let apart = (city.point.lat() - landmark.place.point.lat()).abs()
            + (city.point.lon() - landmark.place.point.lon()).abs();
        assert!(apart < 3.0, "{}: {apart} degrees from {}", &row[0], city.label);
        assert!(known.insert(row[0].to_owned()), "{}", &row[0]);
    }
    assert!(known.len() > 900);
}

#[test]
fn towns_and_states_in_short_are_written_out() {
    assert_read(
        world(),
        &[
            ("dentist glenwood spgs co", "is=122300000X at=Glenwood Springs, CO"),
            ("dentist citrus hts ca", "is=122300000X at=Citrus Heights, CA"),
            ("dentist long is cty ny", "is=122300000X at=Long Island City, NY"),
            ("dentist lk cty sc", "is=122300000X at=Lake City, SC"),
            ("dentist west vly cty utah", "is=122300000X at=West Valley City, UT"),
            ("dentist moreno vly", "is=122300000X at=Moreno Valley, CA"),
            ("dentist charleston s carolina", "is=122300000X at=Charleston, SC"),
            ("dentist huntington w virginia", "is=122300000X at=Huntington, WV"),
            ("dentist huntington w.va.", "is=122300000X at=Huntington, WV"),
            ("dentist in N.Mex.", "is=122300000X at=New Mexico"),
            ("dentist in Colo.", "is=122300000X at=Colorado"),
            ("dentist in Ark.", "is=122300000X at=Arkansas"),
            ("therapist tex", "is=101YM0800X at=Texas"),
            // A great town of two words, of which the second is misspelt.
            ("dentist las vegass", "is=122300000X at=Las Vegas, NV"),
            ("dentist colorado sprengs", "is=122300000X at=Colorado Springs, CO"),
            ("dentist new orleands", "is=122300000X at=New Orleans, LA"),
            // Longer names, and what is no state.
            ("dentist in penn hills", "is=122300000X at=Penn Hills, PA"),
        ],
    );
}
