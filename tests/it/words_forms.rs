//! What people paste: forms, tables, letters apart, pictures, other scripts.

use super::words_reading::{assert_read, world};

#[test]
fn forms_are_read_without_their_labels() {
    assert_read(
        world(),
        &[
            (
                "Name: Laura Smith\nSpecialty: Dermatology\nZIP: 77030",
                "is=207N00000X name=laura smith at=77030 Houston, TX",
            ),
            (
                "First name: Maria\nLast name: Garcia\nCity: Houston\nState: TX",
                "name=maria garcia at=Houston, TX",
            ),
            (
                "Specialty: Dermatology | Location: Boston, MA | Insurance: Medicaid | Accepting new patients: Yes",
                "is=207N00000X accepting_new_patients=true at=Boston, MA networks=4",
            ),
            (
                "Specialty: Dermatology; Gender: F; Language: Spanish; Telehealth: no",
                "is=207N00000X language=es gender=F",
            ),
            ("Accepting new patients: No\nSpecialty: dentist", "is=122300000X"),
            ("NPI: 1245319599", "npi=1245319599"),
            ("Provider name: SMITH, LAURA MD", "name=smith laura"),
        ],
    );
    let answer = world().ask(&[("q", "Specialty: dentist\nDOB: 03/04/1980\nMember ID: 12345678")]);
    assert_eq!(answer["interpreted"]["specialty"][0], "122300000X", "{answer}");
    let hint = answer["hint"].as_str().unwrap_or_default();
    assert!(
        hint.contains("`dob` says nothing") && hint.contains("`member id`"),
        "{hint}"
    );
}

#[test]
fn letters_apart_are_words() {
    assert_read(
        world(),
        &[
            ("d e n t i s t", "is=122300000X"),
            ("d e n t i s t  b o s t o n", "is=122300000X at=Boston, MA"),
            ("d e n t i s t i n b o s t o n", "is=122300000X at=Boston, MA"),
        ],
    );
}

#[test]
fn pictures_and_other_scripts_mean_something_or_nothing() {
    assert_read(
        world(),
        &[
            ("\u{1f9b7}", "is=122300000X"),
            ("\u{1f476} doctor", "is=208000000X"),
            ("\u{2764}\u{fe0f} doctor houston", "is=207RC0000X at=Houston, TX"),
            ("dentist \u{1f600} \u{2764}\u{fe0f}", "is=122300000X"),
            ("que hable español cerca de mí", "language=es"),
            ("кардиолог", "is=207RC0000X"),
            ("стоматолог Houston", "is=122300000X at=Houston, TX"),
            ("附近的牙医", "is=122300000X"),
            ("说中文的儿科医生", "is=208000000X language=cmn"),
            ("치과 10013", "is=122300000X at=10013 New York, NY"),
        ],
    );
}
