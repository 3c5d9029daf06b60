//! Letters, forms, chats and grids as offices write them: whose number it is, and who in them is no provider.

use super::unseen::finds;
use super::{Everybody, FieldKind, Names, Nobody, embedded, extract};
use crate::query::candidates::Parts;

/// A directory in which one number reaches one person.
struct Reaching(&'static str, [&'static str; 2]);

impl Names for Reaching {
    fn bearers(&self, _: &str) -> u32 {
        1
    }

    fn is_borne(&self, words: &[String]) -> bool {
        words.iter().all(|word| self.1.contains(&word.as_str()))
    }

    fn holder(&self, _: u64) -> Option<Parts> {
        None
    }

    fn reached_by(&self, phone: &str) -> Vec<Parts> {
        let own = Parts {
            given: vec![self.1[0].to_owned()],
            last: vec![self.1[1].to_owned()],
            ..Parts::default()
        };
        if phone == self.0 { vec![own] } else { Vec::new() }
    }
}

/// The first field of a kind of each mention.
fn says(text: &str, field: FieldKind, names: &dyn Names) -> Vec<Option<String>> {
    let found = extract(text, embedded(), names);
    let values = found.mentions.iter().map(|mention| mention.field(field));
    values.map(|field| field.map(|field| field.value.clone())).collect()
}

#[test]
fn those_whom_forms_ask_for_are_no_providers() {
    for marked in [
        "NEMT TRIP REQUEST\nRider: Omar Johnson, cell 732-555-0153\nDrop off: Dr. {{Ann Steele}}, 1200 Main St, Houston, TX 77030\n",
        "[12/03/25, 8:14:09 AM] Luis Baker: anyone know a good cardiologist?\n[12/03/25, 8:15:31 AM] John Turner: we love Dr {{Ann Scott}}\n",
        "23. Nurse's Signature: Nora Miller\n24. Physician's Name and Address: {{Ann Lee}}, MD, 1200 Main St, Houston, TX 77030\n",
        "Physician: {{Ann Lee}}, MD    Phone: 713-555-0142\nNurse taking order: Maria Turner    Time: 1640\n",
        "Name\tRole\tPhone\n{{Ann Lee}}, MD\tPrimary care physician\t713-555-0142\nKaren Turner\tCare coordinator\t713-555-0143\n",
        "Last Name\tFirst Name\tDegree\tGroup Contact\tNPI\n{{Lee\tAnn}}\tMD\tMay Turner\t1234567893\n",
        "ATTENDANT: {{ANN LEE}}, DO   NPI: 1234567893\nMOTHER: KAREN YOUNG\n",
        "Good morning, doctor. I have been waiting for you all of this long day, doctor.\nGUEST: Good morning, Norma.\n",
        "Reached the TRANSFER CENTER at noon. Dr. {{Ann Lee}} took the call.",
        "Injured worker: Wells, Harold\nTreating physician: {{Ann Lee}}, MD\n",
        "B: adm by Dr. {{Harry Elsey}} MD. Foley in.\nR: f/u w/ Dr. {{Julian Foley}} in 1 wk.",
        "I agree with Dr. Crohn's original description, and with Dr. {{Ann Lee}}.",
    ] {
        finds(marked, &Nobody);
    }
}

#[test]
fn a_line_that_begins_with_a_label_goes_on_no_other() {
    finds(
        "Health Care Provider's name: (Print) {{Phillip A. Hartt}}\nHealth Care Provider's business address: 1200 Main St, Houston, TX 77030\n",
        &Nobody,
    );
}

#[test]
fn a_labelled_name_ends_before_its_town() {
    finds(
        "Date | Seen by | Billed\n3/1/25 | {{Connie Verdin}}, Wichita KS | $189.00\n4/1/25 | {{Ann Lee}}, DO, Wichita KS | $12.00\n",
        &Nobody,
    );
    finds(
        "Consult to: Internal Medicine\nPreferred consultant: {{Ann Lee}}, MD\n",
        &Everybody,
    );
}

