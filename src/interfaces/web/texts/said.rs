//! Texts with values in them: how many, which, how far.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike, Utc, Weekday};

use super::Lang;
use crate::vocab::lexicon::Alarm;

impl Lang {
    /// What the map shows, for who does not see it.
    pub fn map_of(self, results: usize, place: Option<&str>) -> String {
        match (self, results, place) {
            (Self::En, 1, Some(place)) => format!("Map of 1 result around {place}"),
            (Self::En, n, Some(place)) => format!("Map of {n} results around {place}"),
            (Self::En, n, None) => format!("Map of {n} results"),
            (Self::Es, 1, Some(place)) => format!("Mapa de 1 resultado alrededor de {place}"),
            (Self::Es, n, Some(place)) => format!("Mapa de {n} resultados alrededor de {place}"),
            (Self::Es, n, None) => format!("Mapa de {n} resultados"),
        }
    }

    /// How many of the results are not on the map.
    pub fn map_without(self, results: usize) -> String {
        match (self, results) {
            (Self::En, 1) => "Where 1 of them is, is not known.".to_owned(),
            (Self::En, n) => format!("Where {n} of them are, is not known."),
            (Self::Es, 1) => "No se sabe dónde está 1 de ellos.".to_owned(),
            (Self::Es, n) => format!("No se sabe dónde están {n} de ellos."),
        }
    }

    /// A distance on the map.
    pub fn miles_short(self, miles: f64) -> String {
        match self {
            Self::En | Self::Es => format!("{miles} mi"),
        }
    }

    /// A choice of distance.
    pub fn within(self, miles: &str) -> String {
        match self {
            Self::En if miles == "1" => "within 1 mile".to_owned(),
            Self::En => format!("within {miles} miles"),
            Self::Es if miles == "1" => "a menos de 1 milla".to_owned(),
            Self::Es => format!("a menos de {miles} millas"),
        }
    }

    /// Several values are chosen where one is shown.
    pub fn chosen(self, values: usize) -> String {
        match self {
            Self::En => format!("{values} chosen"),
            Self::Es => format!("{values} elegidos"),
        }
    }

    /// How many were found; `exact`: no more than that.
    pub fn found(self, providers: u64, exact: bool) -> String {
        let number = thousands(providers);
        match (self, providers, exact) {
            (_, 0, _) => self.nobody_found().to_owned(),
            (Self::En, 1, true) => "1 provider".to_owned(),
            (Self::En, _, true) => format!("{number} providers"),
            (Self::En, _, false) => format!("More than {number} providers"),
            (Self::Es, 1, true) => "1 proveedor".to_owned(),
            (Self::Es, _, true) => format!("{number} proveedores"),
            (Self::Es, _, false) => format!("Más de {number} proveedores"),
        }
    }

    /// The title of a search.
    pub fn titled(self, q: &str, near: &str) -> String {
        match (self, q, near) {
            (_, "", "") => self.site().to_owned(),
            (Self::En, "", near) => format!("Providers near {near}"),
            (Self::Es, "", near) => format!("Proveedores cerca de {near}"),
            (_, q, "") => q.to_owned(),
            (_, q, near) => self.near(q, near),
        }
    }

    /// Something near a place.
    pub fn near(self, what: &str, place: &str) -> String {
        match self {
            Self::En => format!("{what} near {place}"),
            Self::Es => format!("{what} cerca de {place}"),
        }
    }

    /// How far the search looked, where it found few or nobody.
    pub fn widened(self, miles: &str, nobody: bool) -> String {
        match (self, nobody) {
            (Self::En, true) => format!("Nobody was found, up to {miles} miles away."),
            (Self::En, false) => format!("Too few were found nearby, so this looks up to {miles} miles away."),
            (Self::Es, true) => format!("No se encontró a nadie, hasta a {miles} millas."),
            (Self::Es, false) => format!("Cerca se encontraron muy pocos, así que se busca hasta a {miles} millas."),
        }
    }

    /// Words of the box that do not hold, because what is chosen beside it does.
    pub fn overruled(self, words: &[&str]) -> String {
        let quoted = words
            .iter()
            .map(|word| self.quoted(word))
            .collect::<Vec<_>>()
            .join(", ");
        match self {
            Self::En => format!("{quoted} in the box is left out: what is chosen in the filters goes before it."),
            Self::Es => format!("Se deja fuera {quoted}: vale lo que se eligió en los filtros."),
        }
    }

    /// Somebody's own words.
    pub fn quoted(self, words: &str) -> String {
        match self {
            Self::En => format!("\u{201c}{words}\u{201d}"),
            Self::Es => format!("\u{ab}{words}\u{bb}"),
        }
    }

