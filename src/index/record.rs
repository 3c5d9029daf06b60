//! What the index keeps of one provider at one location: all that a result card shows and all that a filter may ask.
//!
//! Records are written once, into the stored documents and from there into each segment's mapped file, and read in place:
//! texts are borrowed from the map, so a page of twenty cards costs microseconds.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::packed::{Hours, Ids, NetworkHere, Networks, Texts};
use crate::domain::provider::{Location, Name, Provider, Specialty};
use crate::vocab::{
    LocationId, Npi, names,
    place::Point,
    terms::{Accepting, Gender, NetworkStatus, PositionQuality, Profession, ProviderKind},
};

/// One provider at one location, or a provider without any usable location.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record<'a> {
    /// The provider's id.
    pub provider: u128,
    /// The provider's version that this was made from.
    pub version: i64,
    /// Year and number of the locator.
    pub locator: (u16, u32),
    /// The NPI, if any.
    pub npi: Option<u64>,
    /// Person or organisation.
    pub kind: ProviderKind,
    /// Category.
    pub category: &'a str,
    /// Name as shown.
    pub name: &'a str,
    /// Name as sorted.
    pub sort_name: &'a str,
    /// Folded words of the current name, joined by spaces.
    pub words: &'a str,
    /// Other names as shown.
    #[serde(borrow)]
    pub other_names: Texts<'a>,
    /// NUCC codes, the primary one first.
    #[serde(borrow)]
    pub specialties: Texts<'a>,
    /// Whether the first of them is marked primary.
    pub has_primary: bool,
    /// States with a licence, for care that needs no place.
    #[serde(borrow)]
    pub licensed_in: Texts<'a>,
    /// Language codes.
    #[serde(borrow)]
    pub languages: Texts<'a>,
    /// Gender, if known.
    pub gender: Option<Gender>,
    /// The provider's own status.
    pub status: NetworkStatus,
    /// Participations that hold here.
    #[serde(borrow)]
    pub networks: Networks<'a>,
    /// Providers it is affiliated to.
    #[serde(borrow)]
    pub affiliations: Ids<'a>,
    /// Last confirmation, in days since the common era.
    pub verified: Option<i32>,
    /// How many locations the provider has in the index.
    pub locations: u16,
    /// The location's number among them, the main one first.
    pub ordinal: u16,
    /// The place; none for a provider without one.
    pub place: Option<PlaceRecord<'a>>,
}

/// The fields of a record that rows are weighed by and that no column tells, read without the others: a tenth of the work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gist<'a> {
    /// As in [`Record::words`].
    pub words: &'a str,
    /// As in [`Record::specialties`].
    pub specialties: Texts<'a>,
}

impl<'a> Gist<'a> {
    /// Reads them in place. `None` for bytes that are no record.
    pub fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        // As the fields of `Record` stand: the provider, its version, the two numbers of its locator,
        let mut fields = Fields(bytes);
        fields.skip_numbers(4)?;
        // the NPI if there is one, the kind,
        let has_npi = fields.byte()? == 1;
        fields.skip_numbers(if has_npi { 2 } else { 1 })?;
        // the category, the name as shown and as sorted, its words, other names.
        fields.skip_texts(3)?;
        let words = fields.text()?;
        fields.skip_texts(1)?;
        let specialties = Texts::unpack(fields.text()?);
        Some(Self { words, specialties })
    }
}

/// The bytes of a record that are still to be read, in the wire format of postcard.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// Passes over numbers of whatever width: seven bits a byte, the last without the eighth.
    fn skip_numbers(&mut self, count: usize) -> Option<()> {
        for _ in 0..count {
            let length = self.0.iter().position(|byte| byte & 0x80 == 0)? + 1;
            self.0 = &self.0[length..];
        }
        Some(())
    }

    fn skip_texts(&mut self, count: usize) -> Option<()> {
        for _ in 0..count {
            self.bytes()?;
        }
        Some(())
    }

    /// Bytes behind their number.
    fn bytes(&mut self) -> Option<&'a [u8]> {
        let (mut length, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            length |= usize::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                break;
            }
            shift += 7;
        }
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }
}

