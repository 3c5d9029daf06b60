//! What could not be taken: rows with their reason, in a CSV file; and notes on what was repaired.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{self, BufWriter, Write as _},
    path::Path,
};

use serde::Serialize;

/// Why a row is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The column or property.
    pub field: &'static str,
    /// What is wrong, for a person.
    pub reason: String,
}

impl Fault {
    /// A fault of `field`.
    pub fn new(field: &'static str, reason: impl Into<String>) -> Self {
        Self {
            field,
            reason: reason.into(),
        }
    }
}

/// A refused row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Line of the file, counted from one; for JSON the record's number.
    pub line: u64,
    /// The NPI as written, if the row got that far.
    pub npi: String,
    /// What is wrong.
    pub fault: Fault,
}

/// Something odd in a row that was taken all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// `1234567893.0`.
    NpiRepaired,
    /// First digit neither 1 nor 2.
    NpiPrefix,
    /// A date that is none, left out.
    Date,
    /// A taxonomy code that is none, left out.
    TaxonomyCode,
    /// No taxonomy is marked as primary; the first one is taken.
    NoPrimary,
}

impl Note {
    /// For a person.
    pub fn text(self) -> &'static str {
        match self {
            Note::NpiRepaired => "NPI repaired (a spreadsheet's number)",
            Note::NpiPrefix => "NPI begins with neither 1 nor 2",
            Note::Date => "date left out, it is none",
            Note::TaxonomyCode => "taxonomy code left out, it is none",
            Note::NoPrimary => "no taxonomy marked as primary, the first one taken",
        }
    }
}

/// How often each note was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Notes(pub BTreeMap<Note, u64>);

impl Notes {
    /// Counts one.
    pub fn add(&mut self, note: Note) {
        *self.0.entry(note).or_default() += 1;
    }

    /// Counts one if `so`.
    pub fn add_if(&mut self, so: bool, note: Note) {
        if so {
            self.add(note);
        }
    }

    /// Adds those of another.
    pub fn merge(&mut self, other: &Notes) {
        for (note, count) in &other.0 {
            *self.0.entry(*note).or_default() += count;
        }
    }
}

/// Writes the reject file: `file,line,npi,field,reason`. Without a path it only passes the time.
pub struct RejectFile {
    to: Option<csv::Writer<BufWriter<File>>>,
}

impl RejectFile {
    /// A new file; or, where a run goes on that was broken off, the old one's continuation.
    pub fn open(path: Option<&Path>, resumed: bool) -> io::Result<Self> {
        let Some(path) = path else { return Ok(Self { to: None }) };
        let file = OpenOptions::new()
            .create(true)
            .write(true)
            .append(resumed)
            .truncate(!resumed)
            .open(path)?;
        let empty = file.metadata()?.len() == 0;
        let mut to = csv::WriterBuilder::new()
            .has_headers(false)
            .from_writer(BufWriter::new(file));
        if empty {
            to.write_record(["file", "line", "npi", "field", "reason"])?;
        }
        Ok(Self { to: Some(to) })
    }

    /// Writes the rejects of a batch, to the disk's cache at least, before the batch is committed.
    pub fn write(&mut self, file: &str, rejects: &[Reject]) -> io::Result<()> {
        let Some(to) = &mut self.to else { return Ok(()) };
        for reject in rejects {
            let line = reject.line.to_string();
            to.write_record([file, &line, &reject.npi, reject.fault.field, &reject.fault.reason])?;
        }
        to.flush()?;
        to.get_ref().get_ref().flush()
    }
}
