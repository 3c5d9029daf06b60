//! Kinds of documents that are seldom thought of: `{{..}}` marks all who are mentioned, and nobody else may be.

use super::{Everybody, FieldKind, Mention, Names, Nobody, Who, embedded, extract, unmarked};
use crate::query::candidates::Parts;

/// Checks that the marked names are found, and no others.
pub fn finds(marked: &str, names: &dyn Names) {
    let (text, spans) = unmarked(marked);
    let found = extract(&text, embedded(), names);
    let found: Vec<&str> = found
        .mentions
        .iter()
        .map(|mention| &text[mention.bytes.clone()])
        .collect();
    let wanted: Vec<&str> = spans.into_iter().map(|span| &text[span]).collect();
    assert_eq!(found, wanted, "{text}");
}

/// What a field of each mention says, in their order.
fn says(text: &str, field: FieldKind) -> Vec<Option<String>> {
    let found = extract(text, embedded(), &Nobody);
    let values = found
        .mentions
        .iter()
        .map(|mention| mention.field(field).map(|field| field.value.clone()));
    values.collect()
}

#[test]
fn those_of_other_callings_are_no_providers() {
    for marked in [
        "Chair: {{Daniel Hill}}, DO, Cardiology\nTreasurer: Charlotte Pollard, CPA\nStaff: Carlos Rose (Recording Secretary)",
        "{{William Shears}}, M.D., Ophthalmology; Marshall Miller, retired teacher; Hon. Linda Nguyen; Rev. Harold Martinez, D.Min.",
        "Chief Medical Officer: {{Robert Hudson}}, DO\nChief Financial Officer: Susan McDonald, MBA",
        "# Provider update\n\n**Owner:** Brianna Grace (Network Ops)\n\nDr. {{Lee}} left.",
        "Principal: Dr. Omar Baker\nFamily physician: {{Joanne Richardson}}, DPM",
        "Blackwell & Hutton, LLP\nAttorneys at Law\n\nDear Dr. {{Riley}}:",
        "Dr. {{Garza}} gave to the Michael J. Fox Foundation and the Johnson Family Foundation.",
        "Members: {{Ann Miller}}, MD, Cardiology; {{Robert Lee}}, DO, Dermatology",
        "Dr. Scholl's insoles were advised by Dr. {{Smith}}.",
    ] {
        finds(marked, &Nobody);
    }
}

#[test]
fn those_who_sign_for_themselves_and_the_dead_are_no_providers() {
    for marked in [
        "I, Thomas Nguyen, authorize the following to release my records:\n(a) {{Judy Martin}}, MD, 245-555-1790\n\nSigned: Thomas Nguyen     Witness: David Day",
        "1. DECEDENT'S NAME: MASON KOWALSKI\n23. CERTIFIER (ATTENDING PHYSICIAN): {{ROBERT JONES}}, DDS",
        "Estimado paciente Dolores Williams: su cita con el doctor {{Mark Brock}}.",
        "Dr. Kimberly Nicholson, 84, passed away peacefully at home. The family thanks Dr. {{Karen Garza}}.",
        "In memory of the late Dr. Paul Baker. Dr. {{Ann Lee}} speaks.",
    ] {
        finds(marked, &Nobody);
    }
}

#[test]
fn keys_and_what_encloses_them_tell_who_is_no_provider() {
    for marked in [
        r#"{"exportedBy": "Omar Young", "providers": [{"npi": "1234567893", "lastName": "{{Finley", "firstName": "Tara}}"}], "patient": {"lastName": "Rose", "firstName": "Mildred"}}"#,
        "<Practitioner><name><family value=\"{{Scott\"/><given value=\"Daniel}}\"/><suffix value=\"MD\"/></name></Practitioner>\n<Patient><name><family value=\"Meyer\"/><given value=\"Ann\"/></name></Patient>",
        "[provider.primary]\nname = \"{{David Mills}}, M.D.\"\nnpi = \"1234567893\"\n\n[admin]\nname = \"Thomas Cruz\"\nrole = \"it support\"\n",
        "- name: {{Elizabeth Serrano}}\n  credentials: M.S., CCC-SLP\n  npi: 1234567893\n",
    ] {
        finds(marked, &Nobody);
    }
}

