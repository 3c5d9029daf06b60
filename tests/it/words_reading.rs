//! What the one box makes of sentences: each part understood, told and applied; strange texts are answered like any other.

use std::{fmt::Write as _, sync::OnceLock};

use proptest::prelude::*;
use provider_directory::{
    domain::provider::Specialty,
    index::free_slots::{Free, FreeSlot, FreeSlots},
    interfaces::http::openapi::DOCUMENT,
    vocab::place::Point,
};
use serde_json::Value;

use super::words_names::{Words, now, provider, today};

pub(super) fn world() -> &'static Words {
    static WORLD: OnceLock<Words> = OnceLock::new();
    WORLD.get_or_init(|| {
        let names = [
            ("Jordan Young", "208000000X"),
            ("Michael Jordan", "207Q00000X"),
            ("Priya Spanish", "207Q00000X"),
            ("Emily Hart", "1223G0001X"),
            ("Emily Hart", "207RC0000X"),
            ("Robert Gonzalez", "207RC0000X"),
            ("Anh Do", "207Q00000X"),
            ("Susan Cold", "207Q00000X"),
            ("Will Best", "207Q00000X"),
            ("Houston Heart Center", "261QM1300X"),
            ("Laura Smith", "207N00000X"),
            ("Sam Houston", "207X00000X"),
            ("Maria Garcia", "208000000X"),
            ("Lakeside Family Medicine Associates", "207Q00000X"),
            ("Nora Field", "2080P0202X"),
            ("Santa Monica Eye Center", "207W00000X"),
            ("St Joseph Medical Center", "282N00000X"),
            // Of a town; it does not keep the other from being found.
            ("Saint Joseph Dental Center", "261QD0000X"),
            ("East Lansing Medical Center", "282N00000X"),
            ("Jersey City Medical Center", "282N00000X"),
            ("Denise Van", "207Q00000X"),
            // Called like cities and payers.
            ("Cleveland Boston", "207Q00000X"),
            ("Jackson Denver", "207Q00000X"),
            ("Columbus Mobile", "207Q00000X"),
            ("Brooklyn Harbor", "207Q00000X"),
            // Called after their towns, as no person here is.
            ("Poughkeepsie Care Center", "261QU0200X"),
            ("Marble Falls Dental Center", "261QD0000X"),
            ("Virginia Lee", "111N00000X"),
            ("Sun Kim", "207Q00000X"),
            ("Francis Smith", "207Q00000X"),
            ("Jessica Brown", "225200000X"),
            ("Tamara Paris", "207Q00000X"),
        ];
        let all = (0..).zip(names);
        Words::of(all.map(|(n, (name, code))| provider(n, name, None, code)).collect())
    })
}

/// The reading in a line: what is not null, in a fixed order.
fn reading(answer: &Value) -> String {
    let understood = &answer["interpreted"];
    let mut line = String::new();
    let mut tell = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let space = if line.is_empty() { "" } else { " " };
            write!(line, "{space}{name}={value}").expect("into memory");
        }
    };
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => Some(values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("|")),
        other => Some(other.to_string()),
    };
    let first = understood["specialty"].as_array().and_then(|codes| codes[0].as_str());
    tell("is", first.map(str::to_owned));
    for name in [
        "language",
        "gender",
        "accepting_new_patients",
        "telehealth",
        "accessibility",
        "open_at",
        "name",
        "npi",
    ] {
        tell(name, text(&understood[name]));
    }
    tell("at", text(&understood["place"]["label"]));
    tell("miles", text(&understood["radius_miles"]));
    let networks = understood["network"].as_array().map(|list| list.len().to_string());
    tell("networks", networks);
    let plans = understood["plan"].as_array().map(|list| list.len().to_string());
    tell("plans", plans);
    let terms = understood["terms"].as_array().into_iter().flatten();
    for excluded in terms.filter(|term| term["kind"] == "excluded") {
        let value = excluded["value"].as_str().unwrap_or_default();
        let first = value.split('|').next().unwrap_or_default();
        let (kind, _) = first.split_once('=').unwrap_or((first, ""));
        let id = matches!(kind, "network" | "plan");
        tell("not", Some(if id { kind } else { first }.to_owned()));
    }
    let mut terms = understood["terms"].as_array().into_iter().flatten();
    tell(
        "sort",
        terms
            .find(|term| term["kind"] == "sort")
            .and_then(|term| text(&term["value"])),
    );
    line
}

