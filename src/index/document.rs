//! A provider becomes documents: one for itself, in rank order, and one for each of its locations, in map order.

use chrono::NaiveDate;
use tantivy::{TantivyDocument, Term, schema::Field};

use super::{
    hilbert,
    keys::keys,
    packed::Texts,
    record::{Record, Shared, name_words, records},
    schema::Fields,
};
use crate::domain::provider::Provider;
use crate::vocab::{ProviderId, names, terms::NetworkStatus};

/// First byte of what is stored with a provider document.
const PROVIDER: u8 = b'P';
/// First byte of what is stored with a location document.
const LOCATION: u8 = b'L';

/// What a stored document holds.
pub enum Stored<'a> {
    /// A provider: its id and rank.
    Provider {
        /// Its id.
        id: u128,
        /// Its rank, smaller is better.
        rank: u64,
        /// Which writing of the provider this is.
        stamp: u64,
    },
    /// A provider at a location.
    Location {
        /// Which writing of the provider it belongs to.
        stamp: u64,
        /// The bytes of its record.
        record: &'a [u8],
    },
}

impl<'a> Stored<'a> {
    /// Reads stored bytes.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        match bytes.split_first()? {
            (&PROVIDER, rest) => Some(Self::Provider {
                id: u128::from_be_bytes(rest.get(..16)?.try_into().ok()?),
                rank: u64::from_be_bytes(rest.get(16..24)?.try_into().ok()?),
                stamp: u64::from_be_bytes(rest.get(24..32)?.try_into().ok()?),
            }),
            (&LOCATION, rest) => {
                let (stamp, record) = rest.split_first_chunk::<8>()?;
                Some(Self::Location {
                    stamp: u64::from_be_bytes(*stamp),
                    record,
                })
            }
            _ => None,
        }
    }
}

