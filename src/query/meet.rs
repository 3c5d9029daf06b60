//! What two ascending lists have in common, at several numbers a step.
//!
//! Read number by number, each step waits for the one before it: it has to be known which list went on. Here eight numbers of
//! one list are compared with eight of the other at once, each with each, and the list whose last one is smaller goes on by
//! eight: a tenth of the steps, and no guess of the processor's that may be wrong.

/// Numbers that are compared at a time.
const LANES: usize = 8;

/// Calls `visit` with each number before `end` that both lists have from these places on, ascending, until it says false.
/// Then both are read up to the places that are given back: nothing that stands before them is in both and unseen.
pub fn meet(
    one: &[u32],
    other: &[u32],
    from: (usize, usize),
    end: u32,
    visit: impl FnMut(u32) -> bool,
) -> (usize, usize) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        #[expect(
            unsafe_code,
            reason = "the feature that the function is built for has just been detected"
        )]
        return unsafe { meet_fast(one, other, from, end, visit) };
    }
    meet_any(one, other, from, end, visit)
}

/// The same, built for wide registers.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn meet_fast(
    one: &[u32],
    other: &[u32],
    from: (usize, usize),
    end: u32,
    visit: impl FnMut(u32) -> bool,
) -> (usize, usize) {
    meet_any(one, other, from, end, visit)
}

#[inline(always)]
fn meet_any(
    one: &[u32],
    other: &[u32],
    (mut i, mut j): (usize, usize),
    end: u32,
    mut visit: impl FnMut(u32) -> bool,
) -> (usize, usize) {
    while let (Some(a), Some(b)) = (block(one, i), block(other, j)) {
        if a[0] >= end {
            return (i, j);
        }
        let shared = shared(a, b);
        if shared.iter().fold(0, |any, lane| any | lane) != 0 {
            let lanes = (0..LANES).filter(|lane| shared[*lane] != 0);
            for lane in lanes {
                // What is not before the end is left for whoever goes on from there.
                if a[lane] >= end || !visit(a[lane]) {
                    return (i + lane, j);
                }
            }
        }
        let (a, b) = (a[LANES - 1], b[LANES - 1]);
        i += LANES * usize::from(a <= b);
        j += LANES * usize::from(b <= a);
    }
    while let (Some(a), Some(b)) = (one.get(i), other.get(j)) {
        if *a >= end || (a == b && !visit(*a)) {
            break;
        }
        i += usize::from(a <= b);
        j += usize::from(b <= a);
    }
    (i, j)
}

#[inline(always)]
fn block(list: &[u32], at: usize) -> Option<&[u32; LANES]> {
    list.get(at..)?.first_chunk()
}

/// All bits set for each number of `a` that is in `b`.
#[inline(always)]
fn shared(a: &[u32; LANES], b: &[u32; LANES]) -> [u32; LANES] {
    let mut shared = [0; LANES];
    for number in b {
        for (lane, own) in shared.iter_mut().zip(a) {
            *lane |= u32::from(own == number).wrapping_neg();
        }
    }
    shared
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lists_meet_in_what_both_have(
            one in prop::collection::btree_set(0u32..300, 0..150),
            other in prop::collection::btree_set(0u32..300, 0..150),
            ends in prop::collection::btree_set(0u32..300, 0..4),
            stretch in 1usize..20,
        ) {
            let expected: Vec<u32> = one.intersection(&other).copied().collect();
            let list = |set: &BTreeSet<u32>| set.iter().copied().collect::<Vec<u32>>();
            let (one, other) = (list(&one), list(&other));
            let (mut found, mut at) = (Vec::new(), (0, 0));
            for end in ends.into_iter().chain([u32::MAX]) {
                // Stopped after every few, and gone on from there.
                loop {
                    let before = found.len();
                    at = meet(&one, &other, at, end, |number| {
                        if found.last().is_none_or(|last| *last < number) {
                            found.push(number);
                        }
                        found.len() < before + stretch
                    });
                    if found.len() < before + stretch {
                        break;
                    }
                }
                prop_assert!(found.iter().all(|number| *number < end));
            }
            prop_assert_eq!(found, expected);
        }
    }
}