#[test]
fn a_specialty_is_said_of_somebody_or_of_nobody() {
    for (text, specialty) in [
        (
            "The family thanks Dr. Karen Garza of Troy, MI and the nurses of the hospice.",
            None,
        ),
        (
            "Your mammogram was normal. If you have questions call Dr. Karen Garza.",
            None,
        ),
        ("We saw Dr. Karen Garza, a cardiologist.", Some("207RC0000X")),
        ("She asked the cardiologist Dr. Karen Garza.", Some("207RC0000X")),
        ("Dr. Karen Garza\nCardiology", Some("207RC0000X")),
    ] {
        assert_eq!(
            says(text, FieldKind::Specialty),
            [specialty.map(str::to_owned)],
            "{text}"
        );
    }
    let headed = "CARDIOLOGY\n  SMITH, JANE L. ..... Katy ..... 867-555-6763\n  HALL, MARY ..... Katy ..... 867-555-6764\n\
                  PSYCHIATRY\n  ADAMS, PAUL ..... Katy ..... 867-555-6765\n";
    let codes = ["207RC0000X", "207RC0000X", "2084P0800X"].map(|code| Some(code.to_owned()));
    assert_eq!(says(headed, FieldKind::Specialty), codes);
}

#[test]
fn numbers_go_to_those_whose_place_they_stand_at() {
    for text in [
        "Name\tTara Hill\tJohn Roe\nNPI\t1234567893\t1245319599\nPhone\t488-555-9406\t488-555-1768\n",
        "PV1|1|I|2000^2012^01||||1234567893^HILL^TARA^A^^^MD|1245319599^ROE^JOHN^^^^DPM|SUR",
        "Code  Provider        NPI\nTHI   HILL, T.        1234567893\nROJ   ROE, J.         1245319599\n",
        "INSERT INTO providers (npi, last_name, first_name) VALUES\n ('1234567893', 'Hill', 'Tara'),\n ('1245319599', 'Roe', 'John');",
        "Dr. Tara Hill n p i one two three four five six seven eight nine three. Billing: John Roe, MD (NPI 1245319599) shares it.",
    ] {
        let npis = says(text, FieldKind::Npi);
        assert_eq!(
            npis,
            [Some("1234567893".to_owned()), Some("1245319599".to_owned())],
            "{text}"
        );
    }
    let spoken =
        "doctor roger clark here in stratford phone seven six one five five five two two zero four for evaluation";
    assert_eq!(says(spoken, FieldKind::Phone), [Some("7615552204".to_owned())]);
}

#[test]
fn names_in_lists_grids_and_cut_words_are_whole() {
    for marked in [
        "{{SMITH, DORA M}}  REGISTERED NURSE  MILWAUKEE WI  7695550155\n{{HALL, PAUL}}  MASSAGE THERAPIST  WILLOW GROVE PA  7425552212\n\
         {{ADAMS, IRENE J}} MD  HEMATOLOGY & ONCOLOGY  CHARLOTTE NC  5975559534\n",
        "        Mon          Tue          Wed\nWk 1    {{Redmond}}      {{Hall}}         {{Redmond}}\n\nContacts:\n{{Kyle Redmond}}, MD  pager 611-555-5225\n{{Mary Hall}}, DO  pager 611-555-2329\n",
        "| [[{{Michael Ogawa}}]], DO || 899-555-8276, Houston, TX",
        "managed with {{Teresa Rami-\nrez}}, DO, for his hyper-\ntension",
        "\\opening{Dear Dr.~{{Jones}},}",
        "THE WITNESS:  Dr. {{Miller}} saw him first.",
        "Last Name* {{Coots   First Name* Albert}}   Suffix ____\nProvider type:  [X] MD  [ ] PA  [ ] NP\n",
        "Surname\tGiven\tInitial\tTitle\n{{Hardin\tLorene\tT}}\tM.D.\n",
        "{{ST. JAMES, PATRICIA E}} MD",
        "called {{Wanda Bender}}, MD @ 702-555-0124\ncalled {{William Baron}}, MD @ 582-555-6554\ncalled {{Mary Pruitt}} @ 582-555-3350\n",
        "{{SMITH, BEVERLY L}} MD 1234567893\nAUTH PROV {{SMITH, BEVERLY}} LOC DES PLAINES IL",
        "RM   PATIENT        AGE  ATTENDING      DX\n401  MARSH, JOSE    66   {{LLOYD, JAMES}}   COPD\n402  PARK, MARY     35   {{HALL, JILL}}     CHF\nCHARGE RN: MARY XU",
        "This is to certify that Gladys March was\nexamined by {{Angela Hill}}, M.D., whose\noffice is in town, and was sent for more\nevaluation and treatment to {{George\nAdams}}, MD, who saw her on the very same\nday and then wrote to us.",
        "\"Provider\",\"Address\",\"Referred patient\"\n\"{{Hill, Ann D}}, MD\",\"12 Elm St\nHershey, PA 17033\",\"Rhodes, Mary\"\n\"{{Parker, John}}\",\"34 Oak St\nHershey, PA 17033\",\"Cole, Mary\"\n",
    ] {
        finds(marked, &Nobody);
    }
    finds("Nissi Okolosi - Behavior Technician - Riverside", &Nobody);
    finds("{{Nissi Okolosi}} - Behavior Technician - Riverside", &Everybody);
}