/// Sentences are read as they are expected to be, each with its [`reading`]; all that are not are told at once.
pub(super) fn assert_read(world: &Words, sentences: &[(&str, &str)]) {
    let mut faults = String::new();
    for (sentence, expected) in sentences {
        let found = reading(&world.ask(&[("q", sentence)]));
        if found != *expected {
            writeln!(faults, "{sentence}\n  is read as {found}\n  instead of {expected}").expect("into memory");
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn feature_1_21_sentences_are_read_as_people_mean_them() {
    assert_read(world(), SENTENCES);
}

/// Sunday, 22 November 2026, is today.
const SENTENCES: &[(&str, &str)] = &[
    (
        "spanish speaking pediatrician near 60614 taking new patients",
        "is=208000000X language=es accepting_new_patients=true at=60614 Chicago, IL",
    ),
    ("hart doctor near me that speeks spanish", "is=207RC0000X language=es"),
    ("Dr Bob Gonzales", "name=bob gonzales"),
    ("OBGYN 10013", "is=207V00000X at=10013 New York, NY"),
    ("kids dentist open saturday", "is=1223P0221X open_at=2026-11-28T10:00"),
    ("dermitology", "is=207N00000X"),
    ("cardiologist in huston tx", "is=207RC0000X at=Houston, TX"),
    ("cardiologist in chcago", "is=207RC0000X at=Chicago, IL"),
    ("cardiologist houston", "is=207RC0000X at=Houston, TX"),
    ("cardiologist pa", "is=207RC0000X"),
    (
        "dentist in tidewater mutual network houston",
        "is=122300000X at=Houston, TX networks=3",
    ),
    ("houston male telehealth", "gender=M telehealth=true at=Houston, TX"),
    ("houston cardiologist", "is=207RC0000X at=Houston, TX"),
    ("dentist in texas", "is=122300000X at=Texas"),
    (
        "dentist within 10 miles of 77030",
        "is=122300000X at=77030 Houston, TX miles=10.0",
    ),
    ("dentist 5mi", "is=122300000X miles=5.0"),
    (
        "female gynecologist who takes new patients",
        "is=207V00000X gender=F accepting_new_patients=true",
    ),
    ("male therapist telehealth", "is=101YM0800X gender=M telehealth=true"),
    (
        "woman dentist that speaks vietnamese in san jose ca",
        "is=122300000X language=vi gender=F at=San Jose, CA",
    ),
    ("urgent care open now", "is=261QU0200X open_at=now"),
    ("dentist open sunday morning", "is=122300000X open_at=2026-11-22T10:00"),
    (
        "pediatrician open tuesday after 5",
        "is=208000000X open_at=2026-11-24T17:00",
    ),
    ("Jordan Young", "name=jordan young"),
    ("dr young", "name=young"),
    ("Dr Spanish", "name=spanish"),
    ("dr hart", "name=hart"),
    ("emily hart dentist", "is=122300000X name=emily hart"),
    ("dr cold houston", "name=cold at=Houston, TX"),
    ("susan cold", "name=susan cold"),
    ("cold", "is=261QU0200X"),
    ("anh do", "name=anh do"),
    ("will best", "name=will best"),
    ("laura smith md", "name=laura smith"),
    ("Laura Smith, M.D., Houston", "name=laura smith at=Houston, TX"),
    ("smith houston", "name=smith at=Houston, TX"),
    ("sam houston", "name=sam houston"),
    ("houston heart center", "name=houston heart center"),
    ("1245319599", "npi=1245319599"),
    (
        "takes harbor national health gold ppo cardiologist",
        "is=207RC0000X plans=1",
    ),
    ("cardiologist that accepts Tidewater Mutual", "is=207RC0000X networks=3"),
    (
        "pediatrician harbor national health choice ppo",
        "is=208000000X networks=1",
    ),
    ("dentist takes blue shield", "is=122300000X"),
    ("dentist who takes medicaid", "is=122300000X networks=4"),
    ("dentista que habla español cerca de mi", "is=122300000X language=es"),
    ("i need a good eye doctor for my mother", "is=207W00000X"),
    ("cardiologist for my son", "is=2080P0202X"),
    ("doctor for kids in boston", "is=208000000X at=Boston, MA"),
    ("pediatrician in new york", "is=208000000X at=New York, NY"),
    ("mandarin speaking doctor flushing ny", "language=cmn at=Flushing, NY"),
    ("skin doctor miami florida", "is=207N00000X at=Miami, FL"),
    ("orthopedist st louis mo", "is=207X00000X at=Saint Louis, MO"),
    ("maria garcia pediatrician", "is=208000000X name=maria garcia"),
    (
        "pediatrician maria garcia in houston tx",
        "is=208000000X name=maria garcia at=Houston, TX",
    ),
    ("gonzalez heart doctor", "is=207RC0000X name=gonzalez"),
    ("therapist for anxiety", "is=101YM0800X"),
    ("hip doctor", "is=207X00000X"),
    ("nurse", "is=163W00000X"),
    ("md near houston tx", "at=Houston, TX"),
    ("pediatrican", "is=208000000X"),
    (
        "cardiolgist acepting new patients",
        "is=207RC0000X accepting_new_patients=true",
    ),
    ("doctor", ""),
    ("the and of in", ""),
    ("find me a doctor please", ""),
    ("virtual visit with a psychiatrist", "is=2084P0800X telehealth=true"),
    ("online therapy", "is=101YM0800X telehealth=true"),
    ("womens health clinic", "is=207V00000X"),
    ("neurologist in harris county", "is=2084N0400X at=Harris County, TX"),
    ("dermatologist in la", "is=207N00000X at=Los Angeles, CA"),
    ("hemroids", "is=208C00000X"),
    (
        "opthamologist acepting new patience",
        "is=207W00000X accepting_new_patients=true",
    ),
    ("dermatologist in la jolla ca", "is=207N00000X at=La Jolla, CA"),
    ("weight loss dr jacksonville fl", "is=207RB0002X at=Jacksonville, FL"),
    ("pediatrician after 5pm", "is=208000000X open_at=2026-11-23T17:00"),
    ("24 hour pharmacy", "is=333600000X open_at=2026-11-23T03:00"),
    ("toddler wont stop crying ear infection", "is=207Y00000X"),
    ("eye doctor for my diabetes", "is=207W00000X"),
    ("lakeside family medicine", "name=lakeside family medicine"),
    // What is asked for is never turned into its opposite, nor into somebody who merely sounds like it.
    ("no telehealth dermatologist", "is=207N00000X"),
    ("dermatologist without video visits", "is=207N00000X"),
    ("board certified dermatologist", "is=207N00000X"),
    ("no male therapists please", "is=101YM0800X not=gender=M"),
    ("i dont want a male gynecologist", "is=207V00000X not=gender=M"),
    ("a gynecologist who isn't a man", "is=207V00000X not=gender=M"),
    ("a gynecologist who is not a man", "is=207V00000X not=gender=M"),
    ("female doctor, no men", "gender=F not=gender=M"),
    ("male or female therapist", "is=101YM0800X"),
    (
        "dermatologist not in brooklyn",
        "is=207N00000X at=Brooklyn, NY not=place=Brooklyn, NY",
    ),
    (
        "dermatologist in queens but not in brooklyn",
        "is=207N00000X at=Queens, NY not=place=Brooklyn, NY",
    ),
    ("dentist not in texas", "is=122300000X not=place=Texas"),
    ("doctors that don't take medicaid", "not=network"),
    ("dentist who does not accept harbor gold", "is=122300000X not=plan"),
    ("psychiatrist but not in network harbor", "is=2084P0800X not=network"),
    ("dentist not covered by medicare", "is=122300000X"),
    ("i dont have medicaid dentist", "is=122300000X"),
    ("dentist i dont have medicaid", "is=122300000X"),
    ("dentist medicaid", "is=122300000X networks=4"),
    ("not spanish speaking pediatrician", "is=208000000X not=language=es"),
    ("pediatrician who doesnt speak spanish", "is=208000000X not=language=es"),
    ("no hablo ingles necesito un doctor", "language=es"),
    ("i dont speak english dentist", "is=122300000X"),
    ("doctor hablo español", "language=es"),
    ("no new patients dentist", "is=122300000X accepting_new_patients=false"),
    (
        "dentist not accepting new patients",
        "is=122300000X accepting_new_patients=false",
    ),
    ("therapist that isnt christian", "is=101YM0800X"),
    ("non smoking therapist", "is=101YM0800X"),
    ("dentist not named smith", "is=122300000X not=name=smith"),
    (
        "dentist not named smith in houston",
        "is=122300000X at=Houston, TX not=name=smith",
    ),
    ("anyone but dr smith", "not=name=smith"),
    ("pediatrician other than dr garcia", "is=208000000X not=name=garcia"),
    ("no dentists", "not=specialty=122300000X"),
    ("dentist except pediatric", "is=122300000X not=specialty=208000000X"),
    ("heart doctor not a surgeon", "is=207RC0000X not=specialty=208600000X"),
    ("dentist not open saturday", "is=122300000X"),
    (
        "dentist no more than 5 miles from 77030",
        "is=122300000X at=77030 Houston, TX miles=5.0",
    ),
    ("not sleeping well", "is=207RS0012X"),
    // Of those who cannot climb stairs.
    (
        "wheelchair accesible dentist",
        "is=122300000X accessibility=handiaccess|adacomp|mobility",
    ),
    (
        "cardiologist for my mother in a wheelchair",
        "is=207RC0000X accessibility=handiaccess|adacomp|mobility",
    ),
    // Of which no record tells.
    ("black female therapist", "is=101YM0800X gender=F"),
    ("asian dentist", "is=122300000X"),
    ("gay friendly doctor", ""),
    ("affordable dentist", "is=122300000X"),
    ("doctor with 20 years experience", ""),
    ("doctor for my 3 year old", "is=208000000X"),
    ("cardiologist for 6 year old", "is=2080P0202X"),
    ("therapist for 45 year old", "is=101YM0800X"),
    ("same day appointment pediatrician", "is=208000000X"),
    // Where.
    ("smith los angeles", "name=smith at=Los Angeles, CA"),
    ("smith new york", "name=smith at=New York, NY"),
    ("dr garcia fort worth", "name=garcia at=Fort Worth, TX"),
    ("obgin los angeles", "is=207V00000X at=Los Angeles, CA"),
    ("ent santa monica", "is=207Y00000X at=Santa Monica, CA"),
    ("ent la jolla", "is=207Y00000X at=La Jolla, CA"),
    ("surgeon in n.y.c.", "is=208600000X at=New York, NY"),
    ("dentist l.a.", "is=122300000X at=Los Angeles, CA"),
    ("doctor san fran", "at=San Francisco, CA"),
    ("dentist near 10013-1234", "is=122300000X at=10013 New York, NY"),
    (
        "doctor near ohare airport",
        "at=O'Hare International Airport (Chicago, IL)",
    ),
    ("east lansing mi pediatrician", "is=208000000X at=East Lansing, MI"),
    ("dentist washington state", "is=122300000X at=Washington"),
    ("jersey city", "at=Jersey City, NJ"),
    ("van dyke", "name=van dyke"),
    // A city and its state's two letters, whatever else they may be.
    ("boston, MA dentist", "is=122300000X at=Boston, MA"),
    ("boston ma", "at=Boston, MA"),
    ("kansas city, MO dentist", "is=122300000X at=Kansas City, MO"),
    ("st. louis, mo pediatrician", "is=208000000X at=Saint Louis, MO"),
    ("cleveland oh dentist", "is=122300000X at=Cleveland, OH"),
    ("clevland oh dentist", "is=122300000X at=Cleveland, OH"),
    ("columbus oh obgyn", "is=207V00000X at=Columbus, OH"),
    ("columbus in dentist", "is=122300000X at=Columbus, IN"),
    ("denver co dentist", "is=122300000X at=Denver, CO"),
    ("springfield mo dentist", "is=122300000X at=Springfield, MO"),
    ("new orleans la dentist", "is=122300000X at=New Orleans, LA"),
    ("detroit mi dentist", "is=122300000X at=Detroit, MI"),
    ("jackson ms pediatrician", "is=208000000X at=Jackson, MS"),
    ("boise id dentist", "is=122300000X at=Boise, ID"),
    ("mobile al dentist", "is=122300000X at=Mobile, AL"),
    ("erie pa dentist", "is=122300000X at=Erie, PA"),
    ("tulsa ok dentist", "is=122300000X at=Tulsa, OK"),
    ("portland or dentist", "is=122300000X at=Portland, OR"),
    ("salem or 97301 dentist", "is=122300000X at=97301 Salem, OR"),
    ("dr denver md", "name=denver"),
    ("jackson denver md", "name=jackson denver"),
    ("columbus in houston", "name=columbus at=Houston, TX"),
    // One place or another.
    ("dentist in springfield or peoria", "is=122300000X at=Springfield, MO"),
    ("dentist queens or brooklyn", "is=122300000X at=Queens, NY"),
    ("dentist in houston and katy", "is=122300000X at=Houston, TX"),
    ("psychiatrist in oregon or washington", "is=2084P0800X at=Oregon"),
    ("same day telehealth doctor", "telehealth=true"),
    ("quitting smoking", "is=207RA0401X"),
    ("dentist in st paul mn", "is=122300000X at=Saint Paul, MN"),
    ("saint joseph medical center", "name=st joseph medical center"),
    // In Spanish.
    (
        "doctor para niños que hable español cerca de 10013",
        "is=208000000X language=es at=10013 New York, NY",
    ),
    ("me duele la cabeza", "is=2084N0400X"),
    ("terapia para parejas", "is=106H00000X"),
    ("ms specialist", "is=2084N0400X"),
    ("dentist near central park", "is=122300000X"),
    ("swallowed a coin", "is=261QU0200X"),
    ("dolor en la rodilla", "is=207X00000X"),
    ("phsycatrist", "is=2084P0800X"),
    ("skin dr in harlem", "is=207N00000X at=New York, NY"),
    // Payers without a cue, in Spanish, with their state, and kinds that are no payer.
    ("medicaid dentist", "is=122300000X networks=4"),
    ("pediatra que acepte medicaid", "is=208000000X networks=4"),
    ("bcbs of texas dermatologist", "is=207N00000X"),
    ("ppo dermatologist", "is=207N00000X"),
    ("delta dental dentist", "is=122300000X"),
    ("harbor national gold ppo dentist", "is=122300000X plans=1"),
    ("harbor gold dentist", "is=122300000X plans=1"),
    ("harbor health insurance gold ppo plan dentist", "is=122300000X plans=1"),
    ("who takes tidewater bronze dermatologist", "is=207N00000X plans=1"),
    ("dermatologist tidewater silver ppo", "is=207N00000X plans=1"),
    ("takes sierra pacific medicaid pediatrician", "is=208000000X networks=1"),
    ("pediatrician medicaid sierra pacific", "is=208000000X networks=1"),
    (
        "dentist takes harbor national or tidewater mutual",
        "is=122300000X networks=6",
    ),
    ("prairie care flex psychiatrist", "is=2084P0800X plans=1"),
    ("harbor hmo dentist", "is=122300000X networks=1"),
    ("harbor national platinum dentist", "is=122300000X networks=3"),
    ("dr harbor", "name=harbor"),
    ("harbor health center", "is=261Q00000X"),
    ("optometrist vsp", "is=152W00000X"),
    // When.
    ("dermatologist free tomorrow", "is=207N00000X open_at=2026-11-23T10:00"),
    ("free clinic", "is=261QC1500X"),
    ("wed afternoon dentist", "is=122300000X open_at=2026-11-25T14:00"),
    ("dentist open until 9pm", "is=122300000X open_at=2026-11-23T20:59"),
    ("farmacia abierta 24 horas", "is=333600000X open_at=2026-11-23T03:00"),
    ("dentista abierto los lunes", "is=122300000X open_at=2026-11-23T10:00"),
    ("who can see me today in miami", "open_at=now at=Miami, FL"),
    (
        "dermatologist tomorrow in dallas",
        "is=207N00000X open_at=2026-11-23T10:00 at=Dallas, TX",
    ),
    ("doctor tomorrow morning", "open_at=2026-11-23T10:00"),
    ("pediatra mañana", "is=208000000X open_at=2026-11-23T10:00"),
    ("dentista por la mañana", "is=122300000X"),
    (
        "open at 7pm tonight urgent care houston",
        "is=261QU0200X open_at=2026-11-22T19:00 at=Houston, TX",
    ),
    ("urgent care 7 pm tonight", "is=261QU0200X open_at=2026-11-22T19:00"),
    ("dentist at 9am on wednesday", "is=122300000X open_at=2026-11-25T09:00"),
    ("pediatrician today at 3pm", "is=208000000X open_at=2026-11-22T15:00"),
    ("dermatologist available before friday", "is=207N00000X"),
    ("earliest appointment with a dermatologist", "is=207N00000X"),
    ("next available dermatologist in boston", "is=207N00000X at=Boston, MA"),
    ("dermatologist appointment next week", "is=207N00000X"),
    // How far.
    ("closest hospital", "is=282N00000X sort=distance"),
    (
        "nearest pediatrician to houston tx",
        "is=208000000X at=Houston, TX sort=distance",
    ),
    ("hospital mas cercano", "is=282N00000X sort=distance"),
    ("dentist within 10 minutes", "is=122300000X"),
    ("10 minutes away dentist", "is=122300000X"),
    ("dentist 5 blocks from here", "is=122300000X"),
    ("walking distance dentist", "is=122300000X"),
    // Cities in short, wherever they stand.
    ("LA dentist", "is=122300000X at=Los Angeles, CA"),
    ("SF therapist", "is=101YM0800X at=San Francisco, CA"),
    ("dc psychiatrist", "is=2084P0800X at=Washington, DC"),
    ("okc dentist", "is=122300000X at=Oklahoma City, OK"),
    ("jax fl obgyn", "is=207V00000X at=Jacksonville, FL"),
    ("la dentista", "is=122300000X"),
    // For whom.
    ("lady doctor", "is=207V00000X gender=F"),
    ("woman doctor", "is=207V00000X gender=F"),
    ("doctora en miami", "gender=F at=Miami, FL"),
    ("peds cardiology boston", "is=2080P0202X at=Boston, MA"),
    ("peds ent dallas", "is=207Y00000X at=Dallas, TX"),
    ("my 5 year old has chest pain", "is=2080P0202X"),
    ("partera en brooklyn", "is=367A00000X at=Brooklyn, NY"),
    ("cleaning and whitening", "is=122300000X"),
    ("doctor para mi niño", "is=208000000X"),
    (
        "dentista que hable criollo en miami",
        "is=122300000X language=ht at=Miami, FL",
    ),
    ("dmd in tampa", "is=122300000X at=Tampa, FL"),
    ("int med doctor", "is=207R00000X"),
    ("ENT doc", "is=207Y00000X"),
    // Who needs help at once.
    ("suicide", "is=101YM0800X"),
    ("i want to kill myself", "is=101YM0800X"),
    ("quiero morir", "is=101YM0800X"),
    ("911", "is=282N00000X"),
    ("my water broke", "is=282N00000X"),
    // Two payers, and one that is not here.
    (
        "dermatologist that accepts tidewater and harbor",
        "is=207N00000X networks=6",
    ),
    // Nobody of the name is in it: the person is shown.
    ("dr gonzalez tidewater", "name=gonzalez"),
    ("dermatologist blue cross blue shield", "is=207N00000X"),
    // From afar.
    ("dermatologist over the phone", "is=207N00000X telehealth=true"),
    ("e-visit dermatologist", "is=207N00000X telehealth=true"),
    // What people have.
    ("missed my period", "is=207V00000X"),
    ("my husband has been coughing blood", "is=207RP1001X"),
    ("my kid was stung by a bee", "is=261QU0200X"),
    ("psych ward", "is=283Q00000X"),
    ("transgender doctor", "is=207RE0101X"),
    ("sliding scale therapist", "is=101YM0800X"),
    ("medico para ancianos", "is=207RG0300X"),
    ("houston heart ctr", "name=houston heart center"),
    (
        "lakeside family medicine assoc",
        "name=lakeside family medicine associates",
    ),
    // A state by itself.
    ("dentist in tx", "is=122300000X at=Texas"),
    ("dentist nj", "is=122300000X at=New Jersey"),
    ("CA dentist", "is=122300000X at=California"),
    (
        "dentist in CA accepting new patients",
        "is=122300000X accepting_new_patients=true at=California",
    ),
    ("texas dentist", "is=122300000X at=Texas"),
    (
        "florida telehealth therapist",
        "is=101YM0800X telehealth=true at=Florida",
    ),
    ("dentist OR", "is=122300000X at=Oregon"),
    ("dentist in Cali", "is=122300000X at=California"),
    ("miami fla cardiologist", "is=207RC0000X at=Miami, FL"),
    ("boston mass pediatrician", "is=208000000X at=Boston, MA"),
    ("dr paris texas", "name=paris at=Texas"),
    ("smith nj", "name=smith at=New Jersey"),
    ("ct scan", "is=261QR0200X"),
    // A town that only houses are called after, one of several, one that is misspelt or written in short.
    ("dentist poughkeepsie", "is=122300000X at=Poughkeepsie, NY"),
    ("dentist marble falls", "is=122300000X at=Marble Falls, TX"),
    ("dentist cherry hill", "is=122300000X at=Cherry Hill, NJ"),
    ("dentist milwakee", "is=122300000X at=Milwaukee, WI"),
    ("dentist pheonix", "is=122300000X at=Phoenix, AZ"),
    ("obgyn pittsburg pa", "is=207V00000X at=Pittsburgh, PA"),
    ("n. charleston dentist", "is=122300000X at=North Charleston, SC"),
    ("dentist st. pete", "is=122300000X at=Saint Petersburg, FL"),
    ("dentist pt pleasant nj", "is=122300000X at=Point Pleasant, NJ"),
    ("dentist ft. worth", "is=122300000X at=Fort Worth, TX"),
    ("doctor houston", "at=Houston, TX"),
    (
        "houston doctors taking new patients",
        "accepting_new_patients=true at=Houston, TX",
    ),
    ("n.y.c. dentist", "is=122300000X at=New York, NY"),
    ("appointment in may with a dermatologist", "is=207N00000X"),
    ("dentist back bay boston", "is=122300000X at=Boston, MA"),
    ("dentist miami-dade county", "is=122300000X at=Miami-Dade County, FL"),
    ("dr smith dentist in houston or boston", "name=smith at=Houston, TX"),
    // Streets are no names.
    ("dentist on park avenue new york", "is=122300000X at=New York, NY"),
    ("120 main st dentist", "is=122300000X"),
    ("dentist 120 main st houston tx", "is=122300000X at=Houston, TX"),
    (
        "24 hour pharmacy st louis mo",
        "is=333600000X open_at=2026-11-23T03:00 at=Saint Louis, MO",
    ),
    // To whom something belongs, two people, and somebody who is misspelt.
    ("dr smith's office", "name=smith"),
    ("smith's office", "name=smith"),
    ("women's health", "is=207V00000X"),
    ("drs smith and kim", "name=smith"),
    (
        "dr smith dermatologist in houston or boston",
        "is=207N00000X name=smith at=Houston, TX",
    ),
    ("franciis smith", "name=franciis smith"),
    ("jessica brown lpcc", "name=jessica brown"),
    ("saint joseph's medical center", "name=st joseph medical center"),
    // Payers.
    ("gold ppo from harbor national dentist", "is=122300000X plans=1"),
    ("HARB02 dentist", "is=122300000X plans=1"),
    ("harb02 dentist", "is=122300000X plans=1"),
    ("siera pacific pediatrician", "is=208000000X networks=3"),
    ("any insurance but tidewater dermatologist", "is=207N00000X not=network"),
    // Night is an hour only of a door.
    ("night guard for grinding teeth", "is=122300000X"),
    ("legs swell up at night", "is=207RC0000X"),
    ("pediatrician open till 8", "is=208000000X open_at=2026-11-23T19:59"),
    ("accepting new pts", "accepting_new_patients=true"),
    ("dentist w/ evening hours", "is=122300000X open_at=2026-11-23T18:00"),
    // What ails somebody is nobody's name.
    ("constipated for weeks", "is=207RG0100X"),
    ("my husband fonzled for weeks", ""),
    ("weed addiction", "is=207RA0401X"),
    ("cardiologists affiliated with st joseph", "is=207RC0000X"),
    ("girl doctor", "gender=F"),
    ("dermatologist not laura smith", "is=207N00000X not=name=laura smith"),
    ("pediatrician who does not do telehealth", "is=208000000X"),
];

#[test]
fn feature_1_15_a_corrected_word_is_told_with_what_it_finds() {
    let answer = world().ask(&[("q", "dermitology")]);
    assert_eq!(answer["did_you_mean"]["text"], "dermatology", "{answer}");
    assert_eq!(answer["did_you_mean"]["count"], answer["total"]["value"]);
    let answer = world().ask(&[("q", "Bob Gonzales"), ("match", "exact")]);
    assert_eq!(answer["total"]["value"], 0);
    assert_eq!(answer["did_you_mean"]["text"], "robert gonzalez", "{answer}");
    assert_eq!(answer["did_you_mean"]["count"], 1);
    let answer = world().ask(&[("q", "laura smith")]);
    assert_eq!(answer["did_you_mean"], Value::Null);
    // What is said beside the name stays.
    let answer = world().ask(&[("q", "Bob Gonzales, please"), ("match", "exact")]);
    assert_eq!(answer["did_you_mean"]["text"], "robert gonzalez, please", "{answer}");
    // Nor is a spelling offered that finds no other rows than are shown.
    let answer = world().ask(&[("q", "dr gonzales cardiologist, please")]);
    assert_eq!(answer["total"]["value"], 1, "{answer}");
    assert_eq!(answer["did_you_mean"], Value::Null, "{answer}");
}

#[test]
fn what_is_left_out_is_told() {
    for (text, told) in [
        ("no telehealth dermatologist", "`no telehealth` is no condition"),
        ("therapist that isnt christian", "`isnt christian` is no condition"),
        ("non smoking therapist", "`non smoking` is no condition"),
        ("dentist not open saturday", "`not open saturday` is no condition"),
        ("i dont have medicaid dentist", "`dont have medicaid` is no condition"),
        (
            "dentist not covered by medicare",
            "no network or plan called `medicare`",
        ),
        ("i dont speak english dentist", "say which language is spoken instead"),
        ("christian therapist", "nothing is known here of `christian`"),
        ("ppo dermatologist", "`ppo` alone names no network"),
        ("bcbs of texas dermatologist", "no network or plan called `bcbs`"),
        ("doctor near blorgh airport", "`blorgh` is no place that is known"),
        ("asian dentist", "nothing is known here of `asian`"),
        ("black female therapist", "nothing is known here of `black`"),
        (
            "doctor with 20 years experience",
            "nothing is known here of `20 years experience`",
        ),
        (
            "cheap vsp dentist",
            "of `cheap`, so it is left out; no network or plan called `vsp`",
        ),
        (
            "laura gonzalez dermatologist",
            "nobody of the name `laura gonzalez` is found",
        ),
        (
            "dentist in springfield or peoria",
            "only one place is searched at a time, so `peoria` is left out",
        ),
        ("dentist queens or brooklyn", "so `brooklyn` is left out"),
        (
            "harbor national platinum dentist",
            "no network or plan called `harbor national platinum` is in this directory, so `platinum` is left out",
        ),
        ("suicide", "call or text 988"),
        ("911", "in an emergency call 911"),
        ("my baby swallowed a battery", "call Poison Help, 1-800-222-1222"),
        ("i took too many pills", "call Poison Help, 1-800-222-1222"),
        ("dermatologist breathe", "not understood, so left out: breathe"),
        ("no puedo respirar", "in an emergency call 911"),
        ("my husband has chest pain", "in an emergency call 911"),
        ("dentist near me", "to find what is near, add a place"),
        ("closest hospital", "to find what is near, add a place"),
        ("dermatologist appointment next week", "`next week` is no day"),
        (
            "dermatologist available before friday",
            "no free appointments are published here, so `available before friday` is left out",
        ),
        (
            "earliest appointment with a dermatologist",
            "so `earliest appointment` is left out",
        ),
        ("dentist within 10 minutes", "`within 10 minutes` is no distance"),
        (
            "walking distance dentist",
            "nothing is known here of `walking distance`",
        ),
        (
            "dermatologist blue cross blue shield",
            "no network or plan called `blue cross blue shield`",
        ),
        ("the and of", "nothing in this text was understood"),
        ("\u{1f600}", "nothing in this text was understood"),
        (
            "120 main st dentist",
            "`120 main st` is a street, which cannot be searched for",
        ),
        ("dentist on park avenue new york", "`on park avenue` is a street"),
        ("no insurance dentist", "nothing is known here of `no insurance`"),
        ("bilingual pediatrician", "nothing is known here of `bilingual`"),
        ("PRV-2026-999999", "nobody here has the locator PRV-2026-999999"),
        ("555-1051", "with its area code"),
        ("251577575", "251577575 has 9 digits"),
        ("25157757590", "25157757590 has 11 digits"),
    ] {
        let answer = world().ask(&[("q", text)]);
        let hint = answer["hint"].as_str().unwrap_or_default();
        assert!(hint.contains(told), "{text}: {hint}");
        assert_eq!(answer["interpreted"]["name"], Value::Null, "{text}");
    }
}

/// Where nobody is near enough, that is said, and nobody from a day's journey away is shown; who is asked for without a wish is
/// shown wherever they are.
#[test]
fn a_wish_is_looked_for_within_reach() {
    let mut rows = vec![
        provider(0, "Ada Kim", None, "1223G0001X"),
        provider(2, "Bea Green", None, "1223G0001X"),
        provider(4, "Cal Brown", None, "1223G0001X"),
    ];
    rows[0].languages = vec!["en".to_owned(), "ko".to_owned()];
    rows[1].locations[0].point = Point::from_degrees(29.72, -95.4);
    rows[2].locations[0].point = Point::from_degrees(29.74, -95.4);
    rows[2].verified_at = Some(today());
    let world = Words::of(rows);
    let far = world.ask(&[("q", "korean dentist"), ("near", "10013")]);
    assert_eq!(
        (&far["total"]["value"], &far["expanded_radius_miles"]),
        (&0.into(), &200.0.into())
    );
    assert_eq!(
        far["hint"],
        "within 200 miles nobody found is known to speak that language; without that there are 3"
    );
    for (q, near) in [
        ("korean dentist", "77030"),
        ("korean dentist", "Austin, TX"),
        ("ada kim", "10013"),
    ] {
        let found = world.ask(&[("q", q), ("near", near)]);
        assert_eq!(found["results"][0]["name"], "Ada Kim", "{q} near {near}");
    }
    let any = world.ask(&[("q", "dentist"), ("near", "10013")]);
    assert_eq!(any["total"]["value"], 3);
    // The nearest first, whatever else speaks for the others.
    let closest = world.ask(&[("q", "closest dentist"), ("near", "29.7,-95.4")]);
    let names: Vec<&str> = closest["results"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|c| c["name"].as_str())
        .collect();
    assert_eq!(names, ["Ada Kim", "Bea Green", "Cal Brown"]);
    assert_eq!(closest["hint"], Value::Null);
}

/// Where free appointments are published, they can be asked for in words.
#[test]
fn free_appointments_are_asked_for_in_words() {
    let rows = vec![
        provider(0, "Ada Kim", None, "207N00000X"),
        provider(2, "Bea Green", None, "207N00000X"),
        provider(4, "Cal Brown", None, "207N00000X"),
    ];
    let slot = |days: i64| Free {
        slots: vec![FreeSlot {
            starts_at: now().timestamp() + days * 86_400,
            utc_offset_minutes: -360,
        }],
        clinics: Vec::new(),
        more: false,
    };
    let mut table = FreeSlots::default();
    table.put(rows[1].id, slot(6));
    table.put(rows[2].id, slot(2));
    let world = Words::of(rows);
    world.index.set_free_slots(table);
    for q in [
        "next available dermatologist",
        "earliest appointment with a dermatologist",
    ] {
        let answer = world.ask(&[("q", q)]);
        let names: Vec<&str> = answer["results"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|c| c["name"].as_str())
            .collect();
        assert_eq!(names, ["Cal Brown", "Bea Green", "Ada Kim"], "{q}");
    }
    let answer = world.ask(&[("q", "dermatologist appointment before friday")]);
    assert_eq!(answer["interpreted"]["available_before"], "2026-11-27");
    assert_eq!(answer["results"][0]["name"], "Cal Brown");
    assert_eq!(answer["total"]["value"], 1);
    let nobody = world.ask(&[("q", "dermatologist available before tomorrow")]);
    assert_eq!(
        nobody["hint"],
        "nobody found has a free slot before that day; without that there are 3"
    );
}

/// Whoever asks for a doctor and says no more wants no dentist, therapist or house; who says more is taken at their word.
#[test]
fn a_bare_word_for_a_doctor_finds_physicians() {
    let expected = world().ask(&[("profession", "physician"), ("limit", "100")]);
    let names = |answer: &Value| -> Vec<String> {
        let results = answer["results"].as_array().into_iter().flatten();
        results
            .map(|card| card["name"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    assert!(names(&expected).contains(&"Jordan Young".to_owned()));
    for house_or_other in [
        "Lakeside Family Medicine Associates",
        "Virginia Lee",
        "Jessica Brown",
        "St Joseph Medical Center",
    ] {
        assert!(
            !names(&expected).contains(&house_or_other.to_owned()),
            "{house_or_other}"
        );
    }
    for q in [
        "doctor",
        "doctors near me",
        "Physicians",
        "dr in houston tx",
        "specialists in houston",
        "a doc please",
        "medicos",
    ] {
        let answer = world().ask(&[("q", q), ("limit", "100")]);
        assert_eq!(answer["interpreted"]["profession"], "physician", "{q}");
        assert_eq!(answer["total"], expected["total"], "{q}");
        let term = answer["interpreted"]["terms"].as_array().into_iter().flatten();
        assert!(term.clone().any(|term| term["kind"] == "profession"), "{q}");
    }
    let woman = world().ask(&[("q", "doctora")]);
    assert_eq!(
        (&woman["interpreted"]["profession"], &woman["interpreted"]["gender"]),
        (&"physician".into(), &"F".into())
    );
    for q in [
        "dr smith",
        "doctor smith",
        "heart doctor",
        "doctors office",
        "doctor of physical therapy",
        "anyone but dr smith",
    ] {
        let answer = world().ask(&[("q", q)]);
        assert_eq!(answer["interpreted"]["profession"], Value::Null, "{q}");
    }
    let others = world().ask(&[("exclude.profession", "physician"), ("limit", "100")]);
    let all = world().ask(&[("limit", "1")]);
    let count = |answer: &Value| answer["total"]["value"].as_u64().expect("a total");
    assert_eq!(count(&others) + count(&expected), count(&all));
}

/// Where the words mean a person, the houses with the same codes come behind; who does it besides, behind who does it first.
#[test]
fn people_come_before_houses_and_first_specialties_before_second_ones() {
    let mut second = provider(1, "Ann Second", None, "207X00000X");
    second.specialties.push(Specialty {
        code: "207RE0101X".to_owned(),
        primary: false,
        license_number: None,
        license_state: None,
    });
    let world = Words::of(vec![
        provider(0, "Houston Endocrine Associates", None, "207RE0101X"),
        second,
        provider(2, "Zoe First", None, "207RE0101X"),
        provider(3, "Bone Clinic", None, "207X00000X"),
        provider(4, "Max Bone", None, "207Q00000X"),
    ]);
    let first = |q: &str| {
        let answer = world.ask(&[("q", q)]);
        answer["results"][0]["name"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(first("endocrinologist"), "Zoe First");
    assert_eq!(first("endocrinologist in houston tx"), "Zoe First");
    assert_ne!(first("endocrinologist office"), "Ann Second");
    assert_eq!(first("dr bone"), "Max Bone");
}

/// Together with those who are not wanted they are everybody.
#[test]
fn what_is_not_wanted_is_excluded() {
    let everybody = world().ask(&[("limit", "100")]);
    let doctors = world().ask(&[("q", "doctor"), ("limit", "100")]);
    for (q, wanted, everybody) in [
        ("anyone but dr smith", "dr smith", &everybody),
        ("no dentists", "dentists", &everybody),
        ("doctor not in houston", "doctor in houston", &doctors),
    ] {
        let (others, those) = (
            world().ask(&[("q", q), ("limit", "100")]),
            world().ask(&[("q", wanted)]),
        );
        let count = |answer: &Value| answer["total"]["value"].as_u64().expect("a total");
        assert!(count(&those) > 0, "{wanted}");
        assert_eq!(count(&others) + count(&those), count(everybody), "{q}");
        let shown: Vec<&Value> = others["results"].as_array().into_iter().flatten().collect();
        let is_shown = |card: &Value| shown.iter().any(|other| other["locator"] == card["locator"]);
        assert!(!those["results"].as_array().into_iter().flatten().any(is_shown), "{q}");
    }
    let nobody = world().ask(&[("q", "dermatologist not named smith")]);
    assert_eq!(
        nobody["hint"],
        "everybody found is among those who are not wanted; without that there is 1"
    );
}

/// An empty page says which wish keeps everybody out, be it of the box or of a parameter.
#[test]
fn the_wish_that_keeps_everybody_out_is_told() {
    for (asked, told) in [
        (
            &[("q", "dentist open now")][..],
            "nobody found is known to be open then; without that there is 1",
        ),
        (
            &[("specialty", "dentist"), ("open_at", "now")],
            "nobody found is known to be open then; without that there are some",
        ),
        (
            &[("q", "cardiologist"), ("telehealth", "true")],
            "nobody found is known to offer telehealth as asked; without that there are 2",
        ),
        (
            &[("q", "wheelchair accessible dentist")],
            "nobody found is known to be accessible as asked; without that there is 1",
        ),
        (
            &[("q", "dentist within 5 miles of 10013")],
            "nobody is found so near; without that there is 1",
        ),
        (
            &[("q", "dentist who speaks korean")],
            "nobody found is known to speak that language; without that there is 1",
        ),
        (
            &[("q", "female korean dentist open now")],
            "nobody found is all of that; without those wishes there is 1",
        ),
        (&[("q", "zzyzxq")], "nobody of the name `zzyzxq` is found"),
        (
            &[("q", "713-555-0142")],
            "nobody is found by the telephone number 7135550142",
        ),
        (&[("q", "1245319599")], "nobody here has the NPI 1245319599"),
        (
            &[("category", "hospitals")],
            "nobody here is of the category `hospitals`; `hospital` is one",
        ),
        (&[("county", "Foo")], "`foo` is no county that is known here"),
    ] {
        let answer = world().ask(asked);
        assert_eq!(answer["total"]["value"], 0, "{asked:?}");
        assert_eq!(answer["hint"], told, "{asked:?}");
    }
    let answer = world().ask(&[("q", "dentist who speaks english")]);
    assert_eq!(answer["total"]["value"], 1);
    assert_eq!(answer["hint"], Value::Null);
}

/// Distances that nothing is measured from are told, not silently ignored.
#[test]
fn a_radius_without_a_place_is_told() {
    for more in [("radius", "50"), ("sort", "distance")] {
        let answer = world().ask(&[("q", "dentist"), more]);
        let hint = answer["hint"].as_str().unwrap_or_default();
        assert!(hint.contains("distances need a point"), "{more:?}: {hint}");
        let placed = world().ask(&[("q", "dentist in houston tx"), more]);
        assert_eq!(placed["hint"], Value::Null, "{more:?}");
    }
}

/// Two places are asked for, and only one can be measured from: which is told.
#[test]
fn a_place_in_the_text_beside_another_is_told() {
    let answer = world().ask(&[("q", "dentist in boston"), ("near", "Houston, TX")]);
    let hint = answer["hint"].as_str().unwrap_or_default();
    assert!(hint.contains("so `Boston, MA` is left out"), "{hint}");
    let same = world().ask(&[("q", "dentist in houston tx"), ("near", "Houston, TX")]);
    assert_eq!(same["hint"], Value::Null);
}

/// Nobody means the middle of a state.
#[test]
fn near_a_state_is_all_of_it() {
    let (near, state) = (
        world().ask(&[("q", "dentist"), ("near", "Texas")]),
        world().ask(&[("q", "dentist"), ("state", "tx")]),
    );
    assert_eq!(near["total"], state["total"]);
    assert_eq!(near["total"]["value"], 1);
    assert_eq!(near["expanded_radius_miles"], Value::Null);
    assert_eq!(near["results"][0]["distance_miles"], Value::Null);
}

/// Two people behind one title are both found; whoever is called so comes before the place that is meant, too, and beside it.
#[test]
fn two_people_and_a_locator_are_found() {
    let answer = world().ask(&[("q", "drs smith and kim"), ("limit", "20")]);
    let cards = answer["results"].as_array().expect("cards");
    for name in ["Laura Smith", "Sun Kim"] {
        assert!(cards.iter().any(|card| card["name"] == name), "{name}: {answer}");
    }
    let smith = cards
        .iter()
        .find(|card| card["name"] == "Laura Smith")
        .expect("Laura Smith");
    let locator = smith["locator"].as_str().expect("a locator");
    let found = world().ask(&[("q", locator)]);
    assert_eq!(found["total"]["value"], 1, "{found}");
    assert_eq!(found["results"][0]["name"], "Laura Smith");
    // `virginia chiropractor` is the state, where nobody is; Virginia Lee stands in for them.
    let answer = world().ask(&[("q", "virginia chiropractor")]);
    assert_eq!(answer["results"][0]["name"], "Virginia Lee", "{answer}");
}

#[test]
fn who_is_called_like_a_wish_is_offered_beside() {
    let world = Words::of(vec![
        provider(0, "Ada Black", None, "1223G0001X"),
        provider(1, "Bea Green", None, "1223G0001X"),
    ]);
    let answer = world.ask(&[("q", "black dentist")]);
    assert_eq!(answer["total"]["value"], 2);
    assert_eq!(
        answer["other_readings"][0]["results"][0]["name"], "Ada Black",
        "{answer}"
    );
    assert_eq!(answer["other_readings"][0]["total"]["value"], 1);
    let named = world.ask(&[("q", "dr black dentist")]);
    assert_eq!(named["interpreted"]["name"], "black", "{named}");
}

/// The keys of an object of an answer are those that the document of the interface requires, and its lists hold what it says.
fn assert_documented(value: &Value, schema: &Value, at: &str) {
    let named = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next());
    let schema = named.map_or(schema, |name| &DOCUMENT["components"]["schemas"][name]);
    match (value, schema["properties"].as_object()) {
        (Value::Object(object), Some(properties)) => {
            let known: Vec<&String> = object.keys().filter(|key| !properties.contains_key(*key)).collect();
            assert!(known.is_empty(), "{at} has {known:?}");
            for required in schema["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
            {
                assert!(object.contains_key(required), "{at} lacks {required}");
            }
            for (key, value) in object {
                assert_documented(value, &properties[key], &format!("{at}.{key}"));
            }
        }
        (Value::Object(object), None) => {
            for (key, value) in object {
                assert_documented(value, &schema["additionalProperties"], &format!("{at}.{key}"));
            }
        }
        (Value::Array(values), _) => {
            let types = schema["type"].to_string();
            assert!(types.contains("array"), "{at} is a list, not {types}");
            for value in values {
                assert_documented(value, &schema["items"], at);
            }
        }
        _ => {}
    }
}

#[test]
fn a_reading_has_the_shape_that_is_documented() {
    let texts = [
        "cold",
        "michael jordan",
        "wheelchair accessible dentist in houston open now",
        "1245319599",
    ];
    let mut others = 0;
    for text in texts {
        let answer = world().ask(&[("q", text)]);
        let shape = &DOCUMENT["components"]["schemas"]["SearchAnswer"]["properties"];
        for part in ["interpreted", "other_readings", "total"] {
            if !answer[part].is_null() {
                assert_documented(&answer[part], &shape[part], part);
            }
        }
        others += answer["other_readings"].as_array().map_or(0, Vec::len);
    }
    assert!(others > 0, "none of the texts has another reading");
}

#[test]
fn hostile_texts_are_answered() {
    let long = "cardiologist ".repeat(300);
    let story = format!(
        "my mother has had chest pain for two weeks and {} we live near 77030",
        "we are very worried ".repeat(20)
    );
    for text in [
        "'; DROP TABLE provider; --",
        "\" OR 1=1",
        "*:*",
        "name:smith AND (",
        "\u{1f600}\u{1f637}\u{1f600}",
        "\u{202e}\u{5d3}\u{5d5}\u{5e7}\u{5d8}\u{5d5}\u{5e8}",
        "طبيب قلب",
        "心脏科医生",
        "\"unbalanced",
        "((((((((((",
        "SELECT * FROM provider WHERE name = 'x' --",
        "smith AND NOT jones^4 ~2 [a TO z]",
        "5 star 20 years experience 3 year old 99999999999999999999",
        "near near near in of the",
        "....",
        "the of and",
        "%00%ff",
        long.trim(),
        &story,
        &"a".repeat(4000),
    ] {
        let answer = world().ask(&[("q", text)]);
        assert!(answer["results"].is_array(), "{text}");
    }
    let answer = world().ask(&[("q", &story)]);
    assert_eq!(answer["interpreted"]["place"]["postal_code"], "77030");
    assert_eq!(answer["interpreted"]["name"], Value::Null);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_is_too_strange(text in "\\PC{0,80}") {
        let answer = world().ask(&[("q", &text)]);
        prop_assert!(answer["results"].is_array());
    }
}
