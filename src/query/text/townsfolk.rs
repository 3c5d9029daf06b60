//! Who is called so in a town: the evidence that the last words of a text are that town, however few live there.

use crate::index::Snapshot;
use crate::query::{
    changed,
    matches::{in_field, while_in_all},
};
use crate::vocab::{names::fold, place::Place};

/// Whether somebody who bears all these words in the current name is found in a town.
pub(super) fn is_borne_at(snapshot: &Snapshot, words: &[String], town: &Place) -> bool {
    let Some(city) = town.city.as_deref().map(fold) else {
        return false;
    };
    let is_there = |there: Option<&str>| there.is_some_and(|there| there.eq_ignore_ascii_case(&town.state));
    let in_segments = snapshot.segments.iter().any(|living| {
        let (segment, mut found) = (&living.segment, false);
        let mut terms = in_field(segment.fields().place_name, words);
        terms.push((segment.fields().city, city.as_str()));
        let looked = while_in_all(segment, &terms, |doc| {
            found = segment.location_of_doc(doc).is_some_and(|location| {
                let place = segment.record(location).place;
                living.is_alive(segment.entry(location).provider) && is_there(place.and_then(|place| place.state))
            });
            !found
        });
        // What cannot be read here fails the search itself.
        looked.is_ok() && found
    });
    in_segments
        || changed::bearers(snapshot, words).any(|changed| {
            changed.records().any(|record| {
                let place = record.place.as_ref();
                place.is_some_and(|place| is_there(place.state) && place.city.map(fold).as_deref() == Some(&city))
            })
        })
}
