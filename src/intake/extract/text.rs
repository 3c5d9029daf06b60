//! A text taken apart: tokens with their bytes, lines, blocks between blank lines, and the way from bytes to characters.
//!
//! Everything inside the room counts bytes; callers are told Unicode scalar values, see [`Characters`].

use std::ops::Range;

use super::words::{sense, senses};
use crate::vocab::names;

/// Longest text that is read, in bytes.
pub const MAX_BYTES: usize = 5 << 20;
/// A position is noted every so many bytes, so that counting characters never starts at the beginning.
const STRIDE: usize = 1024;
/// Lines of a paragraph that has a width,
const FEWEST_WRAPPED: usize = 4;
/// which is no less than this, in characters,
const NARROWEST: usize = 25;
/// and so many tokens a line.
const LEAST_TOKENS: usize = 5;
/// Tokens of the label that a line begins with.
const LONGEST_LABEL: usize = 8;
/// Letters that a piece before a full stop may have to be an abbreviation: `Pharm.D`.
const LONGEST_ABBREVIATION: usize = 5;

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Letters; inside also apostrophes, hyphens, and the full stops of an abbreviation.
    Word,
    /// Digits.
    Number,
    /// Letters and digits: a licence, an address, or a misread word.
    Mixed,
    /// One character of anything else but white space.
    Mark(char),
}

/// How a word is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// `jane`.
    Lower,
    /// `Jane`, `McDonald`.
    Title,
    /// `JANE`.
    Upper,
    /// `J`, `J.R`.
    Initial,
    /// A script without case, or no letters.
    None,
}

/// A piece of the text.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// First byte.
    pub start: u32,
    /// Behind the last byte.
    pub end: u32,
    folded_start: u32,
    folded_length: u16,
    /// Number of its line.
    pub line: u32,
    /// What it is made of.
    pub kind: Kind,
    /// How it is written.
    pub case: Case,
    /// Whether it stands at the one before without a space between.
    pub glued: bool,
}

impl Token {
    /// Its bytes.
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether it is this mark.
    pub fn is(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }

    /// Whether it is a word or initial that begins with a capital.
    pub fn is_capital(&self) -> bool {
        self.kind == Kind::Word && matches!(self.case, Case::Title | Case::Upper | Case::Initial)
    }
}

/// A line without its end.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its bytes.
    pub bytes: Range<usize>,
    /// Its tokens.
    pub tokens: Range<usize>,
    /// Number of its block: a blank line ends one.
    pub block: u32,
    /// Whether it ended for want of room, as all lines of its block did.
    pub wrapped: bool,
    /// Whether it begins with a label: `Office phone: ..`.
    pub labelled: bool,
}

/// A text and its parts.
pub struct Text<'t> {
    /// As it was given.
    pub source: &'t str,
    /// In order.
    pub tokens: Vec<Token>,
    /// In order.
    pub lines: Vec<Line>,
    folded: String,
}

/// Characters before each multiple of [`STRIDE`] bytes; empty where all is ASCII.
#[derive(Clone, Debug)]
pub struct Characters(Vec<u32>);

impl Characters {
    /// Of a text.
    pub fn of(source: &str) -> Self {
        let mut marks = Vec::new();
        if source.is_ascii() {
            return Self(marks);
        }
        let mut all = 0;
        for (count, (byte, _)) in (0..).zip(source.char_indices()) {
            while marks.len() * STRIDE <= byte {
                marks.push(count);
            }
            all = count + 1;
        }
        while marks.len() * STRIDE <= source.len() {
            marks.push(all);
        }
        Self(marks)
    }

    /// How many Unicode scalar values of the same text stand before a byte.
    pub fn before(&self, source: &str, byte: usize) -> usize {
        if self.0.is_empty() {
            return byte;
        }
        let mark = byte / STRIDE;
        let mut from = mark * STRIDE;
        while !source.is_char_boundary(from) {
            from += 1;
        }
        self.0[mark] as usize + source[from..byte].chars().count()
    }
}

