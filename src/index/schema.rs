//! The index schema: the fields of a document and the vocabulary, compiled in or watched in a folder.
//!
//! A good edit of a file goes live without a restart; a bad one is refused with file, line and reason, and the old tables
//! stay. A change of `fields.toml` asks for a new index ([`super::Index::fields_changed`]); the feed builds it.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use notify::Watcher;
use serde::Deserialize;
use tantivy::schema::{Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions};

use crate::vocab::{
    Lexicon,
    lexicon::{
        Abbreviations, EverydayWords, Languages, MatchModel, Nicknames, PlaceWords, Specialties, TableError, Times,
    },
    place::Gazetteer,
};

/// How long the files must lie still before they are read again: editors write in several steps.
const SETTLE: Duration = Duration::from_millis(150);

/// Why a schema can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A row of a table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// `fields.toml`.
    #[error("fields.toml: {0}")]
    Fields(String),
    /// A file that can't be read.
    #[error("{file}: {source}")]
    File {
        /// Which.
        file: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The folder can't be watched.
    #[error("watch {0}: {1}")]
    Watch(String, #[source] notify::Error),
}

/// The fields of a document, by name.
#[derive(Clone, Debug)]
pub struct Fields {
    /// The sort key.
    pub order: Field,
    /// The provider's id, by which its documents are deleted.
    pub provider: Field,
    /// See [`super::document::Stored`].
    pub stored: Field,
    /// NPI as a number.
    pub npi: Field,
    /// Locator as a number.
    pub locator: Field,
    /// Words of the current name.
    pub name: Field,
    /// Words of all names, where there are others.
    pub any_name: Field,
    /// First characters of words.
    pub edge: Field,
    /// See [`super::keys`].
    pub key: Field,
    /// `name` on locations.
    pub place_name: Field,
    /// `any_name` on locations.
    pub place_any_name: Field,
    /// NUCC code.
    pub specialty: Field,
    /// Language code.
    pub language: Field,
    /// Network id.
    pub network: Field,
    /// Category.
    pub category: Field,
    /// City, folded.
    pub city: Field,
    /// State, folded.
    pub state: Field,
    /// Five digits.
    pub postal_code: Field,
    /// County, folded.
    pub county: Field,
    /// Id of a provider it belongs to.
    pub affiliation: Field,
    /// Longest prefix in `edge`.
    pub edge_length: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldsFile {
    edge_length: usize,
    provider: BTreeMap<String, Kind>,
    location: BTreeMap<String, Kind>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Keyword,
    Words,
    Edges,
    Number,
}

/// Reads `fields.toml` into tantivy's schema. Every field that the code fills must be there, of the right kind.
pub fn fields(text: &str) -> Result<(Schema, Fields), SchemaError> {
    let file: FieldsFile = toml::from_str(text).map_err(|e| SchemaError::Fields(e.to_string()))?;
    if !(1..=16).contains(&file.edge_length) {
        return Err(SchemaError::Fields("edge_length must be 1 to 16".to_owned()));
    }
    let mut schema = Schema::builder();
    let order = schema.add_u64_field("order", NumericOptions::default().set_fast());
    let provider = schema.add_bytes_field("provider", tantivy::schema::INDEXED);
    let stored = schema.add_bytes_field("record", tantivy::schema::STORED);
    let mut known = BTreeMap::new();
    for (name, kind) in file.provider.iter().chain(&file.location) {
        let field = match kind {
            Kind::Number => schema.add_u64_field(name, NumericOptions::default().set_indexed()),
            Kind::Keyword | Kind::Words | Kind::Edges => schema.add_text_field(name, terms_as_they_are()),
        };
        if known.insert(name.clone(), (field, *kind)).is_some() {
            return Err(SchemaError::Fields(format!("field `{name}` stands twice")));
        }
    }
    let mut take = |name: &str, kind: Kind| match known.remove(name) {
        Some((field, found)) if found == kind => Ok(field),
        Some((_, found)) => Err(SchemaError::Fields(format!(
            "field `{name}` must be {kind:?}, not {found:?}"
        ))),
        None => Err(SchemaError::Fields(format!("field `{name}` is missing"))),
    };
    let fields = Fields {
        order,
        provider,
        stored,
        npi: take("npi", Kind::Number)?,
        locator: take("locator", Kind::Number)?,
        name: take("name", Kind::Words)?,
        any_name: take("any_name", Kind::Words)?,
        edge: take("edge", Kind::Edges)?,
        key: take("key", Kind::Keyword)?,
        place_name: take("place_name", Kind::Words)?,
        place_any_name: take("place_any_name", Kind::Words)?,
        specialty: take("specialty", Kind::Keyword)?,
        language: take("language", Kind::Keyword)?,
        network: take("network", Kind::Keyword)?,
        category: take("category", Kind::Keyword)?,
        city: take("city", Kind::Keyword)?,
        state: take("state", Kind::Keyword)?,
        postal_code: take("postal_code", Kind::Keyword)?,
        county: take("county", Kind::Keyword)?,
        affiliation: take("affiliation", Kind::Keyword)?,
        edge_length: file.edge_length,
    };
    match known.keys().next() {
        Some(name) => Err(SchemaError::Fields(format!("nothing fills a field `{name}`"))),
        None => Ok((schema.build(), fields)),
    }
}

/// Terms come folded from our own analyzer; tantivy keeps them as they are, without frequencies or norms.
fn terms_as_they_are() -> TextOptions {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("raw")
        .set_index_option(IndexRecordOption::Basic)
        .set_fieldnorms(false);
    TextOptions::default().set_indexing_options(indexing)
}

const MATCH_MODEL: &str = include_str!("../../index_schema/match_model.json");
const ABBREVIATIONS: &str = include_str!("../../index_schema/abbreviations.csv");
const EVERYDAY_WORDS: &str = include_str!("../../index_schema/everyday_words.csv");
const PLACE_WORDS: &str = include_str!("../../index_schema/place_words.csv");
const TIMES: &str = include_str!("../../index_schema/times.csv");
const LANDMARKS: &str = include_str!("../../index_schema/landmarks.csv");

/// The texts of the files.
struct Files {
    fields: String,
    specialties: String,
    synonyms: String,
    languages: String,
    nicknames: String,
    places: String,
    landmarks: String,
    place_words: String,
    times: String,
    everyday: String,
    abbreviations: String,
    match_model: String,
}

impl Files {
    fn embedded() -> Self {
        Self {
            fields: include_str!("../../index_schema/fields.toml").to_owned(),
            specialties: include_str!("../../index_schema/specialties.csv").to_owned(),
            synonyms: include_str!("../../index_schema/specialty_synonyms.csv").to_owned(),
            languages: include_str!("../../index_schema/languages.csv").to_owned(),
            nicknames: include_str!("../../index_schema/nicknames.csv").to_owned(),
            places: unpacked(include_bytes!("../../index_schema/places.csv.zst"))
                .expect("the file compiled in is sound"),
            landmarks: LANDMARKS.to_owned(),
            place_words: PLACE_WORDS.to_owned(),
            times: TIMES.to_owned(),
            everyday: EVERYDAY_WORDS.to_owned(),
            abbreviations: ABBREVIATIONS.to_owned(),
            match_model: MATCH_MODEL.to_owned(),
        }
    }

    fn read(folder: &Path) -> Result<Self, SchemaError> {
        let failed = |file: &str| {
            let file = file.to_owned();
            move |source| SchemaError::File { file, source }
        };
        let text = |file: &str| fs::read_to_string(folder.join(file)).map_err(failed(file));
        // A folder from before there was such a file goes on with what is compiled in.
        let or_compiled_in = |file: &str, usual: &str| match fs::read_to_string(folder.join(file)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(usual.to_owned()),
            read => read.map_err(failed(file)),
        };
        let places = "places.csv.zst";
        Ok(Self {
            fields: text("fields.toml")?,
            specialties: text("specialties.csv")?,
            synonyms: text("specialty_synonyms.csv")?,
            languages: text("languages.csv")?,
            nicknames: text("nicknames.csv")?,
            places: fs::read(folder.join(places))
                .and_then(|bytes| unpacked(&bytes))
                .map_err(failed(places))?,
            landmarks: or_compiled_in("landmarks.csv", LANDMARKS)?,
            place_words: or_compiled_in("place_words.csv", PLACE_WORDS)?,
            times: or_compiled_in("times.csv", TIMES)?,
            everyday: or_compiled_in("everyday_words.csv", EVERYDAY_WORDS)?,
            abbreviations: or_compiled_in("abbreviations.csv", ABBREVIATIONS)?,
            match_model: or_compiled_in("match_model.json", MATCH_MODEL)?,
        })
    }

    fn lexicon(&self) -> Result<Lexicon, SchemaError> {
        Ok(Lexicon::new(
            Specialties::parse(&self.specialties, &self.synonyms)?,
            Languages::parse(&self.languages)?,
            Gazetteer::parse(&self.places)?.with_landmarks(&self.landmarks)?,
            Nicknames::parse(&self.nicknames)?,
        )
        .with_everyday_words(EverydayWords::parse(&self.everyday)?)
        .with_place_words(PlaceWords::parse(&self.place_words)?)
        .with_times(Times::parse(&self.times)?)
        .with_abbreviations(Abbreviations::parse(&self.abbreviations)?)
        .with_match_model(MatchModel::parse(&self.match_model)?))
    }
}

fn unpacked(bytes: &[u8]) -> io::Result<String> {
    String::from_utf8(zstd::decode_all(bytes)?).map_err(io::Error::other)
}

/// The live schema. Clones share it.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

struct Shared {
    lexicon: ArcSwap<Lexicon>,
    fields: ArcSwap<String>,
    refused: Mutex<Option<String>>,
    /// Kept alive for as long as the handle is.
    watcher: Mutex<Option<notify::RecommendedWatcher>>,
}

impl Handle {
    /// The schema that is compiled in.
    pub fn embedded() -> Self {
        let files = Files::embedded();
        let lexicon = files
            .lexicon()
            .expect("the tables compiled in are sound, a test reads them");
        Self::new(lexicon, files.fields)
    }

    /// The schema of a folder, read now and whenever one of its files changes.
    pub fn watch(folder: &Path) -> Result<Self, SchemaError> {
        let files = Files::read(folder)?;
        fields(&files.fields)?;
        let handle = Self::new(files.lexicon()?, files.fields);
        let (wake, woken) = std::sync::mpsc::channel();
        let failed = |e| SchemaError::Watch(folder.display().to_string(), e);
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading the files is told, too: who woke at that would read them for ever.
            if !event.is_ok_and(|event| event.kind.is_access()) {
                // Fails only when nobody listens any more.
                wake.send(()).ok();
            }
        })
        .map_err(failed)?;
        watcher
            .watch(folder, notify::RecursiveMode::NonRecursive)
            .map_err(failed)?;
        *handle.shared.watcher.lock().unwrap_or_else(PoisonError::into_inner) = Some(watcher);
        // The thread ends when the watcher, and with it the sender, is dropped.
        let (weak, folder) = (Arc::downgrade(&handle.shared), PathBuf::from(folder));
        std::thread::spawn(move || {
            while woken.recv().is_ok() {
                while woken.recv_timeout(SETTLE).is_ok() {}
                let Some(shared) = weak.upgrade() else { return };
                Self { shared }.reload(&folder);
            }
        });
        Ok(handle)
    }

    fn new(lexicon: Lexicon, fields: String) -> Self {
        Self {
            shared: Arc::new(Shared {
                lexicon: ArcSwap::from_pointee(lexicon),
                fields: ArcSwap::from_pointee(fields),
                refused: Mutex::new(None),
                watcher: Mutex::new(None),
            }),
        }
    }

    /// Reads the folder again; what is bad is refused whole.
    fn reload(&self, folder: &Path) {
        let read = Files::read(folder).and_then(|files| {
            fields(&files.fields)?;
            Ok((files.lexicon()?, files.fields))
        });
        let refused = match read {
            Ok((lexicon, fields)) => {
                self.shared.lexicon.store(Arc::new(lexicon));
                self.shared.fields.store(Arc::new(fields));
                tracing::info!(folder = %folder.display(), "index schema read again");
                None
            }
            Err(error) => {
                tracing::warn!(%error, "index schema refused, the old one stays");
                Some(error.to_string())
            }
        };
        *self.shared.refused.lock().unwrap_or_else(PoisonError::into_inner) = refused;
    }

    /// The vocabulary as it stands.
    pub fn lexicon(&self) -> Arc<Lexicon> {
        self.shared.lexicon.load_full()
    }

    /// The text of `fields.toml` as it stands.
    pub fn fields_text(&self) -> Arc<String> {
        self.shared.fields.load_full()
    }

    /// Why the last edit was refused, if it was.
    pub fn refused(&self) -> Option<String> {
        self.shared
            .refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
