//! A JSON value read as a typed one, with everything that is wrong with it at once, and in the words of whoever wrote it: a
//! text, a list, a day, never the name of a type behind them.
//!
//! serde stops at the first fault. So each is noted and mended (what is not known is taken away, what is missing or of
//! another type is replaced by something that is taken), and the value is read again. What was mended is never handed out.

use std::fmt::Write as _;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use serde_path_to_error::Segment;

use super::Fault;

/// Faults of one value that are told.
const MOST_FAULTS: usize = 50;
/// Values looked at for one answer, over all readings: a large body is read again fewer times.
const MOST_LOOKED_AT: usize = 300_000;
/// Readings for one answer.
const MOST_READINGS: usize = 400;
/// Characters of a caller's word that are told back.
const LONGEST_SHOWN: usize = 40;
/// What a struct is in JSON.
const AN_OBJECT: &str = "an object";

type Broken = serde_path_to_error::Error<serde_json::Error>;

/// A value as one of `T`.
///
/// # Errors
/// Everything that is wrong, as far as one fault does not hide another; the field is the way to it: `locations[0].hours`.
pub fn read<T: DeserializeOwned>(value: Value) -> Result<T, Vec<Fault>> {
    match serde_path_to_error::deserialize(&value) {
        // serde takes a list for an object whose properties stand in their order.
        Ok(_) if value.is_array() && wants_an_object::<T>() => {
            Err(vec![Fault::new("body", "invalid", format!("{AN_OBJECT}, not a list"))])
        }
        Ok(read) => Ok(read),
        Err(broken) => Err(Mending::of(value).faults::<T>(broken)),
    }
}

fn wants_an_object<T: DeserializeOwned>() -> bool {
    let read = serde_json::from_value::<T>(Value::Null);
    read.is_err_and(|error| wanted_in(&error.to_string()).is_some_and(|wanted| wanted == AN_OBJECT))
}

/// One step of the way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Item(usize),
    Property(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unknown,
    Missing,
    Wrong,
}

/// What serde stumbled over.
struct Trouble {
    kind: Kind,
    at: Vec<Step>,
    told: String,
    /// Whether that is where it is: serde loses its way in what it reads ahead.
    is_placed: bool,
}

impl Trouble {
    fn of(broken: &Broken, value: &Value) -> Self {
        let told = broken.inner().to_string();
        let kind = match () {
            () if told.starts_with("unknown field") => Kind::Unknown,
            () if told.starts_with("missing field") => Kind::Missing,
            () => Kind::Wrong,
        };
        let mut at = Vec::new();
        for segment in broken.path() {
            at.push(match segment {
                Segment::Seq { index } => Step::Item(*index),
                Segment::Map { key } => Step::Property(key.clone()),
                Segment::Enum { variant } => Step::Property(variant.clone()),
                Segment::Unknown => break,
            });
        }
        // The way leads to the object, or as far as the property itself.
        if let Some(name) = told.split('`').nth(1).filter(|_| kind != Kind::Wrong) {
            let holder = find(value, &at).and_then(Value::as_object);
            if holder.is_some_and(|holder| holder.contains_key(name) == (kind == Kind::Unknown)) {
                at.push(Step::Property(name.to_owned()));
            }
        }
        let is_placed = match kind {
            Kind::Missing => find(value, &at).is_none(),
            Kind::Unknown => !at.is_empty() && find(value, &at).is_some(),
            Kind::Wrong => find(value, &at).is_some_and(|given| is_said_of(&told, given)),
        };
        Self {
            kind,
            at,
            told,
            is_placed,
        }
    }

    fn is_within(&self, at: &[Step]) -> bool {
        self.at.starts_with(at)
    }
}

/// A value that is being mended.
struct Mending {
    value: Value,
    readings_left: usize,
    faults: Vec<Fault>,
    told: Vec<Vec<Step>>,
    /// Where lists are wanted, as far as that was looked at.
    lists: Vec<Vec<Step>>,
}

