//! The audit as a chain: what a link must be, and what is wrong with a chain that was touched.
//!
//! Each row of the audit has a seal: a digest over the digest before, the place in the chain, and everything the row says.
//! There is a chain for each tenant and one for the platform. Whoever changes, removes, adds or moves a row leaves a break.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A row of the audit with its seal, as they are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The tenant; nil for the platform.
    pub chain: Uuid,
    /// The place in the chain; none for a row without a seal.
    pub number: Option<i64>,
    /// The number of the row.
    pub audit_id: i64,
    /// What the row says; none for a seal without its row.
    pub text: Option<String>,
    /// The tenant that the row itself names; nil for the platform.
    pub of: Option<Uuid>,
    /// The digest before, as the seal has it.
    pub previous: Vec<u8>,
    /// The digest, as the seal has it.
    pub hash: Vec<u8>,
}

/// The end of a chain, as somebody wrote it down: `<chain>:<number>:<hash in hex>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Head {
    /// The tenant; nil for the platform.
    pub chain: Uuid,
    /// How many links there were.
    pub number: i64,
    /// The digest of the last one, in hex.
    pub hash: String,
}

/// A text that is no head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a head looks like <chain>:<number>:<hash>, as `audit verify` prints it")]
pub struct HeadError;

impl std::str::FromStr for Head {
    type Err = HeadError;

    fn from_str(text: &str) -> Result<Self, HeadError> {
        let mut parts = text.trim().splitn(3, ':');
        let mut part = || parts.next().ok_or(HeadError);
        Ok(Self {
            chain: part()?.parse().map_err(|_| HeadError)?,
            number: part()?.parse().map_err(|_| HeadError)?,
            hash: part()?.to_ascii_lowercase(),
        })
    }
}

impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.chain, self.number, self.hash)
    }
}

/// What is wrong at one place of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The row or its seal is not what it was.
    Changed,
    /// The row is gone, its seal is not.
    Missing,
    /// A row without a seal: written past the trigger.
    Unsealed,
    /// Links are gone before this one, or it does not follow the one before.
    Broken,
    /// The chain does not reach its head: links at its end are gone.
    CutOff,
    /// A head that was written down is not in the chain: the chain was made anew.
    Rewritten,
}

/// One break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Break {
    /// The tenant; nil for the platform.
    pub chain: Uuid,
    /// The place in the chain, where there is one.
    pub number: Option<i64>,
    /// The row, where there is one.
    pub audit_id: Option<i64>,
    /// What is wrong.
    pub fault: Fault,
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Rows that were read.
    pub rows: u64,
    /// The end of each chain: write them down elsewhere, and a chain that is made anew as a whole is found out too.
    pub heads: Vec<Head>,
    /// What is wrong; empty: all is as it was written.
    pub breaks: Vec<Break>,
}

/// Checks links that come in the order of (chain, number), rows without a seal anywhere.
#[derive(Debug, Default)]
pub struct Checker {
    report: Report,
    /// Heads that were written down, and those of the database: digest by place. True where it is the database's.
    expected: BTreeMap<(Uuid, i64), Vec<(String, bool)>>,
    last: Option<(Uuid, i64, Vec<u8>)>,
}

impl Checker {
    /// A check against the heads as the database has them, and those that somebody wrote down earlier.
    pub fn new(heads: Vec<Head>, noted: &[Head]) -> Self {
        let mut checker = Self::default();
        for (head, current) in heads.iter().map(|h| (h, true)).chain(noted.iter().map(|h| (h, false))) {
            let at = checker.expected.entry((head.chain, head.number)).or_default();
            at.push((head.hash.clone(), current));
        }
        checker.report.heads = heads;
        checker
    }

