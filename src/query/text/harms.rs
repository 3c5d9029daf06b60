//! Harm that people tell in many words: what was swallowed and how much of it, who collapsed, what came suddenly, a blow to the head
//! and what followed, whom somebody is afraid of. Each is a rule over a few words; what is a fixed phrase stands in the table of
//! everyday words. A phrase that is of work (`suicide prevention job`) calls for nobody's help.

use super::alarms::ACTORS;
use crate::vocab::lexicon::Alarm;

/// Who swallowed something that is no food.
const SWALLOWED: &[&str] = &[
    "ate",
    "bebio",
    "chewed",
    "comio",
    "drank",
    "drinking",
    "eaten",
    "ingested",
    "swallowed",
    "trago",
];
/// Who took something, of which too much harms.
const TOOK: &[&str] = &["taken", "taking", "tome", "tomo", "took"];
/// What harms whoever swallows it.
const HARMFUL: &[&str] = &[
    "acetone",
    "acid",
    "ammonia",
    "antifreeze",
    "batteries",
    "battery",
    "bleach",
    "cigarette",
    "cigarettes",
    "cleaner",
    "clorox",
    "cloro",
    "coin",
    "coins",
    "detergent",
    "detergente",
    "dime",
    "drano",
    "edible",
    "edibles",
    "gasolina",
    "gasoline",
    "iman",
    "insecticide",
    "kerosene",
    "lejia",
    "lego",
    "lysol",
    "magnet",
    "magnets",
    "marble",
    "moneda",
    "mothballs",
    "needle",
    "nickel",
    "nicotine",
    "paint",
    "penny",
    "perfume",
    "peroxide",
    "pesticide",
    "pila",
    "pods",
    "poison",
    "polish",
    "quarter",
    "raticida",
    "roundup",
    "sanitizer",
    "soap",
    "thinner",
    "turpentine",
    "veneno",
    "weed",
    "windex",
];
/// Medicines that people have at home.
const MEDICINES: &[&str] = &[
    "acetaminophen",
    "adderall",
    "advil",
    "aleve",
    "ambien",
    "antidepressants",
    "aspirin",
    "aspirina",
    "ativan",
    "benadryl",
    "capsules",
    "dayquil",
    "fentanyl",
    "gabapentin",
    "gummies",
    "heroin",
    "ibuprofen",
    "ibuprofeno",
    "insulin",
    "iron",
    "klonopin",
    "lexapro",
    "lithium",
    "lyrica",
    "medication",
    "medications",
    "medicine",
    "medicina",
    "meds",
    "melatonin",
    "metformin",
    "metoprolol",
    "morphine",
    "motrin",
    "nyquil",
    "opioids",
    "oxy",
    "oxycodone",
    "painkillers",
    "paracetamol",
    "pastillas",
    "percocet",
    "pill",
    "pills",
    "prozac",
    "sertraline",
    "seroquel",
    "syrup",
    "tablets",
    "trazodone",
    "tylenol",
    "valium",
    "vicodin",
    "vitamins",
    "wellbutrin",
    "xanax",
    "zoloft",
];
/// How much is too much.
const TOO_MUCH: &[&str] = &[
    "bottle",
    "bunch",
    "demasiadas",
    "demasiado",
    "handful",
    "lots",
    "many",
    "much",
    "muchas",
];
/// So many of a medicine are too many.
const MANY: u32 = 6;
/// Between what was done and what follows from it.
const THEN: &[&str] = &["after", "and", "because", "but", "for", "of", "then", "with"];

