//! What an import did, file by file.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::intake::nppes::{columns::Kind, rejects::Notes};
use crate::store::nppes::Outcome;

/// What an import did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// File by file, a member of a zip being a file.
    pub files: Vec<FileReport>,
}

/// What became of the rows of one file: `rows_in` is the sum of `added`, `changed`, `unchanged`, `older` and `rejected`.
#[derive(Clone, Debug, Serialize)]
pub struct FileReport {
    /// Its name, `zip:member` for a member.
    pub file: String,
    /// What was in it.
    pub kind: Kind,
    /// The counts.
    #[serde(flatten)]
    pub counts: Counts,
    /// What was repaired or left out.
    pub notes: Notes,
    /// The rows that an earlier run, broken off, had done already.
    pub resumed_at: Option<u64>,
}

/// Counts of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows read, blank ones left out.
    pub rows_in: u64,
    /// Rows that added something.
    pub added: u64,
    /// Rows that changed something.
    pub changed: u64,
    /// Rows that say what is known.
    pub unchanged: u64,
    /// Rows older than what is stored, left alone.
    pub older: u64,
    /// Rows refused, each with its reason in the reject file.
    pub rejected: u64,
    /// New deactivations, reactivations and replacements.
    pub events: u64,
    /// New proposals that a person has to decide.
    pub proposals: u64,
}

impl Counts {
    /// Adds what became of a batch.
    pub fn add(&mut self, outcome: &Outcome) {
        self.added += outcome.added;
        self.changed += outcome.changed;
        self.unchanged += outcome.unchanged;
        self.older += outcome.older;
        self.events += outcome.events;
        self.proposals += outcome.proposals;
    }
}

impl Report {
    /// Whether any row was refused: the exit code tells.
    pub fn has_rejects(&self) -> bool {
        self.files.iter().any(|f| f.counts.rejected > 0)
    }

    /// The sum over all files.
    pub fn total(&self) -> Counts {
        self.files.iter().fold(Counts::default(), |mut sum, file| {
            let c = &file.counts;
            sum.rows_in += c.rows_in;
            sum.added += c.added;
            sum.changed += c.changed;
            sum.unchanged += c.unchanged;
            sum.older += c.older;
            sum.rejected += c.rejected;
            sum.events += c.events;
            sum.proposals += c.proposals;
            sum
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            writeln!(f, "{file}")?;
        }
        let total = self.total();
        if total.rows_in > 0 && total.rows_in == total.unchanged {
            writeln!(f, "nothing changed")?;
        }
        Ok(())
    }
}

impl fmt::Display for FileReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = &self.counts;
        write!(
            f,
            "{} ({}): {} rows",
            self.file,
            self.kind.word().replace('_', " "),
            c.rows_in
        )?;
        for (count, word) in [
            (c.added, "added"),
            (c.changed, "changed"),
            (c.unchanged, "unchanged"),
            (c.older, "older than what is stored"),
            (c.rejected, "rejected"),
            (c.events, "NPI events"),
            (c.proposals, "proposals to decide"),
        ] {
            if count > 0 {
                write!(f, ", {count} {word}")?;
            }
        }
        if let Some(rows) = self.resumed_at {
            write!(f, "; went on after {rows} rows")?;
        }
        for (note, count) in &self.notes.0 {
            write!(f, "\n  {count} x {}", note.text())?;
        }
        Ok(())
    }
}
