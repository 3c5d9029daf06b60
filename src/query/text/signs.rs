//! Signs and scripts that no word is folded from as it is meant: pictures (a tooth, a baby), and words for kinds of care in
//! scripts whose letters say nothing in ours. What is known becomes the English words for it; everything else stays as it is
//! folded, so that a name in another script is still looked for.

use crate::vocab::names::{Token, words};

/// Pictures, and what is meant by them.
const PICTURES: &[(char, &str)] = &[
    ('\u{267f}', "wheelchair accessible"),
    ('\u{2695}', "doctor"),
    ('\u{1f440}', "eye doctor"),
    ('\u{1f441}', "eye doctor"),
    ('\u{1f442}', "ear doctor"),
    ('\u{1f443}', "nose doctor"),
    ('\u{1f453}', "optometrist"),
    ('\u{1f466}', "child"),
    ('\u{1f467}', "child"),
    ('\u{1f476}', "baby"),
    ('\u{1f48a}', "pharmacy"),
    ('\u{1f489}', "vaccine"),
    ('\u{1f691}', "emergency room"),
    ('\u{1f912}', "fever"),
    ('\u{1f927}', "allergy"),
    ('\u{1f930}', "pregnant"),
    ('\u{1f9b4}', "bone doctor"),
    ('\u{1f9b6}', "foot doctor"),
    ('\u{1f9b7}', "dentist"),
    ('\u{1f9bb}', "hearing aid"),
    ('\u{1f9bd}', "wheelchair accessible"),
    ('\u{1f9be}', "prosthetics"),
    ('\u{1f9d2}', "child"),
    ('\u{1f9e0}', "brain doctor"),
    ('\u{1fa7a}', "doctor"),
    ('\u{1fac0}', "heart doctor"),
    ('\u{1fac1}', "lung doctor"),
    ('\u{1f3e5}', "hospital"),
];
/// A heart is mostly an ornament: it is what is meant alone, or before one of these.
const HEART: char = '\u{2764}';
/// Behind a heart.
const BEHIND_HEART: &[&str] = &[
    "center",
    "clinic",
    "doc",
    "docs",
    "doctor",
    "doctors",
    "dr",
    "hospital",
    "physician",
    "specialist",
    "specialists",
    "surgeon",
];
/// Joins pictures into one: a woman and the sign of medicine.
const JOINER: char = '\u{200d}';

/// Words of other scripts, the longer ones of the same beginning first, and what they mean here. A word of an alphabet stands
/// for all that begin so; of the others one follows the next without a space.
const WRITTEN: &[(&str, &str)] = &[
    // Chinese, in both ways of writing it.
    ("牙医", "dentist"),
    ("牙醫", "dentist"),
    ("牙科", "dentist"),
    ("心脏", "heart doctor"),
    ("心臟", "heart doctor"),
    ("心内科", "cardiologist"),
    ("儿科", "pediatrician"),
    ("兒科", "pediatrician"),
    ("小儿科", "pediatrician"),
    ("眼科", "eye doctor"),
    ("皮肤科", "dermatologist"),
    ("皮膚科", "dermatologist"),
    ("妇产科", "obgyn"),
    ("婦產科", "obgyn"),
    ("妇科", "gynecologist"),
    ("婦科", "gynecologist"),
    ("骨科", "orthopedist"),
    ("内科", "internal medicine"),
    ("內科", "internal medicine"),
    ("家庭医生", "family doctor"),
    ("家庭醫生", "family doctor"),
    ("心理医生", "psychologist"),
    ("心理醫生", "psychologist"),
    ("耳鼻喉", "ent"),
    ("针灸", "acupuncturist"),
    ("針灸", "acupuncturist"),
    ("中医", "acupuncturist"),
    ("中醫", "acupuncturist"),
    ("医生", "doctor"),
    ("醫生", "doctor"),
    ("医院", "hospital"),
    ("醫院", "hospital"),
    ("药房", "pharmacy"),
    ("藥房", "pharmacy"),
    ("附近", "near me"),
    ("普通话", "mandarin"),
    ("普通話", "mandarin"),
    ("中文", "mandarin"),
    ("粤语", "cantonese"),
    ("粵語", "cantonese"),
    ("纽约", "in new york"),
    ("紐約", "in new york"),
    ("法拉盛", "in flushing ny"),
    ("洛杉矶", "in los angeles"),
    ("洛杉磯", "in los angeles"),
    ("旧金山", "in san francisco"),
    ("舊金山", "in san francisco"),
    ("休斯顿", "in houston"),
    ("波士顿", "in boston"),
    ("芝加哥", "in chicago"),
    // Korean.
    ("치과", "dentist"),
    ("소아과", "pediatrician"),
    ("내과", "internal medicine"),
    ("안과", "eye doctor"),
    ("피부과", "dermatologist"),
    ("산부인과", "obgyn"),
    ("정형외과", "orthopedist"),
    ("한의원", "acupuncturist"),
    ("심장", "heart doctor"),
    ("의사", "doctor"),
    ("병원", "hospital"),
    ("약국", "pharmacy"),
    ("한국어", "korean"),
    ("근처", "near me"),
    // Japanese.
    ("歯医者", "dentist"),
    ("歯科", "dentist"),
    ("小児科", "pediatrician"),
    ("日本語", "japanese"),
    ("病院", "hospital"),
    // Russian, for Ukrainians, too.
    ("стоматолог", "dentist"),
    ("дантист", "dentist"),
    ("зубн", "dentist"),
    ("кардиолог", "cardiologist"),
    ("педиатр", "pediatrician"),
    ("детск", "pediatric"),
    ("терапевт", "internal medicine"),
    ("дерматолог", "dermatologist"),
    ("гинеколог", "gynecologist"),
    ("окулист", "eye doctor"),
    ("офтальмолог", "ophthalmologist"),
    ("глазн", "eye doctor"),
    ("невролог", "neurologist"),
    ("психолог", "psychologist"),
    ("психиатр", "psychiatrist"),
    ("хирург", "surgeon"),
    ("семейн", "family"),
    ("врач", "doctor"),
    ("доктор", "doctor"),
    ("лікар", "doctor"),
    ("больниц", "hospital"),
    ("аптек", "pharmacy"),
    ("рядом", "near me"),
    ("русск", "russian speaking"),
    ("говорящ", "speaking"),
    ("бруклин", "brooklyn"),
    ("нью-йорк", "new york"),
    // Arabic, without the article.
    ("أسنان", "dentist"),
    ("اسنان", "dentist"),
    ("أطفال", "pediatrician"),
    ("اطفال", "pediatrician"),
    ("قلب", "heart doctor"),
    ("عيون", "eye doctor"),
    ("جلدية", "dermatologist"),
    ("نساء", "gynecologist"),
    ("طبيب", "doctor"),
    ("دكتور", "doctor"),
    ("مستشفى", "hospital"),
    ("صيدلية", "pharmacy"),
];