impl<'t> Text<'t> {
    /// Takes a text apart. Longer ones than [`MAX_BYTES`] are refused before.
    pub fn new(source: &'t str) -> Self {
        let mut text = Self {
            source,
            tokens: Vec::with_capacity(source.len() / 5),
            lines: Vec::new(),
            folded: String::with_capacity(source.len()),
        };
        text.read();
        text
    }

    /// A token folded: lower case ASCII, no accents, apostrophes or full stops; hyphens stay.
    pub fn folded(&self, token: usize) -> &str {
        let token = &self.tokens[token];
        let start = token.folded_start as usize;
        &self.folded[start..start + usize::from(token.folded_length)]
    }

    /// The characters of a token as written.
    pub fn written(&self, token: usize) -> &'t str {
        &self.source[self.tokens[token].range()]
    }

    /// The bytes from the first to the last token of a range.
    pub fn bytes(&self, tokens: &Range<usize>) -> Range<usize> {
        self.tokens[tokens.start].start as usize..self.tokens[tokens.end - 1].end as usize
    }

    /// The tokens that lie wholly in some bytes.
    pub fn tokens_in(&self, bytes: &Range<usize>) -> Range<usize> {
        let first = self.tokens.partition_point(|t| (t.start as usize) < bytes.start);
        let last = self.tokens.partition_point(|t| (t.end as usize) <= bytes.end);
        first..last.max(first)
    }

    /// The number of the line that has a byte.
    pub fn line_at(&self, byte: usize) -> usize {
        self.lines
            .partition_point(|line| line.bytes.end < byte)
            .min(self.lines.len() - 1)
    }

    /// The block that has a byte.
    pub fn block_at(&self, byte: usize) -> u32 {
        self.lines[self.line_at(byte)].block
    }

    /// The written text of a line.
    pub fn line(&self, number: usize) -> &'t str {
        &self.source[self.lines[number].bytes.clone()]
    }

    /// Whether a token may follow the one before in one phrase: on the same line, or where a long line was wrapped.
    pub fn flows(&self, token: usize) -> bool {
        let Some(before) = token.checked_sub(1) else {
            return false;
        };
        let (before, line) = (self.tokens[before].line as usize, self.tokens[token].line as usize);
        // A long line may have been wrapped, but not before a label.
        let room = |before: &Line, line: &Line| before.wrapped || (before.bytes.len() >= 50 && !line.labelled);
        before == line || (line == before + 1 && room(&self.lines[before], &self.lines[line]))
    }

    fn read(&mut self) {
        let mut block = 0;
        let mut start = 0;
        for line in self.source.split('\n') {
            let first = self.tokens.len();
            self.read_line(line, start);
            let blank = self.tokens.len() == first;
            let shown = line.strip_suffix('\r').unwrap_or(line).len();
            self.lines.push(Line {
                bytes: start..start + shown,
                tokens: first..self.tokens.len(),
                block,
                wrapped: false,
                labelled: self.begins_with_label(first),
            });
            block += u32::from(blank);
            start += line.len() + 1;
        }
        let mut first = 0;
        while first < self.lines.len() {
            let length = self.lines[first..].partition_point(|line| line.block == self.lines[first].block);
            self.mark_wrapped(first..first + length);
            first += length;
        }
    }

    /// Whether the tokens from one on are a number of a list, if any, and a label: words, the first with a capital, and a colon.
    fn begins_with_label(&self, first: usize) -> bool {
        let numbered = |pair: &[Token]| pair[0].kind == Kind::Number && (pair[1].is('.') || pair[1].is(')'));
        let line = &self.tokens[first..];
        let label = if line.len() > 2 && numbered(line) {
            &line[2..]
        } else {
            line
        };
        let Some(colon) = label.iter().take(LONGEST_LABEL).position(|token| token.is(':')) else {
            return false;
        };
        let part = |token: &Token| {
            let joins = matches!(token.kind, Kind::Mark('\'' | '\u{2019}' | '/' | '&' | '(' | ')' | '#'));
            joins || matches!(token.kind, Kind::Word)
        };
        label[0].is_capital() && label[..colon].iter().all(part)
    }

    /// Marks the lines of a block of prose: none but the last had room for the first word of the next.
    fn mark_wrapped(&mut self, lines: Range<usize>) {
        let shown: Vec<usize> = lines.filter(|line| !self.lines[*line].tokens.is_empty()).collect();
        if shown.len() < FEWEST_WRAPPED {
            return;
        }
        let length = |line: usize| self.line(line).trim_end().chars().count();
        let width = shown.iter().map(|line| length(*line)).max().unwrap_or(0);
        let word = |line: usize| {
            let first = self.line(line).split_whitespace().next();
            first.map_or(0, |word| word.chars().count())
        };
        let tokens: usize = shown.iter().map(|line| self.lines[*line].tokens.len()).sum();
        let full = shown.windows(2).all(|pair| length(pair[0]) + 1 + word(pair[1]) > width);
        if full && width >= NARROWEST && tokens >= shown.len() * LEAST_TOKENS {
            for line in &shown[..shown.len() - 1] {
                self.lines[*line].wrapped = true;
            }
        }
    }

    fn read_line(&mut self, line: &str, offset: usize) {
        let mut at = 0;
        let mut glued = false;
        while let Some(c) = line[at..].chars().next() {
            if c.is_whitespace() || c.is_control() || c == '\u{feff}' {
                at += c.len_utf8();
                glued = false;
                continue;
            }
            let length = if c.is_alphanumeric() {
                word_length(&line[at..])
            } else {
                c.len_utf8()
            };
            self.add(&line[at..at + length], offset + at, glued);
            at += length;
            glued = true;
        }
    }

    fn add(&mut self, piece: &str, start: usize, glued: bool) {
        let letters = piece.chars().any(char::is_alphabetic);
        let digits = piece.chars().any(char::is_numeric);
        let kind = match (letters, digits) {
            (true, false) => Kind::Word,
            (false, true) => Kind::Number,
            (true, true) => Kind::Mixed,
            (false, false) => Kind::Mark(piece.chars().next().unwrap_or(' ')),
        };
        let folded_start = self.folded.len();
        if letters || digits {
            fold_into(piece, &mut self.folded);
        }
        self.tokens.push(Token {
            start: start as u32,
            end: (start + piece.len()) as u32,
            folded_start: folded_start as u32,
            folded_length: u16::try_from(self.folded.len() - folded_start).unwrap_or(u16::MAX),
            line: self.lines.len() as u32,
            kind,
            case: if letters { case(piece) } else { Case::None },
            glued,
        });
    }
}

