//! Which reading of the box answers a request: the first one, one that stands in for it, and what it may mean besides.

use std::{sync::Arc, time::Instant};

use chrono::{DateTime, Utc};

use super::{
    Error, Format, Request,
    answer::{Answer, OtherReading},
    budget::Limits,
    filter::tier,
    kindred, lesser,
    named_there::{Asked, is_there},
    relaxed,
    search::{Spending, answer},
    spelling,
    text::{self, Reading, Readings},
};
use crate::index::Snapshot;
use crate::vocab::terms::ProviderKind;

/// Whoever is called like a word beside a kind of care and a place is not meant, if nobody is who is nearer.
const FAR_FOR_A_NAME_MILES: f64 = 100.0;
/// A shorter word that is nobody's name there is no misspelt one.
const SHORTEST_SLIP: usize = 5;

/// Rows of another reading that are shown beside the answer.
const ROWS_OF_OTHERS: usize = 3;

/// Answers a request from a snapshot, within the usual limits.
pub fn search(snapshot: &Arc<Snapshot>, request: &Request, now: DateTime<Utc>) -> Result<Answer, Error> {
    search_within(snapshot, request, now, Limits::default())
}

/// Answers a request from a snapshot within limits. What the box may mean besides is searched, too: it stands beside the
/// answer, or in its place where nobody is found by the first reading.
///
/// # Errors
/// [`Error::TooCostly`] where they do not suffice to find the rows; a total that they do not suffice for is a lower bound.
pub fn search_within(
    snapshot: &Arc<Snapshot>,
    request: &Request,
    now: DateTime<Utc>,
    limits: Limits,
) -> Result<Answer, Error> {
    let started = Instant::now();
    if snapshot.position.is_none() {
        return Err(Error::NotBuilt);
    }
    let question = Question {
        snapshot,
        request,
        now,
        spending: Spending { limits, started },
    };
    let Some(q) = &request.q else {
        let reading = Reading::default();
        let mut only = question.answer(reading.clone())?;
        if only.is_empty() {
            only.hint = question.hint(&reading)?;
        }
        return Ok(only);
    };
    let readings = text::read_all(q, &request.literal, snapshot, request.here(), now);
    let Chosen {
        answer: mut chosen,
        reading,
        others,
    } = question.or_nearest_kind(question.choose(readings)?)?;
    if !chosen.is_empty() {
        question.show_beside(&mut chosen, others)?;
    } else if let Some(found) = question.found_by_others(&reading, others)? {
        return Ok(found);
    } else if let Some(told) = question.hint(&reading)? {
        add_hint(&mut chosen, told);
    }
    tell_how_far(&mut chosen, &reading);
    chosen.trace.whole = started.elapsed();
    chosen.took_us = chosen.trace.whole.as_micros() as u64;
    Ok(chosen)
}

/// Who is asked what, when, and at which cost.
#[derive(Clone, Copy)]
struct Question<'a> {
    snapshot: &'a Arc<Snapshot>,
    request: &'a Request,
    now: DateTime<Utc>,
    spending: Spending,
}

/// An answer, the reading that it comes from, and the others: whether each is offered beside an answer.
struct Chosen {
    answer: Answer,
    reading: Reading,
    others: Vec<(Reading, bool)>,
}