    /// So many specialties more; `also`: one of them is named before.
    pub fn and_more(self, others: usize) -> String {
        match self {
            Self::En => format!("and {others} more"),
            Self::Es => format!("y {others} más"),
        }
    }

    /// So many places more.
    pub fn other_places(self, others: u64) -> String {
        match (self, others) {
            (Self::En, 1) => "and 1 other place".to_owned(),
            (Self::En, n) => format!("and {n} other places"),
            (Self::Es, 1) => "y 1 lugar más".to_owned(),
            (Self::Es, n) => format!("y {n} lugares más"),
        }
    }

    /// A link that calls, as it is read out.
    pub fn call(self, whom: &str, number: &str) -> String {
        match self {
            Self::En => format!("Call {whom}, {number}"),
            Self::Es => format!("Llamar a {whom}, {number}"),
        }
    }

    /// What was understood, each in few words.
    pub fn chip(self, chip: &Understood<'_>) -> String {
        use Understood::{Before, In, Language, Name, Near, Network, Npi, OpenOn, Phone, Plan};
        match (self, chip) {
            (Self::En, Name(name)) => format!("named {name}"),
            (Self::Es, Name(name)) => format!("con el nombre {name}"),
            (Self::En, Language(names)) => format!("speaks {names}"),
            (Self::Es, Language(names)) => format!("habla {names}"),
            (Self::En, Near(place)) => format!("near {place}"),
            (Self::Es, Near(place)) => format!("cerca de {place}"),
            (Self::En, In(states)) => format!("in {states}"),
            (Self::Es, In(states)) => format!("en {states}"),
            (Self::En, Network(names)) => format!("in the network {names}"),
            (Self::Es, Network(names)) => format!("en la red {names}"),
            (Self::En, Plan(names)) => format!("in the plan {names}"),
            (Self::Es, Plan(names)) => format!("en el plan {names}"),
            (_, Npi(number)) => format!("NPI {number}"),
            (Self::En, Phone(number)) => format!("telephone {number}"),
            (Self::Es, Phone(number)) => format!("teléfono {number}"),
            (Self::En, OpenOn(at)) => format!("open on {at}"),
            (Self::Es, OpenOn(at)) => format!("abierto el {at}"),
            (Self::En, Before(day)) => format!("free before {day}"),
            (Self::Es, Before(day)) => format!("libre antes del {day}"),
        }
    }

    /// A day: `30 November 2026`.
    pub fn day(self, day: NaiveDate) -> String {
        match self {
            Self::En => day.format("%-d %B %Y").to_string(),
            Self::Es => format!("{} de {} de {}", day.day(), name_of(&MONTHS, day.month0()), day.year()),
        }
    }

    /// Of what day a printed page is.
    pub fn as_of(self, day: NaiveDate) -> String {
        let day = self.day(day);
        match self {
            Self::En => format!("As of {day}:"),
            Self::Es => format!("Al {day}:"),
        }
    }

    /// A moment, to the minute: `30 November 2026, 11:02 UTC`.
    pub fn moment(self, at: DateTime<Utc>) -> String {
        format!("{}, {}", self.day(at.date_naive()), at.format("%H:%M UTC"))
    }

    /// A day with its weekday, without the year, and an hour: `Monday 30 November, 9:00 am`.
    pub fn day_and_hour(self, at: NaiveDateTime) -> String {
        let minutes = at.hour() * 60 + at.minute();
        let hour = self.clock(u16::try_from(minutes).unwrap_or_default());
        match self {
            Self::En => format!("{}, {hour}", at.format("%A %-d %B")),
            Self::Es => format!(
                "{} {} de {}, {hour}",
                self.weekday(at.weekday()),
                at.day(),
                name_of(&MONTHS, at.month0())
            ),
        }
    }

