//! What keeps everybody out: where a search finds nobody, the wish without which somebody is found. A person who reads that
//! nobody is known to be open now knows what to do; an empty page tells nothing.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{
    Error, Format, Request,
    answer::{Answer, Total},
    candidates::Directory,
    request::Sort,
    search::{Spending, answer},
    spelling,
    text::Reading,
};
use crate::index::Snapshot;

/// Leaves a wish out of a request and of the reading of its box, and says whether it was there.
type Leave = fn(&mut Request, &mut Reading) -> bool;

/// Something that keeps people out.
pub(super) struct Wish {
    /// What is said where somebody is found without it.
    pub(super) told: &'static str,
    /// What it is called beside others.
    noun: &'static str,
    /// The kinds of the terms that ask for it.
    terms: &'static [&'static str],
    leave: Leave,
}

/// The wishes that are left out one after the other: what changes by the hour first, then what is seldom known, last what
/// people hardly give up.
pub(super) const WISHES: &[Wish] = &[
    Wish {
        told: "nobody found is known to be open then",
        noun: "the hours",
        terms: &["open_at"],
        leave: |request, reading| {
            let there = request.conditions.open_at.take().is_some();
            reading.open_at.take().is_some() || there
        },
    },
    Wish {
        told: "nobody found has a free slot before that day",
        noun: "the free slot",
        terms: &["available_before"],
        leave: |request, reading| {
            let there = request.conditions.available_before.take().is_some();
            reading.available_before.take().is_some() || there
        },
    },
    Wish {
        told: "nobody found is a physician",
        noun: "the physician",
        terms: &["profession"],
        leave: |request, reading| {
            let there = emptied(&mut request.conditions.profession);
            reading.profession.take().is_some() || there
        },
    },
    Wish {
        told: "nobody found is known to offer telehealth as asked",
        noun: "telehealth",
        terms: &["telehealth"],
        leave: |request, reading| {
            let there = request.conditions.telehealth.take().is_some();
            reading.telehealth.take().is_some() || there
        },
    },
    Wish {
        told: "nobody found is known to be accessible as asked",
        noun: "accessibility",
        terms: &["accessibility"],
        leave: |request, reading| {
            let there = emptied(&mut request.conditions.accessibility);
            emptied(&mut reading.accessibility) || there
        },
    },
    Wish {
        told: "nobody found is of that gender, as far as is known",
        noun: "the gender",
        terms: &["gender"],
        leave: |request, reading| {
            let there = emptied(&mut request.conditions.gender);
            reading.gender.take().is_some() || there
        },
    },
    Wish {
        told: "nobody found is known to take new patients as asked",
        noun: "new patients",
        terms: &["accepting_new_patients"],
        leave: |request, reading| {
            let there = request.conditions.accepting.take().is_some();
            reading.accepting.take().is_some() || there
        },
    },
    Wish {
        told: "nobody found is in that network or plan",
        noun: "the network or plan",
        terms: &["network", "plan"],
        leave: |request, reading| {
            let conditions = &mut request.conditions;
            let there = conditions.asks_network();
            conditions.networks.clear();
            conditions.plans = None;
            conditions.plan_ids.clear();
            let networks = emptied(&mut reading.networks);
            emptied(&mut reading.plans) || networks || there
        },
    },
    Wish {
        told: "everybody found is among those who are not wanted",
        noun: "who is not wanted",
        terms: &[EXCLUDED],
        leave: |_, reading| reading.exclude.take().is_some(),
    },
    Wish {
        told: "nobody found is known to speak that language",
        noun: "the language",
        terms: &["language"],
        leave: |request, reading| {
            let there = emptied(&mut request.conditions.language);
            emptied(&mut reading.language) || there
        },
    },
    Wish {
        told: "nobody is found so near",
        noun: "the distance",
        terms: &["radius_miles"],
        leave: |request, reading| {
            let there = request.radius_km.take().is_some();
            if there && !request.count && !request.conditions.names.is_empty() {
                // That some bear the name anywhere is told sooner than how far off the first is. Of a rare kind the nearest is
                // found at once, and the first in rank late.
                request.near = None;
                request.sort = Sort::Relevance;
            }
            reading.radius_miles.take().is_some() || there
        },
    },
];

/// The kind of the terms of what is not wanted: nobody is shown who is that, whoever is asked for.
const EXCLUDED: &str = "excluded";

/// What else stands beside a name in a box and keeps out whoever bears it.
const BESIDE_NAME: &[Wish] = &[
    Wish {
        told: "nobody found is known for that kind of care",
        noun: "the kind of care",
        terms: &["specialty"],
        leave: |_, reading| emptied(&mut reading.specialty),
    },
    Wish {
        told: "nobody found is in that state",
        noun: "the state",
        terms: &["place"],
        leave: |_, reading| {
            reading.other_states.clear();
            reading.state.take().is_some()
        },
    },
];

/// So many of the best hits are looked at for one that bears the very name.
const LOOKED_AT: usize = 5;

