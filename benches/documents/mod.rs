//! Invented documents in several styles, with the providers that they name: where each stands, and who it is.
//!
//! Document number n of a seed depends on the seed and n alone. People who are in no directory, patients, clerks, streets
//! and eponyms stand among them.

mod aside;

use provider_directory::intake::generate::{self, Synthetic};
use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

/// A provider in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gold {
    /// First character of the name (without title and credentials).
    pub start: usize,
    /// Behind the last.
    pub end: usize,
    /// The NPI of whom it means; none for somebody who is in no directory.
    pub npi: Option<String>,
}

/// A text and who is in it.
#[derive(Clone, Debug)]
pub struct Document {
    /// How it is made.
    pub style: &'static str,
    /// What it says.
    pub text: String,
    /// In the order of the text.
    pub gold: Vec<Gold>,
}

type Style = (&'static str, fn(&mut Page));

const STYLES: &[Style] = &[
    ("letter", letter),
    ("note", note),
    ("directory", directory),
    ("tabs", tabs),
    ("bars", bars),
    ("e-mail", mail),
    ("form", form),
    ("call list", call_list),
    ("news", news),
    ("fax", fax),
    ("commas", commas),
    ("minutes", minutes),
];

/// A document over the first `population` providers of a seed, of one of the usual kinds or of one that is kept aside.
pub fn document(number: u64, seed: u64, population: u64, aside: bool) -> Document {
    let styles = if aside { aside::STYLES } else { STYLES };
    let mut page = Page {
        rng: ChaCha8Rng::seed_from_u64(number ^ 0x9e37_79b9_7f4a_7c15),
        seed,
        population,
        text: String::new(),
        characters: 0,
        gold: Vec::new(),
    };
    let (style, write) = styles[usize::try_from(number).unwrap_or(0) % styles.len()];
    write(&mut page);
    Document {
        style,
        text: page.text,
        gold: page.gold,
    }
}

/// Somebody, and whether the directory has them.
struct Somebody {
    who: Synthetic,
    listed: bool,
}

impl Somebody {
    fn first(&self) -> &str {
        self.who.name.first.as_deref().unwrap_or_default()
    }

    fn last(&self) -> &str {
        self.who.name.last.as_deref().unwrap_or_default()
    }

    fn middle(&self) -> Option<char> {
        self.who.name.middle.as_deref().and_then(|middle| middle.chars().next())
    }

    fn suffix(&self) -> String {
        self.who
            .name
            .suffix
            .as_deref()
            .map(|suffix| format!(" {suffix}"))
            .unwrap_or_default()
    }

    fn credential(&self) -> &str {
        self.who.name.credential.as_deref().unwrap_or("MD")
    }

    fn organization(&self) -> &str {
        self.who.name.organization.as_deref().unwrap_or_default()
    }

    fn npi(&self) -> String {
        self.who.npi.to_string()
    }

    /// `Jane A. Smith Jr.`
    fn plain(&self, with_middle: bool) -> String {
        let middle = self
            .middle()
            .filter(|_| with_middle)
            .map(|middle| format!(" {middle}."))
            .unwrap_or_default();
        format!("{}{middle} {}{}", self.first(), self.last(), self.suffix())
    }

    /// `SMITH, JANE A`
    fn catalogued(&self) -> String {
        let middle = self.middle().map(|middle| format!(" {middle}")).unwrap_or_default();
        let suffix = self.suffix().replace('.', "");
        format!("{}{suffix}, {}{middle}", self.last(), self.first()).to_uppercase()
    }

    fn street(&self) -> String {
        let site = &self.who.sites[0];
        let line2 = site
            .line2
            .as_deref()
            .map(|line| format!(", {line}"))
            .unwrap_or_default();
        format!("{}{line2}", site.line1)
    }

    fn place(&self) -> String {
        let site = &self.who.sites[0];
        format!("{}, {} {}", site.city, site.state, &site.postal_code[..5])
    }

    fn phone(&self, how: usize) -> String {
        let digits: String = self.who.sites[0].phone.chars().filter(char::is_ascii_digit).collect();
        let (a, b, c) = (&digits[..3], &digits[3..6], &digits[6..10]);
        match how % 3 {
            0 => format!("({a}) {b}-{c}"),
            1 => format!("{a}-{b}-{c}"),
            _ => format!("{a}.{b}.{c}"),
        }
    }

    fn specialty(&self) -> &'static str {
        let code = self
            .who
            .specialties
            .first()
            .map_or("", |specialty| specialty.code.as_str());
        SPECIALTIES
            .iter()
            .find(|(known, _)| code.starts_with(known))
            .map_or("", |(_, name)| name)
    }
}