/// Puts what signs and words of other scripts mean among the words of a text.
pub(super) fn read(tokens: &mut Vec<Token>, text: &str) {
    if text.is_ascii() {
        return;
    }
    let characters: Vec<char> = text.chars().collect();
    let mut found: Vec<Token> = Vec::new();
    let mut put = |meaning: &str, start: usize, end: usize| {
        found.extend(words(meaning).into_iter().map(|word| Token { word, start, end }));
    };
    let mut at = 0;
    while at < characters.len() {
        let c = characters[at];
        let joined = characters[at + 1..].iter().find(|c| !is_mark(**c)) == Some(&JOINER);
        if c.is_ascii() || joined {
            at += 1;
            continue;
        }
        if c == HEART {
            let next = tokens.iter().find(|token| token.start > at);
            if next.map_or(tokens.is_empty(), |next| BEHIND_HEART.contains(&next.word.as_str())) {
                put("heart", at, at + 1);
                if tokens.is_empty() {
                    put("doctor", at, at + 1);
                }
            }
        } else if let Some((_, meaning)) = PICTURES.iter().find(|(picture, _)| *picture == c) {
            put(meaning, at, at + 1);
        } else if let Some((length, meaning)) = written(&characters[at..]) {
            put(meaning, at, at + length);
            at += length;
            continue;
        }
        at += 1;
    }
    // A word of which a part is known says nothing more by the letters that it is folded to.
    let is_known = |token: &Token| {
        found
            .iter()
            .any(|known| known.start < token.end && token.start < known.end)
    };
    tokens.retain(|token| !is_known(token));
    tokens.append(&mut found);
    // Words of one sign stay in their order.
    tokens.sort_by_key(|token| token.start);
}

/// Colours of skin, and what says that a sign is a picture.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

/// A word of another script at the beginning of some characters: how many it is, to the end of the word where words are parted
/// by spaces; and what it means.
fn written(characters: &[char]) -> Option<(usize, &'static str)> {
    let begins = |word: &str| {
        let mut own = characters.iter().flat_map(|c| c.to_lowercase());
        word.chars().all(|c| own.next() == Some(c))
    };
    let known = WRITTEN.iter().filter(|(word, _)| begins(word));
    let (word, meaning) = known.max_by_key(|(word, _)| word.chars().count())?;
    let length = word.chars().count();
    let alphabet = |c: char| matches!(c, '\u{400}'..='\u{52f}' | '\u{600}'..='\u{6ff}');
    let tail = characters[length..].iter().take_while(|c| alphabet(**c)).count();
    let is_alphabet = word.chars().next().is_some_and(alphabet);
    Some((length + if is_alphabet { tail } else { 0 }, meaning))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::names::tokens;

    #[test]
    fn signs_and_scripts_are_read_as_they_are_meant() {
        let told = |text: &str| {
            let mut all = tokens(text);
            read(&mut all, text);
            let length = text.chars().count();
            assert!(all.iter().all(|t| t.start < t.end && t.end <= length), "{text}");
            all.into_iter().map(|token| token.word).collect::<Vec<_>>().join(" ")
        };
        for (text, expected) in [
            ("\u{1f9b7}", "dentist"),
            ("\u{1f476} doctor", "baby doctor"),
            ("\u{2764}\u{fe0f} doctor", "heart doctor"),
            ("\u{2764}\u{fe0f}", "heart doctor"),
            ("dentist \u{2764}\u{fe0f}", "dentist"),
            ("dentist \u{1f600}", "dentist"),
            ("\u{1f469}\u{1f3fd}\u{200d}\u{2695}\u{fe0f} boston", "doctor boston"),
            ("附近的牙医", "near me dentist"),
            ("врач-кардиолог в Бостоне", "doctor cardiologist v bostone"),
            ("치과 10013", "dentist 10013"),
            ("Muñoz", "munoz"),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }
}