    /// Takes the next link.
    pub fn take(&mut self, link: &Link) {
        self.report.rows += u64::from(link.text.is_some());
        let Some(number) = link.number else {
            self.tell(link.chain, None, Some(link.audit_id), Fault::Unsealed);
            return;
        };
        let (before, previous) = match &self.last {
            Some((chain, number, hash)) if *chain == link.chain => (*number, hash.clone()),
            _ => (0, Vec::new()),
        };
        if number != before + 1 || link.previous != previous {
            self.tell(link.chain, Some(number), Some(link.audit_id), Fault::Broken);
        }
        match &link.text {
            None => self.tell(link.chain, Some(number), Some(link.audit_id), Fault::Missing),
            Some(text) if link.of != Some(link.chain) || digest(&link.previous, number, text) != link.hash => {
                self.tell(link.chain, Some(number), Some(link.audit_id), Fault::Changed);
            }
            Some(_) => {}
        }
        if let Some(mut heads) = self.expected.remove(&(link.chain, number)) {
            let hash = hex(&link.hash);
            heads.retain(|(expected, _)| *expected != hash);
            if !heads.is_empty() {
                self.expected.insert((link.chain, number), heads);
            }
        }
        self.last = Some((link.chain, number, link.hash.clone()));
    }

    /// What was found.
    pub fn finish(mut self) -> Report {
        for ((chain, number), heads) in std::mem::take(&mut self.expected) {
            for (_, current) in heads {
                let fault = if current { Fault::CutOff } else { Fault::Rewritten };
                self.tell(chain, Some(number), None, fault);
            }
        }
        self.report
    }

    fn tell(&mut self, chain: Uuid, number: Option<i64>, audit_id: Option<i64>, fault: Fault) {
        self.report.breaks.push(Break {
            chain,
            number,
            audit_id,
            fault,
        });
    }
}

/// The digest of a link.
pub fn digest(previous: &[u8], number: i64, text: &str) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(format!("{number}:{text}"));
    hash.finalize().to_vec()
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sound chain of texts.
    fn chain(texts: &[&str]) -> (Vec<Link>, Head) {
        let mut previous = Vec::new();
        let mut links = Vec::new();
        for (number, text) in (1..).zip(texts) {
            let hash = digest(&previous, number, text);
            links.push(Link {
                chain: Uuid::nil(),
                number: Some(number),
                audit_id: number * 10,
                text: Some((*text).to_owned()),
                of: Some(Uuid::nil()),
                previous,
                hash: hash.clone(),
            });
            previous = hash;
        }
        let head = Head {
            chain: Uuid::nil(),
            number: i64::try_from(links.len()).unwrap_or_default(),
            hash: hex(&previous),
        };
        (links, head)
    }

    fn found(links: &[Link], head: &Head, noted: &[Head]) -> Vec<Fault> {
        let mut checker = Checker::new(vec![head.clone()], noted);
        links.iter().for_each(|link| checker.take(link));
        checker.finish().breaks.iter().map(|b| b.fault).collect()
    }

    #[test]
    fn a_sound_chain_has_no_breaks_and_a_touched_one_does() {
        let (links, head) = chain(&["a", "b", "c"]);
        assert_eq!(found(&links, &head, &[]), []);
        let mut changed = links.clone();
        changed[1].text = Some("B".to_owned());
        assert_eq!(found(&changed, &head, &[]), [Fault::Changed]);
        let mut emptied = links.clone();
        emptied[1].text = None;
        assert_eq!(found(&emptied, &head, &[]), [Fault::Missing]);
        let removed = [links[0].clone(), links[2].clone()];
        assert_eq!(found(&removed, &head, &[]), [Fault::Broken]);
        assert_eq!(found(&links[..2], &head, &[]), [Fault::CutOff]);
        let mut swapped = links.clone();
        (swapped[0].text, swapped[1].text) = (links[1].text.clone(), links[0].text.clone());
        assert_eq!(found(&swapped, &head, &[]), [Fault::Changed, Fault::Changed]);
    }

    #[test]
    fn a_chain_made_anew_is_told_by_the_head_that_was_written_down() {
        let (_, noted) = chain(&["a", "b"]);
        let (anew, head) = chain(&["x", "b", "c"]);
        assert_eq!(found(&anew, &head, std::slice::from_ref(&noted)), [Fault::Rewritten]);
        assert_eq!(noted.to_string().parse(), Ok(noted));
        assert_eq!("12:ab".parse::<Head>(), Err(HeadError));
    }
}