/// Who may be found lying there.
const PEOPLE: &[&str] = &[
    "abuela",
    "abuelo",
    "baby",
    "child",
    "coworker",
    "dad",
    "daughter",
    "father",
    "friend",
    "grandfather",
    "grandma",
    "grandmother",
    "grandpa",
    "he",
    "husband",
    "i",
    "kid",
    "mom",
    "mother",
    "neighbor",
    "patient",
    "roommate",
    "she",
    "sister",
    "somebody",
    "someone",
    "son",
    "toddler",
    "uncle",
    "wife",
    "brother",
    "aunt",
    "boyfriend",
    "girlfriend",
    "partner",
];
/// How something comes that is a stroke until somebody has looked.
const SUDDEN: &[&str] = &["sudden", "suddenly", "repente"];
/// What comes so.
const LOSSES: &[&str] = &[
    "blind",
    "blindness",
    "confused",
    "confusion",
    "droop",
    "drooping",
    "numb",
    "numbness",
    "paralysis",
    "paralyzed",
    "slurred",
    "slurring",
    "weakness",
];
/// What somebody can no longer do.
const ABILITIES: &[&str] = &["feel", "lift", "move", "raise", "see", "speak", "talk", "walk"];
const NOT: &[&str] = &["cannot", "cant", "couldnt"];
/// A blow.
const BLOWS: &[&str] = &["banged", "bumped", "cracked", "hit", "hits", "smacked", "struck"];
/// What follows a blow to the head that somebody must look at.
const AFTER_BLOWS: &[&str] = &[
    "confused",
    "disoriented",
    "drowsy",
    "seizing",
    "seizure",
    "slurring",
    "throwing",
    "unconscious",
    "vomiting",
];
/// Fear of somebody.
const FEARS: &[&str] = &["afraid", "fear", "frightened", "scared", "terrified"];

/// What may stand between what harms and the work of those who help.
const TOPICS: &[&str] = &[
    "awareness",
    "care",
    "counseling",
    "counselor",
    "crisis",
    "dispatcher",
    "education",
    "hotline",
    "intervention",
    "prevention",
    "response",
    "responder",
    "safety",
    "swim",
];
/// What is given with a needle, and what is told of it.
const NEEDLES: &[&str] = &[
    "allergies",
    "allergy",
    "b12",
    "booster",
    "boosters",
    "botox",
    "cortisone",
    "covid",
    "depo",
    "flu",
    "hepatitis",
    "hpv",
    "immunization",
    "immunizations",
    "insulin",
    "measles",
    "mmr",
    "pneumonia",
    "rabies",
    "rsv",
    "shingles",
    "shots",
    "steroid",
    "tdap",
    "tetanus",
    "vaccinated",
    "vaccination",
    "vaccinations",
    "vaccine",
    "vaccines",
    "vitamin",
];
/// Work, and what is learnt.
const WORK: &[&str] = &[
    "career",
    "careers",
    "certification",
    "class",
    "classes",
    "course",
    "courses",
    "internship",
    "job",
    "jobs",
    "salary",
    "statistics",
    "study",
    "training",
    "volunteer",
    "volunteering",
    "workshop",
];

