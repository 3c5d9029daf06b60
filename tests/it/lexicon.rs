//! The vocabulary as shipped: what words, languages and places stand for, and that a bad table is refused.

use std::sync::LazyLock;

use proptest::prelude::*;
use provider_directory::vocab::{
    lexicon::{Languages, Lexicon, Nicknames, Specialties, TableError},
    names::words,
    place::Gazetteer,
    terms::PositionQuality,
};

const SPECIALTIES: &str = include_str!("../../index_schema/specialties.csv");
const SYNONYMS: &str = include_str!("../../index_schema/specialty_synonyms.csv");
const LANGUAGES: &str = include_str!("../../index_schema/languages.csv");
const NICKNAMES: &str = include_str!("../../index_schema/nicknames.csv");
const PLACES: &[u8] = include_bytes!("../../index_schema/places.csv.zst");

pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let places = zstd::decode_all(PLACES).expect("zstd");
    let places = String::from_utf8(places).expect("UTF-8");
    Lexicon::parse(SPECIALTIES, SYNONYMS, LANGUAGES, &places).unwrap_or_else(|e| panic!("{e}"))
});

fn resolve(text: &str) -> &'static [String] {
    LEXICON.specialties.resolve(text)
}

fn find(text: &str) -> Option<String> {
    LEXICON.gazetteer.find(text).map(|p| p.label)
}

#[test]
fn one_specialty_in_many_words_is_one_set_of_codes() {
    for text in [
        "CARDIOLOGY",
        "207RC0000X",
        "207rc0000x",
        "Cardiovascular Disease",
        "Cardiovascular Disease Physician",
        "cardiology",
        "cardiologist",
        "Cardiologists",
        "heart doctor",
        " Heart  Doctors ",
        "cardiology specialist",
        "cardiólogo",
    ] {
        assert_eq!(resolve(text), ["207RC0000X"], "{text}");
    }
    for text in [
        "GENERAL_PRACTICE",
        "208D00000X",
        "General Practice",
        "General Practice Physician",
    ] {
        assert_eq!(resolve(text), ["208D00000X"], "{text}");
    }
    assert_eq!(resolve("Obstetrics & Gynecology"), resolve("obstetrics and gynecology"));
    assert_eq!(resolve("Orthopaedic Surgery"), ["207X00000X"]);
    assert_eq!(resolve("orthopedic surgery"), ["207X00000X"]);
}