impl Mending {
    fn of(value: Value) -> Self {
        Self {
            readings_left: (MOST_LOOKED_AT / size(&value).max(1)).clamp(4, MOST_READINGS),
            value,
            faults: Vec::new(),
            told: Vec::new(),
            lists: Vec::new(),
        }
    }

    fn faults<T: DeserializeOwned>(mut self, broken: Broken) -> Vec<Fault> {
        let mut next = Some(broken);
        while let Some(broken) = next {
            let trouble = self.above::<T>(Trouble::of(&broken, &self.value));
            if !self.told.contains(&trouble.at) {
                let message = self.in_words::<T>(&trouble);
                let code = match trouble.kind {
                    Kind::Unknown => "unknown_property",
                    Kind::Missing => "missing",
                    Kind::Wrong => "invalid",
                };
                self.faults.push(Fault::new(written(&trouble.at), code, message));
                self.told.push(trouble.at.clone());
            }
            next = (self.faults.len() < MOST_FAULTS)
                .then(|| self.mend::<T>(&trouble))
                .flatten();
        }
        self.faults
    }

    /// A list in the place of an object is taken by serde for its properties in their order: what is wrong is the list.
    fn above<T: DeserializeOwned>(&mut self, trouble: Trouble) -> Trouble {
        for (length, step) in trouble.at.iter().enumerate() {
            let list = &trouble.at[..length];
            if !matches!(step, Step::Item(_)) || self.lists.iter().any(|known| known == list) {
                continue;
            }
            if self
                .probe::<T>(list, Value::Null)
                .is_some_and(|wanted| wanted == AN_OBJECT)
            {
                return Trouble {
                    kind: Kind::Wrong,
                    at: list.to_vec(),
                    told: "invalid type: sequence, expected a map".to_owned(),
                    is_placed: true,
                };
            }
            self.lists.push(list.to_vec());
        }
        trouble
    }

    /// Reads it again; `None` where it may not be read any more.
    fn again<T: DeserializeOwned>(&mut self) -> Option<Result<(), Broken>> {
        self.readings_left = self.readings_left.checked_sub(1)?;
        Some(serde_path_to_error::deserialize::<_, T>(&self.value).map(drop))
    }

    /// Mends one fault and gives the next; `None` where there is no other, or this one can't be mended.
    fn mend<T: DeserializeOwned>(&mut self, trouble: &Trouble) -> Option<Broken> {
        if !trouble.is_placed && !self.told.contains(&trouble.at) {
            return None;
        }
        let at = trouble.at.as_slice();
        if trouble.kind != Kind::Missing && self.remove(at) {
            let next = self.again::<T>()?.err()?;
            let found = Trouble::of(&next, &self.value);
            if found.kind != Kind::Missing || found.at != at {
                return (trouble.kind == Kind::Wrong || found.at != at).then_some(next);
            }
        }
        let mut tried = Vec::new();
        let mut left = vec![Value::Null];
        while let Some(stand_in) = left.pop() {
            if tried.contains(&stand_in) {
                continue;
            }
            self.put(at, stand_in.clone())?;
            let next = self.again::<T>()?.err()?;
            let found = Trouble::of(&next, &self.value);
            let is_below = found.at.len() > at.len() || (stand_in.is_object() && found.kind != Kind::Wrong);
            if !found.is_within(at) || is_below {
                return Some(next);
            }
            left.extend(stand_ins(&found.told));
            tried.push(stand_in);
        }
        None
    }

    /// Takes a property away.
    fn remove(&mut self, at: &[Step]) -> bool {
        let Some((Step::Property(name), above)) = at.split_last() else {
            return false;
        };
        let holder = find_mut(&mut self.value, above).and_then(Value::as_object_mut);
        holder.is_some_and(|holder| holder.remove(name).is_some())
    }

    /// Puts a value in a place.
    fn put(&mut self, at: &[Step], value: Value) -> Option<()> {
        if let Some((Step::Property(name), above)) = at.split_last() {
            let holder = find_mut(&mut self.value, above)?.as_object_mut()?;
            holder.insert(name.clone(), value);
        } else {
            *find_mut(&mut self.value, at)? = value;
        }
        Some(())
    }

