//! The ways to all matches of a plan in a segment: by name, by number, by keyword, or along the trees.

use tantivy::{DocSet, TERMINATED, Term, postings::SegmentPostings, schema::Field};

use super::{
    budget::Route,
    plan::{Plan, Way},
};
use crate::index::{hilbert, segment::Segment, sites::Cover, tree::Entry};

/// Conditions with more values than this are not looked up term by term.
const MOST_TERMS: usize = 48;

/// A condition as terms of a field, one of which a document must have.
pub struct Keyword {
    /// Documents that have one of them, dead ones included; one that has two counts twice.
    pub documents: u64,
    /// The field.
    pub field: Field,
    /// The terms.
    pub terms: Vec<String>,
}

impl Keyword {
    /// A document of its postings costs as much as so many entries of a tree, which are passed over by their masks.
    fn price(&self, segment: &Segment) -> u64 {
        let fields = segment.fields();
        let has_mask = self.field == fields.language || self.field == fields.network;
        if has_mask { 64 } else { 1 }
    }
}

impl<'s> Plan<'s> {
    /// Calls `visit` with every entry that matches in a segment, and with the tier of its name, for as long as the budget
    /// lasts.
    pub fn for_each_match(
        &self,
        way: &Way<'s>,
        mut visit: impl FnMut(&'s Entry, u8),
    ) -> Result<(), tantivy::TantivyError> {
        let segment: &'s Segment = &way.living.segment;
        if !self.conditions.names.is_empty() {
            return self.for_each_named(way, |location, tier| {
                self.try_entry(way, segment.entry(location), tier, &mut visit)
            });
        }
        if !self.conditions.npi.is_empty() {
            return self.for_each_with_npi(way, visit);
        }
        if self.conditions.phone.is_some() {
            return self.for_each_with_phone(way, visit);
        }
        if let Some(ids) = self.picked() {
            self.budget.take(Route::Free);
            for id in ids {
                self.for_each_of(way, *id, |entry| visit(entry, 0))?;
            }
            return Ok(());
        }
        if let Some((field, terms)) = self.keyword_way(segment)? {
            return self.for_each_with_keyword(way, field, &terms, visit);
        }
        self.for_each_in_trees(way, visit);
        Ok(())
    }

    /// Looks at an entry, and calls `visit` with it if it matches. Answers whether to go on.
    fn try_entry(&self, way: &Way<'s>, entry: &'s Entry, tier: u8, visit: &mut impl FnMut(&'s Entry, u8)) -> bool {
        let go_on = self.budget.look(1);
        if go_on && self.admits(way, entry) && self.admits_point(entry) {
            visit(entry, tier);
        }
        go_on
    }

    fn for_each_with_npi(
        &self,
        way: &Way<'s>,
        mut visit: impl FnMut(&'s Entry, u8),
    ) -> Result<(), tantivy::TantivyError> {
        let segment: &'s Segment = &way.living.segment;
        self.budget.take(Route::Npi);
        for npi in &self.conditions.npi {
            let Some(provider) = way.living.provider_with_npi(*npi)? else {
                continue;
            };
            let entries = segment
                .locations_of(provider)
                .iter()
                .map(|location| segment.entry(*location));
            for entry in entries.take_while(|_| self.budget.look(1)) {
                if self.admits_bearer(way, entry) && self.admits_point(entry) {
                    visit(entry, 0);
                }
            }
        }
        Ok(())
    }

    fn for_each_with_phone(
        &self,
        way: &Way<'s>,
        mut visit: impl FnMut(&'s Entry, u8),
    ) -> Result<(), tantivy::TantivyError> {
        let segment: &'s Segment = &way.living.segment;
        self.budget.take(Route::Phone);
        for id in &self.conditions.phone_ids {
            let id = uuid::Uuid::from_u128(*id).into();
            let term = crate::index::document::provider_term(segment.fields(), id);
            if let Some(provider) = way.living.provider_with(segment.fields().provider, &term)? {
                let mut locations = segment.locations_of(provider).iter();
                locations.all(|location| self.try_entry(way, segment.entry(*location), 0, &mut visit));
            }
        }
        Ok(())
    }

    /// Along the postings of a keyword that beats walking the trees.
    fn for_each_with_keyword(
        &self,
        way: &Way<'s>,
        field: Field,
        terms: &[String],
        mut visit: impl FnMut(&'s Entry, u8),
    ) -> Result<(), tantivy::TantivyError> {
        let segment: &'s Segment = &way.living.segment;
        self.budget.take(Route::Postings);
        let mut locations = Vec::new();
        for term in terms {
            while_in_all(segment, &in_field(field, std::slice::from_ref(term)), |doc| {
                locations.extend(segment.location_of_doc(doc));
                self.budget.look(1)
            })?;
        }
        locations.sort_unstable();
        locations.dedup();
        // Nobody has seen to the specialty on this way.
        let asked = segment.specialty_numbers(&self.conditions.specialty);
        let has_specialty = |entry: &Entry| {
            let mut own = segment.specialties_of(entry.provider).iter();
            self.conditions.specialty.is_empty() || own.any(|number| asked.contains(number))
        };
        let entries = locations.into_iter().map(|location| segment.entry(location));
        entries
            .filter(|entry| has_specialty(entry))
            .all(|entry| self.try_entry(way, entry, 0, &mut visit));
        Ok(())
    }

    /// Along the trees, whose masks and region leave out most of those who do not match.
    fn for_each_in_trees(&self, way: &Way<'s>, mut visit: impl FnMut(&'s Entry, u8)) {
        self.budget.take(Route::Trees);
        for ((tree, unplaced), table) in self.trees(way.living).into_iter().zip(self.tables(way.living)) {
            let mut look_at = |entry: &'s Entry| {
                let go_on = self.budget.look(1);
                if go_on && self.admits_unmasked(way, entry) {
                    visit(entry, 0);
                }
                go_on
            };
            if way.masks.is_empty() {
                table.for_each_entries(way.cover(self), |first, end| {
                    tree.entries[first as usize..end as usize].iter().all(&mut look_at);
                });
            } else {
                tree.for_each_in(&self.region, &way.masks, &mut look_at);
            }
            if !self.needs_point() {
                unplaced.iter().all(|entry| {
                    let go_on = self.budget.look(1);
                    if go_on && self.admits(way, entry) {
                        visit(entry, 0);
                    }
                    go_on
                });
            }
        }
    }

    /// Whether a location's provider has a specialty that is asked for, on a way that has not seen to it.
    pub fn practises(&self, segment: &Segment, location: u32) -> bool {
        let asked = &self.conditions.specialty;
        asked.is_empty() || {
            let has = segment.record(location).specialties;
            asked.iter().any(|code| has.contains(code))
        }
    }

    /// The keyword condition with the fewest documents, if it beats walking the trees.
    fn keyword_way(&self, segment: &Segment) -> Result<Option<(Field, Vec<String>)>, tantivy::TantivyError> {
        let walk: u64 = if self.uses_specialty_trees() {
            let sizes = self
                .conditions
                .specialty
                .iter()
                .filter_map(|code| segment.specialty(code));
            sizes
                .map(|(tree, unplaced)| (tree.entries.len() + unplaced.len()) as u64)
                .sum()
        } else {
            u64::from(segment.contents().locations)
        };
        // Trees cut a region out cheaply, and their masks need no record: postings must be much shorter to win.
        let handicap = if self.region.is_everywhere() { 1 } else { 8 };
        Ok(self
            .rarest_keyword(segment, self.region.is_everywhere())?
            .filter(|keyword| keyword.documents * keyword.price(segment).max(handicap) <= walk)
            .map(|keyword| (keyword.field, keyword.terms)))
    }

    /// The condition whose terms have the fewest documents in a segment. `masked`: also those that trees have masks for.
    pub fn rarest_keyword(&self, segment: &Segment, masked: bool) -> Result<Option<Keyword>, tantivy::TantivyError> {
        let (fields, asked) = (segment.fields(), &self.conditions);
        let id_keywords = |ids: &mut dyn Iterator<Item = u128>| ids.map(crate::index::document::id_keyword).collect();
        let affiliation: Vec<String> = id_keywords(&mut asked.affiliation_ids.iter().copied());
        let networks: Vec<String> = id_keywords(&mut asked.networks.iter().map(|choice| choice.id));
        let plans: Vec<String> = id_keywords(&mut asked.plans.iter().flatten().map(|choice| choice.id));
        let mut best: Option<Keyword> = None;
        for (field, terms) in [
            (fields.city, &asked.city),
            (fields.postal_code, &asked.postal_code),
            (fields.county, &asked.county),
            (fields.state, &asked.state),
            (fields.affiliation, &affiliation),
            (fields.language, &asked.language),
            (fields.network, &networks),
            (fields.network, &plans),
        ] {
            let has_mask = field == fields.language || field == fields.network;
            if terms.is_empty() || terms.len() > MOST_TERMS || has_mask && !masked {
                continue;
            }
            let index = segment.reader().inverted_index(field)?;
            let mut documents = 0;
            for term in terms {
                documents += u64::from(index.doc_freq(&Term::from_field_text(field, term))?);
            }
            if best.as_ref().is_none_or(|best| documents < best.documents) {
                best = Some(Keyword {
                    documents,
                    field,
                    terms: terms.clone(),
                });
            }
        }
        Ok(best)
    }

    /// A term that somebody with the name must have as well and that is much rarer than the rarest word of the name. A
    /// specialty is met by terms of its own.
    pub fn rarer_than_name(&self, segment: &Segment) -> Result<Option<(Field, String)>, tantivy::TantivyError> {
        if self.conditions.names.is_empty() || self.meets_specialty_by_terms() {
            return Ok(None);
        }
        let Some(keyword) = self
            .rarest_keyword(segment, true)?
            .filter(|keyword| keyword.terms.len() == 1)
        else {
            return Ok(None);
        };
        let mut rarest_words = 0;
        for name in &self.conditions.names {
            let mut rarest = u64::MAX;
            for word in &name.words {
                rarest = rarest.min(u64::from(segment.doc_freq(segment.fields().place_name, word)?));
            }
            rarest_words += rarest;
        }
        // The term is met by each way to spell the name anew.
        let pays = keyword.documents * 4 * (self.conditions.names.len() as u64) < rarest_words;
        Ok(keyword
            .terms
            .into_iter()
            .next()
            .filter(|_| pays)
            .map(|term| (keyword.field, term)))
    }

    /// Calls `visit` with every location whose name has the words asked for, and with the tier of the name: within a region
    /// only along the ranges of the curve that touch it. One that matches in several ways comes several times. `visit`
    /// answers whether to go on.
    pub fn for_each_named(
        &self,
        way: &Way<'s>,
        mut visit: impl FnMut(u32, u8) -> bool,
    ) -> Result<(), tantivy::TantivyError> {
        let segment = &way.living.segment;
        let fields = segment.fields();
        let ranges = (!self.region.is_everywhere()).then(|| location_ranges(segment, way.cover(self)));
        self.budget
            .take(if ranges.is_some() { Route::Cells } else { Route::Names });
        self.budget
            .walk_cells(ranges.as_ref().map_or(0, |ranges| ranges.len() as u64));
        // A specialty meets the name as one more term, so a frequent name costs no more than a rare specialty.
        let codes: Vec<Option<&str>> = match self.conditions.specialty.as_slice() {
            codes if self.meets_specialty_by_terms() => codes.iter().map(|code| Some(code.as_str())).collect(),
            _ => vec![None],
        };
        let rarer = self.rarer_than_name(segment)?;
        for name in &self.conditions.names {
            for (tier, field) in [(0, fields.place_name), (1, fields.place_any_name)] {
                for code in &codes {
                    let mut terms = in_field(field, &name.words);
                    terms.extend(rarer.as_ref().map(|(field, term)| (*field, term.as_str())));
                    terms.extend(code.map(|code| (fields.specialty, code)));
                    let visit = |doc| {
                        let location = segment.location_of_doc(doc);
                        location.is_none_or(|location| visit(location, name.tier.max(tier)))
                    };
                    while_in_ranges(segment, &terms, ranges.as_deref().unwrap_or(&[(0, TERMINATED)]), visit)?;
                }
            }
        }
        Ok(())
    }
}

/// Ranges of location documents that hold everything at the sites of a cover, as document numbers.
///
/// Entries and documents both follow the curve; those of one cell of it may stand in another order, so a range that ends
/// within a cell takes in the whole cell.
fn location_ranges(segment: &Segment, cover: &Cover) -> Vec<(u32, u32)> {
    let Some(table) = segment.table(None) else {
        return Vec::new();
    };
    let (sites, providers) = (segment.sites(), segment.contents().providers);
    let same_cell = |a: u32, b: u32| hilbert::same_cell(sites.point(a), sites.point(b));
    let mut ranges: Vec<(u32, u32)> = Vec::with_capacity(cover.ranges.len());
    for range in &cover.ranges {
        let (mut first, mut end) = (range.first, range.end);
        while first > 0 && same_cell(first - 1, first) {
            first -= 1;
        }
        while (end as usize) < sites.points.len() && same_cell(end - 1, end) {
            end += 1;
        }
        let (first, end) = (table.sites[first as usize].entries, table.sites[end as usize].entries);
        match ranges.last_mut() {
            Some(last) if last.1 >= first + providers => last.1 = last.1.max(end + providers),
            _ => ranges.push((first + providers, end + providers)),
        }
    }
    ranges
}

/// The postings of all terms, shortest first; none where a term is not there.
fn lists(segment: &Segment, terms: &[(Field, &str)]) -> Result<Option<Vec<SegmentPostings>>, tantivy::TantivyError> {
    let mut lists = Vec::with_capacity(terms.len());
    for (field, word) in terms {
        match segment.postings(*field, &Term::from_field_text(*field, word))? {
            Some(postings) => lists.push(postings),
            None => return Ok(None),
        }
    }
    lists.sort_by_key(SegmentPostings::doc_freq);
    Ok(Some(lists).filter(|lists| !lists.is_empty()))
}

/// All words in one field.
pub fn in_field(field: Field, words: &[String]) -> Vec<(Field, &str)> {
    words.iter().map(|word| (field, word.as_str())).collect()
}

/// A list that is at most so many times as long as another is stepped along beside it; a longer one is searched by blocks.
const ALIKE: u32 = 16;
/// So many steps are tried before a list is searched.
const STEPS: usize = 8;

/// Moves a list on to the first document from `doc` on.
fn forward(list: &mut SegmentPostings, doc: u32, steps: usize) -> u32 {
    if list.doc() >= doc {
        return list.doc();
    }
    for _ in 0..steps {
        let at = list.advance();
        if at >= doc {
            return at;
        }
    }
    list.seek(doc)
}

/// The first document from `doc` on that all lists have.
pub fn meet(lists: &mut [SegmentPostings], mut doc: u32) -> u32 {
    let Some((shortest, others)) = lists.split_first_mut() else {
        return TERMINATED;
    };
    doc = forward(shortest, doc, 1);
    'next: while doc != TERMINATED {
        for other in others.iter_mut() {
            let alike = other.doc_freq() / ALIKE <= shortest.doc_freq();
            let found = forward(other, doc, if alike { STEPS } else { 0 });
            if found != doc {
                doc = forward(shortest, found, if alike { STEPS } else { 1 });
                continue 'next;
            }
        }
        return doc;
    }
    TERMINATED
}

/// Calls `visit` with every document that has all terms; `visit` answers whether to go on.
pub fn while_in_all(
    segment: &Segment,
    terms: &[(Field, &str)],
    mut visit: impl FnMut(u32) -> bool,
) -> Result<(), tantivy::TantivyError> {
    let Some(mut lists) = lists(segment, terms)? else {
        return Ok(());
    };
    let mut doc = meet(&mut lists, 0);
    while doc != TERMINATED && visit(doc) {
        doc = meet(&mut lists, doc + 1);
    }
    Ok(())
}

/// The same within ranges of documents, which are in order and do not overlap.
fn while_in_ranges(
    segment: &Segment,
    terms: &[(Field, &str)],
    ranges: &[(u32, u32)],
    mut visit: impl FnMut(u32) -> bool,
) -> Result<(), tantivy::TantivyError> {
    let Some(mut lists) = lists(segment, terms)? else {
        return Ok(());
    };
    let mut doc = 0;
    for &(first, end) in ranges {
        if doc >= end {
            continue;
        }
        doc = meet(&mut lists, first.max(doc));
        while doc < end {
            if !visit(doc) {
                return Ok(());
            }
            doc = meet(&mut lists, doc + 1);
        }
        if doc == TERMINATED {
            break;
        }
    }
    Ok(())
}
