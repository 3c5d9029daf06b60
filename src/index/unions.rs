//! Who has any of several specialties: what a lay term stands for (`physical therapy`, `behavioral health`) is a dozen codes
//! with hundreds of thousands of providers, and the same few terms are asked for again and again.
//!
//! A segment never changes, so what was put together once holds for as long as the segment does.

use std::{ops::Deref, sync::Arc, sync::Mutex, sync::PoisonError};

/// Numbers that all unions kept of one segment may have together: 32 MB.
const MOST_NUMBERS: usize = 8_000_000;
/// Unions that are kept of one segment.
const MOST_UNIONS: usize = 64;

/// Providers in rank order, each once.
#[derive(Clone)]
pub enum Members<'s> {
    /// Of one specialty: read from the map.
    One(&'s [u32]),
    /// Of several.
    Several(Arc<[u32]>),
}

impl Deref for Members<'_> {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match self {
            Self::One(list) => list,
            Self::Several(list) => list,
        }
    }
}

/// The unions of a segment that were asked for lately.
#[derive(Default)]
pub struct Unions {
    /// The latest first.
    kept: Mutex<Vec<Union>>,
}

struct Union {
    codes: Box<[String]>,
    members: Arc<[u32]>,
}

impl Unions {
    /// The union of some codes, made only where it is not kept. `make` must always say the same of the same codes.
    pub fn of(&self, codes: &[String], make: impl FnOnce() -> Arc<[u32]>) -> Arc<[u32]> {
        if let Some(known) = self.known(codes) {
            return known;
        }
        // Made without the lock: two who ask at once both make it, and nobody waits.
        let members = make();
        if members.len() > MOST_NUMBERS {
            return members;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let union = Union {
            codes: codes.into(),
            members: Arc::clone(&members),
        };
        kept.insert(0, union);
        kept.truncate(MOST_UNIONS);
        let mut numbers = 0;
        kept.retain(|union| {
            numbers += union.members.len();
            numbers <= MOST_NUMBERS
        });
        members
    }

    fn known(&self, codes: &[String]) -> Option<Arc<[u32]>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|union| *union.codes == *codes)?;
        kept[..=at].rotate_right(1);
        Some(Arc::clone(&kept[0].members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(unions: &Unions, code: u32, size: usize) -> bool {
        let mut made = false;
        let members = unions.of(&[code.to_string(), "other".to_owned()], || {
            made = true;
            vec![code; size].into()
        });
        assert_eq!((members.len(), members.first()), (size, Some(&code)));
        made
    }

    #[test]
    fn what_was_asked_lately_is_kept_within_bounds() {
        let unions = Unions::default();
        assert!(ask(&unions, 0, 3));
        assert!(!ask(&unions, 0, 3));
        // Others come and go; what is asked again and again stays.
        for code in 1..200 {
            assert!(ask(&unions, code, 2));
            assert!(!ask(&unions, 0, 3));
        }
        assert!(ask(&unions, 1, 2), "long not asked for");
        // What is larger than all may be together is not kept, and drives nothing away.
        assert!(ask(&unions, 500, MOST_NUMBERS + 1));
        assert!(ask(&unions, 500, MOST_NUMBERS + 1));
        assert!(!ask(&unions, 0, 3));
    }
}
