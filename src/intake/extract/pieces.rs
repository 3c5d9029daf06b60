//! A copy of a text that is put together anew (columns one under the other, cut words joined), and the way back from it to
//! where each piece of it stands.

use std::ops::Range;

use super::{Mention, Who};

/// A piece of the copy.
struct Piece {
    /// Where it begins in the copy.
    start: usize,
    /// Which bytes of the source it is.
    bytes: Range<usize>,
    /// Whether it goes on what the piece before it says.
    joined: bool,
}

/// A copy of a text in pieces, and where each is from.
pub struct Pieced {
    /// The copy.
    pub text: String,
    /// In the order of the copy.
    pieces: Vec<Piece>,
}

impl Pieced {
    /// A copy of nothing yet, with room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
            pieces: Vec::new(),
        }
    }

    /// Adds some bytes of the source; `joined`: as the rest of what was added last.
    pub fn add(&mut self, source: &str, bytes: Range<usize>, joined: bool) {
        self.text.push_str(&source[bytes.clone()]);
        self.pieces.push(Piece {
            start: self.text.len() - bytes.len(),
            bytes,
            joined,
        });
    }

    /// Adds a whole line, which goes on the one before where it stands right behind it in the source.
    pub fn add_line(&mut self, source: &str, bytes: Range<usize>) {
        let joined = self.pieces.last().is_some_and(|last| last.bytes.end + 1 == bytes.start);
        self.add(source, bytes, joined);
        self.text.push('\n');
    }

    /// Bytes of the source: what goes over several pieces that are not joined is told by the first, for something else stands
    /// between.
    pub fn back(&self, bytes: &Range<usize>) -> Range<usize> {
        let at = self.pieces.partition_point(|piece| piece.start <= bytes.start).max(1) - 1;
        let first = &self.pieces[at];
        let begin = (first.bytes.start + bytes.start - first.start).min(first.bytes.end);
        let last = self.pieces.partition_point(|piece| piece.start < bytes.end).max(1) - 1;
        let whole = (at + 1..=last).all(|number| self.pieces[number].joined);
        let end = if whole {
            let last = &self.pieces[last.max(at)];
            (last.bytes.start + bytes.end - last.start).min(last.bytes.end)
        } else {
            first.bytes.end
        };
        begin..end.max(begin)
    }

    /// Tells a mention by the bytes of the source.
    pub fn put_back(&self, mention: &mut Mention) {
        mention.bytes = self.back(&mention.bytes);
        match &mut mention.who {
            Who::Person(person) => {
                person.bytes = self.back(&person.bytes);
                person.whole = self.back(&person.whole);
                person.credential = person.credential.as_ref().map(|bytes| self.back(bytes));
            }
            Who::Organization(organization) => organization.bytes = self.back(&organization.bytes),
            Who::Identifier => {}
        }
        for field in &mut mention.fields {
            field.bytes = self.back(&field.bytes);
        }
        mention.fields.sort_by_key(|field| (field.bytes.start, field.bytes.end));
    }
}