/// Bytes of the word at the beginning of a text.
fn word_length(text: &str) -> usize {
    if let Some(length) = small_credential(text) {
        return length;
    }
    let mut end = 0;
    let mut piece = 0; // letters since the last joint
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        if c.is_alphanumeric() || is_combining(c) {
            piece += 1;
        } else if is_joint(c) && next.is_some_and(char::is_alphabetic) && piece > 0 {
            if is_possessive(&text[at + c.len_utf8()..]) && c != '-' {
                return end;
            }
            piece = 0;
        } else if c == '.' && piece <= LONGEST_ABBREVIATION && abbreviates(text, at) {
            piece = 0;
        } else {
            return end;
        }
        end = at + c.len_utf8();
        if end > 60 {
            return end; // No word: base64, a long number. What follows is a token of its own.
        }
    }
    end
}

/// Bytes of letters with full stops that are a credential in small letters: `d.d.s` of `d.d.s.`, `ph.d`.
fn small_credential(text: &str) -> Option<usize> {
    let mut folded = String::new();
    let mut end = 0;
    loop {
        let letters = text[end..].bytes().take_while(u8::is_ascii_lowercase);
        let piece = letters.take(3).count(); // A long word is read no farther for each of its letters.
        if !(1..=2).contains(&piece) || folded.len() > LONGEST_ABBREVIATION {
            return None;
        }
        folded.push_str(&text[end..end + piece]);
        end += piece;
        let behind = text[end..].strip_prefix('.');
        if !behind.is_some_and(|behind| behind.starts_with(|c: char| c.is_ascii_lowercase())) {
            break;
        }
        end += 1;
    }
    let ends = !text[end..].starts_with(|c: char| c.is_alphanumeric() || is_combining(c));
    let several = end > folded.len();
    (several && ends && senses(&folded) & sense::CREDENTIAL != 0).then_some(end)
}

