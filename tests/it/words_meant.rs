//! What people mean who say it the other way round, of themselves, in a word that was parted or misspelt, or of a kind of care that
//! nobody here is listed for.

use super::words_names::{Words, provider};
use super::words_reading::{assert_read, world};

/// Never is the opposite understood of what was said.
#[test]
fn what_is_refused_is_never_asked_for() {
    assert_read(
        world(),
        &[
            (
                "never a male dentist houston",
                "is=122300000X at=Houston, TX not=gender=M",
            ),
            (
                "i refuse to see a man, dentist houston",
                "is=122300000X at=Houston, TX not=gender=M",
            ),
            (
                "uncomfortable with male doctors dentist houston",
                "is=122300000X at=Houston, TX not=gender=M",
            ),
            (
                "sin ser hombre dentista houston",
                "is=122300000X at=Houston, TX not=gender=M",
            ),
            (
                "anyone besides dr smith, dentist houston",
                "is=122300000X at=Houston, TX not=name=smith",
            ),
            (
                "hate dr garcia, need new pediatrician houston",
                "is=208000000X at=Houston, TX not=name=garcia",
            ),
            (
                "fired dr brown want new dentist in houston",
                "is=122300000X at=Houston, TX not=name=brown",
            ),
            // Whoever sees children, too, will do.
            (
                "dentist in houston but not one that only does kids",
                "is=122300000X at=Houston, TX",
            ),
            (
                "dentist that doesnt just do kids houston",
                "is=122300000X at=Houston, TX",
            ),
            // Nobody is shut out who speaks it.
            (
                "no necesito español, cardiologo houston",
                "is=207RC0000X at=Houston, TX",
            ),
            // What somebody never had is no wish.
            ("never been to a dentist houston", "is=122300000X at=Houston, TX"),
        ],
    );
}

/// A woman who is ill does not ask for a woman who treats her.
#[test]
fn who_is_ill_is_no_wish_for_who_treats_them() {
    assert_read(
        world(),
        &[
            ("i am a woman with acne houston", "is=207N00000X at=Houston, TX"),
            (
                "70 year old woman needs a dentist houston",
                "is=122300000X at=Houston, TX",
            ),
            ("65 year old man dentist houston", "is=122300000X at=Houston, TX"),
            ("old lady needs a dentist houston", "is=122300000X at=Houston, TX"),
            ("man with acne houston", "is=207N00000X at=Houston, TX"),
            ("female patient age 30 dentist houston", "is=122300000X at=Houston, TX"),
            ("pregnant woman dentist houston", "is=122300000X at=Houston, TX"),
            ("mujer con acne houston", "is=207N00000X at=Houston, TX"),
            ("dentist for an elderly man houston", "is=122300000X at=Houston, TX"),
            // Still wishes.
            ("female dentist houston", "is=122300000X gender=F at=Houston, TX"),
            ("dentist female houston", "is=122300000X gender=F at=Houston, TX"),
            (
                "looking for a woman dentist houston",
                "is=122300000X gender=F at=Houston, TX",
            ),
            ("i want a male dentist houston", "is=122300000X gender=M at=Houston, TX"),
        ],
    );
}

/// Words of keyboards and of dictation.
#[test]
fn parted_joined_and_misspelt_words_are_the_words_that_are_meant() {
    assert_read(
        world(),
        &[
            ("familydoctor houston", "is=207Q00000X at=Houston, TX"),
            ("heartdoctor houston", "is=207RC0000X at=Houston, TX"),
            ("femaledoctor houston", "gender=F at=Houston, TX"),
            (
                "spanishspeaking dentist houston",
                "is=122300000X language=es at=Houston, TX",
            ),
            ("dentistnearme houston", "is=122300000X at=Houston, TX"),
            ("card ologist houston", "is=207RC0000X at=Houston, TX"),
            ("pedia trician houston", "is=208000000X at=Houston, TX"),
            ("cairo practor houston", "is=111N00000X at=Houston, TX"),
            ("i doctor houston", "is=207W00000X at=Houston, TX"),
            ("ca rdiologist in dallas tx", "is=207RC0000X at=Dallas, TX"),
            ("femle dentist houston", "is=122300000X gender=F at=Houston, TX"),
            ("mlae dentist houston", "is=122300000X gender=M at=Houston, TX"),
            (
                "koean speaking dentist houston",
                "is=122300000X language=ko at=Houston, TX",
            ),
            (
                "dentist within 10 miels of houston",
                "is=122300000X at=Houston, TX miles=10.0",
            ),
            (
                "dentist vide visit houston",
                "is=122300000X telehealth=true at=Houston, TX",
            ),
            ("primarycaredoctor houston", "is=207Q00000X at=Houston, TX"),
            ("pediatriciannear 77002", "is=208000000X at=77002 Houston, TX"),
            ("dentist8n houston", "is=122300000X at=Houston, TX"),
            ("psychiatris t in houston", "is=2084P0800X at=Houston, TX"),
            ("primary car doctor houston", "is=207Q00000X at=Houston, TX"),
            ("heart doctor i houston", "is=207RC0000X at=Houston, TX"),
            // What is right stays so.
            ("physical therapist houston", "is=225100000X at=Houston, TX"),
            ("dr sam houston", "name=sam houston"),
        ],
    );
}

