//! JSON as it is sent, with no name twice in an object: which of the two values is meant nobody can tell, and programs on the way
//! take different ones.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Why a text was not taken.
#[derive(Debug)]
pub enum Unread {
    /// It is no JSON.
    Malformed(serde_json::Error),
    /// This property stands there more than once: `locations[0].city`.
    Twice(String),
}

/// Reads a text.
///
/// # Errors
/// [`Unread`].
pub fn read(text: &[u8]) -> Result<Value, Unread> {
    let mut twice = None;
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = Once(&mut twice).deserialize(&mut reader);
    let read = read.and_then(|value| reader.end().map(|()| value));
    match (read, twice) {
        (Err(error), _) => Err(Unread::Malformed(error)),
        (Ok(_), Some(way)) => Err(Unread::Twice(way)),
        (Ok(value), None) => Ok(value),
    }
}

/// A value that is being read; what it holds is the way to the first name that came twice.
struct Once<'a>(&'a mut Option<String>);

impl Once<'_> {
    /// Reads what stands within, and puts the step there before the way.
    fn within<T>(&mut self, step: impl FnOnce() -> String, read: impl FnOnce(Once<'_>) -> T) -> T {
        let is_known = self.0.is_some();
        let value = read(Once(self.0));
        if let Some(way) = self.0.as_mut().filter(|_| !is_known) {
            let dot = if way.starts_with('[') { "" } else { "." };
            *way = format!("{}{dot}{way}", step());
        }
        value
    }
}

impl<'de> DeserializeSeed<'de> for Once<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any value of JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, given: bool) -> Result<Value, E> {
        Ok(given.into())
    }

    fn visit_i64<E>(self, given: i64) -> Result<Value, E> {
        Ok(given.into())
    }

    fn visit_u64<E>(self, given: u64) -> Result<Value, E> {
        Ok(given.into())
    }

    fn visit_f64<E>(self, given: f64) -> Result<Value, E> {
        Ok(given.into())
    }

    fn visit_str<E: Error>(self, given: &str) -> Result<Value, E> {
        Ok(given.into())
    }

    fn visit_string<E>(self, given: String) -> Result<Value, E> {
        Ok(given.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            let step = || format!("[{}]", items.len());
            match self.within(step, |item| list.next_element_seed(item))? {
                Some(item) => items.push(item),
                None => return Ok(Value::Array(items)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            let value = self.within(|| name.clone(), |member| object.next_value_seed(member))?;
            if self.0.is_none() && members.contains_key(&name) {
                *self.0 = Some(name.clone());
            }
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_serde_reads() {
        for text in [
            "null",
            " [1, -2, 2.5e3, 18446744073709551615, \"\\u00e9\", true, {}] ",
            "{\"a\": {\"b\": [{\"c\": null}, []]}, \"\": \"\"}",
        ] {
            let wanted: Value = serde_json::from_str(text).expect("JSON");
            assert_eq!(read(text.as_bytes()).expect("read"), wanted, "{text}");
        }
        for text in ["", "{", "[1,]", "{\"a\":1}x", "1e999", "{\"a\":1,\"a\":}", "\u{feff}{}"] {
            assert!(matches!(read(text.as_bytes()), Err(Unread::Malformed(_))), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(matches!(read(deep.as_bytes()), Err(Unread::Malformed(_))));
    }

    #[test]
    fn a_name_that_comes_twice_is_told_with_the_way_to_it() {
        for (text, wanted) in [
            ("{\"a\":1,\"a\":1}", "a"),
            ("{\"a\":{\"b\":1,\"b\":2}}", "a.b"),
            ("[0,{\"a\":[[{\"b\":1,\"c\":2,\"b\":3,\"c\":4}]]}]", "[1].a[0][0].b"),
            ("{\"a\":{\"b\":1,\"b\":2},\"c\":1,\"c\":2}", "a.b"),
            ("{\"\\u0061\":1,\"a\":2}", "a"),
        ] {
            match read(text.as_bytes()) {
                Err(Unread::Twice(way)) => assert_eq!(way, wanted, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}
