//! Whom a sentence means: the number in it, the town that is said most exactly, the person who is named though a wish or a narrower
//! kind of care keeps them out.

use std::sync::OnceLock;

use serde_json::Value;

use super::{
    words_names::{Town, Words, provider_in},
    words_reading::assert_read,
};

const ARLINGTON: Town = ("Arlington", "TX", "76010", 32.72, -97.08);
const AUSTIN: Town = ("Austin", "TX", "78701", 30.27, -97.74);
const BROOKLYN: Town = ("Brooklyn", "NY", "11201", 40.69, -73.99);
const CALAIS: Town = ("Calais", "ME", "04619", 45.17, -67.24);
const CARTERSVILLE: Town = ("Cartersville", "GA", "30120", 34.17, -84.81);
const CLEVELAND: Town = ("Cleveland", "OH", "44113", 41.48, -81.69);
const COLUMBUS: Town = ("Columbus", "OH", "43215", 39.97, -83.0);
const HARTFORD: Town = ("Hartford", "CT", "06103", 41.77, -72.67);
const HOUMA: Town = ("Houma", "LA", "70360", 29.6, -90.73);
const LAS_VEGAS: Town = ("Las Vegas", "NV", "89101", 36.17, -115.12);
const NASHUA: Town = ("Nashua", "NH", "03060", 42.75, -71.46);
const NEW_HAVEN: Town = ("New Haven", "CT", "06510", 41.31, -72.92);
const OCALA: Town = ("Ocala", "FL", "34471", 29.16, -82.13);
const O_FALLON: Town = ("O Fallon", "MO", "63366", 38.81, -90.7);
const PARK_CITY: Town = ("Park City", "UT", "84060", 40.65, -111.5);
const PORTLAND: Town = ("Portland", "OR", "97201", 45.51, -122.69);
const ROSWELL: Town = ("Roswell", "NM", "88201", 33.37, -104.53);
const TULSA: Town = ("Tulsa", "OK", "74103", 36.15, -95.99);

/// A name, what they do, and where they are.
const ROWS: &[(&str, &str, Town)] = &[
    ("Roswell Autism Center", "103K00000X", ROSWELL),
    ("Brandi Anderson", "207Q00000X", CARTERSVILLE),
    ("Otis Anderson", "111N00000X", CALAIS),
    ("Charlotte Vu", "225100000X", CLEVELAND),
    ("Franklin Pharmacy Associates", "3336C0003X", BROOKLYN),
    ("Abby Chan", "2085R0204X", NASHUA),
    ("Kyle Galaz", "2085R0202X", NASHUA),
    ("Paul Alvarado", "1223S0112X", OCALA),
    ("Steven Federico", "122300000X", OCALA),
    ("Cindy Ahmadi", "1223X0400X", ARLINGTON),
    ("Cindy Napier", "122300000X", COLUMBUS),
    ("Brian Baker", "207Q00000X", NEW_HAVEN),
    ("Edward Baker", "207Q00000X", HARTFORD),
    ("George Graham", "207R00000X", LAS_VEGAS),
    ("Ann Ngo", "207Q00000X", AUSTIN),
    ("Theresa Adams", "122300000X", AUSTIN),
    ("Larson Hospice Center", "251G00000X", PORTLAND),
    ("Natalie Scoggins", "163W00000X", HOUMA),
    ("Emile Paulin", "207Q00000X", HOUMA),
    ("Sarah Lind", "101Y00000X", TULSA),
    ("Gabriele Prior", "207Q00000X", O_FALLON),
    ("Saul Brown", "207R00000X", PARK_CITY),
    ("Park Brown", "208600000X", CLEVELAND),
    ("Lena Austin", "207RC0000X", CLEVELAND),
    ("Austin Counseling Center", "101Y00000X", AUSTIN),
    ("Marta Zimmermann", "207Q00000X", AUSTIN),
    ("Otto Zimmerman", "207Q00000X", NASHUA),
    ("Charlotte Baker", "207Q00000X", CLEVELAND),
    ("Hartford Baker", "207Q00000X", CLEVELAND),
    ("Fort Baker", "207Q00000X", CLEVELAND),
    ("Anthony Jackson", "207Q00000X", CLEVELAND),
];

