//! The person who is asked for by name at a place, though a wish beside the name keeps them out, or the kind of care that was
//! said is the general one and theirs a narrower: whoever asks about a doctor whom they know is not helped by a namesake an hour
//! away, nor by strangers.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{
    Error, Request,
    cards::Answer,
    filter::tier,
    relaxed::{self, WISHES, Wish},
    search::{Spending, answer},
    spelling,
    text::{self, Reading},
};
use crate::index::Snapshot;
use crate::vocab::{lexicon::SpecialtyTerm, terms::ProviderKind};

/// Whoever bears a name so far away is hardly meant, if somebody is called like it at the place.
const FAR_MILES: f64 = 100.0;
/// What is near a place.
const NEAR_MILES: f64 = 25.0;
/// So many names that are like one are looked for near the place.
const MOST_LIKE: usize = 8;
/// A shorter surname says little alone.
const SHORTEST_SURNAME: usize = 3;
/// A shorter name is like too many.
const SHORTEST_LIKE: usize = 4;

/// The reading that shows whoever bears the very name near the place, where the first one does not: with narrower kinds of the
/// care that was said, without the first wish that keeps them out, or without all. It goes by the box alone, so that no
/// filter brings in others.
pub(super) fn named_there(
    snapshot: &Arc<Snapshot>,
    request: &Request,
    first: &Answer,
    reading: &Reading,
    (now, spending): (DateTime<Utc>, Spending),
) -> Result<Option<Reading>, Error> {
    let placed = reading.place.is_some() || request.near.is_some();
    if reading.name.is_empty() || is_there(first) || !request.literal.is_empty() || !may_be_meant(snapshot, reading) {
        return Ok(None);
    }
    let bare = relaxed::alone(request);
    let finds = |reading: &Reading| match answer(snapshot, &bare, reading.clone(), now, spending) {
        // A house is called after its town by one word.
        Ok(answer) => Ok(is_there(&answer) && (reading.name.len() > 1 || is_of_person(&answer))),
        Err(Error::TooCostly(_)) => Ok(false),
        Err(other) => Err(other),
    };
    let wider = wider(snapshot, reading);
    let wishes = || WISHES.iter().filter(|wish| !wish.is_of_unwanted());
    let mut all = wider.clone().unwrap_or_else(|| reading.clone());
    let left = wishes().filter(|wish| wish.leave_out(&mut all)).count();
    // Without a place the name alone tells nobody from strangers, so wishes are weighed elsewhere.
    let may_lack = wider.is_some() || (left > 0 && placed);
    let kindless = may_lack_kind(first, reading)
        .then(|| relaxed::without_kind(reading))
        .flatten();
    if !(may_lack || kindless.is_some()) || finds(reading)? {
        return Ok(None);
    }
    if !may_lack || !finds(&all)? {
        let Some(mut less) = kindless.filter(|_| placed) else {
            return Ok(None);
        };
        let found = finds(&less)? || {
            let wished = wishes().filter(|wish| wish.leave_out(&mut less)).count();
            wished > 0 && finds(&less)?
        };
        if !found {
            return Ok(None);
        }
        let place = reading.place.as_ref().map(|place| format!(" near {}", place.label));
        less.tell(format!(
            "nobody of the name `{}`{} is listed for that kind of care; whoever is called so is shown",
            reading.name.join(" "),
            place.unwrap_or_default()
        ));
        return Ok(Some(less));
    }
    let mut name = format!("nobody of the name `{}`", reading.name.join(" "));
    if first.has_named()
        && let Some(place) = &reading.place
    {
        name = format!("{name} near {}", place.label);
    }
    if let Some(mut wider) = wider.clone()
        && finds(&wider)?
    {
        let said = reading.terms.iter().find(|term| term.kind == "specialty");
        let said = said.map_or_else(|| "just that".to_owned(), |term| format!("`{}`", term.text));
        wider.tell(format!(
            "{name} is listed as {said}; shown is who is called so and does something close to it"
        ));
        return Ok(Some(wider));
    }
    for wish in wishes() {
        for (of, is_wider) in [(Some(reading), false), (wider.as_ref(), true)] {
            let Some(mut less) = of.cloned() else { continue };
            if wish.leave_out(&mut less) && finds(&less)? {
                less.tell(format!("{}; whoever is called so is shown", wish.told_of(&name)));
                if is_wider {
                    less.tell("shown is who does something close to that care".to_owned());
                }
                return Ok(Some(less));
            }
        }
    }
    all.tell(format!(
        "{name} is found who is all of that; whoever is called so is shown"
    ));
    Ok(Some(all))
}

/// Whether a kind of care beside a name may rather tell what for somebody is asked: `dr castro austin tx for a 6 month old`. What
/// names a kind of person does so where whoever is both is a stranger far away.
fn may_lack_kind(first: &Answer, reading: &Reading) -> bool {
    let far = || nearest_named(first).is_none_or(|miles| miles > FAR_MILES);
    let called = reading.titled || reading.name.len() > 1;
    called && !reading.specialty.is_empty() && (!reading.means_person || far())
}

