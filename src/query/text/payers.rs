//! Networks and plans by name: whole (`Harbor National Health Gold PPO`), by the payer's name, or in part behind `takes`.

use super::Reader;
use crate::domain::reference::Plan;
use crate::index::Snapshot;
use crate::query::request::NetworkChoice;
use crate::vocab::NetworkId;

/// Behind these a network or plan is named.
const CUES: &[&str] = &[
    "takes",
    "take",
    "taking",
    "accepts",
    "accept",
    "accepting",
    "insurance",
    "with",
    "under",
    "plan",
    "network",
    "covered",
    "by",
    "acepta",
    "aceptan",
    "acepte",
    "acepten",
    "toma",
    "toman",
    "con",
    "seguro",
];
/// Payers that everybody knows, to be told that they are not here.
const WELL_KNOWN: &[&[&str]] = &[
    &["blue", "cross", "blue", "shield"],
    &["blue", "cross"],
    &["blue", "shield"],
    &["united", "healthcare"],
    &["united", "health", "care"],
    &["unitedhealthcare"],
    &["kaiser", "permanente"],
    &["kaiser"],
    &["aetna"],
    &["cigna"],
    &["humana"],
    &["anthem"],
    &["bcbs"],
    &["medicare", "advantage"],
    &["medicare"],
    &["medicaid"],
    &["tricare"],
    &["molina"],
    &["centene"],
    &["ambetter"],
    &["delta", "dental"],
    &["metlife"],
    &["obamacare"],
    &["oscar", "health"],
    &["medi", "cal"],
    &["vsp"],
    &["eyemed"],
    &["highmark"],
    &["wellcare"],
    &["healthfirst"],
    &["emblemhealth"],
    &["multiplan"],
    &["champva"],
    &["uhc"],
];
/// Behind the name of a payer these are of it: no `gold` there is a person.
const TAIL: &[&str] = &[
    "insurance",
    "network",
    "plan",
    "plans",
    "networks",
    "gold",
    "silver",
    "bronze",
    "platinum",
    "hmo",
    "ppo",
    "epo",
    "pos",
    "marketplace",
];
/// Kinds of plans: by themselves they name none.
const KINDS: &[&str] = &["hmo", "ppo", "epo"];

/// Whether a word is of the name of a network, a plan, or a well-known payer.
pub(super) fn names(snapshot: &Snapshot, word: &str) -> bool {
    snapshot.reference_names.has(word) || WELL_KNOWN.iter().any(|name| name.contains(&word))
}

impl Reader<'_, '_> {
    /// A network or plan at the beginning of the words, perhaps behind a cue, and how many words it took.
    pub(super) fn payer(&mut self, rest: &[String]) -> Option<usize> {
        let mut cue = 0;
        while rest.get(cue).is_some_and(|word| {
            CUES.contains(&word.as_str()) || (cue > 0 && matches!(word.as_str(), "the" | "my" | "in" | "insurance"))
        }) {
            cue += 1;
        }
        let snapshot = self.snapshot;
        let cued = cue > 0 || self.reading.networks.is_empty() && self.behind_cue(rest);
        let taken = self
            .named_payer(&rest[cue..], cued)
            .or_else(|| {
                let known = WELL_KNOWN.iter().find(|name| super::starts_with(&rest[cue..], name))?;
                let whole = cue == 0 && rest.len() == known.len();
                if whole {
                    return None;
                }
                // `medicaid dentist`: networks that have the word in their name are meant without a cue, too.
                let (word, networks) = (&rest[cue], &snapshot.reference_names.networks);
                if known.len() == 1 && self.payer_by_a_word(word, networks).is_some() {
                    return Some(1);
                }
                self.tell(format!(
                    "no network or plan called `{}` is in this directory",
                    known.join(" ")
                ));
                Some(known.len() + self.state_of_payer(&rest[cue + known.len()..]))
            })
            .or_else(|| {
                let kind = rest.get(cue).filter(|word| KINDS.contains(&word.as_str()))?;
                self.tell(format!("`{kind}` alone names no network or plan, so it is left out"));
                Some(1)
            })?;
        let tail = rest[cue + taken..]
            .iter()
            .take_while(|word| TAIL.contains(&word.as_str()));
        Some(cue + taken + tail.count())
    }

