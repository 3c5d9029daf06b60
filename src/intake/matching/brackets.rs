//! What stands in brackets within a name: credentials, a former surname, or what somebody is called.

use super::name::{fold, is_credential, tokens};
use crate::vocab::names::words;

/// What stands before a former surname in brackets.
const FORMERLY: &[&str] = &["nee", "formerly", "fka", "maiden", "name", "was", "born"];

/// The former surname that stands in brackets: `Jennifer (Crum) Mora`, `Helen Cantley (née Michel)`.
pub fn former_surname(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('(')?;
    let (inside, _) = rest.split_once(')')?;
    let said: Vec<String> = words(inside)
        .into_iter()
        .filter(|word| !FORMERLY.contains(&word.as_str()))
        .collect();
    let is_name = (1..=2).contains(&said.len()) && said.iter().all(|word| word.len() > 2) && !inside.contains('"');
    let is_other = inside.bytes().any(|b| b.is_ascii_digit());
    (is_name && !is_other).then(|| said.join(" "))
}

/// Two letters that are a state's as well: `Jane Roe (PA)` says nothing.
const STATES_AS_WELL: &[&str] = &["pa", "ma", "dc", "nd"];

/// The credentials that stand in brackets, `Roe, Jane (DO)`, where nothing else does.
pub fn credentials_in_brackets(text: &str) -> Vec<String> {
    let inside = text
        .split(['(', '['])
        .skip(1)
        .filter_map(|part| part.split([')', ']']).next());
    let credentials = inside
        .map(tokens)
        .filter(|part| part.iter().all(|token| is_credential(token)));
    let folded = credentials.flatten().map(|token| fold(&token));
    folded.filter(|word| !STATES_AS_WELL.contains(&word.as_str())).collect()
}

/// A name without what stands in brackets or quotes, unless it is all there is.
pub fn without_brackets(text: &str) -> String {
    let mut depth = 0;
    let kept = text.chars().filter(|c| {
        match c {
            '(' | '[' | '<' | '"' if depth == 0 => depth = 1,
            ')' | ']' | '>' | '"' => {
                depth = 0;
                return false;
            }
            _ => {}
        }
        depth == 0
    });
    let kept: String = kept.collect();
    if words(&kept).is_empty() { text.to_owned() } else { kept }
}