    /// What serde says in its own words, in those of JSON.
    fn in_words<T: DeserializeOwned>(&mut self, trouble: &Trouble) -> String {
        let told = trouble.told.as_str();
        match trouble.kind {
            Kind::Unknown => match quoted(told).get(1..).unwrap_or_default() {
                [] => "is not known here, as nothing is".to_owned(),
                known => format!("is not known here; known are {}", known.join(", ")),
            },
            Kind::Missing => match self.probe::<T>(&trouble.at, Value::Null) {
                Some(wanted) => format!("is needed: {wanted}"),
                None => "is needed".to_owned(),
            },
            Kind::Wrong => {
                let given = find(&self.value, &trouble.at).filter(|_| trouble.is_placed);
                let given = given.map(|given| match quoted(told).first() {
                    Some(word) if told.starts_with("unknown variant") => format!("`{}`", shortened(word)),
                    _ => shown(given),
                });
                let wanted = match wanted_in(told) {
                    Some(wanted) => Some(wanted),
                    None if told.contains(", expected ") => self.probe::<T>(&trouble.at, json!("")),
                    None if is_of_a_library(told) => self.probe::<T>(&trouble.at, json!(true)),
                    None => return told.to_owned(),
                };
                let wanted = wanted.unwrap_or_else(|| "another value".to_owned());
                match given {
                    Some(given) => format!("{wanted}, not {given}"),
                    None => wanted,
                }
            }
        }
    }

    /// What is wanted in a place, by what is said of something else there.
    fn probe<T: DeserializeOwned>(&mut self, at: &[Step], stand_in: Value) -> Option<String> {
        let before = find(&self.value, at).cloned();
        self.put(at, stand_in.clone())?;
        let found = match self.again::<T>() {
            Some(Err(broken)) => Some(Trouble::of(&broken, &self.value)),
            _ => None,
        };
        let found = found.filter(|found| found.at == at);
        let wanted = match found {
            Some(found)
                if stand_in.is_null() && found.told.contains(", expected ") && wanted_in(&found.told).is_none() =>
            {
                self.probe::<T>(at, json!(""))
            }
            Some(found) => wanted_in(&found.told),
            None => None,
        };
        match before {
            Some(before) => {
                self.put(at, before);
            }
            None => {
                self.remove(at);
            }
        }
        wanted
    }
}

/// Whether what serde says it has found is what stands there.
fn is_said_of(told: &str, given: &Value) -> bool {
    let found = told
        .strip_prefix("invalid type: ")
        .or_else(|| told.strip_prefix("invalid value: "));
    match found.and_then(|found| found.split([' ', ',']).next()) {
        Some("integer" | "floating") => given.is_number(),
        Some("string") => given.is_string(),
        Some("boolean") => given.is_boolean(),
        Some("sequence") => given.is_array(),
        Some("map") => given.is_object(),
        Some("null") => given.is_null(),
        _ => true,
    }
}

/// How many values a value is made of.
fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(size).sum::<usize>(),
        _ => 1,
    }
}

fn find<'v>(value: &'v Value, at: &[Step]) -> Option<&'v Value> {
    at.iter().try_fold(value, |value, step| match step {
        Step::Item(number) => value.get(*number),
        Step::Property(name) => value.get(name),
    })
}

fn find_mut<'v>(value: &'v mut Value, at: &[Step]) -> Option<&'v mut Value> {
    at.iter().try_fold(value, |value, step| match step {
        Step::Item(number) => value.get_mut(*number),
        Step::Property(name) => value.get_mut(name),
    })
}

/// A way as it is told: `locations[0].hours`; the whole is the `body`.
fn written(at: &[Step]) -> String {
    let mut text = String::new();
    for step in at {
        match step {
            Step::Item(number) => {
                let _ = write!(text, "[{number}]");
            }
            Step::Property(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(name);
            }
        }
    }
    if text.is_empty() {
        text.push_str("body");
    }
    text
}