    /// `of texas` behind a payer's name is of the name, not a place.
    fn state_of_payer(&self, rest: &[String]) -> usize {
        let of = rest.first().is_some_and(|word| word == "of");
        let state = |count: usize| {
            let name = rest.get(1..=count)?.join(" ");
            self.snapshot.lexicon.gazetteer.state(&name).map(|_| count + 1)
        };
        if of {
            state(2).or_else(|| state(1)).unwrap_or(0)
        } else {
            0
        }
    }

    fn behind_cue(&self, rest: &[String]) -> bool {
        let at = self.words.len() - rest.len();
        at > 0 && CUES.contains(&self.words[at - 1].as_str())
    }

    fn named_payer(&mut self, rest: &[String], cued: bool) -> Option<usize> {
        let snapshot = self.snapshot;
        let (reference, folded) = (&snapshot.reference, &snapshot.reference_names);
        let beginning = |name: &[String]| name.iter().zip(rest).take_while(|(a, b)| a == b).count();
        let mut best: Option<(usize, bool)> = None;
        let (networks, plans) = (&folded.networks, &folded.plans);
        for name in networks.iter().map(|(name, _)| name).chain(plans) {
            let shared = beginning(name);
            let whole = shared == name.len();
            let enough = whole || shared >= 2 || (cued && shared == 1 && name[0].len() > 4);
            if enough && shared > 0 && best.is_none_or(|known| (shared, whole) > known) {
                best = Some((shared, whole));
            }
        }
        let Some((shared, _)) = best else {
            return cued.then(|| self.payer_by_a_word(rest.first()?, networks)).flatten();
        };
        let chosen: Vec<NetworkId> = networks
            .iter()
            .filter(|(name, _)| beginning(name) == shared)
            .map(|(_, id)| *id)
            .collect();
        let whole_plan = plans
            .iter()
            .position(|name| name.len() == shared && beginning(name) == shared);
        match whole_plan {
            Some(plan)
                if networks
                    .iter()
                    .all(|(name, _)| name.len() != shared || beginning(name) != shared) =>
            {
                let plan = &reference.plans[plan];
                self.reading.plans.push((plan.id, choices(plan)));
            }
            // `harbor national health gold`: the plans that begin so.
            None if chosen.is_empty() => {
                for (plan, _) in reference
                    .plans
                    .iter()
                    .zip(plans)
                    .filter(|(_, name)| beginning(name) == shared)
                {
                    self.reading.plans.push((plan.id, choices(plan)));
                }
            }
            _ if chosen.is_empty() => return None,
            _ => self.add_networks(&chosen),
        }
        Some(shared)
    }

    /// `takes medicaid`: the networks that have the word in their name.
    fn payer_by_a_word(&mut self, word: &String, networks: &[(Vec<String>, NetworkId)]) -> Option<usize> {
        if word.len() < 5 || self.snapshot.lexicon.everyday.is_filler(word) || word == "patients" {
            return None;
        }
        let with: Vec<NetworkId> = networks
            .iter()
            .filter(|(name, _)| name.contains(word))
            .map(|(_, id)| *id)
            .collect();
        if with.is_empty() {
            return None;
        }
        self.add_networks(&with);
        Some(1)
    }

    fn add_networks(&mut self, ids: &[NetworkId]) {
        let choices = ids.iter().map(|id| NetworkChoice {
            id: id.0.as_u128(),
            tier: None,
        });
        self.reading.networks.extend(choices);
    }
}

/// The networks of a plan, as a search asks for them.
fn choices(plan: &Plan) -> Vec<NetworkChoice> {
    let choice = plan.networks.iter().map(|network| NetworkChoice {
        id: network.network_id.0.as_u128(),
        tier: network.tier.clone(),
    });
    choice.collect()
}
