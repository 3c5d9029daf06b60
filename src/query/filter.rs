//! Which record a search wants: the meaning of every condition on one provider at one location.
//!
//! [`Conditions::admits`] is the definition; everything else (masks, trees, postings) only saves calls of it. All
//! conditions hold on the same record, and what differs by network holds on the same participation of it.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    opening::{is_open, open_weeks},
    request::{Key, NetworkChoice, OpenAt},
};
use crate::index::{
    document::zip5,
    former::FormerNpis,
    frequent,
    layout::{ColumnSpan, Contents},
    packed::NetworkHere,
    plugin::{OWN_ACCEPTING_BITS, OWN_BITS},
    record::{PlaceRecord, Record},
    segment::{Column, Segment},
    tree::{MaskFilter, flag},
};
use crate::vocab::{
    PlanId,
    names::fold,
    terms::{Accepting, Accessibility, Gender, NetworkStatus, Profession, ProviderKind},
};

/// A name: folded words that must all be there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NameWanted {
    /// The words.
    pub words: Vec<String>,
    /// How far they are from what was typed, see [`tier`].
    pub tier: u8,
}

impl NameWanted {
    /// A name as it was typed.
    pub fn exact(words: Vec<String>) -> Self {
        Self {
            words,
            tier: tier::EXACT,
        }
    }
}

/// How a name matches: the better comes first in an order by relevance.
pub mod tier {
    /// The current name has the words as typed.
    pub const EXACT: u8 = 0;
    /// A former, professional or trade name has them.
    pub const OTHER_NAME: u8 = 1;
    /// A nickname stands for a given name.
    pub const NICKNAME: u8 = 2;
    /// An initial stands for a name, or a name for an initial.
    pub const INITIAL: u8 = 3;
    /// A word sounds the same.
    pub const PHONETIC: u8 = 4;
    /// A word is one edit away, written together, or apart.
    pub const TYPO: u8 = 5;
    /// A word is two edits away.
    pub const TWO_EDITS: u8 = 6;
    /// The last of them.
    pub const LAST: u8 = TWO_EDITS;
}

/// Conditions on a record. Within a list: one of; between lists: all of. An empty list asks nothing.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct Conditions {
    /// Names, one of them: as asked for, and once expanded also what they may stand for.
    pub names: Vec<NameWanted>,
    /// NPIs: as asked for, and once the index has been asked the one of now in place of a former one.
    pub npi: Vec<u64>,
    /// Former numbers that were asked for, each with the one in its place.
    pub former_npi: Vec<(u64, u64)>,
    /// A telephone number, ten digits.
    pub phone: Option<String>,
    /// Who has it, once the index has been asked.
    pub phone_ids: Vec<u128>,
    /// NUCC codes.
    pub specialty: Vec<String>,
    /// Language codes.
    pub language: Vec<String>,
    /// Status: of the provider, or of the participation where a network or plan is asked for.
    pub network_status: Vec<NetworkStatus>,
    /// Networks.
    pub networks: Vec<NetworkChoice>,
    /// The networks of the plans asked for. Some but empty: a plan without networks, which nobody is in.
    pub plans: Option<Vec<NetworkChoice>>,
    /// The plans themselves.
    pub plan_ids: Vec<PlanId>,
    /// Cities, folded.
    pub city: Vec<String>,
    /// States, two letters, lower case.
    pub state: Vec<String>,
    /// ZIPs of five digits.
    pub postal_code: Vec<String>,
    /// Counties, folded.
    pub county: Vec<String>,
    /// Genders.
    pub gender: Vec<Gender>,
    /// Kinds.
    pub kind: Vec<ProviderKind>,
    /// Professions.
    pub profession: Vec<Profession>,
    /// Categories.
    pub category: Vec<String>,
    /// Accessibility.
    pub accessibility: Vec<Accessibility>,
    /// Providers it must belong to, as asked for.
    pub affiliation: Vec<Key>,
    /// The same as ids, once the index has been asked. An unknown provider has no members.
    pub affiliation_ids: Vec<u128>,
    /// New patients.
    pub accepting: Option<bool>,
    /// Telehealth.
    pub telehealth: Option<bool>,
    /// Open at a moment.
    pub open_at: Option<OpenAt>,
    /// A free slot before a day.
    pub available_before: Option<NaiveDate>,
    /// Who has one, in order, once the table of free slots has been asked.
    pub available: Option<Arc<[u128]>>,
}