/// 1.20: what people call it, and the code that is meant first.
#[test]
fn feature_1_20_lay_words_lead_to_the_right_door() {
    for (text, code) in [
        ("ob/gyn", "207V00000X"),
        ("obgyn", "207V00000X"),
        ("kids doctor", "208000000X"),
        ("kids' dentist", "1223P0221X"),
        ("skin doctor", "207N00000X"),
        ("ear nose and throat", "207Y00000X"),
        ("ENT", "207Y00000X"),
        ("shrink", "2084P0800X"),
        ("foot doctor", "213E00000X"),
        ("bone doctor", "207X00000X"),
        ("pt", "225100000X"),
        ("urgent care", "261QU0200X"),
        ("drugstore", "333600000X"),
        ("blood test", "291U00000X"),
        ("PCP", "207Q00000X"),
        ("diabetes", "207RE0101X"),
        ("diabetes doctor", "207RE0101X"),
        ("asthma", "207RP1001X"),
        ("arthritis", "207RR0500X"),
        ("depression", "2084P0800X"),
        ("addiction", "207RA0401X"),
        ("dentista", "122300000X"),
        ("farmacia", "333600000X"),
        ("ginecólogo", "207V00000X"),
        ("pharmacies", "333600000X"),
        ("Family Nurse Practitioner", "363LF0000X"),
        ("Gastroenterology", "207RG0100X"),
        ("Critical Access", "282NC0060X"),
        ("heart doctor", "207RC0000X"),
        ("heart specialist", "207RC0000X"),
        ("cardio", "207RC0000X"),
        ("heart surgeon", "208G00000X"),
        ("lung doctor", "207RP1001X"),
        ("breathing doctor", "207RP1001X"),
        ("stomach doctor", "207RG0100X"),
        ("gi doctor", "207RG0100X"),
        ("gut doctor", "207RG0100X"),
        ("liver doctor", "207RI0008X"),
        ("kidney doctor", "207RN0300X"),
        ("kidney specialist", "207RN0300X"),
        ("bladder doctor", "208800000X"),
        ("prostate doctor", "208800000X"),
        ("urologist", "208800000X"),
        ("brain doctor", "2084N0400X"),
        ("nerve doctor", "2084N0400X"),
        ("neurologist", "2084N0400X"),
        ("brain surgeon", "207T00000X"),
        ("neurosurgeon", "207T00000X"),
        ("spine surgeon", "207XS0117X"),
        ("orthopedist", "207X00000X"),
        ("hip replacement surgeon", "207X00000X"),
        ("knee doctor", "207X00000X"),
        ("hand surgeon", "207XS0106X"),
        ("joint doctor", "207RR0500X"),
        ("arthritis doctor", "207RR0500X"),
        ("rheumatologist", "207RR0500X"),
        ("derm", "207N00000X"),
        ("acne", "207N00000X"),
        ("eczema", "207N00000X"),
        ("mole removal", "207N00000X"),
        ("eye doctor", "207W00000X"),
        ("optometrist", "152W00000X"),
        ("ophthalmologist", "207W00000X"),
        ("eye surgeon", "207W00000X"),
        ("cataract surgeon", "207W00000X"),
        ("glasses", "156FX1800X"),
        ("ear doctor", "207Y00000X"),
        ("ear nose throat doctor", "207Y00000X"),
        ("throat doctor", "207Y00000X"),
        ("sinus doctor", "207Y00000X"),
        ("hearing doctor", "231H00000X"),
        ("audiologist", "231H00000X"),
        ("hearing test", "231H00000X"),
        ("hearing aids", "237600000X"),
        ("allergy doctor", "207K00000X"),
        ("allergist", "207K00000X"),
        ("hay fever", "207K00000X"),
        ("blood doctor", "207RH0000X"),
        ("cancer doctor", "207RX0202X"),
        ("oncologist", "207RX0202X"),
        ("radiation doctor", "2085R0001X"),
        ("thyroid doctor", "207RE0101X"),
        ("hormone doctor", "207RE0101X"),
        ("endocrinologist", "207RE0101X"),
        ("infection doctor", "207RI0200X"),
        ("family doctor", "207Q00000X"),
        ("general practitioner", "208D00000X"),
        ("primary care", "207Q00000X"),
        ("checkup", "207Q00000X"),
        ("internist", "207R00000X"),
        ("baby doctor", "208000000X"),
        ("childrens doctor", "208000000X"),
        ("pediatrician", "208000000X"),
        ("doctor for the elderly", "207RG0300X"),
        ("women's doctor", "207V00000X"),
        ("lady doctor", "207V00000X"),
        ("pregnancy doctor", "207V00000X"),
        ("gynecologist", "207V00000X"),
        ("pap smear", "207V00000X"),
        ("midwife", "367A00000X"),
        ("doula", "374J00000X"),
        ("lactation consultant", "163WL0100X"),
        ("fertility doctor", "207VE0102X"),
        ("ivf", "207VE0102X"),
        ("high risk pregnancy", "207VM0101X"),
        ("psychiatrist", "2084P0800X"),
        ("child psychiatrist", "2084P0804X"),
        ("therapist", "101YM0800X"),
        ("counselor", "101Y00000X"),
        ("psychologist", "103T00000X"),
        ("marriage counselor", "106H00000X"),
        ("couples therapy", "106H00000X"),
        ("family therapist", "106H00000X"),
        ("social worker", "104100000X"),
        ("addiction doctor", "207RA0401X"),
        ("drug rehab", "324500000X"),
        ("autism therapist", "103K00000X"),
        ("dentist", "122300000X"),
        ("tooth doctor", "122300000X"),
        ("teeth cleaning", "122300000X"),
        ("dental hygienist", "124Q00000X"),
        ("kids dentist", "1223P0221X"),
        ("braces", "1223X0400X"),
        ("orthodontist", "1223X0400X"),
        ("root canal", "1223E0200X"),
        ("gum doctor", "1223P0300X"),
        ("oral surgeon", "1223S0112X"),
        ("wisdom teeth", "1223S0112X"),
        ("dentures", "1223P0700X"),
        ("podiatrist", "213E00000X"),
        ("chiropractor", "111N00000X"),
        ("physical therapist", "225100000X"),
        ("occupational therapist", "225X00000X"),
        ("ot", "225X00000X"),
        ("speech therapist", "235Z00000X"),
        ("speech pathologist", "235Z00000X"),
        ("massage therapist", "225700000X"),
        ("acupuncture", "171100000X"),
        ("acupuncturist", "171100000X"),
        ("dietitian", "133V00000X"),
        ("weight loss doctor", "207RB0002X"),
        ("plastic surgeon", "208200000X"),
        ("nose job", "208200000X"),
        ("cosmetic surgeon", "208200000X"),
        ("breast surgeon", "208600000X"),
        ("general surgeon", "208600000X"),
        ("hernia surgeon", "208600000X"),
        ("colon doctor", "207RG0100X"),
        ("vein doctor", "202K00000X"),
        ("vascular surgeon", "2086S0129X"),
        ("pain doctor", "208VP0000X"),
        ("sleep doctor", "207RS0012X"),
        ("sports doctor", "207QS0010X"),
        ("er doctor", "207P00000X"),
        ("walk in clinic", "261QU0200X"),
        ("emergency room", "282N00000X"),
        ("hospital", "282N00000X"),
        ("childrens hospital", "282NC2000X"),
        ("pharmacy", "333600000X"),
        ("lab", "291U00000X"),
        ("x ray", "261QR0200X"),
        ("mri", "261QM1200X"),
        ("mammogram", "261QR0206X"),
        ("dialysis center", "261QE0700X"),
        ("surgery center", "261QA1903X"),
        ("nursing home", "314000000X"),
        ("home health aide", "374U00000X"),
        ("ambulance", "341600000X"),
        ("nurse practitioner", "363L00000X"),
        ("physician assistant", "363A00000X"),
        ("naturopath", "175F00000X"),
        ("wheelchair", "332B00000X"),
        ("medical equipment", "332B00000X"),
    ] {
        assert_eq!(resolve(text).first().map(String::as_str), Some(code), "{text}");
    }
    for text in [
        "",
        "doctor",
        "physician",
        "Specialists",
        "doctor doctor",
        "clinical",
        "school",
        "smith",
        "207RC0000Z",
    ] {
        assert!(resolve(text).is_empty(), "{text} stands for {:?}", resolve(text));
    }
}

