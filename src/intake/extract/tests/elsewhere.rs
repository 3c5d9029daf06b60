//! Names of which something else than what stands beside them tells that they are those of providers, or are not.

use super::unseen::finds;
use super::{FieldKind, Names, Nobody, embedded, extract};
use crate::query::candidates::Parts;

#[test]
fn a_title_elsewhere_tells_who_is_meant() {
    for marked in [
        "Our physicians, Drs. {{Hung}} and {{Castelli}}, are away.\n\nTo reach them: {{Ron Hung}} 756-555-6665, {{Jacob Castelli}} 756-555-9409.",
        "Mom: did you call Dr. {{Archuleta}}?\nMe: yes, {{Julia Archuleta}}'s office said 322-555-9960 is the number",
        "f/u w/ Dr {{Dale}} prn - {{Michael Dale}}, Jonesboro, AR",
        // Somebody else of that name is a patient's.
        "Patient: Jane Smith\nDr. {{Smith}} saw her. Jane Smith was well.",
    ] {
        finds(marked, &Nobody);
    }
}

#[test]
fn a_surname_alone_is_that_of_whom_the_text_has_named() {
    for marked in [
        "{{William Eaker}}, MD is covering for Dr. {{Ann Deal}}. Route refills for {{Deal}} to him.",
        "\"It has been an honor,\" said {{Terry}}. After 31 years Dr. {{Christopher Terry}} retires.",
        "1. lisinopril - prescribed by {{Angel Machuca}}, DDS\n2. metformin BID \u{2014} {{Machuca}}",
        "Dr. {{James Kenyon}} and Dr. {{Richard Kenyon}} are brothers; send the bill to {{J. Kenyon}}, not to {{R. Kenyon}}.",
        // A thing that is called so, another person, and a patient.
        "Dr. {{Ann Baker}} drained the Baker cyst on Baker Street.",
        "Dr. {{Ann Rivera}} met Laura Rivera and Mr. Rivera at the {{Rivera Clinic}}.",
        "Patient: Ann Lopez\nDr. {{Maria Lopez}} sees the patient Lopez and told Lopez so.",
    ] {
        finds(marked, &Nobody);
    }
}

#[test]
fn a_number_that_reaches_somebody_tells_whose_name_it_is() {
    struct One;
    impl Names for One {
        fn bearers(&self, _: &str) -> u32 {
            0
        }

        fn is_borne(&self, _: &[String]) -> bool {
            false
        }

        fn holder(&self, _: u64) -> Option<Parts> {
            None
        }

        fn reached_by(&self, phone: &str) -> Vec<Parts> {
            let named = Parts {
                given: vec!["maria".to_owned()],
                last: vec!["delgado".to_owned()],
                ..Parts::default()
            };
            if phone == "8605553112" { vec![named] } else { Vec::new() }
        }
    }
    let text = "Contacts: {{Maria Delgado}} 860-555-3112; Mary Colpoys 860-555-2085";
    finds(text, &One);
    finds(&text.replace(['{', '}'], ""), &Nobody);
}

#[test]
fn a_number_stands_once_for_whoever_bears_it() {
    finds(
        "Provider Information for 1234567893\nNPI: 1234567893\n\nDetails\nName\t{{SCOTT WOLFE}} DO\nNPI\t1234567893\n",
        &Nobody,
    );
    let text = "Claims came for Ann Lee, MD (1234567893), Bob Kim, DO (2000101537) and others.";
    let found = extract(text, embedded(), &Nobody);
    let npis: Vec<_> = found.mentions.iter().map(super::Mention::npi).collect();
    assert_eq!(npis, [Some("1234567893"), Some("2000101537")]);
}

#[test]
fn those_around_a_patient_are_no_providers() {
    for marked in [
        "CARE TEAM\n  Attending: {{Ann Lee}}, MD\n  Primary nurse: Ingrid Novak\n  Case manager: Norma King\n",
        "School nurse: Elva Jones\nPrescribing physician: {{Bob Kim}}, MD",
        "Name                 Role                          Contact\n{{Nicole Silva}}, M.D.   Surgeon                       209-555-2655\nAndrea Tran          Emergency contact (spouse)    463-555-0196\nNorma Street         Case worker                   812-555-0159\n",
        "pronounced by {{Thomas Ross}}, MD. Family (Luis Schmidt, son) notified.",
        "R: call Dr. {{Cantu}} w/ Hgb < 7. Family: daughter Nanette Chapman (POA).",
        "supervising physician: {{Betty Aguilar}}, DO, 599-555-3297; compliance contact Joseph Verdin",
        "The Board, through investigator Phillip Olson, finds that {{Ann Lee}}, MD practices here.",
        "M\u{e9}dico tratante: {{Nettie Quintero}}, MD\nEnfermera: Marc Assefa\n",
        "Thx,\nKeisha Rodriguez\nCredentialing Specialist\nDr. {{Ann Lee}} knows.",
        "The panel: Dr. Evelyn Sanchez, Professor of Medieval History; Dr. Dorothy Banks, Superintendent of Schools; Dr. {{Laura Rhodes}}, Professor of Medicine.",
        "Issue: Dr. Tyrone Andrade, b. 1898, physician at Gettysburg. Dr. {{Ann Lee}} asked.",
        "Dr. {{Ann Lee}}, mother of three, joined us. {{Bob Kim}}, MD, father of two, did not.",
        "omg Dr {{Barnes}} knows Dr. Oz and Dr. Phil",
    ] {
        finds(marked, &Nobody);
    }
}

