//! Real rows of one source as providers, and real rows of another that mean them: `fixtures/matching`.

use std::{error::Error, io::Read, sync::Arc};

use chrono::NaiveDate;
use flate2::read::GzDecoder;
use provider_directory::{
    domain::provider::{Name, Provider, Specialty},
    index::Rebuild,
    intake::{generate, matching::Record},
    vocab::{
        Lexicon, Npi,
        terms::{Gender, ProviderKind},
    },
};
use serde_json::Value;

/// CMS clinicians against NPPES.
const CMS_AGAINST_NPPES: &[u8] = include_bytes!("../../fixtures/matching/cms_against_nppes.ndjson.gz");

/// The number of the invented provider from which on real ones take their ids.
const FROM: u64 = 90_000_000;

/// Rows of both sides.
#[derive(Default)]
pub struct Real {
    /// Those who are in the directory.
    pub listed: Vec<Record>,
    /// Records: of which kind, what they say, and who is meant; nobody: not in the directory.
    pub records: Vec<(String, Record, Option<Npi>)>,
}

impl Real {
    /// The rows of the fixture.
    ///
    /// # Errors
    /// If it is damaged.
    pub fn fixture() -> Result<Self, Box<dyn Error>> {
        let mut text = String::new();
        GzDecoder::new(CMS_AGAINST_NPPES).read_to_string(&mut text)?;
        Self::parse(&text)
    }

    /// Lines of `{"listed": ..}` and `{"record": .., "npi": ..}`.
    ///
    /// # Errors
    /// For lines that are neither.
    pub fn parse(text: &str) -> Result<Self, Box<dyn Error>> {
        let mut real = Self::default();
        for line in text.lines() {
            let line: Value = serde_json::from_str(line)?;
            let record = |value: &Value| Record::parse(value.clone()).map_err(|faults| format!("{faults:?}"));
            if line["listed"].is_object() {
                real.listed.push(record(&line["listed"])?);
            } else {
                let npi = line["npi"].as_str().map(str::parse::<Npi>).transpose()?;
                let kind = match (line["kind"].as_str(), npi) {
                    (Some(kind), _) => kind,
                    (None, Some(_)) => "present",
                    (None, None) => "absent",
                };
                real.records.push((kind.to_owned(), record(&line["record"])?, npi));
            }
        }
        Ok(real)
    }

    /// Puts the listed ones among the providers of a rebuild.
    ///
    /// # Errors
    /// If a row is no provider.
    pub fn add_to(&self, rebuild: &mut Rebuild, lexicon: &Arc<Lexicon>, day: NaiveDate) -> Result<(), Box<dyn Error>> {
        for (number, record) in self.listed.iter().enumerate() {
            let template = generate::provider(FROM + number as u64, 1).to_provider(lexicon);
            rebuild.add(as_provider(record.clone(), template, lexicon)?, day)?;
        }
        Ok(())
    }
}

/// A record as a provider of the directory: what it does not say is not there.
fn as_provider(record: Record, template: Provider, lexicon: &Lexicon) -> Result<Provider, Box<dyn Error>> {
    let address = record.address.unwrap_or_default();
    let mut location = template.locations.first().cloned().ok_or("a place")?;
    let found = lexicon.gazetteer.locate(
        address.postal_code.as_deref(),
        address.city.as_deref(),
        None,
        address.state.as_deref(),
    );
    (location.line1, location.line2, location.city) = (address.line1, address.line2, address.city);
    (location.state, location.postal_code, location.phone) = (address.state, address.postal_code, record.phone);
    (location.point, location.position_quality, location.county) = (found.point, found.quality, found.county);
    let kind = match record.organization_name {
        Some(_) => ProviderKind::Organization,
        None => ProviderKind::Individual,
    };
    let gender = match record.gender.as_deref() {
        Some("F") => Some(Gender::Female),
        Some("M") => Some(Gender::Male),
        _ => None,
    };
    let specialty = record.specialty.map(|code| Specialty {
        code,
        primary: true,
        license_number: None,
        license_state: None,
    });
    Ok(Provider {
        npi: record.npi.as_deref().map(str::parse::<Npi>).transpose()?,
        kind,
        name: Name {
            first: record.first_name,
            middle: record.middle_name,
            last: record.last_name,
            suffix: record.suffix,
            credential: record.credential,
            organization: record.organization_name,
            ..Name::default()
        },
        other_names: Vec::new(),
        gender,
        specialties: specialty.into_iter().collect(),
        languages: Vec::new(),
        phone: location.phone.clone(),
        locations: vec![location],
        identifiers: Vec::new(),
        affiliations: Vec::new(),
        participations: Vec::new(),
        ..template
    })
}
