//! How far somebody goes: `within 10 miles`, `2.5 mi`, `half a mile`, `twenty five miles`, `1 1/2 miles`, `800 meters`.
//!
//! A number before a unit is first written in digits, however it was said; a phrase in which no unit follows stays as it is.

use crate::index::geometry::KM_PER_MILE;
use crate::vocab::names::Token;

/// Metres of a mile.
const METRES_PER_MILE: f64 = KM_PER_MILE * 1_000.0;
/// Farther than to the other end of the globe nobody goes.
const FARTHEST: f64 = 12_437.0;
/// Numbers of one word.
const NUMBERS: &[(&str, f64)] = &[
    ("eight", 8.0),
    ("eighteen", 18.0),
    ("eleven", 11.0),
    ("fifteen", 15.0),
    ("five", 5.0),
    ("four", 4.0),
    ("fourteen", 14.0),
    ("nine", 9.0),
    ("nineteen", 19.0),
    ("one", 1.0),
    ("seven", 7.0),
    ("seventeen", 17.0),
    ("six", 6.0),
    ("sixteen", 16.0),
    ("ten", 10.0),
    ("thirteen", 13.0),
    ("three", 3.0),
    ("twelve", 12.0),
    ("two", 2.0),
];
/// Tens, behind which one of the first nine may stand.
const TENS: &[(&str, f64)] = &[
    ("eighty", 80.0),
    ("fifty", 50.0),
    ("forty", 40.0),
    ("ninety", 90.0),
    ("seventy", 70.0),
    ("sixty", 60.0),
    ("thirty", 30.0),
    ("twenty", 20.0),
];
/// Amounts that people do not count.
const AMOUNTS: &[(&[&str], f64)] = &[
    (&["a", "couple", "of"], 2.0),
    (&["a", "couple"], 2.0),
    (&["couple", "of"], 2.0),
    (&["a", "few"], 3.0),
    (&["half", "a", "dozen"], 6.0),
    (&["a", "dozen"], 12.0),
    (&["a", "hundred"], 100.0),
    (&["hundred"], 100.0),
    (&["one", "hundred"], 100.0),
    (&["two", "hundred"], 200.0),
    (&["half", "of", "a"], 0.5),
    (&["half", "a"], 0.5),
    (&["a", "half"], 0.5),
    (&["one", "half"], 0.5),
    (&["half"], 0.5),
    (&["a", "quarter", "of", "a"], 0.25),
    (&["quarter", "of", "a"], 0.25),
    (&["a", "quarter"], 0.25),
    (&["quarter"], 0.25),
    (&["three", "quarters", "of", "a"], 0.75),
    (&["three", "quarter"], 0.75),
    (&["three", "quarters"], 0.75),
];
/// Before `a mile` and `five mile`, which are much else: `five mile road`.
const BOUNDS: &[&str] = &["within", "under", "than", "inside", "about", "around", "to"];
/// And behind it.
const FROM: &[&str] = &["of", "from", "away", "radius"];

/// How many miles a unit is.
fn unit(word: &str) -> Option<f64> {
    match word {
        "mile" | "miles" | "mi" | "milla" | "millas" => Some(1.0),
        "km" | "kms" | "kilometer" | "kilometers" | "kilometre" | "kilometres" | "kilometro" | "kilometros" => {
            Some(1.0 / KM_PER_MILE)
        }
        "meter" | "meters" | "metre" | "metres" | "metro" | "metros" => Some(1.0 / METRES_PER_MILE),
        _ => None,
    }
}

