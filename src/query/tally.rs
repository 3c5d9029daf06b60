//! Counts the values of facets over all matches in one walk: by bits and columns of the segments, and by the records only
//! where these do not tell.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    Error,
    facets::of_record,
    filter::Conditions,
    plan::{Plan, Way},
    request::{Facet, Group},
};
use crate::index::{
    everything::add_bits,
    layout::ColumnSpan,
    living::Living,
    plugin::{OWN_ACCEPTING_BITS, OWN_BITS},
    record::Record,
    segment::{Column, Segment},
    tree::{Entry, Masks, flag},
};
use crate::vocab::terms::{Gender, NetworkStatus, ProviderKind};

/// How often each value was met, by value.
pub type Counts = FxHashMap<String, u64>;

/// Counts facets that share their conditions, which are the plan's. Each comes with what is asked beside it.
pub fn values(plan: &Plan<'_>, facets: &[(Facet, Conditions)]) -> Result<Vec<Counts>, Error> {
    let mut counts = vec![Counts::default(); facets.len()];
    for way in plan.ways() {
        let segment = &way.living.segment;
        let tallies = facets
            .iter()
            .map(|(facet, asked)| Tally::new(plan, segment, *facet, asked));
        let mut tallies: Vec<Tally<'_>> = tallies.collect();
        let whole = is_everything(plan, &way);
        let mut left: Vec<&mut Tally<'_>> = tallies
            .iter_mut()
            .filter_map(|tally| (!whole || !tally.take_everything(plan, way.living)).then_some(tally))
            .collect();
        if !left.is_empty() {
            walk(plan, &way, &mut left)?;
        }
        for (tally, counts) in tallies.into_iter().zip(&mut counts) {
            tally.finish(plan, counts);
        }
    }
    let mut seen: FxHashSet<(usize, u128, String)> = FxHashSet::default();
    plan.for_each_overlay_match(|record| {
        for (number, ((facet, asked), counts)) in facets.iter().zip(&mut counts).enumerate() {
            for value in of_record(plan, asked, *facet, record) {
                if seen.insert((number, row_of(plan, record), value.clone())) {
                    *counts.entry(value).or_default() += 1;
                }
            }
        }
    });
    Ok(counts)
}

/// Whether every living provider of a segment matches.
fn is_everything(plan: &Plan<'_>, way: &Way<'_>) -> bool {
    let asks_more = plan.has_words() || plan.needs_point() || !plan.conditions.specialty.is_empty();
    way.is_free() && !asks_more && plan.group == Group::Provider
}

/// What is counted once: the provider or the location.
fn row_of(plan: &Plan<'_>, record: &Record<'_>) -> u128 {
    match plan.group {
        Group::Provider => record.provider,
        Group::Location => record.place.as_ref().map_or(record.provider, |place| place.id),
    }
}

/// Meets every match of a segment. Rows that may come again are put together first.
fn walk<'s>(plan: &Plan<'s>, way: &Way<'s>, tallies: &mut [&mut Tally<'_>]) -> Result<(), Error> {
    let mut again: Vec<(u32, &'s Entry)> = Vec::new();
    plan.for_each_match(way, |entry, _| {
        if plan.may_recur(way, entry) {
            let number = match plan.group {
                Group::Provider => entry.provider,
                Group::Location => entry.location,
            };
            again.push((number, entry));
        } else {
            for tally in tallies.iter_mut() {
                tally.add(plan, entry.masks, &[(0, entry)]);
            }
        }
    })?;
    again.sort_unstable_by_key(|(number, entry)| (*number, entry.location));
    again.dedup_by_key(|(_, entry)| entry.location);
    for row in again.chunk_by(|a, b| a.0 == b.0) {
        let masks = row.iter().fold(Masks::default(), |all, (_, entry)| all.or(entry.masks));
        for tally in tallies.iter_mut() {
            tally.add(plan, masks, row);
        }
    }
    Ok(())
}

/// Where the values of a row are read.
enum Reading<'a> {
    /// Flags, each with its value.
    Flags(Vec<(u32, String)>),
    /// The specialties of the provider.
    Specialties,
    /// The bits of languages.
    Languages,
    /// The bits of networks.
    Networks,
    /// The bits of networks in which new patients are accepted.
    Accepting,
    /// The networks of plans as bits, with the plan.
    Plans(Vec<(u64, String)>),
    /// A text of the location.
    Column(Column<'a>),
    /// The records themselves.
    Records,
}

/// The counts of one facet in one segment.
struct Tally<'a> {
    facet: Facet,
    asked: &'a Conditions,
    segment: &'a Segment,
    reading: Reading<'a>,
    /// By number; what a number means depends on the reading.
    numbers: Vec<u64>,
    /// Values that were read from records.
    texts: Counts,
    /// Numbers of one row, each once.
    here: Vec<u32>,
}

