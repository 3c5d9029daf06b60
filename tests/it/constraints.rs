//! Each constraint of the schema is either said in the product's words, or out of reach of callers, and then it says why.

use std::collections::BTreeSet;

use provider_directory::{
    domain::reference::{Life, Network},
    store::{Error, networks, refusals},
    vocab::NetworkId,
};

use crate::house::{House, admin};

/// Constraints by the reason for which no caller can violate them: a line `# reason`, then their names.
const UNREACHABLE: &str = include_str!("unreachable_constraints.txt");

fn unreachable() -> BTreeSet<&'static str> {
    let mut names = BTreeSet::new();
    let mut has_reason = false;
    for line in UNREACHABLE.lines() {
        if let Some(reason) = line.strip_prefix("# ") {
            has_reason = !reason.is_empty();
            continue;
        }
        for name in line.split_whitespace() {
            assert!(
                has_reason && names.insert(name),
                "{name} stands twice, or without a reason"
            );
        }
    }
    names
}

/// Checks, keys, unique indexes, references and exclusions.
const CATALOGUE: &str = "SELECT c.conname::text FROM pg_constraint c
    WHERE c.connamespace = 'public'::regnamespace AND c.contype IN ('c', 'f', 'p', 'u', 'x')
    UNION SELECT k.relname::text FROM pg_index i JOIN pg_class k ON k.oid = i.indexrelid
    WHERE k.relnamespace = 'public'::regnamespace AND i.indisunique";

/// Names that functions of the schema raise as if they were constraints.
const RAISED: &str = "SELECT DISTINCT m[1] FROM pg_proc p,
    regexp_matches(p.prosrc, 'CONSTRAINT = ''([a-z0-9_]+)''', 'g') m WHERE p.pronamespace = 'public'::regnamespace";

#[tokio::test]
async fn every_constraint_has_words_or_a_reason_to_need_none() {
    let house = House::open().await;
    let mut owner = house.owner().await;
    let there: Vec<String> = sqlx::query_scalar(CATALOGUE)
        .fetch_all(&mut owner)
        .await
        .expect("the catalogue");
    let raised: Vec<String> = sqlx::query_scalar(RAISED)
        .fetch_all(&mut owner)
        .await
        .expect("the functions");
    assert!(
        there.len() > 400 && raised.len() > 15,
        "{} and {}",
        there.len(),
        raised.len()
    );
    let all: BTreeSet<&str> = there.iter().chain(&raised).map(String::as_str).collect();
    let (said, unreachable): (BTreeSet<_>, _) = (refusals::foreseen().collect(), unreachable());
    let known: BTreeSet<_> = said.union(&unreachable).copied().collect();
    let silent: Vec<_> = all.difference(&known).collect();
    assert!(
        silent.is_empty(),
        "add words to src/store/refusals.txt, or a reason beside this test: {silent:?}"
    );
    let both: Vec<_> = said.intersection(&unreachable).collect();
    assert!(both.is_empty(), "said, so not out of reach: {both:?}");
    let gone: Vec<_> = known.difference(&all).collect();
    assert!(gone.is_empty(), "not in the schema any more: {gone:?}");
}

#[tokio::test]
async fn a_value_that_only_the_schema_refuses_is_a_fault_of_its_field() {
    let house = House::open().await;
    let known = house.network("BlueChoice", true).await;
    let nameless = Network {
        id: NetworkId(uuid::Uuid::now_v7()),
        name: String::new(),
        organization_id: known.organization_id,
        public: true,
        life: Life::default(),
    };
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let refused = networks::create_network(&mut tx, &nameless).await;
    let Err(Error::Refused(fault)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!((fault.field.as_str(), fault.code), ("name", "required"));
}
