//! Conditions that several lists have: keys, and when a row was last changed, which programs ask for that keep copies.

use chrono::{DateTime, Utc};
use sqlx::{Postgres, QueryBuilder, types::Uuid};

/// The condition that `column` has one of these keys, behind others.
pub(super) fn one_of(sql: &mut QueryBuilder<Postgres>, column: &str, keys: impl Iterator<Item = Uuid>) {
    let keys = keys.collect::<Vec<_>>();
    match keys.as_slice() {
        // One of a list the planner does not expect to find in the order of an index.
        [key] => sql.push(format!(" AND {column} = ")).push_bind(*key),
        _ => sql.push(format!(" AND {column} = ANY (")).push_bind(keys).push(")"),
    };
}

/// A time in which rows were last changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Its first moment; none: it has no begin.
    pub from: Option<DateTime<Utc>>,
    /// The first moment behind it; none: it has no end.
    pub before: Option<DateTime<Utc>>,
}

impl Changed {
    /// The time in which both are.
    pub fn and(self, other: Self) -> Self {
        Self {
            from: self.from.max(other.from),
            before: self.before.into_iter().chain(other.before).min(),
        }
    }

    /// Whether a moment lies in it.
    pub fn has(self, at: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| from <= at) && self.before.is_none_or(|before| at < before)
    }

    /// The condition that what `column` tells lies in it, behind others.
    pub(super) fn push(self, sql: &mut QueryBuilder<Postgres>, column: &str) {
        for (relation, moment) in [(">=", self.from), ("<", self.before)] {
            if let Some(moment) = moment {
                sql.push(format!(" AND {column} {relation} ")).push_bind(moment);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_times_leave_what_lies_in_both() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a moment");
        let (one, two, three) = (
            at("2026-01-01T00:00:00Z"),
            at("2026-02-01T00:00:00Z"),
            at("2026-03-01T00:00:00Z"),
        );
        let since = |from| Changed {
            from: Some(from),
            before: None,
        };
        let until = |before| Changed {
            from: None,
            before: Some(before),
        };
        let both = since(one).and(until(three)).and(since(two)).and(Changed::default());
        assert_eq!((both.from, both.before), (Some(two), Some(three)));
        assert!(both.has(two) && !both.has(one) && !both.has(three) && Changed::default().has(one));
        assert_eq!(until(three).and(until(two)), until(two));
    }
}