/// What people call the frequent ones.
const SPECIALTIES: &[(&str, &str)] = &[
    ("207R00", "Internal Medicine"),
    ("207RC", "Cardiology"),
    ("207Q", "Family Medicine"),
    ("2080", "Pediatrics"),
    ("207V", "Obstetrics & Gynecology"),
    ("2084N", "Neurology"),
    ("2084P", "Psychiatry"),
    ("363L", "Nurse Practitioner"),
    ("363A", "Physician Assistant"),
    ("1223", "Dentistry"),
    ("122300", "Dentistry"),
    ("2251", "Physical Therapy"),
    ("225100", "Physical Therapist"),
    ("111N", "Chiropractic"),
    ("152W", "Optometry"),
    ("207P", "Emergency Medicine"),
    ("207X", "Orthopaedic Surgery"),
    ("2085", "Radiology"),
    ("207L", "Anesthesiology"),
    ("103T", "Psychologist"),
    ("1041C", "Clinical Social Worker"),
];

struct Page {
    rng: ChaCha8Rng,
    seed: u64,
    population: u64,
    text: String,
    characters: usize,
    gold: Vec<Gold>,
}

impl Page {
    fn say(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self.characters += text.chars().count();
        self
    }

    /// Writes a name down as a mention.
    fn name(&mut self, written: &str, who: &Somebody) -> &mut Self {
        let start = self.characters;
        self.say(written);
        self.gold.push(Gold {
            start,
            end: self.characters,
            npi: who.listed.then(|| who.npi()),
        });
        self
    }

    fn pick<'a>(&mut self, among: &[&'a str]) -> &'a str {
        among.choose(&mut self.rng).copied().unwrap_or_default()
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_ratio(percent, 100)
    }

    /// One in eight is in no directory.
    fn somebody(&mut self, fits: impl Fn(&Synthetic) -> bool) -> Somebody {
        let listed = !self.chance(12);
        loop {
            let from = if listed { 0 } else { self.population };
            let index = from + self.rng.random_range(0..self.population);
            let who = generate::provider(index, self.seed);
            if fits(&who) && !who.sites.is_empty() {
                return Somebody { who, listed };
            }
        }
    }

    fn person(&mut self) -> Somebody {
        self.somebody(|who| who.name.first.is_some())
    }

    fn clinic(&mut self) -> Somebody {
        const HEADS: &[&str] = &[
            "Clinic",
            "Hospital",
            "Center",
            "Associates",
            "Group",
            "Pharmacy",
            "Laboratory",
            "Institute",
            "LLC",
            "Inc",
            "PLLC",
            "Hospice",
        ];
        self.somebody(|who| {
            who.name
                .organization
                .as_deref()
                .is_some_and(|name| HEADS.iter().any(|head| name.split(' ').any(|word| word == *head)))
        })
    }

    /// Somebody who is no provider of this text.
    fn stranger(&mut self) -> String {
        let index = self.population * 3 + self.rng.random_range(0..self.population);
        let who = Somebody {
            who: generate::provider(index, self.seed),
            listed: false,
        };
        if who.first().is_empty() {
            "Pat Miller".to_owned()
        } else {
            who.plain(false)
        }
    }

    fn how(&mut self) -> usize {
        self.rng.random_range(0..3)
    }
}