#[test]
fn every_term_is_found_by_its_code_its_name_and_its_short_codes() {
    let specialties = &LEXICON.specialties;
    assert_eq!(specialties.iter().count(), 883);
    assert!(specialties.iter().map(|t| t.seed_codes.len()).sum::<usize>() >= 80);
    for term in specialties.iter() {
        assert_eq!(resolve(&term.code), [term.code.as_str()]);
        let says_nothing = term.name == "Specialist";
        assert_eq!(resolve(&term.name).is_empty(), says_nothing, "{}", term.name);
        for seed in &term.seed_codes {
            assert!(resolve(seed).contains(&term.code), "{seed}");
            let spoken = seed.to_lowercase().replace('_', " ");
            assert_eq!(resolve(seed), resolve(&spoken));
        }
    }
}

#[test]
fn the_longest_phrase_at_the_start_of_a_text_is_taken() {
    let take = |text: &str| {
        let found = LEXICON.specialties.longest_prefix(&words(text));
        found.map(|(codes, count)| (codes[0].clone(), count))
    };
    assert_eq!(take("heart doctor near me"), Some(("207RC0000X".into(), 2)));
    assert_eq!(take("cardiologists in houston"), Some(("207RC0000X".into(), 1)));
    assert_eq!(take("ear nose and throat doctor 10013"), Some(("207Y00000X".into(), 5)));
    assert_eq!(
        take("pediatric dentist who speaks spanish"),
        Some(("1223P0221X".into(), 2))
    );
    assert_eq!(take("pharmacies"), Some(("333600000X".into(), 1)));
    assert_eq!(take("doctor smith"), None);
    assert_eq!(take(""), None);

    let spoken = |text: &str| {
        let found = LEXICON.languages.longest_prefix(&words(text));
        found.map(|(term, count)| (term.code.clone(), count))
    };
    assert_eq!(spoken("haitian creole speaking"), Some(("ht".into(), 2)));
    assert_eq!(spoken("Español"), Some(("es".into(), 1)));
    assert_eq!(spoken("american sign language"), Some(("ase".into(), 3)));
    for text in ["is", "my dentist", "karen smith", "hi there", "or"] {
        assert_eq!(spoken(text), None, "{text}");
    }
}