impl<'a> Tally<'a> {
    fn new(plan: &Plan<'_>, segment: &'a Segment, facet: Facet, asked: &'a Conditions) -> Self {
        let contents = segment.contents();
        let reading = reading(plan, segment, facet, asked);
        let values = match &reading {
            Reading::Flags(flags) => flags.len(),
            Reading::Specialties => contents.specialties.len(),
            Reading::Languages | Reading::Networks | Reading::Accepting => OWN_BITS,
            Reading::Plans(plans) => plans.len(),
            Reading::Column(_) => column(segment, facet).map_or(0, |column| column.values.len()),
            Reading::Records => 0,
        };
        Self {
            facet,
            asked,
            segment,
            reading,
            numbers: vec![0; values],
            texts: Counts::default(),
            here: Vec::new(),
        }
    }

    /// Counts the values of a row: of a provider at all its locations that match, or at one of them.
    fn add(&mut self, plan: &Plan<'_>, masks: Masks, row: &[(u32, &Entry)]) {
        match &self.reading {
            Reading::Flags(flags) => {
                for ((bits, _), count) in flags.iter().zip(&mut self.numbers) {
                    *count += u64::from(masks.flags & bits != 0);
                }
            }
            Reading::Specialties => {
                for number in self.segment.specialties_of(row[0].1.provider) {
                    self.numbers[*number as usize] += 1;
                }
            }
            Reading::Languages if masks.languages >> OWN_BITS == 0 => add_bits(masks.languages, &mut self.numbers),
            Reading::Networks if masks.networks >> OWN_BITS == 0 => add_bits(masks.networks, &mut self.numbers),
            Reading::Accepting if masks.accepting >> OWN_ACCEPTING_BITS == 0 => {
                add_bits(u64::from(masks.accepting), &mut self.numbers);
            }
            Reading::Plans(plans) if masks.networks >> OWN_BITS == 0 => {
                for ((bits, _), count) in plans.iter().zip(&mut self.numbers) {
                    *count += u64::from(masks.networks & bits != 0);
                }
            }
            Reading::Column(numbers)
                if !(self.facet == Facet::State && row.iter().any(|(_, entry)| entry.is_afar())) =>
            {
                self.here.clear();
                self.here
                    .extend(row.iter().filter_map(|(_, entry)| numbers.get(entry.location)));
                if row.len() > 1 {
                    self.here.sort_unstable();
                    self.here.dedup();
                }
                for number in &self.here {
                    self.numbers[*number as usize] += 1;
                }
            }
            _ => self.read(plan, row),
        }
    }

    /// Counts all living providers, if their segment knows how many have which value. Whether it does.
    fn take_everything(&mut self, plan: &Plan<'_>, living: &Living) -> bool {
        let contents = self.segment.contents();
        let all = &contents.everything;
        let counted: Vec<u64> = match (&self.reading, self.facet) {
            (Reading::Flags(flags), _) => {
                let of_bit = |(bit, _): &(u32, String)| all.flags[bit.trailing_zeros() as usize];
                flags.iter().map(of_bit).collect()
            }
            (Reading::Specialties, _) => {
                let members = |code: &str| self.segment.providers_of(code).len() as u64;
                contents.specialties.iter().map(|s| members(&s.code)).collect()
            }
            (Reading::Languages, _) if all.languages[OWN_BITS] == 0 => all.languages.clone(),
            (Reading::Networks, _) if all.networks[OWN_BITS] == 0 => all.networks.clone(),
            (Reading::Accepting, _) if all.accepting[OWN_ACCEPTING_BITS] == 0 => all.accepting.clone(),
            (Reading::Column(_), Facet::City) => all.cities.clone(),
            (Reading::Column(_), Facet::State) if !all.has_afar => all.states.clone(),
            (Reading::Column(_), Facet::Category) => all.categories.clone(),
            _ => return false,
        };
        // Those that are dead are counted first, and then taken away.
        let mut row: Vec<(u32, &Entry)> = Vec::new();
        for provider in living.dead.providers() {
            row.clear();
            let locations = self.segment.locations_of(provider).iter();
            row.extend(locations.map(|location| (provider, self.segment.entry(*location))));
            let masks = row.iter().fold(Masks::default(), |all, (_, entry)| all.or(entry.masks));
            self.add(plan, masks, &row);
        }
        for (number, counted) in self.numbers.iter_mut().zip(counted) {
            *number = counted - *number;
        }
        true
    }

