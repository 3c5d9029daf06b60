//! E-mail addresses in a text: nobody is found by one, but it often is made of the name of whoever has it: `justin.cruz@gmail.com`.

use std::borrow::Cow;

/// What an address stands between.
const AROUND: &[char] = &['<', '>', '(', ')', '[', ']', ',', ';', ':', '"'];

/// The text with blanks where addresses are, but for the letters before their `@`; of as many characters.
pub(super) fn blanked(text: &str) -> Cow<'_, str> {
    if !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let mut characters: Vec<char> = text.chars().collect();
    let is_end = |c: &char| c.is_whitespace() || AROUND.contains(c);
    for at in 0..characters.len() {
        if characters[at] != '@' {
            continue;
        }
        let start = characters[..at].iter().rposition(is_end).map_or(0, |before| before + 1);
        let end = characters[at..]
            .iter()
            .position(is_end)
            .map_or(characters.len(), |behind| at + behind);
        // `dentist @ 5pm`, `dr_smith@home`: no address.
        if start == at || !characters[at + 1..end].contains(&'.') {
            continue;
        }
        for c in characters[start..at].iter_mut().filter(|c| !c.is_alphabetic()) {
            *c = ' ';
        }
        characters[at..end].fill(' ');
    }
    Cow::Owned(characters.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_left_of_addresses() {
        for (text, left) in [
            ("justin.cruz@gmail.com", "justin cruz          "),
            ("Ann <ann_lee92@x.org> dentist", "Ann <ann lee        > dentist"),
            ("dentist @ 5pm", "dentist @ 5pm"),
            ("a@b", "a@b"),
        ] {
            assert_eq!(blanked(text), left, "{text}");
        }
    }
}
