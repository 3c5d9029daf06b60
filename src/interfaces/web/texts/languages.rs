//! What languages are called in Spanish: those that people in the United States speak most. Others keep their English name.

use super::Lang;

/// Code and name.
const SPANISH: &[(&str, &str)] = &[
    ("af", "afrikáans"),
    ("am", "amárico"),
    ("apc", "árabe levantino"),
    ("ar", "árabe"),
    ("arz", "árabe egipcio"),
    ("ase", "lengua de señas americana"),
    ("bg", "búlgaro"),
    ("bn", "bengalí"),
    ("bs", "bosnio"),
    ("ca", "catalán"),
    ("cmn", "mandarín"),
    ("cs", "checo"),
    ("da", "danés"),
    ("de", "alemán"),
    ("el", "griego"),
    ("en", "inglés"),
    ("es", "español"),
    ("et", "estonio"),
    ("eu", "euskera"),
    ("fa", "persa"),
    ("fi", "finés"),
    ("fr", "francés"),
    ("ga", "irlandés"),
    ("gl", "gallego"),
    ("gn", "guaraní"),
    ("gu", "guyaratí"),
    ("ha", "hausa"),
    ("haw", "hawaiano"),
    ("he", "hebreo"),
    ("hi", "hindi"),
    ("hmn", "hmong"),
    ("hr", "croata"),
    ("ht", "criollo haitiano"),
    ("hu", "húngaro"),
    ("hy", "armenio"),
    ("id", "indonesio"),
    ("ig", "igbo"),
    ("it", "italiano"),
    ("ja", "japonés"),
    ("km", "jemer"),
    ("kn", "canarés"),
    ("ko", "coreano"),
    ("ku", "kurdo"),
    ("lo", "lao"),
    ("lt", "lituano"),
    ("lv", "letón"),
    ("mam", "mam"),
    ("mk", "macedonio"),
    ("ml", "malabar"),
    ("mn", "mongol"),
    ("mr", "maratí"),
    ("ms", "malayo"),
    ("my", "birmano"),
    ("nah", "náhuatl"),
    ("nan", "taiwanés"),
    ("ne", "nepalí"),
    ("nl", "neerlandés"),
    ("no", "noruego"),
    ("nv", "navajo"),
    ("om", "oromo"),
    ("pa", "panyabí"),
    ("pl", "polaco"),
    ("prs", "darí"),
    ("ps", "pastún"),
    ("pt", "portugués"),
    ("qu", "quechua"),
    ("quc", "quiché"),
    ("ro", "rumano"),
    ("ru", "ruso"),
    ("sk", "eslovaco"),
    ("sl", "esloveno"),
    ("so", "somalí"),
    ("sq", "albanés"),
    ("sr", "serbio"),
    ("sv", "sueco"),
    ("sw", "suajili"),
    ("ta", "tamil"),
    ("te", "telugu"),
    ("th", "tailandés"),
    ("ti", "tigriña"),
    ("tl", "tagalo"),
    ("tr", "turco"),
    ("uk", "ucraniano"),
    ("ur", "urdu"),
    ("vi", "vietnamita"),
    ("yi", "yidis"),
    ("yo", "yoruba"),
    ("yue", "cantonés"),
    ("zh", "chino"),
];

impl Lang {
    /// What a language is called, where that differs from the vocabulary's own name.
    pub fn language_name(self, code: &str) -> Option<&'static str> {
        match self {
            Self::En => None,
            Self::Es => SPANISH.iter().find(|(known, _)| *known == code).map(|(_, name)| *name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_of_a_language_of_the_vocabulary() {
        let known = include_str!("../../../../index_schema/languages.csv");
        for (code, _) in SPANISH {
            assert!(
                known.lines().any(|line| line.starts_with(&format!("{code},"))),
                "{code}"
            );
        }
    }
}
