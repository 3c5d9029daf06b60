//! A generation: one folder with one tantivy index. The file `live` names the one that answers.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::{Deserialize, Serialize};
use tantivy::{
    IndexReader, IndexSettings, IndexSortByField, IndexWriter, Order, ReloadPolicy, TantivyDocument,
    index::SegmentId,
    indexer::{LogMergePolicy, NoMergePolicy, UserOperation},
};

use super::{
    Error,
    dead::Dead,
    document::{documents, provider_term},
    living::Living,
    overlay::Change,
    pages, plugin,
    schema::{self, Fields},
    segment::Segment,
};
use crate::vocab::Position;

/// The words of a segment of more providers are made ready in the background as soon as it is open, those of others at once:
/// so hardly a search waits for them.
const WORDS_AHEAD: u32 = 20_000;
/// Segments above this many documents are left alone by the background merges.
const BASE_SEGMENT_DOCS: usize = 500_000;
/// So many segments of one size are merged into one.
const MERGE_FACTOR: usize = 6;

/// What a commit says about itself.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Payload {
    /// Position in the feed, `xid`.
    pub xid: u64,
    /// Position in the feed, row.
    pub id: i64,
    /// The Postgres cluster that the position belongs to.
    pub system_identifier: u64,
    /// Up to where bulk loads are in too, where that is less than the position: a rebuild is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete: Option<(u64, i64)>,
}

impl Payload {
    /// The position.
    pub fn position(&self) -> Position {
        Position {
            xid: self.xid,
            id: self.id,
        }
    }

    /// Up to where bulk loads are in too.
    pub fn complete(&self) -> Position {
        self.complete
            .map_or(self.position(), |(xid, id)| Position { xid, id }.min(self.position()))
    }
}

/// One open generation.
pub struct Generation {
    /// Its number.
    pub number: u64,
    /// Its folder.
    pub folder: PathBuf,
    /// Its fields.
    pub fields: Fields,
    index: tantivy::Index,
    /// None: opened for reading only.
    writer: Option<IndexWriter<TantivyDocument>>,
    reader: IndexReader,
    /// Writings so far, for their stamps.
    written: AtomicU64,
    /// Open segments, so that a reload opens only new ones.
    open: Vec<(SegmentId, Living)>,
    /// Whether all of it has room in memory.
    fits: bool,
}

/// The file that names the live generation.
const LIVE: &str = "live";
/// The copy of `fields.toml` that a generation was built with.
const FIELDS: &str = "fields.toml";

impl Generation {
    /// The live generation of an index folder, if one was ever finished.
    pub fn live(dir: &Path) -> Result<Option<u64>, Error> {
        match fs::read_to_string(dir.join(LIVE)) {
            Ok(text) => Ok(text.trim().parse().ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a generation the live one, atomically.
    pub fn go_live(dir: &Path, number: u64) -> Result<(), Error> {
        let next = dir.join("live.next");
        fs::write(&next, number.to_string())?;
        fs::File::open(&next)?.sync_all()?;
        fs::rename(&next, dir.join(LIVE))?;
        fs::File::open(dir)?.sync_all()?;
        Ok(())
    }

    /// Removes what nobody will open any more; searches that still hold it finish. It takes as long as merges and the disk do.
    pub fn remove(self) {
        let Self { folder, writer, .. } = self;
        // A merge that goes on would write into the folder.
        let merged = writer.map_or(Ok(()), IndexWriter::wait_merging_threads);
        let removed = merged
            .map_err(Error::from)
            .and_then(|()| Ok(fs::remove_dir_all(&folder)?));
        if let Err(error) = removed {
            tracing::warn!(%error, folder = %folder.display(), "an old generation is removed at the next start");
        }
    }

    /// Removes folders of generations that are not the live one, such as those a crash left half built.
    pub fn remove_others(dir: &Path, live: u64) -> Result<(), Error> {
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let number = entry
                .file_name()
                .to_str()
                .and_then(|name| name.strip_prefix("generation-")?.parse::<u64>().ok());
            if number.is_some_and(|number| number != live) {
                match fs::remove_dir_all(entry.path()) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                    _ => {} // Somebody else may be at it.
                }
            }
        }
        Ok(())
    }

    fn folder(dir: &Path, number: u64) -> PathBuf {
        dir.join(format!("generation-{number}"))
    }

    /// A new, empty generation. `memory` in bytes is shared by the threads that write.
    pub fn create(dir: &Path, number: u64, fields_text: &str, threads: usize, memory: usize) -> Result<Self, Error> {
        let folder = Self::folder(dir, number);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(FIELDS), fields_text)?;
        let (schema, fields) = schema::fields(fields_text)?;
        let settings = IndexSettings {
            sort_by_field: Some(IndexSortByField {
                field: "order".to_owned(),
                order: Order::Asc,
            }),
            ..IndexSettings::default()
        };
        let index = tantivy::Index::builder()
            .schema(schema)
            .settings(settings)
            .register_plugin(plugin::plugin(fields.stored))
            .open_or_create(pages::directory(&folder, true)?)?;
        let writer = writer(&index, threads, memory)?;
        // All is merged once, at the end.
        writer.set_merge_policy(Box::new(NoMergePolicy));
        Self::with(number, folder, fields, index, Some(writer))
    }

    /// Opens a generation that was finished.
    pub fn open(dir: &Path, number: u64, threads: usize, memory: usize) -> Result<Self, Error> {
        let mut generation = Self::open_read_only(dir, number)?;
        generation.writer = Some(writer(&generation.index, threads, memory)?);
        for segment in generation.index.searchable_segments()? {
            plugin::renew(&segment, generation.fields.stored)?;
        }
        Ok(generation)
    }