#[test]
fn unknown_words_bring_suggestions_and_prefixes_bring_completions() {
    let like = LEXICON.specialties.suggest("cardiolgy", 3);
    assert_eq!(like.first().map(String::as_str), Some("cardiology"), "{like:?}");
    let like = LEXICON.specialties.suggest("Cardiologee", 3);
    assert!(
        like[0].eq_ignore_ascii_case("cardiology"),
        "no Spanish for who writes English: {like:?}"
    );
    let like = LEXICON.specialties.suggest("cardioligist", 3);
    assert_eq!(
        like,
        ["cardiologist", "interventional cardiologist", "pediatric cardiologist"]
    );
    assert_eq!(LEXICON.languages.suggest("spannish", 1), ["Spanish"]);
    let complete = LEXICON.specialties.complete("cardiol", 5);
    assert!(
        complete
            .iter()
            .any(|(phrase, codes)| *phrase == "cardiologist" && *codes == ["207RC0000X"])
    );
    assert!(LEXICON.specialties.complete("zzz", 5).is_empty());
}

#[test]
fn languages_are_found_by_code_and_by_every_name() {
    for (text, code) in [
        ("es", "es"),
        ("ES", "es"),
        ("es-MX", "es"),
        ("spanish", "es"),
        ("ESPAÑOL", "es"),
        ("Mandarin", "cmn"),
        ("Cantonese", "yue"),
        ("Chinese", "zh"),
        ("中文", "zh"),
        ("Creole", "ht"),
        ("Kreyòl", "ht"),
        ("Filipino", "tl"),
        ("Farsi", "fa"),
        ("Dari", "prs"),
        ("ASL", "ase"),
        ("Karen", "ksw"),
        ("Français", "fr"),
    ] {
        let found = LEXICON.languages.resolve(text).map(|l| l.code.as_str());
        assert_eq!(found, Some(code), "{text}");
    }
    for text in ["", "Klingon", "-", "xx-US"] {
        assert_eq!(LEXICON.languages.resolve(text), None, "{text}");
    }
    assert!(LEXICON.languages.iter().count() >= 190);
    assert_eq!(LEXICON.languages.get("es").map(|l| l.name.as_str()), Some("Spanish"));
}

#[test]
fn places_are_found_as_people_write_them() {
    for (text, label) in [
        ("10013", "10013 New York, NY"),
        ("10013-1234", "10013 New York, NY"),
        ("100131234", "10013 New York, NY"),
        ("New York, NY 10013", "10013 New York, NY"),
        ("Houston, TX", "Houston, TX"),
        ("Houston TX", "Houston, TX"),
        ("houston texas", "Houston, TX"),
        ("houston", "Houston, TX"),
        ("new york", "New York, NY"),
        ("nyc", "New York, NY"),
        ("St Louis, MO", "Saint Louis, MO"),
        ("Saint Louis MO", "Saint Louis, MO"),
        ("St. Louis", "Saint Louis, MO"),
        ("Ft Worth", "Fort Worth, TX"),
        ("Harris County, TX", "Harris County, TX"),
        ("harris county", "Harris County, TX"),
        ("Charleston West Virginia", "Charleston, WV"),
        ("California", "California"),
        ("TX", "Texas"),
        ("Washington DC", "Washington, DC"),
        ("O'Fallon, MO", "O Fallon, MO"),
        ("Coeur d'Alene, ID", "Coeur d'Alene, ID"),
        ("Baltimore City MD", "Baltimore City, MD"),
        ("Hartford County, CT", "Hartford County, CT"),
        ("san juan", "San Juan, PR"),
        ("Queens", "Queens, NY"),
        ("00907", "00907 San Juan, PR"),
        ("Mayagüez, PR", "Mayagüez, PR"),
        ("96910", "96910 Hagatna, GU"),
    ] {
        assert_eq!(find(text).as_deref(), Some(label), "{text}");
    }
    for text in [
        "",
        "Springfield",
        "Nowhere, TX",
        "99999",
        "1001",
        "10013-12",
        "10013x234",
        "91, 0",
        "12,181",
        ",",
        "NaN,1",
    ] {
        assert_eq!(find(text), None, "{text}");
    }
    let springfields = LEXICON.gazetteer.cities("springfield");
    assert!(springfields.len() > 10);
    assert_eq!(springfields[0].state, "MO");
}