fn world() -> &'static Words {
    static WORLD: OnceLock<Words> = OnceLock::new();
    WORLD.get_or_init(|| {
        let rows = (0..).zip(ROWS).map(|(number, (name, code, place))| {
            let mut row = provider_in(number, name, code, *place);
            row.locations[0].phone = Some(format!("(713) 555-{:04}", 100 + number));
            if *name == "Edward Baker" {
                row.languages.push("ko".to_owned());
            }
            row
        });
        Words::of(rows.collect())
    })
}

fn names(answer: &Value) -> Vec<&str> {
    let results = answer["results"].as_array().expect("results").iter();
    results.map(|card| card["name"].as_str().unwrap_or_default()).collect()
}

/// What each sentence is read as.
const SENTENCES: &[(&str, &str)] = &[
    // A ZIP outweighs everything; a town with its state, or behind `in`, outweighs a bare word before it.
    (
        "roswell autism center near 88201",
        "name=roswell autism center at=88201 Roswell, NM",
    ),
    ("phoenix dentist near 60614", "is=122300000X at=60614 Chicago, IL"),
    ("washington eye care in seattle", "is=207W00000X at=Seattle, WA"),
    ("lincoln family dental omaha ne", "is=122300000X at=Omaha, NE"),
    ("dallas cardiology in austin tx", "is=207RC0000X at=Austin, TX"),
    ("cleveland heart doctor in akron oh", "is=207RC0000X at=Akron, OH"),
    ("austin pediatrician dallas tx", "is=208000000X at=Dallas, TX"),
    // Not where either will do, nor where the same place is said once more.
    ("dentist houston or dallas tx", "is=122300000X at=Houston, TX"),
    ("houston dentist houston tx", "is=122300000X at=Houston, TX"),
    // The other word is somebody's name.
    (
        "female dr anderson cartersville ga",
        "name=anderson at=Cartersville, GA",
    ),
    ("dr anderson cartersville ga", "name=anderson at=Cartersville, GA"),
    (
        "the chiropractor anderson in calais me",
        "is=111N00000X name=anderson at=Calais, ME",
    ),
    (
        "my friend goes to Charlotte Vu she is a physical therapist in Cleveland",
        "is=225100000X name=vu at=Cleveland, OH",
    ),
    ("franklin pharmacy brooklyn", "name=franklin pharmacy at=Brooklyn, NY"),
    // A name ends where a town of several words and its state begin; letters of a town are no initials.
    (
        "internist brown park city ut",
        "is=207R00000X name=brown at=Park City, UT",
    ),
    ("dr gabriele o fallon mo", "name=gabriele at=O Fallon, MO"),
    // What stands beside a name and is none.
    (
        "dr george graham las vegas member id 4421987",
        "name=george graham at=Las Vegas, NV",
    ),
    (
        "my id is 4421987 dr george graham las vegas",
        "name=george graham at=Las Vegas, NV",
    ),
    ("prof dr med ann ngo", "name=ann ngo"),
    (
        "a counselor called sarah something in tulsa ok",
        "is=101Y00000X name=sarah at=Tulsa, OK",
    ),
    (
        "larson hospice center, suite 200, portland or",
        "name=larson hospice center at=Portland, OR",
    ),
    ("dr ngo (maiden name) austin tx", "name=ngo at=Austin, TX"),
    // A town with its state ends a name, whatever somebody else is called; behind a title and one surname a town does.
    ("dr baker charlotte nc", "name=baker at=Charlotte, NC"),
    ("dr baker kansas city mo", "name=baker at=Kansas City, MO"),
    ("dr baker fort collins co", "name=baker at=Fort Collins, CO"),
    ("dr baker virginia beach va", "name=baker at=Virginia Beach, VA"),
    ("anthony jackson ms", "name=anthony jackson"),
    ("dr baker hartford", "name=baker at=Hartford, CT"),
    ("dr baker charlotte", "name=baker charlotte"),
    ("dr baker fort worth", "name=baker at=Fort Worth, TX"),
    ("dr baker new albany", "name=baker at=New Albany, IN"),
    ("dr baker grants pass", "name=baker at=Grants Pass, OR"),
    ("dr baker fairbanks", "name=baker at=Fairbanks, AK"),
    ("dentist in colchester", "is=122300000X at=Colchester, VT"),
    ("dentist in montpelier", "is=122300000X at=Montpelier, VT"),
    ("cardiologist dr anderson", "name=anderson"),
    (
        "austin counseling center in austin",
        "name=austin counseling center at=Austin, TX",
    ),
    ("dentist woodbridge ct", "is=122300000X at=Woodbridge, CT"),
    // As it is said aloud, or written in short.
    (
        "pharmacy near zip code six zero six one four",
        "is=333600000X at=60614 Chicago, IL",
    ),
    ("dentist in n carolina", "is=122300000X at=North Carolina"),
    ("dentist w virginia", "is=122300000X at=West Virginia"),
    (
        "dentist long island",
        "is=122300000X at=Long Island (Hempstead, NY) miles=45.0",
    ),
    // The state first, as tables have it.
    ("TX Adams Theresa", "name=adams theresa at=Texas"),
    ("NV Graham George", "name=graham george at=Nevada"),
];

