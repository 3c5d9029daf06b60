//! What a search tells of its text, as sentences; whom to call at once, and numbers that a telephone dials.

use maud::{Markup, html};

use crate::vocab::lexicon::Alarm;

/// Whom to call at once, if the text calls for help; and what else is told.
fn parted(hint: &str) -> (Vec<&'static str>, &str) {
    let mut rest = hint;
    let mut calls = Vec::new();
    while let Some((call, behind)) = Alarm::ALL
        .iter()
        .find_map(|alarm| Some((alarm.told(), rest.strip_prefix(alarm.told())?)))
    {
        calls.push(call);
        rest = behind.trim_start_matches([';', ' ']);
    }
    (calls, rest)
}

/// Whom to call at once: read out before anything else, and dialled by a touch.
pub fn calls(hint: &str) -> Markup {
    let (calls, _) = parted(hint);
    html! {
        @if !calls.is_empty() {
            div .note .alarm role="alert" {
                @for call in calls { p { @for said in sentences(call) { (dialling(&said)) } } }
            }
        }
    }
}

/// What else is told of the text.
pub fn note(hint: &str) -> Markup {
    let (_, rest) = parted(hint);
    html! { @if !rest.is_empty() { p .note { (sentences(rest).join(" ")) } } }
}

/// The parts of a hint as sentences: values stand between backticks there, and in quotation marks here.
pub fn sentences(hint: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut in_value = false;
    for c in hint.chars() {
        match c {
            '`' => {
                in_value = !in_value;
                part.push(if in_value { '\u{201c}' } else { '\u{201d}' });
            }
            ';' if !in_value => parts.push(std::mem::take(&mut part)),
            c => part.push(c),
        }
    }
    parts.push(part);
    let parts = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    parts.map(sentence).collect()
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|c| c.to_ascii_uppercase());
    let end = (!text.ends_with(['.', '?', '!'])).then_some('.');
    first.into_iter().chain(characters).chain(end).collect()
}

/// A sentence whose numbers are links; who can be sent a message is told by the word before.
fn dialling(said: &str) -> Markup {
    let words = said.split(' ').collect::<Vec<_>>();
    html! {
        @for (at, word) in words.iter().enumerate() {
            @let number = word.trim_matches(|c: char| !c.is_ascii_digit());
            @let digits = number.chars().filter(char::is_ascii_digit).collect::<String>();
            @let behind = word.get(number.len()..).unwrap_or_default();
            @if word.starts_with(number) && digits.len() == 3 { a href={ "tel:" (digits) } { (number) } (behind) }
            @else if word.starts_with(number) && digits.len() == 11 { a href={ "tel:+" (digits) } { (number) } (behind) }
            @else if *word == "text" && words.get(at + 1) == Some(&"988") { a href="sms:988" { "text" } }
            @else { (word) }
            " "
        }
    }
}

/// A link that calls, labelled with whom; what is no number stays text.
pub fn phone(number: &str, whom: &str) -> Markup {
    html! {
        @if let Some((dialled, shown)) = dialled(number) {
            a .phone href={ "tel:" (dialled) } aria-label={ "Call " (whom) ", " (shown) } { (shown) }
        } @else { (number) }
    }
}

/// What is dialled for a number as it was written, and how it is shown. Letters begin an extension.
fn dialled(number: &str) -> Option<(String, String)> {
    let number = number.trim();
    let end = number
        .find(|c: char| c.is_alphabetic() || matches!(c, '#' | ';' | ','))
        .unwrap_or(number.len());
    let (main, behind) = number.split_at(end);
    let digits_of = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (digits, extension) = (digits_of(main), digits_of(behind));
    let is_foreign = main.starts_with('+');
    let national = match digits.len() {
        10 if !is_foreign => Some(digits.as_str()),
        11 => digits.strip_prefix('1'),
        _ => None,
    };
    let (mut dialled, mut shown) = match national.map(|n| (n, n.get(..3), n.get(3..6), n.get(6..))) {
        Some((n, Some(area), Some(exchange), Some(line))) => (format!("+1{n}"), format!("({area}) {exchange}-{line}")),
        _ if !(7..=15).contains(&digits.len()) => return None,
        _ => (
            if is_foreign { format!("+{digits}") } else { digits },
            main.trim().to_owned(),
        ),
    };
    if !extension.is_empty() {
        dialled = format!("{dialled};ext={extension}");
        shown = format!("{shown} ext. {extension}");
    }
    Some((dialled, shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_dialled_as_it_is_meant() {
        let dials = |number: &str| dialled(number).map(|(dialled, _)| dialled);
        for (number, wanted) in [
            ("7135550100", "+17135550100"),
            ("(713) 555-0100", "+17135550100"),
            ("1-800-222-1222", "+18002221222"),
            ("713-555-0100 x12", "+17135550100;ext=12"),
            ("+44 20 7946 0018 ext 5", "+442079460018;ext=5"),
        ] {
            assert_eq!(dials(number).as_deref(), Some(wanted), "{number}");
        }
        for none in ["javascript:alert(1)", "call me", "", "12"] {
            assert_eq!(dials(none), None, "{none}");
        }
    }

    #[test]
    fn whom_to_call_stands_out() {
        let hint = "in an emergency call 911; not understood, so left out: arm";
        assert!(
            calls(hint).into_string().contains("In an emergency call")
                && !calls(hint).into_string().contains("left out")
        );
        assert_eq!(
            note(hint).into_string(),
            "<p class=\"note\">Not understood, so left out: arm.</p>"
        );
        for alarm in Alarm::ALL {
            let told = calls(alarm.told()).into_string();
            assert!(told.contains("role=\"alert\"") && told.contains("tel:911"), "{told}");
            assert_eq!(note(alarm.told()).into_string(), "");
        }
        let call = phone("713.555.0100", "Jane <Smith>").into_string();
        assert_eq!(
            call,
            r#"<a class="phone" href="tel:+17135550100" aria-label="Call Jane &lt;Smith&gt;, (713) 555-0100">(713) 555-0100</a>"#
        );
    }

    #[test]
    fn what_is_told_are_sentences_and_calls_come_apart() {
        assert_eq!(
            sentences("not understood, so left out: 1; nobody of the name `a;b` is found"),
            [
                "Not understood, so left out: 1.",
                "Nobody of the name \u{201c}a;b\u{201d} is found."
            ]
        );
        let crisis = calls(Alarm::Crisis.told()).into_string();
        for link in [
            "role=\"alert\"",
            "href=\"tel:988\"",
            "href=\"sms:988\"",
            "href=\"tel:911\"",
        ] {
            assert!(crisis.contains(link), "{link} is missing in {crisis}");
        }
        assert!(crisis.contains("In a crisis call") && crisis.contains("In danger of life"));
        let poison = calls(Alarm::Poison.told()).into_string();
        assert!(
            poison.contains("<a href=\"tel:+18002221222\">1-800-222-1222</a>,"),
            "{poison}"
        );
        assert_eq!(calls("nobody of the name `a` is found").into_string(), "");
    }
}
