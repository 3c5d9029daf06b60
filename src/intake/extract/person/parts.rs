//! Which word of a name is what: `Jane A. Smith`, `Smith Jane A`, `VAN DYKE, ANN`.

use super::Words;
use crate::intake::extract::view::View;
use crate::intake::extract::words::sense;

/// A name taken apart.
pub(super) struct Split {
    /// Given name or initial.
    pub first: Option<String>,
    /// Further given names and initials.
    pub middle: Option<String>,
    /// Surname.
    pub last: String,
}

/// Which word is what.
pub(super) fn parts(view: &View<'_, '_>, words: &Words) -> Split {
    let written = |tokens: &[usize]| {
        let texts: Vec<&str> = tokens.iter().map(|t| view.text.written(*t)).collect();
        texts.join(" ")
    };
    let tokens = words.tokens.as_slice();
    let (surname, given): (&[usize], &[usize]) = match words.before_comma {
        Some(count) => tokens.split_at(count),
        None if tokens.len() == 1 => (tokens, &[]),
        None if words.ends_in_surname => {
            let (given, surname) = tokens.split_at(tokens.len() - 1);
            (surname, given)
        }
        None if is_surname_first(view, tokens) => tokens.split_at(1),
        None => {
            let particle = (1..tokens.len()).find(|at| view.is(tokens[*at], sense::PARTICLE) && *at + 1 < tokens.len());
            let cut = particle.unwrap_or(if view.is(tokens[0], sense::PARTICLE) {
                0
            } else {
                tokens.len() - 1
            });
            let (given, surname) = tokens.split_at(cut);
            (surname, given)
        }
    };
    Split {
        first: given.first().map(|t| view.text.written(*t).to_owned()),
        middle: (given.len() > 1).then(|| written(&given[1..])),
        last: written(surname),
    }
}

/// `Smith Jane A`: the first word is a surname and the second a given name, more than the other way round.
pub(super) fn is_surname_first(view: &View<'_, '_>, tokens: &[usize]) -> bool {
    let (first, last) = (tokens[0], tokens[tokens.len() - 1]);
    if view.is_initial(first) {
        return false;
    }
    if view.is_initial(last) {
        return true;
    }
    let (a, b) = (view.weight(first), view.weight(tokens[1]));
    let z = view.weight(last);
    let forward = (a.given + 0.1) * (z.surname + 0.1);
    let reverse = (a.surname + 0.1) * (b.given + 0.1);
    reverse > 20.0 * forward && (tokens.len() == 2 || b.given > b.surname)
}
