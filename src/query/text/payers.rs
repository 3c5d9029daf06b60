//! Networks and plans by name: whole (`Harbor National Health Gold PPO`), by the payer's name, or in part behind `takes`.

use super::Reader;
use crate::domain::reference::Plan;
use crate::index::Snapshot;
use crate::query::{request::NetworkChoice, spelling};
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
    &["united", "healthcare", "community", "plan"],
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
    &["medigap"],
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
/// What states call their Medicaid.
const MEDICAID: &[&[&str]] = &[
    &["ahcccs"],
    &["apple", "health"],
    &["badgercare"],
    &["centennial", "care"],
    &["health", "first", "colorado"],
    &["hoosier", "healthwise"],
    &["husky", "health"],
    &["kancare"],
    &["mainecare"],
    &["masshealth"],
    &["medi", "cal"],
    &["medical", "assistance"],
    &["mo", "healthnet"],
    &["nj", "familycare"],
    &["peachcare"],
    &["soonercare"],
    &["tenncare"],
    &["title", "19"],
];
/// What the one of children is called.
const CHIP: &[&str] = &["chip"];
/// Those of them that people are called, too.
const PEOPLE: &[&str] = &["kaiser", "molina"];
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
    "card",
    "accepted",
];
/// Behind a name these say that it is a payer's.
const BEHIND: &[&str] = &[
    "network",
    "networks",
    "insurance",
    "plan",
    "plans",
    "accepted",
    "card",
    "hmo",
    "ppo",
    "epo",
];
/// Those of them that say nothing of their own.
const PLAIN: &[&str] = &["accepted", "card", "insurance", "network", "networks", "plan", "plans"];
/// Words of the names of plans and networks that, behind the first word of one, are of it: `prairie select`.
const PRODUCTS: &[&str] = &["choice", "community", "select"];
/// How dear a plan is.
const METALS: &[&str] = &["bronze", "gold", "platinum", "silver"];
/// Kinds of plans: by themselves they name none.
const KINDS: &[&str] = &["hmo", "ppo", "epo"];

/// Whether a word is of the name of a network, a plan, or a well-known payer.
pub(super) fn names(snapshot: &Snapshot, word: &str) -> bool {
    snapshot.reference_names.has(word) || WELL_KNOWN.iter().any(|name| name.contains(&word))
}

/// How a text names a network or plan: the beginning of its name, and more of its words, some of them left out between
/// (`harbor national gold` is Harbor National Health Gold PPO).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    /// Words of the name that are said.
    words: usize,
    /// Whether that is all of it.
    whole: bool,
    /// Words of the text that say it.
    taken: usize,
}

impl Said {
    /// `cued`: the text says that a network or plan comes. Where it does not, what stands behind a gap must say so itself:
    /// `harbor medicaid`, but not `harbor health center`.
    fn of(name: &[String], rest: &[String], cued: bool) -> Self {
        let straight = name.iter().zip(rest).take_while(|(a, b)| a == b).count();
        let mut said = Self {
            words: straight,
            whole: straight == name.len(),
            taken: straight,
        };
        if straight == 0 || said.whole {
            return said;
        }
        let mut used = vec![false; name.len()];
        used[..straight].fill(true);
        let (mut words, mut telling) = (straight, cued || straight > 1);
        for (at, word) in rest.iter().enumerate().skip(straight) {
            match (0..name.len()).find(|own| !used[*own] && name[*own] == *word) {
                Some(own) => {
                    used[own] = true;
                    words += 1;
                    telling |= is_kind(word);
                    if telling {
                        said = Self {
                            words,
                            whole: words == name.len(),
                            taken: at + 1,
                        };
                    }
                }
                None if PLAIN.contains(&word.as_str()) => {}
                None => break,
            }
        }
        said
    }
}

/// Whether a word tells a kind of plan or a programme that payers have plans of.
fn is_kind(word: &str) -> bool {
    let plain = PLAIN.contains(&word);
    !plain && (TAIL.contains(&word) || WELL_KNOWN.iter().any(|known| *known == [word]))
}

