//! The sites of a tenant: where they are, and when they are open.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    line::{check_line, check_phone, is_line},
    slot::{Span, WallClock, joined},
};
use crate::vocab::{ClinicId, Fault, OrganizationId};

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// A site of a tenant.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Clinic {
    /// Its key.
    pub id: ClinicId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// What can be changed.
    #[serde(flatten)]
    pub details: Details,
    /// Whether it is in use.
    pub is_active: bool,
    /// Raised by every change; the ETag.
    pub version: i64,
    /// When that was.
    #[serde(skip)]
    pub changed_at: DateTime<Utc>,
}

/// What is said of a site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Details {
    /// Unique within the organisation.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Street.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub line1: Option<String>,
    /// Suite, building.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub line2: Option<String>,
    /// City.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub city: Option<String>,
    /// Two letters.
    #[serde(default)]
    pub state: Option<String>,
    /// Five or nine digits.
    #[serde(default)]
    pub postal_code: Option<String>,
    /// Degrees north.
    #[serde(default)]
    pub lat: Option<f64>,
    /// Degrees east.
    #[serde(default)]
    pub lon: Option<f64>,
    /// As it is dialled.
    #[serde(default)]
    #[schemars(length(max = 40))]
    pub phone: Option<String>,
    /// For messages to the site.
    #[serde(default)]
    #[schemars(length(max = 254))]
    pub email: Option<String>,
    /// IANA zone, which hours and holidays are in: `America/Chicago`.
    pub time_zone: String,
    /// Opening hours by weekday.
    #[serde(default)]
    pub operating_hours: Vec<Hours>,
    /// Days with other hours, or none.
    #[serde(default)]
    pub holidays: Vec<Holiday>,
}

/// Open from `opens` to `closes` on a weekday. `closes <= opens` runs past midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// 1 Monday to 7 Sunday (ISO 8601).
    pub weekday: u8,
    /// Minutes after midnight, 0 to 1439.
    pub opens: u16,
    /// Minutes after midnight, 0 to 1440.
    pub closes: u16,
}

/// A day that is not like its weekday.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// Which day, in the site's zone.
    pub date: NaiveDate,
    /// What it is called.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub name: Option<String>,
    /// When it is open all the same; none: closed.
    #[serde(default)]
    pub hours: Vec<Period>,
}

/// From `opens` to `closes` on one day. `closes <= opens` runs past midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Minutes after midnight, 0 to 1439.
    pub opens: u16,
    /// Minutes after midnight, 0 to 1440.
    pub closes: u16,
}

impl Period {
    /// Minutes after the midnight at which the day began; more than 1440 where it runs past the next one.
    pub fn minutes(self) -> std::ops::Range<u16> {
        let end = if self.closes <= self.opens {
            self.closes + DAY
        } else {
            self.closes
        };
        self.opens..end
    }
}

/// When a site is open: by weekday, and on days that are not like theirs. A site that says nothing of its hours is always
/// open, but for its holidays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// By weekday; none: nothing is said.
    pub hours: Vec<Hours>,
    /// Days with other hours, or none.
    pub holidays: Vec<Holiday>,
}

impl Opening {
    /// When the site opens on a day, in local time and in order. What began the day before is that day's.
    pub fn hours_on(&self, date: NaiveDate) -> Vec<Period> {
        let mut periods = match self.holidays.iter().find(|holiday| holiday.date == date) {
            Some(holiday) => holiday.hours.clone(),
            None if self.hours.is_empty() => vec![Period { opens: 0, closes: DAY }],
            None => {
                let weekday = date.weekday().number_from_monday();
                let hours = self.hours.iter().filter(|hours| u32::from(hours.weekday) == weekday);
                hours
                    .map(|Hours { opens, closes, .. }| Period {
                        opens: *opens,
                        closes: *closes,
                    })
                    .collect()
            }
        };
        periods.sort_by_key(|period| period.opens);
        periods
    }

    /// When it is open, for sessions that begin on `first` to `last`; none: always.
    pub fn spans(&self, zone: Tz, first: NaiveDate, last: NaiveDate) -> Option<Vec<Span>> {
        if self.hours.is_empty() && self.holidays.is_empty() {
            return None;
        }
        // The evening before may reach in, and a session reaches into the day behind.
        let (from, until) = (first - Days::new(1), last + Days::new(1));
        let clock = WallClock::over(zone, from, until);
        let mut open = Vec::new();
        for day in from.iter_days().take_while(|day| *day <= until) {
            let moment = |minutes: u16| day.and_time(NaiveTime::MIN) + TimeDelta::minutes(minutes.into());
            for minutes in self.hours_on(day).into_iter().map(Period::minutes) {
                open.extend(clock.shows(moment(minutes.start), moment(minutes.end)));
            }
        }
        Some(joined(open))
    }
}