/// The location part of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaceRecord<'a> {
    /// The location's id.
    pub id: u128,
    /// Street.
    pub line1: Option<&'a str>,
    /// Suite.
    pub line2: Option<&'a str>,
    /// City as written.
    pub city: Option<&'a str>,
    /// State.
    pub state: Option<&'a str>,
    /// ZIP, five or nine digits.
    pub postal_code: Option<&'a str>,
    /// County.
    pub county: Option<&'a str>,
    /// The point, if any.
    pub point: Option<Point>,
    /// How the point was found.
    pub quality: PositionQuality,
    /// Phone.
    pub phone: Option<&'a str>,
    /// IANA zone.
    pub time_zone: Option<&'a str>,
    /// Opening hours.
    #[serde(borrow)]
    pub hours: Hours<'a>,
    /// Telehealth from here.
    pub telehealth: bool,
    /// Bit i stands for `Accessibility::ALL[i]`.
    pub accessibility: u8,
}

/// NUCC numbers the codes of a grouping alike: these are "Allopathic & Osteopathic Physicians".
const PHYSICIANS: &str = "20";

impl<'a> Record<'a> {
    /// Whether the provider is of a profession. A practice is listed with its physicians' codes, but is none.
    pub fn is_of(&self, profession: Profession) -> bool {
        match profession {
            Profession::Physician => {
                let mut codes = self.specialties.iter();
                self.kind == ProviderKind::Individual && codes.any(|code| code.starts_with(PHYSICIANS))
            }
        }
    }

    /// The point, if the record has one.
    pub fn point(&self) -> Option<Point> {
        self.place.as_ref().and_then(|place| place.point)
    }

    /// Whether new patients are taken here: in any network that the provider is in; unknown where nobody said.
    pub fn accepting(&self) -> Option<bool> {
        let said = || {
            self.networks
                .iter()
                .filter(|n| n.status == NetworkStatus::Active)
                .filter_map(|n| n.accepting)
        };
        said().next().map(|_| said().any(|code| code == Accepting::New))
    }

    /// The record's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("writing a record into memory cannot fail")
    }

    /// Reads a record in place. `None` for bytes that are none.
    pub fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }
}

/// What the records of a provider borrow from: its texts, folded once, and its lists, packed.
pub struct Shared {
    name: String,
    sort_name: String,
    words: String,
    other_names: String,
    specialties: String,
    licensed_in: String,
    languages: String,
    affiliations: Vec<u8>,
    /// Of each location, or the one list of a provider without any.
    networks: Vec<Vec<u8>>,
    hours: Vec<Vec<u8>>,
}

impl Shared {
    /// Folds and packs. `day` decides which participations hold.
    pub fn of(provider: &Provider, day: NaiveDate) -> Self {
        let mut specialties: Vec<&Specialty> = provider.specialties.iter().collect();
        specialties.sort_by_key(|specialty| !specialty.primary);
        let mut codes: Vec<&str> = Vec::with_capacity(specialties.len());
        for specialty in &specialties {
            if !codes.contains(&specialty.code.as_str()) {
                codes.push(&specialty.code);
            }
        }
        let mut licensed_in: Vec<&str> = specialties.iter().filter_map(|s| s.license_state.as_deref()).collect();
        licensed_in.sort_unstable();
        licensed_in.dedup();
        let locations = provider.locations.iter().map(|location| Some(location.id));
        let places: Vec<Option<LocationId>> = if provider.locations.is_empty() {
            vec![None]
        } else {
            locations.collect()
        };
        let hours = |location: &Location| Hours::pack(location.hours.iter().map(|h| (h.weekday, h.opens, h.closes)));
        Self {
            name: provider.name.display(),
            sort_name: provider.name.sort_key(),
            words: name_words(&provider.name).join(" "),
            other_names: Texts::pack(provider.other_names.iter().map(|other| other.name.display())),
            specialties: Texts::pack(codes),
            licensed_in: Texts::pack(licensed_in),
            languages: Texts::pack(&provider.languages),
            affiliations: Ids::pack(
                provider
                    .affiliations
                    .iter()
                    .map(|affiliation| affiliation.to.0.as_u128()),
            ),
            networks: places
                .into_iter()
                .map(|place| Networks::pack(&networks_at(provider, place, day)))
                .collect(),
            hours: provider.locations.iter().map(hours).collect(),
        }
    }
}

