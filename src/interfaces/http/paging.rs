//! Pages of a list: a cursor holds the sort key of the last row, so that no row is skipped or told twice between pages.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

use super::{parameters::sound, problem::Problem};

/// How many rows to ask for, so that one sees whether there are more than `limit`.
pub fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).map_or(i64::MAX, |limit| limit.saturating_add(1))
}

/// The first `limit` rows, and the cursor for those behind, if there are any. `key` is what the rows are sorted by.
pub fn page<T, K: Serialize>(mut rows: Vec<T>, limit: usize, key: impl FnOnce(&T) -> K) -> (Vec<T>, Option<String>) {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(key);
    let next = next.and_then(|key| serde_json::to_vec(&key).ok());
    (rows, next.map(|text| URL_SAFE_NO_PAD.encode(text)))
}

/// The sort key that a cursor holds.
pub fn read<K: DeserializeOwned>(cursor: Option<String>) -> Result<Option<K>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    let key = URL_SAFE_NO_PAD.decode(cursor).ok();
    // Whoever writes one by hand gets no further with it than with a parameter.
    let key = key.and_then(|text| serde_json::from_slice(&text).ok()).and_then(sound);
    let key = key.and_then(|value| serde_json::from_value(value).ok());
    key.map(Some).ok_or_else(|| {
        Problem::fault(
            "cursor",
            "malformed",
            "`next_cursor` of the page before, as it was told",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_the_last_page_has_none() {
        let (rows, next) = page(vec![1, 2, 3], 2, |last| (*last, "x".to_owned()));
        assert_eq!(rows, [1, 2]);
        assert_eq!(read::<(i32, String)>(next).expect("good"), Some((2, "x".to_owned())));
        assert_eq!(page(vec![1, 2], 2, |last| *last).1, None);
        assert!(read::<i32>(Some("%%".to_owned())).is_err());
    }
}
