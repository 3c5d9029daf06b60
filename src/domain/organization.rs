//! Tenants: what an organisation is, and the word it has in addresses.

use schemars::JsonSchema;
use serde::Serialize;

use super::line::check_line;
use crate::vocab::{
    Fault, OrganizationId,
    terms::{OrganizationType, SubscriptionTier},
};

/// Letters of a slug.
pub const SLUG_LENGTH: usize = 63;

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Organization {
    /// Its key.
    pub id: OrganizationId,
    /// The name shown.
    pub name: String,
    /// Its word in addresses; stays when the name changes.
    pub slug: String,
    /// What it is.
    pub r#type: OrganizationType,
    /// Whether anybody can act for it.
    pub is_active: bool,
    /// What it pays for.
    pub subscription_tier: SubscriptionTier,
    /// The organisation that it belongs to.
    pub parent_id: Option<OrganizationId>,
    /// Raised by every change.
    pub version: i64,
}

/// The word for a name: `St. Mary's Clinic` is `st-marys-clinic`. A name without letters and digits has none.
pub fn slug_of(name: &str) -> Option<String> {
    let plain = deunicode::deunicode(name).to_lowercase();
    let mut slug = String::new();
    let mut gap = false;
    for letter in plain.chars() {
        if letter.is_ascii_alphanumeric() {
            if gap && !slug.is_empty() {
                slug.push('-');
            }
            gap = false;
            slug.push(letter);
        } else if letter != '\'' {
            gap = true;
        }
    }
    slug.truncate(SLUG_LENGTH);
    let slug = slug.trim_end_matches('-');
    (!slug.is_empty()).then(|| slug.to_owned())
}

/// The `number`th choice of a word that others have taken: `st-marys-clinic-2`.
pub fn numbered(slug: &str, number: u32) -> String {
    if number < 2 {
        return slug.to_owned();
    }
    let suffix = format!("-{number}");
    let kept = slug.get(..SLUG_LENGTH - suffix.len()).unwrap_or(slug);
    format!("{}{suffix}", kept.trim_end_matches('-'))
}

/// A name that says something: 1 to 200 characters on one line.
///
/// # Errors
/// What is wrong with it, as a fault of `field`.
pub fn named(field: &str, text: &str) -> Result<String, Fault> {
    let text = text.trim();
    check_line(field, text, 200)?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn feature_5_01_names_become_words_for_addresses() {
        for (name, slug) in [
            ("St. Mary's Clinic", "st-marys-clinic"),
            ("  Clínica  Niño & Söhne ", "clinica-nino-sohne"),
            ("Clinic #1 (West)", "clinic-1-west"),
        ] {
            assert_eq!(slug_of(name).as_deref(), Some(slug));
        }
        assert_eq!(slug_of("!!!"), None);
        assert_eq!(numbered("st-marys-clinic", 1), "st-marys-clinic");
        assert_eq!(numbered("st-marys-clinic", 2), "st-marys-clinic-2");
    }

    proptest! {
        #[test]
        fn every_word_fits_an_address(name in "\\PC{0,120}", number in 1_u32..10_000) {
            if let Some(slug) = slug_of(&name) {
                for slug in [numbered(&slug, number), slug] {
                    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
                    prop_assert!(slug.len() <= SLUG_LENGTH && slug.bytes().all(fits));
                    prop_assert!(!slug.starts_with('-') && !slug.ends_with('-') && !slug.contains("--"), "{}", slug);
                }
            }
        }
    }
}