impl Details {
    /// When the site is open.
    pub fn opening(&self) -> Opening {
        Opening {
            hours: self.operating_hours.clone(),
            holidays: self.holidays.clone(),
        }
    }

    /// The same details in the form they are kept in: trimmed, codes in upper case, digits of a ZIP only.
    #[must_use]
    pub fn tidy(mut self) -> Self {
        self.name = self.name.trim().to_owned();
        for text in [
            &mut self.line1,
            &mut self.line2,
            &mut self.city,
            &mut self.state,
            &mut self.postal_code,
            &mut self.phone,
            &mut self.email,
        ] {
            *text = text
                .take()
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty());
        }
        self.state = self.state.map(|state| state.to_uppercase());
        self.postal_code = self.postal_code.map(|code| code.replace('-', ""));
        self
    }

    /// Everything that is wrong with the details.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        faults.extend(check_line("name", &self.name, 200).err());
        if self.time_zone.parse::<Tz>().is_err() {
            faults.push(Fault::new(
                "time_zone",
                "unknown_zone",
                "an IANA time zone such as America/Chicago",
            ));
        }
        let letters = |state: &&String| state.len() != 2 || !state.bytes().all(|b| b.is_ascii_uppercase());
        if self.state.as_ref().filter(letters).is_some() {
            faults.push(Fault::new("state", "format", "two letters"));
        }
        let digits = |code: &&String| !matches!(code.len(), 5 | 9) || !code.bytes().all(|b| b.is_ascii_digit());
        if self.postal_code.as_ref().filter(digits).is_some() {
            faults.push(Fault::new("postal_code", "format", "five or nine digits"));
        }
        if self
            .email
            .as_ref()
            .is_some_and(|email| !crate::domain::person::is_email(email))
        {
            faults.push(Fault::new("email", "format", "an address such as office@example.org"));
        }
        let within = |degrees: f64, most: f64| (-most..=most).contains(&degrees);
        match (self.lat, self.lon) {
            (None, None) => {}
            (Some(lat), Some(lon)) if within(lat, 90.0) && within(lon, 180.0) => {}
            _ => faults.push(Fault::new(
                "lat",
                "range",
                "lat -90 to 90 and lon -180 to 180, both or none",
            )),
        }
        faults.extend(self.wrong_lines());
        faults.extend(self.wrong_hours());
        faults
    }

    /// Lines that are none, or have no end: everybody may see them.
    fn wrong_lines(&self) -> Vec<Fault> {
        let lines = [("line1", &self.line1), ("line2", &self.line2), ("city", &self.city)];
        let mut faults = Vec::new();
        for (field, text) in lines {
            if text.as_deref().is_some_and(is_no_line) {
                faults.push(Fault::new(field, "length", "at most 200 characters on one line"));
            }
        }
        let phone = self.phone.as_deref().filter(|phone| !phone.is_empty());
        faults.extend(phone.and_then(|phone| check_phone("phone", phone).err()));
        faults
    }

    fn wrong_hours(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let counts = [
            ("operating_hours", self.operating_hours.len(), MOST_HOURS),
            ("holidays", self.holidays.len(), MOST_HOLIDAYS),
        ];
        for (field, _, most) in counts.into_iter().filter(|(_, count, most)| count > most) {
            faults.push(Fault::new(field, "too_many", format!("at most {most}")));
        }
        for (n, hours) in self.operating_hours.iter().enumerate() {
            if !(1..=7).contains(&hours.weekday) {
                let field = format!("operating_hours[{n}].weekday");
                faults.push(Fault::new(field, "range", "1 (Monday) to 7 (Sunday)"));
            }
            if hours.opens >= DAY || hours.closes > DAY {
                faults.push(minutes(format!("operating_hours[{n}]")));
            }
        }
        let mut days = BTreeSet::new();
        for (n, holiday) in self.holidays.iter().enumerate() {
            if holiday.name.as_deref().is_some_and(is_no_line) {
                let field = format!("holidays[{n}].name");
                faults.push(Fault::new(field, "length", "at most 200 characters on one line"));
            }
            if holiday.hours.len() > MOST_HOURS {
                let field = format!("holidays[{n}].hours");
                faults.push(Fault::new(field, "too_many", format!("at most {MOST_HOURS}")));
            }
            if !days.insert(holiday.date) {
                faults.push(Fault::new(
                    format!("holidays[{n}].date"),
                    "repeated",
                    "the day is there already",
                ));
            }
            if holiday
                .hours
                .iter()
                .any(|period| period.opens >= DAY || period.closes > DAY)
            {
                faults.push(minutes(format!("holidays[{n}].hours")));
            }
        }
        if faults.is_empty() && self.overlaps() {
            let message = "no two periods may overlap, also not past midnight";
            faults.push(Fault::new("operating_hours", "overlap", message));
        }
        faults
    }

    /// Whether two periods of the week run into each other.
    fn overlaps(&self) -> bool {
        const WEEK: u32 = 7 * DAY as u32;
        let mut spans = Vec::new();
        for hours in &self.operating_hours {
            let Hours { weekday, opens, closes } = *hours;
            let minutes = Period { opens, closes }.minutes();
            let midnight = (u32::from(weekday) - 1) * u32::from(DAY);
            let (start, end) = (midnight + u32::from(minutes.start), midnight + u32::from(minutes.end));
            spans.push((start, end.min(WEEK)));
            if end > WEEK {
                spans.push((0, end - WEEK));
            }
        }
        spans.sort_unstable();
        spans.windows(2).any(|pair| pair[1].0 < pair[0].1)
    }
}

