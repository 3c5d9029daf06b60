//! Appointments as iCalendar (RFC 5545): one event each, with an id that stays and a sequence that counts its changes.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use crate::domain::appointment::Appointment;
use crate::vocab::terms::AppointmentStatus;

/// The media type of a calendar.
pub const MEDIA_TYPE: &str = "text/calendar; charset=utf-8";

/// Octets of a line, without its end.
const LINE: usize = 75;

/// The calendar of somebody called `name`. A patient is named by the organisation's own key, never by name.
pub fn write(name: &str, appointments: &[Appointment], now: DateTime<Utc>) -> String {
    let mut out = String::new();
    let mut line = |text: &str| fold(&mut out, text);
    line("BEGIN:VCALENDAR");
    line("VERSION:2.0");
    line("PRODID:-//provider-directory//appointments//EN");
    line("METHOD:PUBLISH");
    line(&format!("X-WR-CALNAME:{}", escaped(name)));
    for one in appointments {
        line("BEGIN:VEVENT");
        line(&format!("UID:{}@provider-directory", one.id));
        line(&format!("SEQUENCE:{}", one.version - 1));
        line(&format!("DTSTAMP:{}", stamp(now)));
        line(&format!("DTSTART:{}", stamp(one.span.starts_at)));
        line(&format!("DTEND:{}", stamp(one.span.ends_at)));
        let what = one.appointment_type.as_deref().unwrap_or("Appointment");
        line(&format!(
            "SUMMARY:{}",
            escaped(&format!("{what}: {}", one.patient_reference))
        ));
        line(&format!("STATUS:{}", status(one)));
        line("END:VEVENT");
    }
    line("END:VCALENDAR");
    out
}

fn status(appointment: &Appointment) -> &'static str {
    match appointment.status {
        AppointmentStatus::Cancelled | AppointmentStatus::NoShow => "CANCELLED",
        _ if appointment.displaced => "TENTATIVE",
        _ => "CONFIRMED",
    }
}

fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => {
                out.push('\\');
                out.push(letter);
            }
            '\n' => out.push_str("\\n"),
            other if other.is_control() => {}
            other => out.push(other),
        }
    }
    out
}

/// Writes a line; one that is too long goes on behind a space.
fn fold(out: &mut String, text: &str) {
    let mut room = LINE;
    for letter in text.chars() {
        if letter.len_utf8() > room {
            let _ = write!(out, "\r\n ");
            room = LINE - 1;
        }
        room -= letter.len_utf8();
        out.push(letter);
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_between_letters_and_signs_are_escaped() {
        assert_eq!(escaped("a,b;c\\d\ne\r"), "a\\,b\\;c\\\\d\\ne");
        let mut out = String::new();
        fold(&mut out, &"é".repeat(60));
        assert!(out.split("\r\n").all(|line| line.len() <= LINE), "{out}");
        assert_eq!(out.replace("\r\n ", "").trim_end(), "é".repeat(60));
    }
}