fn letter(page: &mut Page) {
    let (to, from) = (page.person(), page.person());
    let clinic = page.clinic();
    let patient = page.stranger();
    let how = page.how();
    page.say("To: ").name(&to.plain(true), &to).say(&format!(
        ", {}\n{}\n{}\n\n",
        to.credential(),
        to.street(),
        to.place()
    ));
    page.say(&format!("Re: {patient}, date of birth 02/17/1954\n\nDear Dr. "))
        .name(to.last(), &to)
        .say(",\n\n");
    let condition = page.pick(&[
        "Parkinson's disease",
        "Crohn's disease",
        "hypertension",
        "a rash",
        "Bell's palsy",
    ]);
    page.say(&format!(
        "I had the pleasure of seeing your patient {patient} for {condition}. We have asked "
    ));
    page.name(clinic.organization(), &clinic)
        .say(" for imaging. Please call me with questions.\n\nSincerely,\n\n");
    page.name(&from.plain(true), &from).say(&format!(
        ", {}\nNPI {}\nPhone {}\n",
        from.credential(),
        from.npi(),
        from.phone(how)
    ));
}

fn note(page: &mut Page) {
    let (attending, pcp, consultant) = (page.person(), page.person(), page.person());
    let patient = page.stranger();
    page.say(&format!(
        "PROGRESS NOTE\nPatient: {patient}\nMRN: 99120{}\n",
        page.characters % 10
    ));
    page.say("Attending: ")
        .name(&attending.plain(true), &attending)
        .say(&format!(", {}\n", attending.credential()));
    page.say("PCP: ")
        .name(&pcp.plain(false), &pcp)
        .say(&format!(" {} (NPI: {})\n\n", pcp.credential(), pcp.npi()));
    let last = patient.split(' ').next_back().unwrap_or_default().to_owned();
    page.say(&format!("Mr. {last} feels better. Discussed with Dr. "))
        .name(&consultant.plain(false), &consultant);
    page.say(&format!(" at {}, who agrees. Dr. ", consultant.phone(1)))
        .name(attending.last(), &attending)
        .say(" will follow up next week.\n");
}

fn directory(page: &mut Page) {
    let heading = page.pick(&["Find a Doctor", "Our Team", "Providers near you", "Medical Staff"]);
    page.say(heading).say("\n\n");
    for _ in 0..4 {
        if page.chance(25) {
            let clinic = page.clinic();
            let how = page.how();
            page.name(clinic.organization(), &clinic).say(&format!(
                "\n{}\n{}\n{}\n\n",
                clinic.street(),
                clinic.place(),
                clinic.phone(how)
            ));
        } else {
            let who = page.person();
            let how = page.how();
            let specialty = who.specialty();
            page.name(&who.plain(true), &who)
                .say(&format!(", {}\n", who.credential()));
            if !specialty.is_empty() {
                page.say(specialty).say("\n");
            }
            page.say(&format!(
                "{}\n{}\nTel: {}\n\n",
                who.street(),
                who.place(),
                who.phone(how)
            ));
        }
    }
}

fn tabs(page: &mut Page) {
    page.say("Last\tFirst\tCredentials\tNPI\tCity\tState\tPhone\n");
    for _ in 0..5 {
        let who = page.person();
        let site = &who.who.sites[0];
        page.name(&format!("{}\t{}", who.last(), who.first()), &who);
        page.say(&format!(
            "\t{}\t{}\t{}\t{}\t{}\n",
            who.credential(),
            who.npi(),
            site.city,
            site.state,
            who.phone(1)
        ));
    }
}

fn bars(page: &mut Page) {
    page.say("Provider name | NPI | Specialty | Address | Phone\n--- | --- | --- | --- | ---\n");
    for _ in 0..5 {
        let who = page.person();
        page.name(&who.catalogued(), &who);
        page.say(&format!(
            " | {} | {} | {}, {} | {}\n",
            who.npi(),
            who.specialty(),
            who.street(),
            who.place(),
            who.phone(0)
        ));
    }
}

fn mail(page: &mut Page) {
    let (one, two) = (page.person(), page.person());
    let clerk = page.stranger();
    let title = page.pick(&["Credentialing Specialist", "Practice Manager", "Billing Coordinator"]);
    page.say("Hello team,\n\nplease update two listings. ");
    page.name(&one.plain(false), &one).say(&format!(
        ", {} (NPI {}) has moved to {}, {}. ",
        one.credential(),
        one.npi(),
        one.street(),
        one.place()
    ));
    page.say("Also, Dr. ")
        .name(&two.plain(true), &two)
        .say(&format!(" can now be reached at {}. ", two.phone(1)));
    page.say("Dr. ").name(two.last(), &two).say(&format!(
        " keeps the old address at {}.\n\nKind regards,\n{clerk}\n{title}\n",
        two.place()
    ));
}

