//! How records are matched: the source they come from, and from which probability on an answer is one.

use std::sync::Arc;

use crate::domain::{configuration::Matching, npi_life::NpiLives};
use crate::vocab::{Fault, lexicon::MatchModel};

/// The profile of what is read from texts.
const OF_TEXTS: &str = "text";

/// How records are matched.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The profile of the source.
    pub profile: String,
    /// From which probability on a match is a match; none: as the profile has it.
    pub threshold: Option<f64>,
    /// From which on a person should look; none: as the profile has it.
    pub review: Option<f64>,
    /// Whether to tell how the probabilities came about.
    pub explain: bool,
    /// NPIs that are deactivated or replaced.
    pub lives: Arc<NpiLives>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            profile: "default".to_owned(),
            threshold: None,
            review: None,
            explain: false,
            lives: Arc::default(),
        }
    }
}

impl Options {
    /// What an organisation has chosen, where a request does not say otherwise. A profile that the model no longer has is
    /// passed over.
    pub fn chosen_by(&mut self, chosen: &Matching, pairs: &[(String, String)], model: &MatchModel) {
        let says = |name: &str| pairs.iter().any(|(known, _)| known == name);
        if let Some(profile) = &chosen.profile
            && !says("profile")
            && model.profiles.contains_key(profile)
        {
            self.profile.clone_from(profile);
        }
        self.threshold = self.threshold.or(chosen.threshold);
        self.review = self.review.or(chosen.review);
    }

    /// For what texts say: by the profile of texts, unless another than the usual one was chosen. Fewer of those whom texts name are
    /// absent than of those whom records do.
    pub fn read_from_text(&mut self, model: &MatchModel) {
        if self.profile == Self::default().profile && model.profiles.contains_key(OF_TEXTS) {
            OF_TEXTS.clone_into(&mut self.profile);
        }
    }

    /// Reads `threshold`, `review`, `profile` and `explain`.
    ///
    /// # Errors
    /// All faults at once.
    pub fn parse(pairs: &[(String, String)], model: &MatchModel) -> Result<Self, Vec<Fault>> {
        let mut options = Self::default();
        let mut faults = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in pairs {
            if seen.contains(&name.as_str()) {
                faults.push(Fault::new(name, "repeated", "may be given once"));
            }
            seen.push(name);
            match name.as_str() {
                // What is likelier wrong than right is no match.
                "threshold" => match value.parse::<f64>() {
                    Ok(number) if (0.5..=1.0).contains(&number) => options.threshold = Some(number),
                    _ => faults.push(Fault::new(name, "range", "a number from 0.5 to 1")),
                },
                "review" => match value.parse::<f64>() {
                    Ok(number) if (0.0..=1.0).contains(&number) => options.review = Some(number),
                    _ => faults.push(Fault::new(name, "range", "a number from 0 to 1")),
                },
                "profile" if model.profiles.contains_key(value) => options.profile.clone_from(value),
                "profile" => {
                    let known = model.profiles.keys().cloned().collect::<Vec<_>>().join(", ");
                    faults.push(Fault::new(name, "unknown_term", format!("known are {known}")));
                }
                "explain" => match value.as_str() {
                    "true" | "" => options.explain = true,
                    "false" => options.explain = false,
                    _ => faults.push(Fault::new(name, "invalid", "true or false")),
                },
                _ => faults.push(Fault::new(
                    name,
                    "unknown_parameter",
                    "known here are threshold, review, profile, explain",
                )),
            }
        }
        if let (Some(threshold), Some(review)) = (options.threshold, options.review)
            && review > threshold
        {
            faults.push(Fault::new("review", "range", "must not be above the threshold"));
        }
        if faults.is_empty() { Ok(options) } else { Err(faults) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_a_profile_of_their_own_unless_another_was_chosen() {
        let model = MatchModel::embedded();
        for (chosen, used) in [("default", "text"), ("registry", "registry"), ("text", "text")] {
            let mut options = Options {
                profile: chosen.to_owned(),
                ..Options::default()
            };
            options.read_from_text(&model);
            assert_eq!(options.profile, used);
        }
        let mut options = Options::default();
        options.read_from_text(&MatchModel::default());
        assert_eq!(options.profile, "default");
    }
}
