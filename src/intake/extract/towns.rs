//! The town of somebody that a sentence tells without its state: `Beacon Clinic in Raymore`, `Dr. Lee of Aurora`, `Dr. Lee's office
//! in Raymore`.

use super::{
    field::{Address, Detail, Field, FieldKind},
    group::Holder,
    text::{Case, Kind},
    view::View,
    words::sense,
};

/// Words of a town's name.
const MOST_WORDS: usize = 3;

/// Gives those who have no address the town that stands right behind them.
pub fn find(view: &View<'_, '_>, holders: &mut [Holder], fields: &mut Vec<Field>) {
    for holder in holders.iter_mut().filter(|holder| holder.may_provide) {
        if holder.has(FieldKind::Address) {
            continue;
        }
        if let Some(field) = behind(view, holder.bytes.end) {
            holder.hold(fields.len(), &field);
            fields.push(field);
        }
    }
}

/// Behind the office of `Dr. Lee's office in Raymore`, if a token begins it.
fn past_office(view: &View<'_, '_>, at: usize) -> usize {
    let possessive = view.is_mark(at, '\'') || view.is_mark(at, '\u{2019}');
    let office = at + 2;
    let is_house = office < view.len()
        && view.flows(office)
        && matches!(
            view.text.folded(office),
            "office" | "practice" | "clinic" | "surgery" | "location"
        );
    if possessive && is_house { office + 1 } else { at }
}

/// The town behind a byte.
fn behind(view: &View<'_, '_>, byte: usize) -> Option<Field> {
    let text = view.text;
    let joint = past_office(view, text.tokens.partition_point(|token| (token.start as usize) < byte));
    let joins = joint < view.len() && view.flows(joint) && matches!(text.folded(joint), "in" | "of" | "from");
    let is_part = |at: usize| {
        at < view.len()
            && view.flows(at)
            && !view.is_closed(at)
            && text.tokens[at].kind == Kind::Word
            && matches!(text.tokens[at].case, Case::Title)
    };
    if !joins || text.tokens[joint].case != Case::Lower {
        return None;
    }
    let first = joint + 1;
    let words = (first..first + MOST_WORDS).take_while(|at| is_part(*at)).count();
    let town = (1..=words).rev().find(|count| {
        let written: Vec<&str> = (first..first + count).map(|at| text.written(at)).collect();
        view.lexicon.gazetteer.is_city(&written.join(" "))
    })?;
    let last = first + town - 1;
    // `of Columbia University`, `in March`, `of Houston Methodist`: part of something else, or no town.
    let is_word = (first..=last).all(|at| view.is(at, sense::NEVER | sense::HEAD | sense::WEAK_HEAD));
    if town < words || is_word || (is_part(last + 1)) {
        return None;
    }
    let bytes = text.bytes(&(first..last + 1));
    let city = text.source[bytes.clone()]
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let address = Address {
        city: Some(city.clone()),
        ..Address::default()
    };
    Some(Field::new(FieldKind::Address, bytes, city).with(Detail::Address(address)))
}
