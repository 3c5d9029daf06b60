//! Who needs help at once: whom to call is told, the place that was said is kept, and the care that helps is shown instead of
//! everybody.

use std::sync::OnceLock;

use super::words_names::{Words, provider};

fn world() -> &'static Words {
    static WORLD: OnceLock<Words> = OnceLock::new();
    WORLD.get_or_init(|| {
        let names = [
            ("Bayou Medical Center", "282N00000X"),
            ("Ada Lind", "101YM0800X"),
            ("Otto Skin", "207N00000X"),
            ("Arm Tingley", "207Q00000X"),
            ("Sarah Ending", "207Q00000X"),
        ];
        let all = (0..).zip(names);
        Words::of(all.map(|(n, (name, code))| provider(n, name, None, code)).collect())
    })
}

/// What is said, a number that is told, and who is shown first.
const CALLS: &[(&str, &str, &str)] = &[
    ("i don't want to live anymore", "988", "Ada Lind"),
    ("no reason to live houston", "988", "Ada Lind"),
    ("i do not want to be alive", "988", "Ada Lind"),
    ("me quiero matar", "988", "Ada Lind"),
    ("thinking about ending it", "988", "Ada Lind"),
    ("thoughts of suicide", "988", "Ada Lind"),
    ("kms", "988", "Ada Lind"),
    ("988", "988", "Ada Lind"),
    ("my teenage daughter cuts herself we need help in houston", "988", ""),
    ("chest hurts left arm tingly houston", "911", ""),
    ("stroke symptoms face drooping houston", "911", ""),
    ("throat closing up", "911", ""),
    ("bleeding wont stop houston", "911", "Bayou Medical Center"),
    ("she is not breathing", "911", ""),
    ("cant wake him up houston", "911", "Bayou Medical Center"),
    ("someone is unconscious", "911", "Bayou Medical Center"),
    ("911", "911", "Bayou Medical Center"),
    ("poison control", "1-800-222-1222", "Bayou Medical Center"),
    ("i took too many pills", "1-800-222-1222", "Bayou Medical Center"),
    ("i was raped", "1-800-656-4673", "Ada Lind"),
    ("sexual assault houston", "1-800-656-4673", "Ada Lind"),
    ("my husband hits me need help houston", "1-800-799-7233", "Ada Lind"),
    ("domestic violence shelter houston", "1-800-799-7233", "Ada Lind"),
    ("mi marido me pega", "1-800-799-7233", "Ada Lind"),
    ("child abuse hotline", "1-800-422-4453", ""),
    ("he beats my son", "1-800-422-4453", ""),
    ("i cant do this anymore i want to end it", "988", "Ada Lind"),
    ("i wish i was dead houston", "988", "Ada Lind"),
    ("nobody would miss me if i was gone", "988", "Ada Lind"),
    ("tired of living", "988", "Ada Lind"),
    ("i want to disappear", "988", "Ada Lind"),
    ("my daughter is cutting houston", "988", ""),
    ("my dad cant move his left arm houston", "911", ""),
    ("swollen tongue houston", "911", ""),
    ("pensamientos suicidas", "988", "Ada Lind"),
    ("veterans crisis line", "988", "Ada Lind"),
    ("took whole bottle of tylenol", "1-800-222-1222", "Bayou Medical Center"),
    ("took 30 advil houston", "1-800-222-1222", "Bayou Medical Center"),
    ("my toddler drank windex", "1-800-222-1222", ""),
    ("mi hijo se tragó una moneda", "1-800-222-1222", ""),
    ("husband collapsed", "911", "Bayou Medical Center"),
    ("seizure wont stop", "911", ""),
    ("sudden numbness on left side", "911", ""),
    ("elephant on my chest", "911", ""),
    ("lips swelling after bee sting", "911", ""),
    ("stabbed", "911", "Bayou Medical Center"),
    ("drowning", "911", "Bayou Medical Center"),
    ("se está ahogando mi bebé", "911", ""),
    ("grandma fell and hit her head shes confused", "911", ""),
    ("scared of my husband", "1-800-799-7233", "Ada Lind"),
    ("my stepdad touches me", "1-800-799-7233", "Ada Lind"),
    ("human trafficking", "1-800-799-7233", "Ada Lind"),
];

#[test]
fn who_needs_help_is_told_whom_to_call_and_shown_who_helps() {
    let mut faults = Vec::new();
    for (text, number, first) in CALLS {
        let answer = world().ask(&[("q", text)]);
        let told = answer["hint"].as_str().unwrap_or_default();
        if !told.contains(number) || told.contains("everybody") || told.contains("nobody") {
            faults.push(format!("{text}: told {told}"));
        }
        let place = &answer["interpreted"]["place"]["label"];
        if text.contains("houston") && place != "Houston, TX" {
            faults.push(format!("{text}: at {place}"));
        }
        if answer["interpreted"]["specialty"].is_null() {
            faults.push(format!("{text}: everybody is shown"));
        }
        let shown = &answer["results"][0]["name"];
        if !first.is_empty() && shown != *first {
            faults.push(format!("{text}: first is {shown}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What is denied, and what only sounds like it, is no call for help.
#[test]
fn what_is_denied_calls_for_nothing() {
    for text in [
        "doctor not suicidal houston",
        "dentist i dont live in houston",
        "he hurt his back houston",
        "blue cross baby doctor houston",
        "thinking of ending my contract with a dentist in houston",
        "mouth breathing dentist",
        "suicide prevention job",
        "tired",
        "collapsed arch houston",
        "took 600 mg ibuprofen and my knee still hurts",
        "scared of needles dentist",
    ] {
        let answer = world().ask(&[("q", text)]);
        let told = answer["hint"].as_str().unwrap_or_default();
        assert!(!told.contains("911") && !told.contains("988"), "{text}: {answer}");
    }
}
