//! Codes of procedures and diagnoses as they stand on a bill or a referral: `CPT 45378`, `ICD-10 E11.9`, `M54.5`. No table here
//! tells what they are for, so they are left out and that is said; their digits are neither a ZIP nor somebody's name.

use super::Reader;

/// What such codes are called.
const SYSTEMS: &[&str] = &[
    "cpt", "hcpcs", "icd", "icd10", "icd9", "icd10cm", "drg", "dsm", "snomed",
];
/// Words for what has a code.
const OF_CODES: &[&str] = &["billing", "diagnosis", "diagnostic", "dx", "procedure", "revenue"];
/// What may stand between the name of a system and a code of it.
const BETWEEN: &[&str] = &["10", "9", "5", "cm", "pcs", "code", "codes", "number", "no", "is"];
/// Most characters of a code.
const LONGEST: usize = 8;
/// Digits of a ZIP.
const LENGTH_OF_ZIP: usize = 5;

impl Reader<'_, '_> {
    /// A code at a word, with what says that it is one; and how many words that took.
    pub(super) fn medical_code(&mut self, at: usize) -> Option<usize> {
        let words = self.words;
        let word = words[at].as_str();
        let system = SYSTEMS.contains(&word);
        let of_code = OF_CODES.contains(&word) && words.get(at + 1).is_some_and(|next| next.starts_with("code"));
        let taken = if system || of_code {
            let between = words[at + 1..]
                .iter()
                .take_while(|word| BETWEEN.contains(&word.as_str()));
            let from = at + 1 + between.count();
            let codes = words[from..].iter().take_while(|word| is_code(word)).count();
            let said = words[at + 1..from].iter().any(|word| word.starts_with("code"));
            (codes > 0 || said).then_some(from + codes - at)?
        } else {
            self.is_diagnosis(at).then_some(1)?
        };
        let said = words[at..at + taken].join(" ");
        self.tell(format!(
            "codes of procedures and diagnoses are not searched for, so `{said}` is left out: say what it is for, like `colonoscopy`"
        ));
        self.term_at(at, taken, "unknown", said);
        Some(taken)
    }

    /// `E11.9`: a letter and digits with a full stop among them, as no name and no number of a house has it.
    fn is_diagnosis(&self, at: usize) -> bool {
        let (word, token) = (self.words[at].as_bytes(), &self.tokens[at]);
        let plain = (4..=LONGEST).contains(&word.len()) && word[0].is_ascii_lowercase();
        plain && word[1..4].iter().all(u8::is_ascii_digit) && token.end - token.start == word.len() + 1
    }
}

/// Whether a word may be a code: digits, perhaps with a letter at either end.
fn is_code(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    (2..=LONGEST).contains(&word.len()) && digits > 1 && word.len() - digits <= 2 && word.len() <= LENGTH_OF_ZIP + 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_digits_and_hardly_a_letter() {
        for code in ["45378", "e119", "m545", "j1885", "470", "99213"] {
            assert!(is_code(code), "{code}");
        }
        for word in ["dentist", "10mi", "houston", "3", "ab12cd"] {
            assert_eq!(is_code(word), word == "10mi", "{word}");
        }
    }
}
