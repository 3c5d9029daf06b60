//! How often a word is a given name and how often a surname, from the Census: which of two words is which.
//!
//! The directory's own names say that somebody is called so; these tables say how.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::vocab::names::fold;

/// Weights of one word, each in parts of a million of the table it is from.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Weight {
    /// As a given name.
    pub given: f32,
    /// As a surname.
    pub surname: f32,
    /// As a given name of women.
    pub given_to_women: f32,
}

impl Weight {
    /// Which share of those called so are women; none of a word that is no given name.
    pub fn women(self) -> Option<f32> {
        (self.given > 0.0).then(|| self.given_to_women / self.given)
    }
}

/// The tables, read once.
pub static CENSUS: LazyLock<Census> = LazyLock::new(Census::read);

/// Given names and surnames of the United States.
pub struct Census {
    words: FxHashMap<Box<str>, Weight>,
}

impl Census {
    /// What is known of a folded word.
    pub fn weight(&self, word: &str) -> Weight {
        self.words.get(word).copied().unwrap_or_default()
    }

    fn read() -> Self {
        let mut words: FxHashMap<Box<str>, Weight> = FxHashMap::default();
        let given = [
            include_bytes!("generate/female.csv.zst").as_slice(),
            include_bytes!("generate/male.csv.zst").as_slice(),
        ];
        for (table, are_women) in given.into_iter().zip([true, false]) {
            for (name, share) in rows(table, 1) {
                let weight = words.entry(name).or_default();
                weight.given += share;
                if are_women {
                    weight.given_to_women += share;
                }
            }
        }
        for (name, share) in rows(include_bytes!("generate/surnames.csv.zst"), 2) {
            words.entry(name).or_default().surname += share;
        }
        Self { words }
    }
}

/// Folded names with their share of all, per million.
fn rows(packed: &[u8], column: usize) -> Vec<(Box<str>, f32)> {
    let bytes = zstd::decode_all(packed).expect("a table compiled in was packed with zstd");
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let rows: Vec<(Box<str>, f32)> = reader
        .records()
        .map(|row| {
            let row = row.expect("a table compiled in has equal rows");
            let weight = row[column]
                .parse()
                .expect("a table compiled in has numbers where they belong");
            (fold(&row[0]).into(), weight)
        })
        .collect();
    let all: f32 = rows.iter().map(|(_, weight)| weight).sum();
    rows.into_iter()
        .map(|(name, weight)| (name, weight / all * 1e6))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_names_and_surnames_are_told_apart() {
        let (jane, smith, james) = (CENSUS.weight("jane"), CENSUS.weight("smith"), CENSUS.weight("james"));
        assert!(jane.given > jane.surname && smith.surname > smith.given);
        assert!(james.given > 0.0 && james.surname > 0.0);
        assert_eq!(CENSUS.weight("qxz"), Weight::default());
    }
}
