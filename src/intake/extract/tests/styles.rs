//! Tables with narrow cells and rare separators, forms in boxes, answered e-mails, chats, plans of calls and complaints: whoever is
//! marked is mentioned, and nobody else is.

use super::unseen::finds;
use super::{Everybody, FieldKind, Mention, Names, Nobody, embedded, extract};
use crate::query::candidates::Parts;

/// The NPI of each mention, in their order.
fn npis(text: &str) -> Vec<Option<String>> {
    let found = extract(text, embedded(), &Nobody);
    found
        .mentions
        .iter()
        .map(|mention| mention.npi().map(str::to_owned))
        .collect()
}

#[test]
fn surnames_begin_sentences_and_what_was_said() {
    for marked in [
        "Dr. {{Tara Hill}} will be succeeded by {{Ann Mercado}}, MD. \"We grow,\" {{Hill}} said at a party.\n\n{{Mercado}} begins on Monday.",
        "[03:20] Dr {{Monica Ortega}}: can you come?\n[03:22] {{Ortega}}: on my way\n",
        "Mon 7a-7p {{Rivera}} / backup {{Lopez}}\nTue 7a-7p {{Lopez}} / backup {{Rivera}}\n\n{{Tara Rivera}}, MD ... 700-555-1883\n{{Ann Lopez}}, DO ... 700-555-2595\n",
        "{{James Turner}}, DO\n\"Every patient has a story,\" says {{Turner}}.",
        "Consulting: {{Florence Diaz}}, DO\n\ncc: {{F. Diaz}}; PCP",
        "{{Florence Diaz}}, DO, saw Ann Diaz, her patient. Diaz was well.",
    ] {
        finds(marked, &Nobody);
    }
    finds(
        "i need dr {{tara hill}} in katy\nand {{francis becker}}? is dr {{becker}} in network",
        &Everybody,
    );
}

/// A directory in which a telephone number reaches Ann Lee.
struct Reached;

impl Names for Reached {
    fn bearers(&self, _: &str) -> u32 {
        0
    }

    fn is_borne(&self, _: &[String]) -> bool {
        false
    }

    fn holder(&self, _: u64) -> Option<Parts> {
        None
    }

    fn reached_by(&self, _: &str) -> Vec<Parts> {
        vec![Parts {
            given: vec!["ann".to_owned()],
            last: vec!["lee".to_owned()],
            ..Parts::default()
        }]
    }
}

#[test]
fn a_name_ends_before_the_next_label() {
    finds(
        "ORDERING: {{HILL,TARA M}}  NPI:1234567893\nCOPY TO: {{LEE,ANN}}  PH:203-791-9661\n",
        &Reached,
    );
}

#[test]
fn those_who_complain_or_keep_the_minutes_are_no_providers() {
    for marked in [
        "Complainant: Mason King   Relationship to patient: son\nLicensee: {{Brian Brady}}, MD\nSigned: Mason King\n",
        "PRESENT: {{Vickie Guzman}}, DDS (Chair)\nSTAFF: Carlos Brown, Medical Staff Coordinator; Colette Sandhu, recorder\nRespectfully submitted, Colette Sandhu\n",
        "Last upd by: RAIMONDO, BRENDA (Clerk) | Resp party: MULLER, MICHAEL\nCo-signed: {{J. Malcom}}, DO NPI 1234567893\n",
        "Attending: {{Nancy Fisher}}, DO; Resident: {{Garland Kohl}}, MD; Resident: Ann Lee\n",
        "{{Nancy Fisher}}, DO\n\nBrief Hospital Course\nShe did well.",
        "ORTHOPAEDIC SURGERY OF THE SPINE\n    {{FERRELL, ROSE B}} MD\n",
        "The Orthopaedic Surgery of the Spine specialist Dr. {{Fisher}} retires.",
    ] {
        finds(marked, &Nobody);
    }
}

#[test]
fn rare_separators_make_tables_where_a_header_says_so() {
    for mark in ["^", " ~ ", "\u{a6}", " :: ", "#", "||"] {
        let row = |cells: [&str; 5]| cells.join(mark) + "\n";
        let text = row(["provider_name", "degree", "npi", "city", "phone"])
            + &row(["{{Lee, Ann L}}", "PT", "1234567893", "Tulsa", "918-555-0142"])
            + &row(["{{Roe, Bob}}", "", "1245319599", "Tulsa", "918-555-0143"]);
        finds(&text, &Nobody);
    }
}

#[test]
fn cells_are_known_by_the_heads_above_them() {
    // A cell that is left out, and rows of several lines.
    let roster = "#  Practitioner (Last, First)   Deg    NPI          Spec              Rep\n\
                  1  {{Smith, Ashley C}}                     1234567893   Psychiatry        Noor K.\n\
                  2  {{Landry, Eric A}}               RN     1245319599   Registered Nurse  Noor K.\n";
    let wrapped = "Patient             Referred to               Address                   Phone\n\
                   Muller, Olga        {{Larry Fenton}},             20 Oak Hwy                964-555-2741\n\
                   DOB 2/18/2026       M.D.                      Goshen, NY 10924\n                    Family Medicine\n\
                   Yarbrough, Heather  {{David Cooper}},             170 Franklin Ct           964-555-8126\n\
                   DOB 8/16/2025       DO                        Goshen, NY 10924\n                    Dermatology\n";
    for marked in [roster, wrapped] {
        finds(marked, &Nobody);
    }
    let text = wrapped.replace("{{", "").replace("}}", "");
    let found = extract(&text, embedded(), &Nobody);
    let phone = |mention: &Mention| mention.field(FieldKind::Phone).map(|field| field.value.clone());
    let phones: Vec<_> = found.mentions.iter().map(phone).collect();
    assert_eq!(phones, ["9645552741", "9645558126"].map(|phone| Some(phone.to_owned())));
}