/// Most periods of a week, or of a holiday.
const MOST_HOURS: usize = 100;
/// Most days that are not like their weekday: some years of them.
const MOST_HOLIDAYS: usize = 500;

fn is_no_line(text: &str) -> bool {
    !text.is_empty() && !is_line(text, 200)
}

fn minutes(field: String) -> Fault {
    Fault::new(
        field,
        "range",
        "minutes after midnight: opens 0 to 1439, closes 0 to 1440",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(hours: &[(u8, u16, u16)]) -> Details {
        let mut details: Details = serde_json::from_value(serde_json::json!({
            "name": " Night clinic ", "time_zone": "America/Chicago", "state": "tx", "postal_code": "77030-1234",
            "holidays": [{"date": "2026-12-25"}, {"date": "2026-12-24", "hours": [{"opens": 540, "closes": 720}]}],
        }))
        .expect("details");
        let one = |&(weekday, opens, closes): &(u8, u16, u16)| Hours { weekday, opens, closes };
        details.operating_hours = hours.iter().map(one).collect();
        details.tidy()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    /// 5.06: hours that run past midnight, and holidays.
    #[test]
    fn feature_5_06_overnight_hours_and_holidays() {
        let open = details(&[(5, 22 * 60, 6 * 60), (4, 8 * 60, 12 * 60), (4, 0, 60)]);
        assert_eq!(open.faults(), []);
        assert_eq!(
            (open.name.as_str(), open.postal_code.as_deref()),
            ("Night clinic", Some("770301234"))
        );
        let opening = open.opening();
        let night = opening.hours_on(day("2026-11-27"));
        assert_eq!((night.len(), night[0].minutes()), (1, 1320..1800));
        let thursday = opening.hours_on(day("2026-11-26"));
        assert_eq!(
            thursday.iter().map(|p| p.opens).collect::<Vec<_>>(),
            [0, 480],
            "in order"
        );
        assert_eq!(opening.hours_on(day("2026-12-25")), [], "Christmas is a Friday");
        assert_eq!(
            opening.hours_on(day("2026-12-24")).len(),
            1,
            "half a day instead of the weekday's hours"
        );
    }

    #[test]
    fn what_cannot_be_is_named() {
        let mut wrong = details(&[(8, 1440, 0)]);
        wrong.time_zone = "Mars/Olympus".to_owned();
        wrong.lat = Some(1.0);
        wrong.email = Some("nobody".to_owned());
        wrong.holidays.push(wrong.holidays[0].clone());
        let fields = wrong.faults().into_iter().map(|fault| fault.field).collect::<Vec<_>>();
        assert_eq!(
            fields,
            [
                "time_zone",
                "email",
                "lat",
                "operating_hours[0].weekday",
                "operating_hours[0]",
                "holidays[2].date"
            ]
        );
        for overlapping in [&[(1, 0, 600), (1, 599, 700)][..], &[(7, 1380, 120), (1, 60, 300)]] {
            assert_eq!(details(overlapping).faults()[0].code, "overlap", "{overlapping:?}");
        }
        assert_eq!(details(&[(7, 1380, 120), (1, 120, 300), (2, 0, 1440)]).faults(), []);
    }
}
