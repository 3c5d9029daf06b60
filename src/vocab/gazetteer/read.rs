//! Reading `places.csv`, whose rows may refer to earlier ones only.

use std::str::FromStr;

use chrono_tz::Tz;
use rustc_hash::FxHashMap;

use super::{Gazetteer, NONE, Named, Span, State, Zip};
use crate::vocab::lexicon::{Row, TableError};
use crate::vocab::place::Point;

/// The gazetteer in the making, with what is only needed to read `places.csv`: earlier rows by name.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) gazetteer: Gazetteer,
    counties: FxHashMap<(u8, String), u16>,
    cities: FxHashMap<(u8, String), u32>,
}

impl Reading {
    pub(super) fn state(&mut self, row: &Row<'_>) -> Result<(), TableError> {
        let code = row.required(3)?;
        let states = &mut self.gazetteer.states;
        if states.last().is_some_and(|s| s.code.as_str() >= code) || states.len() >= usize::from(u8::MAX) {
            return Err(row.fault(format!("the state `{code}` is out of order")));
        }
        states.push(State {
            code: code.to_owned(),
            key: row.required(1)?.to_owned(),
            name: row.required(2)?.to_owned(),
            point: centroid(row)?,
            zone: zone(row)?,
        });
        Ok(())
    }

    pub(super) fn county(&mut self, row: &Row<'_>) -> Result<(), TableError> {
        let county = self.named(row)?;
        let number = u16::try_from(self.gazetteer.counties.len()).unwrap_or(NONE);
        if number == NONE {
            return Err(row.fault("there are too many counties"));
        }
        self.in_order(row, self.gazetteer.counties.last(), &county)?;
        if let Some(zone) = zone(row)? {
            self.gazetteer.county_zones.insert(number, zone);
        }
        self.counties.insert((county.state, row.text(2).to_owned()), number);
        self.gazetteer.counties.push(county);
        Ok(())
    }

    pub(super) fn city(&mut self, row: &Row<'_>) -> Result<(), TableError> {
        let city = self.named(row)?;
        self.in_order(row, self.gazetteer.cities.last(), &city)?;
        let number = self.gazetteer.cities.len() as u32;
        self.cities.insert((city.state, row.text(2).to_owned()), number);
        self.gazetteer.cities.push(city);
        Ok(())
    }

    pub(super) fn locality(&mut self, row: &Row<'_>) -> Result<(), TableError> {
        let locality = self.named(row)?;
        self.in_order(row, self.gazetteer.localities.last(), &locality)?;
        self.gazetteer.localities.push(locality);
        Ok(())
    }

    pub(super) fn alias(&mut self, row: &Row<'_>) -> Result<(), TableError> {
        let city = self.known_city(row, self.known_state(row)?)?;
        let key = self.keep(row, row.required(1)?)?;
        self.gazetteer.aliases.push((key, city));
        Ok(())
    }

    pub(super) fn zip(&mut self, row: &Row<'_>) -> Result<(), TableError> {
        let code: u32 = row.number(1)?;
        if row.text(1).len() != 5 || self.gazetteer.zips.last().is_some_and(|z| z.code >= code) {
            return Err(row.fault(format!("the ZIP `{}` is malformed or out of order", row.text(1))));
        }
        let state = self.known_state(row)?;
        let zip = Zip {
            code,
            city: self.known_city(row, state)?,
            point: centroid(row)?,
            county: self.known_county(row, state)?,
            state,
        };
        self.gazetteer.zips.push(zip);
        Ok(())
    }

    fn named(&mut self, row: &Row<'_>) -> Result<Named, TableError> {
        let state = self.known_state(row)?;
        Ok(Named {
            key: self.keep(row, row.required(1)?)?,
            name: self.keep(row, row.required(2)?)?,
            population: if row.text(7).is_empty() { 0 } else { row.number(7)? },
            point: centroid(row)?,
            county: self.known_county(row, state)?,
            state,
            postal: row.text(0) != "locality",
        })
    }

    fn in_order(&self, row: &Row<'_>, last: Option<&Named>, next: &Named) -> Result<(), TableError> {
        let place = |n: &Named| (self.gazetteer.text(n.key).to_owned(), n.state);
        match last {
            Some(last) if place(last) >= place(next) => Err(row.fault(format!("`{}` is out of order", row.text(1)))),
            _ => Ok(()),
        }
    }

    fn known_state(&self, row: &Row<'_>) -> Result<u8, TableError> {
        let code = row.required(3)?;
        let states = &self.gazetteer.states;
        let number = states.binary_search_by(|s| s.code.as_str().cmp(code)).ok();
        let number = number.and_then(|n| u8::try_from(n).ok());
        number.ok_or_else(|| row.fault(format!("no earlier row is the state `{code}`")))
    }

    fn known_county(&self, row: &Row<'_>, state: u8) -> Result<u16, TableError> {
        match row.text(4) {
            "" => Ok(NONE),
            name => match self.counties.get(&(state, name.to_owned())) {
                Some(number) => Ok(*number),
                None => Err(row.fault(format!("no earlier row is the county `{name}`"))),
            },
        }
    }

    fn known_city(&self, row: &Row<'_>, state: u8) -> Result<u32, TableError> {
        let name = row.required(2)?;
        let city = self.cities.get(&(state, name.to_owned())).copied();
        city.ok_or_else(|| row.fault(format!("no earlier row is the city `{name}`")))
    }

    fn keep(&mut self, row: &Row<'_>, text: &str) -> Result<Span, TableError> {
        let length = u8::try_from(text.len()).map_err(|_| row.fault("a name has more than 255 bytes"))?;
        let start = self.gazetteer.text.len() as u32;
        self.gazetteer.text.push_str(text);
        Ok(Span { start, length })
    }
}

fn centroid(row: &Row<'_>) -> Result<Point, TableError> {
    let point = Point::from_degrees(row.number(5)?, row.number(6)?);
    point.ok_or_else(|| row.fault("`lat` and `lon` lie outside the globe"))
}

fn zone(row: &Row<'_>) -> Result<Option<&'static str>, TableError> {
    match row.text(8) {
        "" => Ok(None),
        name => match Tz::from_str(name) {
            Ok(zone) => Ok(Some(zone.name())),
            Err(_) => Err(row.fault(format!("`{name}` is no time zone"))),
        },
    }
}
