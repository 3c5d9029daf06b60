//! What stands behind the names of people: credentials as they are printed on cards, `PA-C`, `OTR/L` and `CCC-SLP` included.

use crate::vocab::names::{CREDENTIALS, Token};

/// More than the credentials that records are rid of, in order. Each is one only behind a name, and where nobody is called so.
const LICENCES: &[&str] = &[
    "abpp", "acnp", "acnpbc", "agacnp", "agacnpbc", "agnp", "agnpc", "agpcnp", "agpcnpbc", "anp", "anpbc", "anpc",
    "apc", "apn", "apnp", "aprnbc", "aprncnp", "asst", "atc", "bcaba", "bcacp", "bcbad", "bcps", "bsn", "caadc",
    "cadc", "cbhcm", "ccc", "ccca", "cccslp", "cde", "cdn", "cdp", "cfnp", "cgc", "chw", "clc", "cma", "cmhc", "cna",
    "cnp", "cnsbc", "cota", "cotal", "cpht", "cpm", "cpnp", "cpnppc", "cprs", "crna", "csac", "csfa", "cst", "csw",
    "ctrs", "dacbr", "dacm", "daom", "dat", "dnap", "dnp", "dsw", "emtp", "faafp", "faan", "facep", "fnpbc", "fnpc",
    "lac", "ladc", "lat", "latc", "lcac", "lcdc", "lcmft", "lcmhc", "lcpc", "lcswa", "lcswc", "lcswr", "licsw", "lisw",
    "lld", "lmfta", "lmhca", "lmhp", "lmp", "lpa", "lpca", "lpcc", "lpcmh", "lpcs", "lpn", "lsw", "lvn", "mbbch",
    "mbbs", "mdphd", "mft", "mhc", "mmft", "mot", "mpas", "mpt", "msn", "mspt", "ncc", "nnp", "nnpbc", "npc", "npp",
    "ocs", "otd", "phn", "plmhp", "pmhnp", "pmhnpbc", "pmhnpc", "pnp", "pnpbc", "pta", "qmhp", "rcp", "rcswi", "rdcs",
    "rdh", "rdms", "rdn", "rdnld", "rma", "rmhci", "rnc", "rnfa", "rnp", "rpa", "rpac", "rpsgt", "rpt", "rrt", "rtr",
    "rvt", "slpa", "slpccc", "slpd", "whnp", "whnpbc",
];

/// What is written behind a credential with a hyphen or a slash and says nothing more: certified, licensed, by a board.
const TAILS: &[&str] = &["a", "bc", "c", "cp", "cs", "e", "h", "l", "lp", "p", "r", "s"];

/// Whether a word is a credential, where it stands behind a name.
pub(super) fn is_licence(word: &str) -> bool {
    CREDENTIALS.contains(&word) || LICENCES.binary_search(&word).is_ok()
}

/// Joins what is written together: `PA-C` is no Pa with the initial C.
pub(super) fn join(tokens: &mut Vec<Token>, text: &str) {
    if !text.contains(['-', '/']) {
        return;
    }
    let characters: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at + 1 < tokens.len() {
        let between = characters.get(tokens[at].end..tokens[at + 1].start);
        let together = matches!(between, Some(['-' | '/']));
        let (first, second) = (tokens[at].word.as_str(), tokens[at + 1].word.as_str());
        let joined = format!("{first}{second}");
        // `MD/PhD`, `PT/OT`: two of them.
        let two = is_licence(first) && is_licence(second) && first != "ccc";
        let word = if !together || two {
            None
        } else if is_licence(&joined) {
            Some(joined)
        } else {
            (is_licence(first) && TAILS.contains(&second)).then(|| first.to_owned())
        };
        match word {
            Some(word) => {
                tokens[at].word = word;
                tokens[at].end = tokens[at + 1].end;
                tokens.remove(at + 1);
            }
            None => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::names::tokens;

    #[test]
    fn credentials_are_one_word_however_they_are_written() {
        assert!(LICENCES.is_sorted());
        let joined = |text: &str| {
            let mut all = tokens(text);
            join(&mut all, text);
            all.into_iter().map(|token| (token.word, token.end)).collect::<Vec<_>>()
        };
        let expected = |words: &[(&str, usize)]| -> Vec<(String, usize)> {
            words.iter().map(|(word, end)| ((*word).to_owned(), *end)).collect()
        };
        assert_eq!(
            joined("Ann Lee, PA-C"),
            expected(&[("ann", 3), ("lee", 7), ("pac", 13)])
        );
        assert_eq!(
            joined("Lee, OTR/L, CHT"),
            expected(&[("lee", 3), ("otrl", 10), ("cht", 15)])
        );
        assert_eq!(joined("Lee CCC-SLP"), expected(&[("lee", 3), ("cccslp", 11)]));
        assert_eq!(
            joined("Lee LCSW-X PT/OT"),
            expected(&[("lee", 3), ("lcsw", 8), ("x", 10), ("pt", 13), ("ot", 16)])
        );
        assert_eq!(joined("Lee LMFT-A"), expected(&[("lee", 3), ("lmfta", 10)]));
        assert_eq!(
            joined("Smith-Jones 3-4"),
            expected(&[("smith", 5), ("jones", 11), ("3", 13), ("4", 15)])
        );
    }
}