#[test]
fn the_town_that_is_said_most_exactly_is_meant() {
    assert_read(world(), SENTENCES);
    let answer = world().ask(&[("q", "dallas cardiology in austin tx")]);
    let told = answer["hint"].as_str().unwrap_or_default();
    assert!(
        told.contains("left out: dallas") && !told.contains("no place"),
        "{answer}"
    );
}

/// 1.02: an NPI, or a telephone number, says who is meant: what else was typed neither hides them nor is claimed to.
#[test]
fn feature_1_02_a_number_says_who_is_meant() {
    let card = world().ask(&[("q", "charlotte vu")]);
    let npi = card["results"][0]["npi"].as_str().expect("an NPI").to_owned();
    for text in [
        format!("NPI{npi}"),
        format!("{npi}OH"),
        format!("patient of NPI no. {npi}, dob 01/02/1950"),
        format!("dentist in dallas tx npi {npi}"),
        format!("brian baker npi: {npi} open saturday"),
    ] {
        let answer = world().ask(&[("q", &text)]);
        assert_eq!(names(&answer), ["Charlotte Vu"], "{text}: {answer}");
        let told = answer["hint"].as_str().unwrap_or_default();
        assert!(!told.contains("nobody"), "{text}: {answer}");
    }
    // A number that somebody has is not said to be nobody's.
    let kept_out = world().ask(&[("q", npi.as_str()), ("state", "AK")]);
    let hint = kept_out["hint"].as_str().unwrap_or_default();
    assert!(hint.contains("is kept out"), "{kept_out}");
    let told = world().ask(&[("q", &format!("dentist in dallas tx npi {npi}"))]);
    assert_eq!(
        told["hint"],
        "the NPI says who is meant, so what else was typed is not needed"
    );
    for text in [
        "Hi, this is Karen from Dr. Vu's office calling about your lab results. Please call us back at (713) 555-0103.",
        "Provider Name: Vu, Charlotte; Phone: 7135550103",
        "dentist in dallas tx 713 555 0103",
    ] {
        let answer = world().ask(&[("q", text)]);
        assert_eq!(names(&answer), ["Charlotte Vu"], "{text}: {answer}");
        let told = answer["hint"].as_str().unwrap_or_default();
        assert!(!told.contains("nobody"), "{text}: {answer}");
    }
    // A number that nobody has: whoever is called so is shown, and it is told.
    let other = world().ask(&[("q", "Charlotte Vu 713 555 9999")]);
    assert_eq!(names(&other), ["Charlotte Vu"], "{other}");
    assert_eq!(
        other["hint"],
        "nobody is found by the telephone number 7135559999; whoever is called so is shown"
    );
    assert_eq!(world().ask(&[("q", "713 555 9999")])["total"]["value"], 0);
}