/// The words in backticks.
fn quoted(told: &str) -> Vec<&str> {
    told.split('`').skip(1).step_by(2).collect()
}

/// Whether a sentence is one of the libraries that read days, moments and ids.
fn is_of_a_library(told: &str) -> bool {
    const SENTENCES: [&str; 6] = [
        "premature end of input",
        "input contains invalid characters",
        "trailing input",
        "input is out of range",
        "no possible date and time matching input",
        "input is not enough for unique date and time",
    ];
    SENTENCES.iter().any(|sentence| told.starts_with(sentence)) || told.starts_with("UUID parsing failed")
}

/// What serde says that it expected, in words of JSON; none where it does not tell, or only the name of a type.
fn wanted_in(told: &str) -> Option<String> {
    if told.starts_with("unknown variant") {
        let known = quoted(told);
        return Some(match known.get(1..).unwrap_or_default() {
            [] => "another value".to_owned(),
            known => format!("one of {}", known.join(", ")),
        });
    }
    let (_, expected) = told.split_once(", expected ")?;
    let within = |least: &str, most: &str| format!("a whole number from {least} to {most}");
    let words = match expected {
        "a string" | "string" | "str" | "a borrowed string" => "a text",
        "a character" => "one character",
        "a boolean" | "bool" => "true or false",
        "a sequence" | "sequence" => "a list",
        "a map" | "map" => AN_OBJECT,
        "f32" | "f64" => "a number",
        "u64" | "usize" | "u128" => "a whole number, 0 or more",
        "i64" | "isize" | "i128" => "a whole number",
        "a nonzero u64" | "a nonzero usize" => "a whole number, 1 or more",
        "unit" | "null" => "null",
        "a formatted UUID string" => "an id like 01a22860-64ef-7128-9d9a-e8812fbc30d1",
        "a formatted date string" => "a day like 2026-11-29",
        "a formatted time string" => "a time of day like 09:00:00",
        "an RFC 3339 formatted date and time string" => "a moment like 2026-11-29T09:00:00Z",
        "a formatted date and time string" => "a moment like 2026-11-29T09:00:00",
        "u8" => return Some(within("0", "255")),
        "u16" => return Some(within("0", "65535")),
        "u32" => return Some(within("0", "4294967295")),
        "i8" => return Some(within("-128", "127")),
        "i16" => return Some(within("-32768", "32767")),
        "i32" => return Some(within("-2147483648", "2147483647")),
        "a nonzero u16" => return Some(within("1", "65535")),
        "a nonzero u32" => return Some(within("1", "4294967295")),
        other => {
            let begins = |words: &[&str]| words.iter().any(|word| other.starts_with(word));
            match () {
                () if begins(&["struct ", "internally tagged enum", "adjacently tagged enum"]) => AN_OBJECT,
                () if begins(&["an array", "tuple ", "a tuple"]) => "a list",
                () if begins(&["enum ", "string or map", "variant ", "option"]) || other.contains("::") => return None,
                () => other,
            }
        }
    };
    Some(words.to_owned())
}

/// Values that may be taken where this was said, the likeliest last.
fn stand_ins(told: &str) -> Vec<Value> {
    if told.starts_with("unknown variant") {
        return quoted(told).get(1).map(|first| json!(first)).into_iter().collect();
    }
    if is_of_a_library(told) {
        return vec![
            json!("01a22860-64ef-7128-9d9a-e8812fbc30d1"),
            json!("09:00:00"),
            json!("2026-11-29T09:00:00Z"),
            json!("2026-11-29"),
        ];
    }
    let Some(wanted) = wanted_in(told) else {
        return vec![json!({}), json!("")];
    };
    match wanted.as_str() {
        AN_OBJECT => vec![json!({})],
        "a list" => vec![json!([])],
        "true or false" => vec![json!(false)],
        "a text" => vec![json!("2026-11-29"), json!("x"), json!("")],
        words if words.contains("number") => vec![json!(1), json!(0)],
        words => match words.split_once(" like ") {
            Some((_, example)) => vec![json!(example)],
            None => vec![json!({}), json!([]), json!("x"), json!(0)],
        },
    }
}

