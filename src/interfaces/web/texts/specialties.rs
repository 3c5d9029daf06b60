//! What specialties are called in Spanish: those that most people have or look for, from `index_schema/specialties_es.csv`. Others
//! keep their English name, and a page says so.

use std::{collections::HashMap, sync::LazyLock};

use super::Lang;

/// By code.
static SPANISH: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let rows = include_str!("../../../../index_schema/specialties_es.csv")
        .lines()
        .skip(1);
    rows.filter_map(|row| row.split_once(',')).collect()
});

impl Lang {
    /// What a specialty is called, where that differs from the vocabulary's own name.
    pub fn specialty_name(self, code: &str) -> Option<&'static str> {
        match self {
            Self::En => None,
            Self::Es => SPANISH.get(code).copied(),
        }
    }

    /// The same in plain text, from the vocabulary's own name; which language that is in, is said.
    pub fn specialty_or(self, code: &str, english: &str) -> String {
        match (self, self.specialty_name(code)) {
            (Self::En, _) => english.to_owned(),
            (_, Some(name)) => name.to_owned(),
            (_, None) => format!("{english} ({})", self.in_english()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_of_a_specialty_of_the_vocabulary_and_of_that_alone() {
        let known = include_str!("../../../../index_schema/specialties.csv");
        let mut names: Vec<_> = SPANISH.values().collect();
        assert!(names.len() >= 150, "{}", names.len());
        for code in SPANISH.keys() {
            assert!(
                known.lines().any(|line| line.starts_with(&format!("{code},"))),
                "{code}"
            );
        }
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "two specialties of one name");
    }

    #[test]
    fn a_name_that_is_known_in_english_only_says_so() {
        assert_eq!(
            Lang::Es.specialty_or("207RC0000X", "Cardiovascular Disease Physician"),
            "Cardiología"
        );
        assert_eq!(
            Lang::Es.specialty_or("246ZX2200X", "Orthopedic Assistant"),
            "Orthopedic Assistant (en inglés)"
        );
        assert_eq!(
            Lang::En.specialty_or("246ZX2200X", "Orthopedic Assistant"),
            "Orthopedic Assistant"
        );
    }
}
