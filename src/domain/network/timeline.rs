//! A provider's status over days, put together from changes in the order in which they became known.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use crate::vocab::terms::NetworkStatus;

/// From this day on, until the next span, a provider had this status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The first day.
    pub from: NaiveDate,
    /// Where it stood.
    pub status: NetworkStatus,
}

/// From this moment on, a provider has this status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// When it counts from.
    pub at: DateTime<Utc>,
    /// Where it stands.
    pub status: NetworkStatus,
}

impl From<Span> for Change {
    fn from(Span { from, status }: Span) -> Self {
        Self {
            at: from.and_time(NaiveTime::MIN).and_utc(),
            status,
        }
    }
}

/// Where a provider stood on each day. Before the first span it is PENDING.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Timeline {
    spans: Vec<Span>,
    /// No request is open any more, and one was rejected.
    is_rejected: bool,
}

/// A timeline as receipts have it: the plain list, unless there is more to say.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Spans(Vec<Span>),
    Rejected { spans: Vec<Span>, rejected: bool },
}

impl From<Written> for Timeline {
    fn from(written: Written) -> Self {
        let (spans, is_rejected) = match written {
            Written::Spans(spans) => (spans, false),
            Written::Rejected { spans, rejected } => (spans, rejected),
        };
        Self { spans, is_rejected }
    }
}

impl From<Timeline> for Written {
    fn from(timeline: Timeline) -> Self {
        let Timeline { spans, is_rejected } = timeline;
        match is_rejected {
            false => Self::Spans(spans),
            true => Self::Rejected { spans, rejected: true },
        }
    }
}

impl Timeline {
    /// Puts changes together that come in the order in which they were recorded: one that was recorded later and counts
    /// from an earlier moment corrects everything behind it. Of several on one day the last holds, and the first is still what
    /// the days before have ended with.
    pub fn of(changes: impl IntoIterator<Item = impl Into<Change>>) -> Self {
        let mut held: Vec<Change> = Vec::new();
        for change in changes.into_iter().map(Into::into) {
            while held.last().is_some_and(|last| last.at >= change.at) {
                held.pop();
            }
            let before = held.last().map_or(NetworkStatus::Pending, |last| last.status);
            if before != change.status {
                held.push(change);
            }
        }
        let span = |Change { at, status }| Span {
            from: at.date_naive(),
            status,
        };
        Self {
            spans: held.into_iter().map(span).collect(),
            is_rejected: false,
        }
    }

    /// The same, and whether nobody works on a request of the provider any more, after one was rejected.
    #[must_use]
    pub fn rejected(mut self, is_rejected: bool) -> Self {
        self.is_rejected = is_rejected;
        self
    }

    /// The spans, in order.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The status on a day.
    pub fn on(&self, day: NaiveDate) -> NetworkStatus {
        self.at(day)
            .map_or(NetworkStatus::Pending, |index| self.spans[index].status)
    }

    /// What a day that was PENDING has ended with; none: it is PENDING to this day, or was not on that one.
    pub fn outcome(&self, day: NaiveDate) -> Option<NetworkStatus> {
        if self.on(day) != NetworkStatus::Pending {
            return None;
        }
        let next = self.at(day).map_or(0, |index| index + 1);
        self.spans.get(next).map(|span| span.status)
    }

    /// Whether a day is PENDING to this day though nothing is open: the request was rejected.
    pub fn ended_rejected(&self, day: NaiveDate) -> bool {
        self.is_rejected && self.on(day) == NetworkStatus::Pending && self.outcome(day).is_none()
    }

    /// The span that holds on a day.
    fn at(&self, day: NaiveDate) -> Option<usize> {
        self.spans.partition_point(|span| span.from <= day).checked_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use NetworkStatus::{Active, Inactive, Pending};

    fn day(n: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2028, 2, n).expect("a day")
    }

    fn timeline(changes: &[(u32, NetworkStatus)]) -> Timeline {
        Timeline::of(changes.iter().map(|(n, status)| Span {
            from: day(*n),
            status: *status,
        }))
    }

    #[test]
    fn a_change_counts_from_its_day_on() {
        let line = timeline(&[(10, Active), (20, Inactive)]);
        let seen = [9, 10, 19, 20, 29].map(|n| line.on(day(n)));
        assert_eq!(seen, [Pending, Active, Active, Inactive, Inactive]);
    }

    #[test]
    fn a_later_record_of_an_earlier_day_corrects_what_is_behind_it() {
        let line = timeline(&[(10, Active), (20, Inactive), (15, Inactive)]);
        assert_eq!([14, 15, 20].map(|n| line.on(day(n))), [Active, Inactive, Inactive]);
        assert_eq!(line.spans().len(), 2, "no span without a change");
    }

    #[test]
    fn a_pending_day_knows_what_it_ended_with() {
        let line = timeline(&[(10, Active)]);
        assert_eq!(line.outcome(day(9)), Some(Active));
        assert_eq!(line.outcome(day(10)), None);
        assert_eq!(timeline(&[]).outcome(day(9)), None);
        assert_eq!(timeline(&[(3, Inactive)]).outcome(day(2)), Some(Inactive));
    }

    #[test]
    fn a_rejection_counts_for_days_that_nothing_else_has_decided() {
        let line = timeline(&[(10, Active), (20, Inactive)]).rejected(true);
        assert_eq!([9, 10, 20].map(|n| line.ended_rejected(day(n))), [false; 3]);
        let never_in = timeline(&[]).rejected(true);
        assert!(never_in.ended_rejected(day(9)) && !timeline(&[]).ended_rejected(day(9)));
        for (line, text) in [
            (
                timeline(&[(10, Active)]),
                r#"[{"from":"2028-02-10","status":"ACTIVE"}]"#,
            ),
            (never_in, r#"{"spans":[],"rejected":true}"#),
        ] {
            assert_eq!(serde_json::to_string(&line).expect("JSON"), text);
            assert_eq!(serde_json::from_str::<Timeline>(text).expect("a timeline"), line);
        }
    }

    #[test]
    fn two_changes_on_one_day_count_as_the_last() {
        assert_eq!(timeline(&[(10, Active), (10, Inactive)]).on(day(10)), Inactive);
    }

    /// Whether somebody leaves on the day of the approval or on the next: the days before have ended with the approval.
    #[test]
    fn pending_days_end_with_the_first_change_of_a_day() {
        let at = |hour, status| Change {
            at: day(10).and_hms_opt(hour, 0, 0).expect("a time").and_utc(),
            status,
        };
        let left = Timeline::of([at(9, Active), at(15, Inactive)]);
        assert_eq!((left.on(day(10)), left.outcome(day(9))), (Inactive, Some(Active)));
        let never_in = Timeline::of([at(9, Active), at(0, Inactive)]);
        assert_eq!(
            never_in.outcome(day(9)),
            Some(Inactive),
            "a correction takes the approval back"
        );
    }
}