impl Conditions {
    /// Puts the number of now in the place of each former one. Each number is asked for once, however often it is given.
    pub(super) fn follow(&mut self, former: &FormerNpis) {
        for npi in &mut self.npi {
            if let Some(now) = former.now(*npi) {
                self.former_npi.push((*npi, now));
                *npi = now;
            }
        }
        self.npi.sort_unstable();
        self.npi.dedup();
    }

    /// Whether a record is wanted, names apart. `now` is for "open now".
    pub fn admits(&self, record: &Record<'_>, now: DateTime<Utc>) -> bool {
        self.admits_provider(record) && self.admits_network(record) && self.admits_place(record, now)
    }

    fn admits_provider(&self, record: &Record<'_>) -> bool {
        any(&self.npi, |npi| record.npi == Some(*npi))
            && (self.phone.is_none() || self.phone_ids.contains(&record.provider))
            && any(&self.specialty, |code| record.specialties.contains(code))
            && any(&self.language, |code| record.languages.contains(code))
            && any(&self.gender, |gender| record.gender == Some(*gender))
            && any(&self.kind, |kind| record.kind == *kind)
            && any(&self.profession, |profession| record.is_of(*profession))
            && any(&self.category, |category| {
                record.category.eq_ignore_ascii_case(category)
            })
            && self
                .available
                .as_ref()
                .is_none_or(|ids| ids.binary_search(&record.provider).is_ok())
            && (self.affiliation.is_empty() || self.affiliation_ids.iter().any(|id| record.affiliations.contains(id)))
    }

    /// Network, plan, tier, status and accepting: one participation that has all of it.
    fn admits_network(&self, record: &Record<'_>) -> bool {
        if !self.asks_network() {
            return any(&self.network_status, |status| record.status == *status)
                && self.accepting.is_none_or(|wanted| record.accepting() == Some(wanted));
        }
        record
            .networks
            .iter()
            .any(|network| self.admits_participation(&network))
    }

    /// Whether a network or plan is asked for.
    pub fn asks_network(&self) -> bool {
        !self.networks.is_empty() || self.plans.is_some()
    }

    /// Whether anything is asked for that some of a kind have near any place and others do not.
    pub fn has_wishes(&self) -> bool {
        self.asks_network()
            || self.open_at.is_some()
            || self.available_before.is_some()
            || self.telehealth.is_some()
            || self.accepting.is_some()
            || !self.language.is_empty()
            || !self.gender.is_empty()
            || !self.accessibility.is_empty()
    }

    /// Whether a participation is one of those asked for. Nobody asks for any where neither network nor plan is named.
    pub fn asks_for(&self, network: &NetworkHere<'_>) -> bool {
        self.asks_network() && self.admits_participation(network)
    }

    fn admits_participation(&self, network: &NetworkHere<'_>) -> bool {
        let accepting = network.accepting.map(|code| code == Accepting::New);
        any(&self.networks, |choice| choice.includes(network))
            && self
                .plans
                .as_ref()
                .is_none_or(|plans| plans.iter().any(|choice| choice.includes(network)))
            && match self.network_status.as_slice() {
                [] => network.status == NetworkStatus::Active,
                wanted => wanted.contains(&network.status),
            }
            && self.accepting.is_none_or(|wanted| accepting == Some(wanted))
    }

    fn admits_place(&self, record: &Record<'_>, now: DateTime<Utc>) -> bool {
        let Some(place) = &record.place else {
            let no_place = [&self.city, &self.state, &self.postal_code, &self.county]
                .iter()
                .all(|list| list.is_empty());
            return no_place
                && self.accessibility.is_empty()
                && self.telehealth != Some(true)
                && self.open_at.is_none();
        };
        self.telehealth.is_none_or(|wanted| place.telehealth == wanted)
            && any(&self.accessibility, |code| {
                place.accessibility & (1 << *code as u8) != 0
            })
            && folded(&self.city, place.city)
            && folded(&self.county, place.county)
            && (folded(&self.state, place.state) || self.licensed_from_afar(record, place))
            && any(&self.postal_code, |zip| zip5(place.postal_code) == Some(zip.as_str()))
            && self.open_at.is_none_or(|at| is_open(place, at, now))
    }

