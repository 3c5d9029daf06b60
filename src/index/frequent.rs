//! Bits, one for every provider of a segment: what several of them have in common, found and counted in microseconds.

/// Whether a bit is set.
pub fn has(bits: &[u64], number: u32) -> bool {
    bits.get((number / 64) as usize)
        .is_some_and(|word| word & (1 << (number % 64)) != 0)
}

/// The first number from `from` on that all bitmaps have. What lies behind the word of `end` is not looked at.
pub fn next_in_all(bitmaps: &[&[u64]], from: u32, end: u32) -> Option<u32> {
    let words = bitmaps.iter().map(|bits| bits.len()).min()?;
    let words = words.min(end.div_ceil(64) as usize);
    let first = (from / 64) as usize;
    if first >= words {
        return None;
    }
    let number = |at: usize, word: u64| at as u32 * 64 + word.trailing_zeros();
    let all = |at: usize| bitmaps.iter().fold(u64::MAX, |all, bits| all & bits[at]);
    let word = all(first) & u64::MAX << (from % 64);
    if word != 0 {
        return Some(number(first, word));
    }
    if let [a, b] = bitmaps {
        let behind = first_common(&a[first + 1..words], &b[first + 1..words]);
        return behind.map(|(at, word)| number(first + 1 + at, word));
    }
    (first + 1..words)
        .map(|at| (at, all(at)))
        .find(|(_, word)| *word != 0)
        .map(|(at, word)| number(at, word))
}

/// The first place where two bitmaps have bits in common, and these. Words that seldom meet are passed over by the block.
fn first_common(a: &[u64], b: &[u64]) -> Option<(usize, u64)> {
    const BLOCK: usize = 32;
    for (number, (a, b)) in a.chunks(BLOCK).zip(b.chunks(BLOCK)).enumerate() {
        let both = || a.iter().zip(b).map(|(a, b)| a & b);
        if both().fold(0, |any, word| any | word) != 0 {
            let found = both().enumerate().find(|(_, word)| *word != 0);
            return found.map(|(at, word)| (number * BLOCK + at, word));
        }
    }
    None
}

/// How many numbers all of `bitmaps` have, and not all of `without` (if there are any).
pub fn count_in_all(bitmaps: &[&[u64]], without: &[&[u64]]) -> u64 {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("popcnt") {
        #[expect(
            unsafe_code,
            reason = "the features that the function is built for have just been detected"
        )]
        return unsafe { count_fast(bitmaps, without) };
    }
    count(bitmaps, without)
}

/// The same, built for wide registers and a counting instruction.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,popcnt")]
fn count_fast(bitmaps: &[&[u64]], without: &[&[u64]]) -> u64 {
    count(bitmaps, without)
}

#[inline(always)]
fn count(bitmaps: &[&[u64]], without: &[&[u64]]) -> u64 {
    let ones = |word: u64| u64::from(word.count_ones());
    match (bitmaps, without) {
        ([a], []) => a.iter().map(|a| ones(*a)).sum(),
        ([a, b], []) => a.iter().zip(*b).map(|(a, b)| ones(a & b)).sum(),
        ([a], [c]) => a.iter().zip(*c).map(|(a, c)| ones(a & !c)).sum(),
        ([a, b], [c, d]) => {
            let (first, second) = (a.iter().zip(*b), c.iter().zip(*d));
            first.zip(second).map(|((a, b), (c, d))| ones(a & b & !(c & d))).sum()
        }
        _ => {
            let words = bitmaps.iter().map(|bits| bits.len()).min().unwrap_or(0);
            let all = |of: &[&[u64]], at: usize| of.iter().fold(u64::MAX, |all, bits| all & bits[at]);
            let not = |at| {
                if without.is_empty() {
                    u64::MAX
                } else {
                    !all(without, at)
                }
            };
            (0..words).map(|at| ones(all(bitmaps, at) & not(at))).sum()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bitmaps_meet_where_all_have_a_bit() {
        let (a, b) = ([0b1010, 1 << 63], [0b0110, 1 << 63]);
        let both: [&[u64]; 2] = [&a, &b];
        assert_eq!(next_in_all(&both, 0, u32::MAX), Some(1));
        assert_eq!(next_in_all(&both, 2, u32::MAX), Some(127));
        assert_eq!(next_in_all(&both, 128, u32::MAX), None);
        let mut far = vec![0; 100];
        far[70] = 0b1100;
        let other = vec![0b1000; 100];
        assert_eq!(next_in_all(&[&far[..], &other[..]], 0, u32::MAX), Some(70 * 64 + 3));
        assert_eq!(next_in_all(&[&far[..], &other[..]], 70 * 64 + 4, u32::MAX), None);
        assert_eq!(next_in_all(&[&far[..]], 1, u32::MAX), Some(70 * 64 + 2));
        assert_eq!(next_in_all(&both, 2, 64), None);
        assert_eq!(count_in_all(&both, &[]), 2);
        assert_eq!(count_in_all(&both, &[&a]), 0);
        let ones = [u64::MAX, u64::MAX];
        for number in 1..4 {
            let all = vec![&ones[..]; number];
            assert_eq!(count_in_all(&all, &[]), 128);
            assert_eq!(count_in_all(&all, &vec![&b[..]; number]), 125);
        }
        assert!(has(&a, 3) && !has(&a, 2) && !has(&a, 500));
    }
}