fn emptied<T>(list: &mut Vec<T>) -> bool {
    let there = !list.is_empty();
    list.clear();
    there
}

/// So many ways to find somebody are told.
const MOST_WAYS: usize = 3;

/// What to say beside an answer without rows: the wishes without each of which there are some, else the pairs of them, else all of
/// them together, or that nobody bears the name or has the number. Nothing for exports and later pages.
pub(super) fn hint(
    snapshot: &Arc<Snapshot>,
    request: &Request,
    reading: &Reading,
    now: DateTime<Utc>,
    spending: Spending,
) -> Result<Option<String>, Error> {
    if request.cursor.is_some() || request.format != Format::Json {
        return Ok(None);
    }
    let person = request.q.is_some();
    let bare = Request {
        limit: 1,
        // A person wants to know how many; a program that asks by parameters must not wait for their counting.
        count: person,
        facets: Vec::new(),
        clusters: None,
        explain: false,
        ..request.clone()
    };
    let without = |wishes: &[&Wish]| {
        let (mut request, mut reading) = (bare.clone(), reading.clone());
        for wish in wishes {
            (wish.leave)(&mut request, &mut reading);
        }
        found(snapshot, &request, reading, now, spending)
    };
    let is_asked = |wish: &&Wish| (wish.leave)(&mut bare.clone(), &mut reading.clone());
    let asked: Vec<&Wish> = WISHES.iter().filter(is_asked).collect();
    let mut told = Vec::new();
    for wish in &asked {
        match without(&[wish])? {
            Found::Some(count) if told.is_empty() => told.push(format!("{}; without that there {count}", wish.told)),
            Found::Some(count) => told.push(format!("without {} there {count}", wish.noun)),
            Found::Nobody => {}
            Found::Unknown if told.is_empty() => return Ok(None),
            Found::Unknown => break,
        }
        if told.len() == MOST_WAYS || (!told.is_empty() && !person) {
            break;
        }
    }
    if !told.is_empty() {
        return Ok(Some(told.join("; ")));
    }
    if asked.len() > 2 && person {
        let pairs = asked.iter().enumerate();
        for (first, second) in pairs.flat_map(|(at, first)| asked[at + 1..].iter().map(move |second| (first, second))) {
            if let Found::Some(count) = without(&[first, second])? {
                told.push(format!("without {} and {} there {count}", first.noun, second.noun));
            }
            if told.len() == MOST_WAYS {
                break;
            }
        }
        if !told.is_empty() {
            return Ok(Some(format!("nobody found is all of that; {}", told.join("; "))));
        }
    }
    if asked.len() > 1
        && let Found::Some(count) = without(&asked)?
    {
        return Ok(Some(format!(
            "nobody found is all of that; without those wishes there {count}"
        )));
    }
    Ok(unknown(snapshot, reading).or_else(|| unheard(snapshot, request)))
}

/// Categories that every directory knows. An organisation may have more of its own, so others are no fault of a request.
const CATEGORIES: &[&str] = &[
    "practitioner",
    "hospital",
    "pharmacy",
    "group",
    "clinic",
    "lab",
    "facility",
    "ivf_clinic",
    "attorney",
    "escrow_agency",
    "genetic_counselor",
    "psychologist",
    "other",
];

/// A value of a parameter that nobody has and no table knows: `category=hospitals`, `county=Foo`.
fn unheard(snapshot: &Snapshot, request: &Request) -> Option<String> {
    let conditions = &request.conditions;
    let gazetteer = &snapshot.lexicon.gazetteer;
    let category = conditions.category.iter().find(|category| {
        let category = category.to_ascii_lowercase();
        !CATEGORIES.contains(&category.as_str())
    });
    if let Some(category) = category {
        let asked = category.to_ascii_lowercase();
        let near = CATEGORIES.iter().find(|known| strsim::osa_distance(known, &asked) < 3);
        return Some(match near {
            Some(known) => format!("nobody here is of the category `{category}`; `{known}` is one"),
            None => format!(
                "nobody here is of the category `{category}`; known are {}",
                CATEGORIES.join(", ")
            ),
        });
    }
    let no_county = |county: &&String| gazetteer.find(&format!("{county} county")).is_none();
    if let Some(county) = conditions.county.iter().find(no_county) {
        return Some(format!("`{county}` is no county that is known here"));
    }
    let no_city = |city: &&String| !gazetteer.is_city(city);
    let city = conditions.city.iter().find(no_city)?;
    Some(format!("`{city}` is no city that is known here"))
}