/// The static rank: ACTIVE before PENDING before INACTIVE, those who take new patients first, then the older record.
///
/// Smaller is better. Below 2^63, so that provider documents sort before all location documents.
pub fn rank(records: &[Record<'_>]) -> u64 {
    let Some(first) = records.first() else {
        return u64::MAX >> 1;
    };
    let status = match first.status {
        NetworkStatus::Active => 0,
        NetworkStatus::Pending => 1,
        NetworkStatus::Inactive => 2,
    };
    let closed = u64::from(!records.iter().any(|record| record.accepting() == Some(true)));
    status << 61 | closed << 60 | (first.provider >> 68) as u64
}

/// Location documents come behind all provider documents; those without a point last.
const LOCATIONS: u64 = 1 << 63;
const NOWHERE: u64 = 1 << 62;

/// The term by which all documents of a provider are deleted.
pub fn provider_term(fields: &Fields, id: ProviderId) -> Term {
    Term::from_field_bytes(fields.provider, id.0.as_bytes())
}

/// Every spelling by which a name can be typed: the words of the current name and of all other names.
pub struct Spellings {
    /// Words of the current name.
    pub current: Vec<String>,
    /// Words of the current and of all other names; empty if there are no others.
    pub any: Vec<String>,
}

impl Spellings {
    /// Of a provider. Sorted, each word once.
    pub fn of(provider: &Provider) -> Self {
        let mut current = name_words(&provider.name);
        let mut any = Vec::new();
        if !provider.other_names.is_empty() {
            any.clone_from(&current);
            any.extend(provider.other_names.iter().flat_map(|other| name_words(&other.name)));
        }
        for words in [&mut current, &mut any] {
            words.sort_unstable();
            words.dedup();
        }
        Self { current, any }
    }

    /// The words of all names.
    pub fn all(&self) -> &[String] {
        if self.any.is_empty() { &self.current } else { &self.any }
    }

    /// The first characters, up to `longest`, of every word.
    pub fn edges(&self, longest: usize) -> Vec<&str> {
        let words = self.all();
        // Folded words are ASCII, so every byte is a character.
        let mut edges: Vec<&str> = words
            .iter()
            .flat_map(|w| (1..=w.len().min(longest)).map(move |n| &w[..n]))
            .collect();
        edges.sort_unstable();
        edges.dedup();
        edges
    }
}

/// The documents of a provider: itself first, then its locations.
///
/// `stamp` is theirs alone: an older writing of the same provider, already deleted, may still lie in the same segment, and
/// its locations must not be taken for this one's.
pub fn documents(provider: &Provider, fields: &Fields, day: NaiveDate, stamp: u64) -> Vec<TantivyDocument> {
    let shared = Shared::of(provider, day);
    let records = records(provider, &shared);
    let spellings = Spellings::of(provider);
    let mut documents = Vec::with_capacity(records.len() + 1);
    documents.push(provider_document(provider, rank(&records), stamp, &spellings, fields));
    documents.extend(
        records
            .iter()
            .map(|record| location_document(provider, record, stamp, &spellings, fields)),
    );
    documents
}

fn provider_document(
    provider: &Provider,
    rank: u64,
    stamp: u64,
    spellings: &Spellings,
    fields: &Fields,
) -> TantivyDocument {
    let mut document = TantivyDocument::default();
    let mut stored = vec![PROVIDER];
    stored.extend_from_slice(provider.id.0.as_bytes());
    stored.extend_from_slice(&rank.to_be_bytes());
    stored.extend_from_slice(&stamp.to_be_bytes());
    document.add_bytes(fields.stored, &stored);
    document.add_bytes(fields.provider, provider.id.0.as_bytes());
    document.add_u64(fields.order, rank);
    if let Some(npi) = provider.npi {
        document.add_u64(fields.npi, npi.number());
    }
    document.add_u64(fields.locator, locator_number(provider.locator));
    add_all(&mut document, fields.name, &spellings.current);
    add_all(&mut document, fields.any_name, &spellings.any);
    for edge in spellings.edges(fields.edge_length) {
        document.add_text(fields.edge, edge);
    }
    add_all(&mut document, fields.key, &keys(provider));
    document
}

/// A locator as a number.
pub fn locator_number(locator: crate::vocab::Locator) -> u64 {
    u64::from(locator.year) << 32 | u64::from(locator.number)
}

fn location_document(
    provider: &Provider,
    record: &Record<'_>,
    stamp: u64,
    spellings: &Spellings,
    fields: &Fields,
) -> TantivyDocument {
    let mut document = TantivyDocument::default();
    let mut stored = vec![LOCATION];
    stored.extend_from_slice(&stamp.to_be_bytes());
    stored.extend_from_slice(&record.to_bytes());
    document.add_bytes(fields.stored, &stored);
    document.add_bytes(fields.provider, provider.id.0.as_bytes());
    document.add_u64(fields.order, LOCATIONS | record.point().map_or(NOWHERE, hilbert::key));
    add_all(&mut document, fields.place_name, &spellings.current);
    add_all(&mut document, fields.place_any_name, &spellings.any);
    for (field, terms) in keywords(record, fields) {
        add_all(&mut document, field, &terms);
    }
    document
}

fn add_all(document: &mut TantivyDocument, field: Field, terms: &[String]) {
    for term in terms {
        document.add_text(field, term);
    }
}

/// The keywords of a record, by field.
fn keywords(record: &Record<'_>, fields: &Fields) -> Vec<(Field, Vec<String>)> {
    let owned = |texts: Texts<'_>| texts.iter().map(str::to_owned).collect::<Vec<_>>();
    let mut networks: Vec<String> = record.networks.iter().map(|n| id_keyword(n.id)).collect();
    networks.dedup();
    let mut keywords = vec![
        (fields.specialty, owned(record.specialties)),
        (fields.language, owned(record.languages)),
        (fields.network, networks),
        (fields.category, vec![record.category.to_owned()]),
        (fields.affiliation, record.affiliations.iter().map(id_keyword).collect()),
    ];
    if let Some(place) = &record.place {
        let folded = |text: Option<&str>| {
            text.map(names::fold)
                .filter(|t| !t.is_empty())
                .into_iter()
                .collect::<Vec<_>>()
        };
        keywords.push((fields.city, folded(place.city)));
        keywords.push((fields.county, folded(place.county)));
        keywords.push((fields.state, states(record)));
        keywords.push((
            fields.postal_code,
            zip5(place.postal_code).map(str::to_owned).into_iter().collect(),
        ));
    }
    keywords
}

/// The states in which a record is found, folded: where it is, and for care without a place where it may be given.
pub fn states(record: &Record<'_>) -> Vec<String> {
    let Some(place) = &record.place else { return Vec::new() };
    let own = place.state.map(names::fold).filter(|state| !state.is_empty());
    let mut states: Vec<String> = own.into_iter().collect();
    if place.telehealth && place.point.is_none() {
        states.extend(record.licensed_in.iter().map(names::fold));
        states.sort_unstable();
        states.dedup();
    }
    states
}

/// An id as a keyword.
pub fn id_keyword(id: u128) -> String {
    format!("{id:032x}")
}

/// The first five digits of a ZIP.
pub fn zip5(postal_code: Option<&str>) -> Option<&str> {
    postal_code.and_then(|code| code.get(..5))
}
