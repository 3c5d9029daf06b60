//! People who are named for another reason than that they care for patients: those of other callings, the dead, and those who
//! sign for themselves.

use super::layout::{Cell, Label};
use super::person::{Found, Person};
use super::view::View;
use super::words::{circle, is_in, sense, senses};

/// Bytes of the time before whoever writes.
const LONGEST_STAMP: usize = 40;
/// Cells of a row that are looked at.
const MOST_CELLS: usize = 64;

/// Whether the words around a name say that it is somebody else's. `close`: the last few before it, `behind`: those behind it.
pub fn is_of_another_calling(person: &Person, close: &[String], behind: &[String]) -> bool {
    let behind_name = behind;
    let is = |word: Option<&String>, circles: u32| word.is_some_and(|word| is_in(word, circles));
    if person.is_clinician {
        return false;
    }
    if is(close.last(), circle::CALLING_BEFORE | circle::CALLING_OF_SCHOOL) {
        return true;
    }
    let titled = person.found == Found::Title && !person.civil;
    let behind = || {
        behind
            .iter()
            .take(3)
            .any(|word| is_in(word, circle::CALLING | circle::CALLING_BEHIND))
    };
    if titled {
        return is(behind_name.first(), circle::CALLING_OF_DOCTOR) || teaches_something_else(behind_name);
    }
    is(close.last(), circle::CALLING) || behind()
}

/// `Dr. Ann Lee, Professor of Medieval History`.
fn teaches_something_else(behind: &[String]) -> bool {
    let [professor, of, subject @ ..] = behind else {
        return false;
    };
    professor == "professor" && of == "of" && subject.iter().take(2).any(|word| is_in(word, circle::SUBJECT))
}

/// `Social worker: Ann Lee`: of a house, as `Nurse:` is, and not to be asked for.
pub fn is_of_house(close: &[String]) -> bool {
    matches!(close, [.., social, worker] if social == "social" && matches!(worker.as_str(), "worker" | "services"))
}

/// `Ann Lee (PharmD student)`.
pub fn studies(behind: &[String]) -> bool {
    match behind {
        // `Student in an Organized Health Care Education/Training Program` is a specialty.
        [student, behind, ..] => student == "student" && behind != "in",
        all => all == ["student"],
    }
}

/// `Ann Lee - your nurse today`: of a house; but `Ann Lee, nurse practitioner`.
pub fn is_of_ward(behind: &[String]) -> bool {
    let behind = match behind {
        [your, rest @ ..] if matches!(your.as_str(), "your" | "primary" | "charge" | "bedside" | "triage") => rest,
        all => all,
    };
    let [nurse, rest @ ..] = behind else { return false };
    let higher = rest.first().is_some_and(|word| {
        matches!(
            word.as_str(),
            "practitioner" | "midwife" | "anesthetist" | "practitioners"
        )
    });
    nurse == "nurse" && !higher
}

/// `Ann Lee (spouse)`, `Ann Lee   Emergency contact`: somebody of a patient's.
pub fn is_related(behind: &[String]) -> bool {
    // `Ann Lee (Child & Adolescent Psychiatry)`
    let first = behind
        .first()
        .is_some_and(|word| is_in(word, circle::KIN) && word != "child");
    let pair = |at: usize, one: &str, two: &str| {
        behind.get(at).is_some_and(|word| word == one) && behind.get(at + 1).is_some_and(|word| word == two)
    };
    let of_bill = behind
        .first()
        .is_some_and(|word| matches!(word.as_str(), "guarantor" | "subscriber" | "policyholder" | "dependent"));
    let works = pair(0, "case", "worker") || pair(0, "case", "mgr");
    first || of_bill || works || pair(0, "emergency", "contact") || pair(0, "next", "of")
}

/// `[12/03/25, 8:14:09 AM] Ann Lee: anyone know a good dentist?`: who writes, whatever is written.
pub fn speaks(view: &View<'_, '_>, person: &Person) -> bool {
    let source = view.text.source;
    let line = &view.text.lines[view.text.line_at(person.whole.start)].bytes;
    if person.whole.start - line.start > LONGEST_STAMP {
        return false;
    }
    let before = source.get(line.start..person.whole.start).unwrap_or_default().trim();
    let behind = source.get(person.whole.end..line.end).unwrap_or_default();
    let hour = before.find(':').is_some_and(|at| {
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        digit(before[..at].chars().next_back()) && digit(before[at + 1..].chars().next())
    });
    let words = crate::vocab::names::words(before);
    let stamp = words.iter().all(|word| {
        word.starts_with(|c: char| c.is_ascii_digit()) || matches!(word.as_str(), "am" | "pm" | "a" | "p" | "m")
    });
    hour && stamp && behind.trim_start().starts_with(':')
}