/// Writes numbers before units in digits; of `2.5`, of which tokens close up the full stop, the text itself has it.
pub(super) fn written(tokens: &mut Vec<Token>, text: &str) {
    if !tokens.iter().any(|token| ends_in_unit(&token.word)) {
        return;
    }
    let text: Vec<char> = text.chars().collect();
    for token in tokens.iter_mut() {
        with_point(token, &text);
    }
    let mut at = 0;
    while at < tokens.len() {
        if let Some((number, taken)) = said(tokens, at, &text) {
            let unit = tokens[at + taken.number..at + taken.all]
                .iter()
                .find(|token| unit(&token.word).is_some())
                .map_or_else(|| "miles".to_owned(), |token| token.word.clone());
            let (first, last) = (tokens[at].start, tokens[at + taken.all - 1].end);
            // What the number and what the unit is in the text matters little: together they are one condition.
            let middle = tokens[at + taken.number - 1].end.min(last);
            let written = |word: String, start: usize, end: usize| Token { word, start, end };
            let parts = [written(number.to_string(), first, middle), written(unit, middle, last)];
            drop(tokens.splice(at..at + taken.all, parts));
            at += 1;
        }
        at += 1;
    }
}

/// How many tokens a number and all of a distance are.
struct Taken {
    number: usize,
    all: usize,
}

/// A number that is said at a token, before a unit; none where it is digits already.
fn said(tokens: &[Token], at: usize, text: &[char]) -> Option<(f64, Taken)> {
    let word = |at: usize| tokens.get(at).map(|token| token.word.as_str());
    let is = |from: usize, phrase: &[&str]| phrase.iter().enumerate().all(|(n, said)| word(from + n) == Some(*said));
    let is_unit = |at: usize| word(at).is_some_and(|word| unit(word).is_some());
    let bound = at
        .checked_sub(1)
        .and_then(word)
        .is_some_and(|before| BOUNDS.contains(&before));
    // `a mile and a half`
    let article = matches!(word(at), Some("a" | "one")) && is_unit(at + 1);
    if article && is(at + 2, &["and", "a", "half"]) {
        return Some((1.5, Taken { number: 1, all: 5 }));
    }
    if article && (bound || word(at + 2).is_some_and(|word| FROM.contains(&word))) {
        return Some((1.0, Taken { number: 1, all: 2 }));
    }
    let amounts = AMOUNTS
        .iter()
        .filter(|(phrase, _)| is(at, phrase) && is_unit(at + phrase.len()));
    if let Some((phrase, amount)) = amounts.max_by_key(|(phrase, _)| phrase.len()) {
        let number = phrase.len();
        return Some((
            *amount,
            Taken {
                number,
                all: number + 1,
            },
        ));
    }
    let (whole, mut number) = whole(tokens, at).or_else(|| Some((slashed(tokens, at, text)?, 2)))?;
    let mut sum = whole;
    let digits = number == 1 && word(at).is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    if let Some(half) = slashed(tokens, at + number, text).filter(|_| digits) {
        // `1 1/2 miles`; but `1/2 1/2`.
        (sum, number) = (sum + half, number + 2);
    } else if is(at + number, &["and", "a", "half"]) && is_unit(at + number + 3) {
        (sum, number) = (sum + 0.5, number + 3);
    } else if is_unit(at + number) && is(at + number + 1, &["and", "a", "half"]) {
        return Some((
            sum + 0.5,
            Taken {
                number,
                all: number + 4,
            },
        ));
    } else if digits {
        return None;
    }
    let singular = matches!(word(at + number), Some("mile")) && sum > 1.0 && sum.fract() <= 0.0;
    let named = singular && !bound && word(at + number + 1) != Some("radius");
    (is_unit(at + number) && !named).then_some((
        sum,
        Taken {
            number,
            all: number + 1,
        },
    ))
}

/// A whole number in words or digits, and how many tokens it is: `twenty five`.
fn whole(tokens: &[Token], at: usize) -> Option<(f64, usize)> {
    let number = |at: usize, all: &[(&str, f64)]| {
        let word = tokens.get(at)?.word.as_str();
        all.iter().find(|(said, _)| *said == word).map(|(_, number)| *number)
    };
    if let Some(tens) = number(at, TENS) {
        let ones = number(at + 1, NUMBERS).filter(|ones| *ones < 10.0);
        return Some(ones.map_or((tens, 1), |ones| (tens + ones, 2)));
    }
    if let Some(number) = number(at, NUMBERS) {
        return Some((number, 1));
    }
    let word = tokens.get(at)?.word.as_str();
    let digits = word.len() <= 3 && word.bytes().all(|b| b.is_ascii_digit());
    let digits = digits.then(|| word.parse().ok()).flatten()?;
    Some((digits, 1)).filter(|_| !is_slash_behind(tokens, at))
}

