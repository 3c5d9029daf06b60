//! Work over many items in equal parts, on some threads, in their order. A part that breaks off takes nothing silently with it:
//! it is an error of the whole.

/// A thread panicked; the log says where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a part of the work broke off: the log says where")]
pub struct BrokenOff;

/// As many threads as there are cores.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// What `work` makes of each part, in the order of the items; a thread for each.
///
/// # Errors
/// If the work on a part panicked.
pub fn in_parts<I: Sync, O: Send>(
    items: &[I],
    threads: usize,
    work: impl Fn(&[I]) -> O + Sync,
) -> Result<Vec<O>, BrokenOff> {
    let work = &work;
    std::thread::scope(|scope| {
        let parts = items.chunks(items.len().div_ceil(threads.max(1)).max(1));
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
        let all: Vec<u32> = in_parts(&items, 3, <[u32]>::to_vec).expect("whole").concat();
        assert_eq!(all, items);
        assert_eq!(in_parts(&[] as &[u32], 3, <[u32]>::len), Ok(Vec::new()));
        let broken = in_parts(&items, cores(), |part| {
            assert!(!part.contains(&0), "the first part breaks off");
            part.len()
        });
        assert_eq!(broken, Err(BrokenOff));
    }
}
