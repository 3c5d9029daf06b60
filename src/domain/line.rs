//! What people write down of themselves and others on one line: names, streets, ways to reach them. Everybody may read it, so it
//! says what it shows, and has an end.

use crate::vocab::Fault;

/// Whether a character shows nothing of its own and yet makes two texts differ, or turns the direction of what stands around it.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether a text is one line that says something, of at most so many characters.
pub fn is_line(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(is_hidden)
}

/// Refuses a text that is no line of 1 to `most` characters.
///
/// # Errors
/// Names the field.
pub fn check_line(field: impl Into<String>, text: &str, most: usize) -> Result<(), Fault> {
    if is_line(text, most) {
        return Ok(());
    }
    let message = format!("1 to {most} characters on one line, each of which can be seen");
    Err(Fault::new(field, "length", message))
}

/// Whether a text can be dialled, with whatever people put around the digits: `(210) 555-0142 ext. 7`.
pub fn is_phone(text: &str) -> bool {
    is_line(text, 40) && text.contains(|c: char| c.is_ascii_digit())
}

/// Refuses what nobody can dial.
///
/// # Errors
/// Names the field.
pub fn check_phone(field: impl Into<String>, text: &str) -> Result<(), Fault> {
    if is_phone(text) {
        return Ok(());
    }
    let message = "a number as it is dialled: with digits, at most 40 characters on one line";
    Err(Fault::new(field, "format", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_it_shows() {
        for good in ["Nuñez", "O'Neil-Smith, M.D.", "李明", "مريم", "Zoë 🙂"] {
            assert!(is_line(good, 200), "{good}");
        }
        for bad in [
            "",
            "  ",
            "line\nbreak",
            "A\u{202e}B",
            "A\u{200b}B",
            "A\u{2066}B",
            "tab\there",
            "A\0B",
        ] {
            assert!(!is_line(bad, 200), "{bad:?}");
        }
        assert!(is_line(&"ñ".repeat(200), 200) && !is_line(&"n".repeat(201), 200));
    }

    #[test]
    fn numbers_are_told_from_words() {
        for good in ["2105550142", "+1 (210) 555-0142 ext. 7", "911", "1-800-DOCTORS"] {
            assert!(is_phone(good), "{good}");
        }
        for bad in ["", "abc", "call me", "210\n5550142", &"7".repeat(41)] {
            assert!(!is_phone(bad), "{bad:?}");
        }
    }
}
