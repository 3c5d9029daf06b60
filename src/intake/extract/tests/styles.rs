//! Tables with narrow cells and rare separators, forms in boxes, answered e-mails, chats, plans of calls and complaints: whoever is
//! marked is mentioned, and nobody else is.

use super::unseen::finds;
use super::{FieldKind, Mention, Nobody, embedded, extract};

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
fn quoted_lines_are_read_as_lines() {
    finds(
        "On Monday Tami Florian wrote:\n> Can you confirm that {{Tara Scallion}}, DDS (NPI\n> 1234567893) still practices here? We have a referral from Dr.\n> {{Nayla Hatley}}, 501-225-4128.\n\nYes.",
        &Nobody,
    );
}
