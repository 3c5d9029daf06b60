//! Whether a provider is where the directory lists it. A listing is called a ghost only where a person has said or seen that
//! it is not so: what nobody has answered stays unverified, however often nobody answers.

use chrono::{Days, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocab::terms::{ListingSignal, Presence};

/// Days for which a signal says something about today.
const GOOD_DAYS: u64 = 180;

/// A signal on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    /// What.
    pub signal: ListingSignal,
    /// When.
    pub on: NaiveDate,
}

/// What is known, and by which signals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Assessment {
    /// Whether the provider is there.
    pub presence: Presence,
    /// The signals that it rests on, the latest first.
    pub because: Vec<Observed>,
}

/// What signals say on a day. `confirmed` is the day on which the listing was last confirmed as a whole.
pub fn assess(signals: &[Observed], confirmed: Option<NaiveDate>, today: NaiveDate) -> Assessment {
    let since = today.checked_sub_days(Days::new(GOOD_DAYS)).unwrap_or(NaiveDate::MIN);
    let lately = |on: NaiveDate| on >= since && on <= today;
    let mut known: Vec<Observed> = signals.iter().copied().filter(|s| lately(s.on)).collect();
    known.sort_by_key(|s| (std::cmp::Reverse(s.on), s.signal));
    let of = |wanted: fn(ListingSignal) -> bool| known.iter().copied().filter(|s| wanted(s.signal)).collect::<Vec<_>>();
    let (seen, denied, back) = (of(is_seen), of(is_denied), of(came_back));
    let last_seen = seen.first().map(|s| s.on).max(confirmed.filter(|on| lately(*on)));
    // Who denies on the day on which somebody else confirms leaves a doubt.
    let (presence, because) = match (last_seen, denied.first().copied(), back.first().copied()) {
        (seen_on, Some(no), _) if seen_on.is_none_or(|on| on < no.on) => (Presence::Ghost, denied),
        (Some(on), Some(no), _) if no.on == on => (Presence::Doubtful, [denied, seen].concat()),
        (seen_on, _, Some(bounce)) if seen_on.is_none_or(|on| on < bounce.on) => (Presence::Doubtful, back),
        (Some(_), _, _) => (Presence::Present, seen),
        (None, _, _) => (Presence::Unverified, Vec::new()),
    };
    Assessment { presence, because }
}

fn is_seen(signal: ListingSignal) -> bool {
    use ListingSignal as S;
    matches!(
        signal,
        S::ClaimSeen | S::AppointmentKept | S::CallConfirmed | S::VisitConfirmed
    )
}

fn is_denied(signal: ListingSignal) -> bool {
    matches!(signal, ListingSignal::CallDenied | ListingSignal::VisitDenied)
}

fn came_back(signal: ListingSignal) -> bool {
    use ListingSignal as S;
    matches!(signal, S::PhoneDisconnected | S::MailReturned | S::EmailBounced)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2.24: silence never makes a ghost, nor does a machine; a person's later word does, until a later one says otherwise.
    #[test]
    fn feature_2_24_silence_is_never_a_ghost() {
        use ListingSignal as S;
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let today = day("2026-11-22");
        let presence = |signals: &[(S, &str)], confirmed: Option<&str>| {
            let signals = signals.iter().map(|(signal, on)| Observed {
                signal: *signal,
                on: day(on),
            });
            assess(&signals.collect::<Vec<_>>(), confirmed.map(day), today).presence
        };
        let silence = vec![(S::NoAnswer, "2026-11-20"); 50];
        assert_eq!(presence(&[], None), Presence::Unverified);
        assert_eq!(
            presence(&silence, None),
            Presence::Unverified,
            "fifty calls that nobody answered"
        );
        assert_eq!(presence(&silence, Some("2026-06-01")), Presence::Present);
        assert_eq!(
            presence(&silence, Some("2026-05-01")),
            Presence::Unverified,
            "too long ago"
        );
        assert_eq!(
            presence(&[(S::PhoneDisconnected, "2026-11-20")], None),
            Presence::Doubtful
        );
        let returned = [
            (S::MailReturned, "2026-11-01"),
            (S::EmailBounced, "2026-11-02"),
            (S::NoAnswer, "2026-11-03"),
        ];
        assert_eq!(
            presence(&returned, None),
            Presence::Doubtful,
            "no machine makes a ghost"
        );
        assert_eq!(
            presence(&[(S::CallDenied, "2026-11-20")], Some("2026-10-01")),
            Presence::Ghost
        );
        let there_again = [(S::VisitDenied, "2026-11-01"), (S::ClaimSeen, "2026-11-10")];
        assert_eq!(presence(&there_again, None), Presence::Present);
        let both = [(S::CallDenied, "2026-11-10"), (S::CallConfirmed, "2026-11-10")];
        assert_eq!(presence(&both, None), Presence::Doubtful);
        assert_eq!(
            presence(&[(S::CallDenied, "2026-11-23")], None),
            Presence::Unverified,
            "a day to come"
        );
        assert_eq!(
            presence(&[(S::CallDenied, "2026-01-01")], None),
            Presence::Unverified,
            "long ago"
        );
    }
}
