//! What other programs hand over: registries, cards, tables of pages, segments, logs, forms with boxes. Whoever is marked is
//! mentioned, and nobody else is.

use super::unseen::finds;
use super::{Nobody, embedded, extract};

fn npis(text: &str) -> Vec<Option<String>> {
    let found = extract(text, embedded(), &Nobody);
    let npis = found.mentions.iter().map(|mention| mention.npi().map(str::to_owned));
    npis.collect()
}

#[test]
fn tables_of_pages_are_tables() {
    for marked in [
        "<TABLE><TR><TD>Last</TD><TD>First</TD><TD>Tel</TD></TR>\n<TR><TD>{{Rao</TD><TD>Kelly}}</TD><TD>(469) 555-2755</TD></TR>\n<TR><TD>{{Dickson</TD><TD>Mary}}</TD><TD>(469) 555-0828</TD></TR></TABLE>",
        "<table>\n<thead><tr><th>Provider</th><th>Phone</th><th>Contact</th></tr></thead>\n<tbody>\n<tr><td>{{Tara Hill}}, MD</td><td>713-555-0142</td><td>Ann Lee</td></tr>\n<tr><td>{{Omar Diaz}}, DO</td><td>713-555-0143</td><td>Bob Roe</td></tr>\n</tbody></table>",
        "<table><tr><th>Patient</th><td>Khan, Maria</td></tr><tr><th>Referring provider</th><td>{{Fischer, Jacob J}}</td></tr><tr><th>Phone</th><td>713-555-0142</td></tr></table>",
        "<roster><provider lastName=\"{{Hill\" firstName=\"Tara}}\" npi=\"1234567893\"/><contact lastName=\"Roe\" firstName=\"Bob\"/></roster>",
    ] {
        finds(marked, &Nobody);
    }
}

#[test]
fn a_number_belongs_to_the_record_that_it_is_in() {
    for text in [
        r#"{"number": "1234567893", "addresses": [{"city": "Katy"}, {"city": "Mesa"}], "basic": {"first_name": "ANN", "last_name": "LEE"}}"#,
        r#"{"resourceType":"Practitioner","name":[{"text":"Tara Hill"}],"identifier":[{"system":"http://hl7.org/fhir/sid/us-npi","value":"1234567893"}]}"#,
        "<author><assignedAuthor><id extension=\"1234567893\" root=\"2.16.840.1.113883.4.6\"/><assignedPerson><name><given>Ann</given><family>Lee</family></name></assignedPerson></assignedAuthor></author>",
    ] {
        assert_eq!(npis(text), [Some("1234567893".to_owned())], "{text}");
    }
    let kin = "<participant><associatedEntity><associatedPerson><name><given>Lea</given><family>Perez</family></name></associatedPerson></associatedEntity></participant>";
    assert!(npis(kin).is_empty());
}

#[test]
fn segments_and_cards_tell_names_by_their_place() {
    for marked in [
        "NM1*1P*1*{{WALLER*SHANNON}}****24*860017935~PER*IC*DARWIN WILLIAMS*TE*1234567893~NM1*IL*1*NEARY*KARA****MI*568745007~",
        "BEGIN:VCARD\nN:{{Montes;Deborah;J}};Dr.;DO\nFN:Dr. {{Deborah Montes}}\nNOTE:Assistant Larry Hunter\nEND:VCARD\n",
        "dn: uid=dsilva,ou=Staff\nsn: {{Silva\ngivenName: Douglas}}\ntitle: DDS\n\ndn: uid=help\ncn: Ann Lee\nemployeeType: clerical\n",
    ] {
        finds(marked, &Nobody);
    }
}

#[test]
fn surnames_are_told_in_brackets_and_lists() {
    for marked in [
        "{{Tara Hill}}, MD, and {{Omar Castillo}}, DO. Call 713-555-0142 ({{Castillo}}); {{Castillo}} office 713-555-0143.",
        "Attendees: {{Rios}} (chair), {{Rivera}}, Ann Lee (minutes)\nRoster: {{Shirley Rios}}, DDS; {{Dexter Rivera}}, DO",
        "{{William Weed}}, DO. Defendant {{Weed}} practices at 12 Elm St.",
        "DR. {{KELLY, MORGAN}}  784-555-4909\nMAY CAUSE DROWSINESS.",
    ] {
        finds(marked, &Nobody);
    }
}