/// A directory that has one provider with a number.
struct One;

impl Names for One {
    fn bearers(&self, _: &str) -> u32 {
        0
    }

    fn is_borne(&self, _: &[String]) -> bool {
        false
    }

    fn holder(&self, _: u64) -> Option<Parts> {
        Some(Parts {
            given: vec!["tara".to_owned()],
            last: vec!["hill".to_owned()],
            ..Parts::default()
        })
    }
}

#[test]
fn a_number_goes_to_its_bearer_where_another_name_is_nearer() {
    let text =
        "This is Dr. Tara Hill dictating. Please send a copy to Dr. Paul Clark. End of dictation. NPI 1234567893";
    let found = extract(text, embedded(), &One);
    let npis: Vec<_> = found.mentions.iter().map(Mention::npi).collect();
    assert_eq!(npis, [Some("1234567893"), None]);
}

/// A table or a list may put the suffix of a surname that stands first before the given name.
#[test]
fn a_suffix_between_the_parts_of_a_name_is_part_of_it() {
    let parts = |text: &str| -> Vec<[Option<String>; 3]> {
        let found = extract(text, embedded(), &Nobody);
        let parts = found.mentions.iter().map(|mention| match &mention.who {
            Who::Person(person) => [person.first.clone(), Some(person.last.clone()), person.suffix.clone()],
            _ => [None, None, None],
        });
        parts.collect()
    };
    for (marked, first, last, suffix) in [
        (
            "PROVIDER|DEGREE|SPECIALTY|PHONE\n{{BUTERA JR JOHN}}|MD|Internal Medicine|511-555-0664\n",
            "JOHN",
            "BUTERA",
            "JR",
        ),
        (
            "{{FARR JR RODERICK}}|MD|Psychiatry|244-555-3902|Marietta|OH",
            "RODERICK",
            "FARR",
            "JR",
        ),
        ("{{FARR III RODERICK L}} MD 2000101537", "RODERICK", "FARR", "III"),
        (
            "Provider: {{Farr Jr. Roderick}}\nNPI: 2000101537",
            "Roderick",
            "Farr",
            "Jr",
        ),
        ("{{Roderick Jr Farr}}, MD", "Roderick", "Farr", "Jr"),
        ("{{Roderick Farr Jr}}, MD", "Roderick", "Farr", "Jr"),
    ] {
        finds(marked, &Nobody);
        let (text, _) = unmarked(marked);
        let expected = [first, last, suffix].map(|part| Some(part.to_owned()));
        assert_eq!(parts(&text), [expected], "{text}");
    }
    finds("{{William Hart Jr}}, MD; {{Jane Smith}}, DO", &Nobody);
}

/// The number is somebody's who is named twice: he has it where it stands.
#[test]
fn a_number_goes_to_the_mention_of_its_bearer_that_is_nearest() {
    let text = "Present: Premila Mathews, MD; Ann Lee, DO\n\nDr. Lee reported. The committee will ask for NPI 1234567893 to be confirmed for Premila Mathews.\n";
    let found = extract(text, embedded(), &Everybody);
    let numbers: Vec<Option<&str>> = found.mentions.iter().map(Mention::npi).collect();
    assert_eq!(numbers, [None, None, None, Some("1234567893")]);
    // Father and son: nobody says which of the two it is.
    let text = "Premila Mathews Jr, MD; Premila Mathews Sr, DO; Ann Lee, MD, NPI 1234567893";
    let found = extract(text, embedded(), &Everybody);
    assert_eq!(found.mentions[2].npi(), Some("1234567893"));
}
