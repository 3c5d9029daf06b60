//! The texts at one slip from a text, the likeliest first: whoever must not ask for all of them asks for those that people make.

use std::collections::BTreeSet;

/// Rows of a keyboard. Beside a letter stand those left and right of it, and those above and below.
const ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
/// Letters that are taken for each other by ear.
const SOUNDS: &[&str] = &["aeiouy", "cksqx", "szc", "gj", "mn", "bdpt", "fvpw", "lr"];
/// Letters that are left out most.
const LEFT_OUT: &str = "aeiouhrnlst";

/// Texts at one slip from a text of ASCII letters, each once. `alive`: so many of its first letters begin something; a slip
/// that leaves more of them as they are leads nowhere. Nearer to where the text goes wrong is likelier, as people see what
/// they have typed before.
pub(super) fn of(text: &str, alive: usize) -> impl Iterator<Item = String> {
    let places = move || (0..=alive.min(text.len())).rev().map(|at| text.split_at(at));
    let swapped = places().filter_map(|(head, tail)| {
        let (first, second, rest) = (tail.get(..1)?, tail.get(1..2)?, tail.get(2..)?);
        Some(format!("{head}{second}{first}{rest}"))
    });
    let shorter = places().filter_map(|(head, tail)| Some(format!("{head}{}", tail.get(1..)?)));
    let twice = places().filter_map(|(head, tail)| Some(format!("{head}{}{tail}", tail.get(..1)?)));
    let near = places().flat_map(|(head, tail)| {
        let typed = tail.chars().next();
        let letters = ('a'..='z').filter(move |letter| typed.is_some_and(|typed| is_near(typed, *letter)));
        letters.filter_map(move |letter| Some(format!("{head}{letter}{}", tail.get(1..)?)))
    });
    let longer = places().flat_map(|(head, tail)| {
        let letters = LEFT_OUT.chars();
        letters.map(move |letter| format!("{head}{letter}{tail}"))
    });
    let rest = places().flat_map(|(head, tail)| {
        ('a'..='z').flat_map(move |letter| {
            let other = tail.get(1..).map(|rest| format!("{head}{letter}{rest}"));
            other.into_iter().chain([format!("{head}{letter}{tail}")])
        })
    });
    let mut seen = BTreeSet::from([text.to_owned()]);
    let all = swapped
        .chain(shorter)
        .chain(twice)
        .chain(near)
        .chain(longer)
        .chain(rest);
    all.filter(move |slip| seen.insert(slip.clone()))
}

/// Whether one letter is typed for another: it stands beside it on a keyboard, or sounds like it.
fn is_near(typed: char, other: char) -> bool {
    let place = |letter: char| {
        let mut rows = (0i8..).zip(ROWS);
        rows.find_map(|(row, letters)| Some((row, letters.find(letter)? as i8)))
    };
    let beside = || {
        let ((row, column), (other_row, other_column)) = (place(typed)?, place(other)?);
        // Each row stands half a key to the right of the one above it.
        let (down, right) = (other_row - row, other_column - column);
        Some(matches!((down, right), (0, -1 | 1) | (1, -1 | 0) | (-1, 0 | 1)))
    };
    let sounds = |group: &str| group.contains(typed) && group.contains(other);
    typed != other && (SOUNDS.iter().any(|group| sounds(group)) || beside().unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_slips_come_and_the_likely_ones_first() {
        let all: Vec<String> = of("hart", 4).collect();
        // Swapped, shorter, other letters, longer; each once.
        assert_eq!(all.len(), 3 + 4 + 4 * 25 + (5 * 26 - 4));
        let rank = |text: &str| all.iter().position(|slip| slip == text).expect(text);
        assert!(rank("heart") < 80 && rank("hatr") < 20 && rank("hurt") < 60, "{all:?}");
        assert!(rank("heart") < rank("hqart"));
        // What goes wrong at its second letter is right before it.
        assert!(of("hqzv", 1).all(|slip| slip.len() < 4 || !slip.starts_with("hq") || slip == "hqqzv"));
        assert!(is_near('m', 'n') && is_near('i', 'a') && is_near('t', 'g') && !is_near('q', 'm'));
    }
}
