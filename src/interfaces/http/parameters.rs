//! The parameters of a request as they were written: a query string taken apart strictly, a JSON body read.

use std::str::FromStr;

use axum::http::{HeaderMap, header};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

use super::{
    json_text::{self, Unread},
    problem::{Kind, Problem},
};
use crate::query::request::MAX_PARAMETERS;
use crate::vocab::{Fault, shape};

/// Bytes of one decoded value; room for a polygon of some hundred points.
const MAX_VALUE_BYTES: usize = 8 * 1024;
/// Bytes of the whole query string as sent.
const MAX_QUERY_BYTES: usize = 32 * 1024;

/// The pairs of a query string in their order, repeated names kept.
///
/// Broken percent escapes, bytes that are no UTF-8, NUL and values over 8 KiB are faults that name the parameter.
pub fn pairs(query: Option<&str>) -> Result<Vec<(String, String)>, Problem> {
    let query = query.unwrap_or_default();
    if query.len() > MAX_QUERY_BYTES {
        let message = format!("the query string may have {MAX_QUERY_BYTES} bytes");
        return Err(Problem::fault("query", "too_long", message));
    }
    let parts = query.split('&').filter(|part| !part.is_empty());
    let mut pairs = Vec::new();
    let mut faults = Vec::new();
    for part in parts {
        if pairs.len() == MAX_PARAMETERS {
            faults.push(Fault::new(
                "query",
                "too_many",
                format!("at most {MAX_PARAMETERS} parameters"),
            ));
            break;
        }
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        match (decode(name), decode(value)) {
            (Ok(name), Ok(value)) if value.len() > MAX_VALUE_BYTES => {
                faults.push(Fault::new(name, "too_long", format!("at most {MAX_VALUE_BYTES} bytes")));
            }
            (Ok(name), Ok(_)) if name.is_empty() => {
                faults.push(Fault::new(
                    "query",
                    "malformed",
                    "a parameter has a name before its `=`",
                ));
            }
            (Ok(name), Ok(value)) => pairs.push((name, value)),
            (Ok(name), Err(why)) => faults.push(Fault::new(name, why.code(), why.sentence())),
            (Err(why), _) => faults.push(Fault::new(printable(name), why.code(), why.sentence())),
        }
    }
    if faults.is_empty() {
        Ok(pairs)
    } else {
        Err(Problem::faults(faults))
    }
}

/// Takes known single parameters out of pairs: for the small paths that have only a few.
///
/// A name that is not in `known` or comes twice is a fault.
pub fn only<const N: usize>(
    pairs: Vec<(String, String)>,
    known: [&'static str; N],
) -> Result<[Option<String>; N], Problem> {
    let mut taken = [const { None }; N];
    let mut faults = Vec::new();
    for (name, value) in pairs {
        match known.iter().position(|k| *k == name) {
            None => faults.push(unknown_parameter(name, &known)),
            Some(at) if taken[at].is_some() => {
                faults.push(Fault::new(name, "repeated", "may be given once"));
            }
            Some(at) => taken[at] = Some(value),
        }
    }
    if faults.is_empty() {
        Ok(taken)
    } else {
        Err(Problem::faults(faults))
    }
}

/// A name that is not one of those that a path knows.
pub fn unknown_parameter(name: String, known: &[&str]) -> Fault {
    let message = if known.is_empty() {
        "nothing can be asked for here by parameters".to_owned()
    } else {
        format!("known here are {}", known.join(", "))
    };
    Fault::new(name, "unknown_parameter", message)
}

/// A whole number between `min` and `max`, or `default` where it is not given.
pub fn number(field: &str, text: Option<&str>, min: usize, max: usize, default: usize) -> Result<usize, Problem> {
    let Some(text) = text else { return Ok(default) };
    match text.parse::<usize>() {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        _ => Err(Problem::fault(
            field,
            "range",
            format!("a whole number from {min} to {max}"),
        )),
    }
}

/// A value of another kind, where one is given; `what` says what would be right.
pub fn parsed<T: FromStr>(field: &str, text: Option<String>, what: &str) -> Result<Option<T>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let parsed = text.parse().ok().filter(|_| broken(&text).is_none());
    parsed.map(Some).ok_or_else(|| Problem::fault(field, "malformed", what))
}