#[test]
fn places_employers_and_boxes_are_nobody() {
    for marked in [
        "{{David Kernodle}}, DDS in Little Rock for endo (877-555-9892)",
        "Name: {{Premier Atlanta Community Services}}      Phone: 744-555-8550\n",
        "| 2 | **{{Marti Rothe}}**, MD | {{Larry Beard}}, MD | 860-555-4600 |\n",
        "Orders by {{Ann Lee}}, MD. Tracking no. 1770418187",
        "Dr. {{Edward Brooks}} (Child & Adolescent Psychiatry) is out.",
        "term {{Joshua Park}}, DC at the West Bloomfield location",
        "{{Eugene Lindsay}}, MD - Internal Medicine - San Antonio - 673-555-5401",
        "Employer: Walmart\nPrimary care doctor: {{Leroy Zimmer}}",
        "3 [X] Individual  [ ] C Corp  [ ] S Corp\nName: {{Ann Lee}}, MD",
        "COLLABORATIVE PRACTICE AGREEMENT\n\nbetween {{Ann Lee}}, NP and Dr. {{Kim}}",
        "{{Earl McCollister}}, CNM - Advanced Practice Midwife - 713-555-0142",
        "Preferred pharmacy: {{St Anne Pharmacy}}   Phone: 300-555-4054\n",
        "| rowspan=2 | {{Advanced Specialty Care of New Iberia}} || [[{{Michael Chase}}]], MD",
        "BILLING PROVIDER\n{{ADVANCED MEDICAL OF HYANNIS}}\n94 Monroe Ct\nHyannis MA 02601\n",
        "{{Dillingham Center for Internal Medicine}} || {{Donald Tirado}}, MD",
    ] {
        finds(marked, &Nobody);
    }
}

#[test]
fn columns_keys_and_parameters_of_other_systems_are_read() {
    for marked in [
        "Prov LN|Prov FN|MI|Degr|Indiv NPI|TIN|Svc Addr1|Svc City|St|Svc Ph\n{{CAUSEY|BEATRICE}}||RBT|1234567893|626755377|2240 FRANKLIN ST|DYER|IN|2865558819\n",
        "pat_last|pat_first|rend_last|rend_first|rend_npi|fac\nPRINS|BILLY|{{KISH|ROBERT}}|1234567893|{{WESTWOOD HOME HEALTH CARE PA}}\n",
        "GET /ref?provider_last={{Wright&provider_first=Christopher}}&npi=1234567893&patient_last=Rodriguez&patient_first=Jose HTTP/1.1\n",
        r#"{"patient": {"name": {"family": "Roe", "given": "Jo"}, "dob": "1961-04-02"}, "providers": [{"role": "referring", "name": {"first": "{{David", "last": "Lopez}}"}, "npi": "1234567893"}]}"#,
        "16:33 INFO user=wei patient=\"Kathleen Brown\" provider=\"{{Nelms, Mattie}}\" npi=1234567893 status=OK\n",
        "Medication        Dose    Prescriber                Phone\nLisinopril        10 mg   {{Rodney Griffin}}            870-555-2160\nMetformin         500 mg  {{Melanie Looney}}            870-555-3393\n",
        "CLAIM       DOS         PATIENT           PROVIDER         NPI\n5548132609  09/23/2026  NGUYEN, WALTER    {{MAY, MELISSA}}     1234567893\n",
        "1234567893|{{VAN DYKE, CELESTE H}}|AUD|Audiologist|6329 N 4th Street|Conyers|GA\n2000101537|{{OMAR, JULIE}}|MD|Pediatrics|1 Elm St|Conyers|GA\n",
        "{{Calderon II, Dennis}} \u{2014} Endocrinology \u{2014} Saint Louis, MO \u{2014} (673) 555-8256",
    ] {
        finds(marked, &Nobody);
    }
    let text = r#"{"resourceType":"Practitioner","identifier":[{"system":"http://hl7.org/fhir/sid/us-npi","value":"1234567893"}],"name":[{"family":"Hill","given":["Ann"]}]}"#;
    let found = extract(text, embedded(), &Nobody);
    let npi = found.mentions[0]
        .field(FieldKind::Npi)
        .map(|field| field.value.as_str());
    assert_eq!((found.mentions.len(), npi), (1, Some("1234567893")));
}

#[test]
fn a_town_without_its_state_is_the_place_of_whoever_stands_before_it() {
    let text = "Beacon Clinic LLC in Raymore welcomes Dr. Ann Lee of Aurora, who met Dr. Bob Kim of Columbia University in March.";
    let found = extract(text, embedded(), &Nobody);
    let towns: Vec<Option<&str>> = found
        .mentions
        .iter()
        .map(|mention| {
            mention
                .field(FieldKind::Address)
                .map(|field| &text[field.bytes.clone()])
        })
        .collect();
    assert_eq!(towns, [Some("Raymore"), Some("Aurora"), None]);
}
