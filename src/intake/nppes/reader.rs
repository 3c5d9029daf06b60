//! The thread that reads a source: rows in, batches out. It waits while two batches are on their way, so memory is flat.

use std::{
    io::{BufRead, Read as _},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use rustc_hash::FxHashSet;
use serde_json::Value;
use tokio::sync::mpsc::Sender;

use crate::intake::{
    Error,
    nppes::{
        columns::{AddressColumns, Columns, EXPECTED, Kind},
        lines::{Fields, LONGEST_LINE, Lines},
        registry::{self, Found},
        rejects::{Fault, Notes, Reject},
        rows::{self, EndpointRow, NameRow, ProviderRows},
        source::{self, Opened, Source},
    },
    pace::Pace,
};
use crate::store::nppes::{Keyed, Record, Rows};
use crate::vocab::Npi;

/// Rows to merge and rows refused, up to a place in the file.
#[derive(Debug, Default)]
pub struct Batch {
    /// To merge.
    pub rows: Rows,
    /// Refused.
    pub rejects: Vec<Reject>,
    /// What was repaired.
    pub notes: Notes,
    /// How many rows of the file these are.
    pub rows_in: u64,
    /// The last line (or JSON record) that they come from.
    pub line: u64,
    /// Bytes read so far.
    pub bytes: u64,
    /// Whether the whole file has been read.
    pub last: bool,
}

/// Reads a source behind `skip` lines and sends batches at a pace, until the end or until nobody listens.
pub fn read(source: &Source, skip: u64, pace: &Pace, to: &Sender<Batch>) -> Result<(), Error> {
    source.open(|opened| {
        let batches = Batches {
            batch: Batch {
                line: skip,
                ..Batch::default()
            },
            npis: FxHashSet::default(),
            last: None,
            pace,
            to,
            bytes: Arc::clone(&opened.bytes),
            listening: true,
        };
        match source.kind {
            Kind::Registry => read_registry(source, opened, skip, batches),
            _ => read_rows(source, opened, skip, batches),
        }
    })
}

/// How the rows of a file are understood.
enum Reader {
    Providers(Box<ProviderRows>),
    Locations(AddressColumns),
    OtherNames(NameRow),
    Endpoints(EndpointRow),
    Deactivations,
}

impl Reader {
    fn new(kind: Kind, columns: &Columns) -> Option<Self> {
        Some(match kind {
            Kind::Providers => Reader::Providers(Box::new(ProviderRows::new(columns)?)),
            Kind::Locations => Reader::Locations(AddressColumns::of_secondary(columns)),
            Kind::OtherNames => Reader::OtherNames(NameRow::new(columns)),
            Kind::Endpoints => Reader::Endpoints(EndpointRow::new(columns)),
            Kind::Deactivations => Reader::Deactivations,
            Kind::Registry => return None,
        })
    }

    fn read(&self, row: &Fields, line: u64, columns: &Columns, batches: &mut Batches<'_>) -> Result<(), Fault> {
        if let Reader::Providers(rows) = self {
            let record = rows.read(row, line, &mut batches.batch.notes)?;
            batches.take_record(record);
            return Ok(());
        }
        let npi = rows::npi(
            row.get(columns.find("NPI").unwrap_or_default()),
            &mut batches.batch.notes,
        )?;
        match self {
            Reader::Providers(_) => {}
            Reader::Locations(at) => {
                let value = rows::location(row, at)?;
                batches.room_for(npi);
                batches.batch.rows.places.push(Keyed { line, npi, value });
            }
            Reader::OtherNames(at) => {
                let value = at.read(row)?;
                batches.room_for(npi);
                batches.batch.rows.other_names.push(Keyed { line, npi, value });
            }
            Reader::Endpoints(at) => {
                let value = at.read(row)?;
                batches.room_for(npi);
                batches.batch.rows.endpoints.push(Keyed { line, npi, value });
            }
            Reader::Deactivations => {
                let value = vec![rows::deactivation(row, columns, npi)?];
                batches.room_for(npi);
                batches.batch.rows.events.push(Keyed { line, npi, value });
            }
        }
        Ok(())
    }
}

fn read_rows(source: &Source, opened: Opened<'_>, skip: u64, mut batches: Batches<'_>) -> Result<(), Error> {
    let broken = |e| source::broken(&source.path, e);
    let mut lines = Lines::new(opened.text);
    let unknown = || Error::UnknownLayout {
        path: source.path.clone(),
        expected: EXPECTED,
    };
    let columns = source::header(&mut lines).map_err(broken)?.ok_or_else(unknown)?;
    let reader = Reader::new(source.kind, &columns).ok_or_else(unknown)?;
    lines.skip_to(skip).map_err(broken)?;
    let mut fields = Fields::default();
    // A line that was read ahead to see whether it continues the one before.
    let mut ahead: Option<String> = None;
    while batches.listening {
        let line = match ahead.take() {
            Some(line) => Some(line),
            None => lines.next_line().map_err(broken)?,
        };
        let Some(line) = line else {
            batches.end(true);
            return Ok(());
        };
        let number = lines.number;
        let mut fault = None;
        if line.len() >= LONGEST_LINE {
            fault = Some(Fault::new("", "is longer than a megabyte"));
        } else if !fields.split(&line) {
            let next = lines.next_line().map_err(broken)?;
            let joined = next
                .as_ref()
                .is_some_and(|next| fields.split(&format!("{line}\n{next}")) && fields.len() == columns.count);
            if !joined {
                ahead = next;
                fault = Some(Fault::new("", "a quote is left open"));
            }
        } else if fields.is_blank() {
            continue;
        }
        let result = match fault.or_else(|| width_fault(&fields, columns.count)) {
            Some(fault) => Err(fault),
            None => reader.read(&fields, number, &columns, &mut batches),
        };
        if let Err(fault) = result {
            let npi = line.split(',').next().unwrap_or_default().trim_matches(['"', ' ']);
            batches.refuse(number, rows::shortened(npi), fault);
        }
        batches.row_done(if ahead.is_some() { number } else { lines.number });
    }
    Ok(())
}

/// A row has as many fields as the header; empty ones too many at its end do no harm.
fn width_fault(fields: &Fields, count: usize) -> Option<Fault> {
    let surplus_empty = fields.len() > count && fields.iter().skip(count).all(|f| f.trim().is_empty());
    (fields.len() != count && !surplus_empty)
        .then(|| Fault::new("", format!("has {} fields where the header has {count}", fields.len())))
}

fn read_registry(source: &Source, opened: Opened<'_>, skip: u64, mut batches: Batches<'_>) -> Result<(), Error> {
    let broken = |e| source::broken(&source.path, e);
    let not_json = |e: serde_json::Error| Error::Damaged {
        path: source.path.clone(),
        reason: e.to_string(),
    };
    let mut text = opened.text;
    let mut record = 0;
    let mut take = |value: Value, batches: &mut Batches<'_>| {
        registry::unfold(value, &mut |found| {
            record += 1;
            if record > skip {
                batches.take_found(record, found);
            }
        });
        batches.listening
    };
    let is_list = text
        .fill_buf()
        .map_err(broken)?
        .iter()
        .find(|b| !b.is_ascii_whitespace())
        == Some(&b'[');
    if is_list {
        let read = registry::stream_list(text, |value| take(value, &mut batches));
        let whole = read.is_ok();
        batches.end(whole);
        return read.map_err(not_json);
    }
    let mut first = Vec::new();
    text.read_until(b'\n', &mut first).map_err(broken)?;
    if let Ok(value) = serde_json::from_slice::<Value>(&first) {
        take(value, &mut batches);
        let mut lines = Lines::new(text);
        while batches.listening
            && let Some(line) = lines.next_line().map_err(broken)?
        {
            if !line.trim().is_empty() {
                // A line that is no JSON is refused like any other value that is no result.
                take(serde_json::from_str(&line).unwrap_or(Value::Null), &mut batches);
            }
        }
    } else {
        // Not a value on each line: one value, or several, spread over lines.
        for value in serde_json::Deserializer::from_reader((&first[..]).chain(text)).into_iter() {
            match value {
                Ok(value) => _ = take(value, &mut batches),
                Err(e) => {
                    batches.end(false);
                    return Err(not_json(e));
                }
            }
            if !batches.listening {
                return Ok(());
            }
        }
    }
    batches.end(true);
    Ok(())
}