    /// Care without a place counts where the provider is licensed.
    fn licensed_from_afar(&self, record: &Record<'_>, place: &PlaceRecord<'_>) -> bool {
        let afar = place.telehealth && place.point.is_none();
        afar && self
            .state
            .iter()
            .any(|state| record.licensed_in.iter().any(|l| l.eq_ignore_ascii_case(state)))
    }

    /// Whether a record has one of the things that are not wanted, each by itself.
    pub fn excludes(&self, record: &Record<'_>, now: DateTime<Utc>) -> bool {
        let one = |conditions: Conditions| conditions.admits(record, now);
        let ask = |change: &dyn Fn(&mut Conditions)| {
            let mut only = Conditions::default();
            change(&mut only);
            only != Conditions::default() && one(only)
        };
        ask(&|c| c.npi.clone_from(&self.npi))
            || ask(&|c| c.specialty.clone_from(&self.specialty))
            || ask(&|c| c.language.clone_from(&self.language))
            || ask(&|c| c.gender.clone_from(&self.gender))
            || ask(&|c| c.kind.clone_from(&self.kind))
            || ask(&|c| c.profession.clone_from(&self.profession))
            || ask(&|c| c.category.clone_from(&self.category))
            || ask(&|c| c.networks.clone_from(&self.networks))
            || ask(&|c| c.plans.clone_from(&self.plans))
            || ask(&|c| c.network_status.clone_from(&self.network_status))
            || ask(&|c| c.city.clone_from(&self.city))
            || ask(&|c| c.county.clone_from(&self.county))
            || ask(&|c| c.state.clone_from(&self.state))
            || ask(&|c| c.postal_code.clone_from(&self.postal_code))
            || ask(&|c| c.accessibility.clone_from(&self.accessibility))
            || ask(&|c| c.accepting = self.accepting)
            || ask(&|c| c.telehealth = self.telehealth)
            || ask(&|c| c.open_at = self.open_at)
            || ask(&|c| c.available.clone_from(&self.available))
            || (!self.affiliation_ids.is_empty()
                && self.affiliation_ids.iter().any(|id| record.affiliations.contains(id)))
            || self
                .names
                .iter()
                .any(|name| name.words.iter().all(|word| record.words.split(' ').any(|w| w == word)))
    }

    /// The same as masks of a segment, and whether these, with [`columns`](Self::columns), decide everything that is asked,
    /// NPIs apart. `with_specialty`: somebody else sees to the specialty.
    pub fn masks(&self, contents: &Contents, with_specialty: bool) -> (MaskFilter, bool) {
        let mut masks = MaskFilter::default();
        let mut exact = self.phone.is_none()
            && (with_specialty || self.specialty.is_empty())
            && self.affiliation.is_empty()
            && self.postal_code.is_empty()
            && self.county.is_empty()
            && self.available_before.is_none();
        let mut group = |bits: u32| {
            if bits != 0 {
                masks.flags.push(bits);
            }
        };
        group(self.gender.iter().fold(0, |bits, g| bits | flag::gender(Some(*g))));
        group(self.kind.iter().fold(0, |bits, k| bits | flag::kind(*k)));
        group(self.profession.iter().fold(0, |bits, p| bits | flag::profession(*p)));
        group(
            self.accessibility
                .iter()
                .fold(0, |bits, a| bits | 1 << (flag::ACCESSIBILITY + *a as u32)),
        );
        group(
            self.telehealth
                .map_or(0, |yes| if yes { flag::TELEHEALTH } else { flag::NO_TELEHEALTH }),
        );
        if !self.asks_network() {
            group(self.network_status.iter().fold(0, |bits, s| bits | flag::status(*s)));
            group(
                self.accepting
                    .map_or(0, |yes| if yes { flag::ACCEPTING } else { flag::NOT_ACCEPTING }),
            );
        }
        if !self.language.is_empty() {
            let (bits, own) = bits_of(&self.language, &contents.languages, OWN_BITS);
            masks.languages.push(bits);
            exact &= own;
        }
        if self.asks_network() {
            exact &= self.network_masks(contents, &mut masks);
        }
        (masks, exact)
    }

    /// Whether anything is asked for that only a segment's dictionaries know, or else a record.
    pub fn asks_dictionaries(&self) -> bool {
        self.asks_network()
            || self.open_at.is_some()
            || [&self.language, &self.city, &self.state, &self.category]
                .iter()
                .any(|list| !list.is_empty())
    }

