//! Words of a box that no map and no name explains: vague places, streets, words that are like nobody's name.

use super::words_names::{Words, provider};
use super::words_reading::{assert_read, world};

#[test]
fn vague_places_are_left_out_and_that_is_told() {
    for (text, told) in [
        ("dentist in the valley", "`valley` is no place"),
        ("dentist in the suburbs", "`suburbs` is no place"),
        ("dentist near the mall", "`mall` is no place"),
        ("dentist by the airport", "`airport` is no place"),
        ("dentist downtown", "`downtown` is no place"),
        ("dentist near the train station", "`train station` is no place"),
        ("dentist on main st", "`on main st` is a street"),
        ("dentist std testing free", "of `free`"),
    ] {
        let answer = world().ask(&[("q", text)]);
        let hint = answer["hint"].as_str().unwrap_or_default();
        assert!(hint.contains(told), "{text}: {hint}");
        let read = &answer["interpreted"];
        assert!(read["place"].is_null() && read["name"].is_null(), "{text}: {read}");
        assert_eq!(read["specialty"][0], "122300000X", "{text}: {read}");
    }
    assert_read(
        world(),
        &[
            ("dentist in downtown houston", "is=122300000X at=Houston, TX"),
            ("dentist downtown houston", "is=122300000X at=Houston, TX"),
            ("dentist in the bronx", "is=122300000X at=Bronx, NY"),
            ("dentist in the woodlands tx", "is=122300000X at=Spring, TX"),
            ("dentist near the airport in dallas", "is=122300000X at=Dallas, TX"),
            ("dentist in valley stream ny", "is=122300000X at=Valley Stream, NY"),
            ("a doctor called maria garcia", "name=maria garcia"),
            ("a doctor for my hart in houston", "is=207RC0000X at=Houston, TX"),
            ("pediatrishun", "is=208000000X"),
            ("smith or garcia dermatologist", "is=207N00000X name=smith"),
        ],
    );
}

/// Beside a kind of care a word that is merely like a name is none.
#[test]
fn a_word_that_is_like_a_name_is_not_looked_for_beside_a_kind_of_care() {
    let world = Words::of(vec![
        provider(0, "Riverside Station Center", None, "261QD0000X"),
        provider(2, "Ann Lee", None, "122300000X"),
        provider(4, "Bea Garcia", None, "122300000X"),
        provider(6, "Station Dental Clinic", None, "122300000X"),
    ]);
    let answer = world.ask(&[("q", "dentist that does sedation")]);
    assert!(answer["interpreted"]["name"].is_null(), "{answer}");
    let hint = answer["hint"].as_str().unwrap_or_default();
    assert!(hint.contains("not understood, so left out: sedation"), "{hint}");
    // A slip in somebody's name is forgiven.
    let answer = world.ask(&[("q", "dentist garcai")]);
    assert_eq!(answer["results"][0]["name"], "Bea Garcia", "{answer}");
}