impl Reader<'_, '_> {
    /// A network or plan at the beginning of the words, perhaps behind a cue, and how many words it took.
    pub(super) fn payer(&mut self, rest: &[String]) -> Option<usize> {
        let before = self.reading.networks.len() + self.reading.plans.len();
        let mut cue = 0;
        while rest.get(cue).is_some_and(|word| {
            CUES.contains(&word.as_str()) || (cue > 0 && matches!(word.as_str(), "the" | "my" | "in" | "insurance"))
        }) {
            cue += 1;
        }
        let led = self.leads_to_payer(rest);
        let cue = led.unwrap_or(cue);
        let snapshot = self.snapshot;
        let second = || !self.reading.networks.is_empty() && self.is_joined(rest);
        let cued = led.is_some() || cue > 0 || (self.reading.networks.is_empty() && self.behind_cue(rest)) || second();
        if let Some(taken) = self.kind_first(&rest[cue..]) {
            return Some(cue + taken);
        }
        let joined = self.is_joined(&rest[cue..]);
        let taken = self
            .named_payer(&rest[cue..], cued, joined)
            .or_else(|| self.plan_code(rest.get(cue)))
            .or_else(|| self.medicaid_of_a_state(&rest[cue..], cue > 0))
            .or_else(|| {
                let known = WELL_KNOWN.iter().find(|name| super::starts_with(&rest[cue..], name))?;
                let whole = cue == 0 && rest.len() == known.len();
                // `medicaid dentist`: networks that have the word in their name are meant without a cue, too.
                let (word, networks) = (&rest[cue], &snapshot.reference_names.networks);
                // Some are names of people, too; and a payer alone may be somebody's name.
                let alone = rest.len() == self.words.len();
                let said = &rest[cue..cue + known.len()];
                let named = || {
                    alone && (spelling::is_borne_by_person(snapshot, said) || spelling::is_whole_house(snapshot, said))
                };
                if whole && ((known.len() == 1 && PEOPLE.contains(&word.as_str())) || named()) {
                    return None;
                }
                if known.len() == 1 && self.payer_by_a_word(word, networks).is_some() {
                    return Some(1);
                }
                self.tell(format!(
                    "no network or plan called `{}` is in this directory",
                    known.join(" ")
                ));
                Some(known.len() + self.state_of_payer(&rest[cue + known.len()..]))
            })
            .or_else(|| self.kinds_of_plans(&rest[cue..]))?;
        let behind = &rest[cue + taken..];
        let tail = behind.iter().take_while(|word| TAIL.contains(&word.as_str())).count();
        if self.reading.networks.len() + self.reading.plans.len() > before {
            self.tell_unknown_kinds(&rest[cue..cue + taken], &behind[..tail]);
        }
        Some(cue + taken + tail)
    }

    /// `medi-cal`, `tenncare`: the networks that have Medicaid in their names, if there are any.
    fn medicaid_of_a_state(&mut self, rest: &[String], cued: bool) -> Option<usize> {
        // `takes chip`: that of children; no Chip by himself.
        let of_children = || (cued && rest.first().is_some_and(|word| word == "chip")).then_some(&CHIP);
        let mut known = MEDICAID.iter();
        let known = known.find(|name| super::starts_with(rest, name)).or_else(of_children)?;
        let networks = &self.snapshot.reference_names.networks;
        let found = self.payer_by_a_word(&"medicaid".to_owned(), networks);
        found.map(|_| known.len())
    }

    /// Whether words begin a payer's name, and nobody but the payer is called by all of them.
    pub(super) fn begins_payer(&self, words: &[String]) -> bool {
        let folded = &self.snapshot.reference_names;
        let mut names = folded.networks.iter().map(|(name, _)| name).chain(&folded.plans);
        words[0].len() > 4 && names.any(|name| name.starts_with(words))
    }

