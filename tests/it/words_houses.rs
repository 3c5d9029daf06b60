//! Houses by their names: whoever types the whole of one finds it first, by the interface as on the page.

use provider_directory::vocab::place::Point;

use super::words_names::{Words, provider};

fn names(answer: &serde_json::Value) -> Vec<&str> {
    let results = answer["results"].as_array().into_iter().flatten();
    results.filter_map(|card| card["name"].as_str()).collect()
}

/// A house of that very name comes before those that have more words, whatever their rank and their distance.
#[test]
fn the_whole_name_of_a_house_comes_first() {
    let mut rows = vec![
        provider(0, "Cleveland Clinic Pharmacy Center", None, "333600000X"),
        provider(2, "Cleveland Clinic Heart Center", None, "207RC0000X"),
        provider(4, "Cleveland Clinic", None, "282N00000X"),
        provider(6, "Ann Cleveland", None, "261Q00000X"),
        provider(8, "Lakeside Clinic", None, "261Q00000X"),
        provider(1, "Fresenius Kidney Care Houston Center", None, "261QE0700X"),
        provider(3, "Fresenius Kidney Care Center", None, "261QE0700X"),
    ];
    // Nearer, and verified: nothing outweighs the name.
    rows[0].verified_at = Some(super::words_names::today());
    rows[2].locations[0].point = Point::from_degrees(29.9, -95.4);
    let world = Words::of(rows);
    for (text, near, first) in [
        ("cleveland clinic", None, "Cleveland Clinic"),
        ("clevland clinic", None, "Cleveland Clinic"),
        ("Cleveland Clinic LLC", None, "Cleveland Clinic"),
        ("cleveland clinic", Some("77030"), "Cleveland Clinic"),
        ("fresenius kidney care center", None, "Fresenius Kidney Care Center"),
    ] {
        let mut asked = vec![("q", text)];
        asked.extend(near.map(|near| ("near", near)));
        let answer = world.ask(&asked);
        assert_eq!(names(&answer).first(), Some(&first), "{text}: {answer}");
    }
    // What the words mean besides stands beside it.
    let answer = world.ask(&[("q", "cleveland clinic")]);
    assert_eq!(answer["interpreted"]["name"], "cleveland clinic", "{answer}");
    // A kind of house alone is no name.
    let answer = world.ask(&[("q", "clinic")]);
    assert!(answer["interpreted"]["name"].is_null(), "{answer}");
}

/// Of several towns of a name the one in which the house is.
#[test]
fn the_town_behind_a_name_is_where_somebody_is_called_so() {
    let mut rows = vec![
        provider(0, "Mayo Clinic", None, "282N00000X"),
        provider(2, "Mayo Medical Center", None, "282N00000X"),
    ];
    for row in &mut rows {
        let here = &mut row.locations[0];
        here.city = Some("Rochester".to_owned());
        here.state = Some("MN".to_owned());
        here.postal_code = Some("55905".to_owned());
        here.point = Point::from_degrees(44.02, -92.48);
    }
    let world = Words::of(rows);
    let answer = world.ask(&[("q", "mayo clinic rochester")]);
    assert_eq!(answer["interpreted"]["place"]["label"], "Rochester, MN", "{answer}");
    assert_eq!(names(&answer).first(), Some(&"Mayo Clinic"), "{answer}");
    assert!(answer["expanded_radius_miles"].is_null(), "{answer}");
}

/// A state is one, though houses are called after it; a name that nobody bears is told as it was typed.
#[test]
fn what_only_houses_are_called_after_is_a_state() {
    let world = Words::of(vec![
        provider(0, "Texas Eye Clinic", None, "207W00000X"),
        provider(2, "Virginia Lee", None, "207W00000X"),
    ]);
    let answer = world.ask(&[("q", "texas")]);
    assert_eq!(answer["interpreted"]["place"]["label"], "Texas", "{answer}");
    let answer = world.ask(&[("q", "virginia")]);
    assert_eq!(answer["interpreted"]["name"], "virginia", "{answer}");
}

/// Where nobody of a name is of the kind that is asked for, whoever is called so is shown, and beside them those of the kind.
#[test]
fn a_kind_of_care_is_offered_beside_a_name() {
    let world = Words::of(vec![
        provider(0, "Emily Hart", None, "163W00000X"),
        provider(2, "Ann Lee", None, "207RC0000X"),
    ]);
    let answer = world.ask(&[("q", "dr hart heart doctor")]);
    assert_eq!(names(&answer), ["Emily Hart"], "{answer}");
    assert_eq!(answer["other_readings"][0]["results"][0]["name"], "Ann Lee", "{answer}");
    let both = Words::of(vec![
        provider(0, "Emily Hart", None, "163W00000X"),
        provider(2, "Ada Hart", None, "207RC0000X"),
    ]);
    let answer = both.ask(&[("q", "dr hart heart doctor")]);
    assert_eq!(names(&answer), ["Ada Hart"], "{answer}");
}
