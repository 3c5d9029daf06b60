//! A directory of invented providers to match records against, the same for all tests, and records to ask it with.

use std::sync::{Arc, LazyLock};

use provider_directory::{
    domain::provider::Provider,
    index::{Change, Index, Snapshot, schema::Handle},
    intake::{
        generate,
        matching::{Options, Outcome, Record, match_record},
    },
    query::candidates::Directory,
    vocab::Position,
};
use serde_json::{Value, json};

use super::house::noon;

pub const SEED: u64 = 5;

pub const PROVIDERS: u64 = 3_000;

/// A directory of invented providers, the same for all tests.
static WORLD: LazyLock<World> = LazyLock::new(World::build);

pub struct World {
    pub index: Index,
    pub _folder: tempfile::TempDir,
}

impl World {
    pub fn build() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let schema = Handle::embedded();
        let lexicon = schema.lexicon();
        let index = Index::open(folder.path(), schema).expect("an index");
        let mut rebuild = index.rebuild().expect("begun");
        for provider in generate::providers(PROVIDERS, SEED) {
            rebuild
                .add(provider.to_provider(&lexicon), noon().date_naive())
                .expect("added");
        }
        rebuild.seal(Position { xid: 1, id: 1 }, 1).expect("sealed");
        rebuild.swap().expect("swapped");
        Self { index, _folder: folder }
    }

    pub fn with(changes: Vec<Provider>) -> Self {
        let world = Self::build();
        let changes = changes
            .into_iter()
            .map(|provider| Change::Put(Box::new(provider)))
            .collect();
        world
            .index
            .apply(changes, Position { xid: 2, id: 2 }, noon().date_naive())
            .expect("applied");
        world
    }
}

pub fn snapshot() -> Arc<Snapshot> {
    WORLD.index.snapshot()
}

pub fn ask(record: Value) -> Outcome {
    ask_in(&snapshot(), record, &Options::default())
}

pub fn ask_in(snapshot: &Snapshot, record: Value, options: &Options) -> Outcome {
    let record = Record::parse(record).expect("a record");
    match_record(&Directory::of(snapshot), &record, options).expect("an answer")
}

/// The first person of the population that fits.
pub fn person(fits: impl Fn(&generate::Synthetic) -> bool) -> generate::Synthetic {
    let persons = generate::providers(PROVIDERS, SEED).filter(|p| p.name.last.is_some());
    persons.into_iter().find(fits).expect("somebody fits")
}

pub fn plain(provider: &generate::Synthetic) -> Value {
    let site = &provider.sites[0];
    json!({
        "first_name": provider.name.first, "last_name": provider.name.last, "suffix": provider.name.suffix,
        "address": {"line1": site.line1, "city": site.city, "state": site.state, "postal_code": site.postal_code},
    })
}
