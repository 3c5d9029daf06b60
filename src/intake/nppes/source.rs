//! Files as they come: plain, gzipped, or the zip as CMS ships it; opened as streams of text, told apart by content.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use crate::intake::{
    Error,
    nppes::{
        columns::{Columns, EXPECTED, Kind},
        lines::{Fields, Lines},
    },
};

/// Room for one header: the longest has 13 kB.
const BUFFER: usize = 1 << 16;

/// How much of each end of a file goes into its digest.
const DIGEST_ENDS: u64 = 1 << 16;

/// Endings of the members of a zip that may be data; CMS packs a readme as PDF with them.
const DATA_ENDINGS: &[&str] = &[".csv", ".json", ".ndjson", ".txt"];

/// One stream of rows: a file, or one member of a zip.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// The member of the zip, by number and name.
    pub member: Option<(usize, String)>,
    /// What is in it.
    pub kind: Kind,
    /// How many bytes `Opened::bytes` will count up to.
    pub total_bytes: u64,
    /// Stands for the bytes of the file: its length and both its ends.
    pub digest: Vec<u8>,
    gzipped: bool,
}

/// A source that is being read.
pub struct Opened<'a> {
    /// The text.
    pub text: BufReader<Box<dyn Read + 'a>>,
    /// How many of the total bytes have been read.
    pub bytes: Arc<AtomicU64>,
}

impl Source {
    /// The name shown and written to the reject file.
    pub fn name(&self) -> String {
        let file = self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy();
        match &self.member {
            Some((_, member)) => format!("{file}:{member}"),
            None => file.into_owned(),
        }
    }

    /// Opens the source and hands its text to `read`.
    pub fn open<T>(&self, read: impl FnOnce(Opened<'_>) -> Result<T, Error>) -> Result<T, Error> {
        open(&self.path, self.member.as_ref().map(|(n, _)| *n), self.gzipped, read)
    }
}

/// All sources in a file: itself, or the members of the zip that are NPPES data.
pub fn sources(path: &Path) -> Result<Vec<Source>, Error> {
    let unreadable = |source| Error::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let digest = digest(&mut file, length).map_err(unreadable)?;
    let mut magic = [0; 4];
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    let read = file.read(&mut magic).map_err(unreadable)?;
    if magic[..read].starts_with(b"PK") {
        return members(path, file, &digest);
    }
    let mut source = Source {
        path: path.to_owned(),
        member: None,
        kind: Kind::Providers,
        total_bytes: length,
        digest,
        gzipped: magic[..read].starts_with(&[0x1f, 0x8b]),
    };
    source.kind = source.open(|opened| kind(opened, path))?.ok_or_else(|| unknown(path))?;
    Ok(vec![source])
}

fn members(path: &Path, file: File, digest: &[u8]) -> Result<Vec<Source>, Error> {
    let damaged = |e: zip::result::ZipError| Error::Damaged {
        path: path.to_owned(),
        reason: e.to_string(),
    };
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
    let mut found = Vec::new();
    for number in 0..archive.len() {
        let member = archive.by_index(number).map_err(damaged)?;
        let name = member.name().map_err(damaged)?.into_owned();
        let lower = name.to_lowercase();
        if !member.is_file() || !DATA_ENDINGS.iter().any(|ending| lower.ends_with(ending)) {
            continue;
        }
        let total_bytes = member.size();
        drop(member);
        let Some(kind) = open(path, Some(number), false, |opened| kind(opened, path))? else {
            continue;
        };
        let digest = [digest, name.as_bytes()].concat();
        found.push(Source {
            path: path.to_owned(),
            member: Some((number, name)),
            kind,
            total_bytes,
            digest: Sha256::digest(&digest).to_vec(),
            gzipped: false,
        });
    }
    if found.is_empty() {
        return Err(unknown(path));
    }
    Ok(found)
}

fn open<T>(
    path: &Path,
    member: Option<usize>,
    gzipped: bool,
    read: impl FnOnce(Opened<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let file = File::open(path).map_err(|source| Error::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let bytes = Arc::new(AtomicU64::new(0));
    let counted = |from| Counted {
        from,
        bytes: Arc::clone(&bytes),
    };
    let buffered = |from: Box<dyn Read>| BufReader::with_capacity(BUFFER, from);
    let Some(number) = member else {
        // Of a gzipped file the compressed bytes are counted: how many come out is not known beforehand.
        let from: Box<dyn Read> = if gzipped {
            Box::new(MultiGzDecoder::new(BufReader::new(counted(file))))
        } else {
            Box::new(counted(file))
        };
        return read(Opened {
            text: buffered(from),
            bytes,
        });
    };
    let damaged = |e: zip::result::ZipError| Error::Damaged {
        path: path.to_owned(),
        reason: e.to_string(),
    };
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
    let member = archive.by_index(number).map_err(damaged)?;
    let from: Box<dyn Read + '_> = Box::new(Counted {
        from: member,
        bytes: Arc::clone(&bytes),
    });
    read(Opened {
        text: BufReader::with_capacity(BUFFER, from),
        bytes,
    })
}

/// What is in a stream, by its first line.
fn kind(opened: Opened<'_>, path: &Path) -> Result<Option<Kind>, Error> {
    let mut text = opened.text;
    let unreadable = |e: io::Error| broken(path, e);
    let start = text.fill_buf().map_err(unreadable)?;
    let first = start
        .iter()
        .find(|b| !b.is_ascii_whitespace() && !matches!(b, 0xef | 0xbb | 0xbf));
    if matches!(first, Some(b'{' | b'[')) {
        return Ok(Some(Kind::Registry));
    }
    // In UTF-16 every second byte of a header is zero.
    let wide = start.iter().take(64).any(|b| *b == 0);
    let mut lines = Lines::new(text);
    let columns = header(&mut lines).map_err(unreadable)?;
    let kind = columns.and_then(|columns| columns.kind());
    if wide && kind.is_some() {
        return Err(Error::UnknownLayout {
            path: path.to_owned(),
            expected: "text in UTF-8 or Latin-1, but this is in UTF-16: save it anew",
        });
    }
    Ok(kind)
}

/// The columns of the first line that is not blank.
pub fn header(lines: &mut Lines<impl BufRead>) -> io::Result<Option<Columns>> {
    let mut fields = Fields::default();
    while let Some(line) = lines.next_line()? {
        let whole = fields.split(&line);
        if fields.is_blank() && whole {
            continue;
        }
        return Ok(whole.then(|| Columns::of(fields.iter())));
    }
    Ok(None)
}

/// An error of reading: of the disk, or of what was compressed.
pub fn broken(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => Error::Damaged {
            path: path.to_owned(),
            reason: error.to_string(),
        },
        _ => Error::Unreadable {
            path: path.to_owned(),
            source: error,
        },
    }
}

fn unknown(path: &Path) -> Error {
    Error::UnknownLayout {
        path: path.to_owned(),
        expected: EXPECTED,
    }
}

fn digest(file: &mut File, length: u64) -> io::Result<Vec<u8>> {
    let mut hasher = Sha256::new();
    hasher.update(length.to_be_bytes());
    io::copy(&mut (&*file).take(DIGEST_ENDS), &mut hasher)?;
    file.seek(SeekFrom::Start(length.saturating_sub(DIGEST_ENDS)))?;
    io::copy(&mut (&*file).take(DIGEST_ENDS), &mut hasher)?;
    Ok(hasher.finalize().to_vec())
}

struct Counted<R> {
    from: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