#[test]
fn a_point_is_found_as_it_is() {
    let place = LEXICON.gazetteer.find("29.76,-95.37").expect("a point");
    assert_eq!((place.point.lat(), place.point.lon()), (29.76, -95.37));
    assert_eq!((place.label.as_str(), place.postal_code), ("29.76, -95.37", None));
}

#[test]
fn a_zip_is_the_same_point_as_its_centroid() {
    let zip = LEXICON.gazetteer.find("10013").expect("a ZIP");
    let degrees = format!("{},{}", zip.point.lat(), zip.point.lon());
    assert_eq!(LEXICON.gazetteer.find(&degrees).expect("a point").point, zip.point);
}

proptest! {
    #[test]
    fn no_text_is_too_strange_to_look_up(text in ".{0,40}", words in prop::collection::vec("[a-z0-9]{0,9}", 0..6)) {
        let lexicon = &*LEXICON;
        lexicon.specialties.resolve(&text);
        lexicon.specialties.longest_prefix(&words);
        lexicon.specialties.complete(&text, 3);
        lexicon.languages.resolve(&text);
        lexicon.languages.longest_prefix(&words);
        lexicon.gazetteer.find(&text);
        lexicon.gazetteer.find(&words.join(" "));
        lexicon.gazetteer.complete(&text, 3);
        lexicon.gazetteer.locate(Some(&text), Some(&text), Some(&text), Some(&text));
    }
}

#[test]
fn an_address_gets_the_best_point_there_is() {
    let gazetteer = &LEXICON.gazetteer;
    let quality = |zip, city, county, state| gazetteer.locate(zip, city, county, state).quality;
    let none = None;
    assert_eq!(
        quality(Some("770301234"), Some("HOUSTON"), none, Some("TX")),
        PositionQuality::PostalCode
    );
    assert_eq!(
        quality(Some("99999"), Some("ST LOUIS"), none, Some("MO")),
        PositionQuality::City
    );
    assert_eq!(
        quality(none, Some("UNKNOWN"), Some("Harris County"), Some("TX")),
        PositionQuality::County
    );
    assert_eq!(quality(none, none, none, Some("TX")), PositionQuality::Unknown);
    // A leading zero lost in a spreadsheet, and a ZIP that contradicts city and state.
    assert_eq!(
        quality(Some("4101"), Some("PORTLAND"), none, Some("ME")),
        PositionQuality::PostalCode
    );
    assert_eq!(
        quality(Some("10013"), Some("HOUSTON"), none, Some("TX")),
        PositionQuality::City
    );

    let zone = |zip| gazetteer.locate(Some(zip), none, none, none).time_zone;
    for (zip, expected) in [
        ("77030", "America/Chicago"),
        ("79901", "America/Denver"),
        ("32501", "America/Chicago"),
        ("33101", "America/New_York"),
        ("85001", "America/Phoenix"),
        ("46401", "America/Chicago"),
        ("00907", "America/Puerto_Rico"),
        ("96813", "Pacific/Honolulu"),
    ] {
        assert_eq!(zone(zip), Some(expected), "{zip}");
    }
    assert_eq!(zone("09007"), None, "military mail has no zone");
}

#[test]
fn city_names_complete_to_the_greatest_first() {
    let found = LEXICON.gazetteer.complete("hou", 2);
    assert_eq!(found[0].label, "Houston, TX");
    assert_eq!(LEXICON.gazetteer.complete("st lou", 1)[0].label, "Saint Louis, MO");
}

#[test]
fn nicknames_go_one_way() {
    let nicknames = Nicknames::parse(NICKNAMES).expect("the shipped table");
    let has = |name: &str, nickname: &str| nicknames.nicknames_of(name).any(|n| n == nickname);
    assert!(has("robert", "bob") && has("william", "bill") && has("margaret", "peggy") && has("alexandra", "alex"));
    assert!(!has("bob", "robert") && !has("aaron", "erin"));
    assert!(nicknames.names_of("bill").any(|n| n == "william"));
    assert_eq!(nicknames.nicknames_of("nobody").count(), 0);
    for (rows, reason) in [
        ("Bob,bobby\n", "lower case"),
        ("bob,bob\n", "already"),
        ("a,b\na,b\n", "already"),
        ("a,\n", "empty"),
    ] {
        let error = Nicknames::parse(&format!("name,nickname\n{rows}")).expect_err(rows);
        assert!(
            error.file == "nicknames.csv" && error.reason.contains(reason),
            "{error}"
        );
    }
}