    /// City, state, category and opening hours as columns of a segment. `now` is for "open now".
    pub fn columns<'s>(&self, segment: &'s Segment, now: DateTime<Utc>) -> Vec<ColumnWanted<'s>> {
        let contents = segment.contents();
        let wanted = |span: &'s ColumnSpan, list: &[String], afar| {
            let find = |value: &String| span.values.binary_search(value).ok();
            let numbers = list.iter().filter_map(find).map(|at| at as u32);
            ColumnWanted {
                afar,
                ..ColumnWanted::of(segment, span, numbers)
            }
        };
        let mut columns = Vec::new();
        if !self.city.is_empty() {
            columns.push(wanted(&contents.cities, &self.city, false));
        }
        if !self.state.is_empty() {
            columns.push(wanted(&contents.states, &self.state, true));
        }
        if !self.category.is_empty() {
            // Few there are, and they are asked for in any case of letters.
            let known = contents.categories.values.iter();
            let is_asked = |value: &&String| self.category.iter().any(|asked| asked.eq_ignore_ascii_case(value));
            let asked: Vec<String> = known.filter(is_asked).cloned().collect();
            columns.push(wanted(&contents.categories, &asked, false));
        }
        if let Some(at) = self.open_at {
            columns.push(ColumnWanted::of(
                segment,
                &contents.weeks,
                open_weeks(&contents.weeks.values, at, now),
            ));
        }
        columns
    }

    /// Adds the masks of network and plan. They stand for ACTIVE participations only.
    fn network_masks(&self, contents: &Contents, masks: &mut MaskFilter) -> bool {
        if !matches!(self.network_status.as_slice(), [] | [NetworkStatus::Active]) {
            return false;
        }
        let lists = [
            (!self.networks.is_empty()).then_some(&self.networks),
            self.plans.as_ref(),
        ];
        let mut exact = lists.iter().flatten().count() == 1 && self.accepting != Some(false);
        for list in lists.into_iter().flatten() {
            let ids: Vec<u128> = list.iter().map(|choice| choice.id).collect();
            let (bits, own) = bits_of(&ids, &contents.networks, OWN_BITS);
            masks.networks.push(bits);
            exact &= own && list.iter().all(|choice| choice.tier.is_none());
            if self.accepting == Some(true) {
                let (bits, own) = bits_of(&ids, &contents.networks, OWN_ACCEPTING_BITS);
                masks.accepting.push(bits as u32);
                exact &= own;
            }
        }
        exact
    }
}

/// A column of a segment, and which of its values are wanted.
pub struct ColumnWanted<'s> {
    numbers: Column<'s>,
    /// A bit for each number that is wanted.
    wanted: Vec<u64>,
    /// Whether care from afar may be wanted for other reasons, which its record tells.
    pub afar: bool,
}

impl<'s> ColumnWanted<'s> {
    fn of(segment: &'s Segment, span: &'s ColumnSpan, numbers: impl IntoIterator<Item = u32>) -> Self {
        let mut wanted = vec![0; span.values.len().div_ceil(64)];
        for number in numbers {
            wanted[(number / 64) as usize] |= 1 << (number % 64);
        }
        Self {
            numbers: segment.column(span),
            wanted,
            afar: false,
        }
    }

    /// Whether a location has one of the values.
    pub fn admits(&self, location: u32) -> bool {
        self.numbers
            .get(location)
            .is_some_and(|number| frequent::has(&self.wanted, number))
    }
}

/// The bits of values in a dictionary, and whether each has a bit of its own. A value that the segment does not have has none.
fn bits_of<T: PartialEq>(values: &[T], dictionary: &[T], own: usize) -> (u64, bool) {
    let numbers = values
        .iter()
        .filter_map(|value| dictionary.iter().position(|known| known == value));
    numbers.fold((0, true), |(bits, exact), number| {
        (bits | 1 << number.min(own), exact && number < own)
    })
}

fn any<T>(list: &[T], test: impl Fn(&T) -> bool) -> bool {
    list.is_empty() || list.iter().any(test)
}

fn folded(list: &[String], value: Option<&str>) -> bool {
    list.is_empty() || value.is_some_and(|value| list.contains(&fold(value)))
}