/// The folded words by which a name is found: its parts without title and credential.
pub fn name_words(name: &Name) -> Vec<String> {
    let parts = [&name.first, &name.middle, &name.last, &name.suffix, &name.organization];
    let mut words: Vec<String> = parts
        .into_iter()
        .flatten()
        .flat_map(|part| names::words(part))
        .collect();
    words.extend(
        [&name.last, &name.first]
            .into_iter()
            .flatten()
            .filter_map(|part| joined(part)),
    );
    words
}

/// `smithjones` for `Smith-Jones`, `delacruz` for `De La Cruz`: people write such names in one word, too.
fn joined(part: &str) -> Option<String> {
    let words = names::words(part);
    (words.len() > 1).then(|| words.concat())
}

/// The records of a provider, one for each location, in the order of the locations; a single placeless one where it has none.
pub fn records<'a>(provider: &'a Provider, shared: &'a Shared) -> Vec<Record<'a>> {
    let count = provider.locations.len();
    let base = Record {
        provider: provider.id.0.as_u128(),
        version: provider.version,
        locator: (provider.locator.year, provider.locator.number),
        npi: provider.npi.map(Npi::number),
        kind: provider.kind,
        category: &provider.category,
        name: &shared.name,
        sort_name: &shared.sort_name,
        words: &shared.words,
        other_names: Texts::unpack(&shared.other_names),
        has_primary: provider.specialties.iter().any(|specialty| specialty.primary),
        specialties: Texts::unpack(&shared.specialties),
        licensed_in: Texts::unpack(&shared.licensed_in),
        languages: Texts::unpack(&shared.languages),
        gender: provider.gender,
        status: provider.network_status,
        networks: Networks::unpack(&shared.networks[0]),
        affiliations: Ids::unpack(&shared.affiliations),
        verified: provider.verified_at.map(|day| day.num_days_from_ce()),
        locations: count.max(1).min(usize::from(u16::MAX)) as u16,
        ordinal: 0,
        place: None,
    };
    if count == 0 {
        return vec![base];
    }
    let locations = provider.locations.iter().enumerate();
    locations
        .map(|(ordinal, location)| Record {
            ordinal: ordinal.min(usize::from(u16::MAX)) as u16,
            networks: Networks::unpack(&shared.networks[ordinal]),
            place: Some(PlaceRecord {
                id: location.id.0.as_u128(),
                line1: location.line1.as_deref(),
                line2: location.line2.as_deref(),
                city: location.city.as_deref(),
                state: location.state.as_deref(),
                postal_code: location.postal_code.as_deref(),
                county: location.county.as_deref(),
                point: location.point,
                quality: location.position_quality,
                phone: location.phone.as_deref().or(provider.phone.as_deref()),
                time_zone: location.time_zone.as_deref(),
                hours: Hours::unpack(&shared.hours[ordinal]),
                telehealth: location.telehealth,
                accessibility: location.accessibility.iter().fold(0, |bits, a| bits | 1 << *a as u8),
            }),
            ..base.clone()
        })
        .collect()
}

