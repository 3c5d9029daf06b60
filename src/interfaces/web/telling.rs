//! What a search tells of its text, as sentences; whom to call at once, and numbers that a telephone dials.

use maud::{Markup, html};

use super::texts::{Lang, hints};
use crate::vocab::lexicon::Alarm;

/// Whom to call at once, if the text calls for help; and what else is told.
fn parted(hint: &str) -> (Vec<Alarm>, &str) {
    let mut rest = hint;
    let mut calls = Vec::new();
    while let Some((alarm, behind)) = Alarm::ALL
        .iter()
        .find_map(|alarm| Some((*alarm, rest.strip_prefix(alarm.told())?)))
    {
        calls.push(alarm);
        rest = behind.trim_start_matches([';', ' ']);
    }
    (calls, rest)
}

/// Whom to call at once: read out before anything else, and dialled by a touch.
pub fn calls(say: Lang, hint: &str) -> Markup {
    let (calls, _) = parted(hint);
    html! {
        @if !calls.is_empty() {
            div .note .alarm role="alert" {
                @for alarm in calls { p { @for said in sentences(say.alarm(alarm)) { (dialling(&said)) } } }
            }
        }
    }
}

/// What else is told of the text. What is known in English only is marked as that.
pub fn note(say: Lang, hint: &str) -> Markup {
    let (_, rest) = parted(hint);
    let told = parts(rest).into_iter().map(|part| match say {
        Lang::En => (None, quoted(&part, say)),
        Lang::Es => {
            hints::spanish(&part).map_or_else(|| (Some("en"), quoted(&part, Lang::En)), |es| (None, quoted(&es, say)))
        }
    });
    let told = told.collect::<Vec<_>>();
    html! {
        @if !told.is_empty() {
            p .note {
                @for (at, (lang, said)) in told.iter().enumerate() {
                    @if at > 0 { " " }
                    @match lang { Some(lang) => span lang=(lang) { (sentence(said)) }, None => (sentence(said)) }
                }
            }
        }
    }
}

/// The parts of a hint as sentences: values stand between backticks there, and in quotation marks here.
pub fn sentences(hint: &str) -> Vec<String> {
    parts(hint)
        .iter()
        .map(|part| sentence(&quoted(part, Lang::En)))
        .collect()
}

/// A text whose values stand in quotation marks.
fn quoted(text: &str, say: Lang) -> String {
    let pieces = text.split('`').enumerate();
    let pieces = pieces.map(|(at, piece)| {
        if at % 2 == 1 {
            say.quoted(piece)
        } else {
            piece.to_owned()
        }
    });
    pieces.collect()
}

/// A hint at its semicolons, but for those within values.
fn parts(hint: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut in_value = false;
    for c in hint.chars() {
        in_value ^= c == '`';
        if c == ';' && !in_value {
            parts.push(std::mem::take(&mut part));
        } else {
            part.push(c);
        }
    }
    parts.push(part);
    let parts = parts.iter().map(|part| part.trim().to_owned());
    parts.filter(|part| !part.is_empty()).collect()
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
            @else if matches!(*word, "text" | "texto") && words.iter().skip(at + 1).take(2).any(|next| *next == "988") { a href="sms:988" { (word) } }
            @else { (word) }
            " "
        }
    }
}

/// A link that calls, labelled with whom; what is no number stays text.
pub fn phone(say: Lang, number: &str, whom: &str) -> Markup {
    html! {
        @if let Some((dialled, shown)) = dialled(number) {
            a .phone href={ "tel:" (dialled) } aria-label=(say.call(whom, &shown)) { (shown) }
        } @else { (number) }
    }
}

/// What is dialled for a number as it was written, and how it is shown. Letters begin an extension.
pub fn dialled(number: &str) -> Option<(String, String)> {
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
            calls(Lang::En, hint).into_string().contains("In an emergency call")
                && !calls(Lang::En, hint).into_string().contains("left out")
        );
        assert_eq!(
            note(Lang::En, hint).into_string(),
            "<p class=\"note\">Not understood, so left out: arm.</p>"
        );
        for alarm in Alarm::ALL {
            let told = calls(Lang::En, alarm.told()).into_string();
            assert!(told.contains("role=\"alert\"") && told.contains("tel:911"), "{told}");
            assert_eq!(note(Lang::En, alarm.told()).into_string(), "");
        }
        let call = phone(Lang::En, "713.555.0100", "Jane <Smith>").into_string();
        assert_eq!(
            call,
            r#"<a class="phone" href="tel:+17135550100" aria-label="Call Jane &lt;Smith&gt;, (713) 555-0100">(713) 555-0100</a>"#
        );
    }

    #[test]
    fn whom_to_call_is_told_in_spanish_with_the_same_numbers() {
        for alarm in Alarm::ALL {
            let links = |say| {
                let told = calls(say, alarm.told()).into_string();
                let links = told.split("href=\"").skip(1).filter_map(|link| link.split('"').next());
                let mut links = links.map(ToOwned::to_owned).collect::<Vec<_>>();
                links.sort();
                links
            };
            assert_eq!(links(Lang::Es), links(Lang::En), "{alarm:?}");
        }
        let told = note(Lang::Es, "nobody of the name `a;b` is found; something new").into_string();
        assert_eq!(
            told,
            "<p class=\"note\">No se encuentra a nadie con el nombre \u{ab}a;b\u{bb}. <span lang=\"en\">Something new.</span></p>"
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
        let crisis = calls(Lang::En, Alarm::Crisis.told()).into_string();
        for link in [
            "role=\"alert\"",
            "href=\"tel:988\"",
            "href=\"sms:988\"",
            "href=\"tel:911\"",
        ] {
            assert!(crisis.contains(link), "{link} is missing in {crisis}");
        }
        assert!(crisis.contains("In a crisis call") && crisis.contains("In danger of life"));
        let poison = calls(Lang::En, Alarm::Poison.told()).into_string();
        assert!(
            poison.contains("<a href=\"tel:+18002221222\">1-800-222-1222</a>,"),
            "{poison}"
        );
        assert_eq!(calls(Lang::En, "nobody of the name `a` is found").into_string(), "");
    }
}