    fn read(&mut self, plan: &Plan<'_>, row: &[(u32, &Entry)]) {
        let of_entry = |(_, entry): &(u32, &Entry)| {
            let record = self.segment.record(entry.location);
            of_record(plan, self.asked, self.facet, &record)
        };
        let mut values: Vec<String> = row.iter().flat_map(of_entry).collect();
        values.sort_unstable();
        values.dedup();
        for value in values {
            *self.texts.entry(value).or_default() += 1;
        }
    }

    /// Adds what was counted to the counts of other segments.
    fn finish(self, plan: &Plan<'_>, counts: &mut Counts) {
        let contents = self.segment.contents();
        let network = |number: usize| {
            let id = *contents.networks.get(number)?;
            let known = plan.snapshot.reference.networks.iter();
            let mut public = known.filter(|network| network.public);
            public
                .find(|network| network.id.0.as_u128() == id)
                .map(|network| network.id.to_string())
        };
        for (number, count) in self.numbers.iter().enumerate().filter(|(_, count)| **count > 0) {
            let value = match &self.reading {
                Reading::Flags(flags) => Some(flags[number].1.clone()),
                Reading::Specialties => Some(contents.specialties[number].code.clone()),
                Reading::Languages => contents.languages.get(number).cloned(),
                Reading::Networks | Reading::Accepting => network(number),
                Reading::Plans(plans) => Some(plans[number].1.clone()),
                Reading::Column(_) => column(self.segment, self.facet).map(|column| match self.facet {
                    Facet::State => column.values[number].to_ascii_uppercase(),
                    _ => column.values[number].clone(),
                }),
                Reading::Records => None,
            };
            if let Some(value) = value {
                *counts.entry(value).or_default() += count;
            }
        }
        for (value, count) in self.texts {
            *counts.entry(value).or_default() += count;
        }
    }
}

fn column(segment: &Segment, facet: Facet) -> Option<&ColumnSpan> {
    let contents = segment.contents();
    match facet {
        Facet::City => Some(&contents.cities),
        Facet::State => Some(&contents.states),
        Facet::Category => Some(&contents.categories),
        _ => None,
    }
}

/// Where a facet can be read in a segment, beside what is asked.
fn reading<'a>(plan: &Plan<'_>, segment: &'a Segment, facet: Facet, asked: &Conditions) -> Reading<'a> {
    let flags = |flags: Vec<(u32, &str)>| Reading::Flags(flags.into_iter().map(|(f, v)| (f, v.to_owned())).collect());
    // Bits of networks stand for active participations, one for one.
    let by_bits = matches!(asked.network_status.as_slice(), [] | [NetworkStatus::Active]);
    match facet {
        Facet::Specialty => Reading::Specialties,
        Facet::Language => Reading::Languages,
        Facet::Gender => flags(Gender::ALL.iter().map(|g| (flag::gender(Some(*g)), g.code())).collect()),
        Facet::Kind => flags(ProviderKind::ALL.iter().map(|k| (flag::kind(*k), k.code())).collect()),
        Facet::Telehealth => flags(vec![(flag::TELEHEALTH, "true"), (flag::NO_TELEHEALTH, "false")]),
        Facet::NetworkStatus if !asked.asks_network() => flags(
            NetworkStatus::ALL
                .iter()
                .map(|s| (flag::status(*s), s.code()))
                .collect(),
        ),
        Facet::AcceptingNewPatients if !asked.asks_network() => {
            flags(vec![(flag::ACCEPTING, "true"), (flag::NOT_ACCEPTING, "false")])
        }
        Facet::Network if by_bits && asked.plans.is_none() => match asked.accepting {
            None => Reading::Networks,
            Some(true) => Reading::Accepting,
            Some(false) => Reading::Records,
        },
        Facet::Plan if by_bits && asked.networks.is_empty() && asked.accepting.is_none() => {
            plans(plan, segment).map_or(Reading::Records, Reading::Plans)
        }
        Facet::City | Facet::State | Facet::Category => match column(segment, facet) {
            Some(column) => Reading::Column(segment.column(column)),
            None => Reading::Records,
        },
        _ => Reading::Records,
    }
}

/// The networks of all plans as bits. `None` where a plan goes by tiers, which bits do not tell.
fn plans(plan: &Plan<'_>, segment: &Segment) -> Option<Vec<(u64, String)>> {
    let known = &segment.contents().networks;
    let bits = |plan: &crate::domain::reference::Plan| {
        let mut bits = 0;
        for network in &plan.networks {
            if network.tier.is_some() {
                return None;
            }
            let id = network.network_id.0.as_u128();
            if let Some(number) = known.iter().position(|own| *own == id) {
                bits |= 1 << number.min(OWN_BITS);
            }
        }
        Some((bits, plan.id.to_string()))
    };
    plan.snapshot.reference.plans.iter().map(bits).collect()
}