/// `Ann Lee | Care coordinator`, below `Role`: what is said of staff, where a specialty has a column of another name.
pub fn is_of_house_by_column(view: &View<'_, '_>, person: &Person) -> bool {
    let Some(cell) = view.layout.cell_at(person.bytes.start) else {
        return false;
    };
    let words = |bytes: &std::ops::Range<usize>| crate::vocab::names::words(&view.text.source[bytes.clone()]);
    let head_of = |cell: &Cell| cell.head.as_ref().map(words).unwrap_or_default();
    let row = || view.layout.row(cell.row).iter().take(MOST_CELLS);
    // Whoever has a number is asked for by it.
    if row().any(|other| !other.bytes.is_empty() && head_of(other).iter().any(|word| word == "npi")) {
        return false;
    }
    row().any(|other| {
        let head = head_of(other);
        let of_part = matches!(
            head.last().map(String::as_str),
            Some("role" | "relationship" | "relation" | "position")
        );
        let said = || words(&other.bytes);
        of_part
            && said()
                .iter()
                .any(|word| senses(word) & (sense::CLERK | sense::PATIENT) != 0 || is_in(word, circle::KIN))
    })
}

/// `Ann Lee ... call for help`: a name in a column that is headed `Contact`.
pub fn is_asked_for(view: &View<'_, '_>, person: &Person) -> bool {
    let head = view.layout.head_at(person.bytes.start);
    let head = head.map(|head| crate::vocab::names::words(&view.text.source[head]));
    head.is_some_and(|head| head.last().is_some_and(|word| word == "contact"))
}

/// `I, Ann Lee, authorize the following to release my records`: whoever gives leave is no provider, whatever the letters behind
/// the name.
pub fn consents(close: &[String], behind: &[String]) -> bool {
    close.last().is_some_and(|word| word == "i") && behind.first().is_some_and(|word| is_in(word, circle::CONSENT))
}

/// `Dr. Ann Lee, 84, passed away at home`, `the late Dr. Lee`, `in loving memory of`.
pub fn is_dead(close: &[String], behind: &[String]) -> bool {
    let word = |at: usize| behind.get(at).map_or("", String::as_str);
    let aged = usize::from(matches!(word(0), "age" | "aged"));
    let years = word(aged).parse::<u8>().is_ok();
    let verb = aged + usize::from(years);
    // `Dr. Ann Lee, b. 1898, physician at Gettysburg`, of which the full stop leaves a letter.
    let born = matches!(word(0), "b" | "born");
    let long_ago = born
        && word(1)
            .parse::<u16>()
            .map_or(behind.len() == 1, |year| (1500..1930).contains(&year));
    let passed = word(verb) == "passed" && matches!(word(verb + 1), "away" | "peacefully" | "on");
    let died = years && word(verb) == "died";
    let last = close.last().map_or("", String::as_str);
    let remembered = close.len() > 1 && last == "of" && close[close.len() - 2] == "memory";
    passed || died || long_ago || remembered || last == "late"
}

/// Whether a name is the value of `Signed:` beside a witness or a notary: whom the paper is about.
pub fn signs_before_witness(view: &View<'_, '_>, person: &Person) -> bool {
    let Some(item) = view.layout.item_at(person.bytes.start) else {
        return false;
    };
    let label = |bytes: std::ops::Range<usize>| crate::vocab::names::words(&view.text.source[bytes]);
    let signed = label(item.label_bytes.clone());
    if person.is_clinician
        || !signed
            .iter()
            .any(|word| matches!(word.as_str(), "signed" | "signature"))
    {
        return false;
    }
    let line = view.text.line_at(person.bytes.start);
    let end = view
        .text
        .lines
        .get(line + 1)
        .unwrap_or(&view.text.lines[line])
        .bytes
        .end;
    let near = view.layout.items_from(item.bytes.start).take(3);
    let mut near = near.take_while(|other| other.label_bytes.start <= end);
    near.any(|other| {
        other.label == Label::Other
            && label(other.label_bytes.clone())
                .iter()
                .any(|word| matches!(word.as_str(), "witness" | "notary"))
    })
}
