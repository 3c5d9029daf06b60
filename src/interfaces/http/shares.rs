//! How many answers that stay open there may be at once: in all, for one caller, and for all whom we do not know. So nobody
//! takes what others need, however many connections they open.

use std::{
    collections::hash_map::Entry,
    sync::{Arc, Mutex, PoisonError},
};

use rustc_hash::FxHashMap;

use super::{
    limits::Caller,
    problem::{Kind, Problem},
};

/// What is given out.
#[derive(Debug)]
pub struct Shares {
    given: Mutex<Given>,
    most: usize,
}

#[derive(Debug, Default)]
struct Given {
    by_caller: FxHashMap<Caller, usize>,
    all: usize,
    to_strangers: usize,
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub struct Share {
    of: Arc<Shares>,
    caller: Caller,
}

impl Shares {
    /// So many in all: one caller gets a quarter of them, those whom nobody knows three quarters together.
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            given: Mutex::default(),
            most,
        })
    }

    /// One for a caller.
    ///
    /// # Errors
    /// If as many as may be are given out.
    pub fn take(self: &Arc<Self>, caller: Caller) -> Result<Share, Problem> {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let own = given.by_caller.get(&caller).copied().unwrap_or(0);
        let strangers = !caller.is_known && given.to_strangers >= self.most * 3 / 4;
        if given.all >= self.most || strangers || own >= self.most / 4 {
            let detail = "As many of these answers are open as this server keeps; try again later.";
            return Err(Problem::new(Kind::Unavailable, detail).retry_after(10));
        }
        given.all += 1;
        given.to_strangers += usize::from(!caller.is_known);
        *given.by_caller.entry(caller).or_default() += 1;
        Ok(Share {
            of: Arc::clone(self),
            caller,
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut given = self.of.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.all -= 1;
        given.to_strangers -= usize::from(!self.caller.is_known);
        if let Entry::Occupied(mut own) = given.by_caller.entry(self.caller) {
            *own.get_mut() -= 1;
            if *own.get() == 0 {
                own.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_what_others_need() {
        let shares = Shares::new(8);
        let caller = |key: u8, is_known| Caller {
            key: [key; 16],
            is_known,
        };
        let take = |key, is_known| shares.take(caller(key, is_known));
        let own = [take(1, false).expect("one"), take(1, false).expect("two")];
        assert_eq!(take(1, false).expect_err("a quarter").kind(), Kind::Unavailable);
        let strangers: Vec<Share> = (2..6).map(|key| take(key, false).expect("another")).collect();
        assert!(take(6, false).is_err(), "the rest is for those who are known");
        let known = [take(7, true).expect("one"), take(7, true).expect("two")];
        assert!(take(8, true).is_err(), "all are given out");
        drop(own);
        assert!(take(1, false).is_ok(), "what is given back is given again");
        drop((strangers, known));
        let left = shares.given.lock().expect("whole");
        assert_eq!((left.all, left.to_strangers, left.by_caller.len()), (0, 0, 0));
    }
}
