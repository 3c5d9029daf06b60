//! How like two words are, a few nanoseconds each: a misspelt name is compared with thousands.
//!
//! A word as typed is prepared once: for each letter, a bit for every place where it stands (`places`). What compares other
//! words with it then works on all of its letters at a time. Only words of at most [`LONGEST`] lower case ASCII letters can be
//! prepared; `strsim`, which takes anything, says the same of them, and a test holds that.

/// Longer words do not fit into the bits.
pub const LONGEST: usize = 64;
/// Stands for the space among the letters.
const SPACE: usize = 26;

/// A word as typed, prepared to be compared.
#[derive(Clone, Debug)]
pub struct Typed<'t> {
    text: &'t str,
    places: [u64; 27],
}

impl<'t> Typed<'t> {
    /// `None` where it has other letters, none, or too many.
    pub fn new(text: &'t str) -> Option<Self> {
        let fits = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b' ');
        let mut places = [0; 27];
        if fits {
            for (at, letter) in text.bytes().enumerate() {
                places[number_of(letter)] |= 1 << at;
            }
        }
        fits.then_some(Self { text, places })
    }

    /// The word.
    pub fn text(&self) -> &'t str {
        self.text
    }

    fn places_of(&self, letter: u8) -> u64 {
        self.places.get(number_of(letter)).copied().unwrap_or(0)
    }

    /// How many edits lie between the words: letters more, less or other, or two neighbours swapped, no letter touched twice
    /// (optimal string alignment, after Hyyrö's bit-parallel method).
    pub fn edits(&self, other: &str) -> u32 {
        let last = 1u64 << (self.text.len() - 1);
        let mut edits = self.text.len() as u32;
        let (mut up, mut down, mut diagonal, mut before) = (u64::MAX, 0u64, 0u64, 0u64);
        for letter in other.bytes() {
            let same = self.places_of(letter);
            let swapped = (!diagonal & same) << 1 & before;
            diagonal = (((same & up).wrapping_add(up)) ^ up) | same | down | swapped;
            let right = down | !(diagonal | up);
            let left = diagonal & up;
            edits += u32::from(right & last != 0);
            edits -= u32::from(left & last != 0);
            let (right, left) = (right << 1 | 1, left << 1);
            up = left | !(diagonal | right);
            down = right & diagonal;
            before = same;
        }
        edits
    }

    /// The likeness of Jaro and Winkler, 0 to 1.
    pub fn likeness(&self, other: &str) -> f64 {
        let (own, others) = (self.text.len(), other.len());
        if others == 0 || others > LONGEST {
            return strsim::jaro_winkler(other, self.text);
        }
        let reach = (own.max(others) / 2).saturating_sub(1);
        let (mut matched_own, mut matched_others) = (0u64, 0u64);
        for (at, letter) in other.bytes().enumerate() {
            let from = at.saturating_sub(reach);
            let window = bits_below(at + reach + 1) & !bits_below(from);
            let free = self.places_of(letter) & !matched_own & window;
            if free != 0 {
                matched_own |= free & free.wrapping_neg();
                matched_others |= 1 << at;
            }
        }
        let matches = matched_own.count_ones();
        if matches == 0 {
            return 0.0;
        }
        let (mut own_left, mut others_left, mut unlike) = (matched_own, matched_others, 0u32);
        let (own_letters, other_letters) = (self.text.as_bytes(), other.as_bytes());
        while own_left != 0 {
            let (a, b) = (own_left.trailing_zeros(), others_left.trailing_zeros());
            unlike += u32::from(own_letters[a as usize] != other_letters[b as usize]);
            own_left &= own_left - 1;
            others_left &= others_left - 1;
        }
        let (matches, swaps) = (f64::from(matches), unlike / 2);
        let jaro = (matches / others as f64 + matches / own as f64 + (matches - f64::from(swaps)) / matches) / 3.0;
        if jaro <= 0.7 {
            return jaro;
        }
        let begins = own_letters
            .iter()
            .zip(other_letters)
            .take(4)
            .take_while(|(a, b)| a == b);
        jaro + 0.1 * begins.count() as f64 * (1.0 - jaro)
    }
}

fn number_of(letter: u8) -> usize {
    match letter {
        b'a'..=b'z' => usize::from(letter - b'a'),
        b' ' => SPACE,
        _ => usize::MAX,
    }
}

/// The bits of all places below one.
fn bits_below(place: usize) -> u64 {
    if place >= 64 { u64::MAX } else { (1 << place) - 1 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn it_says_what_the_plain_method_says(typed in "[a-e ]{1,12}|[a-z]{1,64}", other in "[a-f ]{1,12}|[a-z0-9{|]{1,70}") {
            let prepared = Typed::new(&typed).expect("lower case letters");
            prop_assert_eq!(prepared.edits(&other) as usize, strsim::osa_distance(&other, &typed));
            prop_assert_eq!(prepared.likeness(&other), strsim::jaro_winkler(&other, &typed));
        }
    }

    #[test]
    fn only_lower_case_letters_can_be_prepared() {
        for odd in ["", "O'Brien", "24", "josé", &"a".repeat(65)] {
            assert!(Typed::new(odd).is_none(), "{odd}");
        }
    }
}