/// Whether to tell what would be, and change nothing: `dry_run`, the only parameter.
pub fn dry_run(query: Option<&str>) -> Result<bool, Problem> {
    let [dry_run] = only(pairs(query)?, ["dry_run"])?;
    Ok(parsed("dry_run", dry_run, "true or false")?.unwrap_or_default())
}

/// A value in which every text can be taken.
pub fn sound(value: Value) -> Option<Value> {
    broken_in(&value, String::new()).is_none().then_some(value)
}

/// A moment, of the four-digit years that RFC 3339 has: what is beyond them nothing here can reckon with.
pub fn moment(field: &str, text: Option<String>) -> Result<Option<DateTime<Utc>>, Problem> {
    let what = "a moment like 2026-11-23T09:00:00Z";
    match text.map(|text| text.parse::<DateTime<Utc>>()).transpose() {
        Err(_) => Err(Problem::fault(field, "malformed", what)),
        Ok(Some(moment)) if !(1..=9998).contains(&moment.year()) => {
            Err(Problem::fault(field, "range", "a moment of the years 0001 to 9998"))
        }
        Ok(moment) => Ok(moment),
    }
}

/// For properties that can be left out, null, or there: what is said, also if it is null, is `Some`.
pub fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(given: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(given).map(Some)
}

/// A JSON body as a value of `T`; `Content-Type` must say that it is JSON.
pub fn json<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    json_or(headers, body, "")
}

/// The same where other types are taken as well, which have been looked for before: ` or text/plain`.
pub fn json_or<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8], others: &str) -> Result<T, Problem> {
    read_json(headers, body, others, None)
}

/// The same where a field is a text from anywhere, which is read and not kept: whoever reads it decides what it may have in it.
pub fn json_with_text<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: &[u8],
    others: &str,
    text: &str,
) -> Result<T, Problem> {
    read_json(headers, body, others, Some(text))
}

fn read_json<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: &[u8],
    others: &str,
    foreign: Option<&str>,
) -> Result<T, Problem> {
    let of = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let of = of.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let is_json =
        of.eq_ignore_ascii_case("application/json") || (of.starts_with("application/") && of.ends_with("+json"));
    if !is_json {
        return Err(Problem::new(
            Kind::UnsupportedMediaType,
            format!("Send the body as application/json{others}."),
        ));
    }
    let encoded = headers.get(header::CONTENT_ENCODING).and_then(|v| v.to_str().ok());
    if encoded.is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        let detail = "Send the body as it is, without a Content-Encoding.";
        return Err(Problem::new(Kind::UnsupportedMediaType, detail));
    }
    let mut value = json_text::read(body).map_err(|why| match why {
        Unread::Malformed(error) => malformed(&error),
        Unread::Twice(field) => Problem::fault(field, "repeated", "may be given once: which value is meant?"),
    })?;
    let foreign = foreign.and_then(|name| Some((name, value.get_mut(name)?.take())));
    if let Some((field, why)) = broken_in(&value, String::new()) {
        return Err(Problem::fault(field, why.code(), why.sentence()));
    }
    if let Some((name, text)) = foreign {
        value[name] = text;
    }
    from_value(value)
}

/// Why a text can't be taken, whatever it is meant for.
fn broken(text: &str) -> Option<Broken> {
    let far = |year: i32| !(1..=9999).contains(&year);
    if text.contains('\0') {
        Some(Broken::Control)
    } else if text.parse::<NaiveDate>().is_ok_and(|day| far(day.year()))
        || text.parse::<DateTime<Utc>>().is_ok_and(|moment| far(moment.year()))
    {
        Some(Broken::Year)
    } else {
        None
    }
}

/// Where a value has a text that can't be taken, and why.
fn broken_in(value: &Value, at: String) -> Option<(String, Broken)> {
    let named = |at: String| if at.is_empty() { "body".to_owned() } else { at };
    match value {
        Value::String(text) => broken(text).map(|why| (named(at), why)),
        Value::Array(items) => (0..)
            .zip(items)
            .find_map(|(n, item)| broken_in(item, format!("{at}[{n}]"))),
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            if name.contains('\0') {
                return Some((named(at.clone()), Broken::Control));
            }
            let dot = if at.is_empty() { "" } else { "." };
            broken_in(member, format!("{at}{dot}{name}"))
        }),
        _ => None,
    }
}

/// A value that has been read as JSON, as a value of `T`; refused with all that is wrong at once.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    shape::read(value).map_err(Problem::faults)
}