    /// A day of the week.
    pub fn weekday(self, day: Weekday) -> &'static str {
        let days = match self {
            Self::En => [
                "Monday",
                "Tuesday",
                "Wednesday",
                "Thursday",
                "Friday",
                "Saturday",
                "Sunday",
            ],
            Self::Es => ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
        };
        name_of(&days, day.num_days_from_monday())
    }

    /// `5:30 pm` for 1050 minutes after midnight.
    pub fn clock(self, minutes: u16) -> String {
        let (hour, minute) = (minutes / 60 % 24, minutes % 60);
        let half = match (self, hour < 12) {
            (Self::En, true) => "am",
            (Self::En, false) => "pm",
            (Self::Es, true) => "a.\u{a0}m.",
            (Self::Es, false) => "p.\u{a0}m.",
        };
        format!(
            "{}:{minute:02}\u{a0}{half}",
            if hour % 12 == 0 { 12 } else { hour % 12 }
        )
    }

    /// Whom to call at once: what the engine says of an alarm.
    pub fn alarm(self, alarm: Alarm) -> &'static str {
        match (self, alarm) {
            (Self::En, alarm) => alarm.told(),
            (Self::Es, Alarm::Crisis) => {
                "en una crisis llame o envíe un mensaje de texto al 988 (línea de prevención del suicidio y crisis, en español oprima 2) a cualquier hora; si hay peligro de muerte llame al 911"
            }
            (Self::Es, Alarm::Emergency) => "en una emergencia llame al 911",
            (Self::Es, Alarm::Poison) => {
                "si alguien tragó algo que puede hacer daño llame a Poison Help, 1-800-222-1222, a cualquier hora; si hay peligro de muerte llame al 911"
            }
            (Self::Es, Alarm::Violence) => {
                "en peligro llame al 911; la Línea Nacional contra la Violencia Doméstica, 1-800-799-7233, y la Línea Nacional de Agresión Sexual, 1-800-656-4673, atienden a cualquier hora"
            }
            (Self::Es, Alarm::Abuse) => {
                "si un niño está en peligro llame al 911; la línea nacional Childhelp contra el maltrato infantil, 1-800-422-4453, atiende a cualquier hora"
            }
        }
    }

    /// The other way to sign in.
    pub fn sign_in_with(self, name: &str) -> String {
        match self {
            Self::En => format!("Sign in with {name}"),
            Self::Es => format!("Iniciar sesión con {name}"),
        }
    }

    /// As whom somebody is signed in.
    pub fn signed_in_as(self, called: &str) -> String {
        match self {
            Self::En => format!("As {called}."),
            Self::Es => format!("Como {called}."),
        }
    }
}

/// A piece of what was understood, with what it names.
#[derive(Clone, Copy, Debug)]
pub enum Understood<'a> {
    /// A name.
    Name(&'a str),
    /// Languages.
    Language(&'a str),
    /// A place.
    Near(&'a str),
    /// States.
    In(&'a str),
    /// Networks.
    Network(&'a str),
    /// Plans.
    Plan(&'a str),
    /// A National Provider Identifier.
    Npi(&'a str),
    /// A telephone number.
    Phone(&'a str),
    /// A day and hour.
    OpenOn(&'a str),
    /// A day.
    Before(&'a str),
}

const MONTHS: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

fn name_of(names: &[&'static str], number: u32) -> &'static str {
    names.get(number as usize).copied().unwrap_or_default()
}

/// `12,345`, as people in the United States write it in both languages.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one_in_both_languages() {
        assert_eq!(
            Lang::En.map_of(1, Some("Houston, TX")),
            "Map of 1 result around Houston, TX"
        );
        assert_eq!(Lang::Es.map_of(2, None), "Mapa de 2 resultados");
        assert_eq!(Lang::Es.map_without(1), "No se sabe dónde está 1 de ellos.");
        assert_eq!(Lang::En.miles_short(0.25), "0.25 mi");
    }

    #[test]
    fn numbers_days_and_hours_read_right_in_both() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(thousands),
            ["0", "999", "1,000", "1,234,567"]
        );
        let found = |lang: Lang| [0, 1, 2500].map(|n| lang.found(n, true));
        assert_eq!(found(Lang::En), ["No providers found", "1 provider", "2,500 providers"]);
        assert_eq!(
            found(Lang::Es),
            ["No se encontraron proveedores", "1 proveedor", "2,500 proveedores"]
        );
        let day = NaiveDate::from_ymd_opt(2026, 11, 30).expect("a day");
        assert_eq!(
            (Lang::En.day(day), Lang::Es.day(day)),
            ("30 November 2026".to_owned(), "30 de noviembre de 2026".to_owned())
        );
        let at = day.and_hms_opt(14, 5, 0).expect("an hour");
        assert_eq!(Lang::En.day_and_hour(at), "Monday 30 November, 2:05\u{a0}pm");
        assert_eq!(Lang::Es.day_and_hour(at), "lunes 30 de noviembre, 2:05\u{a0}p.\u{a0}m.");
        assert_eq!(
            [0, 570, 720, 1050, 1440].map(|minutes| Lang::En.clock(minutes).replace('\u{a0}', " ")),
            ["12:00 am", "9:30 am", "12:00 pm", "5:30 pm", "12:00 am"]
        );
        assert_eq!(
            (Lang::En.within("1"), Lang::Es.within("5")),
            ("within 1 mile".to_owned(), "a menos de 5 millas".to_owned())
        );
    }
}