    /// Opens a generation that was finished, also one that another process writes to.
    pub fn open_read_only(dir: &Path, number: u64) -> Result<Self, Error> {
        let folder = Self::folder(dir, number);
        let (_, fields) = schema::fields(&fs::read_to_string(folder.join(FIELDS))?)?;
        let fits = pages::fit(&folder);
        let mut index = tantivy::Index::open(pages::directory(&folder, fits)?)?;
        index.register_plugin(plugin::plugin(fields.stored));
        let mut generation = Self::with(number, folder, fields, index, None)?;
        generation.fits = fits;
        Ok(generation)
    }

    fn with(
        number: u64,
        folder: PathBuf,
        fields: Fields,
        index: tantivy::Index,
        writer: Option<IndexWriter<TantivyDocument>>,
    ) -> Result<Self, Error> {
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self {
            number,
            folder,
            fields,
            index,
            writer,
            reader,
            written: AtomicU64::new(0),
            open: Vec::new(),
            fits: true,
        })
    }

    /// The `fields.toml` that it was built with.
    pub fn fields_text(&self) -> Result<String, Error> {
        Ok(fs::read_to_string(self.folder.join(FIELDS))?)
    }

    /// What the last commit said.
    pub fn payload(&self) -> Result<Option<Payload>, Error> {
        let payload = self.index.load_metas()?.payload;
        Ok(payload.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Hands a change to tantivy: all documents of a provider go in one batch, hence into one segment.
    pub fn write(&self, change: &Change, replaces: bool, day: chrono::NaiveDate) -> Result<(), Error> {
        let mut operations = Vec::new();
        if replaces {
            operations.push(UserOperation::Delete(provider_term(&self.fields, change.provider_id())));
        }
        if let Change::Put(provider) = change
            && provider.owner_organization_id.is_none()
        {
            operations.extend(
                documents(provider, &self.fields, day, self.stamp()?)
                    .into_iter()
                    .map(UserOperation::Add),
            );
        }
        self.writer()?.run(operations)?;
        Ok(())
    }

    /// A number that no other writing has: the operations stamp of the last commit goes up over restarts, the count within.
    fn stamp(&self) -> Result<u64, Error> {
        let committed = self.writer()?.commit_opstamp();
        Ok(committed << 32 | (self.written.fetch_add(1, Ordering::Relaxed) & 0xffff_ffff))
    }

    fn writer(&self) -> Result<&IndexWriter<TantivyDocument>, Error> {
        self.writer.as_ref().ok_or(Error::ReadOnly)
    }

    /// Commits what was written, with what is to be said about it.
    pub fn commit(&mut self, payload: &Payload) -> Result<(), Error> {
        let text = serde_json::to_string(payload).map_err(io::Error::other)?;
        let mut prepared = self.writer.as_mut().ok_or(Error::ReadOnly)?.prepare_commit()?;
        prepared.set_payload(&text);
        prepared.commit()?;
        Ok(())
    }

    /// Merges all segments into one and waits for it.
    pub fn merge_all(&mut self) -> Result<(), Error> {
        let segments = self.index.searchable_segment_ids()?;
        let writer = self.writer.as_mut().ok_or(Error::ReadOnly)?;
        if segments.len() > 1 {
            writer.merge(&segments).wait()?;
        }
        writer.garbage_collect_files().wait()?;
        Ok(())
    }

    /// The segments as they are on disk now. Those already open are kept; only what died in them is read anew.
    pub fn reload(&mut self) -> Result<Vec<Living>, Error> {
        self.reader.reload()?;
        let mut open = Vec::new();
        for reader in self.reader.searcher().segment_readers() {
            let id = reader.segment_id();
            let known = self.open.iter().find(|(known, _)| *known == id);
            let living = match known {
                Some((_, living)) if living.segment.reader().num_deleted_docs() == reader.num_deleted_docs() => {
                    living.clone()
                }
                known => {
                    let segment = match known {
                        Some((_, living)) => living.segment.with_reader(reader.clone()),
                        None => Segment::open(reader.clone(), self.fields.clone())?,
                    };
                    let dead = Dead::of(&segment, known.map(|(_, living)| &*living.dead));
                    let segment = Arc::new(segment);
                    if segment.contents().providers > WORDS_AHEAD {
                        let ahead = Arc::clone(&segment);
                        let fits = self.fits;
                        std::thread::spawn(move || {
                            ahead.vocabulary();
                            if fits {
                                ahead.touch();
                            }
                        });
                    } else {
                        segment.vocabulary();
                    }
                    Living {
                        segment,
                        dead: Arc::new(dead),
                    }
                }
            };
            open.push((id, living));
        }
        self.open = open;
        Ok(self.open.iter().map(|(_, living)| living.clone()).collect())
    }

    /// Bytes on disk.
    pub fn bytes(&self) -> u64 {
        pages::bytes(&self.folder)
    }
}

fn writer(index: &tantivy::Index, threads: usize, memory: usize) -> Result<IndexWriter<TantivyDocument>, Error> {
    let writer = index.writer_with_num_threads(threads, memory)?;
    let mut policy = LogMergePolicy::default();
    policy.set_max_docs_before_merge(BASE_SEGMENT_DOCS);
    policy.set_min_num_segments(MERGE_FACTOR);
    policy.set_del_docs_ratio_before_merge(0.5);
    writer.set_merge_policy(Box::new(policy));
    Ok(writer)
}
