//! Work over many items in equal parts, on all cores, in their order. A part that breaks off takes nothing silently with it:
//! it is an error of the whole.

/// A thread panicked; the log says where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a part of the work broke off: the log says where")]
pub struct BrokenOff;

/// What `work` makes of each part, in the order of the items.
///
/// # Errors
/// If the work on a part panicked.
pub fn in_parts<I: Sync, O: Send>(items: &[I], work: impl Fn(&[I]) -> O + Sync) -> Result<Vec<O>, BrokenOff> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let work = &work;
    std::thread::scope(|scope| {
        let parts = items.chunks(items.len().div_ceil(cores).max(1));
        let running: Vec<_> = parts.map(|part| scope.spawn(move || work(part))).collect();
        // All are waited for, or the scope would panic for one that is not.
        let ended: Vec<_> = running.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        ended.into_iter().map(|part| part.map_err(|_| BrokenOff)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_keep_their_order_and_a_broken_one_is_told() {
        let items: Vec<u32> = (0..1_000).collect();
        let all: Vec<u32> = in_parts(&items, <[u32]>::to_vec).expect("whole").concat();
        assert_eq!(all, items);
        assert_eq!(in_parts(&[] as &[u32], <[u32]>::len), Ok(Vec::new()));
        let broken = in_parts(&items, |part| {
            assert!(!part.contains(&0), "the first part breaks off");
            part.len()
        });
        assert_eq!(broken, Err(BrokenOff));
    }
}