/// The reading within reach of the place that the text names, where whoever bears the very name is far away and somebody there is
/// called like it: `dr fisher ada ok` is the Fischer in Ada.
pub(super) fn like_there(
    snapshot: &Arc<Snapshot>,
    request: &Request,
    first: &Answer,
    reading: &Reading,
    (now, spending): (DateTime<Utc>, Spending),
) -> Result<Option<Reading>, Error> {
    let far = nearest_named(first).is_some_and(|miles| miles >= FAR_MILES);
    let asked = reading.place.is_some() && reading.radius_miles.is_none() && request.radius_km.is_none();
    let short = reading.name.iter().any(|word| word.len() < SHORTEST_LIKE);
    if !far || !asked || short || reading.name.is_empty() || !reading.other_names.is_empty() {
        return Ok(None);
    }
    let mut near = reading.clone();
    near.radius_miles = Some(NEAR_MILES);
    let finds = |reading: &Reading| match answer(snapshot, &relaxed::alone(request), reading.clone(), now, spending) {
        Ok(found) => Ok(!found.is_empty()),
        Err(Error::TooCostly(_)) => Ok(false),
        Err(other) => Err(other),
    };
    if !finds(&near)? {
        // Of a name that many bear, others are not looked for that are like it.
        let like = spelling::alternatives(snapshot, &near.name, request.nicknames).into_iter();
        near.other_names = like.take(MOST_LIKE).map(|name| name.words).collect();
        if near.other_names.is_empty() || !finds(&near)? {
            return Ok(None);
        }
    }
    let name = reading.name.join(" ");
    near.tell(format!(
        "nobody of the very name `{name}` is within {NEAR_MILES} miles; shown is who is called like it"
    ));
    Ok(Some(near))
}

/// The reading that shows whoever has the surname in the town that the text names, where nobody of both names is near: people
/// forget given names, and hear others at the front desk.
pub(super) fn surname_there(
    snapshot: &Arc<Snapshot>,
    request: &Request,
    first: &Answer,
    reading: &Reading,
    (now, spending): (DateTime<Utc>, Spending),
) -> Result<Option<Reading>, Error> {
    let ([given, surname], Some(place)) = (reading.name.as_slice(), &reading.place) else {
        return Ok(None);
    };
    // Whoever is called like both is meant, if they are near.
    let cards = first.cards();
    let mut like = cards.iter().filter_map(|card| card.distance_miles);
    let near = like.any(|miles| miles <= NEAR_MILES) || nearest_named(first).is_some_and(|miles| miles <= FAR_MILES);
    let whole = given.len() > 1 && surname.len() >= SHORTEST_SURNAME && reading.whole.is_empty();
    // `smith or jones` are two people.
    let name = reading.name.join(" ");
    let together = reading
        .terms
        .iter()
        .any(|term| term.kind == "name" && term.text == name);
    let plain = request.literal.is_empty() && together && request.radius_km.is_none();
    if near || !whole || !plain || !text::has_surname(snapshot, surname, place) {
        return Ok(None);
    }
    let told = format!(
        "nobody called `{given} {surname}` is found near {}; shown is whoever is called `{surname}` there",
        place.label
    );
    let mut called = reading.clone();
    called.name = vec![surname.clone()];
    for term in called.terms.iter_mut().filter(|term| term.kind == "name") {
        term.value.clone_from(surname);
    }
    let kindless = relaxed::without_kind(&called);
    let bare = relaxed::alone(request);
    for mut less in std::iter::once(called).chain(kindless) {
        let found = match answer(snapshot, &bare, less.clone(), now, spending) {
            Ok(found) => is_there(&found),
            Err(Error::TooCostly(_)) => false,
            Err(other) => return Err(other),
        };
        if found {
            less.tell(told);
            return Ok(Some(less));
        }
    }
    Ok(None)
}

/// Whether somebody who bears the very name is on a page, near the place if there is one.
pub(super) fn is_there(answer: &Answer) -> bool {
    nearest_named(answer).is_some_and(|miles| miles <= NEAR_MILES)
}

fn is_of_person(answer: &Answer) -> bool {
    answer
        .cards()
        .first()
        .is_some_and(|card| card.kind == ProviderKind::Individual)
}

/// How far away the nearest on a page is who bears the very name; nothing counts as far where no distance is measured.
fn nearest_named(answer: &Answer) -> Option<f64> {
    if !answer.has_named() {
        return None;
    }
    let cards = answer.cards();
    let named = answer
        .hits
        .iter()
        .zip(&cards)
        .filter(|(hit, _)| hit.name.is_some_and(|bears| bears <= tier::INITIAL));
    let miles = named.map(|(_, card)| card.distance_miles.unwrap_or_default());
    miles.min_by(f64::total_cmp)
}

/// Whether somebody's name is meant, or the whole one of a house, and not a word that houses have in theirs.
fn may_be_meant(snapshot: &Snapshot, reading: &Reading) -> bool {
    reading.is_more_than_a_name()
        && reading.name.iter().any(|word| word.len() > 1)
        && (spelling::is_borne_by_person(snapshot, &reading.name) || reading.whole == reading.name)
}

/// The same with all kinds of the care that was said: a Hand Surgeon is an orthopedic surgeon, a cardiologist an internist.
fn wider(snapshot: &Snapshot, reading: &Reading) -> Option<Reading> {
    let specialties = &snapshot.lexicon.specialties;
    let mut codes = reading.specialty.clone();
    for said in reading.specialty.iter().filter_map(|code| specialties.get(code)) {
        let is_kind = |term: &&SpecialtyTerm| {
            term.grouping == said.grouping && term.classification == said.classification && !codes.contains(&term.code)
        };
        let kinds: Vec<String> = specialties
            .iter()
            .filter(is_kind)
            .map(|term| term.code.clone())
            .collect();
        codes.extend(kinds);
    }
    if codes.len() == reading.specialty.len() {
        return None;
    }
    let mut wider = reading.clone();
    let all = codes.join("|");
    wider.specialty = codes;
    let mut terms = wider.terms.iter_mut();
    if let Some(term) = terms.find(|term| term.kind == "specialty") {
        term.value = all;
    }
    Some(wider)
}

impl Wish {
    /// What is told where nobody of a name has it.
    pub(super) fn told_of(&self, name: &str) -> String {
        let told = self.told.replace("nobody found", name);
        told.replace("nobody is", &format!("{name} is"))
    }
}