fn malformed(error: &serde_json::Error) -> Problem {
    let told = error.to_string();
    Problem::new(Kind::Malformed, format!("The body is not JSON: {told}")).with_errors(vec![Fault::new(
        "body",
        "malformed",
        told,
    )])
}

#[derive(Clone, Copy)]
enum Broken {
    Escape,
    Encoding,
    Control,
    /// A day or moment that arithmetic would leave the calendar with.
    Year,
}

impl Broken {
    fn code(self) -> &'static str {
        match self {
            Broken::Escape => "percent_encoding",
            Broken::Encoding => "encoding",
            Broken::Control => "control_character",
            Broken::Year => "range",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Broken::Escape => "a percent sign must be followed by two hexadecimal digits",
            Broken::Encoding => "these bytes are not UTF-8",
            Broken::Control => "NUL is not allowed in text",
            Broken::Year => "years go from 0001 to 9999",
        }
    }
}

/// `application/x-www-form-urlencoded`: plus is a space, `%XX` a byte; the bytes must be UTF-8.
fn decode(text: &str) -> Result<String, Broken> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16));
                let (high, low) = (digit().ok_or(Broken::Escape)?, digit().ok_or(Broken::Escape)?);
                u8::try_from(high * 16 + low).map_err(|_| Broken::Escape)?
            }
            other => other,
        });
    }
    let text = String::from_utf8(bytes).map_err(|_| Broken::Encoding)?;
    if text.contains('\0') {
        Err(Broken::Control)
    } else {
        Ok(text)
    }
}

/// Text of a caller, safe and short enough to be named in an answer.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}

/// Pairs written as a query string.
pub fn encode<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        encode_into(&mut text, name);
        text.push('=');
        encode_into(&mut text, value);
    }
    text
}

fn encode_into(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b',' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => {
                const HEX: &[u8; 16] = b"0123456789ABCDEF";
                out.push('%');
                out.push(char::from(HEX[usize::from(byte >> 4)]));
                out.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(query: &str) -> Vec<(String, &'static str)> {
        let problem = pairs(Some(query)).expect_err("refused");
        problem.errors().iter().map(|f| (f.field.clone(), f.code)).collect()
    }

    #[test]
    fn repeated_names_and_order_are_kept() {
        let read = pairs(Some("language=es&q=a+b%2Bc&language=vi&telehealth")).expect("good");
        let read = read.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect::<Vec<_>>();
        assert_eq!(
            read,
            [
                ("language", "es"),
                ("q", "a b+c"),
                ("language", "vi"),
                ("telehealth", "")
            ]
        );
        assert!(pairs(None).expect("none").is_empty());
    }

    #[test]
    fn broken_text_names_its_field() {
        assert_eq!(refused("q=%ff&near=1"), [("q".to_owned(), "encoding")]);
        assert_eq!(refused("q=100%"), [("q".to_owned(), "percent_encoding")]);
        assert_eq!(refused("q=%zz"), [("q".to_owned(), "percent_encoding")]);
        assert_eq!(refused("name=a%00b"), [("name".to_owned(), "control_character")]);
        assert_eq!(refused("%ff=1"), [("%ff".to_owned(), "encoding")]);
        assert_eq!(
            refused(&format!("q={}", "x".repeat(10_000))),
            [("q".to_owned(), "too_long")]
        );
        assert_eq!(refused(&"a=1&".repeat(300)), [("query".to_owned(), "too_many")]);
    }

    #[test]
    fn what_is_encoded_reads_back() {
        let given = [("q", "Muñoz & sons+co"), ("near", "29.7,-95.3")];
        let back = pairs(Some(&encode(given))).expect("good");
        assert!(back.iter().zip(given).all(|((n, v), (m, w))| n == m && v == w));
    }

    #[test]
    fn a_small_path_refuses_what_it_does_not_know() {
        let given = |q| pairs(Some(q)).expect("good");
        assert_eq!(
            only(given("q=a"), ["q", "limit"]).expect("good"),
            [Some("a".to_owned()), None]
        );
        for (query, code) in [("colour=1", "unknown_parameter"), ("q=1&q=2", "repeated")] {
            let problem = only(given(query), ["q", "limit"]).expect_err("refused");
            assert_eq!(problem.errors()[0].code, code);
        }
        assert!(number("limit", Some("0"), 1, 20, 8).is_err());
        assert_eq!(number("limit", None, 1, 20, 8), Ok(8));
    }
}