/// The reading of a box without the wishes that keep out whoever bears the very name it asks for: the first alone that does, or
/// all of them. What somebody asks about a doctor whom they know is hardly ever answered by strangers, or by people whose names
/// are like that one. It goes by the box alone, so that no filter brings in others.
pub(super) fn named(
    snapshot: &Arc<Snapshot>,
    request: &Request,
    first: &Answer,
    reading: &Reading,
    now: DateTime<Utc>,
    spending: Spending,
) -> Result<Option<Reading>, Error> {
    if first.has_named() || !names_somebody(snapshot, reading) {
        return Ok(None);
    }
    let bare = alone(request);
    let finds = |reading: &Reading| match answer(snapshot, &bare, reading.clone(), now, spending) {
        Ok(answer) => Ok(answer.has_named()),
        Err(Error::TooCostly(_)) => Ok(false),
        Err(other) => Err(other),
    };
    let wishes = || WISHES.iter().chain(BESIDE_NAME).filter(|wish| !wish.is_of_unwanted());
    // The parameters of a request hold, whatever the box says.
    let mut all = reading.clone();
    let left = wishes().filter(|wish| wish.leave_out(&mut all)).count();
    if left == 0 || finds(reading)? || !finds(&all)? {
        return Ok(None);
    }
    let name = format!("nobody of the name `{}`", reading.name.join(" "));
    let shown = "whoever is called so is shown";
    for wish in wishes() {
        let mut less = reading.clone();
        if wish.leave_out(&mut less) && (left == 1 || finds(&less)?) {
            less.tell(format!("{}; {shown}", wish.told_of(&name)));
            return Ok(Some(less));
        }
    }
    all.tell(format!("{name} is found who is all of that; {shown}"));
    Ok(Some(all))
}

/// A reading without the kind of care that it asks for.
pub(super) fn without_kind(reading: &Reading) -> Option<Reading> {
    let mut less = reading.clone();
    BESIDE_NAME[0].leave_out(&mut less).then_some(less)
}

impl Wish {
    /// Whether it says who is not wanted.
    pub(super) fn is_of_unwanted(&self) -> bool {
        self.terms == [EXCLUDED]
    }

    /// Leaves it out of a reading, and says whether it was there.
    pub(super) fn leave_out(&self, reading: &mut Reading) -> bool {
        let there = (self.leave)(&mut Request::default(), reading);
        if there {
            reading.terms.retain(|term| !self.terms.contains(&term.kind));
        }
        there
    }
}

/// Whether a box asks for somebody by name, and for more: by two words at least, or by one that is somebody's, behind a title or
/// where nothing says which kind of care is looked for.
fn names_somebody(snapshot: &Snapshot, reading: &Reading) -> bool {
    if !reading.is_more_than_a_name() {
        return false;
    }
    match reading.name.as_slice() {
        [] => false,
        [one] => {
            let bare = reading.specialty.is_empty() && reading.state.is_none() && reading.hint.is_none();
            let called = reading.titled || bare;
            called && one.len() > 1 && spelling::is_borne_by_person(snapshot, &reading.name)
        }
        // Houses are called after kinds of care and towns: `home boston`.
        [_, _] if !reading.specialty.is_empty() && spelling::is_borne(snapshot, &reading.name) => {
            spelling::is_borne_by_person(snapshot, &reading.name)
        }
        _ => true,
    }
}

/// The box of a request alone, and where it is asked.
pub(super) fn alone(request: &Request) -> Request {
    Request {
        near: request.near.clone(),
        near_is_position: request.near_is_position,
        name_match: request.name_match,
        nicknames: request.nicknames,
        limit: LOOKED_AT,
        count: false,
        ..Request::default()
    }
}

/// A number that nobody has, or a name that nobody bears.
fn unknown(snapshot: &Snapshot, reading: &Reading) -> Option<String> {
    if let Some(phone) = &reading.phone {
        return Some(format!("nobody is found by the telephone number {phone}"));
    }
    if let Some(npi) = reading.npi {
        let known = Directory::of(snapshot).knows(npi.number()).unwrap_or(false);
        return Some(if known {
            format!("whoever has the NPI {npi} is kept out by what else is asked for")
        } else {
            format!("nobody here has the NPI {npi}")
        });
    }
    let is_name = !reading.name.is_empty() && !spelling::is_borne(snapshot, &reading.name);
    is_name.then(|| format!("nobody of the name `{}` is found", reading.name.join(" ")))
}

/// What a search with less in it has found.
enum Found {
    Some(String),
    Nobody,
    /// It would have cost too much to know.
    Unknown,
}

fn found(
    snapshot: &Arc<Snapshot>,
    request: &Request,
    reading: Reading,
    now: DateTime<Utc>,
    spending: Spending,
) -> Result<Found, Error> {
    match answer(snapshot, request, reading, now, spending) {
        Ok(answer) if answer.is_empty() => Ok(Found::Nobody),
        Ok(answer) => Ok(Found::Some(count(answer.total))),
        Err(Error::TooCostly(_)) => Ok(Found::Unknown),
        Err(other) => Err(other),
    }
}

/// `is 1`, `are 12`, `are more than 1000`.
fn count(total: Option<Total>) -> String {
    match total {
        Some(Total {
            value: 1,
            relation: "eq",
        }) => "is 1".to_owned(),
        Some(Total { value, relation: "eq" }) => format!("are {value}"),
        Some(Total { value, .. }) => format!("are at least {value}"),
        None => "are some".to_owned(),
    }
}
