//! A generation takes another's place: with whatever has changed while it was built, at once, and after a crash as well.

use std::collections::BTreeMap;

use provider_directory::{
    domain::provider::Provider,
    index::{Change, Index, schema::Handle},
    intake::generate,
    vocab::{Position, ProviderId},
};

use crate::house::noon;

fn at(xid: u64) -> Position {
    Position { xid, id: 1 }
}

fn provider(schema: &Handle, number: u64, version: i64) -> Provider {
    let mut provider = generate::provider(number, 1).to_provider(&schema.lexicon());
    provider.version = version;
    provider
}

fn versions(index: &Index) -> BTreeMap<ProviderId, i64> {
    let mut all = BTreeMap::new();
    index.versions(|id, version| assert!(all.insert(id, version).is_none(), "{id} is there twice"));
    all
}

#[test]
fn the_last_changes_come_with_the_generation_itself() {
    let (schema, day) = (Handle::embedded(), noon().date_naive());
    let folder = tempfile::tempdir().expect("a folder");
    let index = Index::open(folder.path(), schema.clone()).expect("an index");
    let put = |number, version| Change::Put(Box::new(provider(&schema, number, version)));
    let id = |number| provider(&schema, number, 0).id;

    let mut first = index.rebuild().expect("begun");
    for number in 0..4 {
        first.add(provider(&schema, number, 1), day).expect("added");
    }
    first.seal(at(1), 42).expect("sealed");
    first.swap().expect("swapped");

    let mut next = index.rebuild().expect("begun");
    for number in 0..4 {
        next.add(provider(&schema, number, 2), day).expect("added");
    }
    next.seal(at(2), 42).expect("sealed");
    next.catch_up(&[put(1, 3), Change::Remove(id(3))], at(3), None, day)
        .expect("caught up");
    assert_eq!(
        versions(&index)[&id(1)],
        1,
        "until it is swapped in the old one answers"
    );
    let last = vec![put(0, 4), Change::Remove(id(2)), put(5, 4)];
    next.swap_with(last, Some((at(4), None)), day).expect("swapped");

    let expected = BTreeMap::from([(id(0), 4), (id(1), 3), (id(5), 4)]);
    assert_eq!(versions(&index), expected);
    assert_eq!(index.position(), Some(at(4)));
    assert_eq!(
        index.status().committed,
        Some(at(3)),
        "what follows is read again after a crash"
    );
    drop(index);

    let again = Index::open(folder.path(), schema.clone()).expect("opened");
    assert_eq!(again.position(), Some(at(3)));
    assert_eq!(versions(&again), BTreeMap::from([(id(0), 2), (id(1), 3), (id(2), 2)]));
    let last = vec![put(0, 4), Change::Remove(id(2)), put(5, 4)];
    again.apply(last, at(4), day).expect("applied");
    again.commit(day).expect("committed");
    drop(again);

    let at_last = Index::open(folder.path(), schema.clone()).expect("opened");
    assert_eq!((at_last.position(), versions(&at_last)), (Some(at(4)), expected));
}

#[test]
fn a_commit_keeps_what_came_with_a_generation() {
    let (schema, day) = (Handle::embedded(), noon().date_naive());
    let folder = tempfile::tempdir().expect("a folder");
    let index = Index::open(folder.path(), schema.clone()).expect("an index");
    let mut rebuild = index.rebuild().expect("begun");
    rebuild.add(provider(&schema, 0, 1), day).expect("added");
    rebuild.seal(at(1), 42).expect("sealed");
    let changed = provider(&schema, 0, 2);
    let (id, last) = (changed.id, vec![Change::Put(Box::new(changed))]);
    rebuild
        .swap_with(last, Some((at(2), Some(at(1)))), day)
        .expect("swapped");
    assert_eq!((index.position(), index.owed()), (Some(at(2)), Some(at(1))));
    index.commit(day).expect("committed");
    drop(index);

    let again = Index::open(folder.path(), schema).expect("opened");
    assert_eq!(versions(&again), BTreeMap::from([(id, 2)]));
    assert_eq!((again.position(), again.owed()), (Some(at(2)), Some(at(1))));
}

/// A repair, and what is heard before its position is reached, come at a position that is on disk already.
#[test]
fn a_change_at_a_position_that_was_written_is_written_too() {
    let (schema, day) = (Handle::embedded(), noon().date_naive());
    let folder = tempfile::tempdir().expect("a folder");
    let index = Index::open(folder.path(), schema.clone()).expect("an index");
    let mut rebuild = index.rebuild().expect("begun");
    rebuild.add(provider(&schema, 0, 1), day).expect("added");
    rebuild.seal(at(1), 42).expect("sealed");
    rebuild.swap_with(Vec::new(), None, day).expect("swapped");
    index.commit(day).expect("committed");
    let changed = provider(&schema, 0, 2);
    let expected = BTreeMap::from([(changed.id, 2)]);
    index
        .apply(vec![Change::Put(Box::new(changed))], at(1), day)
        .expect("applied");
    index.commit(day).expect("committed");
    assert_eq!(versions(&index), expected);
    drop(index);
    let again = Index::open(folder.path(), schema).expect("opened");
    assert_eq!((again.position(), versions(&again)), (Some(at(1)), expected));
}
