//! Days until which there must be a free slot (`before friday`, `within 2 weeks`), and words that refuse a time.

use chrono::{Days, NaiveDate};

use super::times::{counted, phrase};
use super::{Reader, dates};

impl Reader<'_, '_> {
    /// `available before friday`, `appointment by tomorrow`: the day before which there must be a free slot.
    pub(super) fn before_day(&self, rest: &[String]) -> Option<(NaiveDate, usize)> {
        let cue = |word: &&String| {
            matches!(
                word.as_str(),
                "available" | "availability" | "free" | "appointment" | "appointments" | "slot" | "slots" | "seen"
            )
        };
        let at = rest.iter().take_while(cue).count();
        if let Some((days, taken)) = within_days(&rest[at..]) {
            return Some((self.today() + Days::new(days + 1), at + taken));
        }
        let on = match rest.get(at)?.as_str() {
            "before" => 0,
            "by" => 1,
            _ => return None,
        };
        let skipped = rest[at + 1..]
            .iter()
            .take_while(|word| matches!(word.as_str(), "this" | "next" | "the"));
        let at = at + 1 + skipped.count();
        // `by 3pm` is an hour; `by 12/15` a day.
        let (day, said) = match self.day(rest.get(at)?) {
            Some(day) => (day, 1),
            None => dates::date(&rest[at..], Some("on"), self.today())?,
        };
        // On a Monday, before Monday is before the next one.
        let day = if day == self.today() && on == 0 {
            day + Days::new(7)
        } else {
            day
        };
        Some((day + Days::new(on), at + said))
    }
}

/// `mondays dont work`, `weekends no`: words behind a time that refuse it.
pub(super) fn refused_behind(words: &[String]) -> Option<usize> {
    let said = phrase(
        words,
        &[
            &["dont", "work"],
            &["doesnt", "work"],
            &["do", "not", "work"],
            &["does", "not", "work"],
            &["wont", "work"],
            &["will", "not", "work"],
            &["is", "bad"],
            &["are", "bad"],
            &["is", "out"],
            &["are", "out"],
            &["is", "no", "good"],
            &["are", "no", "good"],
            &["not", "possible"],
            &["not", "good"],
            &["not", "ok"],
            &["is", "not", "good"],
            &["are", "not", "good"],
            &["excluded"],
            &["no", "puedo"],
        ],
    );
    said.or_else(|| matches!(words, [no] if no == "no" || no == "not").then_some(1))
}

/// `within 2 weeks`, `in the next 3 days`: how many days, and how many words say it.
fn within_days(words: &[String]) -> Option<(u64, usize)> {
    let led = phrase(
        words,
        &[
            &["within"],
            &["within", "the", "next"],
            &["in", "the", "next"],
            &["in", "next"],
        ],
    )?;
    let days = counted(words.get(led)?)?;
    let each = match words.get(led + 1)?.as_str() {
        "day" | "days" => 1,
        "week" | "weeks" => 7,
        _ => return None,
    };
    (days < 60).then_some((days * each, led + 2))
}