/// Beside a name the word of a trade is for all its kinds, and a wish keeps nobody out who is there and called so.
#[test]
fn whoever_is_named_near_the_place_is_shown() {
    for (q, name, told) in [
        (
            "chan radiologist nashua",
            "Abby Chan",
            "nobody of the name `chan` is listed as `radiologist`; shown is who is called so and does something close to it",
        ),
        (
            "dentist alvarado ocala fl",
            "Paul Alvarado",
            "nobody of the name `alvarado` in Ocala, FL is listed as `dentist`; shown is who is called so and does something close to it",
        ),
        (
            "dr cindy the dentist in arlington tx",
            "Cindy Ahmadi",
            "nobody of the name `cindy` near Arlington, TX is listed as `dentist`; shown is who is called so and does something close to it",
        ),
        (
            "dr baker new haven ct speaks korean",
            "Brian Baker",
            "nobody of the name `baker` in New Haven, CT is known to speak that language; whoever is called so is shown",
        ),
    ] {
        let answer = world().ask(&[("q", q)]);
        assert_eq!(names(&answer)[0], name, "{q}: {answer}");
        assert_eq!(answer["hint"], told, "{q}");
    }
    // Who is as wished stays.
    let wished = world().ask(&[("q", "dr baker hartford ct speaks korean")]);
    assert_eq!(names(&wished)[0], "Edward Baker", "{wished}");
    assert_eq!(wished["hint"], Value::Null, "{wished}");
    // A parameter brings in nobody else.
    let filtered = world().ask(&[("q", "chan radiologist nashua"), ("gender", "M")]);
    assert!(!names(&filtered).contains(&"Abby Chan"), "{filtered}");
}

/// Who is called like the name at the place comes before whoever bears it a day's journey away, who stands beside them.
#[test]
fn whoever_is_called_like_a_name_at_the_place_is_shown_first() {
    let answer = world().ask(&[("q", "dr zimmerman austin tx")]);
    assert_eq!(names(&answer), ["Marta Zimmermann"], "{answer}");
    let told = answer["hint"].as_str().unwrap_or_default();
    assert!(
        told.contains("nobody of the very name `zimmerman` is near Austin, TX"),
        "{answer}"
    );
    assert_eq!(names(&answer["other_readings"][0])[0], "Otto Zimmerman", "{answer}");
}

/// Two people, of whom one has a title.
#[test]
fn who_stands_before_a_title_is_somebody_else() {
    let answer = world().ask(&[("q", "Natalie Scoggins works with dr Paulin in Houma")]);
    let mut found = names(&answer);
    found.sort_unstable();
    assert_eq!(found, ["Emile Paulin", "Natalie Scoggins"], "{answer}");
}

/// Where somebody is counts less than the place that they name.
#[test]
fn a_place_that_is_named_goes_before_a_bare_point() {
    let answer = world().ask(&[("q", "baker in new haven ct"), ("near", "39.7589,-84.1916")]);
    assert_eq!(answer["interpreted"]["place"]["label"], "New Haven, CT", "{answer}");
    assert_eq!(names(&answer)[0], "Brian Baker", "{answer}");
    let typed = world().ask(&[("q", "baker in new haven ct"), ("near", "Austin, TX")]);
    assert_eq!(typed["interpreted"]["place"]["label"], "Austin, TX", "{typed}");
}