fn form(page: &mut Page) {
    let (who, clinic) = (page.person(), page.clinic());
    let contact = page.stranger();
    page.say("PROVIDER DATA FORM\nSection 1: Personal information\n\nProvider Name: ")
        .name(&who.plain(true), &who);
    page.say(&format!(
        "\nDegree: {}\nNPI: {}\nDate of birth: 05/11/1971\n\nSection 2: Practice\n\nPractice name: ",
        who.credential(),
        who.npi()
    ));
    page.name(clinic.organization(), &clinic);
    page.say(&format!(
        "\nAddress: {}\nCity: {}\n",
        clinic.street(),
        clinic.who.sites[0].city
    ));
    page.say(&format!(
        "State: {}\nZip code: {}\n",
        clinic.who.sites[0].state,
        &clinic.who.sites[0].postal_code[..5]
    ));
    page.say(&format!("Telephone: {}\nOffice contact: {contact}\n", clinic.phone(0)));
}

fn call_list(page: &mut Page) {
    page.say("ON CALL THIS WEEKEND\n");
    for _ in 0..4 {
        let who = page.person();
        let how = page.how();
        let credential = who.credential().to_uppercase();
        page.name(&who.catalogued(), &who)
            .say(&format!(" {credential}  {}  {}\n", who.npi(), who.phone(how)));
    }
}

fn news(page: &mut Page) {
    let (one, two, clinic) = (page.person(), page.person(), page.clinic());
    let specialty = Some(one.specialty())
        .filter(|specialty| !specialty.is_empty())
        .unwrap_or("medicine")
        .to_lowercase();
    let guest = page.stranger();
    page.say("A new face in town. ").name(clinic.organization(), &clinic);
    page.say(&format!(" in {} is glad to welcome Dr. ", clinic.who.sites[0].city))
        .name(&one.plain(false), &one);
    page.say(&format!(
        ", who brings ten years of experience in {specialty}. \"We are thrilled,\" said "
    ));
    page.name(&two.plain(false), &two).say(&format!(
        ", {}, at the opening on Martin Luther King Dr. The mayor, {guest}, cut the ribbon. Dr. ",
        two.credential()
    ));
    page.name(one.last(), &one).say(" sees patients from Monday on.\n");
}

fn fax(page: &mut Page) {
    let (to, clinic) = (page.person(), page.clinic());
    let patient = page.stranger();
    page.say("FAX COVER SHEET\nDate: 11/20/2026\nPages: 3\nFrom: Records Department, ")
        .name(clinic.organization(), &clinic);
    page.say(&format!("\nPhone: {}\nAttention: Dr. ", clinic.phone(0)))
        .name(&to.plain(false), &to);
    page.say(&format!(
        "\nRe: member {patient}, ID 88213377\nPlease find the records attached.\n"
    ));
}

fn commas(page: &mut Page) {
    page.say("name,credential,npi,specialty,city,state,zip\n");
    for _ in 0..4 {
        let who = page.person();
        let site = &who.who.sites[0];
        page.name(&who.plain(true), &who);
        page.say(&format!(
            ",{},{},{},{},{},{}\n",
            who.credential().replace(',', " "),
            who.npi(),
            who.specialty(),
            site.city,
            site.state,
            &site.postal_code[..5]
        ));
    }
}

fn minutes(page: &mut Page) {
    let people: Vec<Somebody> = (0..3).map(|_| page.person()).collect();
    let scribe = page.stranger();
    page.say("Peer review committee, minutes of the meeting\nPresent: ");
    for (number, who) in people.iter().enumerate() {
        page.say(if number > 0 { "; " } else { "" })
            .name(&who.plain(number == 1), who)
            .say(&format!(", {}", who.credential()));
    }
    page.say(&format!(
        "\nMinutes taken by: {scribe}, administrative assistant\n\nDr. "
    ))
    .name(people[1].last(), &people[1]);
    page.say(&format!(
        " reported on charts. The committee will ask for NPI {} to be confirmed for ",
        people[2].npi()
    ));
    page.name(&people[2].plain(false), &people[2]).say(".\n");
}