/// Words for ills lead to who treats them.
#[test]
fn words_of_ills_lead_to_who_treats_them() {
    assert_read(
        world(),
        &[
            ("canker sores", "is=122300000X"),
            ("pooping blood", "is=207RG0100X"),
            ("lump in my throat", "is=207Y00000X"),
            ("mouth ulcer", "is=122300000X"),
            ("contacts prescription", "is=152W00000X"),
            ("leak when i cough", "is=208800000X"),
            ("cellulitis", "is=261QU0200X"),
            ("varicocele", "is=208800000X"),
            ("spirometry", "is=207RP1001X"),
            ("meniere", "is=207Y00000X"),
            ("back cracker", "is=111N00000X"),
        ],
    );
}

/// A kind of care that nobody is listed for falls back to what is nearest to it, and that is told.
#[test]
fn a_kind_that_nobody_has_falls_back_to_the_nearest() {
    let world = Words::of(vec![
        provider(0, "Ada Lung", None, "207RP1001X"),
        provider(2, "Ann Cole", None, "208000000X"),
        provider(4, "Otto Ford", None, "207N00000X"),
    ]);
    let answer = world.ask(&[("q", "pediatric pulmonologist")]);
    let first = answer["results"][0]["specialties"][0]["code"].as_str();
    assert!(matches!(first, Some("208000000X" | "207RP1001X")), "{answer}");
    let told = answer["hint"].as_str().unwrap_or_default();
    assert!(
        told.contains("nobody here is listed as `Pediatric Pulmonology Physician`"),
        "{answer}"
    );
    // Of a trade that has no kin here nobody is shown.
    let answer = world.ask(&[("q", "homeopath")]);
    assert_eq!(answer["total"]["value"], 0, "{answer}");
}

/// A house by its whole name in its town is shown though it lacks what is wished, which is told; what leads to its name says nothing.
#[test]
fn a_house_is_found_within_a_sentence() {
    let world = Words::of(vec![
        provider(0, "Premier Medical Center", None, "261QP2300X"),
        provider(2, "Ann Cole", None, "208000000X"),
        provider(4, "Riverside Heart Clinic", None, "261QM1300X"),
    ]);
    for text in [
        "is premier medical center in houston tx open on saturday",
        "directions to premier medical center, houston tx",
        "who works at premier medical center houston tx",
        "my dad is at premier medical center in houston tx",
        "premier medical center houston tx spanish speaking",
        "does premier medical center in houston take new patients",
    ] {
        let answer = world.ask(&[("q", text)]);
        assert_eq!(
            answer["interpreted"]["name"], "premier medical center",
            "{text}: {answer}"
        );
        assert_eq!(
            answer["interpreted"]["place"]["label"], "Houston, TX",
            "{text}: {answer}"
        );
        assert_eq!(
            answer["results"][0]["name"], "Premier Medical Center",
            "{text}: {answer}"
        );
        let told = answer["hint"].as_str().unwrap_or_default();
        assert!(!told.contains("left out: houston"), "{text}: {told}");
    }
}

/// `surgeon` and `therapy` behind what somebody has: whoever operates on that or treats it, not the general surgeon or a counselor.
#[test]
fn what_somebody_has_says_which_surgeon_is_meant() {
    assert_read(
        world(),
        &[
            ("rotator cuff surgeon houston", "is=207X00000X at=Houston, TX"),
            ("deviated septum surgeon houston", "is=207Y00000X at=Houston, TX"),
            ("cataracts surgeon houston", "is=207W00000X at=Houston, TX"),
            ("surgeon houston", "is=208600000X at=Houston, TX"),
            ("bladder therapy houston", "is=208800000X at=Houston, TX"),
            ("knee pain therapy houston", "is=225100000X at=Houston, TX"),
            ("knee pain therapist houston", "is=225100000X at=Houston, TX"),
            ("anxiety therapist houston", "is=101YM0800X at=Houston, TX"),
            // What a house is says nothing beside a kind of care, whoever is called by it and the city.
            ("dermatology practice houston", "is=207N00000X at=Houston, TX"),
            ("dermatology group houston", "is=207N00000X at=Houston, TX"),
            // A city at the beginning, and a title that is none.
            ("houston area dentist", "is=122300000X at=Houston, TX"),
            ("houston best dentist", "is=122300000X at=Houston, TX"),
            ("dr urgent care houston", "is=261QU0200X at=Houston, TX"),
            ("physical therapist dr new york", "is=225100000X at=New York, NY"),
            ("therapy houston", "is=101YM0800X at=Houston, TX"),
            ("depression therapy houston", "is=103TC0700X at=Houston, TX"),
        ],
    );
}