/// Behind the full stop stand one or two capitals and no more letters: `M.D`, `Ph.D`, `D.P.M`.
fn abbreviates(text: &str, stop: usize) -> bool {
    let capital = text.chars().next().is_some_and(char::is_uppercase);
    let mut letters = 0;
    for c in text[stop + 1..].chars() {
        match c {
            c if c.is_uppercase() => letters += 1,
            c if c.is_alphanumeric() => return false,
            _ => break,
        }
    }
    capital && (1..=2).contains(&letters)
}

/// An `s` that ends the word: `Smith's` is Smith.
pub fn is_possessive(rest: &str) -> bool {
    let mut chars = rest.chars();
    matches!(chars.next(), Some('s' | 'S')) && !chars.next().is_some_and(char::is_alphanumeric)
}

fn is_joint(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{02bc}' | '`' | '-' | '\u{2010}' | '\u{2011}')
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036f}')
}

fn fold_into(piece: &str, out: &mut String) {
    for (number, part) in piece.split(['-', '\u{2010}', '\u{2011}']).enumerate() {
        if number > 0 {
            out.push('-');
        }
        if part.is_ascii() {
            let kept = part.bytes().filter(u8::is_ascii_alphanumeric);
            out.extend(kept.map(|b| char::from(b.to_ascii_lowercase())));
        } else {
            names::words(part).iter().for_each(|word| out.push_str(word));
        }
    }
}

fn case(piece: &str) -> Case {
    let mut letters = piece.chars().filter(|c| c.is_alphabetic());
    let Some(first) = letters.next() else { return Case::None };
    let (mut upper, mut lower) = (0, 0);
    for c in letters {
        upper += usize::from(c.is_uppercase());
        lower += usize::from(c.is_lowercase());
    }
    let single = piece.split('.').all(|part| part.chars().count() <= 1);
    match (first.is_uppercase(), upper, lower) {
        (true, _, 0) if single => Case::Initial,
        (true, _, 0) => Case::Upper,
        (true, ..) => Case::Title,
        (false, _, _) if first.is_lowercase() => Case::Lower,
        _ => Case::None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        let text = Text::new(text);
        (0..text.tokens.len()).map(|n| text.written(n).to_owned()).collect()
    }

    #[test]
    fn abbreviations_and_names_are_one_token() {
        assert_eq!(
            words("Dr. Jane O'Brien-Smith, M.D., Ph.D."),
            ["Dr", ".", "Jane", "O'Brien-Smith", ",", "M.D", ".", ",", "Ph.D", "."]
        );
        assert_eq!(words("J.R.Smith's"), ["J.R", ".", "Smith", "'", "s"]);
        assert_eq!(words("end.Next a1b2"), ["end", ".", "Next", "a1b2"]);
        assert_eq!(words("lee, d.d.s., ph.d"), ["lee", ",", "d.d.s", ".", ",", "ph.d"]);
        assert_eq!(words("e.g.it"), ["e", ".", "g", ".", "it"]);
    }

    proptest! {
        #[test]
        fn characters_are_counted_from_any_byte(source in any::<String>(), repeat in 1..200_usize) {
            let source = source.repeat(repeat);
            let characters = Characters::of(&source);
            for (count, (byte, _)) in source.char_indices().enumerate() {
                prop_assert_eq!(characters.before(&source, byte), count);
            }
            prop_assert_eq!(characters.before(&source, source.len()), source.chars().count());
        }
    }
}