#[test]
fn forms_in_boxes_side_by_side_are_two() {
    let text = "+------------------------+----------------------------+\n\
                | MEMBER INFORMATION     | PRESCRIBER INFORMATION     |\n\
                +------------------------+----------------------------+\n\
                | Name: Todd Gill        | Name: Krista Truong, MD    |\n\
                | ID#: 594982457         | NPI: 1234567893            |\n\
                | DOB: 2/27/2026         | Phone: 504-555-7505        |\n\
                | Plan: Gold PPO         | Office contact: Olga Rossi |\n\
                +------------------------+----------------------------+\n\
                Drug requested: apixaban 5 mg\n";
    finds(&text.replace("Krista Truong", "{{Krista Truong}}"), &Nobody);
    assert_eq!(npis(text), [Some("1234567893".to_owned())]);
}

#[test]
fn a_name_ends_before_the_line_of_a_label() {
    finds(
        "Physician(s): {{BARNETT, MICHAEL S}}; {{ROE, EMILIO J}}\nSocial worker: Ann Lee\n",
        &Nobody,
    );
    finds(
        "Topic: Follow-up with Dr. {{Shirley Gregory}} (Hospitalist)\nTime: May 4, 2026 02:30 PM",
        &Nobody,
    );
}

#[test]
fn rows_that_name_their_cells_stay_rows() {
    let rows = "| Name: Tara Hill, MD | NPI: 1234567893 |\n| Name: Bob Roe, DO | NPI: 1245319599 |\n| Name: Ann Lee, NP | NPI: 1679576722 |\n";
    let expected = ["1234567893", "1245319599", "1679576722"].map(|npi| Some(npi.to_owned()));
    assert_eq!(npis(rows), expected);
}

#[test]
fn what_is_filled_in_stands_on_a_line() {
    let text = "Requesting Physician: __Tara Hill, MD__  NPI #: __1234567893__\nServicing Facility: __Oak Hill Clinic__ Facility NPI #: __1245319599__\n";
    let marked = text
        .replace("Tara Hill", "{{Tara Hill}}")
        .replace("Oak Hill Clinic", "{{Oak Hill Clinic}}");
    finds(&marked, &Nobody);
    assert_eq!(npis(text), ["1234567893", "1245319599"].map(|npi| Some(npi.to_owned())));
}

#[test]
fn ways_and_towns_are_nobody() {
    for marked in [
        "{{HADDAD, DELORES}} RN\n  3922 Union Dr Minneapolis 55417\n  (500) 555-5867\n",
        "{{PATTERSON, KAREN}} PSYD\n  3901 County Road 12 Hwy  SAINT JOSEPH MO 64506   TEL 771-555-1419\n",
        "{{JENNIFER RODRIGUEZ}} DDS\n4947 MONROE RD\nGLEN BURNIE MD 21061\n",
        "s/p Whipple by Dr. {{Smith}} POD 3.",
    ] {
        finds(marked, &Nobody);
    }
}

#[test]
fn heads_of_columns_and_qualifiers_tell_what_is_what() {
    finds(
        "Name\tNPI\tRole\n{{Ann Lee}}\t1234567893\tCase Manager\n{{Bob Roe}}\t1245319599\tCase Manager\n",
        &Nobody,
    );
    finds(
        "{{Rodriguez & Jackson Clinical Laboratories LLC}} did the test.",
        &Nobody,
    );
    let text = "NM1*82*1*HILL*TARA****XX*1234567893~NM1*DQ*1*ROE*BOB****XX*2648290635~";
    assert_eq!(npis(text), ["1234567893", "2648290635"].map(|npi| Some(npi.to_owned())));
}

#[test]
fn a_town_is_told_by_whose_office_is_there() {
    let found = extract("This is Doctor Tara Hill's office in Ironton.", embedded(), &Nobody);
    let town = found.mentions[0]
        .field(FieldKind::Address)
        .map(|field| field.value.as_str());
    assert_eq!(town, Some("Ironton"));
}

#[test]
fn quoted_lines_are_read_as_lines() {
    finds(
        "On Monday Tami Florian wrote:\n> Can you confirm that {{Tara Scallion}}, DDS (NPI\n> 1234567893) still practices here? We have a referral from Dr.\n> {{Nayla Hatley}}, 501-225-4128.\n\nYes.",
        &Nobody,
    );
}

#[test]
fn ordinary_words_are_surnames_before_letters() {
    for marked in [
        "by {{Frank K. Eye}}, MD, and colleagues",
        "Present: {{Robert Law}}, MD",
        "SIGNATURE OF PHYSICIAN  {{ROBERT WEST}} DDS   DATE 8/15/2025",
        "seen at {{Austin Eye, PA}}",
    ] {
        finds(marked, &Nobody);
    }
}
