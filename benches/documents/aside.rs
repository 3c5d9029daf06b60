//! Documents kept aside: kinds that nothing was fitted to when they were written, of which the figures tell what strangers' texts
//! may expect.

use super::{Page, Style};

/// These kinds.
pub const STYLES: &[Style] = &[
    ("care team", care_team),
    ("coverage", coverage),
    ("handover", handover),
    ("medication", medication),
    ("objects", objects),
    ("columns", columns),
    ("feature", feature),
    ("bulletin", bulletin),
];

fn care_team(page: &mut Page) {
    let (attending, surgeon) = (page.person(), page.person());
    let (patient, nurse, clerk) = (page.stranger(), page.stranger(), page.stranger());
    page.say(&format!(
        "DISCHARGE SUMMARY\n\nPatient name: {patient}\nMRN: 00412\n\nCARE TEAM\n  Attending: "
    ))
    .name(&attending.plain(true), &attending)
    .say(&format!(", {}\n  Surgeon: ", attending.credential()))
    .name(&surgeon.plain(false), &surgeon)
    .say(&format!(
        ", {}, NPI {}\n  Primary nurse: {nurse}\n  Case manager: {clerk}\n\n",
        surgeon.credential(),
        surgeon.npi()
    ));
    page.say("FOLLOW-UP\n- Dr. ").name(attending.last(), &attending);
    page.say(&format!(
        " within 7 days, {}, {}, {}\n",
        attending.street(),
        attending.place(),
        attending.phone(1)
    ));
}

fn coverage(page: &mut Page) {
    let (away, covers) = (page.person(), page.person());
    let clerk = page.stranger();
    page.say(&format!(
        "From: {clerk}, Practice Manager\nTo: All staff\nRe: Vacation\n\nDr. "
    ))
    .name(&away.plain(false), &away)
    .say(&format!(" (office {}) is out until Friday. ", away.phone(0)));
    page.name(&covers.plain(true), &covers)
        .say(&format!(
            ", {} (NPI {}) is covering for ",
            covers.credential(),
            covers.npi()
        ))
        .name(away.last(), &away)
        .say(" on weekdays.\n");
}

fn handover(page: &mut Page) {
    let (admits, follows) = (page.person(), page.person());
    let (patient, nurse) = (page.stranger(), page.stranger());
    let last = patient.split(' ').next_back().unwrap_or_default().to_owned();
    page.say(&format!(
        "SBAR  rm 412\nS: 71yo F, {last}, s/p fall. Pt c/o pain 6/10.\nB: adm by Dr. "
    ))
    .name(&admits.plain(false), &admits)
    .say(&format!(" {}. Foley in.\nR: pt to f/u w/ Dr. ", admits.credential()))
    .name(&follows.plain(false), &follows)
    .say(&format!(" in 1 wk ({}). Notify Dr ", follows.phone(1)))
    .name(admits.last(), &admits)
    .say(&format!(" re: consult.\nNurse: {nurse}\n"));
}

fn medication(page: &mut Page) {
    let (first, second) = (page.person(), page.person());
    let patient = page.stranger();
    page.say(&format!(
        "Medication list for {patient}\n\n1. lisinopril 10 mg daily - prescribed by "
    ))
    .name(&first.plain(true), &first)
    .say(&format!(
        ", {} ({})\n2. metformin 500 mg BID - ",
        first.credential(),
        first.phone(1)
    ))
    .name(first.last(), &first)
    .say("\n3. sertraline 50 mg - Rx: ")
    .name(&second.plain(false), &second)
    .say(&format!(" {}, NPI {}\n", second.credential(), second.npi()));
}

fn objects(page: &mut Page) {
    let patient = page.stranger();
    page.say(&format!(
        "{{\"patient\": {{\"name\": {{\"text\": \"{patient}\"}}, \"dob\": \"1961-04-02\"}}, \"providers\": ["
    ));
    for number in 0..3 {
        let who = page.person();
        page.say(if number > 0 { ", " } else { "" })
            .say("{\"name\": {\"first\": \"")
            .name(&format!("{}\", \"last\": \"{}", who.first(), who.last()), &who)
            .say(&format!(
                "\"}}, \"npi\": \"{}\", \"phone\": \"{}\"}}",
                who.npi(),
                who.phone(1)
            ));
    }
    page.say("]}\n");
}

fn columns(page: &mut Page) {
    page.say("Prov LN|Prov FN|Degr|Indiv NPI|TIN|Svc Ph\n");
    for number in 0..5 {
        let who = page.person();
        let name = format!("{}|{}", who.last(), who.first()).to_uppercase();
        page.name(&name, &who).say(&format!(
            "|{}|{}|99{number}20410|{}\n",
            who.credential(),
            who.npi(),
            who.phone(1)
        ));
    }
}

fn feature(page: &mut Page) {
    let (clinic, doctor) = (page.clinic(), page.person());
    let (mayor, patient) = (page.stranger(), page.stranger());
    page.name(clinic.organization(), &clinic);
    page.say(&format!(
        " opened its doors on {} Monday, and Mayor {mayor} was first in line. \"Our patients drove an hour before,\" said Dr. ",
        clinic.street()
    ));
    page.name(&doctor.plain(false), &doctor)
        .say(&format!(
            " of {}. {patient}, 67, who was treated by ",
            doctor.who.sites[0].city
        ))
        .name(doctor.last(), &doctor)
        .say(&format!(", called it a blessing. Call {}.\n", clinic.phone(1)));
}

fn bulletin(page: &mut Page) {
    let leaves = page.person();
    let patient = page.stranger();
    page.say(&format!("Dear {patient}:\n\nOur records show that you see "))
        .name(&leaves.plain(true), &leaves)
        .say(&format!(
            ", {} at {}, {}. You may choose:\n\n",
            leaves.credential(),
            leaves.street(),
            leaves.place()
        ));
    for _ in 0..3 {
        let who = page.person();
        page.say("  * ")
            .name(&who.plain(true), &who)
            .say(&format!(", {}, {}\n", who.credential(), who.phone(0)));
    }
    page.say("\nCall Member Services at 1-800-555-0100.\n");
}