#[test]
fn a_bad_table_is_refused_with_file_line_and_reason() {
    let head = "code,name,grouping,classification,specialization,section,seed_codes\n";
    let good = "207RC0000X,Heart,Physicians,Internal,Heart,individual,CARDIOLOGY\n";
    let synonyms = "phrase,code,weight,kind\n";
    let parse = |rows: &str, synonym_rows: &str| {
        Specialties::parse(&format!("{head}{rows}"), &format!("{synonyms}{synonym_rows}")).map(|_| ())
    };
    let refused = |result: Result<(), TableError>, file: &str, line: u64, reason: &str| {
        let error = result.expect_err(reason);
        assert_eq!((error.file, error.line), (file, line), "{error}");
        assert!(error.reason.contains(reason), "{error}");
    };
    assert_eq!(parse(good, "heart doctor,207RC0000X,1,title\n"), Ok(()));
    let file = "specialties.csv";
    refused(parse(&format!("{good}{good}"), ""), file, 3, "CARDIOLOGY");
    refused(
        parse(&format!("{good}{}", good.replace("CARDIOLOGY", "")), ""),
        file,
        3,
        "twice",
    );
    refused(parse("207rc,Heart,P,I,H,individual,\n", ""), file, 2, "no NUCC code");
    refused(parse("207RC0000X,Heart,P,I,H,person,\n", ""), file, 2, "section");
    refused(parse("207RC0000X,Heart\n", ""), file, 2, "cells");
    refused(
        Specialties::parse("code,title\n", synonyms).map(|_| ()),
        file,
        1,
        "columns",
    );
    let file = "specialty_synonyms.csv";
    refused(parse(good, "heart doctor,207RC0001X,1,title\n"), file, 2, "207RC0001X");
    refused(parse(good, "heart doctor,207RC0000X,1.5,title\n"), file, 2, "weight");
    refused(parse(good, "heart doctor,207RC0000X,many,title\n"), file, 2, "number");
    refused(parse(good, "heart doctor,207RC0000X,1,slang\n"), file, 2, "kind");
    refused(parse(good, "doctor,207RC0000X,1,title\n"), file, 2, "nothing");
    let twice = "heart doctor,207RC0000X,1,title\nHeart  Doctor,207RC0000X,1,title\n";
    refused(parse(good, twice), file, 3, "twice");

    let languages =
        |rows: &str| Languages::parse(&format!("code,name,other_names,ambiguous_names\n{rows}")).map(|_| ());
    assert_eq!(languages("es,Spanish,Español,\nksw,Sgaw Karen,,Karen\n"), Ok(()));
    refused(
        languages("es,Spanish,,\nca,Catalan,Spanish,\n"),
        "languages.csv",
        3,
        "spanish",
    );
    refused(languages("ES,Spanish,,\n"), "languages.csv", 2, "code");
    refused(languages("es,,,\n"), "languages.csv", 2, "empty");

    let head = "kind,key,name,state,county,lat,lon,population,time_zone\n";
    let state = "state,texas,Texas,TX,,31,-97,1,America/Chicago\n";
    let city = "city,houston,Houston,TX,,29.7,-95.3,2300000,\n";
    let places = |rows: &str| Gazetteer::parse(&format!("{head}{rows}")).map(|_| ());
    assert_eq!(
        places(&format!("{state}{city}zip,77030,Houston,TX,,29.7,-95.4,,\n")),
        Ok(())
    );
    let file = "places.csv";
    refused(places("town,x,X,TX,,1,1,,\n"), file, 2, "kind");
    refused(places(city), file, 2, "TX");
    refused(
        places(&format!("{state}zip,77030,Houston,TX,,29.7,-95.4,,\n")),
        file,
        3,
        "Houston",
    );
    refused(places(&format!("{state}{city}{city}")), file, 4, "order");
    refused(places(&state.replace("31", "91")), file, 2, "globe");
    refused(places(&state.replace("31", "north")), file, 2, "number");
    refused(places(&state.replace("Chicago", "Gotham")), file, 2, "time zone");
    refused(
        places(&format!("{state}{}", city.replace("TX,,", "TX,Harris,"))),
        file,
        3,
        "county",
    );
}