#[test]
fn those_who_stand_beside_providers_are_none() {
    for marked in [
        "Time | Patient | Provider | Room | MA\n8:00 | Ann Street | {{Joseph Shelton}} | 1 | Tamika Singh\n9:00 | Omar Day | {{Ann Boone}} | 2 | Mary Liner\n",
        "{{Tara Finley}}, DO - Attending\nJeanne Benedict - Your nurse today\n{{James Bradshaw}}, MD - Primary care",
        "Guest: {{Timothy Cuevas}}, DO. DeShawn Lane (PharmD student) took notes.",
        "{{Angela Solberg}}, ARNP\nBill Storey, Front Desk",
        "Thanks,\nIngrid Williams, CMA\nMedical Records",
        "PATIENT NAME (first name, middle initial, last name): Nina Harwell\nDoctor Name and Degree (please type): {{Brian Hall}}, MD",
        "Patient | Referred to | Scheduler\nChurch, Dmitri | {{Curtis Moore}} DO | Maria McCray\nRoe, Bob | {{Ann Diaz}} MD | Karen King",
        "BIL  TIN 961974043  {{VALLEY MED GRP LLC}}",
        "Nombre: {{Marta Diaz}}, MD\nTeléfono: 713-555-0142\n\nContacto administrativo: Juan Kowalski\n",
        "FROM: 1462 Mill Dr     PG 1/3\nREFERRING PHYSICIAN _{{Barbara Krishnan}}, MD_ TEL _857-555-3612_",
    ] {
        finds(marked, &Nobody);
    }
}

#[test]
fn names_in_small_letters_have_their_credentials() {
    finds(
        "referred to {{ronald kim}}, o.d., at 12 Elm St. {{ann lee jr}}, d.d.s.",
        &super::Everybody,
    );
}

#[test]
fn a_box_that_is_not_ticked_says_nothing() {
    let found = extract(
        "REFER TO [ ] Cardiology [x] Internal Medicine\nDR. Tara Hill",
        embedded(),
        &Nobody,
    );
    let told = found.mentions[0].field(super::FieldKind::Specialty);
    assert!(told.is_none_or(|field| !field.value.starts_with("207RC")), "{told:?}");
}

#[test]
fn a_middle_initial_is_no_particle() {
    let found = extract("Dra. Rhonda Y. Martin\nNPI 1234567893", embedded(), &Nobody);
    let super::Who::Person(person) = &found.mentions[0].who else {
        panic!("a person")
    };
    assert_eq!((person.last.as_str(), person.middle.as_deref()), ("Martin", Some("Y")));
}

#[test]
fn an_address_ends_where_the_next_one_is_named() {
    let entries = "sn: Hill\ngivenName: Tara\nstreet: 1 Elm St\npostalCode: 77030\n\nsn: Diaz\ngivenName: Omar\nstreet: 2 Oak St\npostalCode: 77031\n";
    let found = extract(entries, embedded(), &Nobody);
    let address = |at: usize| {
        found.mentions[at]
            .field(super::FieldKind::Address)
            .map(|field| field.value.clone())
    };
    assert_eq!(address(0).as_deref(), Some("1 Elm St, 77030"));
    assert_eq!(address(1).as_deref(), Some("2 Oak St, 77031"));
}

#[test]
fn what_is_piled_up_breaks_nothing() {
    let rows = format!("<tr><td>{}</td></tr><tr></tr>", "<br>".repeat(20_000));
    for text in [
        "(a,)".repeat(20_000) + ": Lee",
        rows,
        "_ ".repeat(20_000),
        "d.".repeat(20_000),
        // Each mark, letter and cell of these lines was once looked at for every other one: minutes.
        "|".repeat(200_000),
        "a".repeat(200_000),
        "Lee;".repeat(50_000),
        format!("Name  NPI  Phone{}", "  NPI".repeat(30_000)),
    ] {
        let found = extract(&text, embedded(), &Nobody);
        assert!(found.mentions.len() < 2);
    }
}