fn is_slash_behind(tokens: &[Token], at: usize) -> bool {
    let [first, second, unit, ..] = tokens.get(at..).unwrap_or_default() else {
        return false;
    };
    second.start == first.end + 1 && is_digits(&second.word) && ends_in_unit(&unit.word)
}

/// `1/2`: two numbers with nothing but a slash between them.
fn slashed(tokens: &[Token], at: usize, text: &[char]) -> Option<f64> {
    let [upper, lower] = tokens.get(at..at + 2)? else {
        return None;
    };
    let slash = lower.start == upper.end + 1 && text.get(upper.end) == Some(&'/');
    let numbers = is_digits(&upper.word) && is_digits(&lower.word) && upper.word.len() + lower.word.len() <= 3;
    let (upper, lower): (f64, f64) = (upper.word.parse().ok()?, lower.word.parse().ok()?);
    (slash && numbers && upper > 0.0 && lower > 1.0).then_some(upper / lower)
}

fn is_digits(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())
}

/// `miles`, `10mi`: a unit, be it behind digits.
fn ends_in_unit(word: &str) -> bool {
    unit(word.trim_start_matches(|c: char| c.is_ascii_digit())).is_some()
}

/// Puts the full stop back into a number that has one in the text: `25` of `2.5`, `5mi` of `.5mi`.
fn with_point(token: &mut Token, text: &[char]) {
    let word = token.word.as_str();
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > 4 || !(digits == word.len() || unit(&word[digits..]).is_some()) {
        return;
    }
    let typed = text.get(token.start..token.end).unwrap_or_default();
    let point = typed
        .iter()
        .position(|c| *c == '.')
        .filter(|at| (1..digits).contains(at));
    let bare = || {
        let stop = token.start.checked_sub(1).filter(|at| text.get(*at) == Some(&'.'))?;
        let free = stop
            .checked_sub(1)
            .is_none_or(|at| text.get(at).is_some_and(|c| c.is_whitespace()));
        free.then_some(0)
    };
    if typed.len() == word.len() + 1
        && let Some(point) = point
    {
        token.word.insert(point, '.');
    } else if typed.len() == word.len() && bare().is_some() {
        token.word.insert_str(0, "0.");
    }
}

