//! What the schema refuses, by the name of the constraint: `refusals.txt`, read once.

use std::{collections::BTreeMap, sync::LazyLock};

use crate::vocab::Fault;

/// Field, code and sentence.
type Said = (&'static str, &'static str, &'static str);

static REFUSALS: LazyLock<BTreeMap<&'static str, Said>> = LazyLock::new(|| lines().filter_map(parse).collect());

fn lines() -> impl Iterator<Item = &'static str> {
    let all = include_str!("refusals.txt").lines();
    all.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn parse(line: &'static str) -> Option<(&'static str, Said)> {
    let mut parts = line.splitn(4, '|').map(str::trim);
    let name = parts.next()?;
    Some((name, (parts.next()?, parts.next()?, parts.next()?)))
}

/// What is to be said of a violated constraint; none: nobody has foreseen it.
pub fn of(constraint: &str) -> Option<Fault> {
    let (field, code, sentence) = *REFUSALS.get(constraint)?;
    Some(Fault::new(field, code, sentence))
}

/// The constraints that are foreseen.
pub fn foreseen() -> impl Iterator<Item = &'static str> {
    REFUSALS.keys().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_says_all_of_it_and_each_constraint_stands_once() {
        let is_word = |text: &str| {
            let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            !text.is_empty() && text.bytes().all(fits)
        };
        for line in lines() {
            let (name, (field, code, sentence)) = parse(line).unwrap_or_else(|| panic!("{line}"));
            assert!(is_word(name) && is_word(code) && !field.is_empty(), "{line}");
            assert!(!sentence.is_empty() && !sentence.ends_with('.'), "{line}");
        }
        assert_eq!(lines().count(), foreseen().count());
    }
}
