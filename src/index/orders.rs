//! Orders of providers that are written with a segment, so that a page by name or by day is read off from where the last one
//! ended instead of being sorted out of everything.

use super::record::Record;

/// What providers are ordered by, while a segment is written.
#[derive(Default)]
pub struct Orders {
    /// All names, one behind the other.
    names: String,
    /// Where each provider's name lies.
    spans: Vec<(usize, u32)>,
    days: Vec<u64>,
}

/// Days as they are compared: the latest first, unknown ones last.
pub fn day_number(day: Option<i32>) -> u64 {
    match day {
        Some(day) => (i64::from(i32::MAX) - i64::from(day)) as u64,
        None => u64::MAX,
    }
}

/// The first sixteen bytes of a name: mostly enough to tell two apart.
fn prefix(name: &str) -> u128 {
    let mut bytes = [0; 16];
    let length = name.len().min(16);
    bytes[..length].copy_from_slice(&name.as_bytes()[..length]);
    u128::from_be_bytes(bytes)
}

impl Orders {
    /// Notes a provider's first record.
    pub fn add(&mut self, provider: u32, record: &Record<'_>) {
        let provider = provider as usize;
        if self.spans.len() <= provider {
            self.spans.resize(provider + 1, (0, 0));
            self.days.resize(provider + 1, u64::MAX);
        }
        self.spans[provider] = (self.names.len(), record.sort_name.len() as u32);
        self.names.push_str(record.sort_name);
        self.days[provider] = day_number(record.verified);
    }

    fn name(&self, provider: u32) -> &str {
        let (start, length) = self.spans.get(provider as usize).copied().unwrap_or_default();
        &self.names[start..start + length as usize]
    }

    /// The providers by name, equal names by id.
    pub fn by_name(&self, ids: &[[u64; 2]]) -> Vec<u32> {
        let mut keyed: Vec<(u128, u32)> = (0..ids.len() as u32)
            .map(|provider| (prefix(self.name(provider)), provider))
            .collect();
        keyed.sort_unstable_by(|a, b| {
            a.0.cmp(&b.0)
                .then_with(|| self.name(a.1).cmp(self.name(b.1)))
                .then_with(|| ids[a.1 as usize].cmp(&ids[b.1 as usize]))
        });
        keyed.into_iter().map(|(_, provider)| provider).collect()
    }

    /// The providers by the day of their confirmation, the latest first, equal days by id.
    pub fn by_day(&self, ids: &[[u64; 2]]) -> Vec<u32> {
        let day = |provider: u32| self.days.get(provider as usize).copied().unwrap_or(u64::MAX);
        let mut keyed: Vec<(u64, u32)> = (0..ids.len() as u32)
            .map(|provider| (day(provider), provider))
            .collect();
        keyed.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| ids[a.1 as usize].cmp(&ids[b.1 as usize])));
        keyed.into_iter().map(|(_, provider)| provider).collect()
    }
}

/// The place of each provider in an order.
pub fn ranks(order: &[u32]) -> Vec<u32> {
    let mut ranks = vec![0; order.len()];
    for (rank, provider) in (0..).zip(order) {
        ranks[*provider as usize] = rank;
    }
    ranks
}
