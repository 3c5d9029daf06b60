//! How accurate a directory is: a random sample of a plan's listings, each field asked for, and what that says of all of them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::vocab::terms::{FieldFinding, ListingField};

/// What was found of one field over the sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct FieldScore {
    /// Listings where it is as listed.
    pub right: u32,
    /// Listings where it is not.
    pub wrong: u32,
    /// Listings where nobody could be asked: neither right nor wrong.
    pub unreachable: u32,
    /// Share of right among those that answered; null: nobody did.
    pub share: Option<f64>,
    /// The share lies between these in 95 of 100 such samples (Wilson's interval).
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

/// The score of a sample.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Score {
    /// Listings in the sample.
    pub sample: u32,
    /// Of them, those of which at least one field was asked for.
    pub checked: u32,
    /// Of them, those whose every answered field is right.
    pub all_right: u32,
    /// Share of right fields among all that were answered, in hundredths; null: nobody answered.
    pub score: Option<f64>,
    /// By field.
    pub fields: BTreeMap<&'static str, FieldScore>,
}

/// The score of what was found, by listing.
pub fn score(sample: u32, found: &[BTreeMap<ListingField, FieldFinding>]) -> Score {
    let mut fields: BTreeMap<&'static str, FieldScore> = BTreeMap::new();
    let (mut checked, mut all_right) = (0, 0);
    for listing in found.iter().filter(|listing| !listing.is_empty()) {
        checked += 1;
        let answered = listing.values().filter(|f| **f != FieldFinding::Unreachable).count();
        let right = listing.values().filter(|f| **f == FieldFinding::Right).count();
        all_right += u32::from(answered > 0 && right == answered);
        for (field, finding) in listing {
            let at = fields.entry(field.code()).or_default();
            match finding {
                FieldFinding::Right => at.right += 1,
                FieldFinding::Wrong => at.wrong += 1,
                FieldFinding::Unreachable => at.unreachable += 1,
            }
        }
    }
    for field in fields.values_mut() {
        let answered = field.right + field.wrong;
        if answered > 0 {
            let (low, high) = wilson(field.right, answered);
            field.share = Some(rounded(f64::from(field.right) / f64::from(answered)));
            (field.low, field.high) = (Some(rounded(low)), Some(rounded(high)));
        }
    }
    let right: u32 = fields.values().map(|f| f.right).sum();
    let answered: u32 = fields.values().map(|f| f.right + f.wrong).sum();
    Score {
        sample,
        checked,
        all_right,
        score: (answered > 0).then(|| rounded(100.0 * f64::from(right) / f64::from(answered))),
        fields,
    }
}

/// The interval of Wilson (1927) for a share of 95 %.
fn wilson(right: u32, of: u32) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    let (n, p) = (f64::from(of), f64::from(right) / f64::from(of));
    let middle = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + Z * Z / n;
    (((middle - half) / whole).max(0.0), ((middle + half) / whole).min(1.0))
}

fn rounded(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2.25: the figures of a sample, by hand; who did not answer counts for nothing.
    #[test]
    fn feature_2_25_the_score_is_what_was_answered() {
        use FieldFinding::{Right, Unreachable, Wrong};
        use ListingField::{Address, Name, Phone};
        let found = [
            BTreeMap::from([(Name, Right), (Phone, Wrong)]),
            BTreeMap::from([(Name, Right), (Phone, Right), (Address, Unreachable)]),
            BTreeMap::from([(Phone, Unreachable)]),
            BTreeMap::new(),
        ];
        let told = score(5, &found);
        assert_eq!((told.sample, told.checked, told.all_right), (5, 3, 1));
        assert_eq!(told.score, Some(75.0));
        let phone = told.fields["phone"];
        assert_eq!(
            (phone.right, phone.wrong, phone.unreachable, phone.share),
            (1, 1, 1, Some(0.5))
        );
        assert_eq!((told.fields["address"].share, told.fields["address"].low), (None, None));
        assert_eq!(score(0, &[]).score, None);
        // Wilson's interval for 45 of 50, as tables have it.
        let (low, high) = wilson(45, 50);
        assert_eq!((rounded(low), rounded(high)), (0.7864, 0.9565));
    }
}