/// `within 10 miles`, `10mi`, `less than 5 miles`, with `of` or `from` behind it: the miles, and how many words they took.
pub(super) fn distance(words: &[String]) -> Option<(f64, usize)> {
    let word = |at: usize| words.get(at).map(String::as_str);
    let mut at = match (word(0)?, word(1)) {
        ("within" | "under", Some("a")) => 2,
        ("within" | "under" | "inside", _) => 1,
        ("up", Some("to")) => 2,
        ("less" | "no", Some("than" | "more")) => 2 + usize::from(word(2) == Some("than")),
        ("not", Some("more")) => 2 + usize::from(word(2) == Some("than")),
        ("menos", Some("de")) => 2,
        ("a", Some("menos")) => 2 + usize::from(word(2) == Some("de")),
        _ => 0,
    };
    let said = word(at)?;
    let digits = said.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: f64 = digits.parse().ok()?;
    let mut measure = if digits.is_empty() { "" } else { &said[digits.len()..] };
    at += 1;
    if measure.is_empty() {
        measure = word(at)?;
        at += 1;
    }
    let led = matches!(word(0), Some("within" | "under"));
    // `within 10 miels`
    let misspelt = || {
        let like = led && (4..=6).contains(&measure.len()) && strsim::osa_distance(measure, "miles") == 1;
        like.then_some(1.0)
    };
    let miles = number * unit(measure).or_else(misspelt)?;
    at += usize::from(matches!(word(at), Some("radius")));
    at += usize::from(matches!(word(at), Some("of" | "from")));
    (miles > 0.0 && miles <= FARTHEST).then_some((miles, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::names::tokens;

    fn read(text: &str) -> String {
        let mut all = tokens(text);
        written(&mut all, text);
        let words: Vec<String> = all.into_iter().map(|token| token.word).collect();
        words.join(" ")
    }

    #[test]
    fn a_number_before_a_unit_is_written_in_digits() {
        for (text, words) in [
            ("within 2.5 miles", "within 2.5 miles"),
            ("12.5mi of tampa", "12.5mi of tampa"),
            (".5 miles", "0.5 miles"),
            ("within twenty five miles", "within 25 miles"),
            ("within twenty-five miles of reno", "within 25 miles of reno"),
            ("two miles", "2 miles"),
            ("half a mile", "0.5 mile"),
            ("a half mile", "0.5 mile"),
            ("a mile and a half from here", "1.5 mile from here"),
            ("two and a half miles", "2.5 miles"),
            ("two miles and a half", "2.5 miles"),
            ("within a mile of", "within 1 mile of"),
            ("a couple of miles", "2 miles"),
            ("a few miles", "3 miles"),
            ("a quarter mile", "0.25 mile"),
            ("1/2 mile", "0.5 mile"),
            ("1 1/2 miles", "1.5 miles"),
            ("a dozen miles", "12 miles"),
            ("a hundred miles", "100 miles"),
            ("within hundred miles", "within 100 miles"),
            ("within 800 meters", "within 800 meters"),
            // Streets, towns and people are called so.
            ("five mile road", "five mile road"),
            ("ten mile tn", "ten mile tn"),
            ("cant walk a mile", "cant walk a mile"),
            ("suite 2.5", "suite 25"),
            ("j.r. miles 3 miles", "jr miles 3 miles"),
        ] {
            assert_eq!(read(text), words, "{text}");
        }
    }

    #[test]
    fn a_distance_is_so_many_miles() {
        let miles = |text: &str| {
            let words: Vec<String> = read(text).split(' ').map(str::to_owned).collect();
            distance(&words).map(|(miles, taken)| ((miles * 1_000.0).round() / 1_000.0, taken))
        };
        for (text, found) in [
            ("within 2.5 miles of", Some((2.5, 4))),
            ("2.5mi", Some((2.5, 1))),
            ("within 800 meters of", Some((0.497, 4))),
            ("5 kilometros", Some((3.107, 2))),
            ("within 10 miels", Some((10.0, 3))),
            ("within forty five miles", Some((45.0, 3))),
            ("up to half a mile from", Some((0.5, 5))),
            ("a miles", None),
            ("within 20000 miles", None),
        ] {
            assert_eq!(miles(text), found, "{text}");
        }
    }

    #[test]
    fn miles_are_read_however_they_are_said() {
        let read_all = |text: &str| {
            let words: Vec<String> = read(text).split(' ').map(str::to_owned).collect();
            distance(&words).map(|(miles, taken)| (miles, taken == words.len()))
        };
        for (text, miles) in [
            ("within 10 miles of", 10.0),
            ("10mi", 10.0),
            ("within a 5 mile radius of", 5.0),
            ("within .5 mi of", 0.5),
            ("within 1.5mi", 1.5),
            ("less than twenty five miles", 25.0),
            ("no more than thirty miles from", 30.0),
            ("half mile", 0.5),
            ("within a mile", 1.0),
            ("within a mile and a half of", 1.5),
        ] {
            assert_eq!(read_all(text), Some((miles, true)), "{text}");
        }
        for text in ["a mi hijo", "dr two miles", "2.5 years"] {
            assert_eq!(read_all(text), None, "{text}");
        }
    }
}