/// Gathers rows into batches.
struct Batches<'t> {
    batch: Batch,
    /// The NPIs of the batch's records: each occurs once, for a merge by set takes a batch as one state of the world.
    npis: FxHashSet<Npi>,
    /// The NPI of the last row of a smaller file.
    last: Option<Npi>,
    pace: &'t Pace,
    to: &'t Sender<Batch>,
    bytes: Arc<AtomicU64>,
    /// False once nobody takes batches any more.
    listening: bool,
}

impl Batches<'_> {
    /// A record; one without a kind is the bare row of a deactivated NPI and only has events.
    fn take_record(&mut self, record: Record) {
        if self.is_full() || self.npis.contains(&record.npi) {
            self.send();
        }
        self.npis.insert(record.npi);
        if record.kind.is_some() {
            self.batch.rows.records.push(record);
        } else {
            self.batch.rows.events.push(Keyed {
                line: record.line,
                npi: record.npi,
                value: record.events,
            });
        }
    }

    fn take_found(&mut self, number: u64, found: Found) {
        let refused = match found {
            Found::Error(fault) => Some((String::new(), fault)),
            Found::Record(value) => match registry::read(&value, number, &mut self.batch.notes) {
                Ok(record) => {
                    self.take_record(record);
                    None
                }
                Err(fault) => Some((rows::shortened(&registry::npi_text(&value)), fault)),
            },
        };
        if let Some((npi, fault)) = refused {
            self.refuse(number, npi, fault);
        }
        self.row_done(number);
    }

    /// Room for a row of this NPI. The rows of one NPI that follow each other stay in one batch, where doubles show.
    fn room_for(&mut self, npi: Npi) {
        if self.is_full() && self.last != Some(npi) {
            self.send();
        }
        self.last = Some(npi);
    }

    fn refuse(&mut self, line: u64, npi: String, fault: Fault) {
        self.batch.rejects.push(Reject { line, npi, fault });
    }

    /// Counts a row that is in the batch, up to this line of the file.
    fn row_done(&mut self, line: u64) {
        self.batch.rows_in += 1;
        self.batch.line = line;
        // Nothing but refused rows, or an NPI without end: the batch goes all the same.
        if self.batch.rows_in >= 4 * self.size() {
            self.send();
        }
    }

    fn size(&self) -> u64 {
        self.pace.rows() as u64
    }

    fn is_full(&self) -> bool {
        self.batch.rows_in >= self.size()
    }

    fn send(&mut self) {
        self.npis.clear();
        self.batch.bytes = self.bytes.load(Ordering::Relaxed);
        let next = Batch {
            line: self.batch.line,
            ..Batch::default()
        };
        let full = std::mem::replace(&mut self.batch, next);
        self.listening = self.listening && self.to.blocking_send(full).is_ok();
    }

    /// Sends what is left. After the last batch, which may be empty, the file is done.
    fn end(mut self, last: bool) {
        self.batch.last = last;
        self.send();
    }
}