    /// `in harbor network`, `my tidewater insurance`, `in tidewater`: how many words lead to a payer's name, which says that it is one by
    /// what stands around it.
    fn leads_to_payer(&self, rest: &[String]) -> Option<usize> {
        let lead = rest
            .iter()
            .take_while(|word| matches!(word.as_str(), "in" | "the" | "my" | "our"))
            .count();
        let name = rest.get(lead..).filter(|name| !name.is_empty())?;
        if !self.begins_payer(&name[..1]) {
            return None;
        }
        let folded = &self.snapshot.reference_names;
        let of_name = name.iter().take_while(|word| folded.has(word)).count();
        let said = name.get(of_name).is_some_and(|word| BEHIND.contains(&word.as_str()));
        let within = name[..of_name]
            .iter()
            .skip(1)
            .any(|word| BEHIND.contains(&word.as_str()));
        if said || within {
            return Some(lead);
        }
        // `in harbor springs`: a town.
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let town = (2..=name.len().min(3)).any(|length| gazetteer.is_city(&name[..length].join(" ")));
        let stated = name.get(1).is_some_and(|word| gazetteer.is_state(word));
        let led = lead > 0 && rest[0] == "in" && !gazetteer.is_great_city(&name[0]);
        (led && !town && !stated).then_some(lead)
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

    /// `gold ppo from harbor national`: the kind of plan before the payer.
    fn kind_first(&mut self, rest: &[String]) -> Option<usize> {
        let is_of_plan = |word: &&String| TAIL.contains(&word.as_str()) && !PLAIN.contains(&word.as_str());
        let kinds = rest.iter().take_while(is_of_plan).count();
        if kinds == 0 {
            return None;
        }
        let between = rest[kinds..].iter().take_while(|word| {
            PLAIN.contains(&word.as_str())
                || matches!(
                    word.as_str(),
                    "from" | "by" | "with" | "of" | "through" | "the" | "under"
                )
        });
        let from = kinds + between.count();
        let payer = &rest[from..];
        let folded = &self.snapshot.reference_names;
        let names = folded.networks.iter().map(|(name, _)| name).chain(&folded.plans);
        let straight = |name: &Vec<String>| name.iter().zip(payer).take_while(|(a, b)| a == b).count();
        let length = names.map(straight).max().filter(|length| *length > 0)?;
        // `gold harbor`: people may be called both.
        let sure = length > 1 || from > kinds || rest[..kinds].iter().any(|word| KINDS.contains(&word.as_str()));
        if !sure || (length == 1 && payer[0].len() < 5) {
            return None;
        }
        let turned: Vec<String> = payer[..length].iter().chain(&rest[..kinds]).cloned().collect();
        let joined = self.is_joined(rest);
        let taken = self.named_payer(&turned, true, joined)?;
        self.tell_unknown_kinds(&turned[..taken], &turned[taken..]);
        Some(from + length)
    }

    /// `gold ppo`, `silver hmo`: all plans, or networks, that are of all these kinds; one kind alone names none.
    fn kinds_of_plans(&mut self, rest: &[String]) -> Option<usize> {
        let kinds = rest.iter().take_while(|word| is_kind(word)).count();
        let words = &rest[..kinds];
        let says_plan = words.iter().any(|word| KINDS.contains(&word.as_str()));
        let behind = rest
            .get(kinds)
            .is_some_and(|word| matches!(word.as_str(), "plan" | "plans"));
        let metal = words.first().is_some_and(|word| METALS.contains(&word.as_str()));
        if !(says_plan || (behind && metal)) {
            return None;
        }
        let snapshot = self.snapshot;
        let (reference, folded) = (&snapshot.reference, &snapshot.reference_names);
        let is_meant = |name: &[String]| words.iter().all(|kind| name.contains(kind));
        let taken = kinds + usize::from(behind);
        if kinds > 1 {
            let networks = folded.networks.iter().filter(|(name, _)| is_meant(name));
            let networks: Vec<NetworkId> = networks.map(|(_, id)| *id).collect();
            let plans = reference.plans.iter().zip(&folded.plans);
            let plans = plans.filter(|(_, name)| is_meant(name)).map(|(plan, _)| plan);
            let plans: Vec<_> = plans.map(|plan| (plan.id, choices(plan))).collect();
            if !plans.is_empty() {
                self.reading.plans.extend(plans);
                return Some(taken);
            }
            if !networks.is_empty() {
                self.add_networks(&networks, false);
                return Some(taken);
            }
        }
        let said = words.join(" ");
        self.tell(format!("`{said}` alone names no network or plan, so it is left out"));
        Some(taken)
    }

    /// Never more people than are meant without a word about it.
    fn tell_unknown_kinds(&mut self, payer: &[String], behind: &[String]) {
        let kinds: Vec<&str> = behind.iter().map(String::as_str).filter(|word| is_kind(word)).collect();
        if !kinds.is_empty() {
            let kinds = kinds.join(" ");
            let said = [payer.join(" ").as_str(), kinds.as_str()].join(" ");
            self.tell(format!(
                "no network or plan called `{said}` is in this directory, so `{kinds}` is left out"
            ));
        }
    }

    /// `HARB02`: the code of a plan, as it stands on a card.
    fn plan_code(&mut self, word: Option<&String>) -> Option<usize> {
        let word = word.filter(|word| {
            let (digits, letters) = (|b: u8| b.is_ascii_digit(), |b: u8| b.is_ascii_alphabetic());
            word.len() > 3 && word.bytes().any(digits) && word.bytes().any(letters)
        })?;
        let is_code = |code: &str| {
            let code = code
                .bytes()
                .filter(u8::is_ascii_alphanumeric)
                .map(|b| b.to_ascii_lowercase());
            code.eq(word.bytes())
        };
        let plans = self.snapshot.reference.plans.iter().filter(|plan| is_code(&plan.code));
        let meant: Vec<_> = plans.map(|plan| (plan.id, choices(plan))).collect();
        let found = !meant.is_empty();
        self.reading.plans.extend(meant);
        found.then_some(1)
    }

    fn named_payer(&mut self, rest: &[String], cued: bool, joined: bool) -> Option<usize> {
        let snapshot = self.snapshot;
        let (reference, folded) = (&snapshot.reference, &snapshot.reference_names);
        let cued = cued || self.names_product(rest);
        let said = |name: &[String]| Said::of(name, rest, cued);
        let (networks, plans) = (&folded.networks, &folded.plans);
        let names = networks.iter().map(|(name, _)| name).chain(plans);
        let enough = |name: &Vec<String>| {
            let said = said(name);
            // `dr mcgee tidewater`: nobody is called so.
            let known = || cued || !spelling::is_borne(snapshot, &name[..1]);
            let long = said.words == 1 && name[0].len() > 4 && known();
            (said.words > 0 && (said.whole || said.words >= 2 || long)).then_some(said)
        };
        let Some(best) = names.filter_map(enough).max() else {
            return cued.then(|| self.payer_by_a_word(rest.first()?, networks)).flatten();
        };
        // A whole name is meant alone; of names that are said in part those of networks go before those of plans.
        let meant = |name: &[String]| {
            let said = said(name);
            said.words == best.words && said.whole == best.whole
        };
        let chosen = networks.iter().filter(|(name, _)| meant(name)).map(|(_, id)| *id);
        let chosen: Vec<NetworkId> = chosen.collect();
        if chosen.is_empty() {
            let meant = reference.plans.iter().zip(plans).filter(|(_, name)| meant(name));
            let meant = meant.map(|(plan, _)| (plan.id, choices(plan)));
            self.reading.plans.extend(meant);
        } else {
            self.add_networks(&chosen, joined);
        }
        Some(best.taken)
    }

    /// `prairie select`: the first word of a payer's name and one of what it sells, which nobody is called together.
    fn names_product(&self, rest: &[String]) -> bool {
        let [payer, product, ..] = rest else { return false };
        PRODUCTS.contains(&product.as_str())
            && self.begins_payer(std::slice::from_ref(payer))
            && self.snapshot.lexicon.specialties.longest_prefix(&rest[1..]).is_none()
            && !spelling::is_borne(self.snapshot, &rest[..2])
    }

    /// Whether `or` or `and` stands before these words, or before their cue: either payer will do.
    fn is_joined(&self, rest: &[String]) -> bool {
        let at = self.words.len().saturating_sub(rest.len());
        let before = self.words[..at].iter().rev();
        let mut before = before.skip_while(|word| CUES.contains(&word.as_str()));
        before
            .next()
            .is_some_and(|word| matches!(word.as_str(), "or" | "and" | "o" | "y"))
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
        self.add_networks(&with, false);
        Some(1)
    }

    /// Adds networks to those that were named; of two names that nothing joins both are meant: `medicaid sierra pacific`.
    fn add_networks(&mut self, ids: &[NetworkId], joined: bool) {
        let choices = ids.iter().map(|id| NetworkChoice {
            id: id.0.as_u128(),
            tier: None,
        });
        let choices: Vec<NetworkChoice> = choices.collect();
        let both = |known: &NetworkChoice| choices.contains(known);
        if !joined && self.reading.networks.iter().any(both) {
            self.reading.networks.retain(|known| choices.contains(known));
        } else {
            self.reading.networks.extend(choices);
        }
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