/// What the words from one on tell of harm, and how many of them.
pub(super) fn told_at(words: &[String], at: usize) -> Option<(Alarm, usize)> {
    let is = |at: usize, list: &[&str]| words.get(at).is_some_and(|word| list.contains(&word.as_str()));
    let within = |from: usize, most: usize, list: &[&str]| (from..from + most).find(|at| is(*at, list));
    let said = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if is(at, SWALLOWED)
        && let Some(to) = within(at + 1, 4, HARMFUL)
        && !(at + 1..to).any(|between| is(between, &["after", "and", "because", "glass", "then"]))
    {
        return Some((Alarm::Poison, to + 1 - at));
    }
    if (is(at, SWALLOWED) || is(at, TOOK))
        && let Some(to) = within(at + 1, 6, MEDICINES)
        && !(at + 1..to).any(|between| is(between, THEN) && !is(between, &["of"]))
    {
        let many = |word: &String| word.parse::<u32>().is_ok_and(|number| number >= MANY);
        // `taking many medications` is how people live; `taking too many` is not.
        let usual = is(at, &["taking"]) && !(at + 1..to).any(|between| is(between, &["too"]));
        let amount = (at + 1..to).any(|between| is(between, TOO_MUCH))
            // `took 30 advil`, but not `took 600 mg ibuprofen`.
            || words.get(to - 1).is_some_and(many)
            || (is(to, &["pills", "tablets", "capsules"]) && words.get(to.wrapping_sub(2)).is_some_and(many))
            || (is(at + 1, &["all"]) && is(to, &["pills", "meds", "medicine", "medication"]) && is(to - 1, &["my", "his", "her", "the", "their"]));
        if amount && !usual {
            return Some((Alarm::Poison, to + 1 - at));
        }
    }
    if is(at, &["whole", "entire", "full"])
        && is(at + 1, &["bottle"])
        && let Some(to) = within(at + 2, 2, MEDICINES)
    {
        return Some((Alarm::Poison, to + 1 - at));
    }
    if is(at, PEOPLE)
        && let Some(to) = within(at + 1, 2, &["collapsed", "collapses"])
        && !is(to + 1, &["lung", "vein", "veins", "arch", "arches", "disc"])
    {
        return Some((Alarm::Emergency, to + 1 - at));
    }
    if is(at, SUDDEN)
        && let Some(to) = within(at + 1, 5, LOSSES)
    {
        return Some((Alarm::Emergency, to + 1 - at));
    }
    if is(at, NOT) && is(at + 1, ABILITIES) && said(SUDDEN) {
        return Some((Alarm::Emergency, 2));
    }
    if is(at, BLOWS)
        && let Some(to) = within(at + 1, 3, &["head"])
        && (said(AFTER_BLOWS) || words.windows(2).any(|pair| pair[0] == "passed" && pair[1] == "out"))
    {
        return Some((Alarm::Emergency, to + 1 - at));
    }
    let of = is(at, FEARS) && is(at + 1, &["of"]) || is(at, &["miedo"]) && is(at + 1, &["a", "de"]);
    if of && is(at + 2, &["my", "her", "his", "the", "mi", "su"]) && is(at + 3, ACTORS) {
        return Some((Alarm::Violence, 4));
    }
    None
}

/// Whether a text that says that somebody got a shot speaks of a needle: `flu shots got shot last year`.
pub(super) fn is_of_needle(words: &[String], phrase: &[String]) -> bool {
    let shot = phrase.iter().any(|word| word == "shot") && phrase.len() == 2;
    shot && words.iter().any(|word| NEEDLES.contains(&word.as_str()))
}

/// Whether words go on, behind what calls for help, with the work of those who help.
pub(super) fn is_of_work(behind: &[String]) -> bool {
    let topics = behind.iter().take_while(|word| TOPICS.contains(&word.as_str())).count();
    let work = behind.get(topics).is_some_and(|word| WORK.contains(&word.as_str()));
    let lost = behind
        .get(topics + 1)
        .is_some_and(|word| matches!(word.as_str(), "loss" | "lost" | "stress"));
    work && !lost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harm_is_heard_and_what_is_harmless_is_not() {
        let heard = |text: &str| {
            let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            (0..words.len())
                .find_map(|at| told_at(&words, at))
                .map(|(alarm, _)| alarm)
        };
        for (text, alarm) in [
            ("took whole bottle of tylenol", Alarm::Poison),
            ("took too much tylenol", Alarm::Poison),
            ("took 30 advil", Alarm::Poison),
            ("i took all my pills", Alarm::Poison),
            ("my toddler drank windex", Alarm::Poison),
            ("dog owner ate some rat poison", Alarm::Poison),
            ("husband just collapsed", Alarm::Emergency),
            ("sudden numbness on left side", Alarm::Emergency),
            ("cant move my right arm all of a sudden", Alarm::Emergency),
            ("grandma fell and hit her head shes confused", Alarm::Emergency),
            ("scared of my husband", Alarm::Violence),
        ] {
            assert_eq!(heard(text), Some(alarm), "{text}");
        }
        for text in [
            "took 600 mg ibuprofen for back pain",
            "took 2 advil and still hurts",
            "took too much time off work",
            "dad is taking many medications",
            "drank a glass of water",
            "ate soup and soap opera",
            "collapsed arch",
            "dad has a collapsed lung",
            "scared of needles",
            "cant move my neck",
            "hit my head last year",
            "tired",
        ] {
            assert_eq!(heard(text), None, "{text}");
        }
        let of_work = |text: &str| is_of_work(&text.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert!(of_work("prevention job") && of_work("training near me"));
        assert!(!of_work("prevention") && !of_work("job loss") && !of_work("lost my job"));
    }
}