impl Question<'_> {
    fn answer(&self, reading: Reading) -> Result<Answer, Error> {
        answer(self.snapshot, self.request, reading, self.now, self.spending)
    }

    /// Which wish keeps everybody out.
    fn hint(&self, reading: &Reading) -> Result<Option<String>, Error> {
        relaxed::hint(self.snapshot, self.request, reading, self.now, self.spending)
    }

    /// The first reading, or one that stands in for it because of who is there and how they are called.
    fn choose(&self, readings: Readings) -> Result<Chosen, Error> {
        let first = self.answer(readings.first.clone())?;
        let asked = Asked {
            snapshot: self.snapshot,
            request: self.request,
            reading: &readings.first,
            first: &first,
            now: self.now,
            spending: self.spending,
        };
        let there = match called(&asked, readings.called.as_ref())? {
            Some(called) => Some(called),
            None => match asked.named_there()? {
                Some(there) => Some(there),
                None => asked.heard_there()?,
            },
        };
        // Those of the very name who have all that was asked for, but elsewhere.
        let elsewhere = (there.is_some() && first.has_named()).then(|| readings.first.clone());
        let instead = match there.or_else(|| without_stray_word(self.request, &first, &readings)) {
            Some(instead) => Some(instead),
            None => self.instead_of_unlike(&first, &readings)?,
        };
        if let Some(instead) = instead {
            return self.put_instead(instead, elsewhere, readings);
        }
        if let Some(like) = asked.like_there()? {
            let nearer = self.answer(like.clone())?;
            if !nearer.is_empty() {
                return Ok(Chosen {
                    answer: nearer,
                    reading: like,
                    // Whoever bears the very name far away stands beside them.
                    others: vec![(readings.first, true)],
                });
            }
        }
        Ok(Chosen {
            answer: first,
            reading: readings.first,
            others: readings.others,
        })
    }

    /// Puts a reading in the place of the first one. `elsewhere`: what is shown beside it.
    fn put_instead(&self, instead: Reading, elsewhere: Option<Reading>, readings: Readings) -> Result<Chosen, Error> {
        let Readings { first, mut others, .. } = readings;
        let answer = self.answer(instead.clone())?;
        // `dr hart heart doctor`: where no Hart is one, whoever is called Hart is shown, and beside them heart doctors.
        let lost_kind = instead.specialty != first.specialty && !first.specialty.is_empty();
        others.retain(|(beside, _)| lost_kind && beside.name.is_empty() && beside.specialty == first.specialty);
        others.iter_mut().for_each(|(_, is_offered)| *is_offered = true);
        others.splice(0..0, elsewhere.map(|elsewhere| (elsewhere, true)));
        Ok(Chosen {
            answer,
            reading: instead,
            others,
        })
    }

    /// Where nobody is found: the kind of care that is nearest to what was asked for, if somebody gives that.
    fn or_nearest_kind(&self, chosen: Chosen) -> Result<Chosen, Error> {
        if !chosen.answer.is_empty() {
            return Ok(chosen);
        }
        let Some(nearest) = kindred::nearest(self.snapshot, &chosen.reading) else {
            return Ok(chosen);
        };
        let answer = self.answer(nearest.clone())?;
        if answer.is_empty() {
            return Ok(chosen);
        }
        Ok(Chosen {
            answer,
            reading: nearest,
            others: Vec::new(),
        })
    }

    /// What another reading finds where the first finds nobody even without the other conditions: a filter must never bring in
    /// whom the text alone does not find. Whether it means something else is its own affair.
    fn found_by_others(&self, first: &Reading, others: Vec<(Reading, bool)>) -> Result<Option<Answer>, Error> {
        if others.is_empty() || !self.finds_nobody(first)? {
            return Ok(None);
        }
        // `obgyn open sunday boise`: a wish keeps them out, so houses that are called by the kind elsewhere are not meant.
        let wished = first.name.is_empty() && !first.specialty.is_empty() && lesser::has_wishes(first);
        for (other, _) in others {
            if wished && !other.name.is_empty() && other.specialty.is_empty() {
                continue;
            }
            let found = self.answer(other)?;
            if !found.is_empty() {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Whether a reading of the box finds nobody even without the other conditions of the request.
    fn finds_nobody(&self, reading: &Reading) -> Result<bool, Error> {
        let request = self.request;
        let bare = Request {
            near: request.near.clone(),
            near_is_position: request.near_is_position,
            name_match: request.name_match,
            nicknames: request.nicknames,
            limit: 1,
            ..Request::default()
        };
        let alone = Question {
            request: &bare,
            ..*self
        };
        Ok(alone.answer(reading.clone())?.is_empty())
    }

    /// Puts a few rows of each reading that is offered beside an answer, on its first page.
    fn show_beside(&self, shown: &mut Answer, others: Vec<(Reading, bool)>) -> Result<(), Error> {
        if others.is_empty() || self.request.cursor.is_some() || self.request.format != Format::Json {
            return Ok(());
        }
        let few = Request {
            limit: ROWS_OF_OTHERS.min(self.request.limit),
            facets: Vec::new(),
            clusters: None,
            explain: false,
            ..self.request.clone()
        };
        let few = Question { request: &few, ..*self };
        for (other, _) in others.into_iter().filter(|(_, is_offered)| *is_offered) {
            let parameters = other.parameters();
            match few.answer(other) {
                Ok(answer) => {
                    shown.trace.spent = shown.trace.spent.or(answer.trace.spent);
                    if !answer.is_empty() {
                        let answer = Box::new(answer);
                        shown.other_readings.push(OtherReading { parameters, answer });
                    }
                }
                // It was only offered besides.
                Err(Error::TooCostly(trace)) => shown.trace.spent = shown.trace.spent.or(trace.spent),
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// The reading that stands in for the first one where that finds at most names that are like the one it asks for: without
    /// what keeps out whoever bears the very name, or with a place in what was taken for a name.
    fn instead_of_unlike(&self, first: &Answer, readings: &Readings) -> Result<Option<Reading>, Error> {
        let (snapshot, reading) = (self.snapshot, &readings.first);
        if reading.name.is_empty() || first.has_named() {
            return Ok(None);
        }
        // `therapist king of prussia`: only houses are called so, after their town.
        let whole = readings.placed.as_ref().filter(|placed| placed.name.is_empty());
        let person = || spelling::is_borne_by_person(snapshot, &reading.name);
        // `sunrise health and rehab`: somebody is called by more of the text.
        let is_longer =
            |other: &Reading| other.name.len() > reading.name.len() && spelling::is_borne(snapshot, &other.name);
        if readings.others.iter().any(|(other, _)| is_longer(other)) {
            return Ok(None);
        }
        if (whole.is_none() || person())
            && let Some(kept) = relaxed::named(snapshot, self.request, first, reading, self.now, self.spending)?
        {
            return Ok(Some(kept));
        }
        let Some(placed) = &readings.placed else {
            return Ok(None);
        };
        let bare = relaxed::alone(self.request);
        let alone = Question {
            request: &bare,
            ..*self
        };
        let stands_in = !alone.answer(reading.clone())?.has_named() && {
            let there = alone.answer(placed.clone())?;
            there.has_named() || (placed.name.is_empty() && !there.is_empty())
        };
        Ok(stands_in.then(|| placed.clone()))
    }
}

/// The reading in which a word that is a town's, too, is of a name, if somebody is called so near the place that outweighs it, or in
/// it, whatever else is asked for.
fn called(asked: &Asked<'_>, called: Option<&Reading>) -> Result<Option<Reading>, Error> {
    let Some(called) = called else {
        return Ok(None);
    };
    let bare = relaxed::alone(asked.request);
    let found = answer(asked.snapshot, &bare, called.clone(), asked.now, asked.spending)?;
    if is_there(&found) {
        return Ok(Some(called.clone()));
    }
    Asked {
        reading: called,
        first: &found,
        ..*asked
    }
    .in_town()
}

/// Tells where the nearest is of a name that nobody bears near the place: `mayo clinic` in Houston.
fn tell_how_far(first: &mut Answer, reading: &Reading) {
    let far = first
        .expanded_radius_miles
        .is_some_and(|miles| miles > FAR_FOR_A_NAME_MILES);
    if !far || reading.name.is_empty() || first.hint.as_ref().is_some_and(|hint| hint.contains("nobody of the")) {
        return;
    }
    let nearest = first
        .cards()
        .iter()
        .filter_map(|card| Some((card.distance_miles?, card.location.as_ref()?)))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(miles, _)| *miles > FAR_FOR_A_NAME_MILES)
        .map(|(miles, location)| {
            let place = [location.city, location.state]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(", ");
            format!("the nearest is in {place}, {miles:.0} miles away")
        });
    if let Some(nearest) = nearest {
        let name = reading.name.join(" ");
        let told = format!("nobody of the name `{name}` is within {FAR_FOR_A_NAME_MILES} miles; {nearest}");
        add_told(first, told);
    }
}

/// Adds what keeps everybody out to the hint of an empty answer.
fn add_hint(empty: &mut Answer, told: String) {
    let told = match empty.expanded_radius_miles {
        Some(miles) => format!("within {miles} miles {told}"),
        None => told,
    };
    add_told(empty, told);
}

fn add_told(answer: &mut Answer, told: String) {
    answer.hint = Some(match answer.hint.take() {
        Some(known) => format!("{known}; {told}"),
        None => told,
    });
}

/// The reading without a word that was taken for a name, where a kind of care and a place were understood beside it and nobody is
/// called so there: `dentist off highway 6 houston` asks for no Dr Hugh two states away. A slip in a longer name is forgiven.
fn without_stray_word(request: &Request, first: &Answer, readings: &Readings) -> Option<Reading> {
    let reading = &readings.first;
    let [word] = reading.name.as_slice() else { return None };
    let placed = reading.place.is_some() || reading.state.is_some() || request.near.is_some();
    if reading.titled || first.is_empty() || !request.literal.is_empty() {
        return None;
    }
    let unnamed = readings.others.iter().map(|(other, _)| other);
    let mut unnamed = unnamed.filter(|other| other.name.is_empty() && other.specialty == reading.specialty);
    let of_kind = |other: &&Reading| !other.specialty.is_empty() || (placed && other.profession.is_some());
    let mut without = unnamed
        .find(|other| other.place == reading.place && other.state == reading.state && of_kind(other))?
        .clone();
    let far = first
        .expanded_radius_miles
        .is_some_and(|miles| miles > FAR_FOR_A_NAME_MILES);
    // `american doctor houston`: behind a title a slip is a name's, before `doctor` it is no name.
    let long = word.len() >= SHORTEST_SLIP && !reading.specialty.is_empty();
    let slip = long && first.best_name() == Some(tier::TYPO);
    // Wherever one looks somebody is called like it: `dentist that does sedation` asks for no house at a station.
    let forgiven = if placed {
        slip
    } else {
        let cards = first.cards();
        let person = cards.first().is_some_and(|card| card.kind == ProviderKind::Individual);
        person && (slip || first.best_name() < Some(tier::TYPO))
    };
    if word.len() > 1 && !far && (first.has_named() || forgiven) {
        return None;
    }
    without.hint.clone_from(&reading.hint);
    if placed && spelling::is_borne_by_person(&first.snapshot, &reading.name) {
        without.tell(format!(
            "nobody of the name `{word}` is found near there for that kind of care"
        ));
    } else {
        without.leave_out(word);
    }
    Some(without)
}
