//! The category of a provider, from its taxonomy.

use crate::domain::provider::Specialty;
use crate::vocab::terms::ProviderKind;

/// The taxonomy groups of NPPES (single and multi-specialty) that mark a group practice.
const GROUP_PREFIX: &str = "193";

/// What kind of place or person this is, as the directory sorts providers. The primary taxonomy decides; a taxonomy group
/// in the record makes an organisation a group whatever it specialises in.
///
/// Source: NUCC, Health Care Provider Taxonomy, section Non-Individual.
pub fn category(kind: ProviderKind, specialties: &[Specialty], has_group: bool) -> &'static str {
    if kind == ProviderKind::Individual {
        return "practitioner";
    }
    let primary = specialties.iter().find(|s| s.primary).map_or("", |s| s.code.as_str());
    if primary.starts_with("28") {
        "hospital"
    } else if primary.starts_with("3336") {
        "pharmacy"
    } else if primary.starts_with("291U") {
        "lab"
    } else if primary.starts_with("261Q") {
        "clinic"
    } else if primary.starts_with(GROUP_PREFIX) || has_group {
        "group"
    } else {
        "facility"
    }
}

/// Whether the text of a taxonomy group column (`193400000X SINGLE SPECIALTY  GROUP`) names a group.
pub fn is_group(text: &str) -> bool {
    text.trim_start().starts_with(GROUP_PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primary_taxonomy_decides() {
        let with = |code: &str| {
            vec![Specialty {
                code: code.into(),
                primary: true,
                license_number: None,
                license_state: None,
            }]
        };
        for (code, expected) in [
            ("282N00000X", "hospital"),
            ("3336C0003X", "pharmacy"),
            ("333600000X", "pharmacy"),
            ("291U00000X", "lab"),
            ("261QC1500X", "clinic"),
            ("193200000X", "group"),
            ("332B00000X", "facility"),
        ] {
            assert_eq!(
                category(ProviderKind::Organization, &with(code), false),
                expected,
                "{code}"
            );
        }
        assert_eq!(category(ProviderKind::Organization, &with("207L00000X"), true), "group");
        assert_eq!(category(ProviderKind::Organization, &[], false), "facility");
        assert_eq!(
            category(ProviderKind::Individual, &with("282N00000X"), false),
            "practitioner"
        );
    }
}