fn shortened(word: &str) -> String {
    word.chars().take(LONGEST_SHOWN).collect()
}

/// What was given, short: of texts only that they are some, for it may be a secret.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(given) => given.to_string(),
        Value::Number(given) => shortened(&given.to_string()),
        Value::String(given) if given.is_empty() => "an empty text".to_owned(),
        Value::String(_) => "this text".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate, Utc};
    use serde::Deserialize;
    use uuid::Uuid;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Colour {
        Red,
        Green,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Place {
        city: String,
        #[serde(default)]
        floor: Option<u8>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct House {
        name: String,
        colour: Colour,
        built: NaiveDate,
        sold_at: Option<DateTime<Utc>>,
        owner: Uuid,
        place: Place,
        #[serde(default)]
        others: Vec<Place>,
    }

    fn told(value: Value) -> Vec<String> {
        let faults = read::<House>(value).expect_err("refused");
        let told = faults.iter().map(|f| format!("{} {}: {}", f.code, f.field, f.message));
        let told: Vec<String> = told.collect();
        for word in [
            "struct", "expected", "House", "Place", "Colour", "u8", "enum", "variant", "field `",
        ] {
            assert!(told.iter().all(|text| !text.contains(word)), "{word}: {told:#?}");
        }
        told
    }

    #[test]
    fn everything_that_is_missing_is_named_with_what_it_is() {
        assert_eq!(
            told(json!({})),
            [
                "missing name: is needed: a text",
                "missing colour: is needed: one of red, green",
                "missing built: is needed: a day like 2026-11-29",
                "missing owner: is needed: an id like 01a22860-64ef-7128-9d9a-e8812fbc30d1",
                "missing place: is needed: an object",
                "missing place.city: is needed: a text",
            ]
        );
    }

    #[test]
    fn all_kinds_of_faults_are_named_at_once() {
        let mut all = told(json!({
            "name": 5, "colour": "blue", "built": "2026-13-01", "sold_at": "yesterday", "owner": "me", "nmae": "x",
            "place": {"city": "Houston", "floor": 300, "town": 1}, "others": [{"city": "A"}, {"city": []}, 7],
        }));
        all.sort();
        assert_eq!(
            all,
            [
                "invalid built: a day like 2026-11-29, not this text",
                "invalid colour: one of red, green, not `blue`",
                "invalid name: a text, not 5",
                "invalid others[1].city: a text, not a list",
                "invalid others[2]: an object, not 7",
                "invalid owner: an id like 01a22860-64ef-7128-9d9a-e8812fbc30d1, not this text",
                "invalid place.floor: a whole number from 0 to 255, not 300",
                "invalid sold_at: a moment like 2026-11-29T09:00:00Z, not this text",
                "missing others[2].city: is needed: a text",
                "unknown_property nmae: is not known here; known are name, colour, built, sold_at, owner, place, others",
                "unknown_property place.town: is not known here; known are city, floor",
            ]
        );
    }

    #[test]
    fn another_kind_of_body_is_told_as_such() {
        assert_eq!(told(json!("x"))[0], "invalid body: an object, not this text");
        for list in [json!([]), json!([{"name": "a"}])] {
            let all = told(list);
            assert_eq!(
                (all[0].as_str(), all.len()),
                ("invalid body: an object, not a list", 7),
                "{all:#?}"
            );
        }
        let whole = json!({"name": "a", "colour": "red", "built": "2026-01-01", "sold_at": null, "place": {"city": "B"},
            "owner": "01a22860-64ef-7128-9d9a-e8812fbc30d1"});
        assert!(read::<House>(whole).is_ok());
    }

    #[test]
    fn a_large_body_costs_bounded_work() {
        let others = vec![json!({"city": 1}); 100_000];
        let faults = read::<House>(json!({"others": others})).expect_err("refused");
        assert!((1..=MOST_FAULTS).contains(&faults.len()), "{}", faults.len());
    }
}