/// The participations that hold at a location, one for each network and tier: where several do, the best status wins.
fn networks_at(provider: &Provider, location: Option<LocationId>, day: NaiveDate) -> Vec<NetworkHere<'_>> {
    let order = |status| match status {
        NetworkStatus::Active => 0,
        NetworkStatus::Pending => 1,
        NetworkStatus::Inactive => 2,
    };
    let mut here: Vec<NetworkHere<'_>> = Vec::new();
    for participation in &provider.participations {
        if participation.location_id.is_some() && participation.location_id != location {
            continue;
        }
        let found = NetworkHere {
            id: participation.network_id.0.as_u128(),
            status: participation.status_on(day, provider.network_status),
            tier: participation.tier.as_deref(),
            accepting: participation.accepting,
        };
        match here.iter_mut().find(|n| n.id == found.id && n.tier == found.tier) {
            Some(known) if order(found.status) < order(known.status) => *known = found,
            Some(_) => {}
            None => here.push(found),
        }
    }
    here.sort_by_key(|n| (n.id, n.tier));
    here
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_period_of_today_stands_before_those_of_other_days() {
        let period = |effective: &str, termination: Option<&str>, status: &str| {
            json!({"id": "018f0000-0000-7000-8000-000000000002", "network_id": "018f0000-0000-7000-8000-000000000003",
                "location_id": null, "tier": null, "status": status, "effective": effective, "termination": termination,
                "accepting": null})
        };
        let former = period("2025-01-01", Some("2025-06-30"), "ACTIVE");
        let pending = period("2026-10-01", None, "PENDING");
        let active = period("2026-10-01", None, "ACTIVE");
        let day = NaiveDate::from_ymd_opt(2026, 12, 1).expect("a day");
        for (own, periods, expected) in [
            ("ACTIVE", vec![&former, &pending], NetworkStatus::Pending),
            ("ACTIVE", vec![&pending, &former], NetworkStatus::Pending),
            ("ACTIVE", vec![&former, &active], NetworkStatus::Active),
            ("ACTIVE", vec![&pending, &active], NetworkStatus::Active),
            ("ACTIVE", vec![&former], NetworkStatus::Inactive),
            ("PENDING", vec![&former], NetworkStatus::Inactive),
            ("PENDING", vec![&former, &active], NetworkStatus::Pending),
        ] {
            let provider: Provider = serde_json::from_value(json!({
                "id": "018f0000-0000-7000-8000-000000000001", "locator": "PRV-2026-000300", "npi": null,
                "party_id": "018f0000-0000-7000-8000-0000000000aa", "kind": "organization", "category": "clinic",
                "name": {"prefix": null, "first": null, "middle": null, "last": null, "suffix": null, "credential": null,
                    "organization": "Care"},
                "other_names": [], "specialties": [], "languages": [], "gender": null, "network_status": own, "address": null,
                "phone": null, "email": null, "activated_at": null, "version": 1, "owner_organization_id": null,
                "verified_at": null, "locations": [], "identifiers": [], "affiliations": [], "participations": periods,
            }))
            .expect("a provider");
            let here = networks_at(&provider, None, day);
            let status = here.iter().map(|network| network.status).collect::<Vec<_>>();
            assert_eq!(status, [expected], "{own}");
        }
    }

    #[test]
    fn a_gist_is_what_stands_in_its_record() {
        let mut provider = json!({
            "id": "018f0000-0000-7000-8000-000000000001", "locator": "PRV-2026-000300", "npi": "1234567893",
            "party_id": "018f0000-0000-7000-8000-0000000000aa", "kind": "organization", "category": "clinic",
            "name": {"prefix": null, "first": null, "middle": null, "last": null, "suffix": null, "credential": null,
                "organization": "Señora Care, LLC"},
            "other_names": [], "specialties": [], "languages": ["es"], "gender": null, "network_status": "ACTIVE", "address": null,
            "phone": null, "email": null, "activated_at": null, "version": 300, "owner_organization_id": null, "verified_at": null,
            "locations": [], "identifiers": [], "affiliations": [], "participations": [],
        });
        let day = NaiveDate::from_ymd_opt(2026, 1, 2).expect("a day");
        let long = "Los Ángeles del Valle ".repeat(20);
        let names = ["Señora Care, LLC", "X", long.as_str()];
        for (npi, name) in [json!("1234567893"), json!(null)]
            .into_iter()
            .zip(names)
            .chain([(json!(null), names[2])])
        {
            provider["npi"] = npi;
            provider["name"]["organization"] = json!(name);
            let provider: Provider = serde_json::from_value(provider.clone()).expect("a provider");
            let shared = Shared {
                specialties: Texts::pack(["261QU0200X", "207Q00000X"]),
                other_names: Texts::pack([&long, "Other"]),
                ..Shared::of(&provider, day)
            };
            let bytes = records(&provider, &shared)[0].to_bytes();
            let (record, gist) = (Record::from_bytes(&bytes), Gist::from_bytes(&bytes));
            let (record, gist) = record.zip(gist).expect("both are read");
            assert_eq!((gist.words, gist.specialties), (record.words, record.specialties));
            assert_eq!(gist.specialties.iter().count(), 2);
            // Whatever is cut off is no record, and no reason to end.
            for end in 0..bytes.len() {
                let _ = Gist::from_bytes(&bytes[..end]);
            }
            assert_eq!(Gist::from_bytes(&bytes[..bytes.len().min(20)]), None);
        }
    }
}