#[test]
fn surnames_stand_for_those_who_are_told() {
    for marked in [
        "{{Ann Lee}}, MD, and {{Robert Roe}}, DO\nMon-Tue: {{Lee}}\nWed: {{Roe}}\n",
        "{{Ann Lee}}, MD, and {{Robert Turner}}, DO. Karen Miller, whose life {{Turner}} saved, came along.",
        "The office of Dr. {{Ann Lee}} will close. {{Lee}}, 67, said it was not easy.",
    ] {
        finds(marked, &Nobody);
    }
    finds("The bill is from Dr. {{George Board}} of Houston.", &Everybody);
}

#[test]
fn a_label_tells_of_whom_a_letter_speaks() {
    finds(
        "Provider of service: {{Ann Lee}}\n\nWe need the bill from {{Ann Lee}}.\n\nSincerely,\nKaren Turner\nClaims Examiner\n",
        &Nobody,
    );
}

#[test]
fn a_number_is_that_of_the_name_in_its_brackets() {
    let text = "{{Ann Lee}}, MD; {{Robert Roe}}, DO\nContacts: 713-555-0142 ({{Lee}}), 713-555-0143 ({{Roe}})";
    let text = text.replace(['{', '}'], "");
    let told = says(&text, FieldKind::Phone, &Nobody);
    let own = |digits: &str| Some(digits.to_owned());
    assert_eq!(told[2..], [own("7135550142"), own("7135550143")]);
}

#[test]
fn a_row_of_two_people_has_a_number_for_each() {
    let text = "| Physician | Phone | Physician | Phone |\n|---|---|---|---|\n| Ann Lee, MD | 713-555-0142 | Robert Roe, DO | 713-555-0143 |\n";
    let told = says(text, FieldKind::Phone, &Nobody);
    assert_eq!(told, [Some("7135550142".to_owned()), Some("7135550143".to_owned())]);
}

#[test]
fn a_number_in_a_row_of_people_is_that_of_whom_it_reaches() {
    let text = "Provider              Backup provider       Phone\nAnn Lee, MD           Robert Roe, DO        713-555-0142\nKaren Hill, MD        Omar Diaz, DO         713-555-0143\n";
    let told = says(text, FieldKind::Phone, &Reaching("7135550142", ["ann", "lee"]));
    let [lee, roe, hill, diaz] = told.as_slice() else {
        panic!("four: {told:?}")
    };
    assert_eq!((lee.as_deref(), roe.as_deref()), (Some("7135550142"), None));
    assert_eq!(hill, diaz);
}

#[test]
fn a_number_tells_that_a_surname_is_somebody_who_is_told() {
    let names = Reaching("7135550142", ["dwayne", "ellis"]);
    finds(
        "OUR TEAM\n{{Dwayne Ellis}}\n\nCall 713-555-0142 ({{Ellis}}) for visits.\n",
        &names,
    );
}

#[test]
fn what_a_label_tells_of_a_patient_is_no_provider_s() {
    let called = "Caller: Teri Hill (mother)   Callback: 713-555-0142\nMessage: seen by Dr. Ann Lee (713-555-0143).\n";
    assert_eq!(says(called, FieldKind::Phone, &Nobody), [Some("7135550143".to_owned())]);
    let text = "6. Patient's Name and Address: Garcia, Randy, 6764 Oak St, Houston, TX 77030\n7. Provider's Name and Address: Hill Dialysis Clinic LLC, 1200 Main St, Dallas, TX 75201\n";
    let told = says(text, FieldKind::Address, &Nobody);
    assert_eq!(told, [Some("1200 Main St, Dallas, TX 75201".to_owned())]);
}

#[test]
fn an_identity_is_no_state() {
    let text = "Attention: Dr. Ann Lee\nRe: member Karen Ellis, ID 88213377\n";
    assert_eq!(says(text, FieldKind::Address, &Nobody), [None]);
}

#[test]
fn labels_side_by_side_are_read_one_by_one() {
    let text = "RAY HOWELL MD              ANN LEE DDS\n3527 LIBERTY AVE           7804 CHURCH WAY\nHOUSTON TX 77030           DALLAS TX 75201\n";
    let told = says(text, FieldKind::Address, &Nobody);
    let own = |address: &str| Some(address.to_owned());
    assert_eq!(
        told,
        [
            own("3527 LIBERTY AVE, HOUSTON, TX 77030"),
            own("7804 CHURCH WAY, DALLAS, TX 75201")
        ]
    );
}
