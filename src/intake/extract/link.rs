//! Whom each mention means: what the text says of a cluster becomes one record, which is matched against the directory.

use super::{Detail, Extraction, FieldKind, Mention, Told, Who};
use crate::intake::matching::{
    Options, Outcome, Record, match_record,
    record::{Address, License},
};
use crate::query::{Error, candidates::Directory};
use crate::vocab::place::Place;

/// Longest text of a record's field; what is longer is no name.
const LONGEST: usize = 500;

impl Extraction<'_> {
    /// The answer with whom each mention means, by the same options as a record. `near` is where a provider is taken to be
    /// whose place the text does not tell.
    ///
    /// # Errors
    /// If there is no index, or it cannot be read.
    pub fn linked(
        &self,
        directory: &Directory<'_>,
        options: &Options,
        near: Option<&Place>,
        limit: Option<usize>,
    ) -> Result<Told<Outcome>, Error> {
        let clusters = self
            .mentions
            .iter()
            .map(|mention| mention.cluster + 1)
            .max()
            .unwrap_or(0);
        let mut outcomes: Vec<Option<Outcome>> = vec![None; clusters];
        for mention in &self.mentions {
            if outcomes[mention.cluster].is_none() {
                let record = self.record(mention.cluster, near, limit);
                outcomes[mention.cluster] = Some(match_record(directory, &record, options)?);
            }
        }
        let outcome = |mention: &Mention| outcomes[mention.cluster].clone().expect("each cluster was matched");
        Ok(self.told(directory.lexicon(), directory.position(), outcome))
    }

    /// All that the text says of a cluster, as a record; what is said first goes first.
    pub fn record(&self, cluster: usize, near: Option<&Place>, limit: Option<usize>) -> Record {
        let mut record = Record {
            limit,
            ..Record::default()
        };
        for mention in self.mentions.iter().filter(|mention| mention.cluster == cluster) {
            self.take_name(mention, &mut record);
            take_fields(mention, &mut record);
        }
        if let (None, Some(place)) = (&record.address, near) {
            record.address = Some(Address {
                city: place.city.clone(),
                state: Some(place.state.clone()).filter(|state| !state.is_empty()),
                postal_code: place.postal_code.clone(),
                ..Address::default()
            });
        }
        record
    }

    fn take_name(&self, mention: &Mention, record: &mut Record) {
        match &mention.who {
            Who::Person(person) => {
                let fuller = record.last_name.is_none() || (record.first_name.is_none() && person.first.is_some());
                if fuller {
                    record.first_name = person.first.as_deref().map(bounded);
                    record.middle_name = person.middle.as_deref().map(bounded);
                    record.last_name = Some(bounded(&person.last));
                    record.suffix = person.suffix.as_deref().map(bounded);
                }
                if record.middle_name.is_none() && person.first.is_some() {
                    record.middle_name = person.middle.as_deref().map(bounded);
                }
                if let (None, Some(bytes)) = (&record.credential, &person.credential) {
                    record.credential = Some(bounded(&self.source[bytes.clone()]));
                }
            }
            Who::Organization(organization) if record.organization_name.is_none() => {
                record.organization_name = Some(bounded(&organization.name));
            }
            Who::Organization(_) | Who::Identifier => {}
        }
    }
}

fn take_fields(mention: &Mention, record: &mut Record) {
    let sound = |field: &&super::Field| field.kind == FieldKind::Npi && field.is_sound();
    let npi = mention
        .fields
        .iter()
        .find(sound)
        .or_else(|| mention.field(FieldKind::Npi));
    if record.npi.is_none() {
        record.npi = npi.map(|field| field.value.clone());
    }
    for field in &mention.fields {
        match (field.kind, &field.detail) {
            (FieldKind::Phone, _) if record.phone.is_none() => record.phone = Some(field.value.clone()),
            (FieldKind::Specialty, _) if record.specialty.is_none() => record.specialty = Some(field.value.clone()),
            (FieldKind::Language, _) if record.languages.len() < 8 => record.languages.push(field.value.clone()),
            (FieldKind::License, Detail::State(state)) if record.license.is_none() => {
                record.license = Some(License {
                    number: Some(bounded(&field.value)),
                    state: state.clone(),
                });
            }
            (FieldKind::Address, Detail::Address(address)) if is_fuller(address, record.address.as_ref()) => {
                record.address = Some(Address {
                    line1: address.line1.as_deref().map(bounded),
                    line2: address.line2.as_deref().map(bounded),
                    city: address.city.as_deref().map(bounded),
                    state: address.state.clone(),
                    postal_code: address.postal_code.clone(),
                });
            }
            _ => {}
        }
    }
}

/// A street says more than a city alone.
fn is_fuller(address: &super::Address, known: Option<&Address>) -> bool {
    known.is_none_or(|known| known.line1.is_none() && address.line1.is_some())
}

/// At most so many bytes, cut between characters.
fn bounded(text: &str) -> String {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
